"""A record behind a number: its versions, each with the load it came from, and of an incident what led to what."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboard.linked import linked
from dashboard.period import day
from dashboard.shown import escape, plain
from dashboard.tables import table
from dashboard.view import View

FIRST = ["record_id", "effective_at", "load", "file", "loaded_at", "who"]


def versions(view: View, metric: str, record: str) -> None:
    """Of an observation of a metric, and of the records it is made of."""
    st.markdown(f"**{plain(record)}**, version by version, each with the load it came from")
    found = view.readings.records(metric, record)
    table(
        found,
        [*(c for c in FIRST if c in found), *(c for c in found if c not in FIRST)],
        zone=view.readings.settings.zone,
    )
    if "incident" in view.readings.metrics()[metric].reads:
        linked(view, found["record_id"].unique().tolist())


def chain(told: pd.DataFrame, link: Callable[[str], str], zone: ZoneInfo) -> str:
    """What caused an incident and what it caused, as a table. told: of `incidents.chain`; link: the address of an incident."""
    lines = []
    for row in told.itertuples():
        name, here = escape(row.record_id), not row.step
        if row.kind == "incident" and not here:
            name = f'<a href="{escape(link(row.record_id), quote=True)}" target="_self">{name}</a>'
        title = row.title if isinstance(row.title, str) else "in no export that is loaded"
        facts = [row.domain, row.kind, day(row.at, zone) if pd.notna(row.at) else None]
        said = " · ".join(fact for fact in facts if isinstance(fact, str))
        lines.append(
            f'<tr class="{"here" if here else ""}"><td>{_place(row.step)}</td><td>{name}</td>'
            f"<td>{escape(title)}</td><td>{escape(said)}</td></tr>"
        )
    return f'<table class="chain" aria-label="What led to it, and what it led to">{"".join(lines)}</table>'


def _place(step: int) -> str:
    near = {0: "this incident", -1: "its cause", 1: "its effect"}
    return near.get(step) or f"{abs(step)} steps {'before' if step < 0 else 'after'}"
