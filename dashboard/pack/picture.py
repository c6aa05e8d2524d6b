"""A trend as a picture, SVG or PNG, drawn by typst as in a pack: for a slide or a mail of one's own."""

import json
from collections.abc import Sequence
from pathlib import Path

import typst

from dashboard import trends
from dashboard.metric import Metric
from dashboard.pack.pdf import fonts
from dashboard.reading import Reading
from dashboard.trends import BARS, Mark, whole

SHEET = Path(__file__).with_name("picture.typ")
FORMATS = {"PNG": "image/png", "SVG": "image/svg+xml"}
SHARP = 200.0  # pixels an inch


def picture(metric: Metric, trend: Sequence[Reading], marks: Sequence[Mark], said: str, kind: str) -> bytes:
    """A trend as one of FORMATS. said: whose it is, and of what part."""
    readings = list(trend)
    parted = trends.broken(readings)
    told = {
        "title": metric.title,
        "finding": trends.finding(metric, readings),
        "said": said,
        "bars": metric.kind in BARS,
        "target": "",
        "notes": [trends.legend(metric, readings, readings[-1]), *(mark.said for mark in marks)],
        "points": [
            {
                "label": trends.short(one.period.label),
                "value": one.value,
                "text": one.text,
                "whole": whole(metric, one),
                "target": one.target.value if one.target else None,
                "anew": "; ".join(f"{part.on}: {part.what}" for part in parted.get(place, ())),
            }
            for place, one in enumerate(readings)
        ],
    }
    return typst.compile(
        str(SHEET),
        root=str(SHEET.parent),
        format=kind.lower(),
        ppi=SHARP,
        font_paths=[str(fonts())],
        ignore_system_fonts=False,
        sys_inputs={"told": json.dumps(told, ensure_ascii=False)},
    )
