"""Texts that files and people have put in, as they are shown: text and nothing else, in the order in which it is written."""

import html
import re
from typing import Any

import numpy as np

# What turns the direction of the letters after it, or controls a terminal: nobody sees it, and it changes what is read.
UNSEEN = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:&])")
# Where Markdown makes a link of an address although every sign in it is escaped: a joiner that takes no room parts it.
ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
JOINER = "\u2060"


def legible(text: str) -> str:
    """A text in which a sign stands for each that would turn it, or control what shows it."""
    return UNSEEN.sub("\ufffd", text)


def cell(value: Any) -> Any:
    """The same of a table's cell, or of each text of a list in one."""
    if isinstance(value, str):
        return legible(value)
    return [cell(one) for one in value] if isinstance(value, list | tuple | np.ndarray) else value


def escape(text: str, quote: bool = True) -> str:
    """A text within HTML."""
    return html.escape(legible(text), quote)


def plain(text: str) -> str:
    """A text within Markdown: no links, pictures or styles."""
    return MARKUP.sub(r"\\\1", ADDRESS.sub(JOINER, legible(text)))


def message(text: str) -> str:
    """One of our own within Markdown, which may hold texts of files: what stands between backticks is a command."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return plain(text)
    return "`".join(legible(part) if number % 2 else plain(part) for number, part in enumerate(parts))


def brief(text: str, most: int = 40) -> str:
    """A name where it has little room: its first letters, and a sign that there are more."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def label(text: object) -> str:
    """A text within a chart: plotly reads some markup in labels."""
    return legible(str(text)).replace("<", "‹").replace(">", "›")
