"""The larger charts: one metric over time and by a dimension. Colours come from the page's theme.

What a chart finds is its title, told by `trends.finding`; axes carry figures only.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import plotly.graph_objects as go

from dashboard.incidents import Day
from dashboard.kinds import Limits
from dashboard.metric import Metric
from dashboard.reading import Reading
from dashboard.shown import brief, label
from dashboard.survival import Curve
from dashboard.timeline import INK
from dashboard.trends import BARS, Mark, broken, cut_off, monthly, short, stretches, whole

GOAL = "#8a93a0"  # reads on the light and on the dark surface
# Two numbers that are nearer to each other than this part of a period would overlap.
APART = 0.75
MOST = 12  # bars of a breakdown
CELL = 18
# How full the square of a day is, by its hours.
SHADES, OPACITY = (0, 1, 4, 8), (0.38, 0.58, 0.8, 1)
DAYS = [size * 10**power for power in range(8) for size in (1, 2, 5)]


def trend(
    metric: Metric,
    readings: list[Reading],
    limits: Limits | None = None,
    marks: Sequence[Mark] = (),
    height: int | None = 260,
) -> go.Figure:
    """A metric over time: bars from zero for amounts, else a line with its intervals, parted where the trend breaks; the
    running period stands apart.

    marks: shown by their numbers, as `notes` tells them.
    """
    names = [short(r.period.label) + cut_off(r) for r in readings]
    closed = [r if whole(metric, r) else None for r in readings]
    running = [None if whole(metric, r) else r for r in readings]
    figure = go.Figure()
    for places in stretches(readings):
        shown = [r if number in places else None for number, r in enumerate(closed)]
        if any(shown):
            figure.add_trace(_series(metric, names, shown, pale=False))
    if any(running):
        figure.add_trace(_series(metric, names, running, pale=True))
    _goal(figure, names, readings)
    if limits and monthly(readings):
        _usual(figure, limits, max(broken(readings), default=0), len(readings))
    _marks(figure, marks)
    figure.update_xaxes(type="category", categoryorder="array", categoryarray=names, showgrid=False)
    if monthly(readings):
        figure.update_xaxes(tickvals=names, ticktext=_months(readings), tickangle=0)
    figure.update_yaxes(
        rangemode="tozero" if metric.kind in BARS else "normal", nticks=5, **_ticks(metric, readings)
    )
    return _plain(figure, height)


def _marks(figure: go.Figure, marks: Sequence[Mark]) -> None:
    """The places of marks: a dashed line where the trend breaks, else a line through a period or a shade over several.

    Numbers that would stand on each other stand together.
    """
    labels: list[tuple[float, list[int]]] = []
    for number, mark in sorted(enumerate(marks, 1), key=lambda one: one[1].first + one[1].last):
        if mark.first < mark.last:
            figure.add_vrect(
                mark.first - 0.5, mark.last + 0.5, fillcolor=GOAL, opacity=0.12, line_width=0, layer="below"
            )
        else:
            line = (
                {"color": GOAL, "width": 1.5, "dash": "dash"} if mark.parts else {"color": GOAL, "width": 1}
            )
            figure.add_vline(mark.first, line=line, layer="below")
        place = (mark.first + mark.last) / 2
        if labels and place - labels[-1][0] < APART:
            labels[-1][1].append(number)
        else:
            labels.append((place, [number]))
    for place, numbers in labels:
        figure.add_annotation(
            x=place, y=1, yref="paper", text=f"<b>{', '.join(map(str, sorted(numbers)))}</b>", showarrow=False, yanchor="bottom",
            yshift=-6,
        )  # fmt: skip


def worst(metric: Metric, parts: list[tuple[str, Reading]], most: int = MOST) -> list[tuple[str, Reading]]:
    """The worst parts, the worst first."""
    return sorted(parts, key=lambda part: part[1].value, reverse=metric.better == "lower")[:most]


def breakdown(metric: Metric, parts: list[tuple[str, Reading]], most: int = MOST) -> go.Figure:
    """A metric by the values of one dimension, worst first, each bar with its figure and count; a target as a line."""
    shown = worst(metric, parts, most)[::-1]  # bars are drawn from the bottom up
    figure = go.Figure(
        go.Bar(
            orientation="h",
            x=[r.value for _, r in shown],
            y=[f"{label(brief(name))}  <b>{r.text}</b> · n {r.n:,}" for name, r in shown],
            customdata=[name for name, _ in shown],
            hoverinfo="none",  # nothing to tell, and yet to be clicked
        )
    )
    for goal in _goals(metric, shown):
        figure.add_vline(goal, line={"color": GOAL, "dash": "dot", "width": 1.5})
    figure.update_xaxes(visible=False, rangemode="tozero", fixedrange=True)
    figure.update_yaxes(type="category", ticklabelstandoff=6, fixedrange=True)
    return _plain(figure, 46 + 27 * max(len(shown), 2))


def breakdown_legend(metric: Metric, parts: list[tuple[str, Reading]]) -> str:
    """What the lines of a breakdown stand for, and how many of its parts are drawn."""
    said = [f"dotted: target {metric.text(goal)}" for goal in sorted(_goals(metric, parts))]
    if len(parts) > MOST:
        said.append(f"the worst {MOST} of {len(parts):,} are drawn")
    return " · ".join(said)


def _goals(metric: Metric, parts: list[tuple[str, Reading]]) -> set[float]:
    """The targets of parts; those of amounts are each part's own, and no line for all."""
    return {r.target.value for _, r in parts if r.target and metric.kind not in BARS}


def survival(
    curves: Sequence[tuple[str, Curve]], agreed: Sequence[float | None] = (), height: int = 330
) -> go.Figure:
    """The share still open by days, one curve each with its 95 % band, named at its end; the first stands out.

    agreed: days by which it was to be done, of each curve: a ring marks what was open then.
    """
    figure = go.Figure()
    far = max((curve.last for _, curve in curves), default=0) / 24
    ends = _without_overlap([float(curve.share[-1]) for _, curve in curves], 0.07)
    for number, (name, curve) in enumerate(curves):
        days = [*(curve.times / 24), curve.last / 24]
        low, share, high = ([*told, told[-1]] for told in (curve.low, curve.share, curve.high))
        figure.add_trace(go.Scatter(
            x=[*_steps(days), *_steps(days)[::-1]], y=[*_held(high), *_held(low)[::-1]],
            fill="toself", fillcolor="rgba(138, 147, 160, 0.16)", mode="none", hoverinfo="skip",
        ))  # fmt: skip
        figure.add_trace(go.Scatter(
            # Without markers a line takes no clicks.
            x=days, y=share, mode="lines+markers", marker={"opacity": 0, "size": 10},
            line={"width": 3 if number == 0 else 2, "shape": "hv"}, unselected={"marker": {"opacity": 0}},
            opacity=max(1 - 0.24 * number, 0.3), customdata=[name] * len(days), hoverinfo="text",
            hovertext=[f"{label(name)}: {at:.0%} still open after {day:,.0f} days" for day, at in zip(days, share, strict=True)],
        ))  # fmt: skip
        figure.add_annotation(
            x=1, xref="paper", y=ends[number], text=f"<b>{label(brief(name))}</b>", showarrow=False, xanchor="left", xshift=10,
        )  # fmt: skip
    due = [
        (name, day, _open_at(curve, 24 * day))
        for (name, curve), day in zip(curves, agreed, strict=False)
        if day and day <= far
    ]
    if due:
        figure.add_trace(go.Scatter(
            x=[day for _, day, _ in due], y=[at for _, _, at in due], mode="markers", customdata=[name for name, *_ in due],
            marker={"size": 12, "symbol": "circle-open", "line": {"width": 2}}, hoverinfo="text",
            hovertext=[f"{label(name)}: {at:.0%} still open when the {day:g} days agreed were over" for name, day, at in due],
        ))  # fmt: skip
    figure.update_xaxes(range=[0, far or 1], ticksuffix=" days", showgrid=False, nticks=8, fixedrange=True)
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%", nticks=5, fixedrange=True)
    return _plain(figure, height).update_layout(margin={"r": 86})


def calendar(days: Sequence[Day], chosen: date | None = None) -> go.Figure:
    """A square a day, a column a week from Monday on, the fuller the more hours; what the data does not cover is outlined.

    Each square bears its day as custom data.
    """
    begins = days[0].on - timedelta(days=days[0].on.weekday())
    at = [((day.on - begins).days // 7, day.on.weekday()) for day in days]
    levels = shades(days)
    shade = [sum(day.hours > least for least in levels) if day.known else None for day in days]
    figure = go.Figure()
    for quiet in (True, False):
        some = [n for n, full in enumerate(shade) if (not full) is quiet]
        figure.add_trace(go.Scatter(
            x=[at[n][0] for n in some], y=[at[n][1] for n in some], mode="markers",
            marker={
                "symbol": ["square-open" if shade[n] is None else "square" for n in some], "size": 14,
                "opacity": [(0.16 if shade[n] is not None else 0.3) if quiet else OPACITY[shade[n] - 1] for n in some],
                "line": {"width": [1 if shade[n] is None else 0 for n in some]}, **({"color": INK} if quiet else {}),
            },
            customdata=[days[n].period.name for n in some], hoverinfo="text", hovertext=[_told(days[n]) for n in some],
            unselected={"marker": {"opacity": 1}} if not quiet else {"marker": {"opacity": 0.16}},
        ))  # fmt: skip
    if ring := [place for day, place in zip(days, at, strict=True) if day.on == chosen]:
        figure.add_trace(go.Scatter(
            x=[ring[0][0]], y=[ring[0][1]], mode="markers", hoverinfo="skip",
            marker={"symbol": "square-open", "size": 18, "color": INK, "line": {"width": 2}},
        ))  # fmt: skip
    firsts = [(week, day.on) for day, (week, _) in zip(days, at, strict=True) if day.on.day == 1]
    figure.update_xaxes(
        range=[-0.7, at[-1][0] + 0.7], fixedrange=True, side="top", showgrid=False, zeroline=False, tickvals=[week for week, _ in firsts],
        ticktext=[f"{on:%b}<br>{on:%Y}" if on.month == 1 or on is firsts[0][1] else f"{on:%b}" for _, on in firsts], tickangle=0,
    )  # fmt: skip
    figure.update_yaxes(
        range=[6.6, -0.6], fixedrange=True, tickvals=[0, 2, 4, 6], ticktext=["Mon", "Wed", "Fri", "Sun"], showgrid=False, zeroline=False,
    )  # fmt: skip
    # At this width the squares are squares.
    return _plain(figure, 40 + 7 * CELL).update_layout(
        margin={"t": 34, "l": 40}, width=48 + CELL * (at[-1][0] + 1)
    )


def shades(days: Sequence[Day]) -> tuple[int, ...]:
    """The hours of a day above which its square is fuller: 0, 1, 4 and 8, or several times that where days have more."""
    most = max((day.hours for day in days), default=0)
    times = next(n for n in DAYS if 3 * n * SHADES[-1] >= most)
    return tuple(times * level for level in SHADES)


def _told(day: Day) -> str:
    if not day.known:
        return f"{day.period.label}: not covered by the data"
    if not day.hours:
        return f"{day.period.label}: no downtime"
    return f"{day.period.label}: {day.hours:,.1f} h in {day.outages} outage{'s' * (day.outages != 1)}"


def _steps(days: Sequence[float]) -> list[float]:
    """The corners of a line that keeps its value up to the next day."""
    return [days[0], *(day for day in days[1:] for _ in range(2))]


def _held(values: Sequence[float]) -> list[float]:
    return [*(value for value in values[:-1] for _ in range(2)), values[-1]]


def _open_at(curve: Curve, hours: float) -> float:
    return float(curve.share[max(curve.times.searchsorted(hours, side="right") - 1, 0)])


def _without_overlap(heights: Sequence[float], least: float) -> list[float]:
    """Heights of labels, moved up where they would lie on each other."""
    placed: dict[int, float] = {}
    for number in sorted(range(len(heights)), key=lambda n: heights[n]):
        placed[number] = max([heights[number], *(height + least for height in placed.values())])
    return [placed[number] for number in range(len(heights))]


def _series(
    metric: Metric, names: list[str], readings: list[Reading | None], pale: bool
) -> go.Bar | go.Scatter:
    shared = {
        "x": names,
        "y": [r.value if r else None for r in readings],
        "text": [r.text if r and r.value is not None else "" for r in readings],  # of a picture
        "hovertext": [
            f"{r.period.label}{cut_off(r)}: {r.text} ({r.n:,} counted)" if r else "" for r in readings
        ],
        "hoverinfo": "text",
    }
    if metric.kind in BARS:
        return go.Bar(**shared, marker={"opacity": 0.35 if pale else 1}, textposition="none")
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


def _usual(figure: go.Figure, limits: Limits, first: int, end: int) -> None:
    """The range that the months before lead one to expect (XmR limits), from where the trend last broke."""
    figure.add_shape(
        type="rect", x0=first - 0.5, x1=end - 0.5, y0=max(limits.low, 0), y1=limits.high, fillcolor=GOAL, opacity=0.1,
        line_width=0, layer="below",
    )  # fmt: skip


def _months(readings: list[Reading]) -> list[str]:
    """The months of a trend, of which the first and each January bear their year."""
    told = []
    for number, r in enumerate(readings):
        month, _, year = r.period.label.partition(" ")
        cut = cut_off(r) if number and month != "January" else f"<br>{year}{cut_off(r)}"
        told.append(f"{month[:3]}{cut}")
    return told


def _ticks(metric: Metric, readings: list[Reading]) -> dict:
    """How an axis writes its values: in days where the values themselves are written so."""
    if metric.unit == "money":
        return {"tickprefix": metric.text(0).removesuffix("0"), "tickformat": "~s"}
    top = max((v for r in readings for v in (r.value, r.high) if v is not None), default=0.0)
    if metric.unit == "hours" and metric.text(top).endswith("days"):
        step = next(days for days in DAYS if top / 24 <= 5 * days)
        marks = range(0, int(top / 24 + step) + 1, step)
        return {
            "tickvals": [24 * days for days in marks],
            "ticktext": [f"{days:,} day{'s' * (days != 1)}" for days in marks],
        }
    marks = {"hours": {"ticksuffix": " h"}, "days": {"ticksuffix": " d"}, "percent": {"ticksuffix": " %"}}
    return {"tickformat": ",~r"} | marks.get(metric.unit, {})


def _plain(figure: go.Figure, height: int | None) -> go.Figure:
    return figure.update_layout(
        height=height, margin={"l": 0, "r": 8, "t": 12, "b": 0}, showlegend=False, bargap=0.35, barmode="overlay",
        hovermode="closest", dragmode=False,
    )  # fmt: skip
