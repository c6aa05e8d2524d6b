"""The outages of the demo company: hours planned by month, so that what the dashboard finds is meant.

Customers lose a steady number of hours a month until a ransomware in May 2026, then fewer.
"""

from datetime import datetime, timedelta
from random import Random

from data.company import FACING, INTERNAL, Service, month_end, month_start, within
from data.incident import FAULTS, ROUND_THE_CLOCK, Incident, moment_in

STEADY = 13.0  # hours a month in which a customer-facing service is down
CHANGED = {(2026, 4): 10.1, (2026, 5): 15.0, (2026, 6): 9.0, (2026, 7): 7.9, (2026, 8): 7.3, (2026, 9): 7.7}
RANSOMWARE = datetime(2026, 5, 12, 3, 40), 9.2
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


def outages(chance: Random, month: tuple[int, int], taken: dict) -> list[Incident]:
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
        start = moment_in(chance, month, ROUND_THE_CLOCK)
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
    outage.title = f"{outage.service}: cut off, {kind.lower()}"
    outage.cause.cost = 165_000 if kind == "Ransomware" else 21_000
    return outage.cause


def _effect(chance: Random, outage: Incident, kind: str, title: str) -> Incident:
    """A security incident that an outage, or its repair, opened."""
    opened = outage.opened + timedelta(hours=chance.uniform(1, 3))
    return Incident(
        opened, 2, "Security", kind, title, outage.service, opened + timedelta(hours=9), cause=outage
    )
