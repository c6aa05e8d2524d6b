"""Lists of one tool that have the same columns are told apart by what stands in them."""

from pathlib import Path

import pytest

from pipelines import warehouse

LIST = (
    "number,opened_at,sys_updated_on,state,priority,short_description\n"
    "{number},2026-01-31 09:40:00,2026-01-31 12:05:00,{state},1 - Critical,Card payments time out\n"
)


def check(folder: Path, number: str, state: str, **more) -> warehouse.Outcome:
    file = folder / "list.csv"
    file.write_text(LIST.format(number=number, state=state), "utf-8")
    return warehouse.check(file, folder / "data", **more).outcome


@pytest.mark.parametrize(
    ("number", "state", "source"),
    [
        ("INC0010001", "Resolved", "servicenow_incident"),
        ("IM10001", "Closed", "servicenow_incident"),  # the prefix is theirs to choose
        ("MI-10001", "Closed", "servicenow_incident"),
        ("SIR0010001", "Closed", "servicenow_incident"),
        ("CHG0010001", "Closed", "servicenow_change"),
        ("PRB0010001", "Closed", "servicenow_problem"),
        ("prb0010001", "Closed", "servicenow_problem"),
    ],
)
def test_a_servicenow_list_is_what_its_numbers_say(tmp_path, number, state, source):
    outcome = check(tmp_path, number, state)
    assert (outcome.error, outcome.source, outcome.accepted) == (None, source, 1)


@pytest.mark.parametrize(
    "number",
    [
        "RITM0010001",
        "SCTASK0010001",
        "OUT0010001",
        "KB0010001",
        "10001",
        "VIT0010001",  # vulnerable items
        "HRC0010001",
        "DMND0010001",
        "Alert0010001",
        "ISS0010001",
        "SIT0010001",
    ],
)
def test_another_list_of_servicenow_is_no_incidents(tmp_path, number):
    outcome = check(tmp_path, number, "Closed")
    assert "number is not what servicenow" in outcome.error
    assert (
        "--source servicenow_incident or --source servicenow_problem" in outcome.todo
    )  # each that it could be


def test_a_person_may_say_that_it_is_one_all_the_same(tmp_path):
    outcome = check(tmp_path, "RITM0010001", "Closed", asked=warehouse.Asked(source="servicenow_incident"))
    assert (outcome.error, outcome.accepted) == (None, 1)


def test_compliance_checks_are_no_weaknesses(tmp_path):
    file = tmp_path / "scan.csv"
    file.write_text(
        "Plugin ID,Risk,Host,Port,Name\n21157,FAILED,srv,0,Unix\n21157,PASSED,srv,0,Unix\n", "utf-8"
    )
    outcome = warehouse.check(file, tmp_path / "data").outcome
    assert outcome.error.startswith("nessus_list sets each of its 2 rows aside")


def jira(folder: Path, *kinds: str) -> warehouse.Outcome:
    rows = [f"Work {n},OPS-{n},{kind},Done,2026-01-01 10:00,2026-01-02 10:00" for n, kind in enumerate(kinds)]
    file = folder / "issues.csv"
    file.write_text("\n".join(["Summary,Issue key,Issue Type,Status,Created,Updated", *rows]), "utf-8")
    return warehouse.check(file, folder / "data").outcome


def test_where_some_issues_are_incidents_the_others_are_other_work(tmp_path):
    outcome = jira(tmp_path, "[System] Incident", "Incident", "Bug", "Epic")
    assert (outcome.accepted, outcome.set_aside) == (2, 2)


def test_where_no_issue_is_an_incident_by_its_type_what_was_exported_is_meant(tmp_path):
    outcome = jira(tmp_path, "Bug", "Outage", "Story")
    assert (outcome.accepted, outcome.set_aside) == (2, 1)


def test_plans_alone_are_refused_for_what_they_are(tmp_path):
    outcome = jira(tmp_path, "Epic", "Story")
    assert (
        outcome.error
        == "jira_issue sets each of its 2 rows aside, from 'OPS-0' on: none is what it takes in."
    )
