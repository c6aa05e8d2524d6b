"""Connections on the Data page: what arrives by itself, when it came last and comes next, and what became of each pull."""

from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboard.shown import plain
from dashboard.tables import table
from dashboard.theme import SHAPE
from dashboard.view import put
from pipelines.errors import NotReady
from pipelines.pull.connection import Connection, read_connections
from pipelines.pull.history import Run, read_history
from pipelines.pull.standing import secrets_told, standing

LINKS = 12  # loads of one pull that are linked


def arrivals(data: Path, zone: ZoneInfo) -> None:
    """The connections, where there are any; the one that is chosen with its pulls."""
    try:
        connections = list(read_connections(data).values())
    except NotReady as error:
        st.markdown("### Connections")
        st.warning(plain(str(error)))
        return
    if not connections:
        return
    st.markdown("### Connections")
    standings = [standing(data, one) for one in connections]
    shown = pd.DataFrame(standings).assign(state=[f"{_shape(one)} {one['state']}" for one in standings])
    shown = shown.assign(**{name: pd.to_datetime(shown[name]) for name in ("last", "next")})
    rows = table(
        shown,
        ["name", "state", "where", "last", "next"],
        tallest=300,
        zone=zone,
        widths={"name": 130, "state": 360, "where": 330, "last": 165, "next": 165},
        on_select="rerun",
        selection_mode="single-row",
        key="connections",
    ).selection.rows
    if not rows:
        st.caption("Choose a connection to see its pulls. `pipelines pull` asks them now.")
    for row in rows:
        _pulls(data, connections[row], standings[row], zone)


def _shape(facts: dict) -> str:
    if facts["paused"]:
        return "–"
    if not facts["failed"] and facts["last"] is None:
        return SHAPE[None]
    return SHAPE["off target" if facts["failed"] else "at risk" if facts["overdue"] else "on target"]


def _pulls(data: Path, connection: Connection, facts: dict, zone: ZoneInfo) -> None:
    with st.container(border=True, key="panel-connection"):
        st.markdown(f"**{plain(connection.name)}**: {plain(connection.where)}")
        named = secrets_told(data, connection)
        secrets = f" Secrets: {named}." if named else ""
        st.caption(plain(f"{connection.kind}, every {facts['cadence'].removeprefix('1 ')}.{secrets}"))
        if facts["failed"]:
            st.warning(plain(facts["failed"]))
        try:
            runs = read_history(data, connection.name).runs[::-1]
        except NotReady:  # said above
            return
        if not runs:
            st.caption("It has not been pulled yet.")
            return
        chosen = table(
            pd.DataFrame([_line(run) for run in runs]),
            tallest=240,
            zone=zone,
            on_select="rerun",
            selection_mode="single-row",
            widths={"pulled at": 165, "result": 420},
            key=f"pulls-{connection.name}",
        ).selection.rows
        _loads(runs[chosen[0] if chosen else 0])


def _line(run: Run) -> dict:
    return {
        "pulled at": run.at,
        "result": f"failed: {run.error}" if run.failed else "done" if run.files else "nothing new",
        "todo": run.todo,
        "files": run.files,
        "accepted": run.rows,
        "loads": ", ".join(map(str, run.loads)),
        "seconds": run.seconds,
    }


def _loads(run: Run) -> None:
    """Links to the lines of what a pull brought."""
    with st.container(horizontal=True):
        for load in run.loads[:LINKS]:
            # A link to the page that one is on does nothing.
            st.button(f"Load {load}", type="tertiary", on_click=partial(put, load=str(load)))
        if len(run.loads) > LINKS:
            st.caption(f"and {len(run.loads) - LINKS:,} more")
