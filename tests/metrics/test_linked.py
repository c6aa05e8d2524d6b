"""An incident that several tools tell of counts once, whichever of them is loaded, and whatever the others add."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard import rows
from tests.metrics.test_naive_incidents import AS_OF, START, ZONE, incident, incidents

ALL = ("downtime", "major_incidents", "time_to_restore", "time_to_resolve", "money_lost")
ASKED = {**AS_OF, "pager": AS_OF["tool"]}
HOUR = timedelta(hours=1)


def read(world, rows: list[dict], links: list[dict] = (), **chosen) -> dict[str, tuple]:
    """Value, number and what is left out, of each metric over all time."""
    tables = {"incident": rows, "service": [{"name": "Cards"}], "link": list(links)}
    world.given(tables, ASKED, timezone=ZONE.key, outage_severity=1, **chosen)
    read = {name: world.read(name, "all", {}) for name in ALL}
    return {name: (one.value, one.n, one.left_out) for name, one in read.items()}


@settings(max_examples=20, deadline=None)
@given(rows=incidents, shadows=st.lists(st.tuples(st.integers(0, 19), incident), max_size=12))
def test_what_a_second_tool_says_again_changes_nothing(world, rows, shadows):
    """Each shadow names a row, and says other things of what the row says itself; of the rest it says nothing."""
    told = [{**row, "key": f"INC{number:07}"} for number, row in enumerate(rows)]
    again = [
        {name: None if told[at][name] is None else value for name, value in shadow.items()}
        | {
            "source": "pager",
            "key": f"PX{number}",
            "links": [told[at]["key"]],
            "opened_at": shadow["opened_at"],
        }
        | {"services": ["Cards"] if told[at]["services"] else None}
        for number, (at, shadow) in enumerate(shadows)
        if at < len(told)
    ]
    alone = read(world, told)
    both = read(world, told + again)
    for name in ALL:
        assert both[name][1:] == alone[name][1:], name
        assert both[name][0] == (None if alone[name][0] is None else pytest.approx(alone[name][0])), name


TICKET = {
    "source": "tool",
    "key": "INC0010001",
    "severity": 1,
    "status": "closed",
    "services": ["Cards"],
    "opened_at": START + HOUR,
    "restored_at": START + 6 * HOUR,
}
PAGE = {
    "source": "pager",
    "key": "PXMPL1",
    "severity": 2,
    "status": "resolved",
    "services": ["Cards"],
    "opened_at": START,
    "restored_at": START + 3 * HOUR,
    "links": ["INC0010001"],
}


def numbers(read: dict[str, tuple]) -> dict[str, float]:
    return {name: read[name][0] for name in ("downtime", "major_incidents", "time_to_restore")}


def test_a_ticket_and_its_page_count_once_by_the_ticket(world):
    assert numbers(read(world, [TICKET, PAGE])) == {
        "downtime": 5,
        "major_incidents": 1,
        "time_to_restore": 5,
    }


def test_the_tool_that_is_preferred_tells_times_and_severity(world):
    chosen = numbers(read(world, [TICKET, PAGE], prefer="pager"))
    assert chosen["time_to_restore"] == 3
    assert chosen["major_incidents"] == 1


def test_cut_by_hand_they_count_twice(world):
    cut = {"one": "tool:INC0010001", "other": "pager:PXMPL1", "same": False}
    assert numbers(read(world, [TICKET, PAGE], [cut]))["major_incidents"] == 2


def test_linked_by_hand_they_count_once(world):
    page = {**PAGE, "links": None}
    assert numbers(read(world, [TICKET, page]))["major_incidents"] == 2
    linked = {"one": "tool:INC0010001", "other": "pager:PXMPL1", "same": True}
    assert numbers(read(world, [TICKET, page], [linked]))["major_incidents"] == 1


def outage(
    key: str, starts: datetime, hours: int, service: str | None = None, impact: str = "outage"
) -> dict:
    return {
        "source": "pager",
        "key": key,
        "links": ["INC0010001"],
        "status": "resolved",
        "services": [service] if service else None,
        "impact": impact,
        "opened_at": starts,
        "restored_at": starts + hours * HOUR,
        "outage_started_at": starts,
        "outage_ended_at": starts + hours * HOUR,
    }


def test_every_outage_of_a_ticket_counts_for_its_own_time_and_service(world):
    outages = [
        outage("OUT1", START + HOUR, 1),
        outage("OUT2", START + 3 * HOUR, 2),
        outage("OUT3", START + 3 * HOUR, 2, "Loans"),
        outage("OUT4", START + 7 * HOUR, 1, impact="degradation"),
    ]
    told = read(world, [TICKET, *outages])
    assert told["downtime"] == (5, 3, {"degradation": 1})
    assert told["time_to_restore"][:2] == (5, 1)
    assert world.read("downtime", "all", {"service": "Cards"}).value == 3


def test_an_outage_counts_for_the_service_of_its_own_component_before_those_of_its_incident(world):
    ticket = {**TICKET, "services": ["Cards", "Shop"], "components": ["pay-lb"]}
    mapped = outage("OUT1", START + HOUR, 1) | {"components": ["loan-db"]}
    unmapped = outage("OUT2", START + 4 * HOUR, 2) | {"components": ["nobody-knows"]}
    tables = {"incident": [ticket, mapped, unmapped], "service": [{"name": "Cards"}, {"name": "Loans"}]}
    tables["service_map"] = [{"name": "loan-db", "service": "Loans"}, {"name": "pay-lb", "service": "Cards"}]
    world.given(tables, ASKED)
    hours = {
        name: world.read("downtime", "all", {"service": name}).value for name in ("Loans", "Cards", "Shop")
    }
    assert hours == {"Loans": 1, "Cards": 2, "Shop": 2}


def test_every_record_behind_a_number_can_be_opened(world):
    read(world, [TICKET, PAGE, outage("OUT1", START + HOUR, 1)])
    con, opened = world.con.cursor(), world.opened
    (line,) = rows.observed(con, opened.shape("downtime"), world.calendar.period("all"), {})["record_id"]
    for metric, record in (("downtime", line), ("major_incidents", "tool:INC0010001")):
        versions = rows.versions(con, opened.shape(metric), record)
        assert set(versions["record_id"]) == {"tool:INC0010001", "pager:PXMPL1", "pager:OUT1"}
