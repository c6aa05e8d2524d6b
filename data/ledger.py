"""What really happened at the demo company: every incident, of security and of operations, in order.

Outages are planned (outages.py); everything else follows the working week and the seasons.
"""

from datetime import datetime, timedelta
from math import log
from random import Random

from data.company import EXPORTED, MONTHS, SERVICES, machines, within
from data.incident import DAY, FAULTS, Incident, hours, moment_in
from data.outages import outages

SEASONS = [1.18, 1.06, 1.1, 0.98, 0.97, 0.95, 0.9, 0.82, 1.04, 1.05, 1.14, 0.88]  # January to December
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


def ledger(chance: Random) -> list[Incident]:
    """Every incident up to the second export, by when it was opened."""
    taken: dict[str, list[tuple[datetime, datetime]]] = {s.name: [] for s in SERVICES}
    incidents = []
    for month in MONTHS:
        incidents += outages(chance, month, taken) + _majors(chance, month)
    for month in [*MONTHS, (2026, 10)]:
        incidents += _routine(chance, month)
    incidents += _still_open()
    estate = machines()
    incidents = sorted((i for i in incidents if i.opened < EXPORTED), key=lambda i: i.opened)
    for number, incident in enumerate(incidents, 10_001):
        incident.number = number
        _life(chance, incident)
        carriers = [m.name for m in estate if m.service.name == incident.service]
        incident.machine = carriers[number % len(carriers)] if carriers and number % 3 else None
    return incidents


def _majors(chance: Random, month: tuple[int, int]) -> list[Incident]:
    """Severity 1 and 2 that took no service down, degradations, and planned maintenance at the weekend."""
    found = []
    for _ in range(chance.choice([7, 8, 9])):
        found.append(_fault(chance, month, chance.choice([2, 2, 3]), "Degradation", 4.2, 0.7))
    for _ in range(chance.choice([4, 5, 6])):
        found.append(_fault(chance, month, 2, "None", 4.6, 0.7))
    for _ in range(chance.choice([2, 3, 4])):
        opened, (kind, title) = moment_in(chance, month, DAY), chance.choice(THREATS)
        service = chance.choices(SERVICES, [s.load for s in SERVICES])[0].name
        found.append(
            Incident(
                opened,
                chance.choice([1, 2, 2, 2]),
                "Security",
                kind,
                title,
                service,
                opened + hours(chance, 7, 0.6),
            )
        )
    for place in range(3):
        start = moment_in(chance, month, [1, 2, 2, 1] + [0] * 20, [0, 0, 0, 0, 0, 1, 1])
        end, service = start + timedelta(hours=chance.uniform(2, 4)), chance.choice(SERVICES).name
        found.append(Incident(
            start, 4, "Change", "Maintenance", f"{service}: planned maintenance", service, end, "Maintenance", start, end,
            change=f"CHG{month[0] % 100 * 10_000 + month[1] * 100 + place:07}",
        ))  # fmt: skip
    return found


def _fault(
    chance: Random, month: tuple[int, int], severity: int, impact: str, median: float, spread: float
) -> Incident:
    opened, (category, kind, title) = moment_in(chance, month, DAY), chance.choice(FAULTS)
    service = chance.choices(SERVICES, [s.load for s in SERVICES])[0].name
    resolved = opened + hours(
        chance, median * (0.75 if month >= (2026, 7) else 1), spread
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
    found, count = [], round(205 * SEASONS[month[1] - 1] * chance.gauss(1, 0.04))
    for _ in range(count):
        opened = moment_in(chance, month, DAY)
        service = chance.choices([*SERVICES, None], [*(s.load for s in SERVICES), 1.2])[0]
        kind = ("Security", *chance.choice(THREATS)) if chance.random() < 0.13 else chance.choice(REQUESTS)
        resolved = opened + hours(chance, 19, 1.2)
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
        Incident(datetime(2026, 9, 25, 8, 31), 3, "Software", "Application", "Page shows an error", "Mobile app", datetime(2026, 10, 6, 9, 0),
                 resolved_first=datetime(2026, 9, 29, 15, 2), reopened=datetime(2026, 9, 30, 11, 47)),
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
    if i.severity <= 2 and not i.cost and chance.random() < 0.12:
        i.cost = 100 * round(chance.lognormvariate(log(110), 0.4))
    if i.severity <= 2 and chance.random() < 0.2:
        i.problem = f"PRB{40_000 + i.number % 1000:07}"
    if i.impact in ("Outage", "Maintenance") or not i.resolved or i.reopened:
        return
    fate = chance.random()
    if fate < 0.015 and i.severity > 2:
        i.cancelled, i.resolved = True, None
    elif fate < 0.05:
        i.closed_without_time, i.resolved = i.resolved + timedelta(days=5), None
    elif fate < 0.08 and i.severity > 2:
        i.resolved_first, i.reopened = i.resolved, i.resolved + hours(chance, 20, 0.5)
        i.resolved = i.reopened + hours(chance, 24, 0.8)
