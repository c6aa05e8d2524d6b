"""The timeline: what happened when, in lanes, with what links it. One function for incidents and for audits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import plotly.graph_objects as go

from dashboard.shown import brief, label

# Stand for colours of the theme, which the style sheet puts in their place.
INK, GOOD, RISK, BAD = "rgb(1, 1, 1)", "rgb(1, 1, 2)", "rgb(1, 1, 3)", "rgb(1, 1, 4)"
STATES = {"on target": GOOD, "at risk": RISK, "off target": BAD, None: INK}
FAINT = "#8a93a0"
LANE, TOP, STRIP = 36, 32, 84


@dataclass(frozen=True)
class Mark:
    """Something at a moment, or from a moment to another. at, until: as the clocks of the organisation show them.

    lane: the name of its lane. lift: how far above the middle of the lane, from -0.5 to 0.5. symbol: of plotly.
    said: lines told where it is pointed at. state: of a target, where its colour says one. label: stands beside it.
    """

    key: str
    lane: str
    at: datetime
    said: tuple[str, ...]
    until: datetime | None = None
    lift: float = 0
    symbol: str = "circle"
    size: int = 10
    state: str | None = ""
    label: str = ""


@dataclass(frozen=True)
class Tie:
    """A line from one mark to another, by their keys and lanes; certain: drawn through, with an arrow."""

    one: tuple[str, str]
    other: tuple[str, str]
    certain: bool


def timeline(
    lanes: Sequence[str],
    marks: Sequence[Mark],
    first: datetime,
    last: datetime,
    ties: Sequence[Tie] = (),
    today: datetime | None = None,
    chosen: str | None = None,
    dated: bool = True,
) -> go.Figure:
    """Lanes from top to bottom. Each mark bears its key as custom data. today: from there on it is still to come.

    chosen: the key of a mark that has a ring. dated: days stand above the lanes.
    """
    places = {name: number for number, name in enumerate(lanes)}
    y = {(m.key, m.lane): places[m.lane] - m.lift for m in marks}
    x = {(m.key, m.lane): m.at for m in marks}
    figure = go.Figure()
    for number in range(0, len(lanes), 2):
        figure.add_hrect(
            number - 0.5, number + 0.5, fillcolor=FAINT, opacity=0.07, line_width=0, layer="below"
        )
    lasting = [m for m in marks if m.until is not None and m.until > m.at]
    if lasting:
        figure.add_trace(
            go.Scatter(
                x=[moment for m in lasting for moment in (m.at, min(m.until, last), None)],
                y=[height for m in lasting for height in (y[m.key, m.lane], y[m.key, m.lane], None)],
                mode="lines",
                line={"width": 3},
                opacity=0.45,
                hoverinfo="skip",
            )
        )
    turn = first + (last - first) * 0.86  # what stands beside a later mark would be cut off on a phone
    drawn = [tie for tie in ties if tie.one in y and tie.other in y]
    for certain in (True, False):
        if some := [tie for tie in drawn if tie.certain is certain]:
            figure.add_trace(_tied(some, x, y, certain))
    for state in dict.fromkeys(m.state for m in marks):
        some = [m for m in marks if m.state == state]
        figure.add_trace(
            go.Scatter(
                x=[m.at for m in some],
                y=[y[m.key, m.lane] for m in some],
                mode="markers+text" if any(m.label for m in some) else "markers",
                marker={
                    "symbol": [m.symbol for m in some],
                    "size": [m.size for m in some],
                    "opacity": 1,
                    "line": {"width": 1.4},
                    **({"color": STATES[state]} if state != "" else {}),
                },
                text=[label(m.label) for m in some],
                textposition=[f"middle {'left' if m.at > turn else 'right'}" for m in some],
                customdata=[m.key for m in some],
                hovertext=["<br>".join(map(label, m.said)) for m in some],
                hoverinfo="text",
                unselected={"marker": {"opacity": 1}},
                cliponaxis=False,
            )
        )
    if ring := [m for m in marks if m.key == chosen]:
        figure.add_trace(
            go.Scatter(
                x=[m.at for m in ring],
                y=[y[m.key, m.lane] for m in ring],
                mode="markers",
                marker={"symbol": "circle-open", "size": 24, "color": INK, "line": {"width": 2}},
                hoverinfo="skip",
            )
        )
    if today is not None and first < today < last:
        figure.add_vline(today, line={"color": FAINT, "width": 1, "dash": "dot"})
    figure.update_xaxes(range=[first, last], showgrid=True, showticklabels=dated, **AXIS)
    figure.update_yaxes(
        range=[len(lanes) - 0.5, -0.5],
        tickvals=list(range(len(lanes))),
        ticktext=[label(brief(name)) for name in lanes],
        showgrid=False,
        zeroline=False,
        ticklabelstandoff=6,
        fixedrange=True,
    )
    return figure.update_layout(
        height=(TOP if dated else 0) + LANE * max(len(lanes), 2),
        margin={"l": beside(lanes), "r": 8, "t": 28 if dated else 0, "b": 4},
        showlegend=False,
        hovermode="closest",
        dragmode=False,
    )


def brush(
    bins: Sequence[tuple[datetime, int]],
    width: timedelta,
    first: datetime,
    last: datetime,
    span: tuple[datetime, datetime] | None = None,
    margin: int = 0,
) -> go.Figure:
    """How many in each bin of a span of time, in a strip on which dragging marks a part of it. span: the part marked.

    bins: their beginnings, all of one width. margin: on the left, to stand in line with a timeline.
    """
    figure = go.Figure(
        go.Bar(
            x=[at + width / 2 for at, _ in bins],
            y=[n for _, n in bins],
            width=width.total_seconds() * 900,
            hovertext=[f"{at:%-d %b %Y}: {n:,}" for at, n in bins],
            hoverinfo="text",
            unselected={"marker": {"opacity": 1}},
        )
    )
    if span:
        figure.add_vrect(*span, fillcolor=FAINT, opacity=0.25, line_width=0, layer="below")
    figure.update_xaxes(range=[first, last], showgrid=False, **AXIS)
    figure.update_yaxes(visible=False, rangemode="tozero", fixedrange=True)
    return figure.update_layout(
        height=STRIP,
        margin={"l": margin, "r": 8, "t": 28, "b": 2},
        showlegend=False,
        hovermode="closest",
        dragmode="select",
        selectdirection="h",
        bargap=0,
    )


def beside(lanes: Sequence[str]) -> int:
    """The room in pixels that the names of lanes take."""
    return 16 + round(6.3 * max((len(brief(name)) for name in lanes), default=0))


# The axis in days, months or years, as far as it reaches.
TICKS = [
    {"dtickrange": [None, 86_400_000], "value": "%-d %b %H:%M"},
    {"dtickrange": [86_400_000, 27 * 86_400_000], "value": "%-d %b"},
    {"dtickrange": [27 * 86_400_000, None], "value": "%b %Y"},
]


AXIS = {"side": "top", "tickformatstops": TICKS, "nticks": 12, "fixedrange": True}


def _tied(ties: Sequence[Tie], x: dict, y: dict, certain: bool) -> go.Scatter:
    xs, ys, sizes = [], [], []
    for tie in ties:
        xs += [x[tie.one], x[tie.other], None]
        ys += [y[tie.one], y[tie.other], None]
        sizes += [0, 11, 0]
    return go.Scatter(
        x=xs,
        y=ys,
        mode="lines+markers" if certain else "lines",
        line={"width": 1.6, "color": INK, "dash": "solid" if certain else "dot"},
        marker={"symbol": "arrow", "size": sizes, "angleref": "previous", "standoff": 6, "color": INK},
        hoverinfo="skip",
    )
