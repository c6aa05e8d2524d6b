"""The decisions log on the Packs page: what the board is asked, what became of it, and the entering of both."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard.decisions import STATUS, ask, history, is_open, reference, settle
from dashboard.intake import signed
from dashboard.pack.decided import first_asked, told
from dashboard.pack.pack import Decision, Pack
from dashboard.progress import shared_jobs, work
from dashboard.readings import Readings
from dashboard.shown import message, plain
from dashboard.tables import table
from dashboard.view import shared_readings, who_are_you
from pipelines.errors import NotReady

BECAME = {
    "made": "It was decided",
    "done": "It is done",
    "dropped": "It was dropped",
    "asked": "It is asked for again",
}
SETTLED = {"made": "● decided", "done": "● done", "dropped": "○ dropped"}


def log(readings: Readings, packs: Sequence[Pack], data: Path) -> None:
    """Open decisions, each with its age and what may be said of it; the settled ones below."""
    rows = [*readings.decisions().itertuples()]
    zone, first = readings.settings.zone, first_asked(packs)
    today = datetime.now(zone).date()
    work("decision")
    with st.container(border=True, key="panel-log"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.html('<div class="panel-title">Decisions</div>')
            if st.button("Ask for a decision …"):
                asked(today, data)
            every = {row.record_id: told(row, zone, today, first.get(row.record_id, "")) for row in rows}
        waiting = [row for row in rows if is_open(row)]
        if not waiting:
            st.html('<div class="note">None is waiting for the board.</div>')
        for row in waiting:
            _open(every[row.record_id], row, readings, today, data)
        others = {row.record_id: row for row in rows if not is_open(row)}
        if others:
            with st.expander(f"Settled ({len(others)})"):
                table(pd.DataFrame([_settled(every[name]) for name in others]), whole=True)
                with st.container(horizontal=True, vertical_alignment="bottom"):
                    name = st.selectbox(
                        "One of them", list(others), format_func=lambda each: every[each].text, width=480
                    )
                    if st.button("Its history …"):
                        became(every[name], others[name], readings, today, data)


def _open(one: Decision, row, readings: Readings, today: date, data: Path) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(gap=None, width="stretch"):
            owner = f" · {plain(one.owner)}" if one.owner else ""
            ahead = one.status == "asked" and one.due and one.due >= today
            due = f"to be decided by {one.due:%-d %b %Y}" if ahead else ""
            st.markdown(f"**{plain(one.text)}**{owner}")
            st.caption(plain(" · ".join(filter(None, [one.standing, due, one.outcome, one.reason]))))
        if st.button("What became of it …", key=f"became-{one.key}", type="tertiary"):
            became(one, row, readings, today, data)


def _settled(one: Decision) -> dict[str, object]:
    return {
        "decision": one.text, "": SETTLED.get(one.status, ""), "what was decided": one.outcome, "by": one.by,
        "on": one.decided, "do by": one.do_by, "done": one.done, "reference": reference(one.key),
    }  # fmt: skip


@st.dialog("Ask for a decision")
def asked(today: date, data: Path) -> None:
    text = st.text_input("What is the board to decide?", max_chars=300)
    left, right = st.columns(2)
    owner = left.text_input("Owner", placeholder="CIO, CISO", max_chars=80, help="Who asks for it.")
    due = right.date_input("Decide by", None, min_value=today, format="YYYY-MM-DD")
    reason = st.text_input("Why", max_chars=300)
    who = who_are_you()
    st.caption("It stands in every pack that is drafted from now on, until it is decided.")
    if st.button("Ask for it", type="primary", disabled=not text.strip()):
        _begin("Asking for a decision", lambda: ask(text, owner, due, reason, today, data, signed(who)))


@st.dialog("What became of it", width="large")
def became(one: Decision, row, readings: Readings, today: date, data: Path) -> None:
    st.markdown(f"**{plain(one.text)}**")
    st.caption(plain(one.standing))
    status = st.segmented_control(
        "What became of it", list(BECAME), default="done" if one.status == "made" else "made",
        format_func=BECAME.get, required=True, label_visibility="collapsed",
    )  # fmt: skip
    said: dict = {}
    left, right = st.columns(2)
    on = today
    if status == "asked":
        said["due"] = left.date_input("Decide by", None, min_value=today, format="YYYY-MM-DD")
    else:
        on = left.date_input("On", today, max_value=today, format="YYYY-MM-DD")
    if status in ("made", "dropped"):
        said["by"] = right.text_input("Decided by", one.by, placeholder="Board", max_chars=80)
    if status == "made":
        said["outcome"] = st.text_input("What was decided", one.outcome, max_chars=300)
        said["do_by"] = left.date_input(
            "To be done by", None, format="YYYY-MM-DD", help="It comes back in packs until it is done."
        )
    said["reason"] = st.text_input("Why", one.reason, max_chars=300)
    who = who_are_you()
    needs = status == "made" and not said["outcome"].strip()
    if st.button("Record it", type="primary", disabled=needs):
        _begin(
            f"{reference(row.record_id)}: {STATUS[status]}",
            lambda: settle(row._asdict(), status, on, today, data, signed(who), **said),
        )
    zone = readings.settings.zone
    past = history(readings.decision_history(), zone).get(row.record_id, [])
    with st.expander(f"History ({len(past)})"):
        shown = [
            "status",
            "outcome",
            "decided_by",
            "decided",
            "do_by",
            "done",
            "due",
            "entered_by",
            "entered_at",
        ]
        versions = pd.DataFrame(
            [{name.replace("_", " "): each[name] for name in shown} for each in reversed(past)]
        )
        versions["entered at"] = pd.to_datetime(versions["entered at"]).dt.tz_localize(None)
        table(versions, zone=zone)


def _begin(title: str, made) -> None:
    """Enter it in the background, and show the log with it once it is published."""
    try:
        said = made()
    except NotReady as reason:
        st.error(message(str(reason)))
        return
    shared_jobs().start("decision", title, said).ended.wait(2)
    shared_readings().refresh()
    st.rerun()
