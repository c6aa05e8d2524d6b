"""What a page shows while nothing is loaded: what to load, and how."""

import streamlit as st

from pipelines.records import RECORDS
from pipelines.source import Source


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
    """The exports that are known, by what they are about."""
    by_record: dict[str, list[str]] = {}
    for source in sources.values():
        by_record.setdefault(RECORDS[source.record].title, []).append(source.title)
    st.markdown("\n".join(f"- **{record}**: {', '.join(titles)}" for record, titles in by_record.items()))
