"""Downtime, times, counts and costs of incidents against a second, naive implementation on random rows."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

START = datetime(2026, 6, 28)
AS_OF = {"tool": datetime(2026, 7, 6), "stale": datetime(2026, 7, 3)}
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
ZONE = ZoneInfo("America/New_York")
PERIODS = ("2026-06", "2026-07", "all")
RATES = [
    ("payments", datetime(2026, 1, 1), 100.0),
    ("Payments", datetime(2026, 7, 2), 300.0),
    ("*", datetime(2026, 7, 4), 7.0),
]
WORK = [
    ("*", datetime(2026, 6, 30), 40.0),
    ("Cards", datetime(2026, 7, 1), 30.0),
    ("loans", datetime(2026, 7, 3), 60.0),
]
CATALOGUE = {"payments": ("Payments", True), "cards": ("Cards", True), "payroll": ("Payroll", False)}


def believable(row: dict) -> dict:
    """As conversion leaves a row: no end before its start, no restore in a state that has none."""
    if row["status"] not in ("resolved", "closed"):
        row["restored_at"] = None
    if row["restored_at"] and row["restored_at"] < (row["detected_at"] or row["opened_at"]):
        row["restored_at"] = None
    if (
        row["outage_started_at"]
        and row["outage_ended_at"]
        and row["outage_ended_at"] < row["outage_started_at"]
    ):
        row["outage_ended_at"] = None
    return row


moments = st.integers(0, 12 * 24 * 4).map(lambda quarters: START + quarters * QUARTER)
maybe = st.none() | moments
incident = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["tool", "stale"]),
        "domain": st.sampled_from(["security", "operational"]),
        "severity": st.sampled_from([1, 2, 3, None]),
        "status": st.sampled_from(["open", "resolved", "closed", "closed", "cancelled", None]),
        "services": st.none()
        | st.lists(st.sampled_from(["Payments", "cards", "Cards", "Payroll", "Loans", "LOANS"]), max_size=3),
        "opened_at": moments,
        "detected_at": maybe,
        "occurred_at": maybe,
        "restored_at": maybe,
        "impact": st.sampled_from(["outage", "outage", "outage", "degradation", "maintenance", "none", None]),
        "outage_started_at": maybe,
        "outage_ended_at": maybe,
        "recorded_cost": st.none() | st.integers(0, 1000).map(float),
        "hours_worked": st.none() | st.integers(0, 40).map(float),
    }
).map(believable)
incidents = st.lists(incident, max_size=20)


def give(world, rows: list[dict]) -> None:
    services = [{"name": name, "customer_facing": facing} for name, facing in CATALOGUE.values()]
    rates = [
        {"service": name, "from_at": day.date(), "cost_per_hour": cost, "what": what}
        for what, told in ((None, RATES), ("labour", WORK))
        for name, day, cost in told
    ]
    given_rows = {"incident": rows, "service": services, "rate": rates}
    world.given(given_rows, AS_OF, timezone=ZONE.key, outage_severity=1)


def quarters_down(rows: list[dict]) -> dict[str, set[datetime]]:
    """By service, the quarters of an hour in which it was down; a set merges what overlaps."""
    down = defaultdict(set)
    written = Counter(name for row in rows for name in row["services"] or [])
    loans = max(("LOANS", "Loans"), key=lambda name: written[name])
    for row in rows:
        impact = row["impact"] or ("outage" if row["severity"] == 1 else None)
        signs = [row["opened_at"], row["detected_at"] or row["opened_at"]]
        start = row["outage_started_at"] or row["occurred_at"] or min(signs)
        end = row["outage_ended_at"] or row["restored_at"]
        if end is None and row["status"] == "open":
            end = AS_OF[row["source"]]
        if impact != "outage" or row["status"] == "cancelled" or end is None:
            continue
        for name in row["services"] or ["Unassigned"]:
            service, customer_facing = {**CATALOGUE, "loans": (loans, True)}.get(name.lower(), (name, True))
            if customer_facing:
                down[service] |= {start + n * QUARTER for n in range((end - start) // QUARTER)}
    return down


def cost_of(service: str, moment: datetime, rates: list[tuple]) -> float | None:
    """The service's own cost per hour on the local day of a moment, None without one."""
    day = moment.replace(tzinfo=UTC).astimezone(ZONE).date()
    known = [
        (since, cost)
        for name, since, cost in rates
        if name.lower() == service.lower() and since.date() <= day
    ]
    return max(known)[1] if known else None


def downtime_cost(service: str, moment: datetime) -> float:
    own = cost_of(service, moment, RATES)
    return (cost_of("*", moment, RATES) if own is None else own) or 0


def labour_cost(row: dict) -> float:
    """Of an incident's work: at the highest rate of its services, else at that of every other."""
    own = [cost_of(name, row["opened_at"], WORK) for name in row["services"] or []]
    known = [cost for cost in own if cost is not None]
    rate = max(known) if known else cost_of("*", row["opened_at"], WORK)
    return (row["hours_worked"] or 0) * (rate or 0)


def clock(row: dict) -> tuple[float, bool] | None:
    """Hours from detected to restored, and whether it is; None where it is neither restored nor open."""
    start = row["detected_at"] or row["opened_at"]
    if row["status"] == "cancelled" or row["impact"] == "maintenance":
        return None
    if row["restored_at"]:
        return (row["restored_at"] - start) / HOUR, True
    if row["status"] == "open":
        return max((AS_OF[row["source"]] - start) / HOUR, 0), False
    return None


@settings(max_examples=30, deadline=None)
@given(rows=incidents)
def test_downtime(world, rows):
    give(world, rows)
    down = quarters_down(rows)
    for name in PERIODS:
        period = world.calendar.period(name)
        hours = {s: sum(period.start <= q < period.end for q in quarters) / 4 for s, quarters in down.items()}
        assert (world.read("downtime", name, {}).value or 0) == pytest.approx(sum(hours.values()))
        for service, expected in hours.items():
            assert (world.read("downtime", name, {"service": service}).value or 0) == pytest.approx(expected)


@settings(max_examples=40, deadline=None)
@given(rows=incidents)
def test_money_lost(world, rows):
    give(world, rows)
    down = quarters_down(rows)
    for name in PERIODS:
        period = world.calendar.period(name)
        opened = [
            row
            for row in rows
            if row["status"] != "cancelled"
            and row["impact"] != "maintenance"
            and period.start <= row["opened_at"] < period.end
        ]
        recorded = sum(row["recorded_cost"] or 0 for row in opened)
        labour = sum(map(labour_cost, opened))
        modelled = sum(
            downtime_cost(service, quarter) / 4
            for service, quarters in down.items()
            for quarter in quarters
            if period.start <= quarter < period.end
        )
        assert (world.read("money_lost", name, {"basis": "recorded"}).value or 0) == recorded
        assert (world.read("money_lost", name, {"basis": "modelled"}).value or 0) == pytest.approx(modelled)
        assert (world.read("money_lost", name, {"basis": "labour"}).value or 0) == pytest.approx(labour)


def test_no_downtime_is_lost_where_the_clock_shows_midnight_twice(world):
    def outage(day: int, start: timedelta) -> dict:
        began = datetime(2026, 10, day) + start
        return {
            "status": "closed",
            "services": ["Payments"],
            "impact": "outage",
            "opened_at": began,
            "outage_started_at": began,
            "outage_ended_at": began + HOUR / 2,
        }

    # In the Azores 25 October begins at 00:00 UTC; at 01:00 UTC it is midnight again.
    several = [
        outage(25, timedelta(minutes=10)),
        outage(24, timedelta(hours=23, minutes=40)),
        outage(25, HOUR),
    ]
    rates = [("2026-01-01", 1.0), ("2026-10-25", 100.0)]
    rate = [{"service": "Payments", "from_at": day, "cost_per_hour": cost} for day, cost in rates]
    world.given(
        {"incident": several, "rate": rate}, {"tool": datetime(2026, 11, 1)}, timezone="Atlantic/Azores"
    )
    # 00:10 to 00:40, ten of the thirty minutes from 23:40, and 01:00 to 01:30; twenty minutes at the rate of before
    assert world.read("money_lost", "2026-10", {}).value == pytest.approx(100 * 70 / 60 + 1 * 20 / 60)


def test_the_incidents_of_an_outage_stand_with_its_first_day(world):
    began = datetime(2026, 10, 5)
    several = [
        {"status": "closed", "services": ["Payments"], "impact": "outage", "opened_at": began + n * HOUR,
         "outage_started_at": began + n * HOUR, "outage_ended_at": began + (n + 2) * HOUR}
        for n in range(60)
    ]  # fmt: skip
    world.given({"incident": several}, {"tool": datetime(2026, 11, 1)})
    days = f'select len(incidents) from ({world.opened.metric("money_lost").sql}) order by "at"'
    assert world.con.execute(days).fetchall() == [(60,), (None,), (None,)]


@settings(max_examples=30, deadline=None)
@given(rows=incidents)
def test_times_and_major_incidents(world, rows):
    give(world, rows)
    for name in PERIODS:
        period = world.calendar.period(name)
        inside = [r for r in rows if period.start <= (r["detected_at"] or r["opened_at"]) < period.end]
        major = [r for r in inside if r["severity"] in (1, 2)]
        happened = [r for r in major if r["status"] != "cancelled" and r["impact"] != "maintenance"]
        assert (world.read("major_incidents", name, {}).value or 0) == len(happened)
        for metric, several in (("time_to_restore", major), ("time_to_resolve", inside)):
            times = [clock(row) for row in several if clock(row)]
            read = world.read(metric, name, {})
            assert read.n == len(times)
            assert read.value == pytest.approx(half_done(times))
            assert sum(read.left_out.values()) >= len(several) - len(times)


def half_done(times: list[tuple[float, bool]]) -> float | None:
    """The median by redistributing each open time to those that last longer (Efron), heaviest first."""
    weights = [(hours, not finished, 1.0) for hours, finished in times]
    done, waiting = 0.0, sorted(weights)
    while waiting:
        (hours, running, weight), *waiting = waiting
        if running:
            waiting = [(h, r, w + weight / len(waiting)) for h, r, w in waiting]
            continue
        done += weight
        if done >= len(times) / 2 - 1e-9 and not (waiting and waiting[0][:2] == (hours, False)):
            return hours
    return None
