"""Work under way and work done, as pages tell it: progress while it runs, what came of it until it is put away."""

from functools import partial

import streamlit as st

from dashboard.entered import Entered
from dashboard.intake import told
from dashboard.jobs import Job, Jobs
from dashboard.shown import message, plain
from dashboard.view import data_folder, shared_readings
from pipelines.rejects import book
from pipelines.staging import part_named
from pipelines.warehouse import Outcome


@st.cache_resource(show_spinner=False)
def shared_jobs() -> Jobs:
    """The work of this server, whoever started it."""
    return Jobs()


def work(*kinds: str) -> None:
    """The jobs of these kinds; a running one is followed until it is done."""
    told = shared_jobs().told(*kinds)
    if any(job.done for job in told):
        shared_readings().refresh()
        if shared_readings().snapshot != st.session_state["snapshot"]:
            # Drawn from the snapshot before, the page would run anew under a click, and a download be lost.
            st.rerun()
    for job in told:
        if job.done:
            _came_of(job)
        else:
            follow(job)


def follow(job: Job) -> None:
    """How far a job is; the page runs anew once it is done."""

    @st.fragment(run_every="1s")
    def look() -> None:
        if job.done:
            shared_readings().refresh()
            st.rerun()
        st.status(
            plain(f"{job.title}: {job.said or 'begun'} ({job.seconds:.0f} s)"),
            state="running",
            expanded=False,
        )

    look()


def _came_of(job: Job) -> None:
    with st.container(border=True, key=f"panel-job-{job.id}"):
        if job.error:
            st.error(f"**{plain(job.title)}: nothing was changed.** {message(job.error)}")
        elif isinstance(job.result, list):
            for outcome in job.result:
                if not _undone(outcome.load, outcome.file):
                    _loaded(outcome)
        elif isinstance(job.result, Entered) and _undone(job.result.load, job.title):
            pass
        else:
            st.success(plain(str(job.result)))
        with st.container(horizontal=True, vertical_alignment="center"):
            if job.kind == "load" and not job.error:
                st.page_link("app_pages/board.py", label="Open the board")
                st.page_link("app_pages/data.py", label="See the loads, or undo one")
            st.button("Put away", key=f"put-away-{job.id}", on_click=shared_jobs().put_away, args=(job,))


def _undone(load: int | None, what: str) -> bool:
    """Say of what has been taken out since that it has been; True where it has."""
    loads = shared_readings().loads()
    if load is None or loads.loc[loads["load"] == load, "withdrawn_at"].isna().all():
        return False
    st.info(f"**{plain(what)}** · Load {load} has been undone since: no number holds it any more.")
    return True


def _loaded(outcome: Outcome) -> None:
    if outcome.error:
        st.error(f"**{plain(outcome.file)} was refused.** {message(outcome.error)} {message(outcome.todo)}")
        return
    st.success(
        f"**{plain(part_named(outcome.file, outcome.notes))}** · {plain(told(outcome))} The numbers hold it now."
    )
    for warning in outcome.warnings:
        st.warning(plain(warning))
    if outcome.rejected + outcome.cells_refused:
        to_mend(outcome.load)


def to_mend(load: int) -> None:
    """What was refused in a load, as a workbook that can be mended and uploaded again."""
    st.download_button(
        "Download what was refused, to mend (XLSX)",
        partial(book, data_folder(), load),
        f"refused-{load}.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        key=f"mend-{load}",
        help="The refused rows as they stand in the export, what is wrong marked. Mend them and upload the workbook: "
        "only these rows are taken.",
        on_click="ignore",
    )
