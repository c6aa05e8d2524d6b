"""The view that an address asks for, and what is said of one that asks for what is not there."""

from datetime import datetime

import pytest

from dashboard.view import Unknown, applied, view_of

ROWS = [{"since": datetime(2026, 8, 3), "until": datetime(2026, 8, 4), "services": ["Mail"]}]


@pytest.fixture
def readings(folder):
    return folder.given("span", ROWS, by=("service", "business_unit"), columns=", business_units varchar[]")


def test_every_wrong_part_of_an_address_is_named(readings):
    with pytest.raises(Unknown) as told:
        view_of({"period": "1st", "service": "Nowhere", "unit": "Retail"}, readings)
    assert all(name in str(told.value) for name in ("'1st'", "“Nowhere”", "“unit”"))


def test_a_period_that_no_data_reaches_is_outside(readings):
    assert view_of({"period": "2019-Q1"}, readings).outside
    assert not view_of({"period": "2026-Q3"}, readings).outside
    assert not view_of({"period": "all"}, readings).outside


def test_what_a_period_is_compared_with_is_in_the_address(readings):
    assert "against" not in view_of({"period": "2026-Q3"}, readings).link()
    view = view_of({"period": "2026-Q3", "against": "year"}, readings)
    assert readings.compared(view.period).name == "2025-Q3"
    assert view.link(metric="measure") == {"period": "2026-Q3", "against": "year", "metric": "measure"}
    with pytest.raises(Unknown, match="no comparison “decade”, only before and year"):
        view_of({"period": "2026-Q3", "against": "decade"}, readings)


def test_what_is_laid_on_top_of_the_sql_is_said(readings):
    view = view_of({"period": "2026-08", "service": "Mail"}, readings)
    said = applied(view, view.scope)
    assert "August 2026 (1 Aug 2026 00:00 up to 1 Sep 2026 00:00 UTC)" in said and "service Mail" in said
