"""The What if page: the readings of one service on supposed facts, beside those as they are, and never among them."""

import streamlit as st

from dashboard.empty import missing
from dashboard.reading import Reading
from dashboard.shown import escape, plain
from dashboard.view import Unknown, choose_one, current_view, put

SHOWN = 40
SUPPOSE = {"restored": "Restored in time", "patched": "Overdue patches installed"}


def figure(reading: Reading) -> str:
    """A value and what it was counted from."""
    counted = f"{reading.n:,} counted" if reading.n else "nothing counted"
    return f'<b>{escape(reading.text)}</b> <span class="meta">{counted}</span>'


view = current_view()
service, period = view.scope.get("service"), view.period
st.html(
    f'<div class="heading"><b>{escape(view.readings.settings.organisation)}</b>{escape(period.label)} · supposed, not measured</div>'
)
if not service:
    st.html('<h1 class="verdict-line">What if?</h1>')
    services = view.readings.dimension_values("service")
    if not services:
        missing(["incident", "patch"])
        st.stop()
    st.caption("Of which service? What is supposed here is supposed of one at a time.")
    with st.container(horizontal=True):
        for name in services[:SHOWN]:
            st.button(plain(name), key=f"of-{name}", on_click=put, kwargs={"service": name})
    if len(services) > SHOWN:
        st.caption(f"and {len(services) - SHOWN:,} more: choose above.")
    st.stop()

suppose = choose_one("suppose", SUPPOSE)
days = view.readings.days(period)
if suppose == "patched" and days is None:
    running = [one for one in view.readings.periods() if view.readings.days(one)]
    st.caption(f"What is installed from now on changes nothing in {plain(period.label)}.")
    if running:
        link = {"period": running[0].name, **view.scope, "suppose": suppose}
        st.page_link("app_pages/what_if.py", label=f"Suppose it of {running[0].label}", query_params=link)
    else:
        st.caption("No patches are loaded.")
    st.stop()

if suppose == "patched":
    by = st.date_input(
        "Installed by the end of",
        days[0],
        *days,
        key="patched_by",
        bind="query-params",
        format="YYYY-MM-DD",
        width=240,
    )
    told = view.readings.patched(service, period, by)
else:
    agreed = view.readings.agreed_hours(service, period)
    hours = st.number_input(
        "Restored within hours"
        + (f" (the target is {agreed:g})" if agreed else " (no target is set)"),
        0.25, 1000.0, agreed or 4.0, 0.25, key="hours", bind="query-params", width=240,
    )  # fmt: skip
    if hours is None:
        raise Unknown("Say within how many hours it was restored.")
    told = view.readings.restored(service, period, hours)

touched = f"{told.changed:,} {'incident' if told.changed == 1 else 'incidents'} of the period took longer."
st.html(f'<h1 class="verdict-line">{escape(told.said)}</h1>')
if suppose == "restored":
    st.caption(touched)
rows = "".join(
    f"<tr><td>{escape(one.now.title)}</td><td>{figure(one.now)}</td>"
    f'<td class="supposed"><span class="tag">what if</span> {figure(one.then)}</td><td class="meta">{escape(one.note)}</td></tr>'
    for one in told.readings
)
st.html(
    f'<table class="changes what-if"><tr><th></th><th>As it is</th><th>What if</th><th></th></tr>{rows}</table>'
)
for line in told.stays:
    st.caption(plain(line))
st.caption(
    "Counted from the same rows by the same metrics, with only that supposed. It is no forecast: nothing of it is stored, judged "
    "or shown among the readings."
)
