"""The Data page: what has been loaded, from where, and what was refused? Take a load out again."""

from functools import partial

import pandas as pd
import streamlit as st

from dashboard.arrivals import arrivals
from dashboard.checked import REJECT_COLUMNS, SHOWN, TALL
from dashboard.downloads import as_csv
from dashboard.empty import nothing_loaded
from dashboard.intake import signed
from dashboard.jobs import Say
from dashboard.period import day
from dashboard.progress import shared_jobs, to_mend, work
from dashboard.shown import plain
from dashboard.tables import table
from dashboard.undoing import undo
from dashboard.view import data_folder, put, shared_readings
from pipelines.reconciliation import reconcile
from pipelines.settings import read_settings
from pipelines.source import sources
from pipelines.warehouse import now, rebuild

COUNTS = ("rows_read", "accepted", "unchanged", "superseded", "rejected", "set_aside", "cells_refused")
LOAD_COLUMNS = [
    "load",
    "state",
    "file",
    "source_title",
    *COUNTS,
    "loaded_at",
    "who",
]

readings, data, jobs = shared_readings(), data_folder(), shared_jobs()


def hold_against(load: int) -> None:
    """What a load can be held against on the screen of its tool, counted when it is asked for."""
    with st.expander(
        "Hold it against the tool's own screen", key=f"hold-{load}", on_change="rerun"
    ) as opened:
        if not opened.open:
            return
        told = reconcile(data, load)
        for total in told["stated"]:
            agrees = "agrees" if total["agrees"] else "does not agree"
            st.markdown(f"It states “{plain(total['text'])}”: **{agrees}** with what was read.")
        by_state, by_month = st.columns(2, gap="large")
        for place, counts, by in (
            (by_state, "states", told["state"]),
            (by_month, "months", told["placed_by"]),
        ):
            if told[counts]:
                place.caption(f"Rows by {by.replace('_', ' ')}")
                with place:
                    table(pd.DataFrame(told[counts]), tallest=240)
        st.caption("Rows that were refused or set aside are in neither.")


st.markdown("## Data")
work("withdraw", "rebuild")
if not readings.snapshot:
    arrivals(data, read_settings(data).zone)
    nothing_loaded(sources(data))
    st.stop()

zone = readings.settings.zone
arrivals(data, zone)

# On the left: above its right end a table shows its own tools.
with st.container(horizontal=True, vertical_alignment="center"):
    st.markdown("### Loads", width="content")
    if st.button("Upload an export", type="primary"):
        st.switch_page("app_pages/upload.py")
loads = readings.loads()
loads["state"] = loads["withdrawn_at"].isna().map({True: "counts", False: "undone"})
loads.loc[loads["withdrawn_at"].isna() & loads["doubtful"].fillna(False), "state"] = "may not be whole"
chosen = table(
    loads,
    LOAD_COLUMNS,
    tallest=300,
    zone=zone,
    on_select=partial(put, load=None),
    selection_mode="single-row",
    key="loads",
).selection.rows
if asked := st.query_params.get("load"):
    chosen = loads.index[loads["load"].astype("str") == asked].to_list()
if not chosen:
    st.caption(f"Choose a load to see what was refused in it, or to undo it. Times are those of {zone.key}.")
for row in chosen:
    one = loads.iloc[row]
    load, file, withdrawn = one["load"], one["file"], one["withdrawn_at"]
    rejects = readings.rejects(int(load))
    with st.container(border=True, key="panel-load"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**Load {load}**: {plain(file)}")
            if pd.isna(withdrawn) and st.button("Undo this load …"):
                undo(int(load), file)
        if pd.notna(withdrawn):
            st.warning(
                f"Undone on {day(withdrawn, zone)} by {plain(one['withdrawn_by'])}: {plain(one['withdrawn_why'])}"
            )
        st.caption(", ".join(f"{name.replace('_', ' ')} {one[name]:,}" for name in COUNTS))
        for warning in one["warnings"] if one["warnings"] is not None else ():
            st.warning(plain(warning))
        for note in one["notes"] if one["notes"] is not None else ():
            st.caption(plain(note))
        if rejects.empty and one["rejected"] + one["cells_refused"]:
            st.caption("What was refused in it is not kept in this snapshot.")
        elif rejects.empty:
            st.caption("Nothing in it was refused.")
        else:
            table(rejects.head(SHOWN), REJECT_COLUMNS, tallest=300, row_height=TALL)
            with st.container(horizontal=True):
                to_mend(int(load))
                st.download_button(
                    "List of what was refused (CSV)",
                    partial(as_csv, rejects),
                    f"rejects-{load}.csv",
                    "text/csv",
                    on_click="ignore",
                )

        hold_against(int(load))

for idle in readings.idle_targets():
    st.warning(plain(f"{idle} Mend the list of targets and load it again."))
for told in readings.astray():
    st.warning(plain(told))
unmapped = readings.unmapped()
if len(unmapped):
    st.markdown("### Names that come to no service")
    table(unmapped, tallest=300)
    st.caption("A service map (a list of names and patterns with their services) says what they belong to.")
st.markdown("### Sources and freshness")
fresh = readings.freshness().rename(columns={"at": "complete until"})
fresh["state"] = fresh["ended"].map({True: "reports no more", False: "reports"})
fresh.loc[~fresh["ended"] & (fresh["overdue"] < pd.Timestamp(now())), "state"] = "stale, next export missing"
several = ["instance"] if (fresh["instance"] != fresh["source"]).any() else []
table(
    fresh,
    ["source_title", *several, "record", "state", "complete until", "last_loaded_at", "loads"],
    widths={"state": 200},
    zone=zone,
)
with st.container(horizontal=True, vertical_alignment="center"):
    if st.button("Read all exports again"):
        who = signed(st.session_state.get("signed", ""))

        def read_again(say: Say) -> str:
            count = rebuild(data, who=who, say=say)
            return f"{count:,} loads were read again from the archive, by their sources as they are now."

        jobs.start("rebuild", "Reading all exports again", read_again)
        st.rerun()
    st.caption("From the archive, by the mappings as they are now: after a mapping was changed.")
services = readings.reporting()
if len(services):
    st.markdown("### Services that report, of those in the catalogue")
    table(
        services.rename(
            columns={"kind": "told of by", "services": "in the catalogue", "silent": "never named"}
        ),
        tallest=160,
        whole=True,
        widths={"told of by": 130, "reporting": 110, "in the catalogue": 130},
    )
if "asset_coverage" in readings.metrics():
    coverage = readings.reading("asset_coverage", readings.default_period())
    said = (
        coverage.sentence
        if coverage.as_of
        else "No list of assets is loaded: it is not known which no tool looks at."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Coverage** · {plain(said)}")
        st.page_link(
            "app_pages/metric.py",
            label="Open it",
            query_params={"metric": "asset_coverage", "period": readings.default_period().name},
        )
