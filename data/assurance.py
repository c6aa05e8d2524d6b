"""What auditors found, what was accepted instead, and the lists of people and projects that stand beside it.

Findings are listed each quarter of the last year, so that what was reopened and what was put off shows. In the third quarter of 2026 one
acceptance has run out with its finding still open, another ends in November.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from data import patches
from data.company import EXPORTED, MONTHS, SERVICES, month_end, month_start, within
from data.sheets import write_csv, write_xlsx

HARROW, NORTHGATE, INTERNAL = "Harrow & Finch", "Northgate Certification", "Internal audit"
# Frameworks by the names that the cloud checks give them.
AUDITS = [  # reference, audit, framework, auditor, scope, planned, completed, opinion
    ("AU-24-1", "Certification audit", "ISO27001-2022", NORTHGATE, "Group", date(2024, 11, 22), date(2024, 11, 22), ""),
    ("AU-24-2", "Service organisation report", "SOC2", HARROW, "Client portal", date(2025, 1, 24), date(2025, 1, 31), "Qualified"),
    ("AU-25-1", "Controls over financial reporting", "SOC 1", HARROW, "Payments", date(2025, 3, 28), date(2025, 3, 28), "Unqualified"),
    ("AU-25-2", "Card payments assessment", "PCI DSS", NORTHGATE, "Payments", date(2025, 6, 13), date(2025, 6, 13), ""),
    ("AU-25-3", "Access of joiners and leavers", "Internal audit plan", INTERNAL, "Group", date(2025, 9, 12), date(2025, 9, 19), "Qualified"),
    ("AU-25-4", "Surveillance audit", "ISO27001-2022", NORTHGATE, "Group", date(2025, 11, 14), date(2025, 11, 14), ""),
    ("AU-25-5", "Service organisation report", "SOC2", HARROW, "Client portal", date(2026, 1, 30), date(2026, 1, 30), "Unqualified"),
    ("AU-26-1", "Controls over financial reporting", "SOC 1", HARROW, "Payments", date(2026, 3, 27), date(2026, 3, 27), "Unqualified"),
    ("AU-26-2", "Card payments assessment", "PCI DSS", NORTHGATE, "Payments", date(2026, 6, 12), date(2026, 6, 12), ""),
    ("AU-26-3", "Suppliers", "Internal audit plan", INTERNAL, "Group", date(2026, 7, 17), date(2026, 7, 24), "Unqualified"),
    ("AU-26-4", "Surveillance audit", "ISO27001-2022", NORTHGATE, "Group", date(2026, 11, 13), None, ""),
    ("AU-26-5", "Backups and recovery", "Internal audit plan", INTERNAL, "Group", date(2026, 12, 4), None, ""),
    ("AU-26-6", "Service organisation report", "SOC2", HARROW, "Client portal", date(2027, 1, 29), None, ""),
]  # fmt: skip
CONTROLS = {
    "ISO27001-2022": [("A.5.18", "Access rights are not reviewed on time"), ("A.5.19", "Suppliers are not assessed"), ("A.8.8", "Weaknesses stay open past their date"),
                  ("A.8.13", "Restoring a backup was not tried"), ("A.8.15", "Logs are not kept long enough"), ("A.8.32", "Changes without approval")],
    "SOC2": [("CC6.2", "Leavers keep their access"), ("CC7.1", "Weaknesses stay open past their date"), ("CC7.4", "Lessons of incidents are not drawn"),
              ("CC8.1", "Changes without approval"), ("CC9.2", "Suppliers are not assessed")],
    "SOC 1": [("CO-3", "Reconciliation was not signed"), ("CO-7", "Access to the ledger is not reviewed")],
    "PCI DSS": [("6.3.3", "Critical patches are late"), ("8.3.6", "Passwords are too short"), ("10.4.1", "Logs are not reviewed daily"), ("11.3.1", "Scans left machines out")],
    "Internal audit plan": [("IA-1", "Leavers keep their access"), ("IA-2", "No exit plan for a supplier"), ("IA-3", "Contracts lack a right to audit")],
}  # fmt: skip
DAYS = {2: 60, 3: 90, 4: 180}
WORDS = {2: "High", 3: "Medium", 4: "Low"}
LISTED = [
    datetime(2025, 4, 2, 7),
    datetime(2025, 10, 2, 7),
    datetime(2026, 1, 5, 7),
    datetime(2026, 4, 2, 7),
    datetime(2026, 7, 2, 7),
    EXPORTED,
]
COURSES = ["Phishing and passwords", "Handling client data"]


@dataclass
class Finding:
    number: int
    audit: tuple
    control: str
    title: str
    severity: int
    raised: date
    due: date
    closed: date | None
    owner: str
    service: str
    moved: date | None = None  # a later due date, agreed after the first had passed
    back: date | None = None  # when it was reopened


def write(folder: Path, seed: int) -> list[Path]:
    chance = Random(f"{seed} assurance")
    findings = _findings(chance)
    audits = [
        (ref, name, framework, auditor, scope, planned, done, opinion, EXPORTED)
        for ref, name, framework, auditor, scope, planned, done, opinion in AUDITS
    ]
    return [
        write_xlsx(
            folder / "audits.xlsx", "Audits",
            ["Reference", "Audit", "Framework", "Auditor", "Scope", "Planned for", "Completed", "Opinion", "As of"], audits,
        ),
        *[_listed(folder, findings, at) for at in LISTED],
        write_csv(
            folder / "exceptions.csv",
            ["Reference", "Exception", "Assets", "Patch", "Control", "Finding", "Reason", "Approved by", "From", "Until"],
            _exceptions(findings, seed),
        ),
        write_csv(
            folder / "leavers.csv", ["Person", "Business unit", "Last day", "Access removed", "As of"], _leavers(chance)
        ),
        write_xlsx(
            folder / "projects.xlsx", "Projects",
            ["Reference", "Project", "Owner", "Business unit", "Status", "Build starts", "Security reviewed", "Live", "As of"],
            _projects(chance),
        ),
        write_csv(
            folder / "training.csv", ["Person", "Course", "Business unit", "Assigned", "Due", "Completed", "As of"],
            _training(chance),
        ),
    ]  # fmt: skip


def _findings(chance: Random) -> list[Finding]:
    """Two to five of each audit; what was found before is likely to be found again."""
    found, known = [], set()
    for audit in AUDITS:
        framework, completed = audit[2], audit[6]
        if not completed:
            continue
        controls = CONTROLS[framework]
        again = [c for c in controls if (framework, c[0]) in known and chance.random() < 0.45]
        fresh = [c for c in controls if (framework, c[0]) not in known]
        for control, title in again + chance.sample(fresh, min(len(fresh), chance.choice([2, 3, 4]))):
            known.add((framework, control))
            severity = chance.choices([2, 3, 4], [3, 5, 2])[0]
            raised = completed - timedelta(days=chance.randint(2, 12))
            due = raised + timedelta(days=DAYS[severity])
            took = chance.uniform(0.4, 0.98) if chance.random() < 0.72 else chance.uniform(1.1, 2.6)
            closed = raised + timedelta(days=round(took * DAYS[severity]))
            service = chance.choice(SERVICES)
            finding = Finding(
                len(found) + 1, audit, control, title, severity, raised, due,
                closed if closed < EXPORTED.date() else None, service.owner, service.name,
            )  # fmt: skip
            if took > 1.25:
                finding.moved = due + timedelta(days=90)
            elif chance.random() < 0.15 and finding.closed and finding.closed < date(2026, 3, 1):
                finding.back = date(2026, 6, 17) if finding.closed > date(2025, 9, 1) else date(2025, 12, 10)
            found.append(finding)
    found[-1].closed, found[-2].closed = None, None  # those that were accepted
    return found


def _listed(folder: Path, findings: list[Finding], at: datetime) -> Path:
    """The list of findings as it stood."""
    rows = []
    for f in findings:
        if f.raised > at.date():
            continue
        closed = (
            f.closed if f.closed and f.closed <= at.date() and not (f.back and f.back <= at.date()) else None
        )
        late = f.moved and at.date() > f.due + timedelta(days=20)
        rows.append((
            f"F-{f.number:03}", f.title, f.audit[2], f.audit[0], f.control, WORDS[f.severity], "Closed" if closed else "Open",
            f.raised, f.moved if late else f.due, closed or "", f.owner, f.service, at,
        ))  # fmt: skip
    header = ["Reference", "Finding", "Framework", "Audit", "Control", "Severity", "Status", "Raised", "Due", "Closed", "Owner", "Service", "As of"]  # fmt: skip
    return write_csv(folder / f"findings_{at:%Y-%m}.csv", header, rows)


def _exceptions(findings: list[Finding], seed: int) -> list[tuple]:
    """The register: what the scanner was told to leave aside, and two findings."""
    rows = []
    ends = [date(2026, 9, 15), date(2026, 11, 14), date(2027, 3, 31), date(2026, 12, 20)]
    for number, (plugin, accepted) in enumerate(patches.accepted(seed)[-8:], 1):
        machines = "; ".join(sorted(f.machine.name for f in accepted))
        first = min(f.found for f in accepted).date()
        rows.append((
            f"EX-{number:02}", f"No downtime for {plugin.name}", machines, plugin.number, "", "",
            "The supplier has not released a version that works with it", "CIO", first, ends[number % len(ends)],
        ))  # fmt: skip
    for number, (finding, until) in enumerate(
        zip(findings[-2:], (date(2026, 8, 31), date(2026, 11, 30)), strict=True), 20
    ):
        rows.append((
            f"EX-{number:02}", finding.title, "", "", "", f"F-{finding.number:03}", "The contract is being renewed", "CISO",
            finding.raised, until,
        ))  # fmt: skip
    rows.append((
        "EX-30", "No hardware keys for service accounts", "", "", "IA-3", "", "Removed with the old platform", "CISO",
        date(2026, 2, 1), date(2027, 1, 31),
    ))  # fmt: skip
    return rows


def _leavers(chance: Random) -> list[tuple]:
    """Nine a month; more of them in time since the internal audit of September 2025."""
    rows, number = [], 4100
    for month in [*MONTHS, (2026, 10)]:
        for _ in range(chance.choice([7, 9, 11])):
            number += chance.randint(1, 9)
            last = within(chance, month_start(*month), month_end(*month)).date()
            end = datetime.combine(last, datetime.min.time()) + timedelta(hours=17)
            prompt = chance.random() < (0.93 if month >= (2025, 10) else 0.78)
            hours = chance.uniform(-3, 22) if prompt else 30 + chance.expovariate(1 / 90)
            removed = end + timedelta(hours=hours)
            forgotten = chance.random() < 0.006
            rows.append((
                f"L-{number}", chance.choice(SERVICES).unit, last,
                "" if removed > EXPORTED or forgotten else removed.strftime("%Y-%m-%d %H:%M:%S"), EXPORTED,
            ))  # fmt: skip
    return rows


def _projects(chance: Random) -> list[tuple]:
    """Two a month begin to build, most of them after security has seen the design."""
    rows = []
    for number, month in enumerate(month for month in [*MONTHS, (2026, 10), (2026, 11)] for _ in range(2)):
        starts = within(chance, month_start(*month), month_end(*month)).date()
        service = chance.choice(SERVICES)
        before = chance.random() < (0.85 if month >= (2026, 1) else 0.62)
        reviewed = starts + timedelta(days=-chance.randint(3, 40) if before else chance.randint(10, 90))
        live = starts + timedelta(days=chance.randint(90, 260))
        today = EXPORTED.date()
        cancelled = chance.random() < 0.06
        status = (
            "Cancelled"
            if cancelled
            else "Planned"
            if starts > today
            else "Closed"
            if live < today
            else "Open"
        )
        rows.append((
            f"P-{number + 301}", f"{service.name}: release {number % 4 + 1} of {month[0]}", service.owner, service.unit, status, starts,
            reviewed if reviewed <= today else None, live if live < today and not cancelled else None, EXPORTED,
        ))  # fmt: skip
    return rows


def _training(chance: Random) -> list[tuple]:
    """Two courses, each in spring and in autumn, for the same people."""
    rows = []
    for year, month in [(2025, 3), (2025, 9), (2026, 3), (2026, 9)]:
        for person in range(4001, 4121):
            course = COURSES[(month == 9) ^ (person % 2)]
            assigned = date(year, month, 3)
            due = assigned + timedelta(days=25)
            took = chance.gauss(14, 7) if chance.random() < 0.94 else 26 + chance.expovariate(1 / 15)
            done = assigned + timedelta(days=max(0, round(took)))
            unit = SERVICES[person % len(SERVICES)].unit
            rows.append(
                (
                    f"L-{person}",
                    course,
                    unit,
                    assigned,
                    due,
                    done if done <= EXPORTED.date() else "",
                    EXPORTED,
                )
            )
    return rows
