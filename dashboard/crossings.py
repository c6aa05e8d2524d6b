"""Crossings: a metric that misses its target since it was last looked at, or meets it again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.kinds import ADDITIVE, FEW
from dashboard.metric import Metric
from dashboard.reading import Reading
from dashboard.readings import Readings

KEPT = 4  # periods of a metric


@dataclass(frozen=True)
class Standing:
    """A reading that stands on one side of its target. anew: its value begins at nothing with each period."""

    reading: Reading
    target: str
    anew: bool

    @property
    def met(self) -> bool:
        return self.reading.status == "on target"


def standings(readings: Readings) -> list[Standing]:
    """Where every metric with a target stands, by metric, the running quarter last; without what is not known well enough."""
    found = []
    for metric, periods, anew in readings.judged():
        for period in periods:
            reading = readings.reading(metric.name, period)
            if reading.status and _firm(metric, reading):
                found.append(Standing(reading, metric.beside(reading, reading.target.value), anew))
    return found


def _firm(metric: Metric, reading: Reading) -> bool:
    """A few rows, or a load that may be cut off, would tell of crossings that the next load takes back."""
    counts = metric.kind in (*ADDITIVE, "count")
    return not reading.doubts and (counts or reading.n >= FEW)


def crossed(
    known: Mapping[str, Any], now: Sequence[Standing], link: Callable[..., str]
) -> tuple[list[str], dict[str, Any]]:
    """The lines to tell, and where each metric is known to stand from now on: metric -> period -> whether it was met.

    The first time nothing is told: nothing has crossed since. A period that begins goes on from the one before, but one in
    which an amount begins at nothing tells no recovery.
    """
    lines, kept = [], {metric: dict(periods) for metric, periods in known.items()}
    for one in now:
        period = one.reading.period.name
        of_metric = kept.setdefault(one.reading.metric, {})
        earlier = [of_metric[name] for name in sorted(of_metric) if name < period]
        before = of_metric.get(period, earlier[-1] if earlier else None)
        begins = period not in of_metric
        if before is not None and before != one.met and not (begins and one.met and one.anew):
            lines.append(_line(one, link("metric", metric=one.reading.metric, period=period)))
        of_metric[period] = one.met
        kept[one.reading.metric] = dict(sorted(of_metric.items())[-KEPT:])
    return lines, kept


def _line(one: Standing, link: str) -> str:
    reading = one.reading
    when = reading.period.label + ("" if reading.closed else " so far")
    said = f"meets its target of {one.target} again" if one.met else f"misses its target of {one.target}"
    beside = "" if one.met else f" ({reading.status})"
    return f"{reading.title}, {when}: {reading.text}, which {said}{beside}. {reading.sentence} {link}".strip()
