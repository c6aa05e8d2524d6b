"""Any text file as UTF-8: as it is marked or valid, else as a person says, else in the encoding that makes words of it.

What was assumed is told with the lines that show whether it was right.
"""

import codecs
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from pipelines.errors import Refused
from pipelines.readers import encoding
from pipelines.readers.table import cut

CHUNK = 1 << 22
ODD, LINE = 1 << 18, 1 << 14  # bytes looked at of a text that is not UTF-8, and of one of its lines
PREVIEWED = 100_000  # lines in which a preview is looked for


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


def utf8(path: Path, work: Path, name: str, asked: str | None = None) -> Text:
    """The file as it stands where it is UTF-8, else written anew to `work`. asked: the encoding a person names."""
    with path.open("rb") as file:
        start = file.read(4096)
    marked = encoding.marked(start)
    if asked:
        return _as_asked(path, work, name, asked, start, marked)
    if not marked or marked == "utf-8-sig":
        counts = _counts_if_utf8(path, name)
        if counts:
            return _text(_without_pattern(path, work), counts, [])
        odd = _odd_lines(path)
        if _nearly_utf8(odd):
            return _anew(path, work, name, "utf-8", [], errors="replace")
        marked, others = encoding.guessed(odd)
        if not marked:
            tried = ", ".join(encoding.TRIED)
            raise Refused(
                f"{name} is neither UTF-8 nor text in another encoding that can be told.",
                f"Save or export it as UTF-8, or name its encoding with --encoding (tried: {tried}).",
            )
        return _anew(path, work, name, marked, others)
    return _anew(path, work, name, marked, [])


def _as_asked(path: Path, work: Path, name: str, asked: str, start: bytes, marked: str | None) -> Text:
    chosen = encoding.known(asked)
    if not chosen:
        raise Refused(
            f"There is no encoding {cut(asked)!r}.", f"Name one such as {', '.join(encoding.TRIED)} or utf-8."
        )
    wide, given = chosen.replace("_", "-")[:6], (marked or "")[:6]
    if marked and marked != "iso2022_jp" and wide != given:
        raise Refused(
            f"{name} is {encoding.shown(marked)} by its first bytes, not {encoding.shown(chosen)}.",
            "Load it without --encoding.",
        )
    if wide in ("utf-16", "utf-32") and not marked:
        raise Refused(
            f"{name} is not {encoding.shown(chosen)}.", "Load it with another --encoding, or without."
        )
    return _anew(path, work, name, marked or chosen, [], said="as asked")


def _anew(
    path: Path, work: Path, name: str, chosen: str, others: list[str], errors: str = "strict", said: str = ""
) -> Text:
    try:
        anew = transcoded(path, work, chosen, errors)
    except UnicodeError as error:
        at = f" ({error.reason} at byte {error.start:,})" if isinstance(error, UnicodeDecodeError) else ""
        raise Refused(
            f"{name} is not {encoding.shown(chosen)} text{at}.",
            "Save or export it as UTF-8, or name its encoding with --encoding.",
        ) from error
    counts = _counts_if_utf8(anew, name)
    notes = [f"read as {encoding.shown(chosen)} text" + (f", {said}" if said else "") + _preview(anew)]
    if errors == "replace":
        notes.append("what is no UTF-8 in it stands as \ufffd")
    if others:
        options = " or ".join(f"--encoding {other} ({encoding.shown(other)})" for other in others)
        notes.append(f"if letters look wrong there, try {options}")
    return _text(anew, counts, notes)


def _odd_lines(path: Path) -> bytes:
    """The first lines with bytes beyond ASCII."""
    kept, size = [], 0
    with path.open("rb") as file:
        for line in iter(lambda: file.readline(CHUNK), b""):
            if not line.isascii():
                kept.append(line[:LINE])
                size += len(kept[-1])
                if size > ODD:
                    break
    return b"\n".join(kept)


def _nearly_utf8(data: bytes) -> bool:
    """Whether a text is UTF-8 but for a few bytes, such as a letter that was cut in two."""
    text = data.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    return sum(1 for char in text if not char.isascii()) - wrong >= 5 * wrong


def _preview(path: Path) -> str:
    """The first lines that hold letters or signs beyond ASCII, to see whether they are right."""
    shown = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(iter(lambda: file.readline(CHUNK), ""), 1):
            if not line.isascii() and len(shown) < 3:
                first = next(at for at, char in enumerate(line) if not char.isascii())
                part = line[max(0, first - 20) : first + 40].strip()
                shown.append(f'line {number} "{part}"')
            if len(shown) == 3 or number > PREVIEWED:
                break
    return f": {', '.join(shown)}" if shown else ""


def _text(path: Path, counts: tuple[int, int], notes: list[str]) -> Text:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 1))
        return Text(path, *counts, notes, file.read(1) in (b"\n", b"\r"))


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
            returns += chunk.count(b"\r") if b"\r" in chunk else 0  # looked for ten times as fast as counted
            if open_sequence or not chunk.isascii():
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    return None
                open_sequence = bool(decoder.getstate()[0])
    return None if open_sequence else (feeds, returns)


def transcoded(path: Path, work: Path, encoding: str, errors: str = "strict") -> Path:
    """A copy of the file in UTF-8, without a byte order mark."""
    with (
        path.open(encoding=encoding, errors=errors, newline="") as old,
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
