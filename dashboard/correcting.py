"""A record put right by hand from where it is shown: what stands there filled in, and what it comes to before it is saved."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.entered import enter
from dashboard.intake import signed
from dashboard.period import clock
from dashboard.progress import shared_jobs
from dashboard.shown import legible, message, plain
from dashboard.tables import severity
from dashboard.view import View, data_folder, shared_readings, who_are_you
from pipelines.records import RECORDS, Column
from pipelines.source import sources

SOURCE = "correction_list"


def spans(kind: str, row: Mapping[str, object]) -> dict[str, tuple[str, timedelta]]:
    """How long it was to each end that a record tells, and the column from which that is counted. row: column -> value."""
    found = {}
    for end, starts in RECORDS[kind].starts.items():
        start = next((name for name in starts if row.get(name)), None)
        if start and row.get(end):
            found[end] = (start, row[end] - row[start])
    return found


def lasted(span: timedelta) -> str:
    """“2 h 5 min”; with its sign where it is below nothing."""
    minutes = round(abs(span).total_seconds() / 60)
    parts = [(minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min")]
    said = " ".join(f"{count:,} {unit}" for count, unit in parts if count) or "0 min"
    return f"−{said}" if span < timedelta() else said


def emptied(kind: str, changed: Mapping[str, object]) -> list[str]:
    """What no such record is without, and would be left without."""
    return [_label(n) for n, v in changed.items() if v in (None, "", []) and n in RECORDS[kind].required]


@st.dialog("Correct a record", width="large")
def correct(view: View, records: Sequence[tuple[str, str]]) -> None:
    """records: the kind and the id of each that may be meant."""
    named = {record: kind for kind, record in records}
    record = next(iter(named))
    if len(named) > 1:
        record = st.selectbox("Which record?", list(named), format_func=legible)
    else:
        st.markdown(f"**{plain(record)}**")
    kind, zone = named[record], view.readings.settings.zone
    row = view.readings.record(kind, record)
    about = RECORDS[kind].columns
    columns = st.multiselect(
        "What is wrong?",
        list(about),
        format_func=lambda name: f"{_label(name)}: {_shown(name, row[name], zone)}",
        placeholder="Choose what is to be corrected",
        key=f"correct-columns-{record}",
    )
    given = {name: _field(record, name, about[name], row[name], zone) for name in columns}
    changed = {name: value for name, (value, same) in given.items() if not same}
    changed |= _moved(kind, record, row, changed, zone)
    empty = emptied(kind, changed)
    for name in empty:
        st.error(f"{name} cannot be empty: enter what is right.")
    early = _lengths(kind, row, row | changed)
    why = st.text_input("Why?", placeholder="how the right value is known", max_chars=300)
    who = who_are_you()
    st.caption("It holds whatever later exports say, until its load is undone.")
    if st.button(
        "Correct it", type="primary", disabled=bool(not changed or empty or early or not why.strip())
    ):
        lines = [
            {"kind": kind, "record": record, "column": name, "value": _written(about[name], value, zone), "reason": why}
            for name, value in changed.items()
        ]  # fmt: skip
        told = ", ".join(f"{_label(n).lower()} is {_shown(n, v, zone)}" for n, v in changed.items())
        work = enter(SOURCE, lines, f"{record} is corrected: {told}.", data_folder(), signed(who))
        job = shared_jobs().start("correction", f"Correcting {record}", work)
        job.ended.wait(2)
        if job.done and job.error:
            shared_jobs().put_away(job)
            st.error(message(job.error))
            return
        shared_readings().refresh()
        st.rerun()


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _shown(name: str, value: object, zone: ZoneInfo) -> str:
    """A value in words; a time (UTC) as the clocks of a zone show it."""
    if value in (None, "", []):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return legible("; ".join(map(str, value)))
    if isinstance(value, datetime):
        return f"{clock(value, zone):%-d %b %Y, %H:%M}"
    return severity(value) if name == "severity" else legible(str(value))


def _field(record: str, name: str, column: Column, value: object, zone: ZoneInfo) -> tuple[object, bool]:
    """What is right, as the record would hold it, and whether that is what stands there."""
    look = {"key": f"correct-{record}-{name}", "help": column.help or None}
    label = _label(name)
    match column.type:
        case _ if column.allowed:
            options = [None, *column.allowed]
            shown = partial(_shown, name, zone=zone)
            now = value if value in options else None
            said = st.selectbox(label, options, options.index(now), shown, **look)
        case "time" if column.ends:
            now = clock(value, zone).date() if value else None
            said = st.date_input(label, now, format="YYYY-MM-DD", **look)
            end = timedelta(days=1) - timedelta(microseconds=1)
            return (said and _utc(datetime.combine(said, datetime.min.time()) + end, zone)), said == now
        case "time":
            now = clock(value, zone).replace(second=0, microsecond=0) if value else None
            said = st.datetime_input(f"{label} ({zone.key})", now, format="YYYY-MM-DD", step=60, **look)
            return (said and _utc(said, zone)), said == now
        case "flag":
            options = [None, True, False]
            now, shown = value, partial(_shown, name, zone=zone)
            said = st.selectbox(label, options, options.index(now), shown, **look)
        case "number" | "integer":
            make = int if column.type == "integer" else float
            low, high = (None if one is None else make(one) for one in (column.low, column.high))
            now = value
            said = st.number_input(label, low, high, now, step=1 if make is int else None, **look)
        case _:
            now = "; ".join(value or []) if column.type == "list" else value or ""
            said = st.text_input(label, now, **look).strip()
            return (_items(said) if column.type == "list" else said), said == now.strip()
    return said, said == now


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(";") if item.strip()]


def _moved(
    kind: str, record: str, row: dict, changed: Mapping[str, object], zone: ZoneInfo
) -> dict[str, datetime]:
    """The ends that are to go with the start that is put right; first those that were told as a duration after it."""
    before, after = spans(kind, row), spans(kind, row | changed)
    source = sources(data_folder()).get(str(row["source"]))
    found = {}
    for end, (_, span) in before.items():
        if end in changed or after.get(end, (None, span))[1] == span:
            continue
        to = (row | changed)[after[end][0]] + span
        counted = "time_after(" in (source.compute.get(end, "") if source else "")
        told = "; its list tells it as a duration after its start" if counted else ""
        if st.checkbox(
            f"Move {_label(end).lower()} with it, to {_shown(end, to, zone)}: it stays {lasted(span)}{told}",
            counted,
            key=f"correct-move-{record}-{end}-{to}",
        ):
            found[end] = to
    return found


def _lengths(kind: str, row: dict, right: dict) -> list[str]:
    """Say what becomes of the times that are counted: the ends that would lie before their start."""
    before, after = spans(kind, row), spans(kind, right)
    early = [end for end, (_, span) in after.items() if span < timedelta()]
    for end, (start, span) in after.items():
        was = before.get(end)
        if end in early:
            st.error(f"{_label(end)} would lie before {_label(start).lower()}: correct it too.")
        elif was != (start, span):
            since = f", was {lasted(was[1])}" if was else ""
            st.info(f"From {_label(start).lower()} to {_label(end).lower()}: **{lasted(span)}**{since}")
    for end in before.keys() - after.keys():
        st.info(f"How long it was to {_label(end).lower()} ({lasted(before[end][1])}) is not known then.")
    return early


def _written(column: Column, value: object, zone: ZoneInfo) -> object:
    """A value as a list of corrections holds it."""
    if isinstance(value, datetime):
        return clock(value, zone).date().isoformat() if column.ends else f"{value.isoformat()}Z"
    return value


def _utc(at: datetime, zone: ZoneInfo) -> datetime:
    return at.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
