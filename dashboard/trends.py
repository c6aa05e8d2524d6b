"""What a trend says in words: its finding, what its marks stand for, and which periods are whole."""

from collections.abc import Sequence
from itertools import pairwise
from math import isclose
from zoneinfo import ZoneInfo

from dashboard.kinds import Limits
from dashboard.metric import Metric
from dashboard.period import day, grain
from dashboard.reading import Annotation, Reading

BARS = {"total", "span", "count"}
RUN = 3


def whole(metric: Metric, reading: Reading) -> bool:
    """Whether a picture may show it as a full period; an amount also needs data from the period's start on."""
    return reading.closed and (reading.begins is None or metric.kind not in BARS)


def finding(metric: Metric, readings: list[Reading]) -> str:
    """What the closed periods of a trend show, without calling noise a direction."""
    counts = [r for r in readings if (whole(metric, r) if metric.kind in BARS else r.closed)]
    closed = [r for r in counts if r.value is not None]
    if len(closed) < 2:
        return f"{metric.title}: too few closed periods for a trend"
    each = grain(closed[-1].period)
    run = _run([r.value for r in counts])
    if abs(run) >= RUN:
        return f"{metric.title} {'rose' if run > 0 else 'fell'} {abs(run)} {each}s in a row"
    judged = [r for r in closed if r.target]
    if judged:
        met = sum(r.status == "on target" for r in judged)
        return f"{metric.title} met the target in {met} of {len(judged)} closed {each}s"
    low, high = min(r.value for r in closed), max(r.value for r in closed)
    return f"{metric.title} ranged from {metric.text(low)} to {metric.text(high)}"


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
        said.append("shaded: usual range of a month")
    cut = [f"{short(r.period.label)}{cut_off(r)}" for r in readings if not whole(metric, r)]
    if cut:
        said.append(
            f"{'pale' if metric.kind in BARS else 'hollow'}: {' and '.join(cut).replace('<br>', ' ')}"
        )
    if any(r.detail.get("not_reached") for r in readings):
        said.append("no point: not reached yet")
    return " · ".join(said)


def marked(readings: list[Reading], annotations: Sequence[Annotation]) -> list[tuple[int, int, Annotation]]:
    """The annotations that fall into the periods of a trend, with the first and the last of those that they touch."""
    told = []
    for one in annotations:
        last = one.until or one.since
        at = [n for n, r in enumerate(readings) if r.period.start <= last and one.since < r.period.end]
        if at:
            told.append((at[0], at[-1], one))
    return told


def notes(readings: list[Reading], annotations: Sequence[Annotation], zone: ZoneInfo) -> list[str]:
    """What the marks on a trend stand for, by their numbers; days are those of the time zone."""
    return [
        f"{number} · {day(one.since, zone)}{f' to {day(one.until, zone)}' if one.until else ''}: {one.text}"
        for number, (_, _, one) in enumerate(marked(readings, annotations), 1)
    ]


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
