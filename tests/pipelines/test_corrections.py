"""Values corrected by hand: they hold over whatever exports say, until they are withdrawn."""

from datetime import datetime

import pytest

from pipelines import warehouse
from pipelines.snapshot import open_snapshot
from tests.pipelines.conftest import content

HEADER = "Kind of record,Record,Column,Right value,Reason\n"
INC1 = "servicenow_incident:INC1"


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def correct(tmp_path, data):
    """correct(line...) -> the outcome of loading a list of corrections."""

    def correcting(*lines: str):
        file = tmp_path / "corrections.csv"
        file.write_text(HEADER + "\n".join(lines) + "\n")
        (outcome,) = warehouse.load([file], data, who="Ada (unverified)")
        return outcome

    return correcting


@pytest.fixture
def restored(tmp_path):
    """An export of one incident, restored after two hours."""
    export = tmp_path / "export.csv"
    export.write_text(
        "number,opened_at,state,priority,resolved_at,sys_updated_on\n"
        "INC1,2026-01-01 10:00:00,Resolved,1 - Critical,2026-01-01 12:00:00,2026-01-02 00:00:00\n"
    )
    return export


def query(data, sql):
    _, con = open_snapshot(data)
    with con:
        return con.execute(sql).fetchall()


@pytest.mark.usefixtures("marts")
def test_a_correction_holds_for_the_present_and_the_past_and_in_the_marts(data, incidents, correct):
    warehouse.load([incidents("1.csv", [("INC1", 1, "a"), ("INC2", 1, "b")])], data)
    warehouse.load([incidents("2.csv", [("INC1", 2, "c")])], data)
    assert correct(f"incident,{INC1},severity,4,It was a test").accepted == 1
    assert query(data, "select title, severity from incident_version where key = 'INC1' order by all") == [
        ("a", 4),
        ("c", 4),
    ]
    assert query(data, "select severity from incident where key = 'INC2'") == [(2,)]
    assert query(data, f"select severity, major from incident_clock where record_id = '{INC1}'") == [
        (4, False)
    ]
    ((kind, record, column, was, value, reason, who, at, load, found),) = query(data, "from corrected")
    assert (kind, record, column, was, value, reason) == (
        "incident",
        INC1,
        "severity",
        "2",
        "4",
        "It was a test",
    )
    assert (who, load, found) == ("Ada (unverified)", 3, True) and isinstance(at, datetime)


def test_it_holds_whatever_later_exports_say_until_it_is_withdrawn(data, incidents, correct):
    first, second = incidents("1.csv", [("INC1", 1, "a")]), incidents("2.csv", [("INC1", 2, "b")])
    warehouse.load([first], data)
    correct(f"incident,{INC1},title,right,misspelt")
    (later,) = warehouse.load([second], data)
    assert later.accepted == 1  # held against what the export said, not against the correction
    assert query(data, "select title from incident_version") == [("right",), ("right",)]
    (again,) = warehouse.load([second], data)
    assert again.unchanged == 1
    before = content(data)
    warehouse.rebuild(data)
    assert content(data) == before
    warehouse.withdraw(2, data, why="it was right")
    assert query(data, "select title from incident_version order by all") == [("a",), ("b",)]
    assert query(data, "from corrected") == []
    warehouse.rebuild(data)
    assert query(data, "select title from incident_version order by all") == [("a",), ("b",)]


def test_the_newest_correction_of_a_value_holds_and_the_one_before_comes_back(data, incidents, correct):
    warehouse.load([incidents("1.csv", [("INC1", 1, "a")])], data)
    correct(f"incident,{INC1},title,one,x")
    correct(f"incident,{INC1},title,two,y")
    assert query(data, "select title from incident") == [("two",)]
    warehouse.withdraw(3, data, why="no")
    assert query(data, "select title from incident") == [("one",)]


def test_values_are_read_as_the_column_has_them(data, incidents, correct):
    warehouse.load([incidents("1.csv", [("INC1", 1, "a")])], data)
    correct(
        f"incident,{INC1},restored_at,2026-01-05T12:00:00+02:00,x",
        f"Incident,{INC1},Services,Payments; Web,x",
        f"incident,{INC1},recorded_cost,1250.5,x",
        f"incident,{INC1},title,,no name may stand here",
    )
    assert query(data, "select restored_at, services, recorded_cost, title from incident") == [
        (datetime(2026, 1, 5, 10), ["Payments", "Web"], 1250.5, None)
    ]


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("invoice,a:b,severity,1,x", "kind", "not a kind of record"),
        ("correction,a:b,value,1,x", "kind", "not a kind of record"),
        (f"incident,{INC1},sevrity,1,x", "column", "not a column of incident"),
        (f"incident,{INC1},key,INC2,x", "column", "not a column of incident"),
        (
            f"incident,{INC1},severity,9,x",
            "value",
            "severity of incident is one of 1, 2, 3, 4, or empty for none",
        ),
        (f"incident,{INC1},status,broken,x", "value", "status of incident is one of open, resolved"),
        (
            f"incident,{INC1},opened_at,,x",
            "value",
            "opened_at of incident is a date or time, such as 2026-12-31 14:05; it cannot be empty",
        ),
        (f"incident,{INC1},restored_at,03/04/2026,x", "value", "restored_at of incident is a date or time"),
        (
            f"incident,{INC1},clients_affected,-3,x",
            "value",
            "clients_affected of incident is a whole number from 0 to below 1e15, or",
        ),
        (
            f"incident,{INC1},recorded_cost,1e15,x",
            "value",
            "recorded_cost of incident is a number from 0 to below 1e15",
        ),
    ],
)
def test_what_cannot_be_corrected_is_rejected_with_its_reason(data, incidents, correct, line, column, reason):
    warehouse.load([incidents("1.csv", [("INC1", 1, "a")])], data)
    outcome = correct(f"incident,{INC1},title,right,x", line)
    assert (outcome.accepted, outcome.rejected) == (1, 1)
    (reject,) = warehouse.rejects(data, outcome.load)
    assert (reject["row"], reject["column"]) == (3, column) and reason in reject["reason"]


def test_a_correction_waits_for_its_record(data, incidents, correct):
    outcome = correct(f"incident,{INC1},title,right,x")
    assert outcome.notes[-1:] == [f"there is no incident {INC1}: its correction waits until there is one"]
    assert query(data, "select found from corrected") == [(False,)]
    warehouse.load([incidents("1.csv", [("INC1", 1, "a")])], data)
    assert query(data, "select title from incident") == [("right",)]
    assert query(data, "select found from corrected") == [(True,)]


def test_a_key_alone_is_enough_where_one_record_has_it(data, incidents, correct):
    warehouse.load([incidents("1.csv", [("INC1", 1, "a")])], data)
    assert not [note for note in correct("incident,INC1,title,two,y").notes if "waits" in note]
    assert query(data, "select record_id, value, found from corrected") == [(INC1, "two", True)]
    before = content(data)
    warehouse.rebuild(data)  # in which the corrections come before the incidents
    assert content(data) == before
    warehouse.load([incidents("2.csv", [("INC1", 1, "b")])], data, instance="other")
    # Which is meant is not clear now.
    assert query(data, "select title from incident order by all") == [("a",), ("b",)]
    said = correct("incident,INC1,title,three,z").notes[-1]
    assert said.startswith("2 incident records have the key INC1: its correction waits until it says which")


@pytest.mark.usefixtures("marts")
def test_a_time_does_not_count_in_a_state_that_was_put_right(data, restored, correct):
    warehouse.load([restored], data)
    assert correct(f"incident,{INC1},status,open,It was not restored").accepted == 1
    assert query(data, "select status, restored_at from incident") == [("open", None)]
    assert query(data, "select finished from incident_clock") == [(False,)]
    warehouse.withdraw(2, data, why="It was restored after all")
    assert query(data, "select status, restored_at from incident") == [("resolved", datetime(2026, 1, 1, 12))]


@pytest.mark.usefixtures("marts")
def test_an_end_that_lies_before_the_start_that_was_put_right_is_none(data, restored, correct):
    warehouse.load([restored], data)
    outcome = correct(f"incident,{INC1},opened_at,2026-01-01 13:00,It began at one")
    assert [note for note in outcome.notes if "stays" in note] == [
        f"{INC1}: restored_at stays where it is although opened_at is corrected; correct it too where it moves with it"
    ]
    assert query(data, "select restored_at from incident") == [(None,)]
    assert query(data, "select hours, missing from incident_clock") == [(None, "no restore time")]
    both = correct(
        f"incident,{INC1},opened_at,2026-01-01 13:00,It began at one",
        f"incident,{INC1},restored_at,2026-01-01 15:00,It ended at three",
    )
    assert not [note for note in both.notes if "stays" in note]
    assert query(data, "select hours from incident_clock") == [(2,)]
