"""Tables as files: CSV and XLSX in which no cell of an export can become a formula."""

import io
import math
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal

import pandas as pd
import xlsxwriter
from pandas.api.types import is_datetime64_any_dtype

STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
CELL = 32_767  # what a cell of a workbook holds, in units of UTF-16
CUT = "… (cut: a cell of a workbook holds no more; the CSV has all of it)"

EXACT = 10**15
SAMPLE, WIDEST = 1000, 60  # rows by which a column's width is told; characters
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "default_date_format": "yyyy-mm-dd hh:mm:ss",
}


def as_csv(table: pd.DataFrame) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads accents; an apostrophe before text that would be a formula.

    A time is cut to its second, as in a workbook: the end of a day is 23:59:59.
    """
    shown = _texts(_plain(table), _neutral).rename(columns=_neutral)
    shown = _columns(shown, lambda one: one.dt.as_unit("s") if is_datetime64_any_dtype(one) else one)
    return shown.to_csv(index=False).encode("utf-8-sig")


def as_xlsx(table: pd.DataFrame) -> bytes:
    """One sheet, with filters and a fixed header; text stays text, and is cut where it is longer than a cell can hold."""
    held, shown = io.BytesIO(), _texts(_plain(table), _fitting)
    with xlsxwriter.Workbook(held, OPTIONS) as book:
        sheet, head = book.add_worksheet("rows"), book.add_format({"bold": True, "bottom": 1})
        for number, name in enumerate(shown.columns):
            sheet.set_column(number, number, _width(str(name), shown.iloc[:SAMPLE, number]))
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(shown), max(len(shown.columns) - 1, 0))
        sheet.write_row(0, 0, map(str, shown.columns), head)
        for number, row in enumerate(shown.astype(object).itertuples(index=False, name=None), 1):
            sheet.write_row(number, 0, map(_cell, row))
    return held.getvalue()


def _width(name: str, column: pd.Series) -> float:
    """The width of a column in characters: that of its widest cell, within reason."""
    widest = max((len(str(cell)) for cell in column), default=0)
    return min(max(widest + 1, len(name) + 4), WIDEST)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Lists as text."""
    return _texts(table, lambda cell: ", ".join(map(str, cell)) if _is_list(cell) else cell)


def _texts(table: pd.DataFrame, change: Callable[[object], object]) -> pd.DataFrame:
    """A table with its texts and objects changed; numbers and times stay as they are."""
    return _columns(table, lambda one: one.map(change) if one.dtype in ("object", "str") else one)


def _columns(table: pd.DataFrame, change: Callable[[pd.Series], pd.Series]) -> pd.DataFrame:
    """A table with its columns changed; two may have the same name."""
    changed = [change(table.iloc[:, number]) for number in range(len(table.columns))]
    return pd.concat(changed, axis=1) if changed else table


def _cell(value: object) -> object:
    """A value as a cell of a workbook holds it, which knows no zone and no more than 15 digits; None where there is none.

    A time is cut to its second: the last microsecond of a day would be shown as the next day.
    """
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return None
    if isinstance(value, datetime | time):
        return value.replace(tzinfo=None, microsecond=0)
    holds = isinstance(value, bool | date) or (
        isinstance(value, int | float | Decimal) and math.isfinite(value) and abs(value) < EXACT
    )
    return value if holds else str(value)


def _is_list(cell: object) -> bool:
    return hasattr(cell, "__iter__") and not isinstance(cell, str | bytes | dict)


def _fitting(cell: object) -> object:
    if isinstance(cell, dict | bytes):
        cell = str(cell)
    if not isinstance(cell, str) or 2 * len(cell) <= CELL:
        return cell
    units = cell.encode("utf-16-le", "replace")
    if len(units) <= 2 * CELL:
        return cell
    return units[: 2 * (CELL - len(CUT))].decode("utf-16-le", "ignore") + CUT


def _neutral(cell: object) -> object:
    """The cell as it is, unless a spreadsheet would read its text as a formula; a number written as text is none."""
    if not isinstance(cell, str) or not cell.startswith(STARTS_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell
