"""Weaknesses and their patches: a Tenable list each quarter, and those known to be exploited.

Most patches are in place by their date. Of those that fell due in the third quarter of 2026, Claims and
Client portal were late with nearly half.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from data.company import EXPORTED, Machine, machines, quarter
from data.sheets import write_csv

HEADER = [
    "Plugin ID", "CVE", "CVSS", "Risk", "Host", "Protocol", "Port", "Name", "Synopsis", "Solution", "Vulnerability State", "IP Address",
    "OS", "Plugin Family", "CVSS3 Base Score", "First Found", "Last Found", "Indexed At", "Severity", "Modification",
    "Plugin Publication Date", "Exploit Available", "Last Fixed",
]  # fmt: skip
KEV_HEADER = [
    "cveID", "vendorProject", "product", "vulnerabilityName", "dateAdded", "shortDescription", "requiredAction", "dueDate",
    "knownRansomwareCampaignUse", "notes", "cwes",
]  # fmt: skip
# Entries of 2024 and 2025 are real ones; those of 2026 are made up, with numbers that no real weakness has.
KNOWN_EXPLOITED = [
    ("CVE-2024-49138", "Microsoft", "Windows", "Common Log File System driver heap overflow", date(2024, 12, 10), date(2024, 12, 31), "Unknown", "CWE-122"),
    ("CVE-2025-21333", "Microsoft", "Windows", "Hyper-V kernel integration heap overflow", date(2025, 1, 14), date(2025, 2, 4), "Unknown", "CWE-122"),
    ("CVE-2025-21418", "Microsoft", "Windows", "Ancillary function driver heap overflow", date(2025, 2, 11), date(2025, 3, 4), "Unknown", "CWE-122"),
    ("CVE-2025-24993", "Microsoft", "Windows", "NTFS heap overflow", date(2025, 3, 11), date(2025, 4, 1), "Unknown", "CWE-122"),
    ("CVE-2025-29824", "Microsoft", "Windows", "Common Log File System driver use after free", date(2025, 4, 8), date(2025, 4, 29), "Known", "CWE-416"),
    ("CVE-2025-32701", "Microsoft", "Windows", "Common Log File System driver use after free", date(2025, 5, 13), date(2025, 6, 3), "Unknown", "CWE-416"),
    ("CVE-2025-33053", "Microsoft", "Windows", "Web folders external control of file name", date(2025, 6, 10), date(2025, 7, 1), "Unknown", "CWE-73"),
    ("CVE-2026-990101", "Example", "Directory server", "Demo entry: improper authentication", date(2026, 1, 13), date(2026, 2, 3), "Unknown", "CWE-287"),
    ("CVE-2026-990204", "Example", "Print service", "Demo entry: use after free", date(2026, 3, 10), date(2026, 3, 31), "Known", "CWE-416"),
    ("CVE-2026-990305", "Example", "Remote desktop", "Demo entry: heap overflow", date(2026, 5, 12), date(2026, 6, 2), "Known", "CWE-122"),
    ("CVE-2026-990407", "Example", "Kernel driver", "Demo entry: out of bounds write", date(2026, 7, 14), date(2026, 8, 4), "Unknown", "CWE-787"),
    ("CVE-2026-990509", "Example", "Web server", "Demo entry: path traversal", date(2026, 8, 11), date(2026, 9, 1), "Known", "CWE-22"),
]  # fmt: skip
SCANS = [datetime(2025, 1, 2, 5), datetime(2025, 4, 2, 5), datetime(2025, 7, 2, 5), datetime(2025, 10, 2, 5),
         datetime(2026, 1, 2, 5), datetime(2026, 4, 2, 5), datetime(2026, 7, 2, 5), EXPORTED - timedelta(hours=2)]  # fmt: skip
LATE = ("Claims", "Client portal")
DAYS = {"Critical": 14, "High": 30, "Medium": 90, "Low": 180}
SCORES = {"Critical": 9.6, "High": 8.1, "Medium": 5.9, "Low": 3.2}
PRODUCTS = {
    "Windows": [
        "Windows cumulative update",
        "SQL Server security update",
        ".NET security update",
        "Edge browser update",
    ],
    "Red Hat": ["RHEL 9 : kernel", "RHEL 9 : openssl", "RHEL 9 : glibc", "RHEL 9 : httpd"],
    "Ubuntu": [
        "Ubuntu 22.04 : kernel",
        "Ubuntu 22.04 : openssl",
        "Ubuntu 22.04 : curl",
        "Ubuntu 22.04 : sudo",
    ],
}


@dataclass(frozen=True)
class Plugin:
    number: int
    name: str
    family: str
    risk: str
    published: datetime
    cves: tuple[str, ...]
    due: date | None  # that of the known exploited weakness among them


@dataclass(frozen=True)
class Finding:
    plugin: Plugin
    machine: Machine
    found: datetime
    fixed: datetime | None
    back: datetime | None  # when it came back after the fix
    accepted: bool


def write(folder: Path, seed: int) -> list[Path]:
    estate, found = machines(), _found(seed)
    exploited = write_csv(folder / "known_exploited_vulnerabilities.csv", KEV_HEADER, [
        (cve, vendor, product, title, added, title + ".", "Install the vendor's update.", due, used, "", cwe)
        for cve, vendor, product, title, added, due, used, cwe in KNOWN_EXPLOITED
    ])  # fmt: skip
    files = [exploited]
    for before, scan in zip([datetime.min, *SCANS], SCANS, strict=False):
        rows = [row for f in found if (row := _row(f, before, scan))] + [
            _platform(m, scan) for m in estate[::9]
        ]
        files.append(
            write_csv(folder / f"tenable_scan_{quarter(scan - timedelta(days=7))}.csv", HEADER, _by_cve(rows))
        )
    return files


def accepted(seed: int) -> list[tuple[Plugin, list[Finding]]]:
    """What the scanner was told to leave aside, by plugin, in the order in which they were published."""
    plugins: dict[Plugin, list[Finding]] = {}
    for finding in _found(seed):
        if finding.accepted:
            plugins.setdefault(finding.plugin, []).append(finding)
    return [*plugins.items()]


def _found(seed: int) -> list[Finding]:
    chance, estate = Random(f"{seed} patches"), machines()
    return [f for plugin in _plugins(chance) for f in _findings(chance, plugin, estate)]


def _by_cve(rows: list[list]) -> list[list]:
    """Tenable writes one row for each CVE of a plugin."""
    return [[row[0], cve, *row[2:]] for row in rows for cve in row[1] or [""]]


def _plugins(chance: Random) -> list[Plugin]:
    """Ten a month from July 2024, a quarter ahead of what is shown."""
    plugins = []
    for month in range(27):
        year, number = 2024 + (month + 6) // 12, (month + 6) % 12 + 1
        for family, products in PRODUCTS.items():
            for place in range({"Windows": 5, "Red Hat": 3, "Ubuntu": 2}[family]):
                published = datetime(
                    year, number, chance.randint(8, 13) if place == 0 else chance.randint(1, 27)
                )
                serial = 300_000 + month * 100 + len(plugins) % 10
                cves = [
                    f"CVE-{year}-{900_000 + month * 1000 + len(plugins) % 10 * 10 + n}"
                    for n in range(chance.choice([1, 1, 2, 2, 3]))
                ]
                risk = chance.choices(list(DAYS), [10, 35, 45, 10])[0]
                known = [
                    k
                    for k in KNOWN_EXPLOITED
                    if family == "Windows" and place == 0 and (k[4].year, k[4].month) == (year, number)
                ]
                if known:
                    cves[0], published, risk = (
                        known[0][0],
                        datetime.combine(known[0][4], datetime.min.time()),
                        "High",
                    )
                name = f"{products[place % len(products)]} ({published:%B %Y})"
                plugins.append(
                    Plugin(serial, name, family, risk, published, tuple(cves), known[0][5] if known else None)
                )
    return plugins


def _findings(chance: Random, plugin: Plugin, estate: list[Machine]) -> list[Finding]:
    """The machines that lack a patch, and when each got it."""
    found = []
    for machine in estate:
        if not machine.system.startswith(plugin.family) or chance.random() > 0.42:
            continue
        first = plugin.published + timedelta(
            days=chance.randint(1, 3), hours=2, seconds=chance.randint(0, 7000)
        )
        due = first + timedelta(days=DAYS[plugin.risk])
        if plugin.due:
            due = datetime.combine(plugin.due, datetime.min.time())
        promised = 0.54 if machine.service.name in LATE and quarter(due) >= "2026-Q3" else 0.92
        if chance.random() < promised:
            fixed = first + (due - first) * chance.uniform(0.12, 0.97)
        else:
            fixed = due + timedelta(days=chance.uniform(0.5, 1) + chance.expovariate(1 / 22))
        if first > SCANS[-1]:
            continue
        accepted = chance.random() < 0.006
        if accepted:
            fixed = datetime.max
        back = (
            fixed + timedelta(days=chance.uniform(20, 60))
            if chance.random() < 0.004 and not accepted
            else None
        )
        found.append(Finding(plugin, machine, first, fixed, back, accepted))
    return found


def _row(finding: Finding, before: datetime, scan: datetime) -> list | None:
    """A finding as a scan lists it: what is open, and what was fixed since the scan before."""
    if finding.found > scan or (finding.fixed <= before and not finding.back):
        return None
    fixed, back = finding.fixed <= scan, finding.back and finding.back <= scan
    if fixed and not back and finding.fixed <= before:
        return None
    state = (
        "Resurfaced"
        if back
        else "Fixed"
        if fixed
        else "New"
        if finding.found > scan - timedelta(days=14)
        else "Active"
    )
    seen = (
        max(finding.found, finding.fixed - timedelta(days=1))
        if state == "Fixed"
        else scan - timedelta(minutes=sum(finding.machine.name.encode()) % 90)
    )
    plugin, machine = finding.plugin, finding.machine
    return [
        plugin.number, plugin.cves, SCORES[plugin.risk], plugin.risk, machine.name, "TCP", 0, plugin.name,
        "The remote host is missing a security update.", "Install the update.", state, machine.address, machine.system,
        f"{plugin.family} local checks", SCORES[plugin.risk], _stamp(finding.found), _stamp(seen), _stamp(scan),
        {"Critical": 4, "High": 3, "Medium": 2, "Low": 1}[plugin.risk], "ACCEPTED" if finding.accepted else "NONE",
        _stamp(plugin.published), "TRUE" if plugin.due else "FALSE", _stamp(finding.fixed) if fixed else "",
    ]  # fmt: skip


def _platform(machine: Machine, scan: datetime) -> list:
    """What the scanner says about every machine without rating it."""
    seen = _stamp(scan - timedelta(minutes=5))
    return [
        11936, [], "", "None", machine.name, "TCP", 0, "OS Identification", "The operating system was found out.", "", "Active",
        machine.address, machine.system, "General", "", _stamp(datetime(2024, 9, 1, 2)), seen, _stamp(scan), 0, "NONE",
        _stamp(datetime(2003, 12, 9)), "FALSE", "",
    ]  # fmt: skip


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
