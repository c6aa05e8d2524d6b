"""Which records tell of one incident: what says so, who leads, and what is left apart."""

from datetime import datetime, timedelta

import duckdb
import pytest

from pipelines.marts import build_marts
from pipelines.snapshot import create_tables

START = datetime(2026, 1, 31, 9)
MARTS = ("incident_link", "incident_group", "incident_merged", "incident_window", "incident_one")


class Told:
    """Records of incidents put into an empty snapshot, and what the marts make of them."""

    def __init__(self, con: duckdb.DuckDBPyConnection):
        self.con = con

    def add(self, record_id: str, *links: str, **facts) -> None:
        instance, _, key = record_id.partition(":")
        row = {
            "record_id": record_id,
            "instance": instance,
            "source": instance,
            "key": key,
            "opened_at": START,
        }
        row |= {"links": list(links) or None, **facts}
        self._insert("incident", row)

    def link(self, one: str, other: str, same: bool, effective_at: datetime = START, **facts) -> None:
        self._insert(
            "link", {"one": one, "other": other, "same": same, "effective_at": effective_at, **facts}
        )

    def prefer(self, sources: str) -> None:
        self.con.execute("insert into setting values ('prefer', ?)", [sources])

    def _insert(self, table: str, row: dict) -> None:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        self.con.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))

    def rows(self, sql: str) -> list[tuple]:
        build_marts(self.con, {"incident", "link", "setting"}, wanted=MARTS)
        return self.con.execute(sql).fetchall()

    def groups(self) -> list[list[str]]:
        found = self.rows(
            "select list(record_id order by place) from incident_group group by lead order by lead"
        )
        return [group for (group,) in found]


@pytest.fixture
def told():
    with duckdb.connect() as con:
        create_tables(con)
        yield Told(con)


def test_records_that_name_nobody_stay_as_they_are(told):
    told.add("snow:INC0010001", severity=1)
    told.add("pager:PXMPL1", severity=2)

    assert told.groups() == []
    assert told.rows("select record_id from incident_one order by 1") == [
        ("pager:PXMPL1",),
        ("snow:INC0010001",),
    ]


@pytest.mark.parametrize(
    "reference",
    [
        "INC0010001",
        "inc0010001",
        "snow:INC0010001",
        "https://example.service-now.com/incident/INC0010001",
        "https://example.service-now.com/incident/INC0010001/?tab=notes",
        "https://example.service-now.com/nav_to.do?uri=incident.do?sys_id=9a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "https://example.service-now.com/nav_to.do?uri=incident.do%3Fsys_id%3D9a1b2c3d4e5f60718293a4b5c6d7e8f9",
    ],
)
def test_a_reference_names_a_record(told, reference):
    told.add("snow:INC0010001", aliases=["9a1b2c3d4e5f60718293a4b5c6d7e8f9"])
    told.add("pager:PXMPL1", reference)

    assert told.groups() == [["snow:INC0010001", "pager:PXMPL1"]]
    ((reason,),) = told.rows("select reason from incident_link")
    assert reason == f"pager:PXMPL1 names {reference}"


@pytest.mark.parametrize("reference", ["4711", "outage", "INC0010002", "other:INC0010001", "INC001"])
def test_what_is_no_name_of_it_names_nothing(told, reference):
    told.add("snow:INC0010001")
    told.add("sentinel:4711")
    told.add("jira:outage")
    told.add("pager:PXMPL1", reference)

    assert told.groups() == []


def test_a_number_names_a_record_beside_its_source_or_instance(told):
    told.add("emea:4711", source="sentinel_incident")
    told.add("jira:OPS-1", "sentinel_incident:4711")
    told.add("jira:OPS-2", "emea:4711")

    assert told.groups() == [["emea:4711", "jira:OPS-1", "jira:OPS-2"]]


def test_a_record_of_the_same_tool_is_another_incident(told):
    told.add("jira:OPS-1", "OPS-2")
    told.add("jira:OPS-2")

    assert told.groups() == []


def test_a_name_that_two_tools_have_is_not_followed_and_said_so(told):
    told.add("emea:INC0010001")
    told.add("apac:INC0010001")
    told.add("pager:PXMPL1", "INC0010001")

    assert told.groups() == []
    assert told.rows("select distinct what, followed from incident_link") == [
        ("two tools have what it names", False)
    ]


def test_references_in_a_circle_are_one_incident(told):
    told.add("snow:INC0010001", "PXMPL1")
    told.add("pager:PXMPL1", "OPS-12")
    told.add("jira:OPS-12", "INC0010001")

    assert len(told.groups()) == 1
    assert told.rows("select count(*) from incident_one") == [(1,)]


def test_twenty_records_are_one_incident_and_more_are_left_apart(told):
    told.add("snow:INC0010001")
    for number in range(19):
        told.add(f"pager:PXMPL{number}", "INC0010001")
    assert [len(group) for group in told.groups()] == [20]

    told.add("pager:PXMPL19", "INC0010001")
    assert told.groups() == []
    assert told.rows("select count(*) from incident_one") == [(21,)]


def test_a_long_chain_is_left_apart_whole(told):
    for number in range(60):
        told.add(f"tool{number}:KEY-{number:03}", f"KEY-{number + 1:03}")

    assert told.groups() == []
    assert told.rows("select count(*) from incident_link") == [(59,)]


def test_a_person_cuts_a_link_and_makes_one(told):
    told.add("snow:INC0010001")
    told.add("pager:PXMPL1", "INC0010001")
    told.add("jira:OPS-12")
    told.link("pager:PXMPL1", "snow:INC0010001", same=False, reason="two faults in one night")
    told.link("jira:OPS-12", "snow:INC0010001", same=True, reason="agreed in the review")

    assert told.groups() == [["jira:OPS-12", "snow:INC0010001"]]
    assert told.rows("select what, reason, followed from incident_link order by 1") == [
        ("cut by hand", "two faults in one night", False),
        ("linked by hand", "agreed in the review", True),
    ]


def test_what_a_person_said_last_counts(told):
    told.add("snow:INC0010001")
    told.add("pager:PXMPL1", "INC0010001")
    told.link("snow:INC0010001", "pager:PXMPL1", same=False)
    told.link("pager:PXMPL1", "snow:INC0010001", same=True, effective_at=START + timedelta(days=1))

    assert len(told.groups()) == 1


def test_a_link_to_a_record_that_is_not_there_links_nothing(told):
    told.add("snow:INC0010001")
    told.link("snow:INC0010001", "pager:GONE1", same=True)

    assert told.groups() == []


def test_who_leads(told):
    told.add("snow:INC0010001", severity=2, opened_at=START + timedelta(hours=2))
    told.add("pager:PXMPL1", "INC0010001")
    told.add("jira:OPS-12", "INC0010001", severity=3)

    rated_then_named_then_first = ["snow:INC0010001", "jira:OPS-12", "pager:PXMPL1"]
    assert told.groups() == [rated_then_named_then_first]

    told.prefer("pager, jira")
    assert told.groups() == [["pager:PXMPL1", "jira:OPS-12", "snow:INC0010001"]]


def test_facts_come_from_the_first_that_has_them(told):
    hour = timedelta(hours=1)
    told.add(
        "snow:INC0010001", severity=1, status="closed", title="Checkout is down", services=["Checkout"],
        restored_at=START + 4 * hour, closed_at=START + 9 * hour,
    )  # fmt: skip
    told.add(
        "pager:PXMPL1", "INC0010001", severity=2, status="resolved", services=["checkout-web"],
        opened_at=START - hour, detected_at=START - hour, acknowledged_at=START + hour, restored_at=START + 2 * hour,
        impact="outage",
    )  # fmt: skip

    facts = (
        "severity, status, services, opened_at, detected_at, acknowledged_at, restored_at, closed_at, impact"
    )
    assert told.rows(f"select {facts} from incident_one") == [
        (
            1,
            "closed",
            ["Checkout"],
            START,
            START - hour,
            START + hour,
            START + 4 * hour,
            START + 9 * hour,
            "outage",
        )
    ]


def test_a_time_that_contradicts_the_leading_record_is_not_taken(told):
    hour = timedelta(hours=1)
    told.add("snow:INC0010001", severity=1, status="resolved", restored_at=START + hour)
    told.add("pager:PXMPL1", "INC0010001", detected_at=START + 2 * hour, acknowledged_at=START - hour)
    told.add("jira:OPS-12", severity=1, status="resolved", opened_at=START + 3 * hour)
    told.add("sentinel:4711", "OPS-12", status="closed", restored_at=START + 2 * hour)

    times = "record_id, detected_at, acknowledged_at, restored_at"
    assert told.rows(f"select {times} from incident_one order by 1") == [
        ("jira:OPS-12", None, None, None),
        ("snow:INC0010001", None, None, START + hour),
    ]


def test_an_incident_is_open_as_long_as_its_leading_record_is(told):
    told.add("snow:INC0010001", severity=1, status="open")
    told.add("pager:PXMPL1", "INC0010001", status="resolved", restored_at=START + timedelta(hours=1))

    assert told.rows("select status, restored_at, instance from incident_one") == [("open", None, "snow")]


def test_a_merged_record_has_every_column_of_an_incident(told):
    merged = told.rows("select column_name, column_type from (describe incident_merged) order by 1")
    assert merged == told.rows("select column_name, column_type from (describe incident) order by 1")
