"""What a page says in words, made from readings alone: its verdict, its tally, and what drove the change."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.format import number
from dashboard.kinds import ADDITIVE
from dashboard.metric import Metric
from dashboard.outlook import BUCKETS, OVERDUE, Outlook
from dashboard.period import named
from dashboard.reading import Period, Reading
from dashboard.readings import Readings
from dashboard.verdict import TOLD

DRIVERS, OF_ONE = 3, 2
NAMED = 2
# A part of an amount that moved by less than this share of the whole is not worth a line.
NOTABLE = 0.05
BEFORE = {"before": "before", "year": "a year before"}


@dataclass(frozen=True)
class Driver:
    """One part that drove the change of a metric: where to look, and what happened there.

    scope: the part, as a filter. impact: its share of the value before, for the order.
    """

    metric: str
    scope: dict[str, str]
    text: str
    detail: str
    impact: float


def page_verdict(readings: Sequence[Reading]) -> str:
    """One sentence for a page: what is clearly better and what is worse; else what stands against its target."""
    known = [r for r in _of_scope(readings) if r.value is not None or r.detail.get("not_reached")]
    if not known:
        return "There is nothing to read for this period."
    compared = [r for r in known if r.verdict]
    if not compared:
        return _against_targets(known)
    better, worse = ([r for r in compared if r.verdict == told] for told in TOLD)
    then = named(compared[0].previous_name)
    improved, got_worse = _clause(better, "improved"), _clause(worse, "got worse")
    if better and worse:
        return f"{_capital(improved)} since {then}, but {got_worse}."
    if better:
        return f"{_capital(improved)} since {then}, and nothing is clearly worse."
    if worse:
        return f"{_capital(got_worse)} since {then}, and nothing is clearly better."
    # Beside measures that are the whole's, which may well have changed.
    of = f" of {', '.join(known[0].scope.values())}" if len(_of_scope(readings)) < len(readings) else ""
    return f"Nothing{of} is clearly better or worse than in {then}."


def tally(readings: Sequence[Reading]) -> str:
    """How many targets are met, and how many readings have changed: "4 of 6 targets met · 7 compared: 2 clearly better"."""
    readings = _of_scope(readings)
    judged = [r for r in readings if r.status]
    parts = []
    if judged:
        met = sum(r.status == "on target" for r in judged)
        parts.append(f"{met} of {len(judged)} target{'s' * (len(judged) != 1)} met")
    told = Counter(r.verdict for r in readings if r.verdict)
    words = {"better": "clearly better", "worse": "clearly worse"}
    changes = [
        f"{told[v]} {words.get(v, v)}" for v in (*TOLD, "no clear change", "too few to say") if told[v]
    ]
    if changes:
        parts.append(f"{told.total()} compared: {', '.join(changes)}")
    return " · ".join(parts)


def _of_scope(readings: Sequence[Reading]) -> list[Reading]:
    """Those of the scope that is looked at; a measure that cannot be told by it is the whole's and stays apart."""
    narrowed = [r for r in readings if r.scope]
    return narrowed or list(readings)


def drivers(
    readings: Readings, period: Period, scope: dict[str, str], names: Sequence[str] | None = None
) -> list[Driver]:
    """The parts of the board's metrics, or of those named, that moved them most: at most three, two of one metric.

    Told are parts with the direction of a metric's own clear change, and parts whose own change is clear; then
    large parts of amounts, which add up to the change whether or not it is out of the usual.
    """
    clear: list[Driver] = []
    usual: list[Driver] = []
    every = readings.metrics()
    for metric in (
        every[name] for name in ([n for n, m in every.items() if m.board] if names is None else names)
    ):
        within = {name: value for name, value in scope.items() if name in metric.by}
        if scope and not within:
            continue
        whole = readings.reading(metric.name, period, within)
        if not whole.change or whole.previous is None:
            continue
        for part, driver in _parts(readings, metric, whole):
            with_it = part.change * whole.change > 0
            if part.verdict in TOLD or (whole.verdict in TOLD and with_it and metric.kind in ADDITIVE):
                clear.append(driver)
            elif metric.kind in ADDITIVE and with_it and driver.impact >= NOTABLE:
                usual.append(driver)
    ranked = [*_largest_first(clear), *_largest_first(usual)]
    # The first of each metric before the second of any.
    places = [sum(d.metric == one.metric for d in ranked[:number]) for number, one in enumerate(ranked)]
    turns = sorted(zip(places, range(len(ranked)), strict=True))
    return [ranked[number] for place, number in turns if place < OF_ONE][:DRIVERS]


def _parts(readings: Readings, metric: Metric, whole: Reading) -> list[tuple[Reading, Driver]]:
    """The parts that have changed, by the first dimension of which some are not the whole again."""
    for dimension in (name for name in metric.by if name not in whole.scope):
        parts = readings.by(metric.name, whole.period, dimension, whole.scope)
        others = [
            (name, part)
            for name, part in parts
            if (part.n, part.value, part.previous) != (whole.n, whole.value, whole.previous)
        ]
        if others:
            return [
                (part, _driver(metric, whole, part, {dimension: name}))
                for name, part in others
                if part.change
            ]
    return []


def _driver(metric: Metric, whole: Reading, part: Reading, scope: dict[str, str]) -> Driver:
    way = "up" if part.change > 0 else "down"
    now, before = part.text, metric.beside(part, part.previous)
    told = {"better": "clearly better", "worse": "clearly worse", "no clear change": "within its usual range"}
    text = f"{_part_name(scope)}: {lower(metric.title)} {way} {change_text(metric, part.change)}"
    return Driver(
        metric.name,
        scope,
        text,
        f"{before} {BEFORE[part.period.against]}, {now} now · {told.get(part.verdict, 'too few to say more')}",
        _impact(metric, whole, part),
    )


def _impact(metric: Metric, whole: Reading, part: Reading) -> float:
    """A part's change as a share of the whole's value before; of its shortfall from 100 where higher is better."""
    if metric.kind in ADDITIVE or metric.kind == "count":
        return abs(part.change / whole.previous) if whole.previous else 1.0
    short = metric.unit in ("percent", "score") and metric.better == "higher"
    scale = max(100 - whole.previous if short else abs(whole.previous), 1.0)
    return abs(part.change) * part.n / max(whole.n, 1) / scale


def falls_due(ahead: Outlook) -> str:
    """What is overdue and what falls due soon, in one sentence."""
    if ahead.now is None:
        return "Nothing is loaded that falls due."
    overdue, soon = (
        sum(counts[bucket] for counts in ahead.counts.values()) for bucket in (OVERDUE, next(iter(BUCKETS)))
    )
    late = (
        f"{overdue:,} {'item is' if overdue == 1 else 'items are'} overdue"
        if overdue
        else "Nothing is overdue"
    )
    if not soon:
        return f"{late}, and nothing falls due in the next 30 days."
    return (
        f"{late}, and {soon:,} more {'falls' if soon == 1 else 'fall'} due in the next 30 days."
        if overdue
        else (f"{late}; {soon:,} {'item falls' if soon == 1 else 'items fall'} due in the next 30 days.")
    )


def parts_changed(parts: Sequence[tuple[str, Reading]]) -> str:
    """Which parts of a breakdown have clearly changed, and how many were judged; nothing where none was compared."""
    judged = [(name, r) for name, r in parts if r.verdict and r.verdict != "too few to say"]
    if not judged:
        return ""
    told = [
        f"{word}: {', '.join(names)}"
        for word, kind in (("Clearly worse", "worse"), ("Clearly better", "better"))
        if (names := [name for name, r in judged if r.verdict == kind])
    ]
    together = sum(r.p is not None for _, r in judged)
    how = f" ({together} judged together, by Benjamini–Hochberg)" if together > 1 else ""
    return f"{'. '.join(told) or 'No part has clearly changed'}{how}."


def change_text(metric: Metric, change: float) -> str:
    """The size of a change: "11.2 h", "7 points", "£0.3m"."""
    if metric.unit == "percent":
        return _points(change)
    return metric.text(abs(change))


def _against_targets(known: list[Reading]) -> str:
    period = known[0].period.label
    judged = [r for r in known if r.status]
    met = sum(r.status == "on target" for r in judged)
    standing = f"{met} of {len(judged)} targets {'is' if met == 1 else 'are'} met"
    if len(judged) < 2:
        standing = f"the one target is {'' if met else 'not '}met" if judged else "no target is set"
    if any(r.closed for r in known):
        return f"{period} has nothing to be compared with; {standing}."
    if known[0].period.name == "all":
        return f"{period}: {standing}."
    covered = max(r.through for r in known if r.through)
    return f"{period} is covered up to {covered:%-d %B %Y}: {standing}{' so far' * bool(judged)}."


def _clause(readings: list[Reading], verb: str) -> str:
    """What happened to some metrics, with the size of their changes; those beyond the second are only counted."""
    if len(readings) == 1:
        size = _size(readings[0])
        return f"{lower(readings[0].title)} {verb}{f' by {size}' if size else ''}"
    named = [f"{lower(r.title)}{f' ({size})' if (size := _size(r)) else ''}" for r in readings[:NAMED]]
    if len(readings) > NAMED:
        named.append(f"{len(readings) - NAMED} more")
    return f"{', '.join(named[:-1])} and {named[-1]} {verb}" if named else ""


def _size(reading: Reading) -> str:
    """How large a change is, without its direction: in points where the unit has them, else as a share."""
    if reading.change is None or not reading.previous:
        return ""
    if reading.unit == "percent":
        return _points(reading.change)
    if reading.unit == "score":
        return number(abs(reading.change), 1)
    return f"{number(abs(reading.change / reading.previous) * 100, 0)} %"


def _points(change: float) -> str:
    points = number(abs(change), 0 if abs(change) >= 2 else 1)
    return f"{points} point{'s' * (points != '1')}"


def _part_name(scope: dict[str, str]) -> str:
    ((dimension, value),) = scope.items()
    named = ("service", "business_unit", "framework", "measure")
    return value if dimension in named else f"{_capital(dimension.replace('_', ' '))} {value}"


def lower(title: str) -> str:
    """A title within a sentence; an abbreviation in front stays as it is."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _largest_first(drivers: list[Driver]) -> list[Driver]:
    return sorted(drivers, key=lambda d: (-d.impact, d.metric, *d.scope.values()))
