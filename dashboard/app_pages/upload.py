"""The Upload page: drop exports, see what they are and what they would change, and take them in."""

import streamlit as st

from dashboard.checked import changes, details, heading, here, question, reading, state
from dashboard.editor import editor, own_mappings
from dashboard.empty import offer_template, recognised
from dashboard.intake import Tray, Trays, signed, take_in
from dashboard.progress import follow, shared_jobs, work
from dashboard.shown import message, plain
from dashboard.view import data_folder, shared_readings, who_are_you
from pipelines.source import sources

# So long a page waits before it shows progress instead.
PATIENCE = 2

data, readings, jobs = data_folder(), shared_readings(), shared_jobs()


@st.cache_resource(show_spinner=False)
def shared_trays() -> Trays:
    """The trays of this server."""
    return Trays(data_folder())


def load(tray: Tray, files: list[str], who: str) -> None:
    """Take files out of the tray and load them in the background."""
    taken = tray.take(files)
    title = f"Loading {taken[0].name}" if len(taken) == 1 else f"Loading {len(taken)} files"
    jobs.start("load", title, take_in(taken, data, signed(who)))


tray = shared_trays().tray(st.session_state.get("tray", st.query_params.get("tray")))
st.session_state["tray"] = st.query_params["tray"] = tray.id
known = sources(data)
titles = {source.name: source.title for source in known.values()}

st.markdown("## Upload")
work("load")
if tray.mapping and (mapped := tray.held(tray.mapping)):
    editor(tray, mapped, known, data)
    st.stop()
dropped = st.file_uploader(
    "Exports as your tools write them: CSV (also .gz), Excel, JSON or XML, one or many. "
    "They are checked first; nothing is saved until you say so.",
    accept_multiple_files=True,
    key=f"dropped-{st.session_state.get('drops', 0)}",
)
if dropped:
    for upload in dropped:
        if not tray.add(upload.name, upload.getbuffer()):
            st.toast(f"{plain(upload.name)} is here already.")
    st.session_state["drops"] = st.session_state.get("drops", 0) + 1
    st.rerun()

if not tray.files:
    known_exports, to_fill_in = st.columns(2, gap="large")
    with known_exports:
        st.markdown("##### What is recognised, whatever the file is called")
        recognised(known)
        st.caption("Anything else can be mapped by hand once, and is recognised from then on.")
    with to_fill_in:
        st.markdown("##### Nothing to export? Fill in a template")
        offer_template()
        own_mappings(known, data)
    st.stop()

checking = tray.check(data, readings)
if not checking.ended.wait(PATIENCE):
    follow(checking)
    st.stop()
if checking.error:
    st.error(f"**They could not be checked, and nothing was changed.** {message(checking.error)}")
    st.stop()
tried = checking.result
ready = [held for held in tray.files if state(tried.checked[held.id]) == "ready"]

if ready:
    with st.container(border=True, key="panel-summary"):
        many = f", if all {len(ready)} are loaded in this order" if len(ready) > 1 else ""
        st.html(f'<div class="panel-title">What would change on the board{many}</div>')
        if tried.changes:
            st.html(changes(tried.changes))
        else:
            st.html('<div class="note">No number of the board changes.</div>')
        with st.container(horizontal=True, vertical_alignment="bottom"):
            who = who_are_you(width=280)
            label = "Load it" if len(ready) == 1 else f"Load all {len(ready)}"
            if st.button(label, type="primary"):
                load(tray, [held.id for held in ready], who)
                st.rerun()
            if len(ready) < len(tray.files):
                st.caption(f"{len(tray.files) - len(ready)} more cannot be taken in yet: see below.")

for held in tray.files:
    one = tried.checked[held.id]
    with st.container(border=True, key=f"panel-file-{held.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(heading(held, one, titles))
            if len(ready) > 1 and held in ready and st.button("Load only this", key=f"only-{held.id}"):
                load(tray, [held.id], who)
                st.rerun()
            st.button("Leave it out", key=f"out-{held.id}", on_click=tray.take, args=([held.id],))
        for number, load_of_it in enumerate([one, *one.beside]):
            part = f"-{number}" if number else ""
            if number:
                st.html(heading(held, load_of_it, titles))
            if state(load_of_it) == "ready":
                details(tray, held, load_of_it, known, part)
                continue
            if state(load_of_it) == "question":
                question(tray, held, load_of_it, known, part)
            else:
                todo = here(load_of_it.outcome.todo, known)
                st.error(
                    f"**Refused, and nothing was changed.** {message(load_of_it.outcome.error)}\n\n{message(todo)}"
                )
                st.button("Map its columns", key=f"map-{held.id}{part}", on_click=tray.map, args=(held.id,))
            if not number:
                reading(tray, held, known)
