"""A record behind a number: its versions, each with the load it came from, and of an incident what led to what."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboard.correcting import correct
from dashboard.linked import linked
from dashboard.period import day
from dashboard.shown import escape, plain
from dashboard.tables import table
from dashboard.undoing import undo
from dashboard.view import View

FIRST = ["record_id", "effective_at", "corrected", "load", "file", "loaded_at", "who"]


def versions(view: View, metric: str, record: str) -> None:
    """Of an observation of a metric, and of the records it is made of, with what was corrected in them and the way to do so."""
    found, zone = view.readings.records(metric, record), view.readings.settings.zone
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(record)}**, version by version, each with the load it came from")
        records = [
            *found[["kind_of_record", "record_id"]].drop_duplicates().itertuples(index=False, name=None)
        ]
        if records and st.button("Correct it …", key="correct"):
            correct(view, records)
    told = view.readings.corrections()
    for one in told[told["record_id"].isin(found["record_id"])].itertuples():
        with st.container(horizontal=True, vertical_alignment="center", key=f"corrected-{one.Index}"):
            name = one.column.replace("_", " ").capitalize()
            whose = f" of {plain(one.record_id)}" if one.record_id != record else ""
            st.markdown(
                f"▲ **{plain(name)}**{whose} was corrected from {plain(one.was)} to **{plain(one.value)}** by "
                f"{plain(one.who or 'nobody known')} on {day(one.at, zone)}, load {one.load}: {plain(one.reason)}"
            )
            if st.button("Undo it …", key=f"undo-{one.Index}"):
                undo(int(one.load), one.file)
    order = [*(c for c in FIRST if c in found), *(c for c in found if c not in (*FIRST, "kind_of_record"))]
    table(found, order, zone=zone)
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
