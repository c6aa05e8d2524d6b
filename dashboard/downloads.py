"""Tables as files: CSV and XLSX in which no cell of an export can become a formula."""

import io

import pandas as pd

STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
CELL = 32_767  # what a cell of a workbook holds, in units of UTF-16
CUT = "… (cut: a cell of a workbook holds no more; the CSV has all of it)"


def as_csv(table: pd.DataFrame) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads accents; an apostrophe before text that would be a formula."""
    return _plain(table).map(_neutral).rename(columns=_neutral).to_csv(index=False).encode("utf-8-sig")


def as_xlsx(table: pd.DataFrame) -> bytes:
    """One sheet, with filters and a fixed header; text stays text, and is cut where it is longer than a cell can hold."""
    held = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    with pd.ExcelWriter(held, engine="xlsxwriter", engine_kwargs={"options": options}) as book:
        _plain(table).map(_fitting).to_excel(book, sheet_name="rows", index=False, freeze_panes=(1, 0))
        book.sheets["rows"].autofilter(0, 0, len(table), max(len(table.columns) - 1, 0))
        book.sheets["rows"].autofit()
    return held.getvalue()


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Lists as text."""
    return table.map(lambda cell: ", ".join(map(str, cell)) if _is_list(cell) else cell)


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
