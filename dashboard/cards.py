"""The card of one measure: value, state, trend and target at a glance; the whole card is a link to its page.

Markup is built here from numbers and from texts that are escaped, never from a file's content as it stands.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboard.metric import Metric
from dashboard.period import day, grain, named
from dashboard.reading import Period, Reading
from dashboard.shown import escape
from dashboard.theme import SHAPE, STATE
from dashboard.trends import BARS, broken, stretches, whole
from pipelines.records import RECORDS

WIDTH, HEIGHT, EDGE = 262, 54, 4


def card(
    metric: Metric,
    reading: Reading,
    trend: list[Reading],
    link: dict[str, str],
    chosen: Mapping[str, str],
    page: str = "app_pages/metric.py",
) -> None:
    """One measure. page, link: what it opens, and the address parameters there.

    chosen: what the view is limited to; a measure that cannot be says of what more it tells.
    """
    with st.container(border=True, key=f"card-{metric.name}", height="stretch", gap=None):
        st.page_link(page, label=metric.title, query_params=link)
        # st.html strips pictures; this is one line of markup, in which nothing is read as Markdown.
        parts = (
            value(metric, reading),
            state(reading),
            sparkline(metric, trend if known(reading) else []),
            footing(metric, reading, chosen),
        )
        st.markdown(f"<div>{''.join(parts)}</div>", unsafe_allow_html=True)


def heading(organisation: str, period: Period, readings: list[Reading]) -> str:
    """Whose numbers these are, of which period and part, and up to when the data behind them is complete."""
    told = [r for r in readings if r.as_of]
    state = "closed" if all(r.closed for r in told) else "so far"
    said = [period.label, *([state] if told else [])]
    said += limited(readings)
    if period.against == "year" and (before := [r.previous_name for r in readings if r.previous_name]):
        said.append(f"against {named(before[0])}")
    return (
        f'<div class="heading"><b>{escape(organisation)}</b>{escape(" · ".join(said))}'
        f'<span class="right">{through(readings)}</span></div>'
    )


def limited(readings: Sequence[Reading]) -> list[str]:
    """The parts that readings are limited to: services and business units by their names, others by what they are too."""
    parts = dict.fromkeys(part for r in readings for part in r.scope.items())
    return [
        value if name in ("service", "business_unit") else f"{name.replace('_', ' ')} {value}"
        for name, value in parts
    ]


def through(readings: Sequence[Reading]) -> str:
    """Up to when the data behind some readings is complete."""
    complete = [r.through for r in readings if r.through]
    # Of several numbers the one that ends first says up to when all of them hold.
    of = "its data" if len(readings) == 1 else "all data"
    return f"{of} complete through {min(complete):%-d %b %Y}" if complete else "no data yet"


def no_comparison(period: Period, trends: list[list[Reading]]) -> str:
    """Why amounts are compared with nothing, where the data begins within the period before."""
    cut = [r for trend in trends for r in trend if r.begins and r.period.end == period.start]
    if not cut:
        return ""
    begins = min(r.begins for r in cut)
    return f"amounts are not compared: data of {cut[0].period.label} begins on {begins:%-d %b %Y}"


def decisions(table: pd.DataFrame, zone: ZoneInfo, most: int = 3) -> str:
    """The decisions still to be made, each with who asks for it and until when."""
    asked = table[table["status"] == "asked"].head(most)
    if asked.empty:
        return '<div class="note">None is waiting for the board.</div>'
    items = []
    for row in asked.itertuples():
        due = f"by {day(row.due_at, zone)}" if pd.notna(row.due_at) else ""
        who = " · ".join(part for part in (row.owner, due) if part)
        items.append(f'<div class="decision">{escape(row.text)}<div class="who">{escape(who)}</div></div>')
    return "".join(items)


def freshness(table: pd.DataFrame, end: datetime, zone: ZoneInfo) -> str:
    """Whether the sources reach past the end of a period, which of them do not, and which report no more."""
    table = table[[not RECORDS[record].reference for record in table["record"]]]
    short = table[table["at"] < end].sort_values("at")
    behind, ended = short[~short["ended"]], short[short["ended"]]
    notes = [_reach(behind, len(table) - len(ended), zone)] if len(table) > len(ended) else []
    if len(ended):
        last = ended.iloc[-1]
        others = f" and {len(ended) - 1} more report" if len(ended) > 1 else " reports"
        notes.append(
            f"{SHAPE[None]} {escape(last['source_title'])}{others} no more, since {day(last['at'], zone)}."
        )
    return "".join(f'<div class="note">{note}</div>' for note in notes)


def _reach(behind: pd.DataFrame, reporting: int, zone: ZoneInfo) -> str:
    """How far the sources that still report reach."""
    if behind.empty:
        return f"{SHAPE['on target']} Every source reaches past the end of the period."
    if len(behind) == reporting:
        return "The period is still running in every source: numbers are so far."
    first = behind.iloc[0]
    more = f" and {len(behind) - 1} more end" if len(behind) > 1 else " ends"
    return (
        f"{SHAPE['at risk']} {escape(first['source_title'])}{more} before the period does "
        f"({day(first['at'], zone)})."
    )


def known(reading: Reading) -> bool:
    """Whether there is anything to show: a value, or a median that too few have reached yet."""
    return reading.value is not None or bool(reading.detail.get("not_reached"))


def value(metric: Metric, reading: Reading) -> str:
    """The figure large and its unit small."""
    figure, unit = "–", "fewer than half are done" if known(reading) else ""
    if reading.value is not None:
        figure, _, unit = reading.text.partition(" ")
        unit += {"duration": " median", "score": "of 100"}.get(metric.kind, "")
    return f'<div class="value">{escape(figure)} <small>{escape(unit)}</small></div>'


def state(reading: Reading) -> str:
    """Where it stands against its target and the period before: a colour, a shape and a word."""
    absent = "not reached yet" if known(reading) else "no data"
    word = reading.status or ("no target" if reading.value is not None else absent)
    if reading.status and not reading.closed:
        word += " so far"
    verdict = f' · <span class="verdict">{escape(reading.verdict)}</span>' if reading.verdict else ""
    shape = SHAPE[reading.status]
    return f'<div class="state {STATE.get(reading.status, "none")}"><span class="shape">{shape}</span> {escape(word)}{verdict}</div>'


def wider(reading: Reading, chosen: Mapping[str, str]) -> list[str]:
    """Of what more a reading tells than was chosen: a measure that knows no services tells of all of them."""
    missing = [
        f"all {dimension.replace('_', ' ')}s" for dimension in chosen if dimension not in reading.scope
    ]
    return ["the whole organisation"] if missing and not reading.scope else missing


def standing(metric: Metric, reading: Reading, chosen: Mapping[str, str]) -> str:
    """A reading at its largest: with its interval, what it is held against, and the test behind the verdict."""
    lines = [f'<p class="sentence">{escape(reading.sentence)}</p>']
    if reading.low is not None and reading.high is not None:
        low, high = metric.beside(reading, reading.low), metric.beside(reading, reading.high)
        lines.append(f'<p class="meta">95 % sure to lie between {escape(low)} and {escape(high)}</p>')
    lines += [
        f'<p class="meta">{escape(" · ".join(parts))}</p>'
        for parts in (against(metric, reading), [*wider(reading, chosen), *counted(metric, reading)])
    ]
    if why := f"Verdict by: {reading.why}" if reading.why else reading.not_compared:
        lines.append(f'<p class="meta">{escape(why)}</p>')
    return f'<div class="standing">{value(metric, reading)}{state(reading)}{"".join(lines)}</div>'


def footing(metric: Metric, reading: Reading, chosen: Mapping[str, str]) -> str:
    """Target and predecessor on one line, what was counted and left out on the next."""
    told = [*wider(reading, chosen), *counted(metric, reading)]
    said = lines([" · ".join(against(metric, reading)), " · ".join(told)])
    said += lines([reading.not_compared]) if reading.not_compared else ""
    return f'<a class="define" href="definitions?metric={metric.name}" target="_self">definition</a>{said}'


def lines(texts: Sequence[str]) -> str:
    """Small print, line by line; an empty line keeps its place."""
    return "".join(f'<div class="meta">{escape(text) or "&nbsp;"}</div>' for text in texts)


def against(metric: Metric, reading: Reading) -> list[str]:
    """What the value is held against."""
    sign = "≥" if metric.better == "higher" else "≤"
    parts = []
    if reading.target:
        parts.append(f"target {sign} {metric.beside(reading, reading.target.value)}")
    if reading.previous is not None:
        year = reading.period.against == "year"
        parts.append(f"{reading.previous_text} a year before" if year else f"was {reading.previous_text}")
    elif reading.low is not None and reading.high is not None:
        parts.append(f"{metric.beside(reading, reading.low)} to {metric.beside(reading, reading.high)}")
    return parts


def counted(metric: Metric, reading: Reading) -> list[str]:
    """How many records the value rests on, what is still open and left out, and what may be missing."""
    met, left_out = reading.detail.get("met"), sum(reading.left_out.values())
    counted = f"{met:,.0f} of {reading.n:,}" if met is not None else f"{reading.n:,} counted"
    parts = [metric.sums(reading) or counted]
    if reading.detail.get("open"):
        parts.append(f"{reading.detail['open']:,.0f} open")
    if left_out:
        parts.append(f"{left_out:,} left out")
    return [*parts, *reading.doubts, *reading.stale]


def sparkline(metric: Metric, trend: list[Reading]) -> str:
    """Up to twelve periods as a small picture: bars from zero for amounts, else a line; the target dashed.

    A period that is not whole stands apart: an outlined bar, a hollow last point that a dashed line leads to.
    """
    values = [(i, r.value) for i, r in enumerate(trend) if r.value is not None]
    if len(values) < 2:
        return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="no earlier periods"></svg>'
    goals = [r.target.value for r in trend if r.target]
    every = [v for _, v in values] + goals
    low = 0.0 if metric.kind in BARS else min(every)
    span = (max(every) - low) or 1.0

    def y(v: float) -> float:
        return round(HEIGHT - EDGE - (v - low) / span * (HEIGHT - 2 * EDGE), 1)

    marks = _bars(metric, trend, values, y) if metric.kind in BARS else _line(trend, values, y)
    marks += _goals(trend, y)
    said = f"{metric.title}, {trend[0].period.label} to {trend[-1].period.label}: " + ", ".join(
        metric.text(v) for _, v in values
    )
    if goals:
        said += f"; target {metric.text(goals[-1])} a {grain(trend[-1].period)}"
    step = (WIDTH - 2 * EDGE) / len(trend)
    for place, several in broken(trend).items():
        said += "".join(f"; on {one.on} {one.what}" for one in several)
        marks += f'<path class="break" d="M{EDGE + place * step:.1f} 0V{HEIGHT}"/>'
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(said, quote=True)}">{marks}</svg>'
    )


def _goals(trend: list[Reading], y) -> str:
    """The targets, each over the periods in which it held."""
    edges, drawn, number = [round(WIDTH * n / len(trend), 1) for n in range(len(trend) + 1)], "", 0
    for goal, held in groupby(trend, lambda r: r.target.value if r.target else None):
        first, number = number, number + len(list(held))
        if goal is not None:
            drawn += f'<path class="goal" d="M{edges[first]} {y(goal)}H{edges[number]}"/>'
    return drawn


def _bars(metric: Metric, trend: list[Reading], values: list[tuple[int, float]], y) -> str:
    step = (WIDTH - 2 * EDGE) / len(trend)
    marks = []
    for i, v in values:
        kind = "now" if i == len(trend) - 1 else "then"
        if not whole(metric, trend[i]):
            kind += " running"
        height = max(y(0) - y(v), 0.5)
        marks.append(
            f'<rect class="{kind}" x="{EDGE + i * step + 2:.1f}" y="{y(0) - height:.1f}" '
            f'width="{step - 5:.1f}" height="{height:.1f}"/>'
        )
    return "".join(marks)


def _line(trend: list[Reading], values: list[tuple[int, float]], y) -> str:
    step = (WIDTH - 4 * EDGE) / max(len(trend) - 1, 1)
    points = {i: (round(2 * EDGE + i * step, 1), y(v)) for i, v in values}
    *_, before, last = points
    x, height = points[last]
    running = not trend[last].closed
    parts = [[i for i in points if i in places] for places in stretches(trend)]
    drawn = ""
    for part in parts:
        joined = [i for i in part if not (running and i == last)]
        # What has no neighbour would not be seen in a line.
        several = joined * 2 if len(joined) == 1 else joined
        path = " ".join(f"{points[i][0]} {points[i][1]}" for i in several)
        drawn += f'<polyline class="way" points="{path}"/>' if path else ""
    if running and any({before, last} <= set(part) for part in parts):
        x_before, y_before = points[before]
        drawn += f'<path class="way ahead" d="M{x_before} {y_before}L{x} {height}"/>'
    drawn += f'<path class="dot" d="M{x} {height}h0"/>'
    return drawn + (f'<path class="hole" d="M{x} {height}h0"/>' if running else "")
