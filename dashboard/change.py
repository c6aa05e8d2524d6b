"""What would change in the board's numbers: the readings of one snapshot beside those of another."""

from dataclasses import dataclass
from math import isclose

from dashboard.metric import Metric
from dashboard.opened import Opened
from dashboard.period import grain
from dashboard.reading import Period, Reading

WHOLE: dict[str, str] = {}
# Months are looked at together; a metric of decades has so many.
MONTHS = 1200


@dataclass(frozen=True)
class Change:
    """One metric whose value changes: in its newest month that does, and in the quarter that holds it.

    before, after: the readings of that month; None before where there was nothing to read.
    quarter: the same of the quarter. others: how many earlier months change too.
    """

    metric: Metric
    before: Reading | None
    after: Reading
    quarter: tuple[Reading | None, Reading]
    others: int

    @property
    def month(self) -> Period:
        return self.after.period


def changes(before: Opened | None, after: Opened) -> list[Change]:
    """The board's metrics whose value is another in some month, in the board's order; before: None without a snapshot."""
    found = (_change(metric, before, after) for metric in after.metrics.values() if metric.board)
    return [change for change in found if change]


def _change(metric: Metric, before: Opened | None, after: Opened) -> Change | None:
    old, new = (_months(metric.name, side) for side in (before, after))
    moved = [name for name in sorted({*old, *new}) if _differ(old.get(name), new.get(name))]
    if not moved:
        return None
    month = after.calendar.period(moved[-1])
    quarter = after.calendar.holding("quarter", month.start)
    sides = [side and side.reading(metric.name, quarter, WHOLE) for side in (before, after)]
    now = new.get(month.name) or after.reading(metric.name, month, WHOLE)
    return Change(metric, old.get(month.name), now, (sides[0], sides[1]), len(moved) - 1)


def _months(metric: str, side: Opened | None) -> dict[str, Reading]:
    if side is None or metric not in side.metrics:
        return {}
    months = [period for period in side.periods() if grain(period) == "month"]
    found = side.trend(metric, months[0], WHOLE, MONTHS) if months else []
    return {reading.period.name: reading for reading in found}


def _differ(old: Reading | None, new: Reading | None) -> bool:
    """Whether two readings say something else: another value, or a value where there was none."""
    values = [reading.value if reading else None for reading in (old, new)]
    if None in values:
        return values[0] is not values[1]
    return not isclose(*values, rel_tol=1e-9, abs_tol=1e-9)
