"""How often a verdict claims a change where there is none, and how often it tells one of 30 %, over made-up histories.

The very tests of the readings (`dashboard.kinds.compare` and `dashboard.verdict.verdict`) on drawn tallies: twelve closed
months, of which the last three are the quarter before and the first three that of the year before, and then the quarter that is judged.
"""

import sys
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.measure import held
from dashboard.kinds import Side, compare, figures
from dashboard.metric import Metric
from dashboard.tallies import Tally
from dashboard.verdict import verdict

HISTORIES = 4000
MONTHS, QUARTER = 12, 3
CLAIMS = ("better", "worse")
LIMIT = 6  # percent of verdicts
CHANGE = 0.3
SEASON = 1 + 0.3 * np.sin(2 * np.pi * np.arange(MONTHS + QUARTER) / 12)
DAYS = 30.4
Quantity = Callable[
    [np.random.Generator, float, float], Tally
]  # chance, size of a month, factor -> tally of a month


def _metric(kind: str, matters: str = "5 %") -> Metric:
    unit = {"share": "percent", "total": "money", "count": "incidents"}.get(kind, "hours")
    return Metric(
        name="m", sql="", title="M", question="?", kind=kind, unit=unit, better="higher" if kind == "share" else "lower", says="", reads=("incident",), matters=matters,
    )  # fmt: skip


def clustered_count(chance: np.random.Generator, size: float, factor: float) -> Tally:
    """A month's count with five times the variance of its mean (negative binomial)."""
    mean = size * factor
    return Tally(n=int(chance.negative_binomial(mean / 4, 0.2)))


def seasonal_count(chance: np.random.Generator, size: float, factor: float) -> Tally:
    return Tally(n=int(chance.poisson(size * factor)))


def skewed_total(chance: np.random.Generator, size: float, factor: float) -> Tally:
    """A month's amount: so many incidents, each with a lognormal cost, of which few carry most."""
    n = int(chance.poisson(size))
    return Tally(n=n, sums={"amount": float(factor * chance.lognormal(9, 1.2, n).sum())})


def clustered_share(chance: np.random.Generator, size: float, factor: float) -> Tally:
    """A period's patches: assets of one to fifteen patches each, all of an asset much alike; a fifth are late.

    factor: of the share that is late.
    """
    rows = chance.integers(1, 16, max(round(size / 8), 1))
    late = 0.2 * factor
    share = 1 - chance.beta(late * 2, (1 - late) * 2, len(rows))
    met = chance.binomial(rows, share)
    sums = {"met": met.sum(), "clusters": len(rows), "rows_rows": (rows * rows).sum(), "rows_met": (rows * met).sum(), "met_met": (met * met).sum()}  # fmt: skip
    return Tally(n=int(rows.sum()), sums={name: int(value) for name, value in sums.items()})


def duration(chance: np.random.Generator, size: float, factor: float) -> Tally:
    """A period's clocks: lognormal hours, of which a tenth are still open."""
    n = max(round(size), 1)
    hours, open_still = chance.lognormal(1, 1.3, n) * factor, chance.random(n) < 0.1
    return Tally(
        n=n,
        sums={"finished": hours[~open_still], "running": hours[open_still] * chance.random(open_still.sum())},
    )


def score(chance: np.random.Generator, size: float, factor: float) -> Tally:
    """A period's answers, from 0 to 100."""
    answers = np.clip(chance.normal(60 * factor, 25, max(round(size), 2)), 0, 100)
    return Tally(
        n=len(answers), sums={"mean": float(answers.mean()), "deviation": float(answers.std(ddof=1))}
    )


def whole(kind: str, months: Sequence[Tally]) -> Tally:
    """Months together."""
    amounts = {"amount": sum(t.sums["amount"] for t in months)} if kind == "total" else {}
    return Tally(n=sum(t.n for t in months), sums=amounts)


def by_months(
    kind: str,
    quantity: Quantity,
    size: float,
    factor: float,
    chance: np.random.Generator,
    season: bool,
    year: bool = False,
) -> str:
    """The verdict on a quarter after a year of months of one size. year: against the same quarter of that year."""
    metric, means = _metric(kind), SEASON if season else np.ones(MONTHS + QUARTER)
    start = int(chance.integers(12)) if season else 0
    tallies = [
        quantity(chance, size * means[(start + i) % 12 if season else i], factor if i >= MONTHS else 1)
        for i in range(MONTHS + QUARTER)
    ]
    sides = [Side(t, figures(metric, t), DAYS) for t in tallies]
    other = slice(0, QUARTER) if year else slice(MONTHS - QUARTER, MONTHS)
    before, now = (whole(kind, tallies[some]) for some in (other, slice(MONTHS, None)))
    own, then = (sides[MONTHS:], sides[other] if year else []) if kind == "total" else ([], [])
    return _told(metric, now, before, sides[:MONTHS], own, then)


def by_periods(kind: str, quantity: Quantity, size: float, factor: float, chance: np.random.Generator) -> str:
    """The verdict on one quarter against the one before."""
    metric = _metric(kind, "1 point" if kind == "share" else "5 %")
    return _told(metric, quantity(chance, size, factor), quantity(chance, size, 1), [], [])


def _told(
    metric: Metric, now: Tally, before: Tally, past: list[Side], months: list[Side], then: Sequence[Side] = ()
) -> str:
    one, other = (Side(t, figures(metric, t), DAYS * QUARTER) for t in (now, before))
    test = compare(metric, one, other, past, months, then)
    return verdict(metric, one.figures.value, other.figures.value, test)


def rates(draw: Callable[[np.random.Generator], str], seed: int) -> Counter[str]:
    chance = np.random.default_rng(seed)
    return Counter(draw(chance) for _ in range(HISTORIES))


def main() -> int:
    """Every case without a change, against the limit; and with one of 30 %, as figures."""
    cases = {
        "clustered counts (variance 5 × the mean)": lambda n, f: lambda c: by_months("count", clustered_count, n / 3, f, c, False),
        "seasonal counts (±30 %)": lambda n, f: lambda c: by_months("count", seasonal_count, n / 3, f, c, True),
        "skewed totals": lambda n, f: lambda c: by_months("total", skewed_total, n / 3, f, c, False),
        "seasonal totals": lambda n, f: lambda c: by_months("total", skewed_total, n / 3, f, c, True),
        "clustered counts, a year before": lambda n, f: lambda c: by_months("count", clustered_count, n / 3, f, c, False, True),
        "seasonal counts (±30 %), a year before": lambda n, f: lambda c: by_months("count", seasonal_count, n / 3, f, c, True, True),
        "skewed totals, a year before": lambda n, f: lambda c: by_months("total", skewed_total, n / 3, f, c, False, True),
        "seasonal totals, a year before": lambda n, f: lambda c: by_months("total", skewed_total, n / 3, f, c, True, True),
        "patches clustered by asset": lambda n, f: lambda c: by_periods("share", clustered_share, n, f, c),
        "durations, a tenth open": lambda n, f: lambda c: by_periods("duration", duration, n, f, c),
        "scores": lambda n, f: lambda c: by_periods("score", score, n, f, c),
    }  # fmt: skip
    sound = []
    for name, case in cases.items():
        for size in (30, 100, 300):
            told = rates(case(size, 1.0), seed=size)
            judged = HISTORIES - told["too few to say"]
            claims = 100 * sum(told[c] for c in CLAIMS) / max(judged, 1)
            more = rates(case(size, 1 + CHANGE), seed=size + 1)
            power = 100 * more["worse"] / HISTORIES
            sound.append(held(f"{name}, n = {size}, no change: claims one", claims, LIMIT, "%"))
            print(
                f"      a change of {CHANGE:.0%} is told in {power:.0f} % ({judged / HISTORIES:.0%} judged)",
                flush=True,
            )
    return 0 if all(sound) else 1


if __name__ == "__main__":
    sys.exit(main())
