"""Periods: months, quarters, years and all time, cut in the organisation's time zone and fiscal year.

A fiscal year bears the number of the calendar year in which it ends; a month is always the calendar's.
"""

import re
from calendar import month_name
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.reading import Period, Unknown
from pipelines.settings import Settings

NAME = re.compile(r"(?P<year>(?:19|20|21)\d\d)(?:-Q(?P<quarter>[1-4])|-(?P<month>0[1-9]|1[0-2]))?", re.ASCII)
MONTHS = {"month": 1, "quarter": 3, "year": 12}
ALL = Period("all", "All time", datetime.min, datetime.max)


def grain(period: Period) -> str:
    """month, quarter, year or all."""
    if period.name == "all":
        return "all"
    return "quarter" if "Q" in period.name else "month" if "-" in period.name else "year"


def named(name: str) -> str:
    """A period by its name, as people read it: Quarter 3, 2026; September 2026; 2026."""
    year, _, part = name.partition("-")
    if part.startswith("Q"):
        return f"Quarter {part[1:]}, {year}"
    return f"{month_name[int(part)]} {year}" if part else year


def clock(moment: datetime, zone: ZoneInfo) -> datetime:
    """A moment in UTC as the clocks of a time zone show it."""
    return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def date_of(moment: datetime, zone: ZoneInfo) -> date:
    """The day on which a moment (UTC) falls in a time zone."""
    return clock(moment, zone).date()


def day(moment: datetime, zone: ZoneInfo) -> str:
    """The same as people read it: 1 Oct 2026."""
    return f"{date_of(moment, zone):%-d %b %Y}"


def dates(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """The first day of a stretch of days in a time zone, and the one after its last."""
    return date_of(start, zone), date_of(end, zone)


@dataclass(frozen=True)
class Calendar:
    """Cuts time into periods. A month is counted from the year 0; starts: the fiscal year's first month, 1-12."""

    zone: ZoneInfo
    starts: int = 1

    @classmethod
    def of(cls, settings: Settings) -> "Calendar":
        return cls(settings.zone, settings.fiscal_year_starts)

    def period(self, name: str) -> Period:
        """The period of a name; Unknown where it is none."""
        if name == "all":
            return ALL
        found = NAME.fullmatch(name)
        if not found:
            raise Unknown(f"{name!r} is not a period: write 2026-Q3, 2026-09, 2026 or all.")
        year = int(found["year"])
        if found["month"]:
            return self._cut("month", year * 12 + int(found["month"]) - 1)
        first = self._year_start(year)
        if found["quarter"]:
            return self._cut("quarter", first + 3 * (int(found["quarter"]) - 1))
        return self._cut("year", first)

    def holding(self, grain: str, moment: datetime) -> Period:
        """The month, quarter or year that holds a moment (UTC)."""
        local = moment.replace(tzinfo=UTC).astimezone(self.zone)
        month = local.year * 12 + local.month - 1
        return self._cut(grain, month - (month - self.starts + 1) % MONTHS[grain])

    def before(self, period: Period, count: int = 1) -> list[Period]:
        """So many periods of the same grain before this one, oldest first; none before all time."""
        if period.name == "all":
            return []
        size = MONTHS[grain(period)]
        first = self._first_month(period)
        return [self._cut(grain(period), first - size * back) for back in range(count, 0, -1)]

    def compared(self, period: Period) -> Period | None:
        """What a period is compared with; nothing for all time."""
        back = 12 // MONTHS[grain(period)] if period.against == "year" and period.name != "all" else 1
        return next(iter(self.before(period, back)), None)

    def months(self, period: Period) -> list[Period]:
        """The months that a month, quarter or year is made of."""
        first = self._first_month(period)
        return [self._cut("month", first + i) for i in range(MONTHS[grain(period)])]

    def between(self, grain: str, first: datetime, last: datetime) -> list[Period]:
        """All months, quarters or years from the one that holds `first` to the one that holds `last`."""
        start, end = (self._first_month(self.holding(grain, moment)) for moment in (first, last))
        return [self._cut(grain, month) for month in range(start, end + 1, MONTHS[grain])]

    def days(self, first: date, last: date) -> list[Period]:
        """Every day from the first to the last, named as 2026-09-03; a day is no period of a view."""
        every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return [
            Period(f"{one}", f"{one:%-d %b %Y}", self.begins(one), self.begins(one + timedelta(days=1)))
            for one in every
        ]

    def begins(self, day: date) -> datetime:
        """The moment (UTC) at which a day begins in the time zone."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC).replace(tzinfo=None)

    def _first_month(self, period: Period) -> int:
        local = period.start.replace(tzinfo=UTC).astimezone(self.zone)
        return local.year * 12 + local.month - 1

    def _year_start(self, year: int) -> int:
        return year * 12 if self.starts == 1 else (year - 1) * 12 + self.starts - 1

    def _cut(self, grain: str, month: int) -> Period:
        year = month // 12 + (self.starts > 1 and month % 12 >= self.starts - 1)
        months = _span(month, month + MONTHS[grain] - 1, year)
        if grain == "month":
            name, label = f"{month // 12}-{month % 12 + 1:02d}", f"{month_name[month % 12 + 1]} {month // 12}"
        elif grain == "quarter":
            quarter = (month - self.starts + 1) % 12 // 3 + 1
            name, label = f"{year}-Q{quarter}", f"Quarter {quarter}, {year} ({months})"
        else:
            name = str(year)
            label = name if self.starts == 1 else f"Year {name} ({months})"
        return Period(name, label, self._midnight(month), self._midnight(month + MONTHS[grain]))

    def _midnight(self, month: int) -> datetime:
        return self.begins(date(month // 12, month % 12 + 1, 1))


def _span(first: int, last: int, year: int) -> str:
    """July–September; with the calendar year where it is not the one that the period is named for."""
    start, end = month_name[first % 12 + 1], month_name[last % 12 + 1]
    if first // 12 != last // 12:
        return f"{start} {first // 12}–{end} {last // 12}"
    return f"{start}–{end}" if first // 12 == year else f"{start}–{end} {first // 12}"
