"""Workbooks (xlsx, xlsb, xls, ods): every sheet that holds cells is a table, every cell is text.

Cells are read with their own type, cell by cell, and written as text, so nothing is lost to a type guessed for
a column: 00123 stays, 7.0 is "7", a date is "2026-09-01 10:00:00", a duration "36:30:00", a flag "true",
a percentage "98.2%" (xlsx). Formulas give their stored value; one that has none is its own text, and is warned of (xlsx).
Where a cell holds an error (#REF!), that is its text (xlsx).
"""

import datetime
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from pipelines.errors import Refused
from pipelines.readers import footer, header, probe, sheet_parts, sheet_xml, structure
from pipelines.readers.table import SHEET, Table, cut, literal

FEW = 15  # sheets without a far cell, which are small together
Looks = dict[str, sheet_xml.Seen]

_numbers = count(1)  # makes the names of the tables that stand in a connection unique


def tables(path: Path, con: duckdb.DuckDBPyConnection, work: Path, name: str) -> list[Table]:
    """A table for each sheet that holds cells, in the workbook's order."""
    try:
        with TemporaryDirectory(dir=work) as folder, _uncollected():
            seen = sheet_xml.look(path, Path(folder), path.stat().st_size < probe.SMALL)
            _check_extent(path, seen, name)
            sheets = sheet_parts.read(path, {sheet: look.files for sheet, look in seen.items()})
            return _tables(sheets, seen, con, name)
    except PasswordError as error:
        raise Refused(
            f"{name} is protected with a password.", "Save it without a password and load it again."
        ) from error
    except CalamineError as error:
        raise Refused(
            f"{name} cannot be read as a workbook ({cut(str(error))}).", "Open it and save it as XLSX."
        ) from error
    except BaseException as error:
        # A panic of the reader on a malformed workbook derives from BaseException.
        if type(error).__name__ != "PanicException" and not isinstance(error, probe.Panic):
            raise
        raise Refused(
            f"{name} is a damaged workbook ({cut(str(error))}).", "Open it and save it as XLSX."
        ) from error


def _check_extent(path: Path, seen: Looks, name: str) -> None:
    """Refused where reading the workbook takes too much memory; tried in another process where that may be."""
    far = [(sheet, look.far) for sheet, look in seen.items() if look.far]
    few = path.stat().st_size >= probe.SMALL or len(seen) <= FEW
    if seen and few and not far and seen.keys() >= {*CalamineWorkbook.from_path(path).sheet_names}:
        return
    fits, told = probe.fits(path)
    if fits:
        return
    where = ", ".join(f'{cell} in sheet "{cut(sheet)}"' for sheet, cell in far[:3])
    raise Refused(
        f"{name}: {told or 'it takes more memory to read than a file of its size may'}{where and f', with {where}'}; "
        f"up to {probe.cell_limit(path):,} cells can be read of a file of its size.",
        "Delete the rows and columns after the last record, or export a shorter period.",
    )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looks for garbage: millions of cells make none, and a tenth of the time would go into looking."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _tables(
    sheets: list[sheet_parts.Sheet], seen: Looks, con: duckdb.DuckDBPyConnection, name: str
) -> list[Table]:
    """The tables that can be read; where the main one of the largest sheet cannot, the workbook is refused."""
    beyond = [(sheet.name, cells) for sheet in sheets if (cells := _beyond(sheet, seen))]
    found, unread = (
        [],
        [_uncounted(cells, sheet, "left aside, under or beside all other cells") for sheet, cells in beyond],
    )
    sheets = [sheet for sheet in sheets if sheet.pieces]
    largest = max(sheets, key=lambda sheet: sheet.width * sheet.height, default=None)
    for sheet in sheets:
        number = 0
        try:
            look = seen.get(sheet.name, sheet_xml.Seen([]))
            rows = _rows(sheet, look, name)
            merged = structure.spread(rows, _merged(sheet))
            for number, part in enumerate(structure.parts(rows, _text) if rows else []):
                found.append(_table(sheet, part, number, merged, con, name, look))
        except Refused as refusal:
            if sheet is largest and not number:
                raise
            unread.append(f"Left aside: {refusal.reason} {refusal.todo}")
    if not found:
        raise Refused(f"{name}: no sheet holds any cells.", " ".join(unread) or "Export it again.")
    for table in found:
        table.unread.extend(unread)
    return found


def _rows(sheet: sheet_parts.Sheet, look: sheet_xml.Seen, name: str) -> list[list]:
    """The cells of a sheet from its first one on, without blank rows at the end."""
    if sheet.width > header.COLUMN_LIMIT:
        header.names([""] * sheet.width, f'{name}, sheet "{cut(sheet.name)}"')
    rows = sheet.rows()
    above, left = sheet.start  # blank rows and columns before the first cell
    for row, place, error in (*look.errors, *look.formulas):
        if above <= row < above + len(rows) and left <= place < left + sheet.width:
            rows[row - above][place - left] = error
    for row, place in look.percents:
        if above <= row < above + len(rows) and left <= place < left + sheet.width:
            cell = rows[row - above][place - left]
            if isinstance(cell, float):
                rows[row - above][place - left] = f"{cell * 100:.12g}%"
    while rows and not any(cell != "" for cell in rows[-1]):
        rows.pop()
    return rows


def _merged(sheet: sheet_parts.Sheet) -> structure.Merged:
    """The merged cells that span several rows, counted from the sheet's first cell."""
    above, left = sheet.start
    return [
        ((top - above, first - left), (bottom - above, last - left))
        for (top, first), (bottom, last) in sheet.merged
        if bottom > top >= above and first >= left
    ]


def _table(
    sheet: sheet_parts.Sheet,
    part: structure.Part,
    number: int,
    merged: list[tuple[int, int, int]],
    con: duckdb.DuckDBPyConnection,
    name: str,
    look: sheet_xml.Seen,
) -> Table:
    """A table of a sheet; number: how many tables of the sheet come before it. merged: first, last row and column."""
    above, left = sheet.start
    row, corner = above + part.top + 1, f"{_letters(left + part.left)}{above + part.top + 1}"
    where = f'{name}, sheet "{cut(sheet.name)}"'
    groups = [line[part.left : part.left + len(part.rows[0])] for line in part.above[-1:]]
    header.check_single([[]] * (row - 1 - len(groups)) + groups + part.start, row - 1, where)
    columns = header.names(part.start[0], where)
    relation = f"sheet_{next(_numbers)}"
    records = zip(*part.rows[1:], strict=True) if part.rows[1:] else [()] * len(columns)
    held = [_column(cells, f"c{place}") for place, cells in enumerate(records)]
    inside = [
        f"{_letters(left + place)}{above + first + 1} to row {above + last + 1}"
        for first, last, place in merged
        if part.top < first < part.top + len(part.rows) and part.left <= place < part.left + len(columns)
    ]
    rows = {above + part.top + at for at in range(len(part.rows)) if at not in part.aside}
    places = range(left + part.left, left + part.left + len(columns))
    formulas = [
        f"{_letters(place)}{at + 1}" for at, place, _ in look.formulas if at in rows and place in places
    ]
    arrays = {f"c{place}": array for place, (array, _) in enumerate(held)}
    if part.aside:
        arrays["no_record"] = pyarrow.array(
            [at in part.aside for at in range(1, len(part.rows))], pyarrow.bool_()
        )
    con.register(relation, pyarrow.table(arrays))
    return Table(
        sheet.name if not number else f"{sheet.name}, from {corner}",
        columns,
        relation,
        {column: text for column, (_, text) in zip(columns, held, strict=True)}
        | {SHEET: literal(sheet.name)},
        f"rowid + {row + 1}",
        [[]] * max(0, row - 1 - len(part.above)) + [_trimmed(line) for line in part.above],
        notes=[
            f"header in row {row}" + (f", from {corner}" if number else ""),
            *([f"merged cells count for each row they span: {_some(inside)}"] if inside else []),
            *footer.said({row + at: reason for at, reason in part.aside.items()}),
        ],
        repeats=header.repeats(part.start[0], columns),
        typed=True,
        since=look.since,
        order=look.order,
        corner=corner,
        aside="no_record" if part.aside else "",
        below=[[_text(cell) for cell in part.rows[at]] for at in sorted(part.aside)],
        unread=[_uncounted(formulas, sheet.name, "taken as the text of the formula")] if formulas else [],
    )


def _beyond(sheet: sheet_parts.Sheet, seen: Looks) -> list[str]:
    """The cells of formulas without a value where a sheet ends for those who read values alone."""
    formulas = seen[sheet.name].formulas if sheet.name in seen else []
    rows = columns = range(0)
    if formulas and sheet.pieces:
        (above, left), height, width = sheet.start, sheet.height, sheet.width
        rows, columns = range(above, above + height), range(left, left + width)
    return [
        f"{_letters(place)}{row + 1}" for row, place, _ in formulas if row not in rows or place not in columns
    ]


def _uncounted(cells: list[str], sheet: str, what: str) -> str:
    """What is told of formulas that have no value: a program wrote them that does not calculate."""
    said = "1 formula has" if len(cells) == 1 else f"{len(cells):,} formulas have"
    return (
        f'{said} no stored value, {_some(cells)} in sheet "{cut(sheet)}": {what}. Open the '
        "workbook in Excel or LibreOffice, save it, and load it again."
    )


def _some(texts: list[str]) -> str:
    return ", ".join(texts[:3]) + (f" and {len(texts) - 3:,} more" if len(texts) > 3 else "")


def _letters(place: int) -> str:
    """The name of a sheet's column (0 = A)."""
    letters = ""
    while place >= 0:
        place, letter = divmod(place, 26)
        letters, place = chr(65 + letter) + letters, place - 1
    return letters


def _trimmed(row: list[str]) -> list[str]:
    return row[: max((i + 1 for i, cell in enumerate(row) if cell), default=0)]


def _column(cells: tuple, column: str) -> tuple[pyarrow.Array, str]:
    """A column's cells and the SQL that gives their text.

    Where all of them are of one type, which is seen and not guessed, DuckDB writes the text: it is faster.
    """
    types = set(map(type, cells))
    if types <= {str}:
        return pyarrow.array(cells, pyarrow.string()), f"nullif({column}, '')"
    same = types - {str}
    if same != {float} and not same <= {datetime.date, datetime.datetime}:
        return _texts(cells), column
    if str in types:
        if any(type(cell) is str and cell for cell in cells):
            return _texts(cells), column
        cells = [None if type(cell) is str else cell for cell in cells]
    if same == {float}:
        whole = f"{column} = trunc({column}) and abs({column}) < 1e18"
        return (
            pyarrow.array(cells, pyarrow.float64()),
            f"case when {whole} then cast(cast({column} as bigint) as varchar) else cast({column} as varchar) end",
        )
    if datetime.date in same:
        cells = [_midnight(cell) if type(cell) is datetime.date else cell for cell in cells]
    return pyarrow.array(cells, pyarrow.timestamp("us")), f"cast({column} as varchar)"


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime(day.year, day.month, day.day)


def _texts(cells: tuple) -> pyarrow.Array:
    return pyarrow.array([WRITE[type(cell)](cell) or None for cell in cells], pyarrow.string())


def _text(cell: Any) -> str:
    return WRITE[type(cell)](cell)


def _number(cell: float) -> str:
    return str(int(cell)) if cell.is_integer() and abs(cell) < 1e18 else repr(cell)


def _duration(cell: datetime.timedelta) -> str:
    seconds = round(cell.total_seconds())
    sign, seconds = "-" if seconds < 0 else "", abs(seconds)
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


WRITE: dict[type, Callable[[Any], str]] = {
    str: lambda cell: cell,
    float: _number,
    int: str,
    bool: lambda cell: "true" if cell else "false",
    datetime.datetime: str,
    datetime.date: lambda cell: str(_midnight(cell)),
    datetime.time: str,
    datetime.timedelta: _duration,
}
