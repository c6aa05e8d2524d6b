"""The tools' own exports, where they are at hand, come out as counted apart from this project."""

from pathlib import Path

import duckdb
import pytest

from pipelines import warehouse
from pipelines.snapshot import open_snapshot

EXPORTS = Path(__file__).parents[4] / "shared" / "exports"
COUNTS = ("accepted", "unchanged", "superseded", "rejected", "set_aside", "cells_refused")

pytestmark = pytest.mark.skipif(not EXPORTS.is_dir(), reason="the real exports are not at hand")

EXPECTED = {
    # Two updates are in the state "-100", which is none of ServiceNow's.
    "incident/servicenow/incident_event_log.csv.gz": ("servicenow_incident", 20_769, 0, 99_229, 0, 0, 2),
    "incident/statuspage/incidents.jsonl": ("statuspage_incident", 819, 0, 0, 0, 0, 0),
    "incident/statuspage/downtime_windows.csv": ("statuspage_window", 819, 0, 0, 0, 0, 0),
    # 3,751 updates of 790 incidents.
    "incident/statuspage/segments.csv": ("statuspage_segment", 790, 0, 2_961, 0, 0, 0),
    # It ends in two blank rows.
    "patch/tenable/tenable_many_vuln.csv": ("tenable_vulnerability", 20, 0, 0, 0, 2, 0),
    "patch/tenable/nessus_new.csv": ("tenable_vulnerability", 99, 0, 0, 0, 0, 0),
    "patch/tenable/nessus_v_unknown.xml": ("nessus_scan", 296, 0, 0, 0, 0, 0),
    "patch/qualys/Qualys_Sample_Report.csv": ("qualys_report", 6, 0, 0, 0, 0, 0),
    "patch/qualys/many_vulns_qid.csv": ("qualys_vmdr", 5, 0, 0, 0, 0, 0),
    "patch/qualys/Qualys_Sample_Report.xml": ("qualys_xml", 301, 0, 0, 0, 0, 0),
    "patch/openvas/many_vuln.csv": ("openvas_report", 4, 0, 0, 0, 0, 0),
    "patch/openvas/report_using_openVAS.csv": ("openvas_report", 13, 0, 0, 0, 0, 0),
    "patch/defender/report_many_vulns.json": ("defender_vulnerability", 4, 0, 0, 0, 0, 0),
    "patch/wazuh/v4-7_many_findings.json": ("wazuh_agent", 13, 0, 0, 0, 0, 0),
    "patch/wazuh/v4-8_many_findings.json": ("wazuh_vulnerability", 10, 0, 0, 0, 0, 0),
    # Its advisories are dated 1966, before any that can be.
    "patch/satellite/many_findings.json": ("satellite_erratum", 3, 0, 0, 0, 0, 3),
    # One issue stands in it twice; two dates of fixing cannot be: one before its issue, one of two zones.
    "patch/wiz/resolved_findings.csv": ("wiz_issue", 2, 0, 1, 0, 0, 2),
    "patch/wiz/sca_format.csv": ("wiz_vulnerability", 5, 0, 0, 0, 0, 0),
    "patch/trivy/issue_9333.json": ("trivy_report", 13, 0, 0, 0, 0, 0),
    "patch/trivy/kubernetes.json": ("trivy_report", 10, 0, 0, 0, 0, 0),
    "patch/inspector/aws_inspector2_many_vul.json": ("inspector_finding", 8, 0, 0, 0, 0, 0),
    "audit/prowler/example_output_aws.csv": ("prowler_check", 4, 0, 0, 0, 0, 0),
    "audit/prowler/example_output_azure.csv": ("prowler_check", 4, 0, 0, 0, 0, 0),
    "audit/prowler/example_output_aws.ocsf.json": ("prowler_ocsf", 5, 0, 0, 0, 0, 0),
    "audit/prowler/prowler_v2.csv": ("prowler_2_check", 214, 0, 0, 0, 0, 0),
    "audit/openscap/xccdf-results-openscap-rhel8.xml": ("xccdf_result", 248, 0, 0, 0, 0, 0),
    # Its second sheet says again what the first says.
    "audit/caat/caat.xlsx": ("caat_test", 557, 357, 0, 0, 0, 0),
    "audit/oscal/ifa_assessment-results-example.json": ("oscal_assessment_result", 1, 0, 0, 0, 0, 0),
    "audit/oscal/ifa_plan-of-action-and-milestones.json": ("oscal_poam", 2, 0, 0, 0, 0, 0),
    "audit/security_hub/prowler-output.asff.json": ("security_hub_finding", 731, 0, 0, 0, 0, 0),
    "patch/kev/known_exploited_vulnerabilities.csv": ("cisa_kev", 1_404, 0, 0, 0, 0, 0),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> tuple[Path, dict[str, warehouse.Outcome]]:
    """Every export in one warehouse: its data folder, and what became of each file."""
    data = tmp_path_factory.mktemp("data")
    outcomes = warehouse.load([EXPORTS / name for name in EXPECTED], data)
    return data, dict(zip(EXPECTED, outcomes, strict=True))


@pytest.fixture
def snapshot(loaded) -> duckdb.DuckDBPyConnection:
    _, con = open_snapshot(loaded[0])
    with con:
        yield con


EMPTY = [
    "patch/qualys/empty.csv",
    "patch/qualys/no_vuln_qid.csv",
    "patch/defender/report_no_vuln.json",
]


@pytest.mark.parametrize("name", EMPTY)
def test_an_export_without_rows_is_refused_saying_so(tmp_path, name: str):
    (outcome,) = warehouse.load([EXPORTS / name], tmp_path)
    assert outcome.error in ("It holds a header but no rows.", "It holds no records.")


@pytest.mark.parametrize("name", EXPECTED)
def test_counts(loaded, name: str):
    outcome = loaded[1][name]
    assert outcome.error is None
    assert (outcome.source, *(getattr(outcome, c) for c in COUNTS)) == EXPECTED[name]


def test_an_incident_log_loaded_again_changes_nothing(loaded):
    name = "incident/servicenow/incident_event_log.csv.gz"
    (again,) = warehouse.load([EXPORTS / name], loaded[0])
    assert (again.accepted, again.unchanged, again.superseded, again.rejected) == (0, 119_998, 0, 0)


def test_servicenow_times_count_only_in_a_state_that_says_so(snapshot):
    still_open = "select key, restored_at, closed_at from incident where source = 'servicenow_incident' and status = 'open'"
    assert snapshot.execute(still_open).fetchall() == [("INC0029233", None, None)]
    without = "select count(*) from incident where source = 'servicenow_incident' and status = 'closed' and restored_at is null"
    assert snapshot.execute(without).fetchone() == (1_418,)


def test_servicenow_question_marks_are_nothing(snapshot):
    marks = "select count(*) from incident_version where '?' in (caused_by, problem, change, team)"
    assert snapshot.execute(marks).fetchone() == (0,)


def test_status_page_impacts_and_services(snapshot):
    impacts = "select impact, count(*) from incident where source = 'statuspage_incident' group by impact"
    assert dict(snapshot.execute(impacts).fetchall()) == {
        "outage": 166,
        "degradation": 604,
        "none": 31,
        "maintenance": 18,
    }
    naming = "select count(*), max(len(services)) > 1 from incident where source = 'statuspage_incident' and services is {}"
    assert snapshot.execute(naming.format("null")).fetchone() == (158, None)
    assert snapshot.execute(naming.format("not null")).fetchone() == (661, True)


def test_windows_and_updates_belong_to_the_incidents_of_the_status_page(snapshot):
    page = "from incident where source like 'statuspage_%'"
    assert snapshot.execute(f"select count(*) {page}").fetchone() == (2 * 819 + 790,)
    together = f"select count(*), count(distinct lead) from incident_group where record_id in (select record_id {page})"
    assert snapshot.execute(together).fetchone() == (2 * 819 + 790, 819)
    led_by = "select distinct source from incident_merged where record_id like 'statuspage_%'"
    assert snapshot.execute(led_by).fetchall() == [("statuspage_incident",)]


def test_an_update_that_ends_is_the_end_of_its_incident(snapshot):
    apart = """select count(*) from incident as one join incident as other
        on other.record_id = 'statuspage_incident:' || one.key
        where one.source = 'statuspage_segment'
        and (one.opened_at, one.restored_at) is distinct from (other.opened_at, other.restored_at)"""
    assert snapshot.execute(apart).fetchone() == (0,)


def test_weaknesses_are_rated_and_open(snapshot):
    rated = (
        "select severity, count(*) from patch where source = ? and state = 'open' group by all order by all"
    )
    assert snapshot.execute(rated, ["tenable_vulnerability"]).fetchall() == [(2, 12), (3, 8), (4, 99)]
    assert snapshot.execute(rated, ["nessus_scan"]).fetchall() == [(3, 23), (4, 7), (5, 266)]


def test_weaknesses_of_every_scanner_are_rated_by_its_own_scale(snapshot):
    """As counted in the files: severity (None: the tool has not rated it) by source; informational is 5."""
    rated = snapshot.execute(
        "select source, severity, count(*) from patch group by all order by source, severity nulls last"
    ).fetchall()
    found: dict[str, list] = {}
    for source, severity, count in rated:
        found.setdefault(source, []).append((severity, count))
    assert (
        found.items()
        >= {
            "qualys_report": [(1, 6)],
            "qualys_vmdr": [(1, 1), (2, 1), (3, 1), (4, 2)],
            "qualys_xml": [(1, 7), (2, 6), (3, 32), (4, 47), (5, 209)],
            "openvas_report": [(2, 1), (3, 2), (4, 2), (5, 12)],
            "defender_vulnerability": [(2, 1), (3, 2), (4, 1)],
            "wazuh_agent": [(1, 2), (2, 3), (3, 5), (4, 2), (None, 1)],
            "wazuh_vulnerability": [(1, 10)],
            "satellite_erratum": [(2, 3)],
            "wiz_issue": [(5, 2)],
            "wiz_vulnerability": [(3, 4), (4, 1)],
            "trivy_report": [(3, 3), (4, 20)],
            "inspector_finding": [(2, 2), (3, 3), (4, 1), (None, 2)],
        }.items()
    )


def test_security_hub_results(snapshot):
    findings = "from control_test where source = 'security_hub_finding'"
    results = snapshot.execute(f"select result, count(*) {findings} group by result").fetchall()
    assert dict(results) == {"pass": 441, "fail": 286, "informational": 4}
    assert snapshot.execute(f"select count(distinct control) {findings}").fetchone() == (101,)
    twice = f"select list(result order by result) {findings} group by key having count(*) > 1"
    assert snapshot.execute(twice).fetchall() == [(["fail", "pass"],)] * 3


def results(snapshot, source: str) -> dict[str, int]:
    found = snapshot.execute(
        "select result, count(*) from control_test where source = ? group by result", [source]
    ).fetchall()
    return dict(found)


def test_prowler_results(snapshot):
    assert results(snapshot, "prowler_check") == {"pass": 3, "fail": 3, "manual": 2}
    assert results(snapshot, "prowler_ocsf") == {"fail": 2, "manual": 3}
    assert results(snapshot, "prowler_2_check") == {"pass": 84, "fail": 42, "informational": 88}
    checks = "select count(distinct control) from control_test where source = 'prowler_2_check'"
    assert snapshot.execute(checks).fetchone() == (33,)


def test_results_of_scans_and_assessments(snapshot):
    assert results(snapshot, "xccdf_result") == {"pass": 61, "fail": 166, "not tested": 21}
    assert results(snapshot, "caat_test") == {
        "pass": 336,
        "fail": 55,
        "not tested": 95,
        "not applicable": 71,
    }
    untitled = "select count(*) from control_test where source = 'xccdf_result' and title is null"
    assert snapshot.execute(untitled).fetchone() == (0,)  # the rules say what they ask for


def test_oscal_findings(snapshot):
    assert results(snapshot, "oscal_assessment_result") == {"fail": 1}
    columns = "status, severity, raised_at::varchar, due_at::varchar, closed_at"
    found = snapshot.execute(f"select {columns} from finding where source = 'oscal_poam' order by raised_at")
    assert found.fetchall() == [
        # Its reference to the risk is to a mitigating factor in it.
        ("excepted", 2, "2023-05-19 16:14:16", "2024-01-01 09:00:00", None),
        ("open", 2, "2023-06-02 12:31:20", "2023-06-23 21:00:00", None),
    ]


def test_known_exploited_entries_have_due_dates(snapshot):
    counted = snapshot.execute(
        "select count(due_at), count(*) filter (ransomware) from known_exploited"
    ).fetchone()
    assert counted == (1_404, 293)
