"""A figure of plotly as boxes, circles, ways and texts, in the light colours that a pack has: no browser draws it.

What our charts are made of is drawn (charts.py, timeline.py), and of anything else it is said that it is not. What a figure
tells only to who points at it is left out; the texts of bars and points stand above them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from math import ceil, floor, isnan, log10, sqrt
from typing import Any

import plotly.graph_objects as go
from PIL import ImageFont

from dashboard.pack.look import ACCENT, LINE, SOFT, STATES, every
from dashboard.pack.pdf import fonts, seen
from dashboard.timeline import BAD, GOOD, INK, RISK

WIDTH = 840
SIZE, ROW = 12, 15  # of texts and of their lines, in pixels
PAINT = {INK: SOFT, GOOD: STATES["on target"], RISK: STATES["at risk"], BAD: STATES["off target"]}
DASHES = {"dot": (1.5, 3), "dash": (6, 4)}
RGBA = re.compile(r"rgba?\((\d+), (\d+), (\d+)(?:, ([\d.]+))?\)")
Part = dict[str, Any]
BOLD = re.compile("</?b>")
MONDAY = datetime(2001, 1, 1)
HOURS, MONTHS = (1, 3, 6, 12, 24, 48, 168, 336), (1, 2, 3, 6, 12, 24, 60, 120)
LARGE = (("G", 1e9), ("M", 1e6), ("k", 1e3))


def plotted(figures: Sequence[go.Figure]) -> list[dict[str, Any]]:
    """Figures that stand above each other: the same room is beside each, so that their times are in line.

    Of each its width and height, and its parts in the order in which they are drawn; all in pixels from the upper left.
    """
    drawings = [Drawing(figure) for figure in figures]
    left, right = (max(sides) for sides in zip(*(drawing.beside for drawing in drawings), strict=True))
    return [drawing.parts(left, right) for drawing in drawings]


@dataclass(frozen=True)
class Axis:
    """What places values from 0 to 1. names: of categories, in their order; None for numbers and times."""

    told: go.layout.XAxis | go.layout.YAxis
    names: tuple[str, ...] | None
    dated: bool
    first: float
    last: float

    def at(self, value: object) -> float:
        return (self.number(value) - self.first) / (self.last - self.first)

    def number(self, value: object) -> float:
        if isinstance(value, str):
            return self.names.index(value)
        return (value - MONDAY).total_seconds() if isinstance(value, datetime) else float(value)

    def ticks(self, room: float) -> list[tuple[float, str]]:
        """The places that have a line, with their names; of times as many as have room."""
        if self.told.visible is False:
            return []
        hidden = self.told.showticklabels is False
        return [(at, "" if hidden else said) for at, said in self._named(room) if -1e-9 <= at <= 1 + 1e-9]

    def _named(self, room: float) -> list[tuple[float, str]]:
        told = self.told
        if told.tickvals is not None:
            return [(self.at(at), said) for at, said in zip(told.tickvals, told.ticktext, strict=True)]
        if self.names:
            return [(self.at(name), name) for name in self.names]
        if self.dated:
            first, last = (MONDAY + timedelta(seconds=edge) for edge in (self.first, self.last))
            return [(self.at(at), said) for at, said in _times(first, last, int(room / 70))]
        least, most = sorted((self.first, self.last))
        step = _step((most - least) / (told.nticks or 6))
        values = [n * step for n in range(ceil(least / step - 1e-9), floor(most / step + 1e-9) + 1)]
        prefix, suffix = told.tickprefix or "", told.ticksuffix or ""
        return [(self.at(v), f"{prefix}{_figure(v, told.tickformat)}{suffix}") for v in values]


class Drawing:
    """One figure while it is drawn: x and y are pixels from the upper left."""

    def __init__(self, figure: go.Figure):
        self.figure, layout = figure, figure.layout
        if other := {trace.type for trace in figure.data} - {"bar", "scatter"}:
            raise NotImplementedError(f"A picture of {', '.join(other)} is not drawn yet.")
        self.across, self.up = _axis(figure, "x"), _axis(figure, "y")
        margin = layout.margin
        room = layout.width or WIDTH
        self.texts = [t for t in figure.data if self.across.names and t.text is not None]
        self.height = layout.height or 300
        below = self.across.ticks(room)
        lines = ROW * max((said.count("<br>") + 1 for _, said in below if said), default=0)
        above = layout.xaxis.side == "top"
        self.top = max(margin.t or 0, (lines + 8) * above) + (ROW + 4) * bool(self.texts)
        self.bottom = self.height - max(margin.b or 0, (lines + 8) * (not above))
        ends = [
            _width(note.text) + (note.xshift or 0) + 4
            for note in layout.annotations
            if note.xref == "paper" and note.xanchor == "left"
        ]
        self.names = self.up.ticks(self.bottom - self.top)
        left = max(margin.l or 0, 8, *(_width(said) + 10 for _, said in self.names))
        # A day or month at the right edge is as wide on either side of it.
        self.beside = left, max(margin.r or 0, 30 if self.across.dated else 16, *ends)
        self.room = room

    def parts(self, left: float, right: float) -> dict[str, Any]:
        """left, right: the room beside it, at least `beside`."""
        self.left, self.right = left, self.room - right
        layout = self.figure.layout
        below = [shape for shape in layout.shapes if shape.layer == "below"]
        drawn = [
            *(self._shape(shape) for shape in below),
            *self._grid(),
            *(part for trace in self.figure.data for part in self._trace(trace)),
            *(self._shape(shape) for shape in layout.shapes if shape not in below),
            *(part for note in layout.annotations for part in self._note(note)),
            *self._values(),
        ]
        return {"width": self.room, "height": self.height, "parts": drawn}

    def x(self, value: object, ref: str | None = "x") -> float:
        at = self.across.at(value) if ref in ("x", None) else value
        return self.left + at * (self.right - self.left)

    def y(self, value: object, ref: str | None = "y") -> float:
        at = self.up.at(value) if ref in ("y", None) else value
        return self.bottom - at * (self.bottom - self.top)

    def _grid(self) -> Iterator[Part]:
        """The lines and the names of both axes."""
        for at, said in self.names:
            y = self.bottom - at * (self.bottom - self.top)
            if not self.up.names and self.up.told.showgrid is not False:
                yield _way([(self.left, y), (self.right, y)], stroke=LINE)
            yield from _text(self.left - 10, y + 4, said, "right")
        ticks = self.across.ticks(self.right - self.left)
        above = self.across.told.side == "top"
        widest = max((_width(said) for _, said in ticks), default=0) + 8
        # Days and months of a calendar stand where they are; names that have no room leave some out, not the last.
        step = every(len(ticks), widest, self.right - self.left) if self.across.names else 1
        for at, said in ticks[::-1][::step]:
            x = self.left + at * (self.right - self.left)
            if self.across.told.showgrid:
                yield _way([(x, self.top), (x, self.bottom)], stroke=LINE)
            yield from _text(
                x, self.top - 8 - ROW * said.count("<br>") if above else self.bottom + ROW + 1, said
            )

    def _trace(self, trace: go.Bar | go.Scatter) -> Iterator[Part]:
        if isinstance(trace, go.Bar):
            yield from self._bars(trace)
        else:
            yield from self._line(trace)
            yield from self._marks(trace)

    def _bars(self, bar: go.Bar) -> Iterator[Part]:
        lying = bar.orientation == "h"
        axis = self.up if lying else self.across
        thick = (bar.width or 0) / 1000 if axis.dated else 1 - (self.figure.layout.bargap or 0.2)
        opacity = bar.marker.opacity if bar.marker.opacity is not None else 1
        for x, y in zip(bar.x, bar.y, strict=True):
            if _none(x) or _none(y):
                continue
            middle = axis.number(y if lying else x)
            one, other = middle - thick / 2, middle + thick / 2
            ends = (0, x, one, other) if lying else (one, other, 0, y)
            yield self._box(*ends, fill=ACCENT, opacity=opacity)

    def _box(self, x0, x1, y0, y1, refs=("x", "y"), **look) -> Part:
        left, right = sorted(min(max(self.x(x, refs[0]), self.left), self.right) for x in (x0, x1))
        top, bottom = sorted(min(max(self.y(y, refs[1]), self.top), self.bottom) for y in (y0, y1))
        return _part("box", x=left, y=top, width=right - left, height=bottom - top, **look)

    def _line(self, trace: go.Scatter) -> Iterator[Part]:
        color = trace.line.color or ACCENT
        for points in _runs(trace):
            corners = [(self.x(x), self.y(y)) for x, y in points]
            if trace.fill == "toself":
                yield _way(corners, closed=True, fill=trace.fillcolor)
            if "lines" in (trace.mode or ""):
                yield _way(
                    _shaped(corners, trace.line.shape), stroke=color, thickness=trace.line.width or 2,
                    dash=DASHES.get(trace.line.dash), opacity=trace.opacity,
                )  # fmt: skip
                if trace.marker.symbol == "arrow" and "markers" in trace.mode:
                    yield _arrow(*corners[-2:], color)

    def _marks(self, trace: go.Scatter) -> Iterator[Part]:
        if "markers" not in (trace.mode or "") or trace.marker.symbol == "arrow":
            return
        marker, count = trace.marker, len(trace.x)
        symbols, sizes, opacities, widths = (
            [told] * count if isinstance(told, str) or not isinstance(told, Iterable) else list(told)
            for told in (marker.symbol or "circle", marker.size or 6, 1 if marker.opacity is None else marker.opacity, marker.line.width or 0)
        )  # fmt: skip
        color, error = marker.color or ACCENT, trace.error_y
        for n, (x, y) in enumerate(zip(trace.x, trace.y, strict=True)):
            if _none(x) or _none(y) or not opacities[n]:
                continue
            at = self.x(x), self.y(y)
            if error.array is not None and (error.array[n] or error.arrayminus[n]):
                ends = self.y(y + error.array[n]), self.y(y - error.arrayminus[n])
                yield _way([(at[0], ends[0]), (at[0], ends[1])], stroke=color)
            yield _mark(symbols[n], at, sizes[n], color, widths[n], opacities[n])
            if "text" in trace.mode and trace.text[n]:
                apart = sizes[n] / 2 + 4
                beside = (
                    (at[0] - apart, "right") if "left" in trace.textposition[n] else (at[0] + apart, "left")
                )
                yield from _text(beside[0], at[1] + 4, trace.text[n], beside[1])

    def _shape(self, shape: go.layout.Shape) -> Part:
        refs = shape.xref, shape.yref
        line, opacity = shape.line, shape.opacity
        if shape.type == "rect":
            return self._box(
                shape.x0, shape.x1, shape.y0, shape.y1, refs, fill=shape.fillcolor, opacity=opacity
            )
        if shape.type != "line":
            raise NotImplementedError(f"A picture of a {shape.type} is not drawn yet.")
        ends = [
            (self.x(x, refs[0]), self.y(y, refs[1])) for x, y in ((shape.x0, shape.y0), (shape.x1, shape.y1))
        ]
        return _way(
            ends, stroke=line.color, thickness=line.width, dash=DASHES.get(line.dash), opacity=opacity
        )

    def _note(self, note: go.layout.Annotation) -> Iterator[Part]:
        x, y = self.x(note.x, note.xref) + (note.xshift or 0), self.y(note.y, note.yref) - (note.yshift or 0)
        return _text(x, y + (-4 if note.yanchor == "bottom" else 4), note.text, note.xanchor or "center")

    def _values(self) -> Iterator[Part]:
        """The texts of bars and points, in a row above them all; where they have no room some are left out, not the last."""
        told = {
            self.x(x): said
            for trace in self.texts
            for x, said in zip(trace.x, trace.text, strict=True)
            if said
        }
        widest = max((_width(said) for said in told.values()), default=0) + 8
        step = every(len(self.across.names or ()), widest, self.right - self.left)
        for x, said in sorted(told.items(), reverse=True)[::step]:
            yield from _text(x, self.top - ROW - 3, f"<b>{said}</b>")


def _axis(figure: go.Figure, way: str) -> Axis:
    """The axis of a figure across ("x") or up ("y"), from the values of its traces and shapes where it states no range."""
    told = figure.layout[f"{way}axis"]
    values = [v for trace in figure.data for v in trace[way] if not _none(v)]
    dated = any(isinstance(v, datetime) for v in (*values, *(told.range or ())))
    if any(isinstance(v, str) for v in values):
        names = told.categoryarray if told.categoryarray is not None else dict.fromkeys(values)
        return Axis(told, tuple(names), False, -0.5, len(names) - 0.5)
    axis = Axis(told, None, dated, 0, 1)
    if told.range:
        return Axis(told, None, dated, *map(axis.number, told.range))
    lengths = [t for t in figure.data if isinstance(t, go.Bar) and (t.orientation == "h") is (way == "x")]
    numbers = [axis.number(v) for v in values]
    for trace in figure.data:
        if way == "y" and isinstance(trace, go.Scatter) and trace.error_y.array is not None:
            spread = zip(trace.y, trace.error_y.array, trace.error_y.arrayminus, strict=True)
            numbers += [edge for v, up, down in spread if not _none(v) for edge in (v + up, v - down)]
    for shape in figure.layout.shapes:
        if shape[f"{way}ref"] in (way, None):
            numbers += [axis.number(shape[f"{way}{end}"]) for end in (0, 1)]
    low, high = min(numbers, default=0), max(numbers, default=1)
    if lengths or told.rangemode == "tozero":
        low, high = min(low, 0), max(high, 0)
    room = 0.05 * (high - low) or 0.5 * abs(high) or 1
    return Axis(
        told, None, dated, low - room * (low != 0 or not lengths), high + room * (high != 0 or low == high)
    )


def _runs(trace: go.Scatter) -> list[list[tuple]]:
    """The points of a line without a gap between them, or all where gaps are to be connected."""
    runs = [[]]
    for x, y in zip(trace.x, trace.y, strict=True):
        if not (_none(x) or _none(y)):
            runs[-1].append((x, y))
        elif not trace.connectgaps:
            runs.append([])
    return [run for run in runs if run]


def _shaped(points: list[tuple[float, float]], shape: str | None) -> list[tuple[float, float]]:
    """The corners of a line that goes in steps: across first (hv), or across, up, and across again (hvh)."""
    if shape not in ("hv", "hvh"):
        return points
    corners = points[:1]
    for (x0, y0), (x1, y1) in pairwise(points):
        turn = x1 if shape == "hv" else (x0 + x1) / 2
        corners += [(turn, y0), (turn, y1), (x1, y1)]
    return corners


def _mark(
    symbol: str, at: tuple[float, float], size: float, color: str, width: float, opacity: float
) -> Part:
    (x, y), r = at, size / 2
    shape, hollow = symbol.removesuffix("-open"), symbol.endswith("-open")
    look = {"fill": "#ffffff" if hollow else color, "stroke": color, "opacity": opacity}
    look["thickness"] = max(width, 1.4) if hollow else width
    if shape == "circle":
        return _part("circle", x=x, y=y, radius=r, **look)
    wide, high = 1.3 * r, 2 * r / sqrt(3)
    corners = {
        "square": [(-r, -r), (r, -r), (r, r), (-r, r)],
        "diamond": [(0, -wide), (wide, 0), (0, wide), (-wide, 0)],
        "triangle-up": [(0, -r), (high, r / 2), (-high, r / 2)],
    }
    if shape not in corners:
        raise NotImplementedError(f"A picture of the mark {symbol} is not drawn yet.")
    return _way([(x + dx, y + dy) for dx, dy in corners[shape]], closed=True, **look)


def _arrow(start: tuple[float, float], end: tuple[float, float], color: str) -> Part:
    """A head at the end of a line, a little before what it points at."""
    far = sqrt((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) or 1
    dx, dy = (end[0] - start[0]) / far, (end[1] - start[1]) / far
    x, y = end[0] - 6 * dx, end[1] - 6 * dy
    corners = [(x, y), (x - 8 * dx - 4 * dy, y - 8 * dy + 4 * dx), (x - 8 * dx + 4 * dy, y - 8 * dy - 4 * dx)]
    return _way(corners, closed=True, fill=color)


def _way(points: Sequence[tuple[float, float]], closed: bool = False, **look: Any) -> Part:
    return _part("way", points=points, closed=closed, **look)


def _text(x: float, y: float, said: str, anchor: str = "center") -> Iterator[Part]:
    """The lines of a text, of which some parts are bold. y: the foot of the first; anchor: what of it stands at x."""
    for row, line in enumerate(said.split("<br>")):
        yield {"kind": "text", "x": x, "y": y + ROW * row, "said": _parts(line), "anchor": anchor}


def _part(
    kind: str, fill: str | None = None, stroke: str | None = None, opacity: float | None = None, **told: Any
) -> Part:
    """fill, stroke: colours, or None. Beside them thickness and dash of a stroke, and where it is."""
    look = {"fill": _color(fill), "stroke": _color(stroke), "opacity": 1 if opacity is None else opacity}
    return {"kind": kind, "thickness": 1, "dash": None, **look, **told}


def _parts(line: str) -> list[tuple[str, bool]]:
    """The parts of a line, and whether they are bold. Only our own texts have tags: see shown.label."""
    return [(seen(part), bool(place % 2)) for place, part in enumerate(BOLD.split(line)) if part]


def _width(said: str) -> float:
    """Of a text, in pixels."""
    return max(sum(_font(bold).getlength(part) for part, bold in _parts(line)) for line in said.split("<br>"))


@cache
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    weight = "Semibold" if bold else "Regular"
    return ImageFont.truetype(fonts() / f"SourceSansPro-{weight}.ttf", SIZE)


def _color(color: str | None) -> str | None:
    """A colour of a figure as #rrggbb or #rrggbbaa; those that stand for the theme's become these."""
    color = PAINT.get(color, color)
    if color and (found := RGBA.fullmatch(color)):
        *three, clear = found.groups()
        return "#" + "".join(f"{part:02x}" for part in (*map(int, three), round(255 * float(clear or 1))))
    return color


def _none(value: object) -> bool:
    return value is None or (isinstance(value, float) and isnan(value))


def _step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20 … (and 0.5, 0.2 …) that is no smaller."""
    power = 10 ** floor(log10(least))
    return next(size * power for size in (1, 2, 5, 10) if size * power >= least * (1 - 1e-9))


def _figure(value: float, form: str | None) -> str:
    """A number as an axis writes it: in percent, with the sign of its thousands, or as it is."""
    if form == ".0%":
        return f"{value:.0%}"
    if form == "~s":
        for sign, size in LARGE:
            if abs(value) >= size:
                return f"{value / size:.6g}{sign}"
    return f"{value:,.10g}"


def _times(first: datetime, last: datetime, most: int) -> list[tuple[datetime, str]]:
    """Hours, days, Mondays or beginnings of months between two moments, no more than `most` or twelve."""
    most = max(min(most, 12), 2)
    for hours in HOURS:
        step = timedelta(hours=hours)
        begin = MONDAY - (MONDAY - first) // step * step
        if (count := (last - begin) // step + 1) <= most:
            form = "%-d %b %H:%M" if hours < 24 else "%-d %b"
            return [(at, f"{at:{form}}") for at in (begin + n * step for n in range(count))]
    begin = 12 * first.year + first.month - (first == datetime(first.year, first.month, 1))
    for months in MONTHS:
        numbers = range(-(-begin // months) * months, 12 * last.year + last.month, months)
        if len(numbers) <= most:
            break
    return [(at, f"{at:%b %Y}") for at in (datetime(n // 12, n % 12 + 1, 1) for n in numbers)]
