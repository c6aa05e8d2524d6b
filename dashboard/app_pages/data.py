"""The Data page: what has been loaded, from where, and what was refused? Take an export in, or a load out again."""

from functools import partial

import pandas as pd
import streamlit as st

from dashboard.downloads import as_csv
from dashboard.empty import nothing_loaded
from dashboard.intake import check_upload, signed, take_in, told
from dashboard.tables import table
from dashboard.view import data_folder, plain, shared_readings
from pipelines.errors import NotReady
from pipelines.source import sources
from pipelines.warehouse import Outcome, this_user, withdraw

COUNTS = ("rows_read", "accepted", "unchanged", "superseded", "rejected", "set_aside", "cells_refused")
LOAD_COLUMNS = [
    "load",
    "state",
    "file",
    "source_title",
    "rows_read",
    "accepted",
    "rejected",
    "cells_refused",
    "loaded_at",
    "who",
]
REJECT_COLUMNS = ["sheet", "row", "column", "value", "reason", "todo"]
SHOWN = 1000
# Room for three lines of a reason.
TALL = 66

readings, data = shared_readings(), data_folder()


@st.dialog("Take a load out of every number")
def confirm_withdrawal(load: int, file: str) -> None:
    st.markdown(
        f"Load {load} will count nowhere any more, as if it had never been loaded. The file stays archived."
    )
    st.text(file)
    why = st.text_input("Why?", placeholder="wrong quarter, loaded by mistake, …")
    who = ask_who("who-withdraws")
    if st.button("Withdraw it", type="primary", disabled=not why.strip()):
        try:
            with st.spinner("Replaying what remains …"):
                withdraw(load, data, why=why, who=signed(who))
        except NotReady as reason:
            st.error(plain(str(reason)))
        else:
            readings.refresh()
            st.session_state["said"] = f"Load {load} was withdrawn."
            st.rerun()


def ask_who(key: str) -> str:
    """Who is at work, as they type it; it is kept with the load."""
    return st.text_input(
        "Who are you?",
        key=key,
        max_chars=80,
        placeholder=this_user(),
        help="Nobody checks it: it is recorded as (unverified).",
    )


def show_refusal(outcome: Outcome) -> None:
    st.error(f"**Refused, and nothing was changed.** {plain(outcome.error)}\n\n{plain(outcome.todo)}")


st.markdown("## Data")
if said := st.session_state.pop("said", None):
    st.success(said)

st.markdown("### Take an export in")
left, right = st.columns([2, 1], gap="large")
with left:
    upload = st.file_uploader(
        "An export: CSV (also .gz), Excel, JSON or XML. It is checked first; nothing is saved until you say so.",
        key=f"upload-{st.session_state.get('taken', 0)}",
    )
with right, st.expander("Say what it is yourself"):
    titles = {source.name: source.title for source in sources(data).values()}
    source = st.selectbox("Source", list(titles), None, titles.get, placeholder="Recognise it by its columns")
    moment = st.date_input("Made on", None, help="Only where the file does not say when it was made.")

if upload:
    checked = check_upload(upload, data, source, moment)
    outcome = checked.outcome
    if outcome.error:
        show_refusal(outcome)
    else:
        st.success(
            f"**Recognised as {titles.get(outcome.source, outcome.source)}** ({outcome.record}): {plain(checked.why)}"
        )
        with st.container(horizontal=True, gap="large"):
            for name in COUNTS:
                st.metric(name.replace("_", " "), f"{getattr(outcome, name):,}", width="content")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            with st.container(width=280):
                who = ask_who("who-loads")
            asked = st.button("Load it", type="primary")
        if asked:
            with st.status("Taking it in …") as status:
                done = take_in(
                    upload,
                    data,
                    source,
                    moment,
                    signed(who),
                    say=lambda text: status.update(label=plain(text)),
                )
            if done.error:
                show_refusal(done)
            else:
                readings.refresh()
                st.session_state["taken"] = st.session_state.get("taken", 0) + 1
                st.session_state["said"] = told(done)
                st.rerun()
        mapping, first, refused = st.tabs(["Columns", "First rows", f"Refused ({len(checked.rejects):,})"])
        with mapping:
            st.dataframe(
                {
                    "in the record": list(checked.mapped),
                    "in the export": [", ".join(dict.fromkeys(c)) for c in checked.mapped.values()],
                },
                hide_index=True,
            )
            if checked.unmapped:
                st.caption("Not mapped to anything: " + plain(", ".join(checked.unmapped)))
        with first:
            table(pd.DataFrame(checked.rows))
        with refused:
            if checked.rejects:
                table(pd.DataFrame(checked.rejects[:SHOWN]), REJECT_COLUMNS, row_height=TALL)
            else:
                st.caption("Nothing would be refused.")
        for note in outcome.notes:
            st.caption(plain(note))

if not readings.snapshot:
    nothing_loaded(sources(data), on_data_page=True)
    st.stop()

st.markdown("### Loads")
loads = readings.loads()
loads["state"] = loads["withdrawn_at"].isna().map({True: "counts", False: "withdrawn"})
chosen = table(
    loads, LOAD_COLUMNS, tallest=300, on_select="rerun", selection_mode="single-row", key="loads"
).selection.rows
if not chosen:
    st.caption("Choose a load to see what was refused in it, or to take it out again. Times are in UTC.")
for row in chosen:
    one = loads.iloc[row]
    load, file, withdrawn = one["load"], one["file"], one["withdrawn_at"]
    rejects = readings.rejects(int(load))
    with st.container(border=True, key="panel-load"):
        st.markdown(f"**Load {load}**: {plain(file)}")
        if pd.notna(withdrawn):
            st.warning(
                f"Withdrawn on {withdrawn:%-d %b %Y} by {plain(one['withdrawn_by'])}: {plain(one['withdrawn_why'])}"
            )
        st.caption(", ".join(f"{name.replace('_', ' ')} {one[name]:,}" for name in COUNTS))
        if rejects.empty and one["rejected"] + one["cells_refused"]:
            st.caption("What was refused in it is not kept in this snapshot.")
        elif rejects.empty:
            st.caption("Nothing in it was refused.")
        else:
            table(rejects.head(SHOWN), REJECT_COLUMNS, tallest=300, row_height=TALL)
            st.download_button(
                "Download what was refused",
                partial(as_csv, rejects),
                f"rejects-{load}.csv",
                "text/csv",
                on_click="ignore",
            )
        if pd.isna(withdrawn) and st.button("Withdraw this load …"):
            confirm_withdrawal(int(load), file)

for idle in readings.idle_targets():
    st.warning(
        plain(
            f"A target names {idle}, which there is not. It holds for nothing: mend the list of targets and load it again."
        )
    )
st.markdown("### Sources and freshness")
fresh = readings.freshness().rename(columns={"at": "complete until"})
fresh["state"] = fresh["ended"].map({True: "reports no more", False: "reports"})
several = ["instance"] if (fresh["instance"] != fresh["source"]).any() else []
table(fresh, ["source_title", *several, "record", "state", "complete until", "last_loaded_at", "loads"])
if "asset_coverage" in readings.metrics():
    coverage = readings.reading("asset_coverage", readings.default_period())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Coverage** · {plain(coverage.sentence)}")
        st.page_link(
            "app_pages/metric.py",
            label="Open it",
            query_params={"metric": "asset_coverage", "period": readings.default_period().name},
        )
