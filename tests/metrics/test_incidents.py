"""What the Incidents page draws, against counts made by hand."""

from datetime import date, datetime

import pytest

from dashboard import incidents
from dashboard.incidents import CAUSED, TIMED

JULY = "2026-07"
AS_OF = {"tool": datetime(2026, 8, 1)}


def incident(key: str, day: int, severity: int = 2, **more) -> dict:
    """One that began at noon of a day in July, is over after two hours, and is of operations."""
    return {
        "key": key,
        "title": f"Trouble {key}",
        "domain": "operational",
        "severity": severity,
        "status": "closed",
        "services": ["Payments"],
        "opened_at": datetime(2026, 7, day, 12),
        "restored_at": datetime(2026, 7, day, 14),
        **more,
    }


@pytest.fixture
def loaded(world):
    """What is given, as the page asks for it."""

    def given(*rows: dict, **beside: list[dict]):
        world.given({"incident": list(rows), **beside}, AS_OF)
        return world.opened, world.calendar.period(JULY)

    return given


def timeline(opened, period, **more):
    return incidents.timeline(opened.cursor(), opened.shape("major_incidents"), period, {}, **more)


def test_the_timeline_holds_what_the_metric_counts_the_most_severe_first(loaded):
    opened, period = loaded(
        incident("A1", 3),
        incident("A2", 9, severity=1, domain="security", services=["Payments", "Cards"]),
        incident("A3", 20, status="open", restored_at=None),
        incident("A4", 5, severity=3),  # not drawn: it is none of the major ones
        incident("A5", 6, status="cancelled"),  # not drawn
        incident("A6", 1, opened_at=datetime(2026, 6, 30)),  # not drawn: it began in June
    )
    seen = timeline(opened, period)
    assert list(seen.marks["record_id"]) == ["tool:A2", "tool:A3", "tool:A1"]
    assert seen.every == opened.reading("major_incidents", period, {}).n == 3
    assert list(seen.marks["still_open"]) == [False, True, False]
    assert list(seen.marks["until"]) == [
        datetime(2026, 7, 9, 14),
        datetime(2026, 8, 1),  # still open: known up to there
        datetime(2026, 7, 3, 14),
    ]


def test_the_timeline_draws_no_more_than_it_is_told_and_says_how_many_there_are(loaded):
    opened, period = loaded(*(incident(f"B{n}", n, severity=1 + n % 2) for n in range(1, 9)))
    seen = timeline(opened, period, most=3)
    assert list(seen.marks["record_id"]) == ["tool:B8", "tool:B6", "tool:B4"]
    assert seen.every == 8
    span = (datetime(2026, 7, 2), datetime(2026, 7, 4))
    assert list(timeline(opened, period, span=span).marks["record_id"]) == ["tool:B2", "tool:B3"]


def test_incidents_that_are_too_many_are_counted_together_by_service_and_days(loaded):
    opened, period = loaded(
        *(incident(f"A{n}", 3) for n in range(4)),
        incident("B1", 3, domain="security"),
        incident("C1", 20, services=["Payments", "Cards"]),  # in the lane of each
        incident("D1", 21, services=["Mail"]),
        incident("E1", 21, services=["Web", "Mail"]),  # once among the others
    )

    def told(scope: dict[str, str]) -> list[tuple]:
        shape = opened.shape("major_incidents")
        found = incidents.groups(opened.cursor(), shape, period, scope, lanes=2)
        return [
            (row.lane if isinstance(row.lane, str) else row.others, row.security, row.starts.day, row.n)
            for row in found.itertuples()
        ]

    # Parts begin with the first incident, at noon of 3 July.
    assert told({}) == [
        ("Payments", False, 3, 4),
        ("Payments", True, 3, 1),
        ("Payments", False, 20, 1),
        (3, False, 20, 1),
        (3, False, 21, 2),
    ]
    assert told({"service": "Cards"}) == [("Cards", False, 20, 1)]


def test_links_are_causes_that_are_drawn_and_causes_that_are_shared(loaded):
    opened, period = loaded(
        incident("INC01", 3),
        incident("INC02", 4, caused_by="INC01"),
        incident("INC03", 5, problem="PRB0001"),
        incident("INC04", 9, problem="PRB0001"),
        incident("INC05", 7, caused_by="CHG0001"),  # linked to none: nothing else names this change
    )
    assert timeline(opened, period).links == [
        ("tool:INC01", "tool:INC02", CAUSED),
        ("tool:INC03", "tool:INC04", "PRB0001"),
    ]


def test_a_chain_is_told_in_both_directions_with_what_no_export_holds(loaded):
    opened, _ = loaded(
        incident("INC01", 3, caused_by="CHG01, CHG99"),
        incident("INC02", 4, caused_by="INC01"),
        incident("INC03", 5, caused_by="INC02", domain="security"),
        incident("INC04", 5),  # no part of it
        change=[{"key": "CHG01", "title": "New release", "opened_at": datetime(2026, 7, 1)}],
    )
    told = incidents.chain(opened.cursor(), "tool:INC02")
    assert [tuple(row) for row in told[["step", "record_id", "kind"]].fillna("").itertuples(index=False)] == [
        (-2, "tool:CHG01", "change"),
        (-2, "CHG99", ""),
        (-1, "tool:INC01", "incident"),
        (0, "tool:INC02", "incident"),
        (1, "tool:INC03", "incident"),
    ]


def test_a_chain_in_a_circle_ends(loaded):
    opened, _ = loaded(incident("INC01", 3, caused_by="INC02"), incident("INC02", 4, caused_by="INC01"))
    assert sorted(incidents.chain(opened.cursor(), "tool:INC01")["record_id"]) == ["tool:INC01", "tool:INC02"]


def test_every_incident_of_a_step_has_come_so_far_or_waits_or_lacks_its_time(loaded):
    noon, later = datetime(2026, 7, 3, 12), datetime(2026, 7, 3, 13)
    opened, period = loaded(
        incident("C1", 3, occurred_at=noon, detected_at=later, acknowledged_at=later),
        incident("C2", 3, detected_at=noon, acknowledged_at=later),  # nobody knows when it began
        incident("C3", 3, domain="security", contained_at=later),  # opened, with no time of detection
        incident("C4", 3, domain="security", status="open", restored_at=None),  # waits for all of it
        incident("C5", 3, restored_at=None),  # over, nobody knows since when
        incident("C6", 3, status="cancelled"),  # asked for no step
        incident("C7", 3, impact="maintenance"),  # asked for no step
    )
    readings = {name: opened.reading(name, period, {}) for name in TIMED}
    steps = incidents.steps(opened.cursor(), opened.shape("time_to_detect"), readings, {})
    assert [(s.title, s.every, s.reached, s.waiting, s.missing) for s in steps] == [
        ("Occurred", 5, 1, 0, 4),
        ("Detected", 5, 2, 0, 3),
        ("Acknowledged", 5, 2, 1, 2),
        ("Contained (security)", 2, 1, 1, 0),
        ("Restored", 5, 3, 1, 1),
    ]
    assert [s.took for s in steps[:2]] == ["", "1 h"]


def test_the_hours_of_the_days_are_those_of_the_metric(loaded):
    outage = {"impact": "outage", "severity": 1}
    opened, period = loaded(
        incident("D1", 3, **outage),
        incident("D2", 3, **outage),  # overlaps the first: counts once
        incident("D3", 10, **outage, restored_at=datetime(2026, 7, 12, 6)),  # over three days
        incident("D4", 20, impact="degradation"),  # no downtime
    )
    days = incidents.days(
        opened.cursor(), opened.shape("downtime"), opened.calendar, date(2026, 7, 1), date(2026, 8, 2), {}
    )
    assert {day.on.day: day.hours for day in days if day.hours} == {3: 2, 10: 12, 11: 24, 12: 6}
    assert sum(day.hours for day in days) == opened.reading("downtime", period, {}).value
    assert [day.period.name for day in days if not day.known] == [
        "2026-07-01", "2026-07-02", "2026-08-01", "2026-08-02",  # before it begins, and after what is known
    ]  # fmt: skip
