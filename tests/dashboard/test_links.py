"""What a person says of two records that may be one incident is a load: it counts, it is signed, and it can be undone."""

import pytest

from dashboard.links import leading, say, standing
from dashboard.readings import Readings
from pipelines.errors import NotReady
from pipelines.settings import Settings
from pipelines.warehouse import load, loads, withdraw

TICKETS = (
    "number,opened_at,sys_updated_on,state,priority,short_description\n"
    "INC0010001,2026-01-31 09:40:00,2026-01-31 12:05:00,Resolved,1 - Critical,Card payments time out\n"
)
PAGES = (
    "id,incident_number,description,service_name,created_at,resolved_at,seconds_to_first_ack,priority_name,status\n"
    "PXMPL1,811,Card payments time out,Payments,2026-01-31T09:36:00,2026-01-31T12:03:00,95,P1,resolved\n"
)
PAIR = ("pagerduty_report:PXMPL1", "servicenow_incident:INC0010001")


@pytest.fixture
def data(tmp_path):
    for name, text in {"tickets.csv": TICKETS, "pages.csv": PAGES}.items():
        (tmp_path / name).write_text(text, "utf-8")
        (done,) = load([tmp_path / name], tmp_path / "data")
        assert done.error is None
    return tmp_path / "data"


def major(data) -> float:
    readings = Readings(data)
    return readings.reading("major_incidents", readings.period("2026-01")).value


def test_they_are_linked_cut_and_undone(data):
    assert major(data) == 2

    told = say(*PAIR, True, "agreed in\nthe review", data, "Robin Example (unverified)")(lambda _: None)
    assert "are counted once now" in told.said
    assert major(data) == 1
    (pair,) = Readings(data).links([PAIR[0]]).to_dict("records")
    assert (pair["one"], pair["other"], pair["what"], pair["reason"]) == (
        *PAIR,
        "linked by hand",
        "agreed in the review",
    )
    assert standing(pair) == "counted once"
    assert loads(data)[-1]["who"] == "Robin Example (unverified)"

    say(*PAIR[::-1], False, "two faults", data, None)(lambda _: None)
    assert major(data) == 2
    (pair,) = Readings(data).links([PAIR[1]]).to_dict("records")
    assert (pair["what"], standing(pair)) == ("cut by hand", "counted apart")

    withdraw(4, data, why="they are one after all")
    assert major(data) == 1


def test_a_refused_link_says_why(data):
    with pytest.raises(NotReady, match="None of its"):
        say("", "", True, "nothing", data, None)(lambda _: None)


def test_no_other_record_no_link(data):
    assert Readings(data).links([PAIR[0]]).empty


def test_the_rule_is_told():
    assert "rates a severity" in leading(Settings())
    assert leading(Settings(prefer=["pagerduty_report"])).startswith(
        "By the setting prefer: pagerduty_report;"
    )


def test_too_many_records_are_told_as_that():
    assert "more than twenty" in standing({"counted_once": False, "followed": True})
