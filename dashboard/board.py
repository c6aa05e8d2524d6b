"""The board's few numbers on one screen: verdict, cards, what drove the change, decisions. Of the Board and the Present page."""

import streamlit as st

from dashboard import narrative
from dashboard.cards import card, decisions, freshness, heading, no_comparison
from dashboard.empty import missing
from dashboard.metric import Metric
from dashboard.shown import escape, plain
from dashboard.view import View


def few(view: View) -> dict[str, Metric]:
    """The board's metrics by name, in their order."""
    return {name: metric for name, metric in view.readings.metrics().items() if metric.board}


def begin(view: View) -> None:
    """The page ends here where nothing is loaded that the board is told from."""
    metrics, readings = few(view), list(view.read(few(view)).values())
    if all(reading.as_of is None for reading in readings):
        st.html(heading(view.readings.settings.organisation, view.period, readings))
        missing(list(dict.fromkeys(record for metric in metrics.values() for record in metric.reads)))
        st.stop()


def board(
    view: View, page: str = "app_pages/metric.py", places: dict[str, dict[str, str]] | None = None
) -> None:
    """Draw it. page, places: what a card opens, and the address parameters of each metric there; else the Metric page."""
    metrics = few(view)
    readings = list(view.read(metrics).values())
    trends = [
        view.readings.trend(name, view.period, view.scope_of(metric)) for name, metric in metrics.items()
    ]
    alone = [
        trend
        for reading, trend in zip(readings, trends, strict=True)
        if not reading.verdict and not reading.not_compared
    ]
    # Without a comparison the headline tells the tally itself.
    compared = any(reading.verdict for reading in readings)
    below = " · ".join(
        filter(None, [narrative.tally(readings) if compared else "", no_comparison(view.period, alone)])
    )

    st.html(heading(view.readings.settings.organisation, view.period, readings))
    st.html(
        f'<h1 class="verdict-line">{escape(narrative.page_verdict(readings))}</h1>'
        f'<div class="tally">{escape(below)}</div>'
    )

    left, right = st.columns([2.9, 1.05], gap="small")
    with left, st.grid(3, min_column_width=240, gap="small"):
        for metric, reading, trend in zip(metrics.values(), readings, trends, strict=True):
            link = (places or {}).get(metric.name) or view.link(metric=metric.name)
            card(metric, reading, trend, link, view.scope, page)

    with right:
        with st.container(border=True, key="panel-drivers"):
            st.html('<div class="panel-title">What drove the change</div>')
            drivers = narrative.drivers(view.readings, view.period, view.scope)
            for driver in drivers:
                link = view.link(metric=driver.metric, **view.part(driver.scope))
                label = "\u00a0".join(driver.text.rsplit(" ", 1))  # a number and its unit stay together
                st.page_link("app_pages/metric.py", label=plain(label), query_params=link)
                st.html(f'<div class="who">{escape(driver.detail)}</div>')
            if not drivers:
                st.html('<div class="note">No part of a measure moved enough to tell.</div>')
        with st.container(border=True, key="panel-decisions"):
            st.html('<div class="panel-title">Decisions asked for</div>')
            st.html(decisions(view.readings.decisions(), view.readings.settings.zone))
            st.page_link(
                "app_pages/packs.py", label="All decisions, and what became of them", query_params=view.link()
            )
        with st.container(border=True, key="panel-freshness"):
            st.html(freshness(view.readings.freshness(), view.period.end, view.readings.settings.zone))
            st.page_link("app_pages/data.py", label="Sources, freshness and coverage")
