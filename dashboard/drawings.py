"""Bars made of parts, drawn as markup: the funnel, and what passes and fails by some part. Figures stand in them as text
and every line that has rows is a link, so that they are read aloud, reached by keyboard and printed as they are seen.

Built from numbers and from texts that are escaped, never from a file's content as it stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from dashboard.shown import escape
from dashboard.theme import SHAPE, STATE

# How a part of a bar looks, by the style sheet: filled, in the colour of a miss, outlined, or hatched.
LOOKS = ("done", "missed", "waiting", "unknown")


@dataclass(frozen=True)
class Bar:
    """One line: its name, the parts of its bar (look -> how many), its figure, and what stands small beside it.

    link: of the name, see `link`. state: of a target, told before the figure; "" for none.
    """

    name: str
    parts: Mapping[str, float]
    figure: str
    beside: str = ""
    link: str = ""
    state: str | None = ""


def link(page: str, address: Mapping[str, str]) -> str:
    """The address of a page of this dashboard with its parameters."""
    return f"{page}?{urlencode(address)}"


@dataclass(frozen=True)
class Bars:
    """Lines with a bar each. words: look -> what it stands for; head: what stands above name, figure and small print.

    common: bars are as long as their sum says, beside the longest; else each fills its line.
    """

    title: str
    lines: Sequence[Bar]
    words: Mapping[str, str]
    head: Sequence[str]
    common: bool = False

    @property
    def looks(self) -> list[str]:
        """Those that are drawn."""
        return [look for look in LOOKS if any(line.parts.get(look) for line in self.lines)]

    def share(self, line: Bar, look: str) -> float:
        """The part of the room, from 0 to 1, that one part of a line takes."""
        longest = max(sum(one.parts.values()) for one in (self.lines if self.common else [line]))
        return line.parts.get(look, 0) / longest if longest else 0.0

    def markup(self) -> str:
        """As a table of a page."""
        legend = "".join(
            f'<span class="key"><i class="part {look}"></i>{escape(self.words[look])}</span>'
            for look in self.looks
            if self.words.get(look)
        )
        name, figure, beside = (escape(one) for one in self.head)
        body = "".join(self._line(line) for line in self.lines)
        return (
            f'<table class="bars" aria-label="{escape(self.title, quote=True)}"><thead><tr><th>{name}</th>'
            f'<th><span class="legend">{legend}</span></th><th class="figure">{figure}</th><th class="beside">{beside}</th></tr></thead>'
            f"<tbody>{body}</tbody></table>"
        )

    def _line(self, line: Bar) -> str:
        drawn = "".join(
            f'<i class="part {look}" style="width:{100 * share:.2f}%" '
            f'title="{escape(f"{line.parts[look]:,.0f} {self.words.get(look, look)}", quote=True)}"></i>'
            for look in LOOKS
            if (share := self.share(line, look))
        )
        name = escape(line.name)
        if line.link:
            name = f'<a href="{escape(line.link, quote=True)}" target="_self">{name}</a>'
        figure = escape(line.figure)
        if line.state != "":
            figure = f'<span class="state {STATE.get(line.state, "none")}"><span class="shape">{SHAPE[line.state]}</span></span> {figure}'
        return (
            f'<tr><th scope="row">{name}</th><td class="bar"><div>{drawn}</div></td>'
            f'<td class="figure">{figure}</td><td class="beside">{escape(line.beside)}</td></tr>'
        )
