"""The card and the trend: what they say of readings, and that what a file says is never markup."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from dashboard.cards import (
    against,
    counted,
    decisions,
    footing,
    freshness,
    heading,
    no_comparison,
    sparkline,
    standing,
    state,
    value,
    wider,
)
from dashboard.charts import breakdown, trend
from dashboard.metric import read_metrics
from dashboard.period import Calendar
from dashboard.reading import Reading, Target
from dashboard.trends import finding, legend
from pipelines.settings import Settings

METRICS = read_metrics()
DOWNTIME, RESTORE, PATCHES = (METRICS[name] for name in ("downtime", "time_to_restore", "patches_on_time"))
LONDON = ZoneInfo("Europe/London")
GOAL = Target(10, None, datetime(2025, 1, 1))


def months(metric, values, running=False, target=GOAL) -> list[Reading]:
    """Readings of the months from January 2026; the last one is so far where `running`."""
    calendar = Calendar.of(Settings())
    return [
        Reading(
            metric.name, metric.title, metric.unit, calendar.period(f"2026-{i:02d}"), {}, value, 3,
            target=target, status=None if value is None else "on target" if value <= 10 else "off target",
            closed=not (running and i == len(values)), as_of=datetime(2026, 12, 1), text=metric.text(value),
        )
        for i, value in enumerate(values, 1)
    ]  # fmt: skip


def test_bars_begin_at_zero_and_the_running_month_is_an_outline():
    drawn = sparkline(DOWNTIME, months(DOWNTIME, [20, 10, 5], running=True))
    assert drawn.count("<rect") == 3
    assert drawn.count("running") == 1
    assert 'height="46.0"' in drawn and 'height="23.0"' in drawn, "half the hours are half the height"
    assert "January 2026 to March 2026: 20 h, 10 h, 5 h" in drawn


def test_a_target_is_drawn_over_the_months_in_which_it_held():
    assert sparkline(DOWNTIME, months(DOWNTIME, [20, 10])).count('class="goal"') == 1
    first, *rest = months(DOWNTIME, [20, 10, 5, 5])
    goals = [None, GOAL, Target(5, None, GOAL.since), Target(5, None, GOAL.since)]
    drawn = sparkline(
        DOWNTIME, [replace(r, target=goal) for r, goal in zip([first, *rest], goals, strict=True)]
    )
    assert drawn.count('class="goal"') == 2
    assert 'd="M65.5 27.0H131.0"' in drawn and 'd="M131.0 38.5H262.0"' in drawn


def test_a_line_leaves_out_months_without_a_value():
    drawn = sparkline(RESTORE, months(RESTORE, [4, None, 2]))
    assert drawn.count("polyline") == 1
    assert len(drawn.split('points="')[1].split('"')[0].split()) == 4  # two points, x and y each
    assert "running" not in drawn


@pytest.mark.parametrize("values", [[], [None, None], [None, 4]])
def test_no_picture_without_two_periods_to_compare(values):
    assert all("<path" not in sparkline(metric, months(metric, values)) for metric in (DOWNTIME, RESTORE))
    assert "<rect" not in sparkline(DOWNTIME, months(DOWNTIME, values))


def test_a_line_leads_dashed_to_a_hollow_point_for_the_running_month():
    drawn = sparkline(RESTORE, months(RESTORE, [4, 3, 2], running=True))
    assert len(drawn.split('points="')[1].split('"')[0].split()) == 4  # the two closed months
    assert drawn.count('class="way ahead"') == 1 and drawn.count('class="hole"') == 1
    closed = sparkline(RESTORE, months(RESTORE, [4, 3, 2]))
    assert "ahead" not in closed and "hole" not in closed


def test_what_it_was_a_year_before_says_so():
    [reading] = months(DOWNTIME, [12])
    was = replace(reading, previous=20, previous_text="20 h")
    assert "was 20 h<" in footing(DOWNTIME, was, {})
    a_year = replace(was, period=replace(was.period, against="year"))
    assert " · 20 h a year before<" in footing(DOWNTIME, a_year, {})


@pytest.mark.parametrize(
    ("scope", "chosen", "said"),
    [
        ({}, {}, []),
        ({"service": "Claims"}, {"service": "Claims"}, []),
        ({}, {"service": "Claims"}, ["the whole organisation"]),
        ({"business_unit": "Retail"}, {"service": "Claims", "business_unit": "Retail"}, ["all services"]),
        ({"severity": "1"}, {"business_unit": "Retail"}, ["all business units"]),
    ],
)
def test_what_tells_of_more_than_was_chosen_says_so(scope, chosen, said):
    [reading] = months(DOWNTIME, [12])
    reading = replace(reading, scope=scope)
    assert wider(reading, chosen) == said
    for told in (footing(DOWNTIME, reading, chosen), standing(DOWNTIME, reading, chosen)):
        assert ("whole organisation" in told or "all " in told) == bool(said)


def test_a_median_that_is_not_reached_is_not_called_missing_data():
    [reading] = months(RESTORE, [None])
    waiting = replace(reading, detail={"not_reached": True})
    assert "not reached yet" in state(waiting) and "fewer than half" in value(RESTORE, waiting)
    assert "no data" in state(reading) and "fewer than half" not in value(RESTORE, reading)


def test_state_is_a_colour_a_shape_and_a_word():
    [reading] = months(DOWNTIME, [12])
    said = state(replace(reading, verdict="worse"))
    assert 'class="state bad"' in said and "■" in said and "off target" in said and "worse" in said
    assert "○" in state(replace(reading, status=None)) and "no target" in state(replace(reading, status=None))


def test_what_it_is_held_against_and_what_it_rests_on():
    [reading] = months(DOWNTIME, [12])
    reading = replace(
        reading,
        previous=34.1,
        previous_text="34.1 h",
        left_out={"degradation": 2, "internal service": 3},
        detail={"open": 1},
    )
    assert against(DOWNTIME, reading) == ["target ≤ 10 h", "was 34.1 h"]
    assert counted(DOWNTIME, reading) == ["3 counted", "1 open", "5 left out"]


def test_what_people_entered_is_escaped():
    told = pd.DataFrame({"text": ["<img src=x>"], "owner": ["<b>"], "due_at": [pd.NaT], "status": ["asked"]})
    assert "<img" not in decisions(told, LONDON) and "<b>" not in decisions(told, LONDON)
    assert "<i>" not in heading("<i>", Calendar.of(Settings()).period("2026-Q1"), [])


def test_the_heading_names_the_part_and_the_comparison():
    [reading] = months(DOWNTIME, [12])
    period = replace(reading.period, against="year")
    told = replace(reading, scope={"service": "Claims"}, previous_name="2025-01")
    assert "January 2026 · closed<span" in heading("O", reading.period, [reading])
    assert "January 2026 · closed · Claims · against January 2025<" in heading("O", period, [told, reading])


def test_only_decisions_still_to_be_made_are_asked_for():
    told = pd.DataFrame({"text": ["old"], "owner": ["CIO"], "due_at": [pd.NaT], "status": ["approved"]})
    assert "old" not in decisions(told, LONDON)


@pytest.mark.parametrize(
    ("reached", "said"),
    [
        (["2026-10-02", "2026-10-01"], "Every source reaches past the end"),
        (["2026-10-02", "2026-09-01"], "ServiceNow ends before the period does (1 Sep 2026)"),
        (["2026-09-02", "2026-09-01"], "still running in every source"),
    ],
)
def test_freshness_names_the_source_that_ends_too_early(reached, said):
    told = pd.DataFrame(
        {
            # services: a list kept by people, which decides nothing
            "record": ["patch", "incident", "service"],
            "source_title": ["Tenable", "ServiceNow", "Services"],
            "at": pd.to_datetime([*reached, "2020-01-01"]),
            "ended": False,
        }
    )
    assert said in freshness(told, datetime(2026, 10, 1), LONDON)


def test_days_are_those_of_the_organisation():
    [reading] = months(DOWNTIME, [12])
    period, abroad = reading.period, ZoneInfo("America/New_York")
    assert "complete through 30 Nov 2026<" in heading(
        "O", period, [replace(reading, through=date(2026, 11, 30))]
    )
    end = pd.to_datetime(["2027-01-01 04:59:59.999999"])  # of the last day of the year there
    asked = pd.DataFrame({"text": ["Buy"], "owner": ["CIO"], "due_at": end, "status": ["asked"]})
    assert "by 31 Dec 2026" in decisions(asked, abroad)
    reached = pd.DataFrame(
        {"record": "patch", "source_title": ["Old", "Late", "Here"], "ended": [True, False, False],
         "at": pd.to_datetime(["2026-01-01 04:00", "2026-02-01 04:00", "2026-04-02 00:00"])}
    )  # fmt: skip
    said = freshness(reached, datetime(2026, 4, 1, 4), abroad)
    assert "since 31 Dec 2025" in said and "(31 Jan 2026)" in said


def test_a_source_that_reports_no_more_does_not_hold_a_period_open():
    told = pd.DataFrame(
        {
            "record": ["incident", "incident"],
            "source_title": ["Status page", "ServiceNow"],
            "at": pd.to_datetime(["2026-10-02", "2017-02-15"]),
            "ended": [False, True],
        }
    )
    said = freshness(told, datetime(2026, 10, 1), LONDON)
    assert "Every source reaches past the end" in said
    assert "ServiceNow reports no more, since 15 Feb 2017" in said


@pytest.mark.parametrize(
    ("values", "running", "said"),
    [
        ([40, 30, 20, 12], False, "Hours of downtime fell 3 months in a row"),
        (
            [40, 30, 20, 90],
            True,
            "Hours of downtime met the target in 0 of 3 closed months",
        ),  # two falls are no run
        ([9, 30, 8, 12], False, "Hours of downtime met the target in 2 of 4 closed months"),
        ([9], False, "Hours of downtime: too few closed periods for a trend"),
        ([1, 2, 3, 3, 4, 5, 6], False, "Hours of downtime rose 3 months in a row"),  # a standstill ends a run
        (
            [1, 2, None, 3, 4],
            False,
            "Hours of downtime met the target in 4 of 4 closed months",
        ),  # so does a gap
        ([9, 8, 7, 7], False, "Hours of downtime met the target in 4 of 4 closed months"),
    ],
)
def test_a_trend_is_named_by_its_closed_periods(values, running, said):
    assert finding(DOWNTIME, months(DOWNTIME, values, running)) == said


def test_without_a_target_the_range_is_the_finding():
    assert (
        finding(DOWNTIME, months(DOWNTIME, [9, 30, 8], target=None))
        == "Hours of downtime ranged from 8 h to 30 h"
    )


def test_the_running_month_stands_apart_in_the_chart():
    chart = trend(DOWNTIME, months(DOWNTIME, [20, 10, 5], running=True))
    closed, running, _ = chart.data
    assert list(closed.y) == [20, 10, None] and list(running.y) == [None, None, 5]
    assert list(running.x) == ["Jan 2026", "Feb 2026", "Mar 2026<br>so far"]


def test_a_target_scaled_to_the_months_of_a_quarter_says_so():
    readings = months(DOWNTIME, [20, 10, 5], running=True)
    quarter = replace(readings[-1], target=Target(30, None, GOAL.since))
    assert legend(DOWNTIME, readings, quarter) == "dotted: target a month ≤ 10 h · pale: Mar 2026 so far"
    assert legend(DOWNTIME, readings, readings[-1]).startswith("dotted: target ≤ 10 h")


@pytest.mark.parametrize(("metric", "worst"), [(DOWNTIME, "B"), (PATCHES, "A")])
def test_a_breakdown_lists_the_worst_on_top(metric, worst):
    low, high = months(metric, [10, 90])
    drawn = breakdown(metric, [("A", low), ("B", high)])
    assert drawn.data[0].y[-1].startswith(worst), "bars are drawn from the bottom up"


def test_an_amount_of_a_part_of_a_period_is_marked_and_not_judged():
    cut, *rest = months(DOWNTIME, [2, 20, 30])
    cut = replace(cut, begins=date(2026, 1, 20))
    assert finding(DOWNTIME, [cut, *rest]) == "Hours of downtime met the target in 0 of 2 closed months"
    assert "pale: Jan 2026 from 20 Jan 2026" in legend(DOWNTIME, [cut, *rest], rest[-1])
    full, pale, _ = trend(DOWNTIME, [cut, *rest]).data
    assert list(full.y) == [None, 20, 30] and list(pale.y) == [2, None, None]
    assert sparkline(DOWNTIME, [cut, *rest]).count("running") == 1
    assert "data of January 2026 begins on 20 Jan 2026" in no_comparison(rest[0].period, [[cut, *rest]])
    assert no_comparison(rest[1].period, [[cut, *rest]]) == ""
