"""From a table of text to typed columns and refused cells, in one pass of SQL.

A value that cannot be used is never guessed at: the cell is null and is listed with its column, text and
reason. Only SQL from our own lists and from source files stands in the statement; cells stay data.
"""

import re
from collections.abc import Collection
from collections.abc import Mapping as Readings
from dataclasses import dataclass, replace

from pipelines import amounts, numbers
from pipelines.dates import (
    BEYOND,
    EARLIEST,
    EXAMPLE,
    LATEST,
    beyond,
    day_at,
    end_at,
    local,
    macros,
    quick,
    time_after,
    whole_day,
    without_midnight,
    written_order,
)
from pipelines.readers.json import taken
from pipelines.readers.table import SHEET, literal
from pipelines.records import LARGEST, RECORDS, SQL_TYPES, Column, Record
from pipelines.source import Mapping, Source, currency, zone

CARRIED_COLUMNS = {
    "key": Column(help="what it is referred to by; a later row with the same reference is its update"),
    "effective_at": Column(
        "time", help="the day on which the row was true; the same row of a later day is its update"
    ),
    "sequence": Column("integer"),
}
MARK = "\x1f"  # before the zone or the currency that a column's name states
ZONED = r"(?i):\d\d.*(?:z|[+-]\d{1,2}(?::?\d\d)?|\b[a-z]{3,5}|/\w+)[\])]?$|^\d{8,}|\dz$"
CLOCK = "%[HIcXsQ]"  # in a format, where a time of day is told
NO_TIME = "not a date or time"
REFUSED = 'struct_pack("column" := {}, "value" := {}, reason := {}, required := {})'


@dataclass(frozen=True)
class Times:
    """How the texts of one load's times are read: the order of day and month, the organisation's zone, columns of days."""

    source: Source
    order: str | None
    home: str
    days: Collection[str]

    def usual(self, name: str, column: Column) -> str:
        """What is quick to read, and what only this source writes; the rest is left to the macro."""
        text, zone = self._text(name), self.source.timezone
        read = [quick(text, self.order, zone, self.home, column.ends)]
        own = [literal(date) for date in self.source.dates if not written_order(date)]
        for dates, of_days in (
            ([date for date in own if re.search(CLOCK, date)], False),
            ([date for date in own if not re.search(CLOCK, date)], True),
        ):
            if dates:
                told = f"try_strptime({text}, [{', '.join(dates)}])"
                read.append(whole_day(told, self.home, column.ends) if of_days else local(told, zone))
        return f"coalesce({', '.join(read)})" if len(read) > 1 else read[0]

    def any_style(self, name: str, column: Column) -> str:
        return f"{'end_of' if column.ends else 'time_of'}({self._text(name)})"

    def _text(self, name: str) -> str:
        return f'"d:{name}"' if name in self.days else f'"t:{name}"'


def quoted(name: str) -> str:
    """An identifier, quoted."""
    return '"' + name.replace('"', '""') + '"'


def trimmed(cell: str) -> str:
    """SQL: a cell without the spaces around it. `trim` looks at every sign of a text; most show at their ends, and by
    holding ASCII alone, that they need none."""
    if not cell.isidentifier():
        return f"trim({cell})"
    plain = f"{cell} >= '!' and not suffix({cell}, ' ') and strlen({cell}) = length({cell})"
    return f"case when {plain} then {cell} else trim({cell}) end"


# A window over parts of a table, or in an order, which leaves the rows in another one.
PARTED = re.compile(r"\bover\s*\(\s*[^)\s]", re.IGNORECASE)

# How the reasons of values begin that a mapping can tell.
NO_MEANING = ("not a value this source knows", "not one of")


def macros_sql(mapping: Mapping, order: str | None, home: str, styled: Collection[str] | None = None) -> str:
    """The statements that make the macros which a source's SQL and `stage_sql` use, but for those of `amounts`.

    styled: as for `stage_sql`. The others are not made: each of them takes 8 ms.
    """
    source = mapping.source
    written = " ".join([*source.compute.values(), source.set_aside]).lower()
    names = set(re.findall(r"\b(?:(?:time|end|day|seconds)_of|day_at|end_at|time_after)\b", written))
    needed = {"time_after": {"time_of", "seconds_of"}, "end_at": {"time_of", "day_at"}}
    names |= {other for name in names & needed.keys() for other in needed[name]}
    for name, column in _filled(mapping).items():
        if column.type == "time" and (styled is None or name in styled):
            names.add("end_of" if column.ends else "time_of")
    if source.stated:
        names.add("time_of")
    dates = macros(source.timezone, order, mapping.table.since, home, names)
    durations = numbers.macros() if "seconds_of" in names else []
    made = {"day_at": day_at(), "end_at": end_at(source.timezone), "time_after": time_after()}
    return "; ".join([*dates, *durations, *(sql for name, sql in made.items() if name in names)])


def stage_sql(
    mapping: Mapping,
    target: str,
    now: str,
    home: str,
    order: str | None = None,
    styled: Collection[str] | None = None,
    days: Collection[str] = (),
    readings: Readings[str, amounts.Reading] | None = None,
) -> str:
    """The statement that makes the temporary table `target` from a mapped table.

    target: set_aside, rejected (flags), bad (list of refused cells; required: for them the row is rejected), and of key,
    effective_at, sequence and the record kind's columns those that are filled, typed; its rowid follows the file.
    now: SQL timestamp after which no row can have been updated. home: the organisation's zone. order: of day and month
    in figures, as for `macros_sql`, which comes first. styled: columns whose times may be in any style, None for all; the
    others are of the few most usual, since a column of any takes 10 ms to prepare. days: columns that hold dates, of
    which a midnight without a zone states no time. readings: columns whose numbers may be in any style, and how
    they are read; of the others only plain ones are taken.
    """
    source, record, readings = mapping.source, RECORDS[mapping.source.record], readings or {}
    used = list(dict.fromkeys(column for held in mapping.mapped.values() for column in held))
    mapping = replace(mapping, table=taken(mapping.table, used))
    columns, given = {**CARRIED_COLUMNS, **record.columns}, _filled(mapping)
    checks = {c: check for c, check in _checks(record, now).items() if c in given}
    times = Times(source, order, home, days)
    written = " ".join([*source.compute.values(), source.set_aside])
    place = ['"n:place"'] if PARTED.search(written) else []
    layers = {
        "text": [
            "*",
            *(f"row_number() over () as {name}" for name in place),
            *(f"{_text(mapping, n)} as {quoted(n)}" for n in source.columns),
        ],
        "given": ["*", *(f"{_given(source, c)} as {quoted('t:' + c)}" for c in given)],
        "sorted": [
            "*",
            f"{_aside(mapping, given)} as aside",
            *(f"{without_midnight(quoted('t:' + c))} as {quoted('d:' + c)}" for c in given if c in days),
        ],
        "parsed": [
            "*",
            *(
                f'{_parsed(c, column, source, times, readings.get(c))} as "p:{c}"'
                for c, column in given.items()
            ),
        ],
        "typed": [
            *(
                f"{_bounded(c, column, times, styled is None or c in styled) if c in given else 'null'}::{SQL_TYPES[column.type]} as {quoted(c)}"
                for c, column in columns.items()
            ),
            *(quoted("t:" + c) for c in given),
            "aside",
            *place,
        ],
        "counted": [
            "* replace ("
            + ", ".join(
                f"case when {condition} then {c} end as {c}" for c, condition in record.counts_only.items()
            )
            + ")"
            if record.counts_only
            else "*",
            *(f'("t:{c}" is not null and {quoted(c)} is null) as "b:{c}"' for c in given),
        ],
        "checked": [
            "*",
            *(f'not coalesce({condition}, true) as "x:{c}"' for c, (condition, _) in checks.items()),
        ],
    }
    steps, below = [], mapping.table.relation
    for layer, listed in layers.items():
        steps.append(f"{quoted(layer)} as (select {', '.join(listed)} from {below})")
        below = quoted(layer)
    final = [
        f'case when not "x:{c}" then {quoted(c)} end as {quoted(c)}' if c in checks else quoted(c)
        for c in given
    ]
    layered = ",\n".join(steps)
    return (
        f"create or replace temp table {target} as with {layered}\n"
        f"select aside as set_aside, not aside and ({_rejected(record, source, given, checks)}) as rejected, "
        f"{_bad(mapping, record, given, checks, readings)} as bad, {', '.join(final)} from checked"
        + "".join(f" order by {name}" for name in place)
    )


def staged_sql(mapping: Mapping, target: str) -> str:
    """What stands in the table that `stage_sql` makes, with all columns of the record, for a select."""
    given = _filled(mapping)
    columns = [
        quoted(c) if c in given else f"null::{SQL_TYPES[column.type]} as {quoted(c)}"
        for c, column in {**CARRIED_COLUMNS, **RECORDS[mapping.source.record].columns}.items()
    ]
    return f"set_aside, rejected, bad, {', '.join(columns)} from {target}"


def _filled(mapping: Mapping) -> dict[str, Column]:
    """The columns of the record that the export, or what is computed of it, fills."""
    columns = {**CARRIED_COLUMNS, **RECORDS[mapping.source.record].columns}
    return {c: column for c, column in columns.items() if c in mapping.mapped or c in mapping.source.compute}


def number_columns(mapping: Mapping) -> dict[str, Column]:
    """The record's columns whose numbers are read from an export's text."""
    source = mapping.source
    return {
        name: column
        for name, column in {**CARRIED_COLUMNS, **RECORDS[source.record].columns}.items()
        if column.type in ("number", "integer")
        and name not in source.values
        and (name in mapping.mapped or name in source.compute)
    }


def given_sql(mapping: Mapping, target: str, columns: Collection[str]) -> str:
    """The statement that holds the texts of columns of the record in the temporary table `target`, as f0, f1, …,
    whose rowid follows the file."""
    used = list(dict.fromkeys(column for held in mapping.mapped.values() for column in held))
    mapping = replace(mapping, table=taken(mapping.table, used))
    texts = ", ".join(f"{_text(mapping, n)} as {quoted(n)}" for n in mapping.source.columns)
    given = ", ".join(f"{_given(mapping.source, c)} as f{place}" for place, c in enumerate(columns))
    return (
        f"create or replace temp table {target} as with text as "
        f"(select *, {texts} from {mapping.table.relation}) select {given} from text"
    )


def _text(mapping: Mapping, column: str) -> str:
    """The first filled cell of the columns that hold it; of a list, those of one repeated name together."""
    record, table = RECORDS[mapping.source.record], mapping.table
    several = column in record.columns and record.columns[column].type == "list"
    groups: dict[str, list[str]] = {}
    for found in mapping.mapped.get(column, []):
        cell = trimmed(table.cells[found])
        # Databases write NULL. Each nullif around another would double what DuckDB has to prepare.
        nothing = ", ".join(map(literal, ("", "NULL", *mapping.source.null)))
        cell = f"case when {cell} not in ({nothing}) then {cell} end"
        if table.nested and _holds(found, mapping.source.columns.get(column, [])):
            # What is empty inside it is not the object as a whole.
            cell = f"case when {cell} not like '{{%' or not json_valid({cell}) then {cell} end"
        stated = zone(table.repeats.get(found, found))
        if (
            stated
            and stated.casefold() != mapping.source.timezone.casefold()
            and _may_be_time(column, record)
        ):
            cell = f"case when regexp_matches({cell}, {literal(ZONED)}) then {cell} else {cell} || {literal(MARK + stated)} end"
        if money := _money(column, record) and currency(table.repeats.get(found, found)):
            cell = f"{cell} || {literal(MARK + money)}"
        groups.setdefault(table.repeats.get(found, found) if several else found, []).append(cell)
    cells = [
        c[0] if len(c) == 1 else f"nullif(concat_ws(chr(10), {', '.join(c)}), '')" for c in groups.values()
    ]
    return f"coalesce({', '.join(cells)})" if len(cells) > 1 else (cells or ["null::varchar"])[0]


def _holds(path: str, others: Collection[str]) -> bool:
    """Whether another of the paths that a column is read from lies within this one."""
    return any(other.casefold().startswith(f"{path}.".casefold()) for other in others)


def _may_be_time(column: str, record: Record) -> bool:
    return column not in record.columns or record.columns[column].type == "time"


def _money(column: str, record: Record) -> bool:
    return column in record.columns and record.columns[column].unit == "money"


def currencies(mapping: Mapping) -> dict[str, str]:
    """The headers of amounts that state their currency -> that currency."""
    record, repeats = RECORDS[mapping.source.record], mapping.table.repeats
    headers = [h for c, held in mapping.mapped.items() if _money(c, record) for h in held]
    return {h: stated for h in headers if (stated := currency(repeats.get(h, h)))}


def _given(source: Source, column: str) -> str:
    """The text that is converted: the mapped one, or what is computed; a moment of `time_of` is in UTC."""
    computed = source.compute.get(column)
    if computed is None:
        return quoted(column)
    if "time_of" not in computed:
        return f"({computed})::varchar"
    return f"case when typeof({computed}) = 'TIMESTAMP' then replace(({computed})::varchar, ' ', 'T') || 'Z' else ({computed})::varchar end"


def _aside(mapping: Mapping, given: dict[str, Column]) -> str:
    """Rows with nothing in any column that is mapped (blank lines, notes), and what the source sets aside."""
    empty = " and ".join(f"{quoted(n)} is null" for n, held in mapping.mapped.items() if held != [SHEET])
    # A key that is made of several columns is not null where they are.
    written = "key" in given and "key" not in mapping.source.compute
    aside = f'case when "t:key" is null then {empty} else false end' if written else f"({empty})"
    stated = [f"coalesce({told}, false)" for told in (mapping.source.set_aside, mapping.table.aside) if told]
    return " or ".join([aside, *stated])


def _parsed(name: str, column: Column, source: Source, times: Times, reading: amounts.Reading | None) -> str:
    """The text as a value of the column's type, or null; whether it is allowed is for _bounded."""
    text = f'"t:{name}"'
    if name in source.values:
        cases = [
            f"when {literal(k.strip().casefold())} then {_value(v)}" for k, v in source.values[name].items()
        ]
        return f"case lower({text}) {' '.join(cases)} end"
    match column.type:
        case "text":
            return text
        case "time":
            return times.usual(name, column)
        case "list":
            return _list(text, column.separators)
        case "flag":
            return _flag(text)
    return amounts.read(text, reading, column) if reading else amounts.plain(text)


def _bounded(name: str, column: Column, times: Times, any_style: bool) -> str:
    value, conditions = f'"p:{name}"', []
    if column.type == "time":
        text = f'"t:{name}"'
        general = times.any_style(name, column) if any_style else "null"
        return f"case when {value} between {EARLIEST} and {LATEST} then {value} when {text} is not null then {general} end"
    if column.type == "number":
        conditions.append(f"abs({value}) < {LARGEST}")
    if column.type == "integer":
        conditions.append(f"{value} = floor({value}) and abs({value}) < 9e15")
    if column.allowed:
        conditions.append(f"{value} in ({', '.join(map(_value, column.allowed))})")
    if column.low is not None:
        conditions.append(f"{value} >= {column.low}")
    if column.high is not None:
        conditions.append(f"{value} <= {column.high}")
    return f"case when {' and '.join(conditions)} then {value} end" if conditions else value


def _value(value: str | int | float | bool) -> str:
    return literal(value) if isinstance(value, str) else str(value).lower()


def _flag(text: str) -> str:
    yes, no = (", ".join(map(literal, words.split())) for words in (numbers.YES, numbers.NO))
    return f"case when lower({text}) in ({yes}) then true when lower({text}) in ({no}) then false end"


def _list(text: str, separators: str) -> str:
    items = (
        f"case when {text}[1] = '[' then try(cast(from_json({text}, '[\"VARCHAR\"]') as varchar[])) "
        f"else string_split_regex({text}, {literal(separators)}) end"
    )
    several = f"list_sort(list_distinct(list_filter(list_transform({items}, lambda i: trim(i)), lambda i: i <> '')))"
    one = f"{text}[1] <> '[' and not regexp_matches({text}, {literal(separators)})"
    return f"case when {one} then [{text}] else {several} end"


def _checks(record: Record, now: str) -> dict[str, tuple[str, str]]:
    return {**record.checks, "effective_at": (f"effective_at <= {now}", "in the future")}


def _bad(
    mapping: Mapping,
    record: Record,
    given: dict[str, Column],
    checks: dict[str, tuple[str, str]],
    readings: Readings[str, amounts.Reading],
) -> str:
    """The list of a row's refused cells; null where there are none, which is cheap to find."""
    marks, cells = [], []
    zoned, money = any(map(zone, mapping.table.columns)), currencies(mapping)
    for c, column in given.items():
        told = (
            f"""split_part("t:{c}", {literal(MARK)}, 1)"""
            if (zoned and column.type == "time") or (money and column.unit == "money")
            else f'"t:{c}"'
        )
        shown, required = literal(headed(mapping, c)), str(c in record.required).lower()
        if column.type != "text" or column.allowed or c in mapping.source.values:
            marks.append(f'"b:{c}"')
            reason = _reason(c, column, mapping.source)
            why = (
                amounts.why_not(f'"t:{c}"', readings[c], column, reason) if c in readings else literal(reason)
            )
            if column.type == "time" and c not in mapping.source.values:
                why = f"case when {beyond(told)} then {literal(BEYOND)} else {why} end"
            cells.append((f'"b:{c}"', REFUSED.format(shown, told, why, required)))
        if c in checks:
            marks.append(f'"x:{c}"')
            cells.append((f'"x:{c}"', REFUSED.format(shown, told, literal(checks[c][1]), required)))
    for c in _needed(record, mapping.source):
        empty = f'"t:{c}" is null' if c in given else "true"
        marks.append(empty)
        shown = literal(headed(mapping, c))
        cells.append((empty, REFUSED.format(shown, "null", literal("is empty"), "true")))
    listed = ", ".join(f"case when {mark} then {cell} end" for mark, cell in cells)
    return f"case when not aside and ({' or '.join(marks)}) then list_filter([{listed}], lambda b: b is not null) end"


def _needed(record: Record, source: Source) -> list[str]:
    """The required columns that the export itself has to fill."""
    return [c for c in record.required if c not in source.unstated]


def _rejected(
    record: Record, source: Source, given: dict[str, Column], checks: dict[str, tuple[str, str]]
) -> str:
    """Whether a required column cannot be used."""
    missing = [f'"t:{c}" is null' if c in given else "true" for c in _needed(record, source)]
    wrong = [f'"b:{c}"' for c in record.required if c in given]
    return " or ".join([*missing, *wrong, *(f'"x:{c}"' for c in record.required if c in checks)])


def headed(mapping: Mapping, column: str) -> str:
    """A record column as refused cells name it: by the export's first column for it, or those that tell it together."""
    parts = [n for n in mapping.source.columns if re.fullmatch(rf"{column}_(day|clock|lasted|\d+)", n)]
    told = [mapping.mapped[one][0] for one in parts if mapping.mapped.get(one)]
    return mapping.mapped[column][0] if mapping.mapped.get(column) else " and ".join(told) or column


def _reason(name: str, column: Column, source: Source) -> str:
    if name in source.values:
        return f"{NO_MEANING[0]} (it knows {_some([*source.values[name]])})"
    if column.allowed:
        return f"{NO_MEANING[1]} {_some([str(value) for value in column.allowed])}"
    if "time_after(" in source.compute.get(name, ""):
        return f"{NO_TIME}, nor a duration that leads to one, such as 90 or 1 h 30 min"
    if column.type == "time":
        return f"{NO_TIME}, such as {EXAMPLE:%Y-%m-%d %H:%M:%S}"
    if column.low is not None:
        to = f"to {column.high:g}" if column.high is not None else f"below {LARGEST}"
        return f"not a number from {column.low:g} {to}"
    return {"list": "not a list", "flag": "neither yes nor no"}.get(column.type, "not a number")


def _some(texts: list[str], most: int = 8) -> str:
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
