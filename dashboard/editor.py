"""The mapping of an export that no source recognises: a person says what its columns are and sees what comes of it."""

import re
import unicodedata
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pandas as pd
import streamlit as st

from dashboard.checked import ORDERS, here, question
from dashboard.intake import Held, Tray
from dashboard.shown import message, plain
from dashboard.tables import severity, table
from pipelines import dates
from pipelines.errors import NotReady, Refused
from pipelines.mapping import (
    LOOK,
    VALUES,
    Draft,
    Look,
    Value,
    as_toml,
    days_beside,
    durations,
    ends,
    is_clock,
    lacking,
    look,
    meanings,
    no_downtime,
    preview,
    save,
    source_of,
    suggest,
    targets,
)
from pipelines.records import RECORDS, Column
from pipelines.settings import read_settings
from pipelines.source import Source, folded
from pipelines.warehouse import Checked

UNITS = {"min": "in minutes", "h": "in hours", "s": "in seconds", "d": "in days"}
NEXT_DAY = "a time of day before that of its start, of the same date, is of the next day"
MOMENTS = {
    "load": "on the day it is loaded: a list kept by hand",
    "newest": "on the day that it states above its table, else on one that is asked for at each upload",
}
SETTINGS = "Dates, time zone, and by what it is recognised"
SAID_ONCE = f"Each such file is asked about, unless “{SETTINGS}” says what the tool always writes."
# Short names of months are words too (set, out, mar): a file may be called by them.
MONTHS = {name for name in dates.MONTHS.split() if len(name) > 3}
FIXED = re.compile(r"'((?:[^']|'')*)'")


def editor(tray: Tray, held: Held, known: dict[str, Source], data: Path) -> None:
    """Map one file of the tray, from the source that it is recognised as where there is one."""
    base = known.get(tray.base) if tray.base else None
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"### {'Change the mapping of' if base else 'Map'} {plain(held.name)}")
        if st.button("Back to the files"):
            _leave(tray)
    try:
        looks = _looks(held, data)
    except Refused as refusal:
        todo = here(refusal.todo, known)
        st.error(f"**It cannot be mapped.** {message(refusal.reason)}\n\n{message(todo)}")
        return
    seen, record = _what(held, looks, base)
    if record is None:
        st.caption("Choose what its rows are about: the columns that such records have are then shown.")
        table(pd.DataFrame(seen.first[:8], columns=list(seen.columns)))
        return
    left, right = st.columns([1.1, 1], gap="large")
    with left:
        draft, name = _form(held, seen, record, base, known, data)
    source = source_of(draft, seen, name, known)
    with right, st.container(key="beside-form"):
        missing = lacking(source)
        if missing:
            words = " and ".join(one.replace("_", " ") for one in missing)
            st.warning(f"Still needed: a column for **{words}**.")
            table(pd.DataFrame(seen.first[:8], columns=list(seen.columns)))
        else:
            if silent := no_downtime(source, read_settings(data).outage_severity):
                st.warning(silent)
            checked = preview(seen, source, held.asked, data)
            if checked.outcome.asks:
                question(tray, held, checked, known, "-mapped")
                if "dates" in checked.outcome.asks:
                    st.caption(SAID_ONCE)
            else:
                _preview(checked, seen, read_settings(data).zone, known)
        _keep(tray, held, source, data, not missing)


def _what(held: Held, looks: list[Look], base: Source | None) -> tuple[Look, str | None]:
    """The table that is mapped, and the kind of record that its rows become."""
    with st.container(horizontal=True):
        record = st.selectbox(
            "What is a row of it?",
            list(RECORDS),
            list(RECORDS).index(base.record) if base else None,
            lambda one: RECORDS[one].title,
            placeholder="Choose a kind of record",
            disabled=base is not None,
            key=f"map-record-{held.id}",
            persist_state="session",
            width=430,
        )
        if len(looks) == 1:
            return looks[0], record
        number = st.selectbox(
            "Which table of it?",
            range(len(looks)),
            format_func=lambda n: f"{looks[n].name or 'top level'} ({looks[n].count:,} rows)",
            key=f"map-table-{held.id}",
            persist_state="session",
            width=300,
        )
    return looks[number], record


def _form(
    held: Held, seen: Look, record: str, base: Source | None, known: dict[str, Source], data: Path
) -> tuple[Draft, str]:
    """What a person says of each column, and how the source is called."""
    begin = f"map-{held.id}-{base.name if base else ''}-{record}-{seen.name}"
    found = _begun(begin, seen, record, base, known)
    computed = _computed(base)
    required = [c for c in RECORDS[record].required if c != "key" and c not in computed]
    columns: dict[str, list[str]] = {}
    fixed, values, days, lasted = {}, {}, {}, {}
    joined = []
    if "key" not in computed:
        joined = st.multiselect(
            "Key: what tells one row's record from another",
            list(seen.columns),
            found.get("key", []),
            key=f"{begin}-key",
            persist_state="session",
            help="One column; or several that only together are unique.",
        )
    rest = [c for c in targets(record) if c not in {*required, *computed, "key"}]
    likely = [c for c in rest if found.get(c) or c in _fixed(base)]
    others = [c for c in rest if c not in likely]

    def ask(some: list[str]) -> None:
        with st.grid(2, min_column_width=220, gap="small"):
            for target in some:
                chosen = _target(begin, target, seen, record, found, _fixed(base), target in required)
                if not chosen:
                    continue
                if chosen[0] in ("column", "at"):
                    columns[target] = [chosen[1]]
                if chosen[0] == "at":
                    days[target] = chosen[2]
                elif chosen[0] == "lasted":
                    lasted[target] = (chosen[1], chosen[2])
                elif chosen[0] == "fixed":
                    fixed[target] = chosen[1]

    ask([*required, *likely])
    if others:
        with st.expander(f"More that such records have ({len(others)})"):
            ask(others)
    if computed:
        st.caption(f"Computed by the source itself: {plain(', '.join(computed))}.")
    told = columns | {target: found[target][:1] for target in computed if found.get(target)}
    for target, (column,) in told.items():
        if RECORDS[record].columns.get(target, Column()).allowed:
            values[target] = _values(begin, target, column, seen, record, base, known)
    settings, name = _settings(begin, held, record, seen, columns, base, data)
    draft = Draft(record, columns, joined, days, lasted, fixed, values, base=base, **settings)
    return draft, name


def _begun(
    begin: str, seen: Look, record: str, base: Source | None, known: dict[str, Source]
) -> dict[str, list[str]]:
    """What each record column begins as: what the source maps, else what is suggested."""
    key = f"{begin}-begun-{base.name if base else ''}"
    if key not in st.session_state:
        if base:
            there = {folded(column): column for column in seen.columns}
            begun = {
                target: [*dict.fromkeys(there[folded(one)] for one in names if folded(one) in there)]
                for target, names in base.columns.items()
            }
            parts = [begun.pop(part) for part in sorted(begun) if re.fullmatch(r"key_\d+", part)]
            # Further columns stand in for the first where it is empty.
            begun |= {"key": [one for part in parts or [begun.get("key", [])] for one in part[:1]]}
        else:
            begun = {target: [column] for target, column in suggest(seen, record, known).items()}
        st.session_state[key] = begun
    return st.session_state[key]


def _fixed(base: Source | None) -> dict[str, str]:
    """The values that a source gives every row."""
    found = {t: FIXED.fullmatch(sql) for t, sql in (base.compute if base else {}).items()}
    return {t: match[1].replace("''", "'") for t, match in found.items() if match}


def _computed(base: Source | None) -> list[str]:
    """The record columns that a source computes by SQL, which is left as it is."""
    joined = base is not None and "key_1" in base.columns
    return [
        t for t in (base.compute if base else {}) if t not in _fixed(base) and not (t == "key" and joined)
    ]


def _target(
    begin: str,
    target: str,
    seen: Look,
    record: str,
    found: dict[str, list[str]],
    fixed: dict[str, str],
    needed: bool,
) -> tuple[str, Value] | tuple[str, str, str] | None:
    """The way in which an export tells a record column: by a column of it, by a time of day at the date of another column, by
    how long it was after its start, or always as a fixed value."""
    about = targets(record)[target]
    told = [("lasted", *one) for one in durations(seen)] if target in ends(record) else []
    told += [way for name in seen.columns for way in _ways(name, about, seen)]
    options = [None, *told, *(("fixed", v) for v in about.allowed)]
    first = [way for way in told if way[1] in found.get(target, [])[:1]][:1]
    first += [("fixed", value) for value in about.allowed if str(value) == fixed.get(target)]

    def shown(option: tuple[str, Value] | tuple[str, str, str] | None) -> str:
        if option is None:
            return "not in this export"
        if option[0] == "fixed":
            return f"always: {option[1]}"
        samples = ", ".join(one[:24] for one in seen.columns[option[1]].samples[:2])
        said = str(option[1])
        if option[0] == "at":
            said = f"{option[2]} at {said}"
        elif option[0] == "lasted":
            said = " ".join(filter(None, [said, UNITS.get(option[2]), "after its start"]))
        return f"{said} ({samples})" if samples else said

    return st.selectbox(
        f"{target.replace('_', ' ').capitalize()}{' (needed)' if needed else ''}",
        options,
        options.index(first[0]) if first and first[0] in options else 0,
        shown,
        key=f"{begin}-{target}",
        persist_state="session",
        help="; ".join(filter(None, [about.help, target in ends(record) and NEXT_DAY])) or None,
    )


def _ways(name: str, about: Column, seen: Look) -> list[tuple[str, str] | tuple[str, str, str]]:
    """How a column of the export may tell a column of the record."""
    if about.type == "time" and is_clock(seen.columns[name]):
        return [("at", name, day) for day in days_beside(seen, name)]
    return [("column", name)]


def _values(
    begin: str, target: str, column: str, seen: Look, record: str, base: Source | None, known: dict
) -> dict[str, Value]:
    """What each text of a column means, where a record may hold only certain values."""
    texts, label = seen.columns[column].values, target.replace("_", " ")
    if not texts:
        st.warning(
            f"{plain(column)} holds more than {VALUES} different texts: those that are no {label} are refused."
        )
        return {}
    held = {text.casefold(): value for text, value in (base.values.get(target, {}) if base else {}).items()}
    key = f"{begin}-{target}-{column}-values"
    if key not in st.session_state:  # shown for the first time, or after another page: then as it was left
        st.session_state[f"{key}-begun"] = st.session_state.get(f"{key}-said") or (
            meanings(texts, target, record, known)
            | {text: held[text.casefold()] for text in texts if text.casefold() in held}
        )
    likely = st.session_state[f"{key}-begun"]
    said = severity if target == "severity" else str
    allowed = {said(value): value for value in RECORDS[record].columns[target].allowed}
    rows = pd.DataFrame(
        {
            "in the export": list(texts),
            "rows": list(texts.values()),
            "means": [said(likely[text]) if text in likely else None for text in texts],
        }
    )
    st.markdown(f"**What {plain(column)} says, as {label}**")
    edited = st.data_editor(
        rows,
        hide_index=True,
        disabled=["in the export", "rows"],
        column_config={
            "means": st.column_config.SelectboxColumn(
                "means", options=list(allowed), help="Left empty: the cell is refused."
            )
        },
        key=key,
        height=min(250, 37 + 33 * len(rows)),
        placeholder="not said: refused",
    )
    said_now = {
        text: allowed[means]
        for text, means in zip(texts, edited["means"], strict=True)
        if isinstance(means, str) and means in allowed
    }
    st.session_state[f"{key}-said"] = said_now
    return said_now


def _settings(
    begin: str,
    held: Held,
    record: str,
    seen: Look,
    columns: dict[str, list[str]],
    base: Source | None,
    data: Path,
) -> tuple[dict, str]:
    """What is said of the export as a whole, and the source's name."""
    zone = base.timezone if base else read_settings(data).timezone
    zones = sorted({"UTC", zone, *available_timezones()}, key=lambda one: (one not in ("UTC", zone), one))
    said: dict = {}
    with st.expander(SETTINGS):
        with st.grid(2, min_column_width=220, gap="small"):
            said["timezone"] = st.selectbox(
                "Times are written in",
                zones,
                zones.index(zone),
                key=f"{begin}-as-a-whole-zone",
                persist_state="session",
                help="Where a time does not say its zone.",
            )
            order = st.selectbox(
                "Dates in figures",
                ["", *ORDERS],
                ["", *ORDERS].index(base.order) if base else 0,
                lambda one: ORDERS.get(one, "As the file shows, else asked"),
                key=f"{begin}-as-a-whole-order",
                persist_state="session",
                help="Choose only what the tool always writes.",
            )
        said["order"] = order
        telling = st.multiselect(
            "Recognised by these columns",
            list(seen.columns),
            [c for c in (base.recognise if base else []) if c in seen.columns],
            placeholder="Chosen for you: the needed ones and those that few others have",
            key=f"{begin}-as-a-whole-recognise",
            persist_state="session",
        )
        said["recognise"] = telling or (list(base.recognise) if base else [])
        if RECORDS[record].closing:
            said["full"] = st.toggle(
                "It always lists everything there is",
                base.full if base else False,
                key=f"{begin}-as-a-whole-full",
                persist_state="session",
                help="What such an export no longer lists is taken as closed.",
            )
    said["moment"] = base.moment if base else "newest"
    if "effective_at" not in columns:
        said["moment"] = st.radio(
            "No column says when a row was updated. What the file says holds",
            list(MOMENTS),
            list(MOMENTS).index(said["moment"]),
            format_func=MOMENTS.get,
            key=f"{begin}-as-a-whole-moment",
            persist_state="session",
        )
    with st.grid(2, min_column_width=220, gap="small"):
        said["title"] = st.text_input(
            "Title",
            base.title if base else " ".join(_words(held)).capitalize(),
            key=f"{begin}-as-a-whole-title",
            persist_state="session",
        )
        name = st.text_input(
            "Name",
            base.name if base else _stem(held),
            max_chars=40,
            key=f"{begin}-as-a-whole-name",
            persist_state="session",
            disabled=base is not None,
        )
    return said, name.strip()


def _words(held: Held) -> list[str]:
    """What the file is called, without the day, month or number that the next one will not have."""
    words = re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", held.name.rpartition(".")[0].casefold()))
    return [word for word in words if _bare(word) not in MONTHS] or words or ["list"]


def _bare(word: str) -> str:
    """A word in the letters a to z: without accents, and without what has no such letter."""
    return re.sub("[^a-z]", "", unicodedata.normalize("NFKD", word))


def _stem(held: Held) -> str:
    """A name for the source, from what the file is called."""
    words = [word for word in map(_bare, _words(held)) if word]
    return "_".join(words)[:40].strip("_") or "list"


def _preview(checked: Checked, seen: Look, zone: ZoneInfo, known: dict[str, Source]) -> None:
    done = checked.outcome
    looked = (
        f"the first {LOOK:,} rows"
        if seen.count > LOOK
        else f"its {seen.count:,} row{'s' * (seen.count != 1)}"
    )
    if done.error:
        st.warning(f"**Of {looked}:** {message(done.error)} {message(here(done.todo, known))}")
    else:
        usable = done.accepted + done.unchanged + done.superseded
        cells = f"; {done.cells_refused:,} of their cells cannot" if done.cells_refused else ""
        rows = f", {done.rejected:,} would be refused" if done.rejected else ""
        aside = (
            f", {done.set_aside:,} {'is' if done.set_aside == 1 else 'are'} no record"
            if done.set_aside
            else ""
        )
        st.success(f"Of {looked}, {usable:,} can be used{cells}{rows}{aside}.")
    table(pd.DataFrame(checked.rows).drop(columns="row", errors="ignore"), tallest=300, zone=zone)
    if checked.rejects:
        st.markdown("**Refused**")
        for line in refusals(checked.rejects):
            st.caption(plain(line))


def refusals(rejects: list[dict]) -> list[str]:
    """Every reason for which something is refused, with how often and an example: whole rows first, then what is refused most."""
    reasons = Counter((one["column"], one["reason"], one["whole_row"]) for one in rejects)
    examples = {(r["column"], r["reason"], r["whole_row"]): r for r in reversed(rejects)}
    told = []
    for key, count in sorted(reasons.items(), key=lambda one: (not one[0][2], -one[1])):
        first = examples[key]
        what = "row" if key[2] else "cell"
        value = f": {first['value'][:60]}" if first["value"] else ""
        told.append(
            f"{count:,} {what}{'s' * (count != 1)}, {key[0]}: {key[1]}, first in row {first['row']}{value}"
        )
    return told


def _keep(tray: Tray, held: Held, source: Source, data: Path, whole: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Save the mapping", type="primary", disabled=not whole):
            try:
                save(source, data)
            except NotReady as reason:
                st.error(message(str(reason)))
                return
            held.asked = replace(held.asked, source=None)
            st.toast("Saved: such files are recognised from now on.")
            _leave(tray)
        st.download_button(
            "Download it as TOML",
            partial(as_toml, source),
            f"{source.name}.toml",
            "application/toml",
            disabled=not whole,
            on_click="ignore",
        )
    st.caption(f"It is kept in the data folder, as sources/{source.record}/{plain(source.name)}.toml.")
    if tray.base:
        st.caption(
            "It takes the place of the mapping before it. What was loaded by that one is read by this one once all "
            "exports are read again (Data page)."
        )


def own_mappings(known: dict[str, Source], data: Path) -> None:
    """The organisation's own sources, each as its file."""
    own = [known[file.stem] for file in sorted((data / "sources").glob("*/*.toml")) if file.stem in known]
    if not own:
        return
    st.markdown("##### Your own mappings")
    for source in own:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{plain(source.title)} · {RECORDS[source.record].title}")
            st.download_button(
                f"{source.name}.toml",
                partial(as_toml, source),
                f"{source.name}.toml",
                "application/toml",
                key=f"own-{source.name}",
                type="tertiary",
                on_click="ignore",
            )
    st.caption("To change one, upload an export of it and choose “Change the mapping” beside its columns.")


def _looks(held: Held, data: Path) -> list[Look]:
    """What is in a file, looked at once."""
    key = (held.id, held.asked.encoding)
    if st.session_state.get("looked", (None,))[0] != key:
        with st.spinner("Looking into it …"):
            found = look(held.path, data, held.name, held.asked)
        if not found:
            raise Refused("It holds no rows.", "Export it again with its rows.")
        st.session_state["looked"] = (key, found)
    return st.session_state["looked"][1]


def _leave(tray: Tray) -> None:
    tray.mapping = tray.base = None
    st.rerun()
