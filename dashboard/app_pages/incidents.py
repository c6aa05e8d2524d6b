"""The Incidents page: what went wrong, what did it cost, and did one cause the other?"""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import charts, lanes, page, record
from dashboard.drawings import Bar, Bars, link
from dashboard.incidents import CAUSED, Step
from dashboard.period import clock, date_of
from dashboard.progress import work
from dashboard.shown import escape
from dashboard.tables import severity, table
from dashboard.timeline import beside, brush, timeline
from dashboard.view import Unknown, choose_one, current_view, day_of, put

MEASURES = (
    "major_incidents", "downtime", "money_lost", "time_to_restore",
    "security_caused_downtime", "security_incidents_from_outages", "change_caused_incidents",
)  # fmt: skip
CAUSES = MEASURES[4:]
WORDS = {"done": "time recorded", "waiting": "still open", "unknown": "missing"}
INCIDENT = ["title", "services", "severity", "domain", "at", "until", "causes", "record_id"]
OUTAGE = [
    "service", "since", "until", "hours_in_period", "severity", "domain", "cause", "incidents", "record_id",
]  # fmt: skip

view = current_view()
zone, period = view.readings.settings.zone, view.period
metrics = view.readings.metrics()
scope = view.scope_of(metrics["major_incidents"])
readings = page.opening(
    view,
    "What went wrong, what did it cost, and did one cause the other?",
    MEASURES,
    "It is told from incidents: the list that your service desk exports, or the history of a status page.",
    "incident",
)


def days_asked() -> tuple[date, date] | None:
    """The days that the address limits the timeline to."""
    first, last = day_of("from"), day_of("to")
    if first is None or last is None:
        return None
    if last < first:
        raise Unknown(f"{last} (to) lies before {first} (from).")
    return first, last


def brushed(chart: str) -> None:
    """The span that was marked goes into the address."""
    if box := st.session_state[chart].selection.box:
        edges = sorted(str(edge)[:10] for edge in box[0]["x"])
        put(**{"from": edges[0], "to": edges[-1]})


def clicked(chart: str) -> None:
    """The incident of a mark, or the days of one that stands for several."""
    key = page.chosen(st.session_state[chart])
    first, parted, last = (key or "").partition("/")
    put(**{"from": first, "to": last} if parted else {"record": key})


def typed() -> None:
    """The span that was chosen by its days."""
    if len(chosen := st.session_state["typed"]) == 2:
        put(**{"from": f"{chosen[0]}", "to": f"{chosen[1]}"})


def anew() -> None:
    put(**{"from": None, "to": None})


# The timeline

asked = days_asked()
span = (view.readings.day(asked[0]).start, view.readings.day(asked[1]).end) if asked else None
seen = view.readings.timeline(period, scope, span)
# Charts of their own for each span: what was chosen in one is not chosen in the next.
of = f"-{asked[0]}-{asked[1]}" if asked else ""
# Of one day all that fit are drawn: there is nothing closer to look at.
together = len(seen.marks) < seen.every and (not asked or asked[0] < asked[1])
if together:
    named, marks = lanes.groups(view.readings.incident_groups(period, scope, span), zone)
    ties = []
else:
    named = lanes.services(seen, view.scope.get("service"))
    marks, ties = lanes.incidents(seen, named, zone)
if asked:
    title = f"{page.count(seen.every, 'major incident')} from {asked[0]:%-d %b %Y} to {asked[1]:%-d %b %Y}"
elif not seen.every:
    title = "No major incident began in the period"
else:
    domains = dict(view.readings.by("major_incidents", period, "domain", scope))
    security = domains["security"].n if "security" in domains else 0
    most = f"; {named[0]} had the most" if len(named) > 1 else ""
    title = f"{page.count(seen.every, 'major incident')}, {security:,} of security{most}"
page.title(title)
bins, width = view.readings.major_incidents_by_time(period, scope)
signs, drawn = "◆ security, above · ● operations, below · larger: ", []
if together:
    signs += "more incidents, which are too many to be drawn one by one."
    hint = "Drag over the bars, or click a mark, to look closer at its days."
else:
    signs += "critical · arrow: caused by · dotted: the same problem or change."
    hint = "Drag over the bars to look closer at some days, click a mark for its record."
with st.container(horizontal=True, vertical_alignment="center"):
    st.caption(f"{signs} {hint}" if seen.every else "None of severity 1 or 2 is known of these days.")
    if asked:
        st.button("Show the whole period", on_click=anew)
with st.container(key="lanes"):
    if bins:
        whole = bins[0][0] - width, bins[-1][0] + 2 * width
        if period.name != "all":
            whole = clock(period.start, zone), clock(period.end, zone)
        part = tuple(clock(moment, zone) for moment in span) if span else None
        drawn.append(brush(bins, width, *whole, part, beside(named)))
        page.chart(
            drawn[0],
            f"brush{of}",
            f"Major incidents by {'week' if width > timedelta(days=1) else 'day'}, {page.count(sum(n for _, n in bins), 'incident')} in all.",
            ("box",),
            partial(brushed, f"brush{of}"),
        )
    if marks:
        reaches = readings["major_incidents"].as_of
        drawn.append(
            timeline(
                named,
                marks,
                *(part or whole),
                ties,
                today=clock(reaches, zone) if reaches else None,
                chosen=st.query_params.get("record"),
                dated=bool(asked),
            )
        )
        page.chart(
            drawn[-1],
            f"timeline{of}",
            f"Timeline of {page.count(seen.every, 'major incident')} by service, of which {len(seen.marks):,} stand in the table below.",
            ("points",),
            partial(clicked, f"timeline{of}"),
        )
if marks:
    page.pictures(
        view, "timeline", title, "Major incidents by service", drawn, [readings["major_incidents"]], [signs]
    )
if len(seen.marks):
    with st.expander("The same as a table, and by days; choose a row for its record"):
        st.date_input(
            "Only from … to …", asked or (), key="typed", on_change=typed, format="YYYY-MM-DD", width=320
        )
        if len(seen.marks) < seen.every:
            st.caption(f"The {len(seen.marks):,} most severe of {seen.every:,}, the newest first.")
        page.pick("record", seen.marks["record_id"], "incidents", seen.marks, INCIDENT, zone=zone)
        page.downloads(
            view,
            partial(view.readings.rows, "major_incidents", period, scope, left_out=False),
            f"major_incidents-{period.name}",
            page.extent(len(seen.marks), readings["major_incidents"].n, "incident"),
        )
work("correction", "withdraw")
if shown := st.query_params.get("record"):
    with st.container(border=True, key="panel-record"):
        chain = view.readings.chain(shown)
        if chain["kind"].isna().all():
            raise Unknown(f"There is no incident “{shown}” in what is loaded.")
        st.html(record.chain(chain, lambda one: link("incidents", view.link(record=one)), zone))
        if len(chain) == 1:
            st.caption("It names no cause, and no other incident names it as theirs.")
        record.versions(view, "major_incidents", shown)

# How far they came, and what caused what


def line(step: Step, within: dict[str, str]) -> Bar:
    rated = {name: value for name, value in within.items() if name == "severity"}
    return Bar(
        f"{step.title}, after {step.since}" if step.metric else step.title,
        {"done": step.reached, "waiting": step.waiting, "unknown": step.missing},
        step.took or f"{step.reached:,} known",
        f"{step.missing:,} of {step.every:,}",
        page.rows_of(view, step.metric, rated) if step.metric else "",
    )


left, right = st.columns([1.35, 1], gap="large")
with left:
    title = "How far they came, and how soon"
    page.title(title)
    ratings = {"all": "every severity"} | {str(n): severity(n) for n in (1, 2, 3, 4)}
    rating = choose_one("severity", ratings)
    within = scope | ({"severity": rating} if rating != "all" else {})
    steps = view.readings.steps(period, within)
    asked_of = (
        "Of incidents that began in the period, large and small. Cancelled ones and planned maintenance are not asked; "
        "only those of security are to be contained."
    )
    if steps[0].every:
        told = [line(step, within) for step in steps if step.every]
        funnel = Bars(
            f"From occurrence to restore, {ratings[rating]}",
            told,
            WORDS,
            ("Step", "median", "missing"),
            common=True,
        )
        page.draw(
            view, "from-occurrence-to-restore", title, funnel, [readings["major_incidents"]], [asked_of]
        )
    else:
        which = "" if rating == "all" else " of this severity"
        st.caption(f"No incident{which} began in the period. {asked_of}")
with right:
    page.title("Did one cause the other?")
    st.html(
        "".join(
            f'<div class="cause"><a href="{escape(page.rows_of(view, name), quote=True)}" target="_self">'
            f"{escape(metrics[name].title)}</a><b>{escape(readings[name].text)}</b>"
            f"<span>{escape(readings[name].sentence)}</span></div>"
            for name in CAUSES
        )
    )
    if not together:
        caused = sum(what == CAUSED for *_, what in seen.links)
        st.caption(
            f"On the timeline, {page.count(caused, 'incident')} {'is' if caused == 1 else 'are'} linked to the one that caused it."
            if caused
            else "On the timeline, none names another as its cause."
        )

# The days

covered = readings["downtime"].as_of or datetime.now(UTC).replace(tzinfo=None)
last_day = date_of(min(period.end, covered) - timedelta(seconds=1), zone)
hit = view.scope_of(metrics["downtime"])
days = view.readings.downtime_by_day(date(last_day.year - 1, last_day.month, 1), last_day, hit)
down = [one for one in days if one.hours]
worst = max(down, key=lambda one: one.hours, default=None)
known = sum(one.known for one in days)
title = (
    f"Services were down on {len(down):,} of {page.count(known, 'day')}, longest on {worst.period.label} ({worst.hours:,.1f} h)"
    if worst
    else f"No downtime is known of {page.count(known, 'day')} up to {days[-1].period.label}"
)
page.title(title)
levels = ", ".join(f"{level:,}" for level in charts.shades(days))
signs = (
    f"A square is a day, a column a week: the fuller, the more hours of downtime (above {levels} h). Outlined: not "
    "covered by the data."
)
st.caption(f"{signs} Click a day for its outages.")
picked = day_of("day")
calendar = charts.calendar(days, picked)
with st.container(key="calendar"):
    page.chart(
        calendar,
        "days",
        f"Downtime by day: {len(down):,} of {known:,} days known had some, {sum(one.hours for one in down):,.1f} h in all.",
        ("points",),
        lambda: put(day=page.chosen(st.session_state["days"])),
        width=calendar.layout.width,
    )
page.pictures(
    view, "downtime-days", title, "Downtime by day", [calendar], [readings["downtime"]], [signs],
    over=f"{days[0].period.label} to {days[-1].period.label}",
)  # fmt: skip
if picked:
    outages = view.readings.rows("downtime", view.readings.day(picked), hit, left_out=False)
    with st.container(border=True, key="panel-day"):
        st.markdown(f"**{picked:%-d %b %Y}**, {page.count(len(outages), 'outage')}")
        if len(outages):
            table(outages, OUTAGE, zone=zone)
            page.downloads(view, lambda: outages, f"downtime-{picked}", "the outages that touched this day")
if down:
    with st.expander("The same as a table; choose a row for its outages"):
        listed = pd.DataFrame(
            [{"day": one.period.name, "hours": one.hours, "outages": one.outages} for one in reversed(down)]
        )
        page.pick("day", listed["day"], "down", listed, tallest=260)
        page.downloads(view, lambda: listed, f"downtime-days-{period.name}", page.count(len(listed), "day"))

page.unmeasured(view, readings)
st.caption(f"Times are those of {zone.key}.")
