"""What a trend says in words: its finding, what its marks stand for, and which periods are whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isclose
from zoneinfo import ZoneInfo

from dashboard.kinds import Limits
from dashboard.metric import Metric
from dashboard.period import day, grain
from dashboard.reading import Annotation, Break, Reading

BARS = {"total", "span", "count"}
RUN = 3


@dataclass(frozen=True)
class Mark:
    """What is marked on a trend. first, last: the readings that it touches; where it parts the trend (parts), it lies
    between two, half a place before the one that begins anew.
    """

    first: float
    last: float
    said: str
    parts: bool = False


def whole(metric: Metric, reading: Reading) -> bool:
    """Whether a picture may show it as a full period; an amount also needs data from the period's start on."""
    return reading.closed and (reading.begins is None or metric.kind not in BARS)


def finding(metric: Metric, readings: list[Reading]) -> str:
    """What the closed periods of a trend show, without calling noise a direction; what is told never reaches over a break."""
    parted = broken(readings)
    anew = max(parted, default=0)
    since = max((place for place, (*_, last) in parted.items() if last.values), default=0)

    def counting(some: list[Reading]) -> list[Reading]:
        return [r for r in some if (whole(metric, r) if metric.kind in BARS else r.closed)]

    closed = [r for r in counting(readings[since:]) if r.value is not None]
    after = f" since {parted[since][-1].on}" if since else ""
    if len(closed) < 2:
        return f"{metric.title}: too few closed periods{after} for a trend"
    each = grain(closed[-1].period)
    run = _run([r.value for r in counting(readings[anew:])])
    if abs(run) >= RUN:
        return f"{metric.title} {'rose' if run > 0 else 'fell'} {abs(run)} {each}s in a row"
    judged = [r for r in closed if r.target]
    if judged:
        met = sum(r.status == "on target" for r in judged)
        return f"{metric.title} met the target in {met} of {len(judged)} closed {each}{'s' * (len(judged) != 1)}{after}"
    low, high = (metric.text(end([r.value for r in closed])) for end in (min, max))
    return f"{metric.title} {f'stayed at {low}' if low == high else f'ranged from {low} to {high}'}{after}"


def _run(values: list[float | None]) -> int:
    """How many changes in a row, up to the newest, went one way (negative: down); no change or a gap ends it."""
    run = 0
    for earlier, later in reversed(list(pairwise(values))):
        step = 0 if None in (earlier, later) or isclose(earlier, later) else 1 if later > earlier else -1
        if not step or step * run < 0:
            break
        run += step
    return run


def legend(metric: Metric, readings: list[Reading], above: Reading, limits: Limits | None = None) -> str:
    """What the lines and shades of a trend stand for; a target that is scaled to the trend's periods says so.

    above: the reading that stands above the trend, whose target is the one agreed.
    """
    said = []
    if goals := [r.target.value for r in readings if r.target]:
        scaled = above.target and above.target.value != goals[-1]
        sign = "≥" if metric.better == "higher" else "≤"
        each = f" a {grain(readings[-1].period)}" if scaled else ""
        said.append(f"dotted: target{each} {sign} {metric.text(goals[-1])}")
    if limits and monthly(readings):
        few = f", by only {limits.months} months" if limits.trial else ""
        said.append(f"shaded: usual range of a month{few}")
    cut = [f"{short(r.period.label)}{cut_off(r)}" for r in readings if not whole(metric, r)]
    if cut:
        said.append(
            f"{'pale' if metric.kind in BARS else 'hollow'}: {' and '.join(cut).replace('<br>', ' ')}"
        )
    if any(r.detail.get("not_reached") for r in readings):
        said.append("no point: not reached yet")
    return " · ".join(said)


def broken(readings: list[Reading]) -> dict[int, tuple[Break, ...]]:
    """What parts a trend, by the place of the reading that begins anew (one past the last: none does yet).

    A period within which something changed is neither as before nor as after; it stays with those before. Those that
    change what is counted come last.
    """
    found: dict[int, list[Break]] = {}
    for number, r in enumerate(readings):
        for one in r.breaks:
            if place := number + (one.at > r.period.start):
                found.setdefault(place, []).append(one)
    return {place: tuple(sorted(several, key=lambda one: one.values)) for place, several in found.items()}


def stretches(readings: list[Reading]) -> list[range]:
    """The places of the readings of a trend, parted where it breaks."""
    ends = sorted({0, *broken(readings), len(readings)})
    return [range(first, last) for first, last in pairwise(ends)]


def marked(readings: list[Reading], annotations: Sequence[Annotation], zone: ZoneInfo) -> list[Mark]:
    """The annotations that fall into the periods of a trend and what parts it, oldest first; days are those of the time zone."""
    told = []
    for one in annotations:
        last = one.until or one.since
        at = [n for n, r in enumerate(readings) if r.period.start <= last and one.since < r.period.end]
        if at:
            until = f" to {day(one.until, zone)}" if one.until else ""
            told.append((one.since, Mark(at[0], at[-1], f"{day(one.since, zone)}{until}: {one.text}")))
    for place, several in broken(readings).items():
        for one in several:
            told.append((one.at, Mark(place - 0.5, place - 0.5, f"{one.on}: {one.what}", parts=True)))
    return [mark for _, mark in sorted(told, key=lambda one: one[0])]


def notes(marks: Sequence[Mark]) -> list[str]:
    """What the marks on a trend stand for, by their numbers."""
    return [f"{number} · {mark.said}" for number, mark in enumerate(marks, 1)]


def spoken(metric: Metric, readings: list[Reading], marks: Sequence[Mark] = ()) -> str:
    """A trend for who does not see it: each period with its value, and what is marked."""
    values = "; ".join(f"{short(r.period.label)}{cut_off(r)} {r.text}".replace("<br>", " ") for r in readings)
    told = [f"{metric.title}: {values or 'no periods'}", *notes(marks)]
    return f"{'. '.join(told)}."


def short(label: str) -> str:
    """“September 2026” → “Sep 2026”; quarters without their months."""
    label = label.partition(" (")[0]
    month, _, year = label.partition(" ")
    return f"{month[:3]} {year}" if year.isdigit() and not month.isdigit() else label.replace("Quarter ", "Q")


def cut_off(reading: Reading) -> str:
    """What a reading lacks of its period: its end, which is still to come, or what lies before the data begins."""
    begins = f"<br>from {reading.begins:%-d %b %Y}" if reading.begins else ""
    return begins + ("" if reading.closed else "<br>so far")


def monthly(readings: list[Reading]) -> bool:
    return bool(readings) and grain(readings[-1].period) == "month"
