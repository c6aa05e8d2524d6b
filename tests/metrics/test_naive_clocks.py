"""Times to detect, acknowledge, contain and report against a second, naive implementation on random rows."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from tests.metrics.test_naive_incidents import AS_OF, HOUR, START, half_done

PERIODS = ("2026-07", "all")
ZONE = ZoneInfo("Asia/Tokyo")
REGIMES = ("GDPR 72 h", "NIS2 24 h", "DORA", "SEC")
DAY = timedelta(days=1)
HOLIDAYS = ["2026-07-01", "2026-07-04", "2026-07-07"]
AS_OF = {**AS_OF, "silent": AS_OF["tool"]}


def incident(chance: Random) -> dict:
    """Times are a few hours apart, so that many lie just within a deadline, on it, or just past it."""
    opened = START + chance.randrange(0, 12 * 24 * 4) * HOUR / 4

    def after(*hours: float) -> datetime | None:
        return opened + chance.choice(hours) * HOUR if chance.random() < 0.6 else None

    row = {
        "source": chance.choice(["tool", "tool", "stale", "silent"]),
        "domain": chance.choice(["security", "security", "operational", None]),
        "severity": chance.choice([1, 2, 3, 4, None]),
        "status": chance.choice(["open", "open", "resolved", "closed", "closed", "cancelled", None]),
        "impact": chance.choice(["outage", "none", None, None, None, "maintenance"]),
        "opened_at": opened,
        "occurred_at": after(-300, -2, -1, 0),
        "detected_at": after(-2, -1, 0, 1),
        "acknowledged_at": after(-1, 0, 0.25, 2, 30),
        "contained_at": after(-1, 1, 3, 50),
        "restored_at": after(2, 60),
        "reported_at": after(-3, 4, 8, 23, 24, 25, 71, 72, 74, 98, 120, 150),
        "classified_at": after(1, 2, 4, 19, 20, 21, 23, 26, 40, 60),
        "reportable_under": chance.choice(
            [None, None, ["GDPR"], ["nis2", "SEC"], ["NIS2 24 h"], ["DORA"], ["HIPAA"]]
        ),
        "records_affected": chance.choice([None, None, 0, 40]),
    }
    if row["status"] not in ("resolved", "closed"):
        row["restored_at"] = None
    if row["classified_at"] and chance.random() < 0.4:
        row["reported_at"] = row["classified_at"] + chance.choice([3, 4, 5, 90, 130]) * HOUR
    if row["source"] == "silent":
        row["reported_at"] = None
    return row


@pytest.fixture(params=range(3))
def rows(request) -> list[dict]:
    """Many rows at once: a world takes long to make, however few they are."""
    chance = Random(request.param)
    return [incident(chance) for _ in range(250)]


def started(row: dict) -> datetime:
    return row["detected_at"] or row["opened_at"]


def happened(row: dict) -> bool:
    return row["status"] != "cancelled" and row["impact"] != "maintenance"


def until(row: dict, name: str) -> tuple[float, bool] | None:
    """Hours from detection to a time of the incident, and whether it has come; None where neither can be said."""
    if row[name]:
        return ((row[name] - started(row)) / HOUR, True) if row[name] >= started(row) else None
    if row["status"] == "open":
        return max((AS_OF[row["source"]] - started(row)) / HOUR, 0), False
    return None


def detected(row: dict) -> tuple[float, bool] | None:
    known = row["occurred_at"] and row["detected_at"]
    hours = (row["detected_at"] - row["occurred_at"]) / HOUR if known else -1
    return (hours, True) if hours >= 0 else None


CLOCKS = {
    "time_to_detect": (detected, lambda row: True),
    "time_to_acknowledge": (lambda row: until(row, "acknowledged_at"), lambda row: True),
    "time_to_contain": (
        lambda row: until(row, "contained_at") if row["domain"] else None,
        lambda row: row["domain"] != "operational",
    ),
}


def test_clocks(world, rows):
    world.given({"incident": rows}, AS_OF)
    for name in PERIODS:
        period = world.calendar.period(name)
        inside = [row for row in rows if period.start <= started(row) < period.end]
        for metric, (clock, counts) in CLOCKS.items():
            several = [row for row in inside if counts(row)]
            times = [clock(row) if happened(row) else None for row in several]
            known = [time for time in times if time]
            read = world.read(metric, name, {})
            assert read.n == len(known)
            assert read.value == pytest.approx(half_done(known))
            assert read.detail.get("open", 0) == Counter(over for _, over in known)[False]
            assert sum(read.left_out.values()) == len(several) - len(known)


def regimes_of(row: dict) -> list[str]:
    if row["reportable_under"]:
        named = [name.lower() for name in row["reportable_under"]]
        return [r for r in REGIMES if r.lower() in named or r.split()[0].lower() in named]
    if row["reported_at"] or row["classified_at"]:
        return [regime for regime in REGIMES if regime != "SEC" or row["domain"] == "security"]
    return ["GDPR 72 h"] if row["records_affected"] else []


def due(row: dict, regime: str) -> datetime | None:
    aware, classified = started(row), row["classified_at"]
    if regime == "DORA":
        late = classified and classified > aware + DAY
        return classified + 4 * HOUR if late else min(aware + DAY, (classified or aware + DAY) + 4 * HOUR)
    if regime == "SEC":
        if not classified:
            return None
        day, business_days = classified.replace(tzinfo=UTC).astimezone(ZONE).date(), 0
        while business_days < 4:
            day += DAY
            business_days += day.weekday() < 5 and day.isoformat() not in HOLIDAYS
        end = datetime.combine(day + DAY, datetime.min.time(), ZONE)
        return end.astimezone(UTC).replace(tzinfo=None) - timedelta(microseconds=1)
    return aware + int(regime.split()[1]) * HOUR


def in_time(row: dict, regime: str, telling: set[str]) -> bool | None:
    """Whether a deadline was kept; None where that is not known, or not yet."""
    by = due(row, regime)
    if by is None or (row["reported_at"] and row["reported_at"] < started(row)):
        return None
    if row["reported_at"]:
        return row["reported_at"] <= by
    return False if AS_OF[row["source"]] > by and row["source"] in telling else None


def reported(row: dict, telling: set[str]) -> tuple[float, bool] | None:
    if row["reported_at"]:
        hours = (row["reported_at"] - started(row)) / HOUR
        return (hours, True) if hours >= 0 else None
    if regimes_of(row) and row["source"] in telling:
        return max((AS_OF[row["source"]] - started(row)) / HOUR, 0), False
    return None


def test_reports(world, rows):
    calendar = [{"name": "SEC", "holidays": HOLIDAYS}]
    world.given({"incident": rows, "calendar": calendar}, AS_OF, timezone=ZONE.key, regimes=list(REGIMES))
    telling = {row["source"] for row in rows if row["reported_at"]}
    for name in PERIODS:
        period = world.calendar.period(name)
        inside = [r for r in rows if happened(r) and period.start <= started(r) < period.end]
        times = [time for row in inside if (time := reported(row, telling))]
        read = world.read("time_to_report", name, {})
        assert read.n == len(times)
        assert read.value == pytest.approx(half_done(times))
        kept = [
            [met for r in regimes_of(row) if (met := in_time(row, r, telling)) is not None] for row in inside
        ]
        counted = [all(met) for met in kept if met]
        read = world.read("reported_in_time", name, {})
        assert read.n == len(counted)
        assert read.value == (pytest.approx(100 * sum(counted) / len(counted)) if counted else None)
    kept = {
        (f"{row['source']}:incident{number}", regime): in_time(row, regime, telling)
        if happened(row)
        else None
        for number, row in enumerate(rows)
        for regime in regimes_of(row)
    }
    sql = world.opened.metric("reported_in_time").sql
    found = world.con.execute(
        f"select record_id, regime, left_out, met from ({sql}) where regime is not null"
    )
    assert {row[:2]: None if row[2] else row[3] for row in found.fetchall()} == kept


def test_of_an_incident_that_two_tools_tell_of_either_may_tell_of_its_report(world):
    told = {"opened_at": START, "status": "closed", "severity": 1, "domain": "security"}
    page = {**told, "source": "pager", "key": "PXMPL1", "reportable_under": ["GDPR"], "links": ["INC0010001"]}
    ticket = {**told, "key": "INC0010001"}
    other = {**told, "key": "INC0010002", "reportable_under": ["GDPR"], "reported_at": START + HOUR}
    as_of = {**AS_OF, "pager": AS_OF["tool"]}
    for rows, read in (([page, ticket, other], (2, 50)), ([page, other], (1, 100))):
        world.given({"incident": rows}, as_of, regimes="GDPR 72 h", prefer="pager")
        reading = world.read("reported_in_time", "all", {})
        assert (reading.n, reading.value) == read
