"""The Definitions page: what every number means, where it comes from, and the SQL that makes it."""

import streamlit as st

from dashboard.definition import agreed, found, terms
from dashboard.shown import escape, plain
from dashboard.view import shared_readings

FEW = 3

readings = shared_readings()
metrics, period = readings.metrics(), readings.default_period()
chosen = st.query_params.get("metric")

st.markdown("## Definitions")
words = st.text_input(
    "Search",
    placeholder="Search in names (MTTR, uptime …), questions, methods, pitfalls and SQL",
    label_visibility="collapsed",
)
shown = found(metrics, words)
st.caption(
    f"{len(shown)} of {len(metrics)} metrics. Each is one file; what stands here is that file, and the SQL is the very text that ran."
)
loads = readings.loads()
loads = loads[loads["withdrawn_at"].isna()]

for metric in shown:
    opened = metric.name == chosen or len(shown) <= FEW
    with st.expander(
        f"**{plain(metric.title)}** · {plain(metric.question)}",
        expanded=opened,
        key=f"define-{metric.name}-{opened}",
        on_change="rerun",
    ) as one:
        if not one.open:
            continue
        left, right = st.columns([1.5, 1], gap="large")
        reading = readings.reading(metric.name, period)
        now = reading.target
        of = sorted(set(loads.loc[loads["record"].isin(metric.reads), "source_title"]))
        left_out = [f"{reason} ({count:,})" for reason, count in reading.left_out.items()]
        told = {name: text for name, text in terms(metric).items() if name != "Question"}
        said = told | {
            f"Left out in {period.label.partition(' (')[0]}": ", ".join(left_out) or "nothing",
            "Sources": ", ".join(of) or "none is loaded",
            "Target": agreed(metric, now, readings.settings.zone) if now else "none is set",
        }
        with left:
            st.html(
                "".join(
                    f'<div class="term"><b>{escape(name)}</b> <span>{escape(text)}</span></div>'
                    for name, text in said.items()
                )
            )
        with right:
            st.code(metric.sql, language="sql", wrap_lines=True)
            st.page_link(
                "app_pages/metric.py",
                label="Open its reading and rows",
                query_params={"metric": metric.name, "period": period.name},
            )
