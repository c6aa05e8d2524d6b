"""What a load can be held against: the totals that its export states, and its counts by state and by month."""

import pytest

from pipelines import warehouse
from pipelines.asked import Asked
from pipelines.reconciliation import reconcile

HEADER = "number,opened_at,sys_updated_at,state,priority,short_description\n"
ROWS = (
    "INC1,2026-01-31 23:30:00,2026-02-01 10:00:00,New,2 - High,a\n"
    "INC2,2026-02-01 00:30:00,2026-02-01 10:00:00,New,2 - High,b\n"
    "INC3,2026-02-02 00:30:00,2026-02-03 10:00:00,Closed,2 - High,c\n"
)


@pytest.fixture
def load(tmp_path):
    """load(above, below) -> the outcome of an export of three rows with lines above its header and below its rows."""

    def loading(above: str = "", below: str = "", **asked):
        file = tmp_path / "export.csv"
        file.write_text(above + HEADER + ROWS + below)
        (outcome,) = warehouse.load([file], tmp_path / "data", asked=Asked(**asked))
        assert outcome.error is None
        return outcome

    return loading


def test_counts_by_state_and_month_are_those_of_the_export(load, tmp_path):
    load()
    (tmp_path / "data" / "settings.toml").write_text('timezone = "Europe/Berlin"\n')
    load()  # the same again: what a load held does not depend on what was new in it
    for number in (1, 2):
        told = reconcile(tmp_path / "data", number)
        assert (told["rows_read"], told["stated"]) == (3, [])
        assert (told["state"], told["states"]) == (
            "status",
            [{"value": "open", "count": 2}, {"value": "closed", "count": 1}],
        )
        # the last half hour of January is February's first in Berlin
        assert (told["placed_by"], told["months"]) == ("opened_at", [{"month": "2026-02", "count": 3}])


def test_a_stated_total_that_agrees_is_told(load, tmp_path):
    assert load("Incidents of the quarter\nTotal records: 3\n\n").warnings == []
    assert reconcile(tmp_path / "data", 1)["stated"] == [
        {"text": "Total records: 3", "count": 3, "agrees": True}
    ]


@pytest.mark.parametrize(
    ("above", "below", "text"),
    [
        ("Incidents of the quarter\nTotal: 1,204\n\n", "", "Total: 1 204"),
        ("Incidents of the quarter\nNumber of incidents 5\n\n", "", "Number of incidents 5"),
        ("", "\nTotal records: 4\n", "Total records: 4"),
    ],
)
def test_a_stated_total_that_differs_is_a_warning(load, tmp_path, above, below, text):
    (warning,) = load(above, below).warnings
    assert warning.startswith(f"It states “{text}”, but 3 rows were read.")
    assert load(above, below, complete=True).warnings == []
    assert reconcile(tmp_path / "data", 1)["stated"][0]["agrees"] is False


@pytest.mark.parametrize("said", ["Total cost: 12.50", "Total hosts: 12", "Report 7", "Total hours,12"])
def test_what_counts_something_else_is_no_total_of_rows(load, said):
    assert load(f"Incidents of the quarter\n{said}\n\n").warnings == []
