"""The Metric page: why is this number what it is? From the reading down to the rows and the loads they came from."""

from html import escape

import streamlit as st

from dashboard import charts
from dashboard.cards import heading, standing
from dashboard.downloads import as_csv, as_xlsx
from dashboard.view import choose, choose_one, current_view, look_up

SHOWN = 1000
COUNTED = "counted"

view = current_view()
metrics = view.readings.metrics()
metric = metrics[look_up("metric", {name: m.title for name, m in metrics.items()})]
reading = view.readings.reading(metric.name, view.period, view.scope)

st.html(heading(view.readings.settings.organisation, view.period, [reading]))
choose("metric", {name: m.title for name, m in metrics.items()}, width=320)

left, right = st.columns([1, 1.75], gap="large")
with left:
    st.html(standing(metric, reading))
with right:
    readings = view.readings.trend(metric.name, view.period, view.scope)
    st.markdown(f"### {charts.finding(metric, readings)}")
    st.plotly_chart(charts.trend(metric, readings), config={"displayModeBar": False}, key="trend")

left, right = st.columns([1.2, 1], gap="large")
with left:
    st.markdown("### Where it comes from")
    dimension = choose_one("by", {name: name.replace("_", " ") for name in metric.by})
    parts = view.readings.by(metric.name, view.period, dimension, view.scope)
    st.plotly_chart(charts.breakdown(metric, parts), config={"displayModeBar": False}, key="breakdown")
with right:
    st.markdown("### What it means")
    for name, said in (
        ("Question", metric.question),
        ("Counted", metric.method),
        ("Dated by", metric.dated_by),
        ("Read with care", metric.pitfalls),
        ("Owners", ", ".join(metric.owners)),
    ):
        if said:
            st.html(f'<div class="term"><b>{name}</b> {escape(said)}</div>')
    with st.expander("The SQL that ran"):
        st.code(metric.sql, language="sql")

st.markdown("### The rows behind the number")
options = {COUNTED: f"counted · {reading.n:,}"} | {
    reason: f"left out: {reason} · {count:,}" for reason, count in reading.left_out.items()
}
part = choose_one("rows", options)
rows = view.readings.rows(metric.name, view.period, view.scope, left_out=part != COUNTED, limit=None)
if part != COUNTED:
    rows = rows[rows["left_out"] == part]
st.dataframe(rows.head(SHOWN), hide_index=True, height=min(420, 38 + 35 * max(len(rows), 1)))
with st.container(horizontal=True, vertical_alignment="center"):
    file = f"{metric.name}-{view.period.name}-{part.replace(' ', '-')}"
    st.download_button("Download CSV", lambda: as_csv(rows), f"{file}.csv", "text/csv", on_click="ignore")
    st.download_button("Download XLSX", lambda: as_xlsx(rows), f"{file}.xlsx", on_click="ignore")
    st.caption(f"{len(rows):,} rows" + (f", the first {SHOWN:,} shown" if len(rows) > SHOWN else ""))
