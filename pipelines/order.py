"""Whether an export writes the day or the month first, where its dates stand in figures.

The whole file shows it (a figure above 12 in any of its dates), else the source or a person says it. It is never
guessed: 03/04/2026 read the wrong way is a wrong number that nothing else will show.
"""

import re
from dataclasses import dataclass

import duckdb

from pipelines.convert import CARRIED_COLUMNS, NO_TIME
from pipelines.dates import FIGURES, YEAR_FIRST, at_midnight, quick, written_order
from pipelines.errors import Question, Refused
from pipelines.readers.json import taken
from pipelines.readers.table import cut, literal
from pipelines.records import RECORDS
from pipelines.source import Mapping, Recognition, Source, zone

WORDS = {"dmy": "day first", "mdy": "month first"}
EXPORT_ISO = "Export it with dates like 2026-12-31."


@dataclass(frozen=True)
class Shown:
    """A date of the export: where it stands, and as it stands."""

    sheet: str
    row: int
    column: str
    text: str

    def __str__(self) -> str:
        sheet = f'sheet "{cut(self.sheet)}", ' if self.sheet else ""
        return f"{sheet}row {self.row}, {self.column}, {cut(self.text)!r}"


def _fed(mapping: Mapping) -> dict[str, list[str]]:
    """The record's time columns -> the table's columns that they are made of; "" -> those that `time_of` and `day_of` read."""
    source, fed = mapping.source, {}
    kinds = {**CARRIED_COLUMNS, **RECORDS[source.record].columns}
    for name in {*mapping.mapped, *source.compute} & {*kinds}:
        sql = source.compute.get(name)
        if kinds[name].type == "time" or re.search(r"\b(time|day)_of\b", sql or ""):
            names = re.findall(r"\w+", _dates(sql)) if sql else [name]
            at = name if kinds[name].type == "time" else ""
            fed.setdefault(at, []).extend(c for n in names for c in mapping.mapped.get(n, []))
    return fed


def _dates(sql: str) -> str:
    """SQL without the times of day in it: 08.30.00 is no date. Beside durations dates may stand."""
    sql = re.sub(r"(day_at\(\w+), \w+", r"\1", sql)
    return re.sub(r"(end_at\(.*), \w+\)$", r"\1)", sql)


def time_columns(mapping: Mapping) -> list[str]:
    """The table's columns that hold times: mapped to one, or named where one is computed."""
    return sorted({column for columns in _fed(mapping).values() for column in columns})


def looked(con: duckdb.DuckDBPyConnection, mapping: Mapping) -> tuple[set[str], bool, set[str]]:
    """What the rows of a table show: its record's times that are in unusual styles, whether there are dates in figures,
    and its record's times that are dates, told as midnights."""
    table, zone_of_source = mapping.table, mapping.source.timezone
    columns = time_columns(mapping)
    if not columns:
        return set(), False, set()
    cells = ", ".join(f"nullif(trim({table.cells[c]}), '') as f{n}" for n, c in enumerate(columns))
    texts = [f"f{n}" for n in range(len(columns))]
    usual = ", ".join(
        f"coalesce(bool_or({text} is not null and {quick(text, None, zone_of_source, zone_of_source)} is null), false)"
        for text in texts
    )
    figures = " or ".join(f"regexp_matches({text}, {literal(FIGURES)})" for text in texts)
    midnights = ", ".join(
        f"""case when bool_or(contains({text}, ':') and not {at_midnight(text)}) then 'clock'
        when bool_or({at_midnight(text)}) then 'midnight' end"""
        for text in texts
    )
    *found, shown = con.execute(
        f"select {usual}, {midnights}, coalesce(bool_or({figures}), false) from (select {cells} from {table.relation})"
    ).fetchall()[0]
    unusual, told = found[: len(columns)], dict(zip(columns, found[len(columns) :], strict=True))
    odd = {c for c, is_so in zip(columns, unusual, strict=True) if is_so or zone(table.repeats.get(c, c))}
    fed = {name: made_of for name, made_of in _fed(mapping).items() if name}
    days = {
        name
        for name, made_of in fed.items()
        if name not in mapping.source.compute
        and "midnight" in (clocks := {told[c] for c in made_of})
        and "clock" not in clocks
    }
    return {name for name, made_of in fed.items() if not odd.isdisjoint(made_of)}, shown, days


def held(con: duckdb.DuckDBPyConnection, mapping: Mapping, target: str) -> None:
    """The texts of a table's time columns as the temporary table `target`, whose rowid follows the file."""
    columns = time_columns(mapping)
    table = taken(mapping.table, columns)
    cells = ", ".join(f"{table.cells[c]} as f{place}" for place, c in enumerate(columns))
    con.execute(f"create or replace temp table {target} as select {cells} from {table.relation}")


def evidence(con: duckdb.DuckDBPyConnection, mapping: Mapping, target: str) -> dict[str, Shown]:
    """What a table held in `target` shows: the first date that only fits day first ("dmy"), that only fits month first
    ("mdy"), that fits both ways with another meaning ("both"), and that may begin with its year ("year")."""
    first: dict[str, Shown] = {}
    for place, column in enumerate(time_columns(mapping)):
        told = con.execute(
            f"""with figures as (
              select {mapping.table.row} as row, f{place} as text,
                try_cast(regexp_extract(f{place}, {literal(FIGURES)}, 1) as integer) as one,
                try_cast(regexp_extract(f{place}, {literal(FIGURES)}, 2) as integer) as two
              from {target} where regexp_matches(f{place}, {literal(FIGURES)}))
            select case when regexp_matches(text, {literal(YEAR_FIRST)}) and two between 1 and 12 then 'year'
                when one between 13 and 31 and two between 1 and 12 then 'dmy'
                when two between 13 and 31 and one between 1 and 12 then 'mdy'
                when one <> two and greatest(one, two) <= 12 and least(one, two) >= 1 then 'both' end as what,
              min(row), arg_min(text, row)
            from figures group by what having what is not null"""
        ).fetchall()
        for what, row, text in told:
            shown = Shown(mapping.table.name, row, mapping.table.repeats.get(column, column), text.strip())
            if what not in first or row < first[what].row:
                first[what] = shown
    return first


def documented_order(source: Source) -> str:
    """The order in which a source says that its tool writes; "" where it does not."""
    return source.order or next((o for o in map(written_order, source.dates) if o), "")


def shown_order(recognition: Recognition) -> str:
    """The order in which the workbook shows its dates; "" where it shows none, or both."""
    shown = {mapping.table.order for mapping in recognition.mappings} - {""}
    return shown.pop() if len(shown) == 1 else ""


def decided(shown: dict[str, Shown], source: Source, asked: str | None) -> tuple[str | None, str]:
    """The order, and what a person is told of it; None where no date stands in figures.

    Question where nothing says it; Refused where the file contradicts itself or the person.
    """
    documented = documented_order(source)
    if "dmy" in shown and "mdy" in shown:
        if not asked:
            raise Refused(
                f"Its dates are written in two ways: {shown['dmy']} fits only with the day first, "
                f"{shown['mdy']} only with the month first.",
                EXPORT_ISO,
            )
        return asked, f"dates in figures read {WORDS[asked]}, as was said; those that do not fit are refused"
    for order in ("dmy", "mdy"):
        if order in shown:
            if asked and asked != order:
                raise Refused(
                    f"Its dates are not {WORDS[asked]}: {shown[order]} fits only {WORDS[order]}.",
                    f"Load it without --dates, or with --dates {order}.",
                )
            return order, f"dates in figures read {WORDS[order]}: {shown[order]} fits only so"
    if "both" not in shown and "year" not in shown:
        return asked or documented or "dmy", ""
    if asked:
        return asked, f"dates in figures read {WORDS[asked]}, as was said"
    if documented:
        return documented, f"dates in figures read {WORDS[documented]}, as {source.name} writes them"
    if "year" in shown:
        raise Question(
            f"Its dates do not say whether the year comes first or last: {shown['year']}. Where it is first: {EXPORT_ISO}",
            "dates",
            ["dmy", "mdy"],
        )
    raise Question(
        f"Its dates do not say whether the day or the month comes first: {shown['both']}, and no other one has a figure above 12.",
        "dates",
        ["dmy", "mdy"],
    )


def refused_times(con: duckdb.DuckDBPyConnection, staged: str) -> tuple[set[str], bool]:
    """Of staged rows' refused cells that are no date or time: the columns they stand in, and whether any is in figures."""
    told = con.execute(
        f"""select b."column", bool_or(regexp_matches(b."value", {literal(FIGURES)}))
        from (select unnest(bad) as b from ({staged}) where bad is not null)
        where starts_with(b.reason, {literal(NO_TIME)}) group by all"""
    ).fetchall()
    return {column for column, _ in told}, any(figures for _, figures in told)
