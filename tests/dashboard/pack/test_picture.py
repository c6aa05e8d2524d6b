"""A trend as a picture: the whole of it, whatever its texts say."""

import struct
from datetime import datetime
from xml.etree import ElementTree

import pytest

from dashboard.pack.picture import picture

HOSTILE = '#panic("x") $ <b> \\ @x = *'


@pytest.mark.parametrize("kind", ["span", "score"])
def test_a_trend_is_drawn_as_png_and_svg(world, kind):
    months = [datetime(2026, month, 3) for month in range(1, 10)]
    rows = [
        {"since": at, "until": at.replace(day=4)} if kind == "span" else {"at": at, "score": 50.0 + at.month}
        for at in months
    ]
    opened = world.given(kind, rows, title=HOSTILE)
    metric, period = opened.metric("measure"), opened.calendar.period("2026-Q3")
    trend = opened.trend("measure", period, {}, 12)
    png, svg = (picture(metric, trend, [], HOSTILE, name) for name in ("PNG", "SVG"))
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">I", png[16:20])[0] == 1890  # 240 mm at 200 pixels an inch
    drawn = ElementTree.fromstring(svg)
    assert drawn.tag.endswith("svg")
    plain = picture(metric, trend[:1], [], HOSTILE, "SVG")
    assert len(list(drawn.iter())) > len(list(ElementTree.fromstring(plain).iter())), "each period is in it"


def test_a_trend_without_a_value_says_so(world):
    opened = world.given("score", [{"at": datetime(2026, 9, 3), "score": None}])
    trend = opened.trend("measure", opened.calendar.period("2026-Q3"), {}, 12)
    assert picture(opened.metric("measure"), trend, [], "", "PNG").startswith(b"\x89PNG")
