"""What a page shows where it has nothing to tell: what to load and how, or which time is known."""

import shlex
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard.period import grain
from dashboard.shown import escape, plain
from dashboard.view import View, data_folder
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
        st.code(_command(data_folder()), language=None)
        st.markdown("##### To look at it with a made-up company")
        st.code("make demo", language=None)
    with right:
        st.markdown("##### What is recognised")
        recognised(sources)


def _command(data: Path) -> str:
    """What loads a file into the folder that is shown."""
    elsewhere = "" if data == Path("data").absolute() else f" --data {shlex.quote(str(data))}"
    return f"pipelines load FILE ...{elsewhere}"


def missing(records: Sequence[str], load: str = "") -> None:
    """Nothing of some kinds of records is loaded: what is told from them, and how they are loaded.

    load: what is told from them, where more is to be said than the kinds.
    """
    titles = [RECORDS[one].title for one in records if not RECORDS[one].reference or len(records) == 1]
    told = load or f"It is told from: {'; '.join(title[:1].lower() + title[1:] for title in titles)}."
    st.html(
        f'<p class="verdict-line">Nothing of this is loaded yet.</p><div class="tally">{escape(told)}</div>'
    )
    if st.button("Upload an export", type="primary"):
        st.switch_page("app_pages/upload.py")
    offer_template(next((one for one in records if one in kinds()), None))


def outside(view: View, page) -> None:
    """The period lies before or after all that is loaded: what is known, and the way there."""
    readings, newest = view.readings, view.readings.default_period()
    months = [one.label for one in readings.periods() if grain(one) == "month"]
    known = f"What is loaded tells of {months[-1]} to {months[0]}." if months else ""
    st.html(
        f'<div class="heading"><b>{escape(readings.settings.organisation)}</b>{escape(view.period.label)}</div>'
        f'<h1 class="verdict-line">Nothing that is loaded reaches into this period.</h1><div class="tally">{known}</div>'
    )
    address = {**st.query_params.to_dict(), "period": newest.name}
    st.page_link(page, label=f"Show {newest.label.partition(' (')[0]}", query_params=address)


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
