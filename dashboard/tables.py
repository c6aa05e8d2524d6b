"""How tables look: column names as people say them, times to the minute, text shown as it stands."""

import pandas as pd
import streamlit as st

ROW, HEADER, TALLEST = 33, 37, 420
NAMES = {
    "at": "date",
    "effective_at": "updated at",
    "left_out": "left out because",
    "record_id": "record",
    "source_title": "source",
    "todo": "what to do",
    "whole_row": "whole row refused",
    "withdrawn_why": "withdrawn because",
    "who": "loaded by",
}


def table(rows: pd.DataFrame, order: list[str] | None = None, tallest: int = TALLEST, **more):
    """Rows as a table that sorts and searches; no taller than it needs to be."""
    shown = rows if order is None else rows[order]
    looks = {name: _look(name, shown[name]) for name in shown.columns}
    height = min(tallest, HEADER + ROW * max(len(shown), 1))
    return st.dataframe(shown, hide_index=True, column_config=looks, height=height, **more)


def _look(name: str, column: pd.Series):
    label = NAMES.get(name, name.replace("_", " "))
    if pd.api.types.is_datetime64_any_dtype(column):
        return st.column_config.DatetimeColumn(label, format="D MMM YYYY, HH:mm")
    if pd.api.types.is_float_dtype(column):
        return st.column_config.NumberColumn(label, format="localized")
    return st.column_config.Column(label)
