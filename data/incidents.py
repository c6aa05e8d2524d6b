"""Two years of incidents as a ServiceNow instance would list them, in three exports that overlap.

The first was taken a year before the last, the second is that of one month, so some incidents stand in two of them,
updated since. A few rows are wrong, as in any real list.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from data.clocks import tell
from data.company import EXPORTED
from data.incident import Incident
from data.ledger import ledger
from data.sheets import write_csv, write_xlsx

YEAR_BEFORE = datetime(2025, 10, 2, 7, 0)
MONTH_BEFORE = datetime(2026, 9, 1, 7, 0)
COLUMNS = {  # field name -> label
    "number": "Number",
    "opened_at": "Opened",
    "sys_updated_on": "Updated",
    "sys_mod_count": "Updates",
    "state": "State",
    "priority": "Priority",
    "category": "Category",
    "subcategory": "Subcategory",
    "business_service": "Business service",
    "cmdb_ci": "Configuration item",
    "assignment_group": "Assignment group",
    "short_description": "Short description",
    "reopen_count": "Reopen count",
    "u_occurred_at": "Occurred",
    "u_detected_at": "Detected",
    "u_acknowledged_at": "Acknowledged",
    "u_contained_at": "Contained",
    "u_classified_at": "Found reportable",
    "u_reportable_under": "Reportable under",
    "u_reported_at": "Reported",
    "resolved_at": "Resolved",
    "closed_at": "Closed",
    "u_service_impact": "Service impact",
    "u_outage_start": "Outage start",
    "u_outage_end": "Outage end",
    "caused_by": "Caused by",
    "u_supplier": "Supplier",
    "problem_id": "Problem",
    "rfc": "Change request",
    "u_cost": "Recorded cost",
    "u_records_exposed": "Records exposed",
}
PRIORITIES = {1: "1 - Critical", 2: "2 - High", 3: "3 - Moderate", 4: "4 - Low"}


def write(folder: Path, seed: int) -> list[Path]:
    incidents = ledger(Random(f"{seed} incidents"))
    tell(Random(f"{seed} clocks"), incidents)
    first = [listed(i, YEAR_BEFORE) for i in incidents if i.opened <= YEAR_BEFORE]
    month = [
        row
        for i in incidents
        if i.opened <= MONTH_BEFORE
        and (row := listed(i, MONTH_BEFORE))["sys_updated_on"] > datetime(2026, 8, 1)
    ]
    second = [
        row for i in incidents if (row := listed(i, EXPORTED))["sys_updated_on"] > datetime(2025, 10, 1)
    ]
    spoil_first(first)
    spoil_second(second)
    return [
        *(
            write_csv(folder / name, list(COLUMNS), [[_plain(row[c]) for c in COLUMNS] for row in rows])
            for name, rows in (
                ("servicenow_incidents_2024-25.csv", first),
                ("servicenow_incidents_2026-08.csv", month),
            )
        ),
        write_xlsx(
            folder / "servicenow_incidents_2025-26.xlsx",
            "Page 1",
            list(COLUMNS.values()),
            [[row[c] for c in COLUMNS] for row in second],
        ),
    ]


def listed(incident: Incident, at: datetime) -> dict:
    """An incident as the list showed it at a moment: field name -> value, None where empty."""
    i = _as_known(incident, at)
    state, updated = _state(i, at)
    _, last = _state(_as_known(incident, EXPORTED), EXPORTED)
    rated = i.first_severity if i.first_severity and updated < last else i.severity
    leak = i.found_reportable and i.found_reportable <= at
    done = state in ("Resolved", "Closed", "Canceled")
    outage_over = i.outage_end and i.outage_end <= at
    return {
        "number": f"INC{i.number:07}",
        "opened_at": i.opened,
        "sys_updated_on": updated,
        "sys_mod_count": 1 + (state != "New") + done + (state == "Closed") + 2 * bool(i.reopened),
        "state": state,
        "priority": PRIORITIES[rated],
        "category": i.category,
        "subcategory": i.subcategory,
        "business_service": i.service,
        "cmdb_ci": i.machine,
        "assignment_group": i.team,
        "short_description": i.title,
        "reopen_count": int(bool(i.reopened)),
        "u_occurred_at": i.occurred if done else None,
        "u_detected_at": i.detected,
        "u_acknowledged_at": i.acknowledged,
        "u_contained_at": i.contained,
        "u_classified_at": i.found_reportable if leak else None,
        "u_reportable_under": i.reportable_under if leak else None,
        "u_reported_at": i.reported if i.reported and i.reported <= at else None,
        "resolved_at": i.resolved,
        "closed_at": updated if state in ("Closed", "Canceled") else None,
        "u_service_impact": i.impact,
        "u_outage_start": i.outage_start,
        "u_outage_end": i.outage_end if outage_over else None,
        "caused_by": f"INC{i.cause.number:07}" if i.cause and i.cause.opened <= at else i.caused_by,
        "u_supplier": i.supplier,
        "problem_id": i.problem,
        "rfc": i.change,
        "u_cost": i.cost if done else None,
        "u_records_exposed": i.records if leak else None,
    }


def _as_known(i: Incident, at: datetime) -> Incident:
    """Without what had not happened yet. A reopened one keeps the time it was resolved first, as the tool does."""
    if i.reopened and i.reopened > at:
        i = replace(i, reopened=None, resolved=i.resolved_first)
    elif i.reopened and i.resolved > at:
        i = replace(i, resolved=i.resolved_first)
    if i.resolved and i.resolved > at:
        i = replace(i, resolved=None)
    known = {
        name: moment if (moment := getattr(i, name)) and moment <= at else None
        for name in ("acknowledged", "contained")
    }
    return replace(i, **known)


def _state(i: Incident, at: datetime) -> tuple[str, datetime]:
    """State and last update. What is resolved is closed five days later, by the system."""
    if i.cancelled:
        closed = i.opened + timedelta(hours=2)
        return ("Canceled", closed) if closed <= at else ("New", i.opened)
    if i.closed_without_time:
        closed = i.closed_without_time
        return ("Closed", closed) if closed <= at else ("In Progress", i.opened)
    if i.resolved and not (i.reopened and i.resolved < i.reopened):
        closed = i.resolved + timedelta(days=5)
        return ("Closed", closed) if closed <= at else ("Resolved", i.resolved)
    touched = i.reopened or i.acknowledged
    if not touched:
        return "New", i.opened
    waits = at - touched > timedelta(days=4)
    return "On Hold" if waits else "In Progress", touched + (at - touched) * i.touch


def spoil_first(rows: list[dict]) -> None:
    """What an analyst finds in any list: a severity that is none, a row without its number."""
    rows[410]["priority"] = "Urgent"
    rows[955]["priority"] = "P0 - see note"
    rows[1203]["number"] = None


def spoil_second(rows: list[dict]) -> None:
    """A resolution before its start, dates that no calendar has, a placing date that cannot be read."""
    closed = [
        row for row in rows if row["state"] == "Closed" and row["resolved_at"] and row["priority"] >= "3"
    ]
    closed[300]["resolved_at"] = closed[300]["opened_at"] - timedelta(days=2)
    closed[310]["u_detected_at"] = None
    closed[310]["resolved_at"] = closed[310]["opened_at"] - timedelta(hours=1)
    closed[700]["resolved_at"] = "2026-02-30 09:15:00"
    closed[900]["opened_at"] = "2026-13-01 10:00:00"


def _plain(value: object) -> object:
    return (
        "" if value is None else value.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, datetime) else value
    )
