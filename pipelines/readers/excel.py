"""Workbooks (xlsx, xlsb, xls, ods): every sheet that holds cells is a table, every cell is text.

Cells are read with their own type, cell by cell, and written as text, so nothing is lost to a type guessed for
a column: 00123 stays, 7.0 is "7", a date is "2026-09-01 10:00:00", a duration "36:30:00", a flag "true". Formulas give their stored value. Where a cell holds an error (#REF!), that is its text (xlsx).
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
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from pipelines.errors import Refused
from pipelines.readers import header, probe, sheet_xml
from pipelines.readers.table import Table, cut

Looks = dict[str, sheet_xml.Seen]

_numbers = count(1)  # makes the names of the tables that stand in a connection unique


def tables(path: Path, con: duckdb.DuckDBPyConnection, work: Path, name: str) -> list[Table]:
    """A table for each sheet that holds cells, in the workbook's order."""
    try:
        with TemporaryDirectory(dir=work) as folder, _uncollected():
            plain = Path(folder) / "plain.xlsx"
            seen = sheet_xml.look(path, plain)
            _check_extent(path, seen, name)
            workbook = CalamineWorkbook.from_path(plain if seen else path)
            sheets = [
                workbook.get_sheet_by_name(sheet.name)
                for sheet in workbook.sheets_metadata
                if sheet.typ == SheetTypeEnum.WorkSheet
            ]
            return _tables([sheet for sheet in sheets if sheet.start], seen, con, name)
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
        if type(error).__name__ != "PanicException":
            raise
        raise Refused(
            f"{name} is a damaged workbook ({cut(str(error))}).", "Open it and save it as XLSX."
        ) from error


def _check_extent(path: Path, seen: Looks, name: str) -> None:
    """Refused where reading the workbook takes too much memory; tried in another process where that may be."""
    far = [(sheet, look.far) for sheet, look in seen.items() if look.far]
    if seen and not far and seen.keys() >= {*CalamineWorkbook.from_path(path).sheet_names}:
        return
    fits, told = probe.fits(path)
    if fits:
        return
    where = ", ".join(f'{cell} in sheet "{cut(sheet)}"' for sheet, cell in far[:3])
    raise Refused(
        f"{name}: {told or 'its sheets span more cells than can be read'}{where and f', with {where}'}; "
        f"up to {probe.CELL_LIMIT:,} can be read.",
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
    sheets: list[CalamineSheet], seen: Looks, con: duckdb.DuckDBPyConnection, name: str
) -> list[Table]:
    """The sheets that can be read; where the largest cannot, the workbook is refused."""
    largest = max(sheets, key=lambda sheet: sheet.width * sheet.height, default=None)
    found, aside = [], []
    for sheet in sheets:
        try:
            found.append(_table(sheet, seen[sheet.name].errors if sheet.name in seen else [], con, name))
        except Refused as refusal:
            if sheet is largest:
                raise
            aside.append(f"left aside: {refusal.reason}")
    found = [table for table in found if table]
    if not found:
        raise Refused(f"{name}: no sheet holds any cells.", "Export it again.")
    for table in found:
        table.notes.extend(aside)
    return found


def _table(
    sheet: CalamineSheet, errors: list[tuple[int, int, str]], con: duckdb.DuckDBPyConnection, name: str
) -> Table | None:
    where = f'{name}, sheet "{cut(sheet.name)}"'
    if sheet.width > header.COLUMN_LIMIT:
        header.names([""] * sheet.width, where)
    rows = sheet.to_python(skip_empty_area=True)
    above, left = sheet.start  # blank rows and columns before the first cell
    for row, place, error in errors:
        if above <= row < above + len(rows) and left <= place < left + sheet.width:
            rows[row - above][place - left] = error
    while rows and not any(cell != "" for cell in rows[-1]):
        rows.pop()
    if not rows:
        return None
    start = [[_text(cell) for cell in row] for row in rows[:200]]
    at = header.find(start, sheet.width)
    header.check_single([[]] * above + start, above + at, where)
    columns = header.names(start[at], where)
    relation = f"sheet_{next(_numbers)}"
    held = [_column(cells, f"c{place}") for place, cells in enumerate(zip(*rows[at:], strict=True))]
    con.register(relation, pyarrow.table({f"c{place}": array for place, (array, _) in enumerate(held)}))
    return Table(
        sheet.name,
        columns,
        relation,
        {column: text for column, (_, text) in zip(columns, held, strict=True)},
        f"rowid + {above + at + 2}",
        [[]] * above + [_trimmed(row) for row in start[:at]],
        notes=[f"header in row {above + at + 1}"],
        repeats=header.repeats(start[at], columns),
    )


def _trimmed(row: list[str]) -> list[str]:
    return row[: max((i + 1 for i, cell in enumerate(row) if cell), default=0)]


def _column(cells: tuple, column: str) -> tuple[pyarrow.Array, str]:
    """A column's cells and the SQL that gives their text; `cells` begins with the header.

    Where all of them are of one type, which is seen and not guessed, DuckDB writes the text: it is faster.
    """
    cells = cells[1:]
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
