"""The Metric page: why is this number what it is? From the reading down to the rows and the loads they came from."""

from functools import partial

import pandas as pd
import streamlit as st

from dashboard import charts, narrative, page
from dashboard.cards import heading, known, lines, standing
from dashboard.definition import terms
from dashboard.empty import missing
from dashboard.moved import said
from dashboard.progress import work
from dashboard.record import versions
from dashboard.shown import brief, escape, plain
from dashboard.tables import extent, severity, table
from dashboard.view import applied, choose, choose_one, current_view, look_up, part_of, put
from dashboard.whatif import SUPPOSE

SHOWN = 1000
COUNTED = "counted"
WHAT_IF = {
    "restored": "What if services had been restored in time?",
    "patched": "What if overdue patches were installed?",
}
FIRST = ("record_id", "title", "name", "asset", "control", "client", "service", "at", "since", "until")
MEASURED = ("hours_in_period", "amount", "of", "hours_down", "met", "hours", "finished", "score")

view = current_view()
metrics = view.readings.metrics()
metric = metrics[look_up("metric", {name: m.title for name, m in metrics.items()})]
only = part_of(view, metric)
scope = view.scope_of(metric) | only
reading = view.readings.reading(metric.name, view.period, scope)

st.html(heading(view.readings.settings.organisation, view.period, [reading]))
with st.container(horizontal=True, vertical_alignment="center"):
    choose("metric", {name: m.title for name, m in metrics.items()}, width=320)
    for dimension, value in only.items():
        named = severity(value) if dimension == "severity" else value
        st.markdown(f"only {dimension.replace('_', ' ')} **{plain(named)}**")
        st.button("Show all of it", type="tertiary", on_click=partial(put, part=None))


def meaning() -> None:
    """The definition, and the SQL that ran."""
    st.markdown("### What it means")
    told = (f'<div class="term"><b>{name}</b> {escape(text)}</div>' for name, text in terms(metric).items())
    st.html(f'<div class="terms">{"".join(told)}</div>')
    # What colours it is large: it is sent once somebody looks.
    with st.expander("The SQL that ran", on_change="rerun", key="sql") as sql:
        if sql.open:
            st.caption(plain(applied(view, scope)))
            st.code(metric.sql, language="sql", wrap_lines=True)


if reading.as_of is None:
    missing(metric.reads)
    meaning()
    st.stop()

left, right = st.columns([1, 1.75], gap="large")
with left:
    st.html(standing(metric, reading, view.scope))
    if apart := view.readings.moved(metric.name, view.period, scope):
        st.html(lines([said(metric, apart)]))
    if suppose := SUPPOSE.get(metric.name):
        st.page_link("app_pages/what_if.py", label=WHAT_IF[suppose], query_params=view.link(suppose=suppose))
with right:
    page.trend(view, metric, reading, scope)


def look_closer() -> None:
    """The part whose bar was clicked, on this page."""
    bar = page.chosen(st.session_state["breakdown"])
    for name, part in parts:
        if name == bar:
            put(**view.part({dimension: part.scope[dimension]}))


left, right = st.columns([1.2, 1], gap="large")
with left:
    st.markdown("### Where it comes from")
    parts = []
    if dimensions := {name: name.replace("_", " ") for name in metric.by if name not in scope}:
        dimension = choose_one("by", dimensions)
        named = severity if dimension == "severity" else str
        parts = [
            (named(name), part) for name, part in view.readings.by(metric.name, view.period, dimension, scope)
        ]
    valued = [(name, part) for name, part in parts if part.n and part.value is not None]
    waiting = [f"{name} ({part.n:,})" for name, part in parts if part.value is None and known(part)]
    notes = list(
        filter(
            None,
            [
                charts.breakdown_legend(metric, valued),
                narrative.parts_changed(parts),
                f"Not reached yet, fewer than half are done: {', '.join(waiting)}" if waiting else "",
            ],
        )
    )
    if valued:
        told, drawn = (
            "; ".join(f"{name}: {part.text}" for name, part in valued),
            charts.breakdown(metric, valued),
        )
        page.chart(drawn, "breakdown", told, ("points",), look_closer)
        links = []  # the same for the keyboard
        for name, part in charts.worst(metric, valued):
            there = page.rows_of(view, metric.name, {dimension: part.scope[dimension]} | only)
            links.append(f'<a href="{escape(there, quote=True)}" target="_self">{escape(brief(name))}</a>')
        how = "Click a bar or a name to see that part alone, down to its rows:"
        st.html(f'<div class="note">{how} {" · ".join(links)}</div>')
    for note in notes:
        st.caption(plain(note))
    if valued:
        title = f"{metric.title} by {dimensions[dimension]}"
        page.pictures(
            view, f"{metric.name}-by-{dimension}", title, metric.question, [drawn], [reading], notes
        )
    if not valued and not waiting:
        st.caption(
            "No part has anything counted in this period."
            if dimensions
            else "It cannot be told apart further."
        )
with right:
    meaning()

st.markdown("### The rows behind the number")
work("correction", "withdraw")
options = {COUNTED: f"counted · {reading.n:,}"} | {
    reason: f"left out: {reason} · {count:,}" for reason, count in reading.left_out.items()
}
part = choose_one("rows", options)


def fetch(limit: int | None) -> pd.DataFrame:
    """The rows of the chosen part. Those left out are all read, since a reason has to be picked from them."""
    limit = limit if part == COUNTED else None
    found = view.readings.rows(metric.name, view.period, scope, left_out=part != COUNTED, limit=limit)
    unneeded = ["as_of", *(["left_out"] if part == COUNTED else [])]
    return (found if part == COUNTED else found[found["left_out"] == part]).drop(
        columns=unneeded, errors="ignore"
    )


rows, zone = fetch(SHOWN), view.readings.settings.zone
chosen = []
if rows.empty:
    st.caption("None in this period.")
else:
    order = [*(c for c in (*FIRST, *MEASURED) if c in rows), *(c for c in rows if c not in FIRST + MEASURED)]
    chosen = table(
        rows.head(SHOWN), order, zone=zone, on_select="rerun", selection_mode="single-row", key=f"rows-{part}"
    ).selection.rows
    page.downloads(
        view,
        partial(fetch, None),
        f"{metric.name}-{view.period.name}-{part.replace(' ', '-')}",
        f"the newest {SHOWN:,} rows; a download holds all"
        if len(rows) >= SHOWN
        else extent(rows["record_id"]),
    )
for row in chosen:
    record = rows.iloc[row]["record_id"]
    with st.container(border=True, key="panel-record"):
        versions(view, metric.name, record)

st.markdown("### The loads it is made of")
loads = view.readings.loads()
told = view.readings.corrections()
corrected = loads["load"].isin(told.loc[told["kind"].isin(metric.reads), "load"])
loads = loads[(loads["record"].isin(metric.reads) | corrected) & loads["withdrawn_at"].isna()]
opened = table(
    loads,
    ["load", "file", "source_title", "rows_read", "accepted", "rejected", "moment", "loaded_at", "who"],
    tallest=240,
    zone=zone,
    on_select="rerun",
    selection_mode="single-row",
    key="loads",
).selection.rows
for load in loads["load"].iloc[opened]:
    st.page_link("app_pages/data.py", label=f"See load {load}, or undo it", query_params={"load": str(load)})
if not opened:
    st.caption("Choose a load to see it, or to undo it.")
st.caption(f"Times are those of {zone.key}.")
