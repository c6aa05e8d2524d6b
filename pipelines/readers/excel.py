"""Workbooks (xlsx, xlsb, xls, ods): every sheet that holds cells is a table, every cell is text.

Cells are read with their own type, cell by cell, and written as text, so nothing is lost to a type guessed for
a column: 00123 stays, 7.0 is "7", a date is "2026-09-01" or "2026-09-01 10:00:00", a duration "36:30:00", a
flag "true". Formulas give their stored value. Where a cell holds an error (#REF!), that is its text (xlsx).
"""

import datetime
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from pipelines.errors import Refused
from pipelines.readers import header
from pipelines.readers.table import Table

CELL_LIMIT = 60_000_000

_numbers = count(1)  # makes the names of the tables that stand in a connection unique


def tables(path: Path, con: duckdb.DuckDBPyConnection, name: str) -> list[Table]:
    """A table for each sheet that holds cells, in the workbook's order."""
    try:
        workbook = CalamineWorkbook.from_path(path)
        sheets = [
            workbook.get_sheet_by_name(sheet.name)
            for sheet in workbook.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet
        ]
        found = [table for sheet in sheets if sheet.start and (table := _table(sheet, con, name))]
    except PasswordError as error:
        raise Refused(
            f"{name} is protected with a password.", "Save it without a password and load it again."
        ) from error
    except CalamineError as error:
        raise Refused(
            f"{name} cannot be read as a workbook ({error}).", "Open it and save it as XLSX."
        ) from error
    except BaseException as error:
        # A panic of the reader on a malformed workbook derives from BaseException.
        if type(error).__name__ != "PanicException":
            raise
        raise Refused(f"{name} is a damaged workbook ({error}).", "Open it and save it as XLSX.") from error
    if not found:
        raise Refused(f"{name}: no sheet holds any cells.", "Export it again.")
    return found


def _table(sheet: CalamineSheet, con: duckdb.DuckDBPyConnection, name: str) -> Table | None:
    where = f'{name}, sheet "{sheet.name}"'
    if sheet.width > header.COLUMN_LIMIT:
        header.names([""] * sheet.width, where)
    if sheet.width * sheet.height > CELL_LIMIT:
        raise Refused(f"{where} spans {sheet.width * sheet.height:,} cells.", "Export a shorter period.")
    rows = sheet.to_python(skip_empty_area=True)
    while rows and not any(cell != "" for cell in rows[-1]):
        rows.pop()
    if not rows:
        return None
    above = sheet.start[0]  # blank rows before the first cell
    start = [[_text(cell) for cell in row] for row in rows[:200]]
    at = header.find(start, sheet.width)
    header.check_single([[]] * above + start, above + at, where)
    columns = header.names(start[at], where)
    relation = f"sheet_{next(_numbers)}"
    con.register(relation, _arrow(rows[at + 1 :], len(columns)))
    return Table(
        sheet.name,
        columns,
        relation,
        {column: f"c{place}" for place, column in enumerate(columns)},
        f"rowid + {above + at + 2}",
        [[]] * above + [_trimmed(row) for row in start[:at]],
        notes=[f"header in row {above + at + 1}"],
    )


def _trimmed(row: list[str]) -> list[str]:
    return row[: max((i + 1 for i, cell in enumerate(row) if cell), default=0)]


def _arrow(rows: list[list], width: int) -> pyarrow.Table:
    columns = list(zip(*rows, strict=True)) or [()] * width
    arrays = [pyarrow.array(_column(cells), pyarrow.string()) for cells in columns]
    return pyarrow.table(arrays, [f"c{place}" for place in range(width)])


def _column(cells: tuple) -> list[str | None]:
    types = set(map(type, cells))
    if types == {str}:
        return [cell or None for cell in cells]
    if types == {float}:
        return list(map(_number, cells))
    return [WRITE[type(cell)](cell) or None for cell in cells]


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
    datetime.datetime: lambda cell: cell.isoformat(" "),
    datetime.date: datetime.date.isoformat,
    datetime.time: datetime.time.isoformat,
    datetime.timedelta: _duration,
}
