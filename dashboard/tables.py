"""How tables look: column names as people say them, times to the minute, text shown as it stands."""

import re
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboard.shown import cell, legible

ROW, HEADER, TALLEST = 33, 37, 420
DIGITS = 3  # decimals of a cell; a download holds all
EXACT = 2**53  # from there on a browser knows whole numbers only as text
SEVERITY = {1: "1 critical", 2: "2 high", 3: "3 medium", 4: "4 low", 5: "5 informational"}
# Serves the test of a change, not the reader.
INTERNAL = ("cluster",)
NAMING = re.compile(r"\b(load|row|year)\b")  # numbers that name something
NAMES = {
    "at": "date",
    "cells_refused": "cells refused",
    "days_past": "days overdue",
    "effective_at": "updated at",
    "known": "in catalogue",
    "left_out": "left out because",
    "missing_on": "machines",
    "record_id": "record",
    "rejected": "rows refused",
    "source_title": "source",
    "todo": "what to do",
    "whole_row": "whole row refused",
    "who": "loaded by",
}


def table(
    rows: pd.DataFrame,
    order: list[str] | None = None,
    tallest: int = TALLEST,
    whole: bool = False,
    widths: dict[str, int] | None = None,
    zone: ZoneInfo | None = None,
    **more,
):
    """Rows as a table that sorts and searches, a cell that holds nothing as an empty one; no taller than it needs to be.

    Without columns that hold nothing and with severities as words, unless it is to be shown as it is (whole).
    widths: of columns, in pixels; the others share the rest. zone: what its times (UTC) are told in, if in another.
    """
    shown = rows if order is None else rows[order]
    shown = shown if whole else told(shown)
    shown = shown if zone is None else local(shown, zone)
    texts = shown.select_dtypes(["object", "string"]).columns
    shown = shown.assign(**{name: shown[name].map(cell, na_action="ignore") for name in texts})
    numbers = shown.select_dtypes("float")
    shown = shown.assign(**numbers.round(DIGITS)).rename(columns=legible)
    looks = {name: _look(name, shown[name], (widths or {}).get(name)) for name in shown.columns}
    height = min(tallest, HEADER + more.get("row_height", ROW) * max(len(shown), 1))
    return st.dataframe(shown, hide_index=True, column_config=looks, height=height, placeholder="", **more)


def local(rows: pd.DataFrame, zone: ZoneInfo) -> pd.DataFrame:
    """Times in UTC as the clocks of a time zone show them."""
    times = rows.select_dtypes("datetime")
    return rows.assign(
        **{n: times[n].dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None) for n in times}
    )


def told(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns that say something, in which a severity is a word."""
    empty = [name for name in rows if len(rows) and _says_nothing(rows[name])]
    shown = rows.drop(columns=[*empty, *INTERNAL], errors="ignore")
    if "severity" in shown:
        shown = shown.assign(severity=shown["severity"].map(severity, na_action="ignore"))
    return shown


def _says_nothing(column: pd.Series) -> bool:
    first = column.iloc[0]
    if not pd.api.types.is_list_like(first) and pd.notna(first) and f"{first}":
        return False  # as mostly
    return bool((column.isna() | (column.astype("str") == "")).all())


def extent(ids: pd.Series) -> str:
    """How many rows there are, and of how many records where a record has several."""
    rows, records = len(ids), ids.nunique()
    said = f"{rows:,} row{'s' * (rows != 1)}"
    return said if rows == records else f"{said} of {records:,} record{'s' * (records != 1)}"


def severity(number: object) -> str:
    """“1 critical” for 1; anything else as it stands."""
    try:
        return SEVERITY.get(int(number), str(number))
    except (TypeError, ValueError):
        return str(number)


def _look(name: str, column: pd.Series, width: int | None):
    label = NAMES.get(name, name.replace("_", " "))
    if pd.api.types.is_datetime64_any_dtype(column):
        return st.column_config.DatetimeColumn(label, width=width, format="D MMM YYYY, HH:mm")
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return st.column_config.NumberColumn(label, width=width, format=number_format(name, column))
    return st.column_config.Column(label, width=width)


def number_format(name: str, column: pd.Series) -> str:
    """How a column of numbers is written, as everywhere: in a browser's own language 2.057 hours would be 2,057.

    Always with its decimals: left to itself ("plain"), a browser writes 95 as 95.00000000000001.
    """
    known = column.dropna()
    decimals = next(n for n in range(DIGITS + 1) if n == DIGITS or (known.round(n) == known).all())
    large = not NAMING.search(name) and known.abs().between(1000, EXACT).any()
    return f"%{',' if large else ''}.{decimals}f"
