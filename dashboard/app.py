"""The frame of every page: navigation, the shared filters, and news of the next snapshot."""

import logging
from dataclasses import replace

import streamlit as st

from dashboard import theme
from dashboard.empty import nothing_loaded, outside
from dashboard.period import grain
from dashboard.reading import AGAINST
from dashboard.shown import message, plain
from dashboard.trends import short
from dashboard.view import (
    SCOPE,
    Unknown,
    asked_view,
    choose,
    data_folder,
    remember,
    shared_readings,
    up_to_date,
)
from pipelines.errors import NotReady
from pipelines.source import sources

FOLLOW_EVERY = "3s"
# Pages that are about loads, not about a period; those that begin with the first one; and those that tell of another time.
FRAMELESS = ("Definitions", "Upload", "Data", "Ask")
FIRST = ("Upload", "Data")
TIMELESS = ("Outlook", "Packs")


def frame(page, readings) -> None:
    """The view that the address asks for, and the filters that change it."""
    if "period" not in st.query_params:
        last = st.session_state.get("address", {"period": readings.default_period().name})
        st.switch_page(page, query_params={**last, **st.query_params.to_dict()})
    view = st.session_state["view"] = asked_view(readings)
    st.session_state["address"] = view.link()
    with st.container(key="filters", horizontal=True, horizontal_alignment="right", gap="small"):
        choose(
            "period",
            {p.name: p.label.partition(" (")[0] for p in [*readings.periods(), view.period]},
            width=136,
        )
        if grain(view.period) in ("quarter", "month"):
            others = {name: readings.compared(replace(view.period, against=name)) for name in AGAINST}
            labels = {name: f"against {short(other.label)}" for name, other in others.items()}
            choose("against", labels, width=148)
        for name, everything in SCOPE.items():
            choose(name, {v: v for v in readings.dimension_values(name)}, everything, width=146)
    if view.outside and page.title not in TIMELESS:
        outside(view, page)
        st.stop()


@st.fragment(run_every=FOLLOW_EVERY)
def follow(readings) -> None:
    """Show the next snapshot by itself once it is published."""
    readings.follow()
    if readings.snapshot != st.session_state["snapshot"]:
        up_to_date()
        st.rerun()


def show(page) -> None:
    """Run a page; a fault of ours is logged with its traceback, and the frame stays up."""
    try:
        readings = shared_readings()
        st.session_state["snapshot"] = readings.snapshot
        remember(page.url_path)
        follow(readings)
        if not readings.snapshot and page.title not in FIRST:
            nothing_loaded(sources(data_folder()))
            st.stop()
        if page.title not in FRAMELESS:
            frame(page, readings)
        page.run()
        if readings.snapshot and page.url_path != "present" and (nameless := readings.nameless()):
            st.caption(f"{nameless}." if page.title == "Data" else f"{nameless}: see Data.")
    except Unknown as reason:
        st.session_state.pop("address", None)
        st.warning(f"This link asks for something that is not here. {plain(str(reason))}")
        st.page_link(page, label="Show the newest closed quarter, all services")
    except NotReady as reason:
        st.warning(message(str(reason)))
    except Exception:
        logging.getLogger("dashboard").exception("The page %s failed", page.url_path or "board")
        st.error(
            "This page failed. It is a fault of the program, not of your data: the log of the server has the details."
        )


st.set_page_config(page_title="Executive metrics", layout="wide")
theme.apply()
pages = {
    "": [
        st.Page("app_pages/board.py", title="Board", default=True),
        st.Page("app_pages/kpis.py", title="Joint KPIs", url_path="kpis"),
        st.Page("app_pages/incidents.py", title="Incidents", url_path="incidents"),
        st.Page("app_pages/patching.py", title="Patching", url_path="patching"),
        st.Page("app_pages/audits.py", title="Audits", url_path="audits"),
        st.Page("app_pages/outlook.py", title="Outlook", url_path="outlook"),
        st.Page("app_pages/packs.py", title="Packs", url_path="packs"),
        st.Page("app_pages/upload.py", title="Upload", url_path="upload"),
        st.Page("app_pages/data.py", title="Data", url_path="data"),
    ],
    "More": [
        st.Page("app_pages/metric.py", title="Metric", url_path="metric"),
        st.Page("app_pages/what_if.py", title="What if", url_path="what-if"),
        st.Page("app_pages/definitions.py", title="Definitions", url_path="definitions"),
        st.Page("app_pages/ask.py", title="Ask", url_path="ask"),
        st.Page("app_pages/present.py", title="Present", url_path="present", visibility="hidden"),
    ],
}
show(st.navigation(pages, position="top"))
