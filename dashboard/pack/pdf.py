"""A pack on paper: typeset by typst from pack.typ, which gets the pack as data and nothing of it as markup."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typst

from dashboard.pack.beside import beside
from dashboard.pack.pack import Pack
from pipelines.errors import NotReady

SHEET = Path(__file__).with_name("pack.typ")
FONT = "Source Sans Pro"


def write(pack: Pack, to: Path, paper: str = "a4") -> None:
    """Write the PDF: tagged, with bookmarks and embedded fonts. paper: a4 or us-letter."""
    with beside(to) as made, tempfile.TemporaryDirectory() as root:
        shutil.copyfile(SHEET, Path(root) / SHEET.name)
        (Path(root) / "pack.json").write_text(json.dumps(_shown(pack), ensure_ascii=False), "utf-8")
        try:
            made.write_bytes(
                typst.compile(
                    str(Path(root) / SHEET.name),
                    root=root,
                    font_paths=[str(fonts())],
                    ignore_system_fonts=True,
                    sys_inputs={"pack": "pack.json", "paper": paper},
                    pdf_standards=["ua-1"],
                    timestamp=int((pack.frozen_at or pack.ends).replace(tzinfo=UTC).timestamp()),
                )
            )
        except typst.TypstError as error:
            raise NotReady(f"The PDF cannot be made: {error}") from error


def fonts() -> Path:
    """Where the fonts are that a PDF embeds. NotReady where they are missing."""
    try:
        from font_source_sans_pro import font_directory
    except ImportError as error:
        raise NotReady(f"The font {FONT} is not installed: uv sync.") from error
    folder = Path(font_directory)
    if not any(folder.glob("*Regular.ttf")):
        raise NotReady(f"The font {FONT} is missing from {folder}. Install it again: uv sync --reinstall.")
    return folder


def _shown(pack: Pack) -> dict[str, Any]:
    """The pack as the sheet reads it, with its days as people write them."""
    zone = ZoneInfo(pack.timezone)
    held = pack.model_dump(mode="json", exclude={"marts", "settings"})
    for told in held["told"].values():
        told.pop("facts")
        told.pop("sql")
        told["n_text"] = f"{told['n']:,}"
        told["left_out"] = {why: f"{n:,}" for why, n in told["left_out"].items()}
        for part in (one for parts in told["parts"].values() for one in parts):
            part["n_text"] = f"{part['n']:,}"
    frozen = f"frozen {_moment(pack.frozen_at, zone)}" if pack.frozen_at else "draft"
    revised = f", revision {pack.revision}" if pack.revision > 1 else ""
    return held | {
        "through_text": _moment(pack.data_through, zone),
        "state_text": f"{frozen}{revised}",
        "decisions": _dated(held["decisions"], [d.due for d in pack.decisions]),
        "risks": _dated(held["risks"], [r.due for r in pack.risks]),
        "sources": [
            row | {"complete_text": _moment(source.complete, zone)}
            for row, source in zip(held["sources"], pack.sources, strict=True)
        ],
    }


def _dated(rows: list[Mapping[str, Any]], days: list[date | None]) -> list[dict[str, Any]]:
    return [
        {**row, "due_text": f"{day:%-d %b %Y}" if day else ""} for row, day in zip(rows, days, strict=True)
    ]


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.replace(tzinfo=UTC).astimezone(zone):%-d %b %Y}" if at else ""
