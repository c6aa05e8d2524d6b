"""Delimited text with lines that do not fit: written anew, line by line, with what could not be split."""

import csv
import re
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile

from pipelines.errors import Refused
from pipelines.readers import header
from pipelines.readers.table import cut

REJECT_LIMIT, HEADS = 1000, 5
LINES_IN_A_CELL, LINES_IN_VAIN = 10_000, 1_000_000
QUOTED = re.compile(r'[^"]*+(?:""[^"]*+)*+"')  # what is left of a quoted cell
LONG, TOO_LONG = (
    2_000_000,
    16_000_000,
)  # characters of a line: more than a clean file's, more than can be read
STRAY_QUOTE = re.compile(r'[^",;|\t\r\n]"[^",;|\t\r\n]')


@dataclass
class Mended:
    """A comma-separated copy in which every row has the header's number of cells.

    gaps: before which rows of the copy (0 = first) a line of the file was left out, one entry a line.
    rejects: those lines: (row in the file, text, reason).
    heads: rows of the file under a blank line that read like the header of another table.
    """

    path: Path
    gaps: list[int] = field(default_factory=list)
    rejects: list[tuple[int, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)


def mend(
    path: Path,
    work: Path,
    name: str,
    delimiter: str,
    skip: int,
    width: int,
    notes: Collection[tuple[str, ...]] = (),
) -> Mended:
    """Copies all after the first `skip` records: short lines are filled up, blank ones kept, long ones left out.

    notes: lines that are no records; one that is too long becomes one cell.
    """
    with NamedTemporaryFile("w", dir=work, suffix=".csv", encoding="utf-8", newline="", delete=False) as copy:
        mended = Mended(Path(copy.name))
        writer = csv.writer(copy, lineterminator="\n")
        written = blank = short = 0
        for row, (split, line) in enumerate(records(path, delimiter, name), 1):
            if row <= skip:
                continue
            if not line.strip():
                blank += 1
                continue
            if blank and split and len(mended.heads) < HEADS and _heads(split):
                mended.heads.append(row)
            note = split is not None and len(split) > width and tuple(split) in notes
            cells = [delimiter.join(split)] if note else split
            reason = _misfit(cells, line, width)
            if reason:
                mended.gaps.append(written + blank)
                mended.rejects.append((row, line[:LONG].rstrip("\r\n"), reason))
                if len(mended.rejects) > REJECT_LIMIT:
                    raise Refused(
                        f"{name}: more than {REJECT_LIMIT:,} lines do not fit the header, the first in row "
                        f"{mended.rejects[0][0]} ({mended.rejects[0][2]}).",
                        "Export it again with text in quotes.",
                    )
                continue
            writer.writerows([[""] * width] * blank)
            short += len(cells) < width
            writer.writerow([_one_break(cell) for cell in cells[:width]] + [""] * (width - len(cells)))
            written, blank = written + blank + 1, 0
    if short:
        lines = "1 line has" if short == 1 else f"{short:,} lines have"
        mended.notes.append(f"{lines} fewer cells than the header; the missing ones are empty")
    return mended


def _heads(cells: list[str]) -> bool:
    """Whether a line names the columns of a table; blank cells after its last are none of it."""
    filled = max((at for at, cell in enumerate(cells, 1) if cell.strip()), default=0)
    return filled > 2 and header.suffices(cells[:filled])


def _one_break(cell: str) -> str:
    """One kind of line break: DuckDB takes the first it sees for the end of a row."""
    return cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell


def _misfit(cells: list[str] | None, line: str, width: int) -> str | None:
    if len(line) > TOO_LONG:
        return f"longer than {TOO_LONG:,} characters"
    if cells is None:
        return "a quote in this line does not close"
    if any(cell.strip() for cell in cells[width:]):
        return f"{len(cells)} cells where the header has {width}"
    return None


def records(path: Path, delimiter: str, name: str) -> Iterator[tuple[list[str] | None, str]]:
    """Each record and its text; None where its quotes do not close, and then the next line starts anew.

    Refused where so many do not close that looking for their ends would take for ever.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        ahead: deque[str] = deque()
        in_vain = 0
        while line := ahead.popleft() if ahead else file.readline():
            if '"' not in line:
                yield next(csv.reader([line], delimiter=delimiter), []), line
                continue
            lines = [line]
            cells = _cut(lines, delimiter)
            if cells is Ellipsis:
                closed: bool | None = False
                while closed is False and len(lines) < LINES_IN_A_CELL:
                    more = ahead.popleft() if ahead else file.readline()
                    if not more:
                        break
                    lines.append(more)
                    closed = _closes(more, delimiter)
                cells = _cut(lines, delimiter) if closed else None
            if isinstance(cells, list):
                yield cells, "".join(lines)
                continue
            in_vain += len(lines) - 1
            if in_vain > LINES_IN_VAIN:
                raise Refused(
                    f"{name}: quotes do not close in too many lines, such as {cut(line.strip())!r}.",
                    "Export it again with text in quotes.",
                )
            ahead.extendleft(reversed(lines[1:]))
            yield (_loose(line, delimiter), line)


def _closes(line: str, delimiter: str) -> bool | None:
    """Whether a line on which a quote stands open ends the record; None where a quote in it stands wrongly."""
    at = 0
    while hit := QUOTED.match(line, at):
        at = hit.end()
        if line[at : at + 1] in ("", "\r", "\n"):
            return True
        if line[at] != delimiter:
            return None
        while line[at : at + 1] == delimiter and line[at + 1 : at + 2] != '"':
            at = line.find(delimiter, at + 1)
            if at < 0:
                return True
        at += 2
    return False


def _cut(lines: list[str], delimiter: str):
    """The cells of one record; Ellipsis where a quote is still open, None where a quote stands wrongly."""
    try:
        return next(csv.reader(lines, delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        return Ellipsis if "end of data" in str(error) else None


def _loose(line: str, delimiter: str) -> list[str] | None:
    """A line whose quotes are even but stand inside a cell ("6" pipe) is taken as it stands."""
    return None if line.count('"') % 2 else next(csv.reader([line], delimiter=delimiter), [])


def has_odd_lines(path: Path) -> bool:
    """Whether a line between others is blank, or one is very long: such are not counted by DuckDB, or left out.

    A blank one inside quotes is part of a cell, where the quotes can be trusted.
    """
    open_quote = blank = unsure = False
    length = 0
    with path.open(encoding="utf-8-sig") as file:
        for line in file:
            length = len(line) + (length if open_quote else 0)
            if length > LONG:
                return True
            if line == "\n":
                blank, unsure = blank or not open_quote, unsure or open_quote
                continue
            if blank or (unsure and STRAY_QUOTE.search(line)):
                return True
            open_quote ^= line.count('"') % 2 == 1
    return False
