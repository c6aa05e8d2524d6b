"""Better or worse than before, on target or off it: the words that go with a number."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from dashboard.kinds import ADDITIVE, ALPHA, Test, together
from dashboard.metric import Metric
from dashboard.period import grain
from dashboard.reading import Period, Reading, Target

TOLD = ("better", "worse")
# The order in which readings are listed that miss their targets.
WORST = {"off target": 0, "at risk": 1, "on target": 2, None: 3}
# Targets of amounts that add up over time are stated for a quarter; a month gets a third, a year four.
QUARTERS = {"month": 1 / 3, "quarter": 1.0, "year": 4.0}


def verdict(metric: Metric, value: float | None, before: float | None, test: Test) -> str:
    """better, worse, no clear change or too few to say.

    A change is told where the test tells it, the value moved the same way, and by as much as matters.
    """
    if test.direction is None:
        return "too few to say"
    direction = test.direction
    if value is not None and before is not None:
        moved = value - before
        if moved * direction <= 0 or not metric.change_matters(before, moved):
            direction = 0
    if direction == 0:
        return "no clear change"
    return "better" if (direction > 0) == (metric.better == "higher") else "worse"


def judged_together(readings: Sequence[Reading]) -> list[Reading]:
    """Readings of parts that are looked at together: of twenty without a change, one would look changed by chance.

    The changes are judged so that of those told at most one in twenty is chance alone (Benjamini–Hochberg).
    """
    tested = [r for r in readings if r.p is not None]
    if len(tested) < 2:
        return list(readings)
    held = dict(zip(map(id, tested), together([r.p for r in tested]), strict=True))
    return [_together(r, held[id(r)], len(tested)) if id(r) in held else r for r in readings]


def _together(reading: Reading, p: float, parts: int) -> Reading:
    if reading.verdict not in TOLD:
        return reading
    if p < ALPHA:
        return replace(reading, why=f"{reading.why}; holds among {parts} parts judged together")
    why = f"{reading.why}; among {parts} parts judged together it may be chance (Benjamini–Hochberg)"
    return replace(reading, verdict="no clear change", why=why)


def status(metric: Metric, value: float | None, target: Target | None) -> str | None:
    """on target, at risk (between the target and its outer threshold) or off target."""
    if value is None or target is None:
        return None
    sign = 1 if metric.better == "higher" else -1
    if sign * value >= sign * target.value:
        return "on target"
    if target.at_risk is not None and sign * value >= sign * target.at_risk:
        return "at risk"
    return "off target"


def in_force(
    targets: list[tuple[dict[str, str], Target]], period: Period, scope: dict[str, str], adds_up: bool
) -> Target | None:
    """The target in force at the period's end. adds_up: the value grows with the period, so the target is scaled to it;
    there is none for all time.
    """
    target = agreed(targets, period.end, scope, adds_up)
    if target is None or not adds_up:
        return target
    if grain(period) == "all":
        return None
    scale = QUARTERS[grain(period)]
    risk = target.at_risk * scale if target.at_risk is not None else None
    return replace(target, value=target.value * scale, at_risk=risk)


def agreed(
    targets: list[tuple[dict[str, str], Target]], moment: datetime, scope: dict[str, str], adds_up: bool
) -> Target | None:
    """The target in force just before a moment, as it was agreed.

    targets: (scope, target), oldest first; a scope is empty, a service or a business unit. Each has its own;
    without one, what was agreed for the whole holds for a service or business unit too, unless amounts add up.
    """
    if set(scope) - {"service", "business_unit"}:
        return None
    begun = [(_folded(of), target) for of, target in targets if target.since < moment]
    own = [target for of, target in begun if of and of == _folded(scope)]
    whole = [target for of, target in begun if not of and not (adds_up and scope)]
    return (own or whole or [None])[-1]


def _folded(scope: dict[str, str]) -> dict[str, str]:
    return {dimension: value.casefold() for dimension, value in scope.items()}


def adds_up(metric: Metric, state: bool) -> bool:
    """Whether the value grows with the length of the period: amounts, and counts of what happened in it."""
    return metric.kind in ADDITIVE or (metric.kind == "count" and not state)
