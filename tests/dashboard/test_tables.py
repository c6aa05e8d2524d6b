"""Tables as people see them: what says nothing is not shown, and severities are words."""

from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.tables import extent, local, number_format, severity, told


def test_columns_that_hold_nothing_or_serve_only_a_test_are_not_shown():
    rows = pd.DataFrame(
        {
            "record_id": ["a", "b"],
            "sheet": ["", ""],
            "due_at": [None, None],
            "cluster": ["x", "y"],
            "value": [1, None],
        }
    )
    assert list(told(rows)) == ["record_id", "value"]
    assert list(told(rows.head(0))) == ["record_id", "sheet", "due_at", "value"], (
        "a table without rows keeps its header"
    )


def test_a_cell_that_holds_nothing_is_an_empty_one():
    def page():
        import pandas as pd

        from dashboard.tables import table

        table(pd.DataFrame({"ended": ["2026-09-01", None]}))

    (shown,) = AppTest.from_function(page).run().dataframe
    assert shown.proto.HasField("placeholder") and shown.proto.placeholder == ""


def test_a_severity_is_a_word():
    rows = pd.DataFrame({"severity": [1, 4, None]})
    assert told(rows)["severity"].tolist()[:2] == ["1 critical", "4 low"]
    assert told(rows)["severity"].isna().tolist() == [False, False, True]
    assert severity("2") == "2 high" and severity("Unassigned") == "Unassigned"


def test_rows_and_records_are_told_apart_where_they_differ():
    assert extent(pd.Series(["a", "b", "b"])) == "3 rows of 2 records"
    assert extent(pd.Series(["a"])) == "1 row"


@pytest.mark.parametrize(
    ("name", "values", "look"),
    [
        ("accepted", [12, 1200], "%,.0f"),
        ("amount", [1250000.0, None], "%,.0f"),
        ("amount", [1250000.5, 2.25], "%,.2f"),
        ("hours", [2.057, -999.0], "%.3f"),
        ("days_past", [484, 95], "%.0f"),
        ("days_past", [None], "%.0f"),
        ("links", [2**60, 3], "%.0f"),
        ("hours", [2.057, -1000.0], "%,.3f"),
        ("load", [1200], "%.0f"),
        ("loads", [1200], "%,.0f"),
    ],
)
def test_numbers_are_written_as_everywhere_but_those_that_name_something(name, values, look):
    assert number_format(name, pd.Series(values)) == look


def test_times_are_told_as_the_clocks_of_the_organisation_show_them():
    rows = pd.DataFrame({"due_at": pd.to_datetime(["2026-09-16 03:59:59.999999", None]), "name": ["a", "b"]})
    shown = local(rows, ZoneInfo("America/New_York"))
    assert shown["due_at"].tolist()[0] == pd.Timestamp("2026-09-15 23:59:59.999999")
    assert shown["due_at"].isna().tolist() == [False, True] and shown["name"].tolist() == ["a", "b"]
