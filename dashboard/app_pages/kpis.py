"""The Joint KPIs page: what have the CIO and the CISO promised together, and are they keeping it?"""

from datetime import date

import pandas as pd
import streamlit as st

from dashboard import page
from dashboard.cards import counted, heading, lines, state, value, wider
from dashboard.definition import agreed, joint
from dashboard.empty import missing
from dashboard.intake import signed
from dashboard.metric import Metric
from dashboard.period import day
from dashboard.progress import shared_jobs, work
from dashboard.promises import annotate, kept, present, promise
from dashboard.reading import Reading
from dashboard.shown import escape, legible, message, plain
from dashboard.tables import table
from dashboard.theme import SHAPE, STATE
from dashboard.verdict import WORST
from dashboard.view import SCOPE, current_view, data_folder, shared_readings, who_are_you
from pipelines.errors import NotReady

PARTS = 5

view, data = current_view(), data_folder()
zone = view.readings.settings.zone
metrics = {name: metric for name, metric in view.readings.metrics().items() if joint(metric)}
readings = view.read(metrics)


def begin(kind: str, title: str, said) -> None:
    """Enter it in the background, and show the numbers with it once it is published."""
    shared_jobs().start(kind, title, said).ended.wait(2)
    shared_readings().refresh()
    st.rerun()


@st.dialog("Agree a target")
def agree(chosen: str | None) -> None:
    every = view.readings.metrics()
    names = list(every)
    metric = every[
        st.selectbox("Metric", names, names.index(chosen) if chosen else 0, lambda name: every[name].title)
    ]
    parts = [("", "")] + [
        (dimension, part)
        for dimension in SCOPE
        if dimension in metric.by
        for part in view.readings.dimension_values(dimension)
    ]
    dimension, part = st.selectbox(
        "For",
        parts,
        format_func=lambda one: legible(f"{one[0].replace('_', ' ')} {one[1]}") if one[0] else "all of it",
    )
    scope = {dimension: part} if dimension else {}
    held = present(view.readings.targets(metric.name), scope)
    # Fields of their own for each metric and part: they begin with what holds there now.
    of = f"{metric.name}-{dimension}-{part}"
    left, right = st.columns(2)
    unit = {"money": view.readings.settings.currency}.get(metric.unit, metric.unit)
    wanted = left.number_input(
        f"Target ({unit})",
        value=held.value if held and not metric.impossible(held.value) else None,
        min_value=0.0,
        max_value=metric.most,
        key=f"agree-value-{of}",
    )
    risk = right.number_input(
        "At risk up to",
        value=held.at_risk
        if held and held.at_risk is not None and not metric.impossible(held.at_risk)
        else None,
        min_value=0.0,
        max_value=metric.most,
        key=f"agree-risk-{of}",
        help="From there on it is off target.",
    )
    since = left.date_input("From", date.today(), format="YYYY-MM-DD")
    by = right.text_input("Agreed by", placeholder="Board risk committee", max_chars=80)
    likely = held.owners if held and held.owners else metric.owners
    owners = st.multiselect(
        "Owners", ["CIO", "CISO"], [o for o in likely if o in ("CIO", "CISO")], key=f"agree-owners-{of}"
    )
    if view.readings.grows(metric.name):
        st.caption(
            "What adds up over time is agreed for a quarter; a month gets a third of it, a year four times as much."
        )
    st.caption("Periods that ended before this day keep what held then.")
    who = who_are_you()
    if st.button("Agree it", type="primary", disabled=wanted is None):
        try:
            said = promise(metric, scope, wanted, risk, since, owners, by, data, signed(who))
        except NotReady as reason:
            st.error(message(str(reason)))
            return
        begin("target", f"Agreeing a target of {metric.title}", said)


@st.dialog("Mark what happened")
def mark(chosen: str | None) -> None:
    every = view.readings.metrics()
    text = st.text_input("What happened", placeholder="Moved to the new data centre", max_chars=120)
    left, right = st.columns(2)
    since = left.date_input("On", date.today(), format="YYYY-MM-DD")
    until = right.date_input("Until, where it lasted", None, format="YYYY-MM-DD")
    names = ["", *every]
    metric = left.selectbox(
        "Concerns",
        names,
        names.index(chosen or ""),
        lambda name: every[name].title if name else "every metric",
    )
    services = ["", *view.readings.dimension_values("service")]
    service = right.selectbox("At", services, format_func=lambda name: legible(name) or "every service")
    who = who_are_you()
    if st.button("Mark it", type="primary", disabled=not text.strip()):
        said = annotate(text, since, until, metric or None, service or None, data, signed(who))
        begin("annotation", "Marking what happened", said)


def part_lines(metric: Metric, dimension: str) -> str:
    """The parts of a metric by one dimension, those that miss their target first."""
    scope = view.scope_of(metric)
    parts = [
        (name, r)
        for name, r in view.readings.by(metric.name, view.period, dimension, scope)
        if r.value is not None
    ]
    sign = 1 if metric.better == "higher" else -1
    parts.sort(key=lambda part: (WORST[part[1].status], sign * part[1].value))
    lines = "".join(_line(name, r) for name, r in parts[:PARTS])
    more = (
        f'<tr><td class="meta" colspan="3">and {len(parts) - PARTS} more</td></tr>'
        if len(parts) > PARTS
        else ""
    )
    return (
        f'<table class="parts apart"><colgroup><col><col><col></colgroup><tr><th colspan="3">By {dimension.replace("_", " ")}</th></tr>{lines}{more}</table>'
        if parts
        else ""
    )


def _line(name: str, r: Reading) -> str:
    told = ""
    if r.status:
        told = f'<span class="state {STATE[r.status]}"><span class="shape">{SHAPE[r.status]}</span> {r.status}</span>'
    return f"<tr><td>{escape(name)}</td><td>{escape(r.text)}</td><td>{told}</td></tr>"


def kpi(metric: Metric, reading: Reading) -> None:
    """One promise: where it stands, how it went, and where it is missed."""
    scope = view.scope_of(metric)
    with st.container(border=True, key=f"panel-kpi-{metric.name}"):
        left, middle, right = st.columns([1, 1.8, 1.15], gap="medium")
        with left:
            st.page_link(
                "app_pages/metric.py", label=plain(metric.title), query_params=view.link(metric=metric.name)
            )
            target = reading.target
            owners = " and ".join(target.owners or metric.owners)
            said = [
                agreed(metric, target, zone),
                f"Owners: {owners}",
                " · ".join([*wider(reading, view.scope), *counted(metric, reading)]),
            ]
            said += filter(None, [reading.not_compared])
            st.html(value(metric, reading) + state(reading) + lines(said))
            if st.button("Change the target …", key=f"agree-{metric.name}", type="tertiary"):
                agree(metric.name)
        with middle:
            page.trend(view, metric, reading, scope, f"trend-{metric.name}", "**{}**", height=190)
        with right:
            if parts := "".join(part_lines(metric, d) for d in SCOPE if d in metric.by and d not in scope):
                st.html(parts)
        history = view.readings.targets(metric.name)
        if len(history) > 1:
            with st.expander("What was agreed, and when"):
                table(
                    pd.DataFrame(
                        [
                            {
                                "from": day(t.since, zone),
                                "for": ", ".join(of.values()) or "all of it",
                                "target": metric.text(t.value),
                                "at risk up to": metric.text(t.at_risk) if t.at_risk is not None else "",
                                "owners": ", ".join(t.owners),
                                "agreed by": t.agreed_by,
                            }
                            for of, t in reversed(history)
                        ]
                    ),
                    tallest=220,
                )


told = any(reading.as_of for reading in readings.values())
promised = {name: r for name, r in readings.items() if r.target}
st.html(heading(view.readings.settings.organisation, view.period, list(readings.values())))
st.html(f'<h1 class="verdict-line">{escape(kept(list(readings.values())))}</h1>')
work("target", "annotation")
with st.container(horizontal=True):
    if st.button("Agree a target …"):
        agree(None)
    if st.button("Mark what happened …"):
        mark(None)
if not told and not promised:
    missing(list(dict.fromkeys(record for metric in metrics.values() for record in metric.reads)))
    st.stop()
for name in sorted(promised, key=lambda one: WORST[promised[one].status]):
    kpi(metrics[name], promised[name])
rest = [name for name in metrics if name not in promised]
if rest:
    st.markdown("### Owned together, without a target")
    with st.grid(3, min_column_width=300, gap="small"):
        for name in rest:
            with st.container(border=True, key=f"card-kpi-{name}", gap=None):
                link = view.link(metric=name)
                st.page_link("app_pages/metric.py", label=plain(metrics[name].title), query_params=link)
                of = lines(wider(readings[name], view.scope))
                st.html(value(metrics[name], readings[name]) + state(readings[name]) + of)
st.html(
    '<div class="note">A target that is agreed for the whole holds for each service and business unit too, unless they have one '
    "of their own or the amounts add up.</div>"
)
