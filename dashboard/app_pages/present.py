"""The Present page: the board on the wall, without chrome; arrows lead from the board over each metric to the decisions."""

import pandas as pd
import streamlit as st

from dashboard import charts, narrative, trends
from dashboard.board import begin, board, few
from dashboard.cards import heading, lines, standing
from dashboard.moved import said
from dashboard.period import day
from dashboard.shown import escape
from dashboard.view import current_view, look_up, put, up_to_date

DECISIONS = 8

view = current_view()
begin(view)
metrics = few(view)
titles = {
    "board": "Board",
    **{name: metric.title for name, metric in metrics.items()},
    "decisions": "Decisions",
}
slides = list(titles)
slide = look_up("slide", titles)
place = slides.index(slide)


def step(by: int) -> None:
    """Go on or back from where the address is by now: a key may be pressed again before the page has followed."""
    up_to_date()
    at = st.query_params.get("slide")
    at = slides.index(at) if at in slides else 0
    put(slide=slides[min(max(at + by, 0), len(slides) - 1)])


def leave() -> None:
    st.session_state["leaving"] = True


def metric_slide(name: str) -> None:
    """One metric: where it stands, how it got there, what moved it."""
    metric, scope = metrics[name], view.scope_of(metrics[name])
    reading = view.readings.reading(name, view.period, scope)
    st.html(heading(view.readings.settings.organisation, view.period, [reading]))
    st.html(
        f'<h1 class="verdict-line">{escape(metric.question)}</h1><div class="tally">{escape(metric.title)}</div>'
    )
    left, right = st.columns([1, 1.6], gap="large")
    with left:
        st.html(standing(metric, reading, view.scope))
        if apart := view.readings.moved(name, view.period, scope):
            st.html(lines([said(metric, apart)]))
        for driver in narrative.drivers(view.readings, view.period, scope, [name]):
            st.html(
                f'<div class="drove"><b>{escape(driver.text)}</b><div class="who">{escape(driver.detail)}</div></div>'
            )
        with st.container(key="panel-why"):
            link = view.link(metric=name)
            st.page_link(
                "app_pages/metric.py",
                label="Why: definition, what was left out, the rows; the chart as a picture",
                query_params=link,
            )
    with right:
        trend = view.readings.trend(name, view.period, scope)
        marks = trends.marked(trend, view.readings.annotations(name, scope), view.readings.settings.zone)
        st.markdown(f"### {trends.finding(metric, trend)}")
        with st.container(key="wall"):
            st.plotly_chart(
                charts.trend(
                    metric, trend, view.readings.limits(name, view.period, scope), marks, height=None
                ),
                config={"displayModeBar": False},
                height="stretch",
                key="trend",
                alt=trends.spoken(metric, trend, marks),
            )
        if marks:
            st.html(lines(trends.notes(marks)))


def decisions_slide() -> None:
    """What the board is asked to decide."""
    told = list(view.read(metrics).values())
    table = view.readings.decisions()
    asked = table[table["status"] == "asked"]
    st.html(heading(view.readings.settings.organisation, view.period, told))
    st.html('<h1 class="verdict-line">What we need the board to decide</h1>')
    for row in asked.head(DECISIONS).itertuples():
        due = f"by {day(row.due_at, view.readings.settings.zone)}" if pd.notna(row.due_at) else ""
        who = " · ".join(part for part in (row.owner, due) if part)
        st.html(f'<div class="asked">{escape(row.text)}<div class="who">{escape(who)}</div></div>')
    if asked.empty:
        st.html('<div class="tally">None is waiting for the board.</div>')
    elif len(asked) > DECISIONS:
        st.html(f'<div class="note">and {len(asked) - DECISIONS:,} more, on the Packs page</div>')


if st.session_state.pop("leaving", False):
    st.switch_page("app_pages/board.py", query_params=view.link())
with st.container(key="present"):
    if slide == "board":
        board(view, "app_pages/present.py", {name: view.link(slide=name) for name in metrics})
    elif slide == "decisions":
        decisions_slide()
    else:
        metric_slide(slide)
with st.container(
    key="remote", horizontal=True, horizontal_alignment="center", vertical_alignment="center", gap="small"
):
    st.button(
        "Back", icon=":material/arrow_back:", shortcut="Left", type="tertiary", on_click=step, args=(-1,)
    )
    st.html(
        f'<div class="note">{escape(titles[slide])} · {place + 1} of {len(slides)}</div>', width="content"
    )
    st.button(
        "Next", icon=":material/arrow_forward:", shortcut="Right", type="tertiary", on_click=step, args=(1,)
    )
    st.button("Leave", shortcut="Esc", type="tertiary", on_click=leave)
# What presenters' remotes send.
with st.container(key="clicker"):
    st.button("Page up", shortcut="PageUp", on_click=step, args=(-1,))
    st.button("Page down", shortcut="PageDown", on_click=step, args=(1,))
