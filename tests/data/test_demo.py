"""The demo's exports hold what they are meant to: the same each time, the story of the quarter, and what is wrong in them.

The figures are worked out here from the files themselves, as simply as possible.
"""

import csv
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from data.company import EXPORTED
from data.demo import write_exports, write_settings
from pipelines.settings import read_settings

CLOSED = datetime(2026, 9, 30, 23, 0)  # the end of September in London, in UTC
DAYS = {"Critical": 14, "High": 30, "Medium": 90, "Low": 180}
LABELS = {"Number": "number", "Opened": "opened_at", "Updated": "sys_updated_on", "State": "state", "Priority": "priority",
          "Category": "category", "Subcategory": "subcategory", "Business service": "business_service", "Detected": "u_detected_at", "Resolved": "resolved_at",
          "Service impact": "u_service_impact", "Outage start": "u_outage_start", "Outage end": "u_outage_end",
          "Caused by": "caused_by", "Recorded cost": "u_cost", "Reported": "u_reported_at", "Reportable under": "u_reportable_under",
          "Supplier": "u_supplier", "Contained": "u_contained_at", "Occurred": "u_occurred_at"}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_exports(folder)
    return folder


def sheet(path: Path, above: int = 0) -> list[dict]:
    rows = list(load_workbook(path, read_only=True).active.iter_rows(min_row=above + 1, values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def table(path: Path, delimiter: str = ",") -> list[dict]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def quarter(moment: datetime) -> str:
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/London"))
    return f"{local.year}-Q{(local.month + 2) // 3}"


def moment(value: object) -> datetime | None:
    """A cell as a time; None for what no calendar has."""
    if value is None or isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(str(value).removesuffix("Z")) if value else None
    except ValueError:
        return None


@pytest.fixture(scope="module")
def incidents(folder) -> dict[str, dict]:
    """Each incident by its number as it was listed last."""
    second = [
        {LABELS[k]: v for k, v in row.items() if k in LABELS}
        for row in sheet(folder / "servicenow_incidents_2025-26.xlsx")
    ]
    return {row["number"]: row for row in table(folder / "servicenow_incidents_2024-25.csv") + second}


@pytest.fixture(scope="module")
def facing(folder) -> set[str]:
    return {row["Service"] for row in sheet(folder / "services.xlsx") if row["Customer facing"] == "Yes"}


@pytest.fixture(scope="module")
def down(incidents, facing) -> dict[str, set[tuple[str, int]]]:
    """Quarter -> every (service, second) in which a customer-facing service was down: overlaps count once."""
    seconds = defaultdict(set)
    for row in incidents.values():
        if row["u_service_impact"] == "Outage" and row["business_service"] in facing:
            start, end = moment(row["u_outage_start"]), moment(row["u_outage_end"])
            first = round((start - datetime(2024, 1, 1)).total_seconds())
            length = round((end - start).total_seconds())
            seconds[quarter(start)] |= {
                (row["business_service"], second) for second in range(first, first + length)
            }
    return seconds


@pytest.fixture(scope="module")
def patches(folder) -> list[dict]:
    """One row per machine and plugin: service, due, installed, accepted."""
    serves = {row["Asset"]: row["Service"] for row in table(folder / "assets_2026-Q3.csv")}
    exploited = {
        row["cveID"]: row["dueDate"] for row in table(folder / "known_exploited_vulnerabilities.csv")
    }
    latest = {}
    for scan in sorted(folder.glob("tenable_scan_*.csv")):
        latest |= {
            (row["Host"], row["Plugin ID"], row["CVE"]): row for row in table(scan) if row["Risk"] != "None"
        }
    found = defaultdict(list)
    for (host, plugin, _), row in latest.items():
        found[host, plugin].append(row)
    rows = []
    for (host, _), parts in found.items():
        first = moment(parts[0]["First Found"])
        known = [exploited[row["CVE"]] for row in parts if row["CVE"] in exploited]
        rows.append({
            "service": serves[host],
            "due": max(datetime.fromisoformat(known[0]), first) if known else first + timedelta(days=DAYS[parts[0]["Risk"]]),
            "installed": moment(parts[0]["Last Fixed"]) if parts[0]["Vulnerability State"] == "Fixed" else None,
            "accepted": parts[0]["Modification"] == "ACCEPTED",
        })  # fmt: skip
    return rows


def on_time(patches: list[dict], name: str, services: set[str] | None = None) -> float:
    due = [
        p
        for p in patches
        if quarter(p["due"]) == name and not p["accepted"] and (services is None or p["service"] in services)
    ]
    return 100 * mean(p["installed"] is not None and p["installed"] <= p["due"] for p in due)


def test_the_same_seed_gives_the_same_files_and_another_seed_others(folder, tmp_path):
    again = write_exports(tmp_path / "again")
    other = write_exports(tmp_path / "other", seed=8)

    assert [path.name for path in again] == [path.name for path in other]
    assert {path.name for path in again} == {path.name for path in folder.iterdir()}
    for path in again:
        if path.suffix == ".csv":
            assert path.read_bytes() == (folder / path.name).read_bytes()
        else:
            assert sheet(path) == sheet(folder / path.name)
    name = "servicenow_incidents_2024-25.csv"
    assert (tmp_path / "other" / name).read_bytes() != (folder / name).read_bytes()


def test_settings_are_those_of_the_company(tmp_path):
    write_settings(tmp_path)

    settings = read_settings(tmp_path)

    assert (settings.organisation, settings.currency, settings.timezone) == (
        "Larkmoor Mutual",
        "GBP",
        "Europe/London",
    )


def test_every_source_reaches_past_the_quarter(folder, incidents):
    newest = {
        "incidents": max(moment(row["sys_updated_on"]) for row in incidents.values()),
        "patches": max(moment(r["Last Found"]) for r in table(folder / "tenable_scan_2026-Q3.csv")),
        "controls": max(moment(r["TIMESTAMP"]) for r in table(folder / "prowler_2026-10-02.csv", ";")),
        "assets": max(moment(row["As of"]) for row in table(folder / "assets_2026-Q3.csv")),
        "answers": max(moment(row["Survey closed"]) for row in sheet(folder / "client_survey.xlsx")),
    }

    assert {name for name, at in newest.items() if not datetime(2026, 10, 1) <= at <= EXPORTED} == set()


def test_customers_lose_a_third_fewer_hours(down):
    hours = {name: len(seconds) / 3600 for name, seconds in down.items()}

    assert hours["2026-Q3"] == pytest.approx(22.9, abs=0.01)
    assert hours["2026-Q2"] == pytest.approx(34.1, abs=0.01)
    assert len(hours) == 8
    assert all(35 < hours[name] < 43 for name in hours if name < "2026-Q2")


def test_overlapping_outages_of_one_service_are_there_to_be_merged(incidents, facing, down):
    outages = [
        r for r in incidents.values() if r["u_service_impact"] == "Outage" and r["business_service"] in facing
    ]
    added = sum((moment(r["u_outage_end"]) - moment(r["u_outage_start"])).total_seconds() for r in outages)

    assert added > 1.05 * sum(len(seconds) for seconds in down.values())


def test_causes_run_both_ways_between_security_and_operations(incidents):
    chains = {
        (row["category"] == "Security", incidents[row["caused_by"]]["category"] == "Security")
        for row in incidents.values()
        if row["caused_by"] and row["caused_by"] in incidents
    }

    assert chains == {(True, False), (False, True)}
    (cause,) = (row for row in incidents.values() if row["subcategory"] == "Ransomware")
    (outage,) = (row for row in incidents.values() if row["caused_by"] == cause["number"])
    assert (outage["business_service"], quarter(moment(outage["u_outage_start"]))) == ("Payments", "2026-Q2")


def test_changes_and_suppliers_cause_outages_too(incidents):
    outages = [row for row in incidents.values() if row["u_service_impact"] == "Outage"]

    assert sum((row["caused_by"] or "").startswith("CHG") for row in outages) > 5
    assert sum(bool(row["u_supplier"]) for row in outages) > 5


def test_leaks_are_reported_in_time_late_and_not_yet(incidents):
    waits = []
    for row in incidents.values():
        if row["u_reportable_under"]:
            aware, told = (
                moment(row["u_detected_at"]) or moment(row["opened_at"]),
                moment(row["u_reported_at"]),
            )
            waits.append((quarter(aware), (told or EXPORTED) - aware, bool(told)))
    late = timedelta(hours=72)

    assert len(waits) > 30
    assert (
        sum(told and wait <= late for _, wait, told in waits)
        > 3 * sum(wait > late for _, wait, _ in waits)
        > 0
    )
    running = {name for name, wait, told in waits if wait <= late and not told}
    assert "2026-Q3" in running <= {"2026-Q3", "2026-Q4"}


def test_some_security_incidents_are_found_out_late_and_contained(incidents):
    security = [row for row in incidents.values() if row["category"] == "Security"]

    assert sum(bool(row["u_contained_at"]) for row in security) > 0.7 * len(security)
    assert sum(bool(row["u_occurred_at"]) for row in security) > 0.4 * len(security)


def test_a_month_listed_twice_shows_incidents_rated_anew(folder, incidents):
    moved = [
        row["priority"] < incidents[row["number"]]["priority"]
        for row in table(folder / "servicenow_incidents_2026-08.csv")
        if row["priority"] != incidents[row["number"]]["priority"]
    ]

    assert {True, False} == set(moved)


def test_restoring_takes_as_long_as_before(incidents):
    hours = defaultdict(list)
    for row in incidents.values():
        start, end = moment(row["u_detected_at"]) or moment(row["opened_at"]), moment(row["resolved_at"])
        if row["priority"][0] in "12" and row["state"] in ("Resolved", "Closed") and end:
            hours[quarter(start)].append((end - start).total_seconds() / 3600)

    assert median(hours["2026-Q3"]) == pytest.approx(median(hours["2026-Q2"]), rel=0.15)
    assert all(50 < len(found) < 80 for found in hours.values())


def test_two_services_are_late_with_their_patches_and_no_other(patches):
    late = {"Claims", "Client portal"}
    rest = {p["service"] for p in patches} - late

    assert on_time(patches, "2026-Q2") == pytest.approx(92, abs=1)
    assert on_time(patches, "2026-Q3") == pytest.approx(82.5, abs=1)
    assert on_time(patches, "2026-Q2", late) > 87
    assert on_time(patches, "2026-Q3", late) < 57
    assert on_time(patches, "2026-Q3", rest) == pytest.approx(on_time(patches, "2026-Q2", rest), abs=1.5)


def test_controls_come_near_their_target(folder):
    def passing(name: str) -> float:
        results = defaultdict(set)
        for row in table(folder / name, ";"):
            results[row["CHECK_ID"], row["ACCOUNT_UID"]].add(row["STATUS"])
        tested = [found for found in results.values() if found != {"MANUAL"}]
        return 100 * sum(found == {"PASS"} for found in tested) / len(tested)

    first, before, last = map(passing, ("prowler_2024-12.csv", "prowler_2026-06.csv", "prowler_2026-09.csv"))

    assert first < before < 84
    assert 90 <= last < 95


def test_trust_stays_where_it_is(folder):
    scores = defaultdict(list)
    for row in sheet(folder / "client_survey.xlsx"):
        scores[row["Survey"]].append(row["Score"])

    assert len(scores) == 8
    assert mean(scores["2026-Q3"]) == pytest.approx(mean(scores["2026-Q2"]), abs=0.5)
    assert mean(scores["2026-Q3"]) > 70


def test_services_have_calendars_and_groups_that_are_listed(folder, incidents):
    services = {row["Service"]: row["Calendar"] for row in sheet(folder / "services.xlsx")}
    calendars = table(folder / "calendars.csv")
    groups = table(folder / "service_groups.csv")

    assert {row["Calendar"] for row in calendars} == {name for name in services.values() if name}
    assert {service for row in groups for service in row["Services"].split("; ")} < {
        *services,
        "Broker gateway = 3",
        "Policy documents = 1",
    }
    assert {row["Rule"] for row in groups} == {"Any down", "All down", "Weighted"}
    # Outages inside and outside of agreed hours: at night, and while people call.
    held = {name for name, calendar in services.items() if calendar}
    starts = [
        moment(row["u_outage_start"]).hour
        for row in incidents.values()
        if row["business_service"] in held and row["u_service_impact"] == "Outage"
    ]
    assert min(starts) < 5 and any(9 <= hour < 16 for hour in starts)


def test_less_money_is_lost(incidents, down, folder):
    rates = {
        row["Service"]: row["Cost per hour"] for row in sheet(folder / "service_rates.xlsx") if row["From"]
    }

    def lost(name: str) -> float:
        recorded = sum(
            float(row["u_cost"])
            for row in incidents.values()
            if row["u_cost"] and quarter(moment(row["opened_at"])) == name
        )
        return recorded + sum(rates[service] / 3600 for service, _ in down[name])

    assert lost("2026-Q2") > 600_000  # the target
    assert lost("2026-Q3") < 0.6 * lost("2026-Q2")


def test_what_is_wrong_in_the_incidents(folder):
    first = table(folder / "servicenow_incidents_2024-25.csv")
    second = sheet(folder / "servicenow_incidents_2025-26.xlsx")

    assert [row["priority"] for row in first if not row["priority"][0].isdigit()] == [
        "Urgent",
        "P0 - see note",
    ]
    assert sum(not row["number"] for row in first) == 1
    assert [row["Resolved"] for row in second if isinstance(row["Resolved"], str)] == ["2026-02-30 09:15:00"]
    assert [row["Opened"] for row in second if isinstance(row["Opened"], str)] == ["2026-13-01 10:00:00"]
    assert (
        sum(
            row["Resolved"] < (row["Detected"] or row["Opened"])
            for row in second
            if moment(row["Resolved"]) and moment(row["Opened"])
        )
        == 2
    )


def test_what_is_missing_or_not_over_in_the_incidents(folder, incidents):
    first = {row["number"]: row for row in table(folder / "servicenow_incidents_2024-25.csv")}
    second = [row["Number"] for row in sheet(folder / "servicenow_incidents_2025-26.xlsx")]
    newer = [
        n for n in second if n in first and str(incidents[n]["sys_updated_on"]) > first[n]["sys_updated_on"]
    ]
    states = [row["state"] for row in incidents.values()]

    assert len(newer) > 30  # listed twice, updated since
    assert {"New", "In Progress", "On Hold", "Resolved", "Closed", "Canceled"} == set(states)
    assert sum(row["state"] == "Closed" and not row["resolved_at"] for row in incidents.values()) > 100
    assert any(row["state"] == "In Progress" and row["resolved_at"] for row in incidents.values())  # reopened


def test_findings_come_back_and_their_dates_move(folder):
    lists = [{row["Reference"]: row for row in table(path)} for path in sorted(folder.glob("findings_*.csv"))]
    pairs = [(old[ref], new[ref]) for old, new in pairwise(lists) for ref in old]

    assert all(set(old) <= set(new) for old, new in pairwise(lists))
    assert sum((old["Status"], new["Status"]) == ("Closed", "Open") for old, new in pairs) >= 2
    assert sum(new["Status"] == "Open" and new["Due"] > old["Due"] for old, new in pairs) >= 2
    last = [row for row in lists[-1].values() if row["Status"] == "Open"]
    assert 2 <= sum(row["Due"] < "2026-10-02" for row in last) < len(last)


def test_an_acceptance_has_run_out_and_others_hold(folder):
    register = table(folder / "exceptions.csv")
    findings = {row["Reference"]: row for row in table(folder / "findings_2026-10.csv")}

    assert all(row["Approved by"] and row["From"] < row["Until"] for row in register)
    over = [row for row in register if row["Until"] < "2026-10-02"]
    assert [findings[row["Finding"]]["Status"] for row in over if row["Finding"]] == ["Open"]
    assert sum("2026-10-02" <= row["Until"] < "2027-01-01" for row in register) >= 3
    scanned = {(row["Host"], row["Plugin ID"]) for row in table(folder / "tenable_scan_2026-Q3.csv")}
    named = {(m, row["Patch"]) for row in register for m in row["Assets"].split("; ") if m}
    assert named
    assert named <= scanned


def test_leavers_lose_their_access_sooner_than_before(folder):
    def prompt(rows: list[dict]) -> float:
        ends = [datetime.fromisoformat(row["Last day"]) + timedelta(days=2) for row in rows]
        gone = [moment(row["Access removed"]) for row in rows]
        return mean(at is not None and at < end for at, end in zip(gone, ends, strict=True))

    leavers = [row for row in table(folder / "leavers.csv") if row["Last day"] < "2026-10-01"]
    before, since = (
        [row for row in leavers if (row["Last day"] >= "2025-10-01") is late] for late in (False, True)
    )

    assert prompt(before) + 0.05 < prompt(since)
    assert any(not row["Access removed"] for row in leavers)


def test_most_projects_are_reviewed_before_they_are_built(folder):
    begun = [
        row
        for row in sheet(folder / "projects.xlsx")
        if row["Status"] in ("Open", "Closed") and quarter(row["Build starts"]) >= "2026-Q1"
    ]

    early = [
        row for row in begun if row["Security reviewed"] and row["Security reviewed"] <= row["Build starts"]
    ]
    assert 0.6 < len(early) / len(begun) < 1
    assert all(row["Opinion"] in (None, "Qualified", "Unqualified") for row in sheet(folder / "audits.xlsx"))


def test_risks_and_decisions_belong_to_the_story(folder):
    services = {row["Service"] for row in sheet(folder / "services.xlsx")}
    risks = [row for row in sheet(folder / "risks.xlsx") if row["Status"] == "Open"]
    assert len(risks) >= 5
    named = {one for row in risks for one in row["Services"].split("; ")}
    assert named <= services and {"Claims", "Client portal", "Payments"} <= named
    decisions = sheet(folder / "decisions.xlsx")
    assert {row["Status"] for row in decisions} == {"Asked", "Made", "Done"}
    assert all(row["Decided on"] for row in decisions if row["Status"] != "Asked")
