"""Larkmoor Mutual, an insurer that does not exist: its calendar, its services and its machines."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

ORGANISATION = "Larkmoor Mutual"
LONDON = ZoneInfo("Europe/London")
EXPORTED = datetime(2026, 10, 2, 7, 0)  # UTC; all that is newer has not happened yet
MONTHS = [(2024 + m // 12, m % 12 + 1) for m in range(9, 33)]  # October 2024 to September 2026


@dataclass(frozen=True)
class Service:
    """load: its share of the incidents; machines: how many carry it."""

    name: str
    owner: str
    unit: str
    tier: int
    customer_facing: bool
    load: float
    machines: int
    cost_per_hour: int


SERVICES = [
    Service("Payments", "Head of Finance Systems", "Group services", 1, True, 1.2, 38, 18_000),
    Service("Claims", "Head of Claims", "Retail", 1, True, 1.5, 52, 12_000),
    Service("Client portal", "Head of Digital", "Retail", 1, True, 1.6, 48, 14_000),
    Service("Quotes", "Head of Digital", "Retail", 1, True, 1.1, 34, 15_000),
    Service("Policy documents", "Head of Operations", "Commercial", 2, True, 0.8, 30, 6_000),
    Service("Contact centre", "Head of Operations", "Retail", 2, True, 1.0, 36, 8_000),
    Service("Mobile app", "Head of Digital", "Retail", 2, True, 0.7, 20, 7_500),
    Service("Broker gateway", "Head of Broking", "Commercial", 1, True, 0.9, 28, 11_000),
    Service("Finance ledger", "Head of Finance Systems", "Group services", 2, False, 0.5, 26, 4_000),
    Service("HR and payroll", "Head of People", "Group services", 3, False, 0.6, 18, 1_500),
    Service("Data warehouse", "Head of Data", "Group services", 3, False, 0.7, 32, 2_000),
    Service("Email and collaboration", "Head of Workplace", "Group services", 2, False, 1.8, 58, 5_000),
]
FACING = [s for s in SERVICES if s.customer_facing]
INTERNAL = [s for s in SERVICES if not s.customer_facing]


@dataclass(frozen=True)
class Machine:
    name: str
    service: Service
    system: str
    address: str


def machines() -> list[Machine]:
    """Every machine of every service, always the same ones."""
    chance, found = Random("larkmoor machines"), []
    for number, service in enumerate(SERVICES):
        short = service.name.split()[0][:4].lower()
        for place in range(1, service.machines + 1):
            system = chance.choices(
                ["Windows Server 2022", "Red Hat Enterprise Linux 9", "Ubuntu 22.04"], [5, 3, 2]
            )[0]
            kind = "win" if system.startswith("Windows") else "lnx"
            found.append(
                Machine(f"{short}-{kind}-{place:03}", service, system, f"10.{20 + number}.0.{place}")
            )
    return found


def month_start(year: int, month: int) -> datetime:
    """The first moment of a month in London, in UTC."""
    return datetime(year, month, 1, tzinfo=LONDON).astimezone(UTC).replace(tzinfo=None)


def month_end(year: int, month: int) -> datetime:
    return month_start(year + month // 12, month % 12 + 1)


def quarter(moment: datetime) -> str:
    """The quarter of a UTC moment in London: "2026-Q3"."""
    local = moment.replace(tzinfo=UTC).astimezone(LONDON)
    return f"{local.year}-Q{(local.month + 2) // 3}"


def within(chance: Random, start: datetime, end: datetime, low: float = 0, high: float = 1) -> datetime:
    """A moment between two others, to the second."""
    return start + timedelta(seconds=round((end - start).total_seconds() * chance.uniform(low, high)))
