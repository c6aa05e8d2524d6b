"""A source made by hand from an export that none recognises: what is in it, what its columns may be, and the TOML it is kept as."""

import csv
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import tomli_w
from rapidfuzz import fuzz

from pipelines.archive import workspace
from pipelines.asked import Asked
from pipelines.dates import at_midnight
from pipelines.errors import NotReady
from pipelines.numbers import UNITS
from pipelines.readers import Table, tables
from pipelines.readers.content import kind, unpacked
from pipelines.readers.json import taken
from pipelines.readers.table import literal
from pipelines.records import RECORDS, Column
from pipelines.snapshot import empty_snapshot
from pipelines.source import Source, folded, read_source
from pipelines.warehouse import Checked, now, trial
from pipelines.words import VALUES as OTHERWISE
from pipelines.words import WORDS

LOOK = 500  # rows that a mapping is tried on while it is made
VALUES = 60  # different values of a column that can be given a meaning one by one
ALIKE = 70  # of 100: a name that is less like any known one is not suggested
UNTELLING = {"name", "label", "value", "text", "display name", "display value"}
# Words of columns of times of day.
CLOCKS = {"time", "uhrzeit", "zeit", "heure", "hora", "ora", "tijd", "de", "d"}
SURE = 90  # the same, of a name that must not be another
CARRIED = {
    "key": Column(help="what tells one record from another: a number, an id"),
    "effective_at": Column("time", help="when the tool last updated the row"),
}
NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
DATE = r"(^|\D)(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ](\d{1,2}|\p{L}{3,})[-/., ]+\d{2,4}|\p{L}{3,} \d{1,2},? \d{4})(\D|$)"
CLOCK = r"^(?:1(?:899|90[04])-\d\d-\d\d[T ])?\d{1,2}[:.h]\d\d(?:[:.]\d\d)?(?: ?[ap]\.?m\.?)?(?: uhr)?$"
# How a duration is written out, what columns of one are called, and the words for units that such a name may hold.
WRITTEN_OUT = r"\d+(?:[.,]\d+)? ?(?:h|hr|min|std|stunde|hour|heure|hora|sek|sec|tag|day|jour|d[ií]a)|\d+:\d\d:\d\d$|pt?\d"
DURATION = r"duration|dauer|durée|duree|duración|durata|duração|duur|lasted|length|downtime"
LASTED = {unit: [w for w in UNITS[seconds].split() if len(w) > 1 or w == "h"] for unit, seconds in
          {"min": 60, "h": 3600, "s": 1, "d": 86400}.items()}  # fmt: skip
NUMBER = r"^[^\d\p{L}]*\d[\d.,' ]*[^\d\p{L}]*$"

Value = str | int | float | bool


@dataclass(frozen=True)
class Seen:
    """One column of an export. dates, days, clocks, numbers: the share of its filled cells that look like a date, a date
    without a time, a time of day, a number; values: text -> how often, empty where there are too many."""

    name: str
    filled: int
    distinct: int
    dates: float
    days: float
    clocks: float
    numbers: float
    samples: tuple[str, ...]
    values: dict[str, int]


@dataclass(frozen=True)
class Look:
    """One table of an export that is to be mapped. rows: its path in a nested format, else None. first: its first rows;
    numbers: where these stand in the file."""

    name: str
    rows: str | None
    count: int
    columns: dict[str, Seen]
    first: list[tuple[str | None, ...]]
    numbers: list[int]


@dataclass(frozen=True)
class Draft:
    """What a person has said of a table so far.

    columns: record column -> columns of the export. joined: the columns that make a key together, where one does not.
    days: record column -> the column that holds its date, where its own holds but the time of day. lasted: record column ->
    the column that says how long it was after its start, and the unit of plain numbers in it ("" where it is written).
    fixed: record column -> its value in every row. values: record column -> text -> value.
    base: the source it is made from, of which all that is not said here stays.
    """

    record: str
    columns: dict[str, list[str]]
    joined: list[str] = field(default_factory=list)
    days: dict[str, str] = field(default_factory=dict)
    lasted: dict[str, tuple[str, str]] = field(default_factory=dict)
    fixed: dict[str, Value] = field(default_factory=dict)
    values: dict[str, dict[str, Value]] = field(default_factory=dict)
    title: str = ""
    timezone: str = "UTC"
    order: str = ""
    moment: str = "newest"
    full: bool = False
    recognise: list[str] = field(default_factory=list)
    base: Source | None = None


def look(file: Path, data: Path, name: str, asked: Asked) -> list[Look]:
    """Every table of an export, the largest first; Refused where it cannot be read."""
    with workspace(data) as work, empty_snapshot(work, data) as con:
        nested = kind(unpacked(file, work, name), name) in ("json", "xml")
        found = [
            _look(con, table, nested)
            for table in tables(file, con, work, name, None, asked.encoding, asked.delimiter)
        ]
    return sorted((one for one in found if one.count), key=lambda one: -one.count * len(one.columns))


def _look(con: duckdb.DuckDBPyConnection, table: Table, nested: bool) -> Look:
    if not table.columns:  # a list of nothing, beside others in a nested file
        return Look(table.name, None, 0, {}, [], [])
    table = taken(table, table.columns)
    cells = ", ".join(f"nullif(trim({table.cells[c]}), '') as c{n}" for n, c in enumerate(table.columns))
    try:
        con.execute(f"create or replace temp table looked as select {cells} from {table.relation}")
        count = con.execute("select count(*) from looked").fetchall()[0][0]
        mended = table.otherwise(count)
    except (duckdb.Error, UnicodeDecodeError):  # a message of DuckDB may end within a letter
        mended = table.otherwise(None)
        if mended is None:
            raise
    if mended:
        return _look(con, mended, nested)
    columns: dict[str, Seen] = {}
    for number, column in enumerate(table.columns):
        written = table.repeats.get(column, column)
        if written not in columns:
            columns[written] = _seen(con, written, f"c{number}")
    first = con.execute(f"select * from looked limit {LOOK}").fetchall()
    numbers = con.execute(f"select {table.row} from looked limit {LOOK}").fetchall()
    kept = [n for n, column in enumerate(table.columns) if column not in table.repeats]
    return Look(
        table.name,
        table.name if nested else None,
        count,
        columns,
        [tuple(row[n] for n in kept) for row in first],
        [number for (number,) in numbers],
    )


def _seen(con: duckdb.DuckDBPyConnection, name: str, column: str) -> Seen:
    filled, distinct, dates, days, clocks, numbers = con.execute(
        f"""select count({column}), count(distinct {column}),
        count(*) filter (regexp_matches({column}, $date)),
        count(*) filter (regexp_matches({column}, $date) and (not contains({column}, ':') or {at_midnight(column)})),
        count(*) filter (regexp_matches({column}, $clock, 'i')), count(*) filter (regexp_matches({column}, $number))
        from looked""",
        {"date": DATE, "clock": CLOCK, "number": NUMBER},
    ).fetchall()[0]
    found = con.execute(
        f"""select {column}, count(*) from looked where {column} is not null
        group by 1 order by 2 desc, 1 limit {VALUES + 1}"""
    ).fetchall()
    share = max(filled, 1)
    values = dict(found) if distinct <= VALUES else {}
    return Seen(
        name,
        filled,
        distinct,
        dates / share,
        days / share,
        clocks / share,
        numbers / share,
        tuple(v for v, _ in found[:3]),
        values,
    )


def targets(record: str) -> dict[str, Column]:
    """What a column of an export may become in a kind of record."""
    return {**CARRIED, **RECORDS[record].columns}


def suggest(seen: Look, record: str, known: dict[str, Source]) -> dict[str, str]:
    """Record column -> the column of the export that is most likely it, by name and by content; each once, where there are
    enough. What holds other columns is none of them."""
    whole = {name.rpartition(".")[0] for name in seen.columns} if seen.rows is not None else set()
    columns = [column for column in seen.columns.values() if column.name not in whole]
    scored = [
        (score, target, column.name)
        for target, about in targets(record).items()
        for column in columns
        if (score := _likeness(column, target, about, seen, record, known)) >= ALIKE
    ]
    found: dict[str, str] = {}
    for _, target, column in sorted(scored, key=lambda one: -one[0]):
        if target not in found and column not in found.values():
            found[target] = column
    # Where no end is told, how long it was tells it.
    until, how_long = ends(record), [name for name, _ in durations(seen) if name not in found.values()]
    if how_long and found.keys().isdisjoint(until):
        found |= {target: how_long[0] for target in until if target.endswith("ended_at")}
    for target in RECORDS[record].required:  # else by content alone: the first that can be it
        fits = _unique if target == "key" else _timed
        can = [c.name for c in columns if fits(c, seen)]
        # One that is another already, or that not every row has, where none else can be it.
        beside = _told_with_clocks(seen)
        can.sort(key=lambda n: (n in beside, n in found.values(), seen.columns[n].filled < seen.count))
        if target not in found and can and (target == "key" or targets(record)[target].type == "time"):
            found[target] = can[0]
    return found


def _called(target: str, record: str, known: dict[str, Source]) -> set[str]:
    """Every name that a record column has in any source of its kind, or in other languages, as words."""
    own = [s for s in known.values() if s.record == record or target == "effective_at"]
    aliases = [alias for s in own for alias in s.columns.get(target, [])]
    return {_words(target), *map(_words, (*aliases, *WORDS.get(target, ())))}


def _words(name: str) -> str:
    """“openedAt”, “opened_at” and “Opened At” as “opened at”."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(re.findall(r"\w+", spaced.replace("_", " "))).casefold()


def _said(name: str) -> dict[str, int]:
    """What a column may be called in words -> how much less that tells: of a nested one its last step too, or the one
    before where the last tells little, as in “firm.name”."""
    *outer, last = name.split(".")
    if not outer:
        return {_words(name): 0}
    if _words(last) in UNTELLING:
        return {_words(last): 15, _words(outer[-1]): 1, _words(f"{outer[-1]}.{last}"): 0, _words(name): 0}
    return {_words(last): 1, _words(name): 0}


def _likeness(
    column: Seen, target: str, about: Column, seen: Look, record: str, known: dict[str, Source]
) -> float:
    """From 0 to some more than 100: how much a column's name is like a known one, and whether what it holds can be that."""
    names, said = _called(target, record, known), _said(column.name)
    if is_clock(column):  # “Heure de fin” is “fin”
        said |= {
            " ".join(w for w in one.split() if w not in CLOCKS) or one: less for one, less in said.items()
        }
    score = max(
        max(fuzz.ratio(one, name), fuzz.token_sort_ratio(one, name)) - less
        for one, less in said.items()
        for name in names
    )
    if about.allowed:
        score += 70 * _understood(column, target, record, known)
    if score < ALIKE or not column.filled:
        return score - 20
    if target == "effective_at" and (score < SURE or not _dated(column, seen)):
        return 0  # whatever is held was written at some time; and it says up to when the list is complete
    if about.type == "time":
        if is_clock(column):
            return score + 15 if days_beside(seen, column.name) else 0
        if column.name in _told_with_clocks(seen):
            score -= 30
        return score + 10 if column.dates > 0.8 else 0 if column.dates < 0.5 else score
    if about.type in ("number", "integer") and not about.allowed:
        return score if column.numbers > 0.5 else 0
    if target == "key":
        return score + 10 if _unique(column, seen) else score - 30
    return score - 30 if column.dates > 0.8 else score


def _understood(column: Seen, target: str, record: str, known: dict[str, Source]) -> float:
    """The share of a column's different texts that mean a value of the record; figures alone could mean anything."""
    texts = [text for text in column.values if re.search(r"[^\W\d]", text)]
    return len(meanings(texts, target, record, known)) / len(texts) if texts else 0.0


def _unique(column: Seen, seen: Look) -> bool:
    """A row of totals has no key, and a row may lack its own."""
    return column.distinct == column.filled >= 0.8 * seen.count and column.dates < 0.5


def _dated(column: Seen, seen: Look) -> bool:
    """A row of totals has no date, and a date may be written wrong."""
    return column.filled >= 0.8 * seen.count and column.dates >= 0.8


def _timed(column: Seen, seen: Look) -> bool:
    """Dates, or times of day beside dates."""
    clock = is_clock(column) and column.filled >= 0.8 * seen.count and days_beside(seen, column.name)
    return _dated(column, seen) or bool(clock)


def _told_with_clocks(seen: Look) -> set[str]:
    """The columns of dates that are told with a time of day beside them."""
    return {day for c in seen.columns.values() if is_clock(c) for day in days_beside(seen, c.name)[:1]}


def meanings(texts: Iterable[str], target: str, record: str, known: dict[str, Source]) -> dict[str, Value]:
    """Text -> the value of the record column that it most likely means; what is like none is left out."""
    allowed = RECORDS[record].columns[target].allowed
    words: dict[str, Value] = {}
    for source in sorted(known.values(), key=lambda s: s.record != record):
        for text, value in source.values.get(target, {}).items():
            if value in allowed:
                words.setdefault(text.strip().casefold(), value)
    for text, value in OTHERWISE.get(target, {}).items():
        if value in allowed:
            words.setdefault(text, value)
    words |= {str(value).casefold(): value for value in allowed}
    found = {text: _meaning(text.strip().casefold(), words, allowed) for text in texts}
    return {text: value for text, value in found.items() if value is not None}


def _meaning(text: str, words: dict[str, Value], allowed: tuple) -> Value | None:
    if text in words:
        return words[text]
    level = re.fullmatch(r"(?:p|s|sev|severity|priority|prio|level)?[\s:-]*([1-5])(?:\s*[-–:(].*)?", text)
    if level and int(level[1]) in allowed:
        return int(level[1])
    score, best = max(((fuzz.token_sort_ratio(text, word), word) for word in words), default=(0, ""))
    return words[best] if score >= 85 else None


def source_of(draft: Draft, seen: Look, name: str, known: dict[str, Source]) -> Source:
    """The source that a draft makes."""
    base = draft.base
    columns = {target: list(names) for target, names in draft.columns.items() if names}
    compute = {target: _sql(value) for target, value in draft.fixed.items()}
    if len(draft.joined) > 1:
        parts = [f"key_{number}" for number in range(1, len(draft.joined) + 1)]
        columns |= {part: [column] for part, column in zip(parts, draft.joined, strict=True)}
        columns.pop("key", None)
        compute["key"] = " || ':' || ".join(parts)
    elif draft.joined:
        columns["key"] = [*draft.joined]
    for target, day in draft.days.items():
        columns |= {f"{target}_day": [day], f"{target}_clock": columns.pop(target)}
        compute[target] = f"day_at({target}_day, {target}_clock)"
    for target in [one for one in ends(draft.record) if one in draft.days]:
        start = starts(target, draft)
        if draft.days.get(start) == draft.days[target]:
            compute[target] = f"end_at({compute[start]}, {target}_day, {target}_clock)"
    for target, (column, unit) in draft.lasted.items():
        columns[f"{target}_lasted"] = [column]
        start = starts(target, draft)
        began = compute.get(start, start)
        compute[target] = f"time_after({began}, {target}_lasted, {literal(unit)})"
    if base:
        here = {folded(column): column for column in seen.columns}
        compute = {t: sql for t, sql in base.compute.items() if t not in {*columns, *compute}} | compute
        for target, names in base.columns.items():
            kept = [one for one in names if folded(one) not in here]
            if columns.get(target) == [here[folded(one)] for one in names if folded(one) in here][:1]:
                columns[target] = (
                    names  # left as it was, with those that stand in for the first where it is empty
                )
            elif target in columns:
                columns[target] += [one for one in kept if one not in columns[target]]
            elif target in compute or target not in targets(draft.record):
                columns[target] = names  # what SQL reads was not asked about
            elif kept:
                columns[target] = kept
    values = {t: v for t, v in draft.values.items() if v}
    for target, meant in (base.values if base else {}).items():
        # What this file does not hold was not asked about.
        read = {folded(one) for one in columns.get(target, [])}
        asked = {t.casefold() for c, held in seen.columns.items() if folded(c) in read for t in held.values}
        rest = {t: v for t, v in meant.items() if t.casefold() not in asked or target not in draft.values}
        values[target] = rest | values.get(target, {})
    used = {folded(one) for names in columns.values() for one in names}
    ignored = [column for column in seen.columns if folded(column) not in used]
    before = [one for names in base.ignore.values() for one in names] if base else []
    said = {
        "title": draft.title or name.replace("_", " ").capitalize(),
        "record": draft.record,
        "columns": columns,
        "values": {t: v for t, v in values.items() if v and (t in columns or t in compute)},
        "compute": compute,
        "timezone": draft.timezone,
        "order": draft.order,
        "moment": draft.moment,
        "full": draft.full,
        "recognise": draft.recognise or telling(columns, draft.record, known, name),
        "ignore": {"columns": list(dict.fromkeys([*before, *ignored]))},
        "rows": [seen.rows] if seen.rows is not None else [],
    }
    kept = base.model_dump(exclude_defaults=True, exclude={"name", *said}) if base else {}
    return Source(name=name, **kept, **said)


def starts(target: str, draft: Draft) -> str:
    """The record column from which a duration is counted to an end."""
    own = re.sub("_ended_at$", "_started_at", target)
    return own if own != target and own in draft.columns else RECORDS[draft.record].placed_by or ""


def ends(record: str) -> list[str]:
    """The record columns that may be told as how long it was until then: times that lie after a start."""
    about = RECORDS[record]
    return [c for c in about.checks if about.columns[c].type == "time" and about.placed_by not in (None, c)]


def days_beside(seen: Look, clock: str) -> list[str]:
    """The columns of dates without a time that a column of times of day may belong to: the nearest on its left first."""
    names = list(seen.columns)
    days = [n for n, name in enumerate(names) if seen.columns[name].days > 0.8]
    at = names.index(clock)
    return [names[n] for n in sorted(days, key=lambda n: (n > at, abs(at - n)))]


def durations(seen: Look) -> list[tuple[str, str]]:
    """The columns that may say how long something was: with the unit of their plain numbers, each that it may be where
    nothing says; "" where they are written with one."""
    found = []
    for column in seen.columns.values():
        words = _words(column.name).split()
        named = bool(re.search(DURATION, " ".join(words)))
        stated = [unit for unit, names in LASTED.items() if not {*words}.isdisjoint(names)]
        if is_clock(column) and not named:
            continue
        if column.samples and all(re.match(WRITTEN_OUT, one, re.IGNORECASE) for one in column.samples):
            found.append((column.name, ""))
        elif column.numbers > 0.8 and (stated or named):
            found += [(column.name, unit) for unit in stated or LASTED]
    return found


def is_clock(column: Seen) -> bool:
    """Whether a column holds times of day."""
    return column.clocks > 0.8


def telling(columns: dict[str, list[str]], record: str, known: dict[str, Source], name: str) -> list[str]:
    """The mapped columns that tell this export from others: those that few sources know, the required ones among them."""
    required = [columns[c][0] for c in (*RECORDS[record].required, "key_1", "key_2") if c in columns]
    others = [
        {folded(a) for names in (*s.columns.values(), *s.ignore.values()) for a in names}
        for s in known.values()
        if s.name != name
    ]
    rest = sorted(
        (names[0] for names in columns.values()), key=lambda one: sum(folded(one) in s for s in others)
    )
    return list(dict.fromkeys([*required, *rest]))[: max(4, len(required))]


def _sql(value: Value) -> str:
    return literal(value if isinstance(value, str) else str(value).lower())


def lacking(source: Source) -> list[str]:
    """The required columns that a source gives nothing for."""
    return [c for c in RECORDS[source.record].required if c not in source.columns and c not in source.compute]


def no_downtime(source: Source, outage_severity: int) -> str:
    """Why no hours of downtime will come of a list of incidents, in words; empty where they can, or it is another list."""
    told = {*source.columns, *source.compute}
    if source.record != "incident":
        return ""
    if "impact" not in told and not (outage_severity and "severity" in told):
        return (
            "No hours of downtime will come of it: nothing says which of them were outages. Map its impact, or say what "
            "every row is."
        )
    if not told & {"outage_ended_at", "restored_at"}:
        return (
            "No hours of downtime will come of it: nothing says when one ended. Map until when it was down, or restored, "
            "or how long it was."
        )
    return ""


def preview(seen: Look, source: Source, asked: Asked, data: Path) -> Checked:
    """What the first rows would become by a source, in the organisation's currency and time zone."""
    with TemporaryDirectory() as folder:
        if (settings := data / "settings.toml").is_file():
            shutil.copy(settings, folder)
        file = Path(folder) / "first.csv"
        with file.open("w", newline="", encoding="utf-8") as written:
            csv.writer(written).writerows([list(seen.columns), *seen.first])
        flat = source.model_copy(update={"rows": []})
        # A row without a time of its own would be asked about at each change of the mapping.
        moment = asked.as_of or (None if "effective_at" in source.columns else now())
        said = Asked(source=source.name, as_of=moment, dates=asked.dates)
        with trial([file], Path(folder), asked=said, known={source.name: flat}, first=50) as tried:
            checked = tried.checked[0]
    rejects = [one | {"row": seen.numbers[one["row"] - 2]} for one in checked.rejects]
    error = checked.outcome.error and _as_in_the_file(checked.outcome.error, seen)
    return replace(checked, rejects=rejects, outcome=replace(checked.outcome, error=error))


def _as_in_the_file(error: str, seen: Look) -> str:
    """A message about a cell of the first rows, with the number of its row in the file."""
    rows = {str(row): str(number) for row, number in enumerate(seen.numbers, 2)}
    columns = "|".join(map(re.escape, seen.columns))
    return re.sub(rf"(?<=\brow )(\d+)(?=, (?:{columns}))", lambda found: rows.get(found[1], found[1]), error)


def as_toml(source: Source) -> str:
    """A source as the file it is kept in."""
    return tomli_w.dumps(source.model_dump(exclude_defaults=True, exclude={"name"}), multiline_strings=False)


def save(source: Source, data: Path) -> Path:
    """Keep a source in DATA/sources/<record>/<name>.toml, read back before it counts; NotReady where it cannot be."""
    if not NAME.fullmatch(source.name):
        raise NotReady(
            f"{source.name!r} cannot be a name: it begins with a letter and holds only a-z, 0-9 and _, up to 40."
        )
    held = sorted((data / "sources").glob(f"*/{source.name}.toml"))
    if other := next((file for file in held if file.parent.name != source.record), None):
        raise NotReady(f"{source.name} is the name of a source of {other.parent.name} records already.")
    folder = data / "sources" / source.record
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=".saving-") as beside:
        written = Path(beside) / f"{source.name}.toml"
        written.write_text(as_toml(source), "utf-8")
        if read_source(written) != source:
            raise AssertionError(f"The source {source.name} reads back as another one")
        return written.replace(folder / written.name)
