"""What is supposed of a service gives the readings of a world in which it was so: its rows changed in plain Python."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard import whatif
from dashboard.reading import Unknown

START, AS_OF = datetime(2026, 7, 1), datetime(2026, 7, 20)
DAY, HOUR, TICK = timedelta(days=1), timedelta(hours=1), timedelta(microseconds=1)
OF = {"service": "Payments"}
moments = st.integers(0, 19 * 24 - 1).map(lambda hour: START + hour * HOUR)
incident = st.fixed_dictionaries(
    {
        "severity": st.sampled_from([1, 2, 3]),
        "status": st.sampled_from(["open", "resolved", "closed", "cancelled"]),
        "services": st.sampled_from([["Payments"], ["Cards"], ["Payments", "Cards"]]),
        "opened_at": moments,
        "restored_at": st.none() | moments,
        "impact": st.sampled_from(["outage", "outage", "degradation", None]),
        "outage_started_at": st.none() | moments,
        "outage_ended_at": st.none() | moments,
        "recorded_cost": st.none() | st.integers(1, 9).map(float),
    }
)


def believable(row: dict) -> dict:
    """As conversion leaves a row: no restore where it says that it is open, or before it was opened."""
    if row["status"] == "open" or (row["restored_at"] and row["restored_at"] < row["opened_at"]):
        row["restored_at"] = None
    return row


def sooner(row: dict, hours: float) -> dict:
    """The row of an incident of Payments, had it been restored within so many hours."""
    restored = row["restored_at"] or (AS_OF if row["status"] == "open" else None)
    by_then = row["opened_at"] + hours * HOUR
    if (
        "Payments" not in row["services"]
        or row["severity"] > 2
        or row["status"] == "cancelled"
        or restored is None
        or restored <= by_then
    ):
        return row
    begins = row["outage_started_at"] or row["opened_at"]
    ends = row["outage_ended_at"] or row["restored_at"] or AS_OF
    if begins <= ends > by_then:
        ends = max(by_then, begins)
    return {**row, "status": "resolved", "restored_at": by_then, "outage_ended_at": ends}


@settings(max_examples=5, deadline=None)
@given(rows=st.lists(incident.map(believable), min_size=1, max_size=8), hours=st.sampled_from([0.5, 4, 30]))
def test_restored_in_time(world, rows, hours):
    beside = {
        "service": [{"name": "Payments"}, {"name": "Cards"}],
        "rate": [{"service": "*", "from_at": START - DAY, "cost_per_hour": 10.0}],
    }
    world.given({"incident": rows, **beside}, {"tool": AS_OF})
    month = world.calendar.period("2026-07")
    told = whatif.restored(world.read_by(whatif.RESTORED), "Payments", month, hours)

    world.given({"incident": [sooner(row, hours) for row in rows], **beside}, {"tool": AS_OF})
    assert [one.then.metric for one in told.readings] == list(whatif.RESTORED)
    for one in told.readings:
        expected = world.read(one.then.metric, "2026-07", OF)
        assert one.then.value == pytest.approx(expected.value)
        assert (one.then.n, one.then.left_out) == (expected.n, expected.left_out)
        assert one.then.verdict is None


patch = st.fixed_dictionaries(
    {
        "asset": st.sampled_from(["web1", "web2", "web3"]),
        "patch": st.sampled_from(["KB1", "KB2"]),
        "cves": st.sampled_from([None, ["CVE-2026-11111"]]),
        "severity": st.sampled_from([1, 3]),
        "first_seen_at": st.integers(0, 9).map(lambda n: START + n * DAY),
        "due_at": st.integers(10, 29).map(lambda n: START + n * DAY),
        "state": st.sampled_from(["open", "open", "fixed", "excepted"]),
    }
)


def fixed(row: dict) -> dict:
    return row | ({"fixed_at": START + 15 * DAY + HOUR} if row["state"] == "fixed" else {})


@settings(max_examples=5, deadline=None)
@given(
    rows=st.lists(patch.map(fixed), max_size=8, unique_by=lambda r: (r["asset"], r["patch"])),
    number=st.integers(0, 11),
)
def test_overdue_patches_installed(world, rows, number):
    beside = {
        "asset": [
            {"name": "web1", "services": ["Payments"]},
            {"name": "web2", "services": ["Payments", "Cards"]},
            {"name": "web3", "services": ["Cards"]},
        ],
        "service": [{"name": "Payments", "tier": 1}, {"name": "Cards", "tier": 2}],
        "known_exploited": [{"cve": "CVE-2026-11111", "added_at": START, "due_at": START + 12 * DAY}],
    }
    by = AS_OF + number * DAY
    world.given({"patch": rows, **beside}, {"tool": AS_OF})
    month = world.calendar.period("2026-07")
    told = whatif.patched(world.read_by(whatif.PATCHED), "Payments", month, by.date())

    def overdue(row: dict) -> bool:
        listed = bool(row["cves"]) and START + 13 * DAY <= AS_OF
        return row["asset"] != "web3" and row["state"] == "open" and (row["due_at"] + DAY <= AS_OF or listed)

    changed = [
        {**row, "state": "fixed", "fixed_at": by + DAY - TICK} if overdue(row) else row for row in rows
    ]
    assert told.changed == sum(map(overdue, rows))
    world.given({"patch": changed, **beside}, {"tool": AS_OF})
    for one in told.readings:
        if one.then.metric == "overdue_exposure":  # beside what is left open up to the same day
            assert (one.then.value or 0) <= (one.now.value or 0) + 1e-9
        if one.then.metric == "known_exploited_overdue":  # those that are overdue now are the ones installed
            assert one.then.n == 0
            continue
        expected = world.read(one.then.metric, "2026-07", OF)
        assert one.then.value == pytest.approx(expected.value)
        assert (one.then.n, one.then.left_out) == (expected.n, expected.left_out)


def test_nothing_of_it_stays_and_only_days_to_come_can_be_supposed(world):
    row = {"asset": "web1", "patch": "KB1", "severity": 1, "first_seen_at": START, "state": "open"}
    asset = {"name": "web1", "services": ["Payments"]}
    world.given({"patch": [{**row, "due_at": START + DAY}], "asset": [asset]}, {"tool": AS_OF})
    opened, month = world.read_by((*whatif.PATCHED, *whatif.RESTORED)), world.calendar.period("2026-07")
    before = opened.cursor().execute("from patch_obligation").fetchall()
    told = whatif.patched(opened, "Payments", month, date(2026, 7, 31))

    assert told.said == "What if the one overdue patch of Payments was installed by 31 July 2026?"
    assert opened.cursor().execute("from patch_obligation").fetchall() == before
    assert [one.now.value for one in told.readings] == [
        world.read(one.now.metric, "2026-07", OF).value for one in told.readings
    ]
    none = whatif.patched(opened, "Elsewhere", month, date(2026, 7, 31))
    assert none.said == "Elsewhere has no overdue patches, so nothing would change."
    for day in (date(2026, 7, 19), date(2026, 8, 1)):
        with pytest.raises(Unknown, match="is no day from 20 Jul 2026"):
            whatif.patched(opened, "Payments", month, day)
    with pytest.raises(Unknown, match="changes nothing in June 2026"):
        whatif.patched(opened, "Payments", world.calendar.period("2026-06"), date(2026, 6, 20))
    for hours in (0, float("nan")):
        with pytest.raises(Unknown, match="no number of hours"):
            whatif.restored(opened, "Payments", month, hours)
