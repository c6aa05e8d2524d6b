"""What a page shows while nothing is loaded: what to load, and how."""

from functools import partial

import streamlit as st

from dashboard.shown import plain
from pipelines.records import RECORDS
from pipelines.source import Source
from pipelines.templates import kinds, template


def nothing_loaded(sources: dict[str, Source]) -> None:
    """Teach the first load."""
    st.markdown("## Nothing is loaded yet")
    st.markdown(
        "Numbers appear here once an export is taken in: incidents, patches, audit checks, services, targets. "
        "Nobody has to prepare it; a file is recognised by its columns, and checked before anything is saved."
    )
    if st.button("Upload an export", type="primary"):
        st.switch_page("app_pages/upload.py")
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### From the command line")
        st.code("pipelines load FILE ...", language=None)
        st.markdown("##### To look at it with a made-up company")
        st.code("make demo", language=None)
    with right:
        st.markdown("##### What is recognised")
        recognised(sources)


def recognised(sources: dict[str, Source]) -> None:
    """The exports of tools that are known, by what they are about."""
    by_record: dict[str, list[str]] = {}
    for source in sources.values():
        if source.verified != "template":
            by_record.setdefault(RECORDS[source.record].title, []).append(plain(source.title))
    st.markdown("\n".join(f"- **{record}**: {', '.join(titles)}" for record, titles in by_record.items()))


def offer_template(first: str | None = None) -> None:
    """A workbook to fill in, for each kind of record that has one. first: the kind that is offered first."""
    every = list(kinds())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        record = st.selectbox(
            "A list of",
            every,
            every.index(first) if first else 0,
            lambda one: RECORDS[one].title,
            width=340,
        )
        st.download_button(
            "Download the template",
            partial(template, record),
            f"{record}.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            on_click="ignore",
        )
    st.caption(
        "A spreadsheet with the columns, what may stand in each, and notes. Filled in, it is recognised."
    )
