"""Where a running period ends if nothing changes: what is known of it, and a range for the rest.

Amounts and counts: so far, plus what as many days as are left brought in each stretch of the year before. Shares by due
date: what has fallen due, plus what is known to fall due until the end. What is in force, medians and means stay as they
are. A projection is no verdict: nothing is tested.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import mean

import duckdb

from dashboard import kinds
from dashboard.metric import Metric
from dashboard.observations import Shape, placed
from dashboard.reading import Period
from dashboard.tallies import Tally, tally

YEAR = timedelta(days=365)
# Fewer stretches than these tell no range; more than those add nothing to it.
FEWEST, MOST = 4, 52
# The two reasons for which a row is left out that end of themselves.
DUE = """select reason is not null, count(*), count_if(met) from placed
    where reason is null or reason in ('not due yet', 'accepted exception') group by all"""


@dataclass(frozen=True)
class Projection:
    """so_far, value, low, high: in the metric's unit; value is where it ends about. how: in words, for people.

    text: value with its range as people read it.
    """

    metric: str
    title: str
    period: Period
    so_far: float
    value: float
    low: float | None
    high: float | None
    how: str
    text: str


def project(
    con: duckdb.DuckDBPyConnection, shape: Shape, period: Period, scope: dict[str, str]
) -> Projection | None:
    """None where the period is not the running one, nothing is known of it, or the year before tells too little."""
    now, metric = shape.as_of, shape.metric
    if now is None or period.name == "all" or not period.start <= now < period.end:
        return None
    found = tally(con, shape, [period], scope).get((None, period.name), Tally())
    figures = kinds.figures(metric, found)
    adds = metric.kind in kinds.ADDITIVE or (metric.kind == "count" and not shape.state)
    if adds and figures.value is not None:
        return _adding(con, shape, period, scope, figures.value)
    if metric.kind == "share" and not shape.state:
        return _falling_due(con, shape, period, scope)
    if figures.value is None or metric.kind == "rate":
        return None
    how = "as it stands" if shape.state else "as so far"
    return _told(metric, period, figures.value, (figures.value, figures.low, figures.high), how)


def _adding(
    con: duckdb.DuckDBPyConnection, shape: Shape, period: Period, scope: dict[str, str], so_far: float
) -> Projection | None:
    left = period.end - shape.as_of
    # What one source already tells of the time after that is among what is left.
    known = Period("known", "", period.start, shape.as_of)
    number = min(MOST, YEAR // left, (shape.as_of - shape.begins) // left if shape.begins else 0)
    if number < FEWEST:
        return None
    stretches = [
        Period(f"stretch {back}", "", shape.as_of - (back + 1) * left, shape.as_of - back * left)
        for back in range(number)
    ]
    found = tally(con, shape, [known, *stretches], scope)
    begun, *brought = (
        kinds.figures(shape.metric, found.get((None, one.name), Tally())).value or 0.0
        for one in [known, *stretches]
    )
    days = _days(left)
    how = f"so far, plus what the last {number} stretches of {days} brought: the mean, the least and the most"
    ends = (begun + mean(brought), begun + min(brought), begun + max(brought))
    return _told(shape.metric, period, so_far, ends, how)


def _falling_due(
    con: duckdb.DuckDBPyConnection, shape: Shape, period: Period, scope: dict[str, str]
) -> Projection | None:
    year = Period("year before", "", shape.as_of - YEAR, shape.as_of)
    running = _due(con, shape, period, scope)
    (due, met), (coming, done) = running[False], running[True]
    past, kept = _due(con, shape, year, scope)[False]
    if not due + coming or not past:
        return None
    scale = 100 if shape.metric.unit == "percent" else 1
    likely = max(done, coming * kept / past)
    ends = [scale * (met + more) / (due + coming) for more in (likely, done, coming)]
    how = (
        f"{due:,} fell due, {coming:,} more {'is' if coming == 1 else 'are'} known to, {done:,} of them done already: if they keep to the share of the "
        "year before; at the least if no more are done, at the most if all are"
    )
    return _told(shape.metric, period, scale * met / due if due else ends[0], ends, how)


def _due(
    con: duckdb.DuckDBPyConnection, shape: Shape, period: Period, scope: dict[str, str]
) -> dict[bool, tuple[int, int]]:
    """How many have fallen due in a period (False) or are to (True), and how many of them are met."""
    parameters: dict = {}
    tables = placed(shape, [period], scope, None, parameters)
    found = {False: (0, 0), True: (0, 0)}
    for coming, number, met in con.execute(f"with {tables}{DUE}", parameters).fetchall():
        found[coming] = number, met
    return found


def _told(
    metric: Metric, period: Period, so_far: float, ends: Sequence[float | None], how: str
) -> Projection:
    value, low, high = ends
    text = metric.text(value, low, high)
    if low is not None and high is not None:
        text = f"{text} ({metric.text(low, low, high)} to {metric.text(high, low, high)})"
    return Projection(metric.name, metric.title, period, so_far, value, low, high, how, text)


def _days(left: timedelta) -> str:
    days = max(1, round(left / timedelta(days=1)))
    return f"{days} days" if days > 1 else "a day"
