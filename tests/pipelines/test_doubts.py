"""Exports that may not be whole: loaded with a warning that says why, and no measure of how far the data reaches."""

from datetime import timedelta

import pytest

from pipelines import warehouse
from pipelines.asked import Asked
from pipelines.snapshot import open_snapshot
from tests.pipelines.conftest import START

HEADER = "number,opened_at,sys_updated_at,state,priority,short_description,business_service"


@pytest.fixture
def load(tmp_path):
    """load(count, first day, last day, services) -> the outcome of an export of so many incidents, evenly apart."""
    made = iter(range(1000))

    def loading(count, first=0, last=30, services=1, **asked):
        number, lines = next(made), [HEADER]
        for n in range(count):
            at = START + timedelta(days=first + (last - first) * n / max(count - 1, 1))
            lines.append(f"INC{number}-{n},{at},{at},New,2 - High,x,Service {n % services}")
        file = tmp_path / f"{number}.csv"
        file.write_text("\n".join(lines) + "\n")
        (outcome,) = warehouse.load([file], tmp_path / "data", asked=Asked(**asked))
        assert outcome.error is None
        return outcome

    return loading


def reach(tmp_path):
    _, con = open_snapshot(tmp_path / "data")
    with con:
        return con.execute('select "at" from as_of').fetchall()[0][0]


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (500, "exactly 500 rows and"),
        (499, "exactly 500 lines, its header among them, and"),
        (501, None),
        (2000, "exactly 2,000 rows and"),
    ],
)
def test_an_export_that_ends_at_a_limit_of_tools_may_be_cut_off(load, count, said):
    outcome = load(count)
    assert [said in w for w in outcome.warnings] == ([True] if said else [])
    assert outcome.accepted == count  # it is loaded all the same


def test_a_person_can_say_that_it_is_whole(load):
    assert load(500, complete=True).warnings == []


def test_far_fewer_rows_than_the_exports_before(load, tmp_path):
    for month in range(3):
        assert load(40, 30 * month, 30 * month + 29).warnings == []
    sound = reach(tmp_path)
    (warning,) = load(20, 90, 119).warnings
    assert warning.startswith(
        "It holds 20 rows, and the exports of servicenow_incident before it 40 (their median)"
    )
    assert reach(tmp_path) == sound  # that month is not closed by half an export
    assert load(21, 90, 119).warnings == []
    assert reach(tmp_path) > sound


def test_far_fewer_services(load):
    load(40, 0, 29, services=12)
    (warning,) = load(40, 30, 59, services=6).warnings
    assert warning.startswith("It holds 6 services")


def test_fewer_rows_of_fewer_services_are_one_warning(load):
    load(40, 0, 29, services=12)
    (warning,) = load(20, 30, 59, services=6).warnings
    assert warning.startswith(
        "It holds 20 rows and 6 services, and the exports of servicenow_incident before it 40 and 12 (their median)"
    )


def test_a_shorter_time_brings_fewer_rows(load):
    load(400, -364, 0)
    assert load(30, 1, 31).warnings == []


def test_few_rows_are_no_sign_of_anything(load):
    load(9, 0, 29)
    assert load(1, 30, 59).warnings == []


def test_a_warning_stays_with_its_load(load, tmp_path):
    load(500)
    (line,) = warehouse.loads(tmp_path / "data")
    assert line["doubtful"] and "may have been cut off" in line["warnings"][0]
