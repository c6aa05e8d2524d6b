"""The seven kinds of metric: from tallies to a value with its interval, and to a test of its change.

Intervals and tests are scipy's. A test gives the direction of a change that it can tell from noise, and
says its name and p for people.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from math import sqrt

import numpy as np
from scipy import stats

from dashboard import survival
from dashboard.metric import Metric
from dashboard.observations import LACKS
from dashboard.survival import Durations
from dashboard.tallies import Tally

ALPHA = 0.05
FEW = 5
TRIAL, FULL = 6, 12
MONTH = 30.44  # days
SKEWED = 1.0
ADDITIVE = ("total", "span")
BY_MONTHS = ("total", "span", "rate")


@dataclass(frozen=True)
class Figures:
    """value, low, high in the metric's unit; None where there is none. detail: further figures of the kind."""

    value: float | None
    low: float | None = None
    high: float | None = None
    detail: dict[str, float | int | bool | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Side:
    """One side of a comparison: what was counted, its figures, and its length in days."""

    tally: Tally
    figures: Figures
    days: float


@dataclass(frozen=True)
class Test:
    """What a test tells. direction: 1 the value rose, -1 it fell, 0 not to be told from noise, None too few to say.

    p: how likely chance alone shows such a change; None where limits are looked at instead.
    """

    direction: int | None
    why: str
    p: float | None = None


def figures(metric: Metric, tally: Tally) -> Figures:
    """The value of a kind, its interval and its further figures."""
    counted = tally.n or tally.sums
    if not counted and lacking(metric) & set(tally.left_out):
        return Figures(None)
    return FIGURES[metric.kind](metric, tally)


def lacking(metric: Metric) -> set[str]:
    """Reasons for which a row is left out that would count if more were known of it: without it there is no zero."""
    return {*metric.lacks, *LACKS.get(metric.kind, ())[1:]}


def compare(
    metric: Metric,
    now: Side,
    before: Side,
    past: Sequence[Side],
    months: Sequence[Side],
    then: Sequence[Side] = (),
) -> Test:
    """Whether the value changed. past: the closed months before the period; months: the period's own; then: those of past
    that it is compared with, where that is a year before.
    """
    if min(now.tally.n, before.tally.n) < FEW:
        return Test(None, f"fewer than {FEW} on one side")
    if metric.kind in BY_MONTHS:
        return by_months(*([s.figures.value for s in some] for some in (past, months, then)))
    if metric.kind == "count":
        return two_counts(now, before, past)
    return {"share": two_shares, "duration": log_rank, "score": welch}[metric.kind](now, before)


def _total(metric: Metric, tally: Tally) -> Figures:
    return Figures(float(tally.sums.get("amount") or 0), detail=dict(tally.apart))


def _count(metric: Metric, tally: Tally) -> Figures:
    low, high = poisson_interval(tally.n)
    return Figures(float(tally.n), low, high)


def _share(metric: Metric, tally: Tally) -> Figures:
    if not tally.n:
        return Figures(None)
    met = int(tally.sums["met"])
    low, high = wilson_interval(met, tally.n)
    scale = 100 if metric.unit == "percent" else 1
    detail = {"met": met} | ({"clusters": int(tally.sums["clusters"])} if "clusters" in tally.sums else {})
    return Figures(scale * met / tally.n, scale * low, scale * high, detail)


def _rate(metric: Metric, tally: Tally) -> Figures:
    of = tally.sums.get("of")
    if not of:
        return Figures(None)
    amount, scale = tally.sums["amount"], 100 if metric.unit == "percent" else 1
    return Figures(scale * amount / of, detail={"amount": amount, "of": of, "rest": of - amount})


def _duration(metric: Metric, tally: Tally) -> Figures:
    if not tally.n:
        return Figures(None)
    seen = survival.quantiles(durations(tally))
    detail = {"p90": seen.p90, "open": durations(tally).open, "not_reached": seen.median is None}
    return Figures(seen.median, seen.low, seen.high, detail)


def _score(metric: Metric, tally: Tally) -> Figures:
    if not tally.n:
        return Figures(None)
    mean, deviation = tally.sums["mean"], tally.sums["deviation"]
    if not deviation:
        return Figures(mean)
    low, high = stats.t.interval(1 - ALPHA, tally.n - 1, loc=mean, scale=deviation / sqrt(tally.n))
    return Figures(mean, float(low), float(high))


FIGURES = {
    "total": _total,
    "span": _total,
    "count": _count,
    "share": _share,
    "rate": _rate,
    "duration": _duration,
    "score": _score,
}


def durations(tally: Tally) -> Durations:
    """The hours of a duration's tally, sorted once."""
    if "durations" not in tally.sums:
        finished, running = (tally.sums[name] for name in ("finished", "running"))
        none = np.empty(0)
        tally.sums["durations"] = Durations(
            none if finished is None else finished, none if running is None else running
        )
    return tally.sums["durations"]


@cache
def poisson_interval(count: int) -> tuple[float, float]:
    """The exact 95 % interval of a Poisson count (Garwood)."""
    low = float(stats.chi2.ppf(ALPHA / 2, 2 * count) / 2) if count else 0.0
    return low, float(stats.chi2.ppf(1 - ALPHA / 2, 2 * count + 2) / 2)


@cache
def wilson_interval(met: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson), 0 to 1."""
    interval = stats.binomtest(met, n).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def _told(p: float, direction: float, name: str) -> Test:
    p = 1.0 if np.isnan(p) else p
    shown = "p < 0.001" if p < 0.001 else f"p = {p:.2f}" if p >= 0.1 else f"p = {p:.3f}"
    of = 100 if p >= 0.01 else 1000
    times = "less than once in 1,000" if p < 0.001 else f"{round(of * p)} in {of:,}"
    why = f"chance alone would show such a change {times} times ({name}): {shown}"
    return Test(int(np.sign(direction)) if p < ALPHA else 0, why, p)


def together(chances: Sequence[float]) -> list[float]:
    """The p-values of changes that are looked at together, so that of those told at most one in twenty is chance alone.

    Benjamini and Hochberg, 1995.
    """
    return [float(p) for p in stats.false_discovery_control(list(chances))] if chances else []


def two_shares(now: Side, before: Side) -> Test:
    """Two proportions: chi-squared, or where rows cluster, by the variance between clusters (ratio estimator)."""
    rose = now.figures.value - before.figures.value
    a, b = now.tally, before.tally
    rows = _rows_alone(a, b)
    if "clusters" in a.sums:
        if min(a.sums["clusters"], b.sums["clusters"]) < FEW:
            return Test(None, f"fewer than {FEW} clusters on one side")
        variance = cluster_variance(a) + cluster_variance(b)
        z = (a.sums["met"] / a.n - b.sums["met"] / b.n) / sqrt(variance)
        freedom = int(a.sums["clusters"] + b.sums["clusters"] - 2)
        # Clusters can only add doubt: what the rows alone could not tell, they cannot tell either.
        p = max(float(2 * stats.t.sf(abs(z), freedom)), rows)
        return _told(p, rose, "two proportions by cluster")
    return _told(rows, rose, "two proportions")


def _rows_alone(a: Tally, b: Tally) -> float:
    """How likely chance is where every row stands alone: chi-squared, or Fisher's exact test where cells are few."""
    table = np.array([[a.sums["met"], a.n - a.sums["met"]], [b.sums["met"], b.n - b.sums["met"]]])
    if not table.sum(axis=0).all():
        return 1.0
    if stats.contingency.expected_freq(table).min() < FEW:
        return float(stats.fisher_exact(table).pvalue)
    return float(stats.chi2_contingency(table, correction=False).pvalue)


def cluster_variance(tally: Tally) -> float:
    """The variance of a share whose rows cluster: Cochran, Sampling Techniques, 3rd ed., 9A.

    Clusters that are all alike do not make it certain: it is never below that of as many single rows of which all
    are met, with one more of each sort (Laplace).
    """
    sums, n = tally.sums, tally.n
    share, clusters = sums["met"] / n, int(sums["clusters"])
    squares = int(sums["met_met"]) - 2 * share * int(sums["rows_met"]) + share**2 * int(sums["rows_rows"])
    return max((clusters + 1) / (clusters + 2) ** 3, clusters / (clusters - 1) * squares / n**2)


def two_counts(now: Side, before: Side, past: Sequence[Side]) -> Test:
    """Two counts, with as much more spread than Poisson as the past months show; without them exact Poisson."""
    total, share = now.tally.n + before.tally.n, now.days / (now.days + before.days)
    rate = now.tally.n / now.days
    rose = rate - before.tally.n / before.days
    if len(past) < TRIAL:
        p = float(stats.binomtest(now.tally.n, total, share).pvalue)
        return _told(p, rose, f"exact Poisson (fewer than {TRIAL} months of history)")
    spread = overdispersion([s.tally.n for s in past], [s.days for s in past])
    z = (now.tally.n - total * share) / sqrt(spread * total * share * (1 - share))
    p = float(2 * stats.t.sf(abs(z), len(past) - 1))
    told = _told(p, rose, f"two counts, quasi-Poisson over {len(past)} months")
    months = max(1, round(now.days / MONTH))
    rates = [s.tally.n / s.days for s in past]
    return told if _as_a_year_before(rose, rates, [rate] * months) else _seasonal(told)


def overdispersion(counts: Sequence[int], days: Sequence[float]) -> float:
    """Pearson's chi-squared per degree of freedom of monthly counts at one rate; never below 1 (McCullagh and Nelder)."""
    if not sum(counts):
        return 1.0
    expected = np.asarray(days) * sum(counts) / sum(days)
    return max(1.0, float(stats.chisquare(counts, expected).statistic) / (len(counts) - 1))


def log_rank(now: Side, before: Side) -> Test:
    """Two survival curves; what finished faster has fallen."""
    statistic, p = survival.log_rank(durations(now.tally), durations(before.tally))
    return _told(p, -statistic, "log-rank")


def welch(now: Side, before: Side) -> Test:
    """Two means of unequal variance."""
    sides = [(s.tally.sums["mean"], s.tally.sums["deviation"] or 0.0, s.tally.n) for s in (now, before)]
    rose = sides[0][0] - sides[1][0]
    if not sides[0][1] and not sides[1][1]:
        return Test(None, "the answers of each period are all alike, so there is no spread to judge by")
    return _told(
        float(stats.ttest_ind_from_stats(*sides[0], *sides[1], equal_var=False).pvalue), rose, "Welch"
    )


@dataclass(frozen=True)
class Limits:
    """XmR limits of monthly values: mean ± 2.66 × mean moving range (Wheeler), on logs where amounts are skewed."""

    mean: float
    low: float
    high: float
    months: int

    @property
    def trial(self) -> bool:
        return self.months < FULL


def limits(values: Sequence[float | None]) -> Limits | None:
    """The limits of closed months; None with fewer than 6, where in most of them nothing happened, or all are alike."""
    known = np.array([v for v in values if v is not None], dtype=float)
    if len(known) < TRIAL or not np.median(known) or not np.ptp(known):
        return None
    logs = known.min() > 0 and np.ptp(known) > 0 and stats.skew(known) > SKEWED
    scaled = np.log(known) if logs else known
    mean, reach = scaled.mean(), 2.66 * np.abs(np.diff(scaled)).mean()
    found = np.array([mean, mean - reach, mean + reach])
    return Limits(*map(float, np.exp(found) if logs else found), len(known))


def by_months(
    past: Sequence[float | None], months: Sequence[float | None], then: Sequence[float | None] = ()
) -> Test:
    """Whether the mean of the period's months lies where the months before lead one to expect it.

    then: the same months of the year before, where these alone are compared with, and no season has to be told from a change.
    A t test of a mean against earlier ones, on logs where all amounts are positive. The spread is that of XmR (the mean moving
    range ÷ 1.128), or the standard deviation where it is larger: seasons move slowly and hardly show between neighbours.
    """
    known, own, other = ([v for v in values if v is not None] for values in (past, months, then or past))
    if limits(past) is None or not own or not other:
        return Test(None, f"fewer than {TRIAL} closed months before, or most of them empty")
    logs = min([*known, *own]) > 0
    before, now, base = (
        np.log(values) if logs else np.asarray(values, dtype=float) for values in (known, own, other)
    )
    spread = max(np.abs(np.diff(before)).mean() / 1.128, before.std(ddof=1))
    rose = float(now.mean() - base.mean())
    t = rose / (spread * sqrt(1 / len(now) + 1 / len(base)))
    p = float(2 * stats.t.sf(abs(t), len(before) - 1))
    if then:
        return _told(
            p, rose, f"against the same months of the year before, by the spread of {len(before)} months"
        )
    told = _told(p, rose, f"against the {len(before)} months before")
    return told if _as_a_year_before(rose, before, now) else _seasonal(told)


def _as_a_year_before(rose: float, past: Sequence[float], months: Sequence[float]) -> bool:
    """Whether at least half of the change shows against the same months of the year before too, where these are known."""
    if len(past) < FULL:
        return True
    since = float(np.mean(months) - np.mean(past[: len(months)]))
    return since * np.sign(rose) >= abs(rose) / 2


def _seasonal(told: Test) -> Test:
    """What hardly moved against the same months of the year before may be the season."""
    if not told.direction:
        return told
    return Test(0, f"{told.why}; but it hardly shows against the same months of the year before", told.p)
