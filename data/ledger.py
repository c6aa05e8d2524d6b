"""What really happened at the demo company: every incident, of security and of operations, in order.

Hours in which customers could do nothing are planned by month, so that what the dashboard finds is meant;
everything else follows the working week and the seasons.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log
from random import Random

from data.company import EXPORTED, FACING, INTERNAL, MONTHS, SERVICES, Service, month_end, month_start, within

# Hours of outages of customer-facing services: steady, then a ransomware in May 2026, then fewer.
STEADY, CHANGED = (
    13.0,
    {(2026, 4): 10.1, (2026, 5): 15.0, (2026, 6): 9.0, (2026, 7): 7.9, (2026, 8): 7.3, (2026, 9): 7.7},
)
RANSOMWARE = datetime(2026, 5, 12, 3, 40), 9.2
SEASONS = {
    1: 1.18,
    2: 1.06,
    3: 1.1,
    4: 0.98,
    5: 0.97,
    6: 0.95,
    7: 0.9,
    8: 0.82,
    9: 1.04,
    10: 1.05,
    11: 1.14,
    12: 0.88,
}
WEEK = [1.3, 1.15, 1.05, 1.0, 0.9, 0.3, 0.22]
DAY = [1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 17, 14, 10, 12, 14, 13, 11, 8, 5, 4, 3, 2, 2, 1]
ROUND_THE_CLOCK = [1] * 24
# Months whose first outage has a cause, or an effect, on the other side of the house.
CAUSED_BY_SECURITY = {
    (2025, 2): ("Credential theft", "Stolen credentials used against the service, access shut"),
    (2025, 11): ("Denial of service", "Flood of requests against the public address"),
    (2026, 5): ("Ransomware", "Ransomware on the payment hosts, service cut off"),
}
OPENED_SECURITY = {
    (2025, 6): ("Exposure", "Management port open to the internet after a failed firewall change"),
    (2026, 8): ("Exposure", "Test data visible after an emergency failover"),
}
FAULTS = [
    ("Software", "Release", "Errors after a release"),
    ("Software", "Application", "Application does not answer"),
    ("Database", "Performance", "Database out of connections"),
    ("Network", "Connectivity", "Link between sites lost"),
    ("Network", "DNS", "Names are not resolved"),
    ("Hardware", "Storage", "Storage array fails over"),
]
REQUESTS = [
    ("Inquiry", "Access", "Cannot sign in"),
    ("Inquiry", "How to", "Question on the monthly report"),
    ("Software", "Application", "Page shows an error"),
    ("Software", "Performance", "Slow at peak hours"),
    ("Hardware", "Laptop", "Laptop does not start"),
    ("Hardware", "Printer", "Printer jams"),
    ("Network", "Wireless", "Wireless drops in meeting rooms"),
    ("Database", "Batch", "Nightly batch late"),
]
THREATS = [
    ("Phishing", "Phishing mail reported by staff"),
    ("Malware", "Malware stopped on a laptop"),
    ("Credential theft", "Password of a member of staff found for sale"),
    ("Data loss", "Document sent to the wrong recipient"),
    ("Policy breach", "Device without encryption"),
    ("Vulnerability", "Weakness reported by a researcher"),
]
TEAMS = {"Software": "Application support", "Database": "Database support", "Network": "Network operations", "Hardware": "Platform operations",
         "Inquiry": "Service desk", "Security": "Cyber defence", "Change": "Platform operations"}  # fmt: skip


@dataclass(eq=False)
class Incident:
    """One incident over its whole life, times in UTC; number is given once all are known."""

    opened: datetime
    severity: int
    category: str
    subcategory: str
    title: str
    service: str | None
    resolved: datetime | None
    impact: str = "None"
    outage_start: datetime | None = None
    outage_end: datetime | None = None
    detected: datetime | None = None
    acknowledged: datetime | None = None
    contained: datetime | None = None
    machine: str | None = None
    cause: "Incident | None" = None
    problem: str | None = None
    change: str | None = None
    cost: int | None = None
    reopened: datetime | None = None
    resolved_first: datetime | None = None
    cancelled: bool = False
    closed_without_time: datetime | None = None
    touch: float = 0.5
    number: int = 0

    @property
    def team(self) -> str:
        return TEAMS[self.category]


def ledger(chance: Random) -> list[Incident]:
    """Every incident up to the second export, by when it was opened."""
    taken: dict[str, list[tuple[datetime, datetime]]] = {s.name: [] for s in SERVICES}
    incidents = []
    for month in MONTHS:
        incidents += _outages(chance, month, taken) + _majors(chance, month)
    for month in [*MONTHS, (2026, 10)]:
        incidents += _routine(chance, month)
    incidents += _still_open()
    incidents = sorted((i for i in incidents if i.opened < EXPORTED), key=lambda i: i.opened)
    for number, incident in enumerate(incidents, 10_001):
        incident.number = number
        _life(chance, incident)
    return incidents


def _outages(chance: Random, month: tuple[int, int], taken: dict) -> list[Incident]:
    """The month's planned hours over a few outages, and one or two of internal services."""
    found, hours = [], CHANGED.get(month, STEADY * chance.gauss(1, 0.05))
    if month == (2026, 5):
        start, lasted = RANSOMWARE
        hours -= lasted
        found += _outage(chance, next(s for s in FACING if s.name == "Payments"), start, lasted, taken)
    parts = [chance.uniform(0.6, 1.5) for _ in range(round(hours / 2.4) or 1)]
    for part in parts:
        lasted = hours * part / sum(parts)
        service, start = _free(chance, month, FACING, lasted, taken)
        found += _outage(chance, service, start, lasted, taken)
    if month in CAUSED_BY_SECURITY:
        found.append(_cause(chance, found[0], *CAUSED_BY_SECURITY[month]))
    if month in OPENED_SECURITY:
        found.append(_effect(chance, found[0], *OPENED_SECURITY[month]))
    for _ in range(chance.choice([1, 2])):
        lasted = chance.uniform(1, 4)
        service, start = _free(chance, month, INTERNAL, lasted, taken)
        found += _outage(chance, service, start, lasted, taken)
    return found


def _free(
    chance: Random, month: tuple[int, int], services: list[Service], hours: float, taken: dict
) -> tuple[Service, datetime]:
    """A service and a start in the month at which it is not down already."""
    while True:
        service = chance.choices(services, [s.load for s in services])[0]
        start = _moment(chance, month, ROUND_THE_CLOCK)
        end = start + timedelta(hours=hours)
        clear = all(
            end + timedelta(hours=6) < a or b + timedelta(hours=6) < start for a, b in taken[service.name]
        )
        if clear and month_start(*month) < start and end < month_end(*month):
            return service, start


def _outage(chance: Random, service: Service, start: datetime, hours: float, taken: dict) -> list[Incident]:
    """One outage; a third of them were reported twice, the two incidents overlapping."""
    end = start + timedelta(seconds=round(hours * 3600))
    taken[service.name].append((start, end))
    twice = chance.random() < 0.34
    spans = (
        [(start, within(chance, start, end, 0.6, 0.8)), (within(chance, start, end, 0.2, 0.5), end)]
        if twice
        else [(start, end)]
    )
    fault, severity = chance.choice(FAULTS), chance.choice([1, 2, 2])
    return [
        Incident(
            opened=a + min(timedelta(minutes=chance.uniform(3, 12)), (b - a) / 2), severity=severity, category=fault[0], subcategory=fault[1],
            title=f"{service.name}: {fault[2].lower()}", service=service.name, resolved=b + timedelta(minutes=chance.uniform(2, 25)),
            impact="Outage", outage_start=a, outage_end=b,
        )
        for a, b in spans
    ]  # fmt: skip


def _cause(chance: Random, outage: Incident, kind: str, title: str) -> Incident:
    """A security incident that brought a service down."""
    opened = outage.outage_start - timedelta(minutes=chance.uniform(25, 90))
    outage.cause = Incident(
        opened,
        1,
        "Security",
        kind,
        title,
        outage.service,
        outage.resolved + timedelta(hours=chance.uniform(6, 40)),
    )
    outage.cause.cost = 165_000 if kind == "Ransomware" else 21_000
    return outage.cause


def _effect(chance: Random, outage: Incident, kind: str, title: str) -> Incident:
    """A security incident that an outage, or its repair, opened."""
    opened = outage.opened + timedelta(hours=chance.uniform(1, 3))
    return Incident(
        opened, 2, "Security", kind, title, outage.service, opened + timedelta(hours=9), cause=outage
    )


def _majors(chance: Random, month: tuple[int, int]) -> list[Incident]:
    """Severity 1 and 2 that took no service down, degradations, and planned maintenance at the weekend."""
    found = []
    for _ in range(chance.choice([7, 8, 9])):
        found.append(_fault(chance, month, chance.choice([2, 2, 3]), "Degradation", 4.2, 0.7))
    for _ in range(chance.choice([4, 5, 6])):
        found.append(_fault(chance, month, 2, "None", 4.6, 0.7))
    for _ in range(chance.choice([2, 3, 4])):
        opened, (kind, title) = _moment(chance, month, DAY), chance.choice(THREATS)
        service = chance.choices(SERVICES, [s.load for s in SERVICES])[0].name
        found.append(
            Incident(
                opened,
                chance.choice([1, 2, 2, 2]),
                "Security",
                kind,
                title,
                service,
                opened + _hours(chance, 7, 0.6),
            )
        )
    for place in range(3):
        start = _moment(chance, month, [1, 2, 2, 1] + [0] * 20, [0, 0, 0, 0, 0, 1, 1])
        end, service = start + timedelta(hours=chance.uniform(2, 4)), chance.choice(SERVICES).name
        found.append(Incident(
            start, 4, "Change", "Maintenance", f"{service}: planned maintenance", service, end, "Maintenance", start, end,
            change=f"CHG{month[0] % 100 * 10_000 + month[1] * 100 + place:07}",
        ))  # fmt: skip
    return found


def _fault(
    chance: Random, month: tuple[int, int], severity: int, impact: str, median: float, spread: float
) -> Incident:
    opened, (category, kind, title) = _moment(chance, month, DAY), chance.choice(FAULTS)
    service = chance.choices(SERVICES, [s.load for s in SERVICES])[0].name
    resolved = opened + _hours(
        chance, median * (0.85 if month >= (2026, 7) else 1), spread
    )  # a little sooner of late
    span = (
        (opened - timedelta(minutes=4), resolved - (resolved - opened) * 0.1)
        if impact == "Degradation"
        else (None, None)
    )
    return Incident(
        opened, severity, category, kind, f"{service}: {title.lower()}", service, resolved, impact, *span
    )


def _routine(chance: Random, month: tuple[int, int]) -> list[Incident]:
    """The daily work, severity 3 and 4: about 200 a month, one in eight of security."""
    found, count = [], round(205 * SEASONS[month[1]] * chance.gauss(1, 0.04))
    for _ in range(count):
        opened = _moment(chance, month, DAY)
        service = chance.choices([*SERVICES, None], [*(s.load for s in SERVICES), 1.2])[0]
        kind = ("Security", *chance.choice(THREATS)) if chance.random() < 0.13 else chance.choice(REQUESTS)
        resolved = opened + _hours(chance, 19, 1.2)
        found.append(
            Incident(opened, chance.choice([3, 3, 4, 4, 4]), *kind, service and service.name, resolved)
        )
    return found


def _still_open() -> list[Incident]:
    """What the last export shows as not yet over."""
    return [
        Incident(datetime(2026, 9, 28, 9, 12), 2, "Security", "Data loss", "Policy scans found on a public share", "Policy documents", None),
        Incident(datetime(2026, 9, 30, 16, 40), 2, "Software", "Application", "Quotes: prices take minutes", "Quotes", None, "Degradation", datetime(2026, 9, 30, 16, 31)),
        Incident(datetime(2026, 10, 1, 20, 5), 2, "Database", "Performance", "Data warehouse: nightly load stuck", "Data warehouse", None),
    ]  # fmt: skip


def _life(chance: Random, i: Incident) -> None:
    """The times on the way, some of them never written down."""
    i.touch = chance.random()
    begins = i.outage_start or i.opened - timedelta(minutes=chance.uniform(1, 40))
    i.detected = within(chance, begins, i.opened) if chance.random() > 0.12 else None
    until = i.resolved or EXPORTED
    i.acknowledged = within(chance, i.opened, until, 0.01, 0.12) if chance.random() > 0.06 else None
    if i.category == "Security" and chance.random() > 0.1:
        i.contained = within(chance, i.acknowledged or i.opened, until, 0.2, 0.8)
    if i.severity <= 2 and not i.cost and chance.random() < 0.15:
        i.cost = round(chance.lognormvariate(log(11_000), 0.6), -2)
    if i.severity <= 2 and chance.random() < 0.2:
        i.problem = f"PRB{40_000 + i.number % 1000:07}"
    if i.impact in ("Outage", "Maintenance") or not i.resolved:
        return
    fate = chance.random()
    if fate < 0.015 and i.severity > 2:
        i.cancelled, i.resolved = True, None
    elif fate < 0.05:
        i.closed_without_time, i.resolved = i.resolved + timedelta(days=5), None
    elif fate < 0.08 and i.severity > 2:
        i.resolved_first, i.reopened = i.resolved, i.resolved + _hours(chance, 20, 0.5)
        i.resolved = i.reopened + _hours(chance, 24, 0.8)


def _moment(chance: Random, month: tuple[int, int], day: list[int], week: list[float] = WEEK) -> datetime:
    """A moment in the month by weekday and hour."""
    start, end = month_start(*month), month_end(*month)
    days = [start + timedelta(days=n) for n in range((end - start).days)]
    chosen = chance.choices(days, [week[(d + timedelta(hours=2)).weekday()] for d in days])[0].date()
    at = datetime(chosen.year, chosen.month, chosen.day) + timedelta(
        hours=chance.choices(range(24), day)[0], seconds=chance.randint(0, 3599)
    )
    return min(max(at, start), end - timedelta(seconds=1))


def _hours(chance: Random, median: float, spread: float) -> timedelta:
    return timedelta(seconds=round(3600 * max(0.2, chance.lognormvariate(log(median), spread))))
