"""Taking a load out again, from wherever it is shown."""

import streamlit as st

from dashboard.intake import signed
from dashboard.jobs import Say
from dashboard.progress import shared_jobs
from dashboard.view import data_folder, shared_readings, who_are_you
from pipelines.warehouse import withdraw


@st.dialog("Undo a load")
def undo(load: int, file: str) -> None:
    st.markdown(
        f"Load {load} will count nowhere any more, as if it had never been loaded. The file stays archived, "
        "and the load's line stays in the list."
    )
    st.text(file)
    why = st.text_input("Why?", placeholder="wrong quarter, loaded by mistake, …")
    who = who_are_you()
    if st.button("Undo it", type="primary", disabled=not why.strip()):

        def take_out(say: Say) -> str:
            said = withdraw(load, data_folder(), why=why, who=signed(who), say=say)
            return f"Load {load} was undone: {said or 'no number holds it any more.'}"

        shared_jobs().start("withdraw", f"Undoing load {load}", take_out).ended.wait(1)
        shared_readings().refresh()
        st.rerun()
