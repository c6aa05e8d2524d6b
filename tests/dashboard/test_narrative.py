"""What pages say in words."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from dashboard import narrative
from dashboard.narrative import falls_due
from dashboard.outlook import OVERDUE, Outlook
from dashboard.reading import Period, Reading, Target

PERIOD = Period("2026-Q3", "Quarter 3, 2026 (July–September)", datetime(2026, 7, 1), datetime(2026, 10, 1))


def reading(
    title: str, verdict: str | None = None, value: float | None = 90, change: float = -3, **more
) -> Reading:
    base = {
        "metric": title.lower(),
        "title": title,
        "unit": "percent",
        "period": PERIOD,
        "scope": {},
        "value": value,
        "n": 50,
        "verdict": verdict,
        "closed": True,
    }
    if verdict:
        base |= {"previous": value - change, "previous_name": "2026-Q2", "change": change}
    return Reading(**(base | more))


SO_FAR = {"closed": False, "through": date(2026, 8, 21)}
DOWNTIME = {"unit": "hours", "value": 20, "change": -10}


@pytest.mark.parametrize(
    ("readings", "said"),
    [
        (
            [
                reading("Hours of downtime", "better", **DOWNTIME),
                reading("Patches installed on time", "worse"),
            ],
            "Hours of downtime improved by 33 % since Quarter 2, 2026, but patches installed on time got worse by 3 points.",
        ),
        (
            [
                reading("Client trust score", "better", unit="score", change=2.5),
                reading("Downtime", "no clear change"),
            ],
            "Client trust score improved by 2.5 since Quarter 2, 2026, and nothing is clearly worse.",
        ),
        (
            [reading(name, "worse") for name in ("A", "B", "C", "D")],
            "A (3 points), B (3 points) and 2 more got worse since Quarter 2, 2026, and nothing is clearly better.",
        ),
        ([reading("A", "too few to say")], "Nothing is clearly better or worse than in Quarter 2, 2026."),
        ([reading("A", value=None)], "There is nothing to read for this period."),
        (
            [reading("A", status="on target", **SO_FAR), reading("B", status="off target", **SO_FAR)],
            "Quarter 3, 2026 (July–September) is covered up to 21 August 2026: 1 of 2 targets is met so far.",
        ),
        (
            [reading("A", **SO_FAR)],
            "Quarter 3, 2026 (July–September) is covered up to 21 August 2026: no target is set.",
        ),
        (
            # Of a service that is looked at, what only the whole has says nothing.
            [reading("A", "better"), reading("B", "no clear change", scope={"service": "Claims"})],
            "Nothing of Claims is clearly better or worse than in Quarter 2, 2026.",
        ),
    ],
)
def test_one_sentence_says_what_changed(readings, said):
    assert narrative.page_verdict(readings) == said


def test_the_tally_counts_targets_and_verdicts():
    readings = [
        reading("A", "better", status="on target"),
        reading("B", "worse", status="at risk"),
        reading("C", "no clear change"),
        reading("D", value=None),
    ]
    assert (
        narrative.tally(readings)
        == "1 of 2 targets met · 3 compared: 1 clearly better, 1 clearly worse, 1 no clear change"
    )
    of_service = reading("E", "better", scope={"service": "Claims"})
    assert narrative.tally([*readings, of_service]) == "1 compared: 1 clearly better"


def test_a_service_that_changed_clearly_is_named_with_what_changed(folder):
    at = {"before": datetime(2026, 1, 5), "now": datetime(2026, 4, 5)}
    met = {("A", "before"): 90, ("A", "now"): 40, ("B", "before"): 50, ("B", "now"): 52}
    rows = [
        {"at": at[when], "services": [service], "met": number < count}
        for (service, when), count in met.items()
        for number in range(100)
    ]
    readings = folder.given("share", rows, better="higher", title="Patches on time")
    (driver,) = narrative.drivers(readings, readings.period("2026-Q2"), {})
    assert (driver.metric, driver.scope) == ("measure", {"service": "A"})
    assert driver.text == "A: patches on time down 50 points"
    assert driver.detail == "90 % before, 40 % now · clearly worse"
    # A year before there was as much of it.
    year = timedelta(days=365)
    more = [{**row, "at": row["at"] - year, "met": True} for row in rows if row["at"] == at["now"]]
    readings = folder.given("share", [*more, *rows], better="higher", title="Patches on time")
    period = replace(readings.period("2026-Q2"), against="year")
    assert [(d.scope, d.detail) for d in narrative.drivers(readings, period, {})] == [
        ({"service": "A"}, "100 % a year before, 40 % now · clearly worse"),
        ({"service": "B"}, "100 % a year before, 52 % now · clearly worse"),
    ]
    assert narrative.page_verdict([readings.reading("measure", period)]) == (
        "Patches on time got worse by 54 points since Quarter 2, 2025, and nothing is clearly better."
    )


def test_within_a_service_the_next_dimension_tells(folder):
    rows = [
        {"at": at, "services": ["A"], "severity": severity, "met": number < met}
        for at, severity, met in (
            (datetime(2026, 1, 5), 1, 90),
            (datetime(2026, 4, 5), 1, 40),
            (datetime(2026, 1, 5), 2, 90),
            (datetime(2026, 4, 5), 2, 90),
        )
        for number in range(100)
    ]
    readings = folder.given("share", rows, better="higher")
    (driver,) = narrative.drivers(
        readings, readings.period("2026-Q2"), {"service": "A", "business_unit": "Retail"}
    )
    assert driver.scope == {"severity": "1"}
    assert driver.text.startswith("Severity 1: ")


def test_a_part_that_is_the_whole_drives_nothing(folder):
    rows = [
        {"at": at, "services": ["A"], "severity": severity, "met": number < met}
        for at, severity, met in (
            (datetime(2026, 1, 5), 1, 90),
            (datetime(2026, 4, 5), 1, 40),
            (datetime(2026, 1, 5), 2, 90),
            (datetime(2026, 4, 5), 2, 90),
        )
        for number in range(100)
    ]
    readings = folder.given("share", rows, better="higher")
    (driver,) = narrative.drivers(readings, readings.period("2026-Q2"), {})
    assert driver.scope == {"severity": "1"}


def test_nothing_drove_what_did_not_change(folder):
    rows = [
        {"at": at, "services": ["A"], "met": True} for at in (datetime(2026, 1, 5), datetime(2026, 4, 5))
    ] * 20
    readings = folder.given("share", rows)
    assert narrative.drivers(readings, readings.period("2026-Q2"), {}) == []


def test_a_target_is_a_state_not_a_change():
    met = reading("A", status="on target", target=Target(90, None, PERIOD.start))
    assert (
        narrative.page_verdict([met])
        == f"{PERIOD.label} has nothing to be compared with; the one target is met."
    )


def test_each_metric_is_named_before_one_is_named_twice(folder):
    at = {"before": datetime(2026, 1, 5), "now": datetime(2026, 4, 5)}
    rows = [
        {"at": at[when], "services": [service], "severity": int(service == "A"), "met": number < count}
        for service, when, count in (
            ("A", "before", 90),
            ("A", "now", 40),
            ("B", "before", 90),
            ("B", "now", 60),
        )
        for number in range(100)
    ]
    readings = folder.given("share", rows, better="higher")
    folder.metrics["other"] = folder.metrics["measure"].model_copy(update={"name": "other"})
    named = narrative.drivers(type(readings)(folder.data, folder.metrics), readings.period("2026-Q2"), {})
    assert [d.metric for d in named] == ["measure", "other", "measure"]


@pytest.mark.parametrize(
    ("overdue", "soon", "said"),
    [
        (0, 0, "Nothing is overdue, and nothing falls due in the next 30 days."),
        (1, 0, "1 item is overdue, and nothing falls due in the next 30 days."),
        (0, 1, "Nothing is overdue; 1 item falls due in the next 30 days."),
        (2, 1, "2 items are overdue, and 1 more falls due in the next 30 days."),
        (1200, 3, "1,200 items are overdue, and 3 more fall due in the next 30 days."),
    ],
)
def test_what_falls_due_in_a_sentence(overdue, soon, said):
    counts = {
        "patch": {OVERDUE: overdue, "0–30 days": soon, "31–60 days": 9},
        "audit": {OVERDUE: 0, "0–30 days": 0, "31–60 days": 0},
    }
    assert falls_due(Outlook(datetime(2026, 10, 2), counts)) == said


def test_nothing_that_falls_due_is_said():
    assert falls_due(Outlook(None, {})) == "Nothing is loaded that falls due."
