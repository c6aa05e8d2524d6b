"""Patches on time and time to patch against a second, naive implementation on random rows."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.period import ALL
from dashboard.rows import observed

START = datetime(2026, 6, 1)
AS_OF = {"tool": datetime(2026, 8, 1), "stale": datetime(2026, 7, 10)}
ZONE = ZoneInfo("America/New_York")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PATCH_DAYS = {1: 10, 2: 20, 3: 30}
EXPLOITED = {"CVE-2026-11111": date(2026, 6, 21), "CVE-2020-22222": date(2020, 7, 10)}
SERVICES = {"web1": {"Payments"}, "web2": {"Payments", "Cards"}, "web3": {"Unassigned"}}


def believable(row: dict) -> dict:
    """As conversion leaves a row: no fix before it was seen, none in a state that has none."""
    if row["state"] != "fixed" or (row["fixed_at"] and installed(row) < midnight(row["first_seen_at"])):
        row["fixed_at"] = None
    return row


# A date is a day in New York; a time is one in UTC, also where it is midnight.
days = st.integers(0, 60).map(lambda day: START.date() + day * DAY)
times = st.builds(
    lambda day, hour: START + day * DAY + hour * HOUR, st.integers(0, 60), st.sampled_from([0, 10])
)
patch = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["tool", "stale"]),
        "asset": st.sampled_from(["web1", "WEB1", "web2", "web3"]),
        "patch": st.sampled_from(["KB1", "KB2", "KB3", None]),
        "cves": st.none() | st.lists(st.sampled_from([*EXPLOITED, "CVE-2026-33333"]), max_size=2),
        "severity": st.sampled_from([1, 1, 2, 3, 4, 5, None]),
        "first_seen_at": days,
        "due_at": st.none() | days | times,
        "state": st.sampled_from(["open", "fixed", "fixed", "fixed", "excepted", "not applicable", None]),
        "fixed_at": st.none() | days | times,
    }
).map(believable)


def midnight(day: date) -> datetime:
    """When a day begins in New York, in UTC."""
    return datetime.combine(day, time.min, ZONE).astimezone(UTC).replace(tzinfo=None)


def installed(row: dict) -> datetime | None:
    """When a patch was in place: a day without a time begins when it does in New York."""
    at = row["fixed_at"]
    return at if at is None or isinstance(at, datetime) else midnight(at)


def holds(term: dict, row: dict, cve: str | None, moment: datetime) -> bool:
    """Whether an exception is in force for a weakness of a row, or for a row without any."""
    if not midnight(term["from_at"]) <= moment < midnight(term["until_at"] + DAY):
        return False
    if term["patch"] is None and not term["cves"] and (not term["assets"] or term["control"]):
        return False
    asset = row["asset"].lower()
    fits = asset in [name.lower() for name in term["assets"]]
    if not term["assets"]:
        fits = not term["services"] or bool({s.lower() for s in SERVICES[asset]} & {*term["services"]})
    if term["patch"] is not None:
        fits = fits and (row["patch"] or "").lower() == term["patch"].lower()
    if term["cves"]:
        fits = fits and cve is not None and cve.upper() in [name.upper() for name in term["cves"]]
    return fits


def excepted(rows: list[dict], terms: list[dict], moment: datetime) -> bool:
    """Whether all that rows of one patch leave open at a moment is under an exception."""
    weak = [
        (row, cve)
        for row in rows
        if row["state"] != "not applicable" and (row["state"] != "fixed" or row["fixed_at"])
        for cve in row["cves"] or [None]
    ]
    held = [any(holds(term, row, cve, moment) for term in terms) for row, cve in weak]
    gone = [bool(installed(row) and installed(row) <= moment) for row, _ in weak]
    return any(held) and all(map(max, held, gone))


def named(rows: list[dict], terms: list[dict]) -> bool:
    """Whether an exception, in force or not, is about any of the rows of one patch."""
    always = [{**term, "from_at": START.date(), "until_at": START.date() + 90 * DAY} for term in terms]
    return any(
        holds(term, row, cve, START + DAY) for term in always for row in rows for cve in row["cves"] or [None]
    )


def free_from(rows: list[dict], terms: list[dict], moment: datetime) -> datetime:
    """From when on a patch that is excepted at a moment is so no longer."""
    ends = {midnight(term["until_at"] + DAY) for term in terms}
    return min(end for end in ends if end > moment and not excepted(rows, terms, end))


def day_end(due: date) -> datetime:
    """A date without a time of day is over when its day is over in New York."""
    return due if isinstance(due, datetime) else midnight(due + DAY) - timedelta(microseconds=1)


def obligation(rows: list[dict], terms: list[dict]) -> dict:
    """What the rows of one patch on one asset make together."""
    if named(rows, terms):
        rows = [row | ({"state": "open"} if row["state"] == "excepted" else {}) for row in rows]
    seen = min(row["first_seen_at"] for row in rows)
    severity = min((row["severity"] for row in rows if row["severity"]), default=5)
    stated = [row["due_at"] for row in rows if row["due_at"]]
    exploited = [EXPLOITED[cve] for row in rows for cve in row["cves"] or [] if cve in EXPLOITED]
    due = None
    if stated:
        due = min(map(day_end, stated))
    elif exploited:
        due = max(day_end(min(exploited)), midnight(seen))
    elif severity in PATCH_DAYS:
        due = day_end(seen + PATCH_DAYS[severity] * DAY)
    still_open = [row for row in rows if row["state"] == "open"]
    known_to = max(AS_OF[row["source"]] for row in still_open or rows)
    states = {row["state"] for row in rows}
    fixes = [installed(row) for row in rows if row["state"] == "fixed"]
    counts = severity < 5 and (
        bool(still_open) or (not states & {"excepted", None} and fixes and None not in fixes)
    )
    fixed = max(fixes) if counts and not still_open else None
    if due and not (fixed and fixed <= due) and excepted(rows, terms, due):
        due = free_from(rows, terms, due) - timedelta(microseconds=1)
    return {"seen": midnight(seen), "due": due, "fixed": fixed, "known_to": known_to, "counts": counts}


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(patch, max_size=20))
def test_patches(world, rows):
    assets = [{"name": "Web1", "services": ["Payments"]}, {"name": "web2", "services": ["Payments", "Cards"]}]
    exploited = [{"cve": cve, "added_at": START, "due_at": due} for cve, due in EXPLOITED.items()]
    world.given(
        {"patch": rows, "asset": assets, "known_exploited": exploited},
        AS_OF,
        patch_days=PATCH_DAYS,
        timezone=ZONE.key,
    )
    grouped: dict[tuple, list[dict]] = {}
    for number, row in enumerate(rows):
        grouped.setdefault((row["asset"].lower(), row["patch"] or number), []).append(row)
    told = [{"asset": asset, **obligation(several, [])} for (asset, _), several in grouped.items()]
    for name in ("2026-06", "2026-07", "all"):
        period = world.calendar.period(name)
        for scope in ({}, {"service": "Cards"}):
            inside = [o for o in told if o["counts"] and set(scope.values()) <= SERVICES[o["asset"]]]
            due = [o for o in inside if o["due"] and period.start <= o["due"] < period.end]
            due = [o for o in due if o["due"] <= o["known_to"]]
            met = [o for o in due if o["fixed"] and o["fixed"] <= o["due"]]
            read = world.read("patches_on_time", name, scope)
            assert read.n == len(due)
            assert read.value == (pytest.approx(100 * len(met) / len(due)) if due else None)
            assert not due or read.detail["clusters"] == len({o["asset"] for o in due})

            seen = [o for o in inside if period.start <= o["seen"] < period.end]
            read = world.read("time_to_patch", name, scope)
            assert read.n == len(seen)
            if seen and all(o["fixed"] for o in seen):
                hours = sorted((o["fixed"] - o["seen"]) / HOUR for o in seen)
                assert read.value == pytest.approx(hours[(len(hours) - 1) // 2])
            last = min(period.end - timedelta(microseconds=1), max(AS_OF.values()))
            late = [o for o in inside if o["due"] and o["due"] < min(last, o["known_to"])]
            late = [o for o in late if not (o["fixed"] and o["fixed"] <= min(last, o["known_to"]))]
            late = [o for o in late if o["known_to"] >= period.start]
            assert world.read("overdue_patches", name, scope).n == len(late)
    everything = world.read("patches_on_time", ALL.name, {})
    assert everything.n + sum(everything.left_out.values()) == len(told)


def overdue(rows: list[dict], terms: list[dict], moment: datetime) -> bool:
    """Whether a patch is past the date that holds without any exception, missing, and not excepted at a moment."""
    one, agreed = obligation(rows, terms), obligation([{**row, "state": "open"} for row in rows], [])
    late = one["counts"] and agreed["due"] and agreed["due"] < moment
    return bool(late and not (one["fixed"] and one["fixed"] <= moment) and not excepted(rows, terms, moment))


few_days = st.integers(0, 24).map(lambda day: START.date() + day * DAY)
weakness = st.fixed_dictionaries(
    {
        "asset": st.sampled_from(["web1", "WEB2"]),
        "patch": st.just("KB1"),
        "cves": st.sampled_from([None, ["CVE-1"], ["CVE-2"], ["CVE-1", "CVE-2"]]),
        "first_seen_at": st.just(START.date()),
        "due_at": few_days,
        "state": st.sampled_from(["open", "open", "fixed", "excepted"]),
        "fixed_at": few_days.map(lambda day: datetime.combine(day, time(10))),
    }
).map(believable)
exception = st.fixed_dictionaries(
    {
        "assets": st.sampled_from([[], [], ["Web1"]]),
        "patch": st.sampled_from(["kb1", "KB1", None, "KB2"]),
        "cves": st.sampled_from([[], [], ["CVE-1"], ["cve-2"]]),
        "services": st.sampled_from([[], [], ["cards"]]),
        "control": st.sampled_from([None, None, None, "A.8.8"]),
        "from_at": few_days,
        "days": st.integers(0, 20),
    }
)


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(weakness, min_size=1, max_size=4), terms=st.lists(exception, min_size=1, max_size=4))
def test_patches_under_exceptions(world, rows, terms):
    rows = [{"source": "tool", "severity": 1, **row} for row in rows]
    for term in terms:
        term |= {"approver": "CIO", "until_at": term["from_at"] + term["days"] * DAY}
    kept = [{name: value for name, value in term.items() if name != "days"} for term in terms]
    assets = [{"name": "Web1", "services": ["Payments"]}, {"name": "web2", "services": ["Payments", "Cards"]}]
    world.given({"patch": rows, "asset": assets, "exception": kept}, AS_OF, timezone=ZONE.key)

    grouped: dict[str, list[dict]] = {}
    for row in rows:
        grouped.setdefault(row["asset"].lower(), []).append(row)
    told = [o for several in grouped.values() if (o := obligation(several, terms))["counts"]]
    read = observed(world.opened.cursor(), world.opened.shape("patches_on_time"), ALL, {}, left_out=False)
    assert sorted(zip(read["at"], read["met"], strict=True)) == sorted(
        (o["due"], bool(o["fixed"] and o["fixed"] <= o["due"])) for o in told
    )

    last = world.calendar.period("2026-06").end - timedelta(microseconds=1)
    assert world.read("overdue_patches", "2026-06", {}).n == sum(
        overdue(several, terms, last) for several in grouped.values()
    )
