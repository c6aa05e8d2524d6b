"""Figures without a browser: each value where its axis says, each text as text, and nothing left out in silence."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard import charts
from dashboard.incidents import Day
from dashboard.pack.look import ACCENT, SOFT, STATES
from dashboard.pack.plotted import WIDTH, plotted
from dashboard.reading import Period
from dashboard.survival import Curve
from dashboard.timeline import Mark, Tie, brush, timeline

HOSTILE = '<b>&]]> "x" </text>'
JULY, AUGUST = datetime(2026, 7, 1), datetime(2026, 8, 1)


def drawn(*figures: go.Figure) -> list[dict[str, Any]]:
    return plotted(figures)


def parts(root: dict[str, Any], kind: str, **look: Any) -> list[dict[str, Any]]:
    return [one for one in root["parts"] if one["kind"] == kind and look.items() <= one.items()]


def texts(root: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """The texts of a drawing and where each stands."""
    return {"".join(said for said, _ in one["said"]): (one["x"], one["y"]) for one in parts(root, "text")}


def ways(root: dict[str, Any], **look: Any) -> list[list[tuple[float, float]]]:
    """Lines and outlines, as the points that they lead over."""
    return [one["points"] for one in parts(root, "way", **look)]


def months(world, kind: str, **more):
    """A trend of four months, of one to four in each, whose last is running."""
    rows = [
        {"at": datetime(2026, month, day), **more} for month in range(7, 11) for day in range(1, month - 5)
    ]
    opened = world.given(
        kind, rows, as_of=datetime(2026, 10, 20), targets=({"value": 6.0, "from_at": datetime(2020, 1, 1)},)
    )
    metric = opened.metric("measure")
    trend = opened.trend("measure", opened.calendar.period("2026-10"), {}, 4)
    return charts.trend(metric, trend)


def test_bars_stand_on_zero_and_are_as_tall_as_their_values(world):
    (root,) = drawn(months(world, "count"))
    bars = parts(root, "box", fill=ACCENT)
    heights = [bar["height"] for bar in bars]
    assert heights == pytest.approx([n * heights[0] for n in (1, 2, 3, 4)], abs=0.3)
    assert len({round(bar["y"] + bar["height"]) for bar in bars}) == 1
    assert [bar["opacity"] for bar in bars] == [1, 1, 1, 0.35], "the running month is pale"
    said = texts(root)
    assert {"Jul", "Aug", "Sep", "2026", "so far", "1", "2", "3", "4"} <= set(said)
    assert said["4"][0] == pytest.approx(bars[3]["x"] + bars[3]["width"] / 2, abs=0.2)


@pytest.mark.parametrize("kind", ["total", "score"])
@pytest.mark.parametrize(
    "amounts", [[], [0.0], [5.0], [0.0] * 3, [-5.0] * 3, [9e14] * 3, [1e-12] * 3], ids=str
)
def test_what_is_all_the_same_or_nothing_has_its_place(world, kind, amounts):
    column = {"total": "amount", "score": "score"}[kind]
    rows = [{"at": datetime(2026, 7 + month, 1), column: amount} for month, amount in enumerate(amounts)]
    opened = world.given(kind, rows, as_of=datetime(2026, 10, 20))
    metric, september = opened.metric("measure"), opened.calendar.period("2026-09")
    trend = charts.trend(metric, opened.trend("measure", september, {}, 4))
    parts_of = charts.breakdown(metric, [("A", opened.reading("measure", september, {}))])
    for root in drawn(trend, parts_of):
        places = [one[side] for one in root["parts"] for side in ("x", "y") if side in one]
        places += [edge for points in ways(root) for point in points for edge in point]
        assert all(-1 <= place <= WIDTH + 1 for place in places)


def test_nothing_that_took_time_has_a_curve():
    one = np.ones(1)
    (root,) = drawn(charts.survival([("a", Curve(np.zeros(1), one, one, one, n=1, last=0.0))], [None]))
    assert "1 days" in texts(root)


def test_a_line_has_its_intervals_and_its_target(world):
    figure = months(world, "score", score=50.0)
    figure.data[0].error_y = {"array": [0, 10, 20, 0], "arrayminus": [0, 10, 20, 0]}
    (root,) = drawn(figure)
    lines = ways(root, stroke=ACCENT)
    upright = [abs(one[0][1] - one[1][1]) for one in lines if len(one) == 2 and one[0][0] == one[1][0]]
    assert upright[1] == pytest.approx(2 * upright[0], abs=0.3)
    assert len(parts(root, "circle", fill="#ffffff")) == 1, "the running month is hollow"
    assert ways(root, dash=(1.5, 3))


def test_a_breakdown_tells_name_value_and_count_and_cuts_a_name_without_end(world):
    day, long = datetime(2026, 9, 3), HOSTILE * 9
    rows = [{"at": day, "met": n < 2, "services": [HOSTILE]} for n in range(4)]
    rows.append({"at": day, "met": True, "services": [long]})
    opened = world.given(
        "share", rows, better="higher", targets=({"value": 75, "from_at": datetime(2020, 1, 1)},)
    )
    parts_of = opened.by("measure", opened.calendar.period("2026-Q3"), "service", {})
    (root,) = drawn(charts.breakdown(opened.metric("measure"), parts_of))
    whole, half = sorted(parts(root, "box"), key=lambda bar: -bar["width"])
    assert half["width"] == pytest.approx(whole["width"] / 2)
    assert half["y"] < whole["y"], "the worst first"
    said = texts(root)
    assert f"{charts.label(HOSTILE)}  50 % · n 4" in said
    assert [one.partition("…")[2] for one in said if "…" in one] == ["  100 % · n 1"]
    (goal,) = ways(root, dash=(1.5, 3))
    assert goal[0][0] == pytest.approx(whole["x"] + 0.75 * whole["width"])


def test_curves_go_in_steps_within_their_bands():
    curve = Curve(
        np.array([0, 48, 240.0]), np.array([1, 0.75, 0.5]), np.array([1, 0.5, 0.25]), np.array([1, 0.9, 0.75]), n=4, last=480.0
    )  # fmt: skip
    (root,) = drawn(charts.survival([(HOSTILE, curve)], [10]))
    (points,) = ways(root, stroke=ACCENT)
    assert all(x0 == x1 or y0 == y1 for (x0, y0), (x1, y1) in pairwise(points))
    said = texts(root)
    assert {"0%", "50%", "100%", "0 days", "20 days", charts.label(HOSTILE)} <= set(said)
    full, half = said["100%"][1] - 4, said["50%"][1] - 4
    assert points[-1][1] == pytest.approx(half, abs=0.2)
    assert points[0][1] == pytest.approx(full, abs=0.2)
    (ring,) = parts(root, "circle", fill="#ffffff")
    assert (ring["x"], ring["y"]) == pytest.approx(
        ((said["0 days"][0] + said["20 days"][0]) / 2, half), abs=0.3
    )
    assert ways(root, fill="#8a93a029", closed=True), "shaded"


def test_a_calendar_has_a_square_a_day():
    first = date(2026, 6, 29)
    days = [
        Day(Period(f"{on}", f"{on:%-d %b}", JULY, AUGUST), hours, 1, n < 13)
        for n, hours in enumerate((*[0.0] * 12, 9.0, 0.0))
        for on in [first + timedelta(days=n)]
    ]
    (root,) = drawn(charts.calendar(days))
    squares = parts(root, "way", closed=True)
    assert len(squares) == 14
    assert [one["fill"] for one in squares if one["fill"] not in (SOFT, "#ffffff")] == [ACCENT]
    assert len([one for one in squares if one["fill"] == "#ffffff"]) == 1, "what is not covered is outlined"
    assert {"Mon", "Sun", "Jul", "2026"} <= set(texts(root))


def test_a_timeline_stands_in_line_with_its_strip_and_links_what_is_linked():
    lanes = ["Payments", HOSTILE * 9]
    marks = [
        Mark("a", lanes[0], JULY + timedelta(days=10), (), until=JULY + timedelta(days=20), symbol="diamond"),
        Mark(
            "b", lanes[1], JULY + timedelta(days=20), (), state="off target", symbol="square", label=HOSTILE
        ),
        Mark("c", lanes[1], AUGUST, (), state=None, symbol="circle-open"),
        Mark("d", lanes[1], AUGUST, (), state="at risk", symbol="triangle-up"),
    ]
    ties = [Tie(("a", lanes[0]), ("b", lanes[1]), True), Tie(("a", lanes[0]), ("c", lanes[1]), False)]
    strip = brush([(JULY + timedelta(days=10), 2)], timedelta(days=2), JULY, AUGUST, (JULY, AUGUST))
    above, root = drawn(strip, timeline(lanes, marks, JULY, AUGUST, ties, dated=False, chosen="b"))
    (bar,) = parts(above, "box", fill=ACCENT)
    centre = bar["x"] + bar["width"] / 2  # of two days, from the eleventh on
    (arrow, *_), (square, *_), (triangle, *_) = (
        parts(root, "way", closed=True, fill=color)
        for color in (SOFT, STATES["off target"], STATES["at risk"])
    )
    (diamond,) = ways(root, closed=True, fill=ACCENT)
    ((start, end),) = ways(root, opacity=0.45)
    a_day = (end[0] - start[0]) / 10
    assert centre == pytest.approx(diamond[0][0] + a_day, abs=0.3)
    assert (len(square["points"]), len(triangle["points"])) == (4, 3)
    assert arrow["points"][0][0] < square["points"][1][0], (
        "what is certain has an arrow, which ends before the mark"
    )
    assert len(ways(root, dash=(1.5, 3))) == 1
    assert "13 Jul" in texts(above) and "13 Jul" not in texts(root)
    assert charts.label(HOSTILE) in texts(root)
    assert max(map(len, texts(root))) == 40


def test_what_stands_beside_a_mark_near_the_end_stands_before_it():
    days = {"early": 3, "late": 29}
    marks = [Mark(said, "A", JULY + timedelta(days=day), (), label=said) for said, day in days.items()]
    (root,) = drawn(timeline(["A"], marks, JULY, AUGUST))
    early, late = (texts(root)[said][0] for said in days)
    circles = [part["x"] for part in parts(root, "circle")]
    assert circles[0] < early < late < circles[1]


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (datetime(2026, 7, 1), datetime(2026, 7, 2), {"1 Jul 00:00", "1 Jul 12:00", "2 Jul 00:00"}),
        (datetime(2026, 7, 1), datetime(2026, 10, 1), {"13 Jul", "21 Sep"}),
        (datetime(2025, 1, 1), datetime(2027, 1, 1), {"Jan 2025", "Jul 2026", "Jan 2027"}),
        (datetime(2014, 2, 3), datetime(2026, 2, 3), {"Jan 2016", "Jan 2026"}),
    ],
)
def test_times_are_named_from_hours_to_years(first, last, said):
    (root,) = drawn(timeline(["A"], [], first, last))
    named = texts(root)
    assert said <= set(named)
    assert len(named) <= 13
    assert all(x <= 840 - 25 for x, _ in named.values()), "none is cut at the edge"


def test_what_lies_beyond_an_axis_is_not_drawn():
    bars = go.Figure(go.Bar(x=[JULY, AUGUST], y=[1, 1], width=4 * 86_400_000))
    bars.update_xaxes(range=[JULY, JULY + timedelta(days=20)])
    bars.update_yaxes(tickvals=[0, 1, 2], ticktext=["0 days", "1 day", "2 days"], rangemode="tozero")
    (root,) = drawn(bars)
    half, none = parts(root, "box")
    assert half["width"] == pytest.approx(2 * (840 - 30 - half["x"]) / 20), "two of its four days"
    assert none["width"] == 0
    assert "1 day" in texts(root) and "2 days" not in texts(root)


def test_what_is_not_drawn_yet_says_so():
    with pytest.raises(NotImplementedError, match="pie"):
        drawn(go.Figure([go.Pie(values=[1])]))
    with pytest.raises(NotImplementedError, match="star"):
        drawn(go.Figure(go.Scatter(x=[1], y=[1], mode="markers", marker={"symbol": "star"})))
