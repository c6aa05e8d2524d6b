"""A pack on paper: typeset by typst from pack.typ, which gets the pack as data and nothing of it as markup."""

import json
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typst

from dashboard.pack.beside import beside
from dashboard.pack.pack import Pack, Step
from dashboard.period import day
from pipelines.errors import NotReady

SHEET = Path(__file__).with_name("pack.typ")
FONT = "Source Sans Pro"
PAPERS = ("a4", "us-letter")
# What a tagged PDF refuses: a character that no font at hand can draw.
UNKNOWN = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
TRIES = 30
# A word longer than this may be broken anywhere, as it would run out of its column.
LONG = re.compile(r"\S{25,}")
JOINERS = "\u200c\u200d\u00ad"


def write(pack: Pack, to: Path, paper: str = "a4") -> None:
    """Write the PDF: PDF/UA, with bookmarks and embedded fonts. paper: a4 or us-letter."""
    if paper not in PAPERS:
        raise NotReady(f"There is no paper {paper!r}, only {', '.join(PAPERS)}.")
    with beside(to) as made:
        made.write_bytes(_typeset(_shown(pack), paper, pack.frozen_at or pack.ends))


def fonts() -> Path:
    """Where the fonts are that a PDF embeds. NotReady where they are missing."""
    try:
        from font_source_sans_pro import font_directory
    except ImportError as error:
        raise NotReady(f"The font {FONT} is not installed, so no PDF can be made: uv sync.") from error
    folder = Path(font_directory)
    if missing := [f for f in ("Regular", "Semibold", "Light") if not any(folder.glob(f"*-{f}.[ot]tf"))]:
        raise NotReady(
            f"The font {FONT} is missing from {folder} ({', '.join(missing)}). "
            "Install it again: uv sync --reinstall."
        )
    return folder


def _typeset(shown: dict[str, Any], paper: str, at: datetime) -> bytes:
    """The PDF. Where our font lacks a character the machine's fonts are asked, and where they do too it becomes "�"."""
    data = json.dumps(each(shown, clean), ensure_ascii=False)
    folder, ours = str(fonts()), True
    for _ in range(TRIES):
        try:
            return typst.compile(
                str(SHEET),
                root=str(SHEET.parent),
                font_paths=[folder],
                ignore_system_fonts=ours,
                sys_inputs={"pack": data, "paper": paper},
                pdf_standards=["ua-1"],
                timestamp=int(at.replace(tzinfo=UTC).timestamp()),
            )
        except typst.TypstError as error:
            found = UNKNOWN.search(str(error))
            if not found:
                raise NotReady(f"The PDF cannot be made: {error}") from error
            failed = error
            if not ours:
                text = ESCAPED.sub(lambda code: chr(int(code[1], 16)), found[1])
                lost = {_family(c) for c in text if not c.isascii()}
                data = _without(data, lost)
            ours = False
        except BaseException as error:
            # A failure inside of typst itself, which is no Exception in Python.
            if type(error).__name__ == "PanicException":
                raise NotReady(
                    f"The PDF cannot be made: typst fails on one of its texts ({error})."
                ) from error
            raise
    raise NotReady(f"The PDF cannot be made: {failed}. Install a font that has these characters.") from failed


def _without(text: str, lost: set[tuple[str, int]]) -> str:
    """A text with "�" for what is lost; accents and vowel signs that stood on it go too, as "�" can carry none."""
    kept = [""]
    for c in text:
        if not c.isascii() and _family(c) in lost:
            kept.append("\ufffd")
        elif kept[-1] != "\ufffd" or not unicodedata.category(c).startswith("M"):
            kept.append(c)
    return "".join(kept)


def _family(c: str) -> tuple[str, int]:
    """Characters that a font has or lacks together, so that a text in Chinese takes a few tries and not hundreds."""
    return unicodedata.category(c), ord(c) >> (7 if c < "\u2e80" else 12)


def each(value: Any, change: Callable[[str], str]) -> Any:
    """A value with every text in it changed."""
    match value:
        case str():
            return change(value)
        case dict():
            return {name: each(one, change) for name, one in value.items()}
        case list() | tuple():
            return [each(one, change) for one in value]
    return value


def clean(text: str) -> str:
    """A text without what cannot be seen, its longest words breakable."""
    return LONG.sub(lambda word: _broken(word[0]), seen(text))


def seen(text: str) -> str:
    """A text without what cannot be seen: controls, marks that turn the direction."""
    kept = (
        " " if c.isspace() else c
        for c in text
        if c.isspace() or c in JOINERS or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Cn")
    )
    return "".join(kept)


def _broken(word: str) -> str:
    return "\u200b".join(word[i : i + 12] for i in range(0, len(word), 12))


def _shown(pack: Pack) -> dict[str, Any]:
    """The pack as the sheet reads it, with days and counts as people write them."""
    zone = ZoneInfo(pack.timezone)
    held = pack.model_dump(mode="json", exclude={"marts", "settings"})
    few = pack.sections[0].metrics if pack.sections else ()
    frozen = f"Frozen {_moment(pack.frozen_at, zone)}" if pack.frozen_at else "Draft"
    revised = f", revision {pack.revision}" if pack.revision > 1 else ""
    return held | {
        "through": f"Data through {_moment(pack.data_through, zone)}" if pack.data_through else "No data",
        "state": f"{frozen}{revised}" + (f" · {pack.id}" if pack.id else ""),
        "few": [_told(held["told"][name]) for name in few],
        "more": [
            {"title": section.title, "told": [_told(held["told"][name]) for name in section.metrics]}
            for section in pack.sections[1:]
        ],
        "told": [_told(one) for one in held["told"].values()],
        "since_title": pack.since_title,
        "decisions": _dated(held["decisions"], [d.due for d in pack.decisions]),
        "risks": _dated(held["risks"], [r.due for r in pack.risks]),
        "sources": [
            row | {"complete": _moment(source.complete, zone)}
            for row, source in zip(held["sources"], pack.sources, strict=True)
        ],
        "restated_of": list(pack.restated_of),
        "restated": [
            row | {"steps": [_step(step, zone) for step in one.lines]}
            for row, one in zip(held["restated"], pack.restated, strict=True)
        ],
    }


def _told(one: dict[str, Any]) -> dict[str, Any]:
    """What the sheet reads of a metric, its counts as people write them."""
    kept = {name: value for name, value in one.items() if name not in ("facts", "sql", "header")}
    return kept | {
        "n": f"{one['n']:,}",
        "left_out": [f"{n:,} {why}" for why, n in one["left_out"].items()],
        "definition": list(one["definition"].items()),
        "parts": [
            {
                "by": dimension.replace("_", " "),
                "told": [part | {"n": f"{part['n']:,}"} for part in parts],
            }
            for dimension, parts in one["parts"].items()
        ],
    }


def _step(step: Step, zone: ZoneInfo) -> dict[str, str]:
    by = [step.who or "", _moment(step.when, zone)]
    return {"what": step.what, "text": step.text, "by": " · ".join(filter(None, by))}


def _dated(rows: list[dict[str, Any]], days: list[date | None]) -> list[dict[str, Any]]:
    return [row | {"due": f"{day:%-d %b %Y}" if day else ""} for row, day in zip(rows, days, strict=True)]


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    return day(at, zone) if at else ""
