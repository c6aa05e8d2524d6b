"""The Outlook page: what falls due in the next 90 days, and where does the running quarter end if nothing changes?"""

import streamlit as st

from dashboard import page
from dashboard.cards import lines
from dashboard.narrative import falls_due
from dashboard.outlook import BUCKETS, KINDS, OVERDUE
from dashboard.period import day
from dashboard.shown import escape, plain
from dashboard.tables import table
from dashboard.view import choose_one, current_view

SHOWN = 1000
TITLES = {
    "patch": "Patches",
    "finding": "Audit findings",
    "audit": "Audits",
    "exception": "Accepted exceptions",
}
COLUMNS = ["due_at", "bucket", "item", "severity", "owner", "services", "record_id"]

view = current_view()
service = view.scope.get("service")
ahead = view.readings.outlook(service)
zone = view.readings.settings.zone

when = f"counted from {day(ahead.now, zone)}" if ahead.now else ""
st.html(f'<div class="heading"><b>{escape(view.readings.settings.organisation)}</b>{when}</div>')
st.html(f'<h1 class="verdict-line">{escape(falls_due(ahead))}</h1>')
page.warn(view.readings.stale(KINDS))
if ahead.now is None:
    st.page_link("app_pages/upload.py", label="Load patches, findings, audits or exceptions")
    st.stop()

left, right = st.columns([1.35, 1], gap="large")
with left:
    st.markdown("### What falls due")
    head = "".join(f"<th>{escape(name)}</th>" for name in ("", OVERDUE, *BUCKETS))
    body = "".join(
        f"<tr><td>{escape(TITLES[kind])}</td>"
        + "".join(f"<td>{count:,}</td>" for count in counts.values())
        + "</tr>"
        for kind, counts in ahead.counts.items()
    )
    st.html(f'<table class="parts due"><tr>{head}</tr>{body}</table>')
    st.caption(
        f"Days are counted from {day(ahead.now, zone)}, up to when the newest of these exports is complete."
    )
with right:
    ends = view.readings.projections({"service": service} if service else {})
    running = ends[0].period.label.partition(" (")[0] if ends else "the running quarter"
    st.markdown(f"### Where {running} ends, if nothing changes")
    for one in ends:
        st.html(
            f'<div class="term wide"><b>{escape(one.title)}</b><span>{escape(one.text)}</span></div>'
            + lines([one.how])
        )
    if not ends:
        st.caption("Too little is known of it to tell.")

st.markdown("### One by one")
kind = choose_one(
    "due", {name: f"{TITLES[name]} · {sum(counts.values()):,}" for name, counts in ahead.counts.items()}
)
rows = view.readings.due(kind, None, service)
if rows.empty:
    st.caption("Nothing of it falls due.")
else:
    table(rows.head(SHOWN), COLUMNS, zone=view.readings.settings.zone)
    page.downloads(
        view,
        lambda: rows,
        f"due-{kind}",
        f"{len(rows):,} rows"
        if len(rows) <= SHOWN
        else f"the first {SHOWN:,} of {len(rows):,} rows; a download holds all",
    )
if service and not any(sum(ahead.counts[name].values()) for name in ("audit", "exception")):
    st.caption(plain("Audits and exceptions belong to no service: choose all services to see them."))
