"""The larger charts: one metric over time and by a dimension. Colours come from the page's theme.

What a chart finds is its title, told by `finding`; axes carry figures only.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import isclose
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from dashboard.cards import BARS, whole
from dashboard.kinds import Limits
from dashboard.metric import Metric
from dashboard.period import day, grain
from dashboard.reading import Annotation, Reading

GOAL = "#8a93a0"  # reads on the light and on the dark surface
RUN = 3
DAYS = [size * 10**power for power in range(8) for size in (1, 2, 5)]


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
    if limits and _monthly(readings):
        said.append("shaded: usual range of a month")
    cut = [f"{_short(r.period.label)}{_cut(r)}" for r in readings if not whole(metric, r)]
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


def trend(
    metric: Metric,
    readings: list[Reading],
    limits: Limits | None = None,
    annotations: Sequence[Annotation] = (),
    height: int = 260,
) -> go.Figure:
    """A metric over time: bars from zero for amounts, else a line with its intervals; the running period stands apart.

    annotations: marked by their numbers, as `notes` tells them.
    """
    names = [_short(r.period.label) + _cut(r) for r in readings]
    closed = [r if whole(metric, r) else None for r in readings]
    running = [None if whole(metric, r) else r for r in readings]
    figure = go.Figure()
    for shown in (closed, running):
        if any(shown):
            figure.add_trace(_series(metric, names, shown, pale=shown is running))
    _goal(figure, names, readings)
    if limits and _monthly(readings):
        _usual(figure, limits)
    for number, (first, last, _) in enumerate(marked(readings, annotations), 1):
        _mark(figure, number, first, last)
    figure.update_xaxes(type="category", categoryorder="array", categoryarray=names, showgrid=False)
    if _monthly(readings):
        figure.update_xaxes(tickvals=names, ticktext=_months(readings), tickangle=0)
    figure.update_yaxes(
        rangemode="tozero" if metric.kind in BARS else "normal", nticks=5, **_ticks(metric, readings)
    )
    return _plain(figure, height)


def _mark(figure: go.Figure, number: int, first: int, last: int) -> None:
    """The place of an annotation: a line through its period, or a shade over several."""
    if first == last:
        figure.add_vline(first, line={"color": GOAL, "width": 1}, layer="below")
    else:
        figure.add_vrect(first - 0.5, last + 0.5, fillcolor=GOAL, opacity=0.12, line_width=0, layer="below")
    figure.add_annotation(
        x=(first + last) / 2, y=1, yref="paper", text=f"<b>{number}</b>", showarrow=False, yanchor="bottom", yshift=-6,
    )  # fmt: skip


def breakdown(metric: Metric, parts: list[tuple[str, Reading]], most: int = 12) -> go.Figure:
    """A metric by the values of one dimension, worst first, each bar with its figure and count; a target as a line."""
    # Bars are drawn from the bottom up.
    shown = sorted(parts, key=lambda part: part[1].value, reverse=metric.better == "higher")[-most:]
    figure = go.Figure(
        go.Bar(
            orientation="h",
            x=[r.value for _, r in shown],
            y=[f"{_plainly(name)}  <b>{r.text}</b> · n {r.n:,}" for name, r in shown],
            hoverinfo="skip",
        )
    )
    goals = {r.target.value for _, r in shown if r.target and metric.kind not in BARS}
    for goal in goals:
        figure.add_vline(goal, line={"color": GOAL, "dash": "dot", "width": 1.5})
    figure.update_xaxes(visible=False, rangemode="tozero")
    figure.update_yaxes(type="category", ticklabelstandoff=6)
    return _plain(figure, 46 + 27 * max(len(shown), 2))


def _series(
    metric: Metric, names: list[str], readings: list[Reading | None], pale: bool
) -> go.Bar | go.Scatter:
    shared = {
        "x": names,
        "y": [r.value if r else None for r in readings],
        "hovertext": [
            f"{r.period.label}{_cut(r)}: {r.text} ({r.n:,} counted)" if r else "" for r in readings
        ],
        "hoverinfo": "text",
    }
    if metric.kind in BARS:
        return go.Bar(**shared, marker={"opacity": 0.35 if pale else 1})
    above, below = zip(*(_spread(r) for r in readings), strict=True)
    return go.Scatter(
        **shared,
        mode="lines+markers",
        connectgaps=True,
        line={"width": 2.2},
        marker={"size": 9, "symbol": "circle-open" if pale else "circle", "opacity": 1},
        error_y={"type": "data", "array": above, "arrayminus": below, "thickness": 1, "width": 0},
    )


def _spread(reading: Reading | None) -> tuple[float, float]:
    """How far the interval reaches above and below the value."""
    if reading is None or None in (reading.value, reading.low, reading.high):
        return 0, 0
    return reading.high - reading.value, reading.value - reading.low


def _goal(figure: go.Figure, names: list[str], readings: list[Reading]) -> None:
    goals = [r.target.value if r.target else None for r in readings]
    if not any(g is not None for g in goals):
        return
    line = {"color": GOAL, "dash": "dot", "width": 1.5, "shape": "hvh"}
    figure.add_trace(go.Scatter(x=names, y=goals, mode="lines", line=line, hoverinfo="skip"))


def _usual(figure: go.Figure, limits: Limits) -> None:
    """The range that the months before lead one to expect (XmR limits)."""
    figure.add_hrect(
        max(limits.low, 0), limits.high, fillcolor=GOAL, opacity=0.1, line_width=0, layer="below"
    )


def _months(readings: list[Reading]) -> list[str]:
    """The months of a trend, of which the first and each January bear their year."""
    told = []
    for number, r in enumerate(readings):
        month, _, year = r.period.label.partition(" ")
        cut = _cut(r) if number and month != "January" else f"<br>{year}{_cut(r)}"
        told.append(f"{month[:3]}{cut}")
    return told


def _cut(reading: Reading) -> str:
    """What a reading lacks of its period: its end, which is still to come, or what lies before the data begins."""
    begins = f"<br>from {reading.begins:%-d %b %Y}" if reading.begins else ""
    return begins + ("" if reading.closed else "<br>so far")


def _monthly(readings: list[Reading]) -> bool:
    return bool(readings) and grain(readings[-1].period) == "month"


def _ticks(metric: Metric, readings: list[Reading]) -> dict:
    """How an axis writes its values: in days where the values themselves are written so."""
    if metric.unit == "money":
        return {"tickprefix": metric.text(0).removesuffix("0"), "tickformat": "~s"}
    top = max((v for r in readings for v in (r.value, r.high) if v is not None), default=0.0)
    if metric.unit == "hours" and metric.text(top).endswith("days"):
        step = next(days for days in DAYS if top / 24 <= 5 * days)
        marks = range(0, int(top / 24 + step) + 1, step)
        return {"tickvals": [24 * days for days in marks], "ticktext": [f"{days:,} days" for days in marks]}
    marks = {"hours": {"ticksuffix": " h"}, "days": {"ticksuffix": " d"}, "percent": {"ticksuffix": " %"}}
    return {"tickformat": ",~r"} | marks.get(metric.unit, {})


def _plain(figure: go.Figure, height: int) -> go.Figure:
    return figure.update_layout(
        height=height, margin={"l": 0, "r": 8, "t": 12, "b": 0}, showlegend=False, bargap=0.35, barmode="overlay",
        hovermode="closest", dragmode=False,
    )  # fmt: skip


def _short(label: str) -> str:
    """“September 2026” → “Sep 2026”; quarters without their months."""
    label = label.partition(" (")[0]
    month, _, year = label.partition(" ")
    return f"{month[:3]} {year}" if year.isdigit() and not month.isdigit() else label.replace("Quarter ", "Q")


def _plainly(name: object) -> str:
    """A value from a file as text: plotly reads some markup in labels."""
    return str(name).replace("<", "‹").replace(">", "›")
