"""Where a running period ends if nothing changes: what is known of it, and a range for the rest.

Amounts and counts: so far, plus what as many days as are left brought in each stretch of the year before; a sum by a sum alike.
Shares by due date: what has fallen due, plus what is known to fall due until the end. What is in force stays as it stands, give
or take what as many days as are left changed before. Medians and means stay as they are. A projection is no verdict: nothing
is tested.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import mean

import duckdb

from dashboard import kinds
from dashboard.metric import Metric
from dashboard.observations import Shape, placed
from dashboard.reading import Period
from dashboard.tallies import Tally, tally
from dashboard.verdict import adds_up

YEAR = timedelta(days=365)
# Fewer stretches than these tell no range; more than those add nothing to it.
FEWEST, MOST = 4, 52
SHORT = "too little of the year before is known"
# The two reasons for which a row is left out that end of themselves.
DUE = """select reason is not null, count(*), count_if(met) from placed
    where reason is null or reason in ('not due yet', 'accepted exception') group by all"""


@dataclass(frozen=True)
class Projection:
    """so_far, value, low, high: in the metric's unit; value is where it ends about, None where that cannot be told.

    how: in words, for people, what it is made of or why it cannot be told. text: value with its range as people read it.
    """

    metric: str
    title: str
    period: Period
    so_far: float | None
    value: float | None
    low: float | None
    high: float | None
    how: str
    text: str


def project(
    con: duckdb.DuckDBPyConnection, shape: Shape, period: Period, scope: dict[str, str]
) -> Projection:
    """Where a metric ends in a period that is running by its own data."""
    now, metric = shape.as_of, shape.metric
    if now is None or now < period.start:
        return _untold(metric, period, "its data does not reach into the period")
    if period.name == "all" or now >= period.end:
        return _untold(metric, period, "its data reaches past the period")
    figures = kinds.figures(metric, tally(con, shape, [period], scope).get((None, period.name), Tally()))
    if metric.kind == "share" and not shape.state:
        return _falling_due(con, shape, period, scope)
    if figures.value is None:
        return _untold(metric, period, "nothing of the period can be told yet")
    if adds_up(metric, shape.state):
        return _adding(con, shape, period, scope, figures.value)
    if metric.kind == "rate":
        return _ratio(con, shape, period, scope, figures.value)
    if shape.state:
        return _standing(con, shape, period, scope, figures.value)
    how = "as so far, with its 95 % interval"
    return _told(metric, period, figures.value, (figures.value, figures.low, figures.high), how)


def _stretches(shape: Shape, period: Period) -> list[Period]:
    """As many days as are left of a period, back from where its data ends through the year before; the newest first."""
    left = period.end - shape.as_of
    number = min(MOST, YEAR // left, (shape.as_of - shape.begins) // left if shape.begins else 0)
    return [
        Period(f"stretch {back}", "", shape.as_of - (back + 1) * left, shape.as_of - back * left)
        for back in range(number)
    ]


def _brought(
    con: duckdb.DuckDBPyConnection,
    shape: Shape,
    period: Period,
    scope: dict[str, str],
    stretches: list[Period],
) -> list[Tally]:
    """What a period has brought so far, then what each stretch brought."""
    # What one source already tells of the time after that is among what is left.
    known = Period("known", "", period.start, shape.as_of)
    found = tally(con, shape, [known, *stretches], scope)
    return [found.get((None, one.name), Tally()) for one in [known, *stretches]]


def _adding(
    con: duckdb.DuckDBPyConnection, shape: Shape, period: Period, scope: dict[str, str], so_far: float
) -> Projection:
    if len(stretches := _stretches(shape, period)) < FEWEST:
        return _untold(shape.metric, period, SHORT)
    begun, *brought = (
        kinds.figures(shape.metric, one).value or 0.0
        for one in _brought(con, shape, period, scope, stretches)
    )
    how = f"so far, plus what the last {_said(period, shape, stretches)} brought: the mean, the least and the most"
    ends = (begun + mean(brought), begun + min(brought), begun + max(brought))
    return _told(shape.metric, period, so_far, ends, how)


def _ratio(
    con: duckdb.DuckDBPyConnection, shape: Shape, period: Period, scope: dict[str, str], so_far: float
) -> Projection:
    begun, *brought = (
        (one.sums.get("amount") or 0.0, one.sums.get("of") or 0.0)
        for one in _brought(con, shape, period, scope, _stretches(shape, period))
    )
    if len(brought) < FEWEST:
        return _untold(shape.metric, period, SHORT)
    scale = 100 if shape.metric.unit == "percent" else 1
    likely = tuple(mean(sums) for sums in zip(*brought, strict=True))
    value, *ends = (scale * (begun[0] + amount) / (begun[1] + of) for amount, of in [likely, *brought])
    how = f"so far, together with what the last {_said(period, shape, brought)} brought: all of them, the lowest and the highest"
    return _told(shape.metric, period, so_far, (value, min(ends), max(ends)), how)


def _standing(
    con: duckdb.DuckDBPyConnection, shape: Shape, period: Period, scope: dict[str, str], stands: float
) -> Projection:
    """What is in force is not gathered over a period: it stays until something changes it."""
    how, stretches = "as it stands now", _stretches(shape, period)
    # A state is that of a period's end: where the first stretch begins is the end of what lies before.
    ends = [*stretches, *(Period("before", "", datetime.min, one.start) for one in stretches[-1:])]
    found = tally(con, shape, ends, scope) if ends else {}
    values = [kinds.figures(shape.metric, found.get((None, one.name), Tally())).value for one in ends]
    known = [(later, earlier) for later, earlier in pairwise(values) if None not in (later, earlier)]
    if len(known) < FEWEST:
        return _told(shape.metric, period, stands, (stands, None, None), f"{how}; {SHORT} for a range")
    changes = [0.0, *(later - earlier for later, earlier in known)]
    most = 100.0 if shape.metric.unit == "percent" else float("inf")
    reach = (stands, max(stands + min(changes), 0.0), min(stands + max(changes), most))
    how = f"{how}, give or take the largest fall and rise over each of the last {_said(period, shape, known)}"
    return _told(shape.metric, period, stands, reach, how)


def _falling_due(
    con: duckdb.DuckDBPyConnection, shape: Shape, period: Period, scope: dict[str, str]
) -> Projection:
    year = Period("year before", "", shape.as_of - YEAR, shape.as_of)
    running = _due(con, shape, period, scope)
    (due, met), (coming, done) = running[False], running[True]
    past, kept = _due(con, shape, year, scope)[False]
    if not due + coming:
        return _untold(shape.metric, period, "nothing is known to fall due in the period")
    if not past:
        return _untold(
            shape.metric, period, "nothing fell due in the year before by which to judge what is still to"
        )
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


def _untold(metric: Metric, period: Period, why: str) -> Projection:
    return Projection(metric.name, metric.title, period, None, None, None, None, why, "not told")


def _said(period: Period, shape: Shape, stretches: Sequence) -> str:
    days = max(1, round((period.end - shape.as_of) / timedelta(days=1)))
    return f"{len(stretches)} stretches of {f'{days} days' if days > 1 else 'a day'}"
