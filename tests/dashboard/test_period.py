"""Months, quarters and years, cut in time zones and fiscal years."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.period import Calendar, grain

UTC = Calendar(ZoneInfo("UTC"))
LONDON_APRIL = Calendar(ZoneInfo("Europe/London"), 4)
CALENDARS = st.builds(
    Calendar,
    st.sampled_from(
        ["UTC", "Europe/London", "America/New_York", "America/Havana", "Asia/Kolkata", "Australia/Lord_Howe"]
    ).map(ZoneInfo),
    st.integers(1, 12),
)
MOMENTS = st.datetimes(datetime(1980, 1, 1), datetime(2090, 1, 1))
GRAINS = st.sampled_from(["month", "quarter", "year"])


@pytest.mark.parametrize(
    ("name", "label", "start", "end"),
    [
        ("2026-Q3", "Quarter 3, 2026 (July–September)", datetime(2026, 7, 1), datetime(2026, 10, 1)),
        ("2026-12", "December 2026", datetime(2026, 12, 1), datetime(2027, 1, 1)),
        ("2026", "2026", datetime(2026, 1, 1), datetime(2027, 1, 1)),
        ("all", "All time", datetime.min, datetime.max),
    ],
)
def test_calendar_years_in_utc(name, label, start, end):
    period = UTC.period(name)
    assert (period.label, period.start, period.end) == (label, start, end)


@pytest.mark.parametrize(
    ("name", "label", "start"),
    [
        # The year bears the number of the calendar year in which it ends; summer time begins an hour early in UTC.
        ("2026", "Year 2026 (April 2025–March 2026)", datetime(2025, 3, 31, 23)),
        ("2026-Q1", "Quarter 1, 2026 (April–June 2025)", datetime(2025, 3, 31, 23)),
        ("2026-Q4", "Quarter 4, 2026 (January–March)", datetime(2026, 1, 1)),
        ("2026-07", "July 2026", datetime(2026, 6, 30, 23)),
    ],
)
def test_a_fiscal_year_and_a_time_zone(name, label, start):
    period = LONDON_APRIL.period(name)
    assert (period.label, period.start) == (label, start)


@pytest.mark.parametrize(
    ("name", "before", "year"),
    [
        ("2026-Q1", "2025-Q4", "2025-Q1"),
        ("2026-02", "2026-01", "2025-02"),
        ("2026", "2025", "2025"),
        ("all", None, None),
    ],
)
@pytest.mark.parametrize("calendar", [UTC, LONDON_APRIL])
def test_a_period_is_compared_with_the_one_before_or_that_of_a_year_before(calendar, name, before, year):
    period = calendar.period(name)
    for against, other in (("before", before), ("year", year)):
        found = calendar.compared(replace(period, against=against))
        assert found == (calendar.period(other) if other else None)


@pytest.mark.parametrize(
    ("zone", "month", "start"),
    [
        ("America/Havana", "2026-11", datetime(2026, 11, 1, 4)),  # midnight comes twice: the first
        ("America/Asuncion", "2017-10", datetime(2017, 10, 1, 4)),  # midnight is skipped: one o'clock
        ("Europe/London", "2024-04", datetime(2024, 3, 31, 23)),  # the month before has 743 hours
        ("Australia/Lord_Howe", "2026-10", datetime(2026, 9, 30, 13, 30)),
    ],
)
def test_a_month_begins_where_its_first_day_does_though_clocks_are_changed(zone, month, start):
    calendar = Calendar(ZoneInfo(zone), 10)
    period = calendar.period(month)
    assert period.start == start
    assert calendar.holding("month", start) == period
    assert calendar.holding("month", start - timedelta(microseconds=1)) == calendar.before(period)[0]


def test_a_fiscal_year_is_named_by_the_year_in_which_it_ends():
    named = {
        start: Calendar(ZoneInfo("UTC"), start).holding("year", datetime(2026, 9, 30)).name
        for start in range(1, 13)
    }
    assert named == {start: "2026" if start in (1, 10, 11, 12) else "2027" for start in range(1, 13)}


def test_a_quarter_over_new_year_names_both_years():
    calendar = Calendar(ZoneInfo("UTC"), 11)
    assert calendar.period("2026-Q1").label == "Quarter 1, 2026 (November 2025–January 2026)"


@pytest.mark.parametrize("name", ["2026-13", "2026-Q5", "26", "last", "", "2026-9", "2026-Q3 ", "٢٠٢٦"])
def test_what_is_no_period_says_how_to_write_one(name):
    with pytest.raises(ValueError, match="write 2026-Q3, 2026-09, 2026 or all"):
        UTC.period(name)


@given(CALENDARS, GRAINS, MOMENTS)
def test_a_moment_lies_in_the_one_period_that_is_said_to_hold_it(calendar, size, moment):
    period = calendar.holding(size, moment)
    assert period.start <= moment < period.end
    assert grain(period) == size
    assert calendar.period(period.name) == period


@given(CALENDARS, GRAINS, MOMENTS)
def test_periods_adjoin_and_are_made_of_their_months(calendar, size, moment):
    period = calendar.holding(size, moment)
    (before,) = calendar.before(period)
    assert before.end == period.start
    months = calendar.months(period)
    assert (months[0].start, months[-1].end) == (period.start, period.end)
    assert all(a.end == b.start for a, b in pairwise(months))
    assert calendar.between(size, before.start, moment) == [before, period]


def test_all_time_has_nothing_before_it():
    assert UTC.before(UTC.period("all")) == []
