"""A chart as a picture: of a stated size, and the whole of it, whatever its texts say."""

import struct
from xml.etree import ElementTree

import plotly.graph_objects as go
import pytest

from dashboard.drawings import Bar, Bars
from dashboard.pack.picture import Picture

HOSTILE = '#panic("x") $ <b> \\ @x = * & ]]> \x00\u202e\ufffe' + "y" * 500
BARS = Bars(
    HOSTILE,
    [Bar(HOSTILE, {"done": 3, "missed": 1}, HOSTILE, HOSTILE, state="off target"), Bar("b", {}, "0")],
    {"done": HOSTILE, "missed": ""},
    (HOSTILE, "", ""),
)


def svg(picture: Picture) -> ElementTree.Element:
    return ElementTree.fromstring(picture.as_file("SVG"))


@pytest.mark.parametrize("drawing", [BARS, [go.Figure(go.Scatter(x=[1], y=[2], mode="markers"))]])
def test_a_picture_is_240_mm_wide_as_png_and_svg_whatever_its_texts_say(drawing):
    picture = Picture(HOSTILE, HOSTILE, HOSTILE, drawing, [HOSTILE])
    png = picture.as_file("PNG")
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">I", png[16:20])[0] == 1890  # at 200 pixels an inch
    root = svg(picture)
    assert root.tag.endswith("svg")
    assert float(root.get("width").removesuffix("pt")) == pytest.approx(240 / 25.4 * 72)
    assert not list(root.iter("{http://www.w3.org/2000/svg}image")), (
        "drawings of their own are not shown everywhere"
    )


def test_each_of_its_texts_is_on_it():
    def glyphs(**more: str) -> int:
        texts = {"title": "", "said": "", "source": "", **more}
        return len(list(svg(Picture(**texts, drawing=BARS)).iter()))

    assert all(glyphs(**{name: "Payments"}) > glyphs() for name in ("title", "said", "source"))


def test_a_chart_is_in_the_file_as_it_is_drawn():
    def circles(count: int) -> int:
        figure = go.Figure(go.Scatter(x=list(range(count)), y=[1] * count, mode="markers"))
        return len(list(svg(Picture("", "", "", [figure.update_xaxes(visible=False)])).iter()))

    assert circles(9) > circles(2)
