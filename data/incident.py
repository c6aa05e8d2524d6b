"""An incident of the demo company over its whole life, and when in the week such things happen."""

from calendar import monthrange, weekday
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log
from random import Random

from data.company import LONDON

WEEK = [1.3, 1.15, 1.05, 1.0, 0.9, 0.3, 0.22]
DAY = [1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 17, 14, 10, 12, 14, 13, 11, 8, 5, 4, 3, 2, 2, 1]
ROUND_THE_CLOCK = [1] * 24
FAULTS = [
    ("Software", "Release", "Errors after a release"),
    ("Software", "Application", "Application does not answer"),
    ("Database", "Performance", "Database out of connections"),
    ("Network", "Connectivity", "Link between sites lost"),
    ("Network", "DNS", "Names are not resolved"),
    ("Hardware", "Storage", "Storage array fails over"),
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
    occurred: datetime | None = None
    reported: datetime | None = None
    found_reportable: datetime | None = None
    reportable_under: str | None = None
    records: int | None = None
    caused_by: str | None = None
    supplier: str | None = None
    first_severity: int | None = None
    touch: float = 0.5
    number: int = 0

    @property
    def team(self) -> str:
        return TEAMS[self.category]


def moment_in(chance: Random, month: tuple[int, int], day: list[int], week: list[float] = WEEK) -> datetime:
    """A moment of the month in UTC, by the weekday and hour it has in London."""
    days = range(1, monthrange(*month)[1] + 1)
    chosen = chance.choices(days, [week[weekday(*month, n)] for n in days])[0]
    hour = chance.choices(range(24), day)[0]
    local = datetime(*month, chosen, hour, tzinfo=LONDON) + timedelta(seconds=chance.randint(0, 3599))
    return local.astimezone(UTC).replace(tzinfo=None)


def hours(chance: Random, median: float, spread: float) -> timedelta:
    return timedelta(seconds=round(3600 * max(0.2, chance.lognormvariate(log(median), spread))))
