"""A chart as a picture, SVG or PNG, for a paper or a mail of one's own: it says itself what it is, and up to when it holds.

Typeset by typst as a pack is: bars from their numbers, a figure of plotly as `plotted` draws it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import typst

from dashboard.drawings import LOOKS, Bars
from dashboard.pack.look import SOFT, STATES
from dashboard.pack.pdf import clean, each, fonts
from dashboard.pack.plotted import plotted
from dashboard.shown import brief
from dashboard.theme import SHAPE

SHEET = Path(__file__).with_name("picture.typ")
FORMATS = {"PNG": "image/png", "SVG": "image/svg+xml"}
SHARP = 200.0  # pixels an inch


@dataclass(frozen=True)
class Picture:
    """title: what it finds. said: what is drawn, whose, and of when. source: up to when its data is complete.

    drawing: bars, or figures that stand above each other. notes: what its signs stand for.
    """

    title: str
    said: str
    source: str
    drawing: Bars | Sequence[go.Figure]
    notes: Sequence[str] = ()

    def as_file(self, kind: str) -> bytes:
        """As one of FORMATS, 240 mm wide."""
        texts = {"title": self.title, "said": self.said, "source": self.source, "notes": list(self.notes)}
        if isinstance(self.drawing, Bars):
            drawings = [each(_bars(self.drawing), clean)]
        else:
            drawings = plotted(self.drawing)
        return typst.compile(
            str(SHEET),
            root=str(SHEET.parent),
            format=kind.lower(),
            ppi=SHARP,
            font_paths=[str(fonts())],
            ignore_system_fonts=False,
            sys_inputs={"told": json.dumps(each(texts, clean) | {"drawings": drawings}, ensure_ascii=False)},
        )


def _bars(bars: Bars) -> dict[str, Any]:
    return {
        "head": bars.head,
        "legend": [[look, bars.words[look]] for look in bars.looks if bars.words.get(look)],
        "lines": [
            {
                "name": brief(line.name),
                "parts": [[look, share] for look in LOOKS if (share := bars.share(line, look))],
                "figure": line.figure,
                "beside": brief(line.beside),
                "shape": SHAPE[line.state] if line.state != "" else "",
                "color": STATES.get(line.state, SOFT),
            }
            for line in bars.lines
        ],
    }
