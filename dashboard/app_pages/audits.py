"""The Audits page: will we pass, and what stands open?"""

from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard import lanes, page, record
from dashboard.audits import Standing, standings
from dashboard.drawings import Bar, Bars
from dashboard.period import clock, day
from dashboard.progress import work
from dashboard.timeline import timeline
from dashboard.view import Unknown, current_view, put

MEASURES = (
    "controls_passing", "overdue_findings", "findings_closed_on_time", "clean_opinions", "repeat_findings",
    "reopened_findings",
)  # fmt: skip
PAST, AHEAD, FEW = timedelta(days=730), timedelta(days=75), 10
WORDS = {"done": "passing", "missed": "failing", "unknown": "manual, not tested or excepted"}
AGES = ("0–30 days", "31–90 days", "91–180 days", "over 180 days")
AUDIT = ["title", "framework", "auditor", "scope", "state", "due_at", "completed_at", "record_id"]
FINDING = [
    "title",
    "framework",
    "age",
    "owner",
    "due_at",
    "severity",
    "control",
    "audit",
    "services",
    "record_id",
]
AGAIN = [
    "title",
    "framework",
    "control",
    "owner",
    "at",
    "audit",
    "repeat_of",
    "due_at",
    "closed_at",
    "record_id",
]

view = current_view()
zone, period = view.readings.settings.zone, view.period
metrics = view.readings.metrics()
readings = page.opening(
    view,
    "Will we pass, and what stands open?",
    MEASURES,
    "It is told from tests of controls (the checks of a cloud scanner, or an auditor's list), from a list of audits, and "
    "from their findings.",
    "audit",
)
late, again = readings["overdue_findings"], readings["repeat_findings"]


def by(dimension: str) -> list[Standing]:
    scope = view.scope_of(metrics["controls_passing"])
    return standings(view.readings.by("controls_passing", period, dimension, scope))


def controls(title: str, dimension: str, parts: list[Standing]) -> None:
    """How controls stand by one dimension, those with the most failing first, and what that finds."""
    page.title(title)
    shown = [
        Bar(
            one.part,
            {"done": one.passing, "missed": one.failing, "unknown": one.untested},
            one.reading.text if one.reading.value is not None else "not told",
            f"{one.failing:,} of {one.reading.n:,}" if one.reading.n else "",
            page.rows_of(view, "controls_passing", {dimension: one.part}),
            one.reading.status or "",
        )
        for one in parts[:FEW]
    ]
    drawn = Bars(f"Controls by {dimension}", shown, WORDS, (dimension.capitalize(), "passing", "failing"))
    more = len(parts) - FEW
    notes = [f"and {more:,} more, with as many failing controls or fewer"] if more > 0 else []
    page.draw(view, f"controls-by-{dimension}", title, drawn, [readings["controls_passing"]], notes)


# What tests say, and what auditors found

if view.scope:
    st.caption(
        "Controls and audits belong to no service or business unit: they are those of the whole organisation."
    )

left, right = st.columns(2, gap="large")
with left:
    if frameworks := by("framework"):
        whole = sum(one.reading.n > 0 and not one.failing for one in frameworks)
        controls(
            f"{whole} of {page.count(len(frameworks), 'framework')} {'passes' if 1 in (whole, len(frameworks)) else 'pass'} in full",
            "framework",
            frameworks,
        )
    else:
        page.title("Nothing is known of controls")
        st.caption(readings["controls_passing"].sentence)
    if late.n:
        ages = {age: part.n for age, part in view.readings.by("overdue_findings", period, "age", late.scope)}
        old = sum(ages.get(age, 0) for age in AGES[2:])
        title = f"{old:,} of {page.count(late.n, 'overdue finding')} {'is' if old == 1 else 'are'} more than 90 days late"
        page.title(title)
        shown = [
            Bar(
                age,
                {"missed": ages.get(age, 0)},
                f"{ages.get(age, 0):,}",
                link=page.rows_of(view, "overdue_findings", {"age": age}) if ages.get(age) else "",
            )
            for age in AGES
        ]
        words = {"missed": "open past the agreed date"}
        drawn = Bars("Overdue findings by age", shown, words, ("Late by", "findings", ""), common=True)
        page.draw(view, "overdue-findings-by-age", title, drawn, [late])
    else:
        page.title(
            "No finding is overdue" if late.value is not None else "Nothing is known of overdue findings"
        )
        st.caption(late.sentence)
with right:
    if families := by("family"):
        worst = families[0]
        controls(
            f"{worst.part} has the most failing controls, {worst.failing:,} of {worst.reading.n:,}"
            if worst.failing
            else "No family of controls has a failing one",
            "family",
            families,
        )

# Opinions, and what comes next

audits = view.readings.audits()
if len(audits):
    reaches = readings["clean_opinions"].as_of or datetime.now(UTC).replace(tzinfo=None)
    end = min(period.end, reaches)
    planned = audits[audits["state"] == "planned"].sort_values("due_at")
    if len(planned):
        first = planned.iloc[0]
        title = (
            f"Next audit: {first['framework']}, {first['title']}, planned for {day(first['due_at'], zone)}"
        )
    else:
        title = "No audit is planned"
    page.title(title)
    signs = (
        "● unqualified opinion · ▲ qualified · ■ adverse or disclaimed · ○ completed without an opinion · ◇ planned · "
        "dotted: how far the data reaches."
    )
    st.caption(f"{signs} Click a mark for its record. Audits belong to no service.")
    marks = lanes.audits(audits[audits["at"] >= end - PAST].head(page.SHOWN), zone)
    with st.container(key="lanes"):
        if marks:
            begins, ends = (
                clock(end, zone) - PAST,
                max(clock(end, zone), *(mark.at for mark in marks)),
            )
            drawn = timeline(
                list(dict.fromkeys(mark.lane for mark in marks)),
                marks,
                begins,
                ends + AHEAD,
                today=clock(reaches, zone),
                chosen=st.query_params.get("record"),
            )
            page.chart(
                drawn,
                "audits",
                "Audits by framework: " + "; ".join(f"{mark.said[0]}, {mark.said[2]}" for mark in marks[:30]),
                ("points",),
                lambda: put(record=page.chosen(st.session_state["audits"])),
            )
    if marks:
        over = f"{begins:%-d %b %Y} to {ends:%-d %b %Y}"
        page.pictures(
            view, "audits", title, "Audits by framework", [drawn], [readings["clean_opinions"]], [signs], over
        )
    with st.expander("The same as a table; choose a row for its record"):
        page.pick("record", audits["record_id"], "list", audits, AUDIT, zone=zone)
        page.downloads(view, lambda: audits, "audits", page.count(len(audits), "audit"))
    work("correction", "withdraw")
    if chosen := st.query_params.get("record"):
        if chosen not in set(audits["record_id"]):
            raise Unknown(f"There is no audit “{chosen}” in what is loaded.")
        with st.container(border=True, key="panel-record"):
            record.versions(view, "clean_opinions", chosen)
else:
    page.title("No audit is loaded")
    st.caption("A list of audits, planned and completed, tells their opinions and what comes next.")
    st.page_link("app_pages/upload.py", label="Load a list of audits")

# The findings themselves

left, right = st.columns(2, gap="large")
with left:
    page.title(f"{page.count(late.n, 'finding')} {'is' if late.n == 1 else 'are'} open past the agreed date")
    page.rows(view, "overdue_findings", FINDING, late, by="due_at")
    page.further(view, "outlook", "What falls due next", due="finding")
with right:
    page.title(
        again.sentence.rstrip(".") if again.value else "No finding is known to repeat one of the audit before"
    )
    page.rows(view, "repeat_findings", AGAIN, again, by="at")
    page.further(view, "metric", "Repeat findings over time", metric="repeat_findings")

page.unmeasured(view, readings)
