"""How a checked file looks before it is loaded: what it is, how it maps, its first rows, what would be refused, what is asked."""

import re
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboard.change import Change
from dashboard.intake import Held, Tray, foretold
from dashboard.period import date_of
from dashboard.reading import Reading
from dashboard.shown import escape, message, plain
from dashboard.tables import table
from dashboard.view import data_folder
from pipelines.asked import end_of
from pipelines.readers.delimited import DELIMITERS
from pipelines.readers.encoding import SHOWN as LETTERS
from pipelines.settings import read_settings
from pipelines.source import Source
from pipelines.warehouse import Checked, now

REJECT_COLUMNS = ["sheet", "row", "column", "value", "reason", "todo"]
SHOWN = 1000
# Room for three lines of a reason.
TALL = 66
ENCODINGS = {"utf-8": "UTF-8"} | {
    name: label for name, label in LETTERS.items() if not name.endswith(("-le", "-be"))
}
ORDERS = {"dmy": "Day first: 31/12/2026", "mdy": "Month first: 12/31/2026"}
DELIMITED = {word: word.capitalize() for word in DELIMITERS.values()}
CHOICES = {"dates": ORDERS, "encoding": ENCODINGS, "delimiter": DELIMITED}
# What messages call by its option on the command line, or by its place, as this page has it.
OTHERWISE = "Read it otherwise"
LABELS = {
    "source": "As",
    "dates": "Dates in figures",
    "encoding": "Letters",
    "delimiter": "Cells parted by",
    "as-of": "Exported on",
}
OPTION = re.compile(rf"--({'|'.join(LABELS)})\b(?: ([\w-]+))?")
PLACES = {
    "Map its columns on the Upload page": "Map its columns below",
    "map its columns on the Upload page": "map its columns below",
    "“Change the mapping” on the Upload page": "“Change the mapping” beside its columns",
    "load it again with --complete": "say so below",
    "Load it again with --complete": "Say so below",
}
STATES = {"ready": ("good", "●"), "question": ("risk", "▲"), "refused": ("bad", "■")}


def state(one: Checked) -> str:
    """ready, question or refused."""
    if one.outcome.asks is not None:
        return "question"
    return "refused" if one.outcome.error else "ready"


def here(text: str, known: dict[str, Source]) -> str:
    """What a message says to do, in the words of this page: its choices instead of options of a command."""
    choices = {**CHOICES, "source": {name: source.title for name, source in known.items()}}

    def chosen(option: re.Match) -> str:
        name, value = option.groups()
        if value in choices.get(name, {}):
            return f"“{choices[name][value]}” under “{OTHERWISE}”"
        return f"“{LABELS[name]}” under “{OTHERWISE}”{f' {value}' if value else ''}"

    for place, called in PLACES.items():
        text = text.replace(place, called)
    return OPTION.sub(chosen, text)


def heading(held: Held, one: Checked, titles: dict[str, str]) -> str:
    """A file in one line: its name, and what a load of it would do."""
    mark, shape = STATES[state(one)]
    if state(one) == "ready":
        said = f"{titles.get(one.outcome.source, one.outcome.source)}: {foretold(one)}"
    else:
        said = {"question": "a question first", "refused": "cannot be taken in as it is"}[state(one)]
    return (
        f'<div class="file"><b>{escape(held.name)}</b> '
        f'<span class="state {mark}"><span class="shape">{shape}</span> {escape(said)}</span></div>'
    )


def question(tray: Tray, held: Held, one: Checked, known: dict[str, Source], part: str = "") -> None:
    """What a person has to say before the file can be taken in, as buttons. part: which load of the file it is."""
    st.markdown(f"**{message(one.outcome.error)}**")
    for option, answers in one.outcome.asks.items():
        if option == "as_of":
            key = f"ask-as_of-{held.id}{part}"
            with st.container(horizontal=True, vertical_alignment="bottom"):
                st.date_input("When was it exported?", None, key=key, format="YYYY-MM-DD", width=200)
                st.button("Use this day", key=f"use-{key}", on_click=_say_moment, args=(tray, held.id, key))
            continue
        with st.container(horizontal=True):
            for answer in answers:
                label = known[answer].title if option == "source" and answer in known else answer
                st.button(
                    plain(CHOICES.get(option, {}).get(answer, label)),
                    key=f"ask-{option}-{answer}-{held.id}{part}",
                    on_click=tray.answer,
                    args=(held.id,),
                    kwargs={option: True if option == "complete" else answer},
                )


def details(tray: Tray, held: Held, one: Checked, known: dict[str, Source], part: str = "") -> None:
    """All there is to say of a file that can be taken in. part: which load of the file it is, where it is several."""
    refused = f"Refused ({len(one.rejects):,})" if one.rejects else "Refused (0)"
    left = f", {len(one.unmapped):,} unmapped" if one.unmapped else ""
    for warning in one.outcome.warnings:
        st.warning(plain(here(warning, known)))
    if one.outcome.questioned:
        st.button(
            "It is whole: take it as it is",
            key=f"whole-{held.id}{part}",
            on_click=tray.answer,
            args=(held.id,),
            kwargs={"complete": True},
        )
    what, columns, first, rejects = st.tabs(
        ["Recognised", f"Columns ({len(one.mapped):,} mapped{left})", "First rows", refused]
    )
    with what:
        st.markdown(f"**{plain(_title(known, one))}** · {plain(one.why)}")
        for note in dict.fromkeys([*one.outcome.notes, *one.notes]):
            st.caption(plain(here(note, known)))
        if not part:
            reading(tray, held, known)
    with columns:
        _columns(tray, held, one, part)
    with first:
        table(pd.DataFrame(one.rows), tallest=300, zone=_zone())
    with rejects:
        if one.rejects:
            table(
                pd.DataFrame([r | {"todo": here(r["todo"], known)} for r in one.rejects[:SHOWN]]),
                [c for c in REJECT_COLUMNS if c in one.rejects[0]],
                tallest=300,
                row_height=TALL,
            )
        else:
            st.caption("Nothing would be refused.")


def reading(tray: Tray, held: Held, known: dict[str, Source]) -> None:
    """What a person may say of how a file is read, where what was found is not right."""
    with st.expander(OTHERWISE), st.container(horizontal=True):
        titles = {source.name: source.title for source in known.values()}
        said = held.asked
        _choice(tray, held, "source", titles, said.source, "Recognised by its columns")
        _choice(tray, held, "dates", ORDERS, said.dates, "As the file shows them")
        _choice(tray, held, "encoding", ENCODINGS, said.encoding, "As found")
        _choice(tray, held, "delimiter", DELIMITED, said.delimiter, "As found")
        st.date_input(
            LABELS["as-of"],
            date_of(said.as_of, _zone()) if said.as_of else None,
            key=f"as_of-{held.id}",
            format="YYYY-MM-DD",
            width=170,
            help="Only where the file does not say when it was made.",
            on_change=_say_moment,
            args=(tray, held.id, f"as_of-{held.id}"),
        )


def changes(found: list[Change]) -> str:
    """What would change on the board, as a table: the newest month that changes, and the quarter that holds it."""
    rows = "".join(
        f'<tr><th scope="row">{escape(change.metric.title)}</th>'
        f"{_goes(change, change.before, change.after)}{_goes(change, *change.quarter)}"
        f'<td class="note">{_others(change.others)}</td></tr>'
        for change in found
    )
    return f'<table class="changes"><tbody>{rows}</tbody></table>'


def _goes(change: Change, before: Reading | None, after: Reading) -> str:
    running = "" if after.closed else " so far"
    then = change.metric.beside(after, before.value) if before and before.value is not None else "–"
    if then == after.text:
        goes = (
            f"{escape(then)} <span>nearly the same</span>" if _differs(before, after) else f"{escape(then)}"
        )
    else:
        goes = f"{escape(then)} <span>→</span> <b>{escape(after.text)}</b>"
    label = after.period.label.partition(" (")[0]
    return f'<td>{goes}<div class="note">{escape(label)}{running}</div></td>'


def _differs(before: Reading | None, after: Reading) -> bool:
    return (before.value if before else None) != after.value


def _others(count: int) -> str:
    if not count:
        return ""
    return f"and {count:,} earlier month{'s' * (count != 1)}"


def _title(known: dict[str, Source], one: Checked) -> str:
    source = known.get(one.outcome.source)
    return source.title if source else str(one.outcome.source)


def _columns(tray: Tray, held: Held, one: Checked, part: str) -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.dataframe(
            {
                "in the record": [name.replace("_", " ") for name in one.mapped],
                "in the export": [", ".join(dict.fromkeys(c)) for c in one.mapped.values()],
            },
            hide_index=True,
            height=min(300, 37 + 33 * len(one.mapped)),
        )
    with right:
        st.button(
            "Change the mapping",
            key=f"map-{held.id}{part}",
            on_click=tray.map,
            args=(held.id, one.outcome.source),
        )
        if one.unmapped:
            st.markdown("**Not mapped to anything**")
            st.caption(plain(", ".join(one.unmapped)))
        if one.ignored:
            st.markdown("**Known and left aside**")
            st.caption(plain(", ".join(one.ignored)))


def _choice(
    tray: Tray, held: Held, option: str, options: dict[str, str], chosen: str | None, none: str
) -> None:
    key = f"{option}-{held.id}"
    st.selectbox(
        LABELS[option],
        [None, *options],
        list(options).index(chosen) + 1 if chosen in options else 0,
        lambda one: options.get(one, none),
        key=key,
        width=230,
        on_change=_say,
        args=(tray, held.id, option, key),
    )


def _say(tray: Tray, file: str, option: str, key: str) -> None:
    tray.answer(file, **{option: st.session_state[key]})


def _say_moment(tray: Tray, file: str, key: str) -> None:
    day = st.session_state[key]
    tray.answer(file, as_of=min(end_of(day, _zone()), now()) if day else None)


def _zone() -> ZoneInfo:
    """The organisation's, before anything is loaded too."""
    return read_settings(data_folder()).zone
