"""What the pages about one subject share: their opening, their charts with the same in words, and the way down to rows."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import charts, drawings, narrative, trends
from dashboard.cards import card, heading, limited, lines, through
from dashboard.downloads import as_csv, as_xlsx
from dashboard.drawings import Bars
from dashboard.empty import missing
from dashboard.metric import Metric
from dashboard.pack.picture import FORMATS, Picture
from dashboard.reading import Reading
from dashboard.shown import escape, plain
from dashboard.tables import local, table
from dashboard.theme import SHAPE
from dashboard.view import View, put

CARDS, SHOWN = 4, 1000


def opening(view: View, question: str, names: Sequence[str], load: str, kind: str) -> dict[str, Reading]:
    """The question, the verdict and the cards of the first few measures; the readings of all by name.

    load: what to load where none of these measures has anything to read; the page ends there. kind: of that record.
    """
    metrics = view.readings.metrics()
    readings = view.read(names)
    said = list(readings.values())
    st.html(heading(view.readings.settings.organisation, view.period, said))
    st.html(f'<h1 class="question">{escape(question)}</h1>')
    if all(reading.as_of is None for reading in said):
        missing([kind], load)
        st.stop()
    st.html(
        f'<p class="verdict-line">{escape(narrative.page_verdict(said))}</p>'
        f'<div class="tally">{escape(narrative.tally(said))}</div>'
    )
    warn([note for reading in said for note in (*reading.doubts, *reading.stale)])
    with st.grid(CARDS, min_column_width=240, gap="small"):
        for name in names[:CARDS]:
            trend = view.readings.trend(name, view.period, view.scope_of(metrics[name]))
            card(metrics[name], readings[name], trend, view.link(metric=name), view.scope)
    return readings


def warn(notes: Sequence[str]) -> None:
    """What makes the numbers of a page doubtful, each once."""
    if notes:
        told = dict.fromkeys(notes)
        st.html(lines([f"{SHAPE['at risk']} {note[:1].upper()}{note[1:]}." for note in told]))


def chart(
    figure: go.Figure,
    key: str,
    said: str,
    modes: Sequence[str] = (),
    on_select: Callable[[], None] | str = "rerun",
    **look,
):
    """A chart, and the same in words for those who do not see it. modes: how marks are chosen, "points" and "box"."""
    more = {"on_select": on_select, "selection_mode": tuple(modes)} if modes else {}
    return st.plotly_chart(figure, config={"displayModeBar": False}, key=key, alt=said, **more, **look)


def trend(
    view: View,
    metric: Metric,
    reading: Reading,
    scope: dict[str, str],
    key: str = "trend",
    title: str = "### {}",
    height: int = 260,
) -> None:
    """A metric over time: what it finds, the chart with what is marked on it, and its downloads.

    reading: the one that stands beside it. title: how its finding is written.
    """
    found = view.readings.trend(metric.name, view.period, scope)
    limits = view.readings.limits(metric.name, view.period, scope)
    marks = trends.marked(found, view.readings.annotations(metric.name, scope), view.readings.settings.zone)
    finding, legend = trends.finding(metric, found), trends.legend(metric, found, reading, limits)
    st.markdown(title.format(finding))
    if all(one.value is None for one in found):
        st.caption("None of these periods has a value.")
        return
    if legend:
        st.caption(legend)
    figure = charts.trend(metric, found, limits, marks, height)
    chart(figure, key, trends.spoken(metric, found, marks))
    if marks:
        st.html(lines(trends.notes(marks)))
    if metric.kind not in trends.BARS and any(one.low is not None for one in found):
        legend = " · ".join(filter(None, [legend, "upright: 95 % interval"]))
    over = f"{found[0].period.label} to {found[-1].period.label}"
    notes = [legend, *trends.notes(marks)]
    pictures(view, metric.name, finding, metric.title, [figure], [reading], notes, over)


def pictures(
    view: View,
    file: str,
    title: str,
    what: str,
    drawing: Bars | Sequence[go.Figure],
    readings: Sequence[Reading],
    notes: Sequence[str] = (),
    over: str = "",
) -> None:
    """Downloads of a chart as pictures, drawn when they are asked for, each of which says itself what it shows.

    title: what the chart finds. what: is drawn. readings: those it is made of. over: the time that it shows, where that
    is not the period.
    """
    said = [what, view.readings.settings.organisation, over or view.period.label, *limited(readings)]
    source = through(readings)
    picture = Picture(title, " · ".join(said), f"{source[:1].upper()}{source[1:]}.", drawing, notes)
    with st.container(horizontal=True, key=f"pictures-{file}"):
        for kind, mime in FORMATS.items():
            st.download_button(
                f"Chart as {kind}", partial(picture.as_file, kind), f"{file}-{view.period.name}.{kind.lower()}", mime,
                key=f"{kind}-{file}", on_click="ignore", type="tertiary",
            )  # fmt: skip


def draw(
    view: View, file: str, title: str, bars: Bars, readings: Sequence[Reading], notes: Sequence[str] = ()
) -> None:
    """Bars, what is to be said of them, and their downloads: see `pictures`."""
    st.html(bars.markup())
    for note in notes:
        st.caption(plain(note))
    pictures(view, file, title, bars.title, bars, readings, notes)


def chosen(state) -> str | None:
    """The key of the mark of a chart that was clicked."""
    for point in state.selection.points if state else ():
        told = point.get("customdata")
        if told is not None:
            return str(told[0] if isinstance(told, list | tuple) else told)
    return None


def rows_of(view: View, metric: str, scope: Mapping[str, str] = {}) -> str:
    """The address of the rows behind a part of a metric."""
    return drawings.link("metric", view.link(metric=metric, **view.part(dict(scope))))


def open_rows(view: View, metric: str, scope: Mapping[str, str]) -> None:
    """Go to the rows behind a part of a metric."""
    address = view.link(metric=metric, **view.part(dict(scope)))
    st.switch_page("app_pages/metric.py", query_params=address)


def further(view: View, page: str, label: str, **address: str) -> None:
    """A link to another page on the same view."""
    with st.container(key=f"more-{label}"):
        st.page_link(f"app_pages/{page}.py", label=label, query_params=view.link(**address))


def downloads(view: View, fetch: Callable[[], pd.DataFrame], file: str, said: str) -> None:
    """A table as CSV and XLSX, read when it is asked for, its times (UTC) as the page tells them: in the organisation's zone.

    said: what stands on the page of it.
    """

    def told() -> pd.DataFrame:
        return local(fetch(), view.readings.settings.zone)

    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download CSV",
            lambda: as_csv(told()),
            f"{file}.csv",
            "text/csv",
            key=f"csv-{file}",
            on_click="ignore",
        )
        st.download_button(
            "Download XLSX", lambda: as_xlsx(told()), f"{file}.xlsx", key=f"xlsx-{file}", on_click="ignore"
        )
        st.caption(said)


def rows(view: View, metric: str, columns: list[str], reading: Reading, by: str) -> None:
    """The rows that a metric counts, ordered by a column, with downloads of all of them."""
    fetch = partial(
        view.readings.rows,
        metric,
        view.period,
        view.scope_of(view.readings.metrics()[metric]),
        left_out=False,
    )
    found = fetch(limit=SHOWN)
    if len(found):
        table(found.sort_values(by), columns, tallest=300, zone=view.readings.settings.zone)
        downloads(
            view, fetch, f"{metric}-{view.period.name}", extent(found["record_id"].nunique(), reading.n)
        )


def pick(name: str, values: pd.Series, key: str, *shown: object, **look: object) -> None:
    """A table of which one row can be chosen; its value goes into the address parameter `name`.

    shown, look: the rows and what else `table` takes.
    """

    def into_address() -> None:
        chosen = st.session_state[key].selection.rows
        put(**{name: str(values.iloc[chosen[0]]) if chosen else None})

    table(*shown, on_select=into_address, selection_mode="single-row", key=key, **look)


def count(number: int, what: str) -> str:
    """“1 incident”, “12 incidents”."""
    many = f"{what}es" if what.endswith("ch") else f"{what}s"
    return f"{number:,} {what if number == 1 else many}"


def extent(shown: int, every: int, what: str = "row") -> str:
    """How many rows stand on the page of how many there are."""
    whole = count(every, what)
    return whole if shown >= every else f"{shown:,} of {whole}; a download holds all"


def unmeasured(view: View, readings: Mapping[str, Reading]) -> None:
    """What is left out of the measures of a page, and which of them have nothing to say."""
    metrics, told = view.readings.metrics(), []
    for name, reading in readings.items():
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in reading.left_out.items())
        if reading.value is None and not reading.detail.get("not_reached"):
            told.append((name, f"not measured. {reading.sentence}"))
        elif reasons:
            told.append((name, f"left out {reasons}"))
    if told:
        st.markdown("### What is not in these numbers")
        st.html(
            "".join(
                f'<div class="term wide"><a href="{escape(rows_of(view, name), quote=True)}" target="_self">'
                f"{escape(metrics[name].title)}</a><span>{escape(said[:1].upper() + said[1:])}</span></div>"
                for name, said in told
            )
        )


def title(text: str) -> None:
    """The finding of a part of a page."""
    st.markdown(f"### {plain(text)}")
