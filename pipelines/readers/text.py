"""Any text file as UTF-8: UTF-8 and UTF-16 by their marks and by what they hold, else Windows-1252."""

import codecs
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from pipelines.errors import Refused

CHUNK = 1 << 22


@dataclass(frozen=True)
class Text:
    """A file in UTF-8. line_feeds, carriage_returns: how many it holds. notes: what was assumed.

    ends: whether the last line ends with a line break.
    """

    path: Path
    line_feeds: int
    carriage_returns: int
    notes: list[str]
    ends: bool


def utf8(path: Path, work: Path, name: str) -> Text:
    """The file as it stands where it is UTF-8, else written anew to `work`."""
    with path.open("rb") as file:
        start = file.read(4096)
    encoding = _utf16(start)
    if not encoding:
        counts = _counts_if_utf8(path, name)
        if counts:
            return _text(_without_pattern(path, work), counts, [])
        encoding = "cp1252"
    try:
        anew = transcoded(path, work, encoding)
    except UnicodeDecodeError as error:
        raise Refused(
            f"{name} is neither UTF-8 nor Windows text ({error.reason} at byte {error.start:,}).",
            "Save or export it as UTF-8.",
        ) from error
    counts = _counts_if_utf8(anew, name)
    shown = "Windows-1252" if encoding == "cp1252" else encoding.upper()
    return _text(anew, counts, [f"read as {shown} text"])


def _text(path: Path, counts: tuple[int, int], notes: list[str]) -> Text:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 1))
        return Text(path, *counts, notes, file.read(1) in (b"\n", b"\r"))


def _utf16(start: bytes) -> str | None:
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    pairs = len(start) // 2
    low, high = start[1::2].count(0), start[0::2].count(0)
    if pairs and low > 0.3 * pairs and not high:
        return "utf-16-le"
    return "utf-16-be" if pairs and high > 0.3 * pairs and not low else None


def _counts_if_utf8(path: Path, name: str) -> tuple[int, int] | None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    feeds = returns = 0
    open_sequence = False
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if b"\0" in chunk:
                raise Refused(
                    f"{name} holds NUL bytes: it is not text, or it is damaged.",
                    "Export it again as CSV, XLSX, JSON or XML.",
                )
            feeds += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            if open_sequence or not chunk.isascii():
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    return None
                open_sequence = bool(decoder.getstate()[0])
    return None if open_sequence else (feeds, returns)


def transcoded(path: Path, work: Path, encoding: str) -> Path:
    """A copy of the file in UTF-8, without a byte order mark."""
    with (
        path.open(encoding=encoding, newline="") as old,
        NamedTemporaryFile("w", dir=work, suffix=".txt", encoding="utf-8", newline="", delete=False) as new,
    ):
        while chunk := old.read(CHUNK):
            new.write(chunk)
    return Path(new.name)


def _without_pattern(path: Path, work: Path) -> Path:
    """DuckDB takes * ? [ in a path as a pattern: such a file is read under another name."""
    path = path.resolve()
    if not any(sign in str(path) for sign in "*?["):
        return path
    with path.open("rb") as old, NamedTemporaryFile(dir=work, suffix=".txt", delete=False) as new:
        while chunk := old.read(CHUNK):
            new.write(chunk)
    return Path(new.name)
