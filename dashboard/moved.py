"""Why a ratio moved: the same items doing better or worse, or other items being counted."""

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np

from dashboard.metric import Metric
from dashboard.observations import Shape, placed
from dashboard.reading import Period

# What a ratio of each kind is made of, for one item: its numerator and its denominator.
PARTS = {
    "share": ("count_if(met)::double", "count(*)::double"),
    "rate": ("sum(amount)::double", 'sum("of")::double'),
    "score": ("sum(score)::double", "count(*)::double"),
}


@dataclass(frozen=True)
class Moved:
    """A change of a ratio, taken apart; same + other is the change, in the metric's unit.

    same: what the items that are counted in both periods did. other: what came of items that are counted in one of them
    alone, or weigh more or less than before. both: how many items are counted in both; now, before: in each.
    """

    same: float
    other: float
    both: int
    now: int
    before: int


def item(shape: Shape) -> str | None:
    """The column by which an item is known again in another period; None where nothing comes back.

    As the header says; else the record of a state that lasts, else the cluster.
    """
    metric = shape.metric
    if metric.kind not in PARTS:
        return None
    if metric.items:
        return metric.items
    return "record_id" if shape.state else "cluster" if "cluster" in shape.columns else None


def moved(
    con: duckdb.DuckDBPyConnection, shape: Shape, now: Period, before: Period, scope: dict[str, str]
) -> Moved | None:
    """A change between two periods, taken apart; None where nothing comes back or one of them has nothing."""
    column = item(shape)
    if column is None:
        return None
    parameters: dict[str, Any] = {}
    tables = placed(shape, [now, before], scope, None, parameters)
    above, below = PARTS[shape.metric.kind]
    found = con.execute(
        f"""with {tables}, item as (
          select {column} as item, number, {above} as above, {below} as below
          from placed where reason is null and number is not null group by all)
        select coalesce(sum(above) filter (number = 0), 0), coalesce(sum(below) filter (number = 0), 0),
               coalesce(sum(above) filter (number = 1), 0), coalesce(sum(below) filter (number = 1), 0)
        from item group by item""",
        parameters,
    ).fetchall()
    return taken_apart(np.array(found, dtype=float).reshape(-1, 4), _scale(shape.metric))


def taken_apart(items: np.ndarray, scale: float = 1.0) -> Moved | None:
    """The change of a ratio over items, one a row: numerator and denominator now, then before.

    An item in both periods moved by its own ratio's change, at the mean of its two weights (Kitagawa, 1955);
    the rest of the change is that of the weights.
    """
    x, n, x_before, n_before = items.T
    if not n.sum() or not n_before.sum():
        return None
    both = (n > 0) & (n_before > 0)
    weight, weight_before = n / n.sum(), n_before / n_before.sum()
    change = x.sum() / n.sum() - x_before.sum() / n_before.sum()
    own = x[both] / n[both] - x_before[both] / n_before[both]
    same = float((own * (weight[both] + weight_before[both]) / 2).sum())
    return Moved(
        same * scale,
        float(change - same) * scale,
        int(both.sum()),
        int((n > 0).sum()),
        int((n_before > 0).sum()),
    )


def said(metric: Metric, told: Moved) -> str:
    """In words, for people."""
    return (
        f"Of the change, {_signed(metric, told.same)} is what the same items did, and {_signed(metric, told.other)} comes of "
        f"which items are counted ({told.both:,} in both periods, of {told.now:,} now and {told.before:,} before)."
    )


def _signed(metric: Metric, size: float) -> str:
    figure = f"{abs(size):.1f}"
    sign = "" if figure == "0.0" else "−" if size < 0 else "+"
    return f"{sign}{figure} {'points' if metric.unit in ('percent', 'score') else metric.unit}"


def _scale(metric: Metric) -> float:
    return 100.0 if metric.unit == "percent" else 1.0
