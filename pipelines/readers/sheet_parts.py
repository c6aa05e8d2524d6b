"""A large sheet of an xlsx in parts, each in a workbook of its own, so that two threads read them.

Sheets are written as they come, without compression. The first part of a large one holds half of its rows, the second
the others, the third what stands under them; each has the start of the sheet. Cells say where they stand, so all of
them together are the sheet. calamine goes through a sheet once more for its merged cells, until it finds a list of
them: where there are rows, an empty one stands in front, and the sheet's own is in the third part.
"""

import re
import zipfile
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, Self

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum

LARGE = 16 << 20  # bytes of a sheet: there is no time to be saved in a smaller one
# How a sheet and its rows begin; the names may have a prefix.
ROOT = re.compile(rb"[^<]*(?:<\?xml[^<]*)?<((?:\w+:)?)worksheet\s")
ROWS = re.compile(rb"<((?:\w+:)?)sheetData>")
# A row that says its number, as those that follow are counted from it; after another.
BETWEEN = re.compile(rb'</((?:\w+:)?)row>\s*(<\1row r="\d)')
Cut = Callable[[bytes, int], int]  # where it is in a text, from a place on; -1 where it is not


class Copy:
    """One sheet, written to the first of the workbooks; a large one in parts, to all three.

    least: bytes from which on a sheet is large. parts: how many workbooks hold it in the end; 0 where one could not
    be cut as a large one is: what was written is of no use then.
    """

    def __init__(self, books: list[zipfile.ZipFile], sheet: zipfile.ZipInfo, least: int):
        self.parts = 1
        self._books, self._name = iter(books), sheet.filename
        self._large = sheet.file_size >= least
        self._left = sheet.file_size // 2  # bytes until the first cut
        self._above = self._prefix = b""
        self._cuts: list[Cut] = []  # that are still to be made
        self._file = self._opened()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, chunk: bytes, held: bytes) -> None:
        """held: the chunk, with the end of those before it."""
        if self._large and not self._above:
            chunk = held = self._begun(chunk)
        while self._cuts and (at := self._place(chunk, held)) >= 0:
            self._file.write(chunk[:at] + b"</%bsheetData></%bworksheet>" % (self._prefix, self._prefix))
            self._file.close()
            del self._cuts[0]
            self._file = self._opened()
            self._start()
            chunk = held = chunk[at:]
        self._file.write(chunk)

    def _opened(self) -> IO[bytes]:
        return next(self._books).open(zipfile.ZipInfo(self._name), "w", force_zip64=True)

    def _begun(self, chunk: bytes) -> bytes:
        """What is to be written of the first chunk still: all of it where nothing tells where the rows begin."""
        root, rows = ROOT.match(chunk), ROWS.search(chunk)
        if not root or not rows or root[1] != rows[1] or _odd(chunk[root.end() : rows.start()]):
            self._large = False
            return chunk
        self._above, self._prefix = chunk[: rows.start()], root[1]
        self._cuts = [_next_row, lambda xml, start: xml.find(b"</%bsheetData>" % self._prefix, start)]
        self._left -= rows.end()
        self._start()
        return chunk[rows.end() :]

    def _start(self) -> None:
        """Begin a part with all that stands above the rows."""
        merged = b"<%bmergeCells/>" % self._prefix if self._cuts else b""
        self._file.write(self._above + merged + b"<%bsheetData>" % self._prefix)
        self.parts = 0 if self._cuts else 3

    def _place(self, chunk: bytes, held: bytes) -> int:
        """Where the next cut is in a chunk, -1 where it is not; there is none any more after what is odd."""
        at = self._cuts[0](chunk, max(0, self._left)) if self._left < len(chunk) else -1
        self._left -= len(chunk)
        if _odd(held if at < 0 else held[: len(held) - len(chunk) + at]):
            self._cuts.clear()
            return -1
        return at


def _next_row(xml: bytes, start: int) -> int:
    found = BETWEEN.search(xml, start)
    return found.start(2) if found else -1


def _odd(xml: bytes) -> bool:
    """Whether what looks like a row may be text, or stand in another list of rows."""
    # The sign alone is found much faster than both, and mostly there is none.
    marked = any(sign in xml and b"<" + sign in xml for sign in (b"!", b"?"))
    return marked or b"sheetData" in xml


@dataclass(frozen=True)
class Sheet:
    """One sheet. pieces: its cells, each piece below the one before; none where it is empty.

    merged: first and last cell of each range. start: the first row and column that hold a cell. All count from 0.
    """

    name: str
    pieces: list[CalamineSheet]
    merged: list[tuple[tuple[int, int], tuple[int, int]]]

    @property
    def start(self) -> tuple[int, int]:
        return self.pieces[0].start[0], min(piece.start[1] for piece in self.pieces)

    @property
    def width(self) -> int:
        return max(piece.end[1] for piece in self.pieces) + 1 - self.start[1]

    @property
    def height(self) -> int:
        return self.pieces[-1].end[0] + 1 - self.start[0]

    def rows(self) -> list[list]:
        """The cells from the first one on, "" where empty; all rows are of one length."""
        (above, left), width = self.start, self.width
        rows: list[list] = []
        for piece in self.pieces:
            top, first = piece.start
            rows += ([""] * width for _ in range(top - above - len(rows)))
            cells = piece.to_python(skip_empty_area=True)
            before, after = [""] * (first - left), [""] * (left + width - first - piece.width)
            rows += [before + row + after for row in cells] if before or after else cells
        return rows


def read(path: Path, files: dict[str, list[Path]]) -> list[Sheet]:
    """Every sheet of cells of the workbook at `path`. files: the name of a sheet -> the workbooks that hold it; that at
    `path` does where it is not there, as with a line break in its name."""
    opened = [*dict.fromkeys(file for several in files.values() for file in several)] or [path]
    with ThreadPoolExecutor(len(opened)) as beside:
        books = dict(zip(opened, beside.map(CalamineWorkbook.from_path, opened), strict=True))
        return [
            _sheet(sheet.name, [books[file] for file in files.get(sheet.name, [])], path, beside)
            for sheet in books[opened[0]].sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet
        ]


def _sheet(name: str, books: list[CalamineWorkbook], path: Path, beside: Executor) -> Sheet:
    """A sheet of the workbooks that hold its parts; of that at `path` where there are none, or their rows overlap."""
    books = books or [CalamineWorkbook.from_path(path)]
    pieces = [*beside.map(lambda book: book.get_sheet_by_name(name), books)]
    merged, held = pieces[-1].merged_cell_ranges or [], [piece for piece in pieces if piece.start]
    if any(above.end[0] >= below.start[0] for above, below in pairwise(held)):
        del pieces, held  # their memory is needed
        return _sheet(name, [], path, beside)
    return Sheet(name, held, merged)
