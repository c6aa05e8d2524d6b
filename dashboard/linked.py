"""What links the records behind a number, as the metric page shows it, with a way to cut a link and to make it again."""

from collections.abc import Sequence

import streamlit as st

from dashboard.intake import signed
from dashboard.links import leading, say, standing
from dashboard.progress import shared_jobs, work
from dashboard.shown import plain
from dashboard.view import View, data_folder, shared_readings, who_are_you


def linked(view: View, records: Sequence[str]) -> None:
    """The pairs in which these records stand, each with its reason; nothing where none does."""
    work("link")
    pairs = view.readings.links(records).to_dict("records")
    if not pairs:
        return
    leads = sorted({pair["lead"] for pair in pairs if isinstance(pair["lead"], str)})
    if leads:
        st.markdown(
            f"**Told by several tools, counted once.** {plain(', '.join(leads))} leads: its times and severity count, "
            "and the others fill in what it does not say."
        )
        st.caption(plain(leading(view.readings.settings)))
    else:
        st.markdown("**Named by other tools**")
    for number, pair in enumerate(pairs):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"{plain(pair['one'])} and {plain(pair['other'])}: {plain(pair['what'])}, {standing(pair)} "
                f"({plain(pair['reason'])})"
            )
            if pair["counted_once"] and st.button("Cut this link …", key=f"cut-{number}"):
                _ask(pair["one"], pair["other"], same=False)
            if not pair["followed"] and st.button("They are one …", key=f"join-{number}"):
                _ask(pair["one"], pair["other"], same=True)


@st.dialog("Are they one incident?")
def _ask(one: str, other: str, same: bool) -> None:
    st.text(f"{one}\n{other}")
    st.markdown(
        "They will count once."
        if same
        else "They will count as two incidents, unless others still link them."
    )
    why = st.text_input("Why?", placeholder="two faults in one night, agreed in the review, …")
    who = who_are_you()
    if st.button("They are one" if same else "Cut it", type="primary", disabled=not why.strip()):
        title = "Linking two records" if same else "Cutting a link"
        said = say(one, other, same, why, data_folder(), signed(who))
        shared_jobs().start("link", title, said).ended.wait(1)
        shared_readings().refresh()
        st.rerun()
