"""A REST API as a place: pages that move while they are read, marks, and bad days. ServiceNow's stand-in as the example."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pipelines.pull.history import read_history
from pipelines.snapshot import open_snapshot
from pipelines.warehouse import rebuild
from tests.pipelines.pull.standin import Reply, tables

SERVICENOW = """
kind = "rest"
api = "servicenow_incident"
url = "{url}"
auth = {by = "basic", user = "svc", password = "secret:PASSWORD"}
paging = {size = 4}
"""


def incident(n: int, updated: str = "2026-01-01 08:00:00", state: str = "2") -> dict:
    return {
        "sys_id": f"id{n}",
        "number": f"INC{n:07}",
        "sys_updated_on": updated,
        "opened_at": "2026-01-01 08:00:00",
        "priority": "1",
        "state": state,
        "short_description": f"No. {n}",
    }


@pytest.fixture
def incidents(server):
    """The incidents that the stand-in holds; they may be changed while it answers."""
    held = [incident(n) for n in range(10)]
    server.routes["/api/now/table/incident"] = tables({"incident": held})
    server.now = "Sat, 03 Jan 2026 00:00:00 GMT"
    return held


def numbers(found) -> list[str]:
    return [json.loads(line)["number"]["value"] for _, text in found[0] for line in text.splitlines()]


def test_incidents_become_records_and_come_once(server, connect, incidents):
    pulled = connect(SERVICENOW)
    one = pulled()
    assert not one.run.error
    assert [(o.source, o.accepted, o.rejected, o.cells_refused) for o in one.outcomes] == [
        ("servicenow_incident", 10, 0, 0)
    ]
    _, con = open_snapshot(pulled.data)
    with con:
        row = con.execute(
            "select title, severity, status, opened_at::varchar, aliases from incident where key = 'INC0000003'"
        ).fetchone()
    assert row[:4] == ("No. 3", 1, "open", "2026-01-01 08:00:00")
    assert read_history(pulled.data, "tool").marks["since"] == "2026-01-02T00:00:00+00:00"
    # 4, 3, 3 and the rest, each page with the last record of the one before, and none behind the last
    assert [r.query["sysparm_offset"] for r in server.requests] == ["0", "3", "6", "9"]
    assert server.requests[0].headers["Authorization"].startswith("Basic ")

    # What changed comes alone, and is no export that was cut off; what has come is not loaded again.
    incidents[2] |= {"sys_updated_on": "2026-01-03 09:00:00", "state": "6"}
    assert [(o.accepted, o.unchanged, o.warnings) for o in pulled().outcomes] == [(1, 0, [])]
    assert "sys_updated_on>=2026-01-02 00:00:00" in server.requests[-1].query["sysparm_query"]
    assert not pulled().outcomes
    server.faults[:] = [Reply("for hunter2-hunter2", 400)]
    assert pulled().run.error == "127.0.0.1 refuses the request (400): for •••."
    held = [file for file in pulled.data.rglob("*") if file.is_file() and b"hunter2" in file.read_bytes()]
    assert held == []


def test_what_is_deleted_and_changed_while_it_is_read_is_neither_lost_nor_doubled(
    server, connect, incidents, fetched
):
    answer = tables({"incident": incidents})

    def moving(asked):
        if len(server.requests) == 2:
            del incidents[:3]
            incidents[0] |= {"state": "6"}
        return answer(asked)

    server.routes["/api/now/table/incident"] = moving
    found = fetched(connect(SERVICENOW))
    assert sorted(set(numbers(found))) == [f"INC{n:07}" for n in range(10)]
    # INC3 comes as it was and as it became; what was deleted came before.
    assert [n for n in numbers(found) if numbers(found).count(n) > 1] == ["INC0000003"] * 2


def test_a_record_that_moved_to_the_end_as_it_changed_is_no_place_where_two_pages_meet(
    server, connect, incidents, fetched
):
    """In the order of changes, what was read and changes stands where the rest of the next page should be."""
    answer = tables({"incident": incidents})

    def moving(asked):
        if len(server.requests) == 2:
            changed = [one | {"sys_updated_on": "2026-01-02 08:00:00"} for one in incidents[:3]]
            incidents[:] = incidents[3:6] + changed
        return answer(asked)

    server.routes["/api/now/table/incident"] = moving
    assert set(numbers(fetched(connect(SERVICENOW)))) >= {f"INC{n:07}" for n in range(6)}


def test_an_api_that_lost_a_column_is_refused_in_one_line(connect, incidents):
    for row in incidents:
        del row["priority"]
    pulled = connect(SERVICENOW)
    one = pulled()
    assert one.failed and "priority" in one.run.error and "\n" not in one.run.error
    assert read_history(pulled.data, "tool").marks == {}


def test_what_is_asked_otherwise_is_asked_from_the_beginning(server, connect, incidents, fetched):
    marks = fetched(connect(SERVICENOW))[0][0][0].marks
    fetched(connect(SERVICENOW), marks)
    fetched(connect(SERVICENOW + 'params = {sysparm_fields = "number,u_more"}'), marks)
    since = [
        r.query["sysparm_query"].partition("^")[0]
        for r in server.requests
        if r.query["sysparm_offset"] == "0"
    ]
    assert since == [f"sys_updated_on>={day} 00:00:00" for day in ("1970-01-01", "2026-01-02", "1970-01-01")]


def test_a_list_that_is_empty_all_at_once_is_no_news(server, connect):
    """Where a tool lists its present state, an account that lost its rights sees none of it."""
    plain = 'kind = "rest"\nurl = "{url}"\npath = "/devices"\nkey = "id"\nsource = "intune_device"\n'
    device = {
        "id": "d1",
        "deviceName": "LT-1",
        "lastSyncDateTime": "2026-01-02T07:00:00Z",
        "complianceState": "compliant",
    }
    server.routes["/devices"] = lambda asked: Reply([device])
    pulled = connect(plain)
    assert [o.accepted for o in pulled().outcomes] == [1]
    server.routes["/devices"] = lambda asked: Reply([])
    assert pulled().run.error == "127.0.0.1 has no records any more, and had 1 at the last pull."


def reached(pulled) -> str:
    _, con = open_snapshot(pulled.data)
    with con:
        return con.execute('select "at"::varchar from as_of').fetchone()[0]


def test_nothing_new_says_up_to_when_once_a_day(server, connect, incidents):
    """A tool in which nothing happens is known to be quiet: its month closes, and its numbers are not called stale."""
    pulled = connect(SERVICENOW)
    pulled()
    for day, loads in ((3, 0), (20, 1), (20, 0)):
        server.now = f"{day:02} Jan 2026 {day - 1:02}:00:00 GMT"
        one = pulled()
        assert not one.run.error
        assert [(o.accepted, o.unchanged, o.closed, o.warnings) for o in one.outcomes] == [
            (0, 1, 0, [])
        ] * loads
    assert reached(pulled) == "2026-01-20 19:00:00"
    _, con = open_snapshot(pulled.data)
    with con:
        assert con.execute("select count(*) from incident_version").fetchone() == (10,)
    # What is read again is small, and what it brought is in the archive like any export.
    assert server.requests[-1].query["sysparm_limit"] == "4"
    assert sorted({r.query["sysparm_limit"] for r in server.requests}) == ["2", "4"]
    assert rebuild(pulled.data) == 2 and reached(pulled) == "2026-01-20 19:00:00"


def test_what_comes_again_in_the_overlap_says_so_too(server, connect, incidents):
    pulled = connect(SERVICENOW + 'since = {overlap = "4 weeks"}\n')
    pulled()
    pulled()  # from here on it is known what came in the overlap
    assert not pulled().outcomes
    server.now = "Mon, 05 Jan 2026 00:00:00 GMT"
    assert [(o.accepted, o.unchanged) for o in pulled().outcomes] == [(0, 1)]
    assert reached(pulled) == "2026-01-05 00:00:00"
    assert {r.query["sysparm_limit"] for r in server.requests} == {"4"}


def test_an_account_that_sees_nothing_any_more_has_no_quiet_days(server, connect, incidents):
    pulled = connect(SERVICENOW)
    pulled()
    incidents.clear()
    server.now = "Sat, 03 Jan 2026 12:00:00 GMT"
    assert not pulled().run.error
    server.now = "Tue, 06 Jan 2026 00:00:00 GMT"
    assert pulled().run.error == "127.0.0.1 has no records any more."
    assert reached(pulled) == "2026-01-03 00:00:00"


def test_a_table_that_never_held_a_record_stays_without_one(server, connect, incidents):
    incidents.clear()
    pulled = connect(SERVICENOW)
    for day in (3, 6, 9):
        server.now = f"{day:02} Jan 2026 00:00:00 GMT"
        assert not pulled().run.error
    assert len(server.requests) == 3 and not (pulled.data / "archive").exists()


def test_a_clock_that_was_wrong_once_hides_nothing_for_ever(server, connect, incidents, fetched):
    server.now = format_datetime(datetime.now(UTC) + timedelta(days=400), usegmt=True)
    pulled = connect(SERVICENOW)
    ((one, _),), _ = fetched(pulled)
    assert datetime.fromisoformat(one.marks["since"]) < datetime.now(UTC) - timedelta(hours=23)
    # And where it was our own.
    marks = one.marks | {"since": "2199-01-01T00:00:00+00:00"}
    assert len(numbers(fetched(pulled, marks))) == 10


def test_a_server_whose_clock_is_ahead_is_taken_at_our_time(server, connect, incidents):
    server.now = format_datetime(datetime.now(UTC) + timedelta(hours=5), usegmt=True)
    pulled = connect(SERVICENOW)
    assert not pulled().run.error
    assert abs(datetime.fromisoformat(reached(pulled)) - datetime.now(UTC).replace(tzinfo=None)) < timedelta(
        minutes=5
    )
