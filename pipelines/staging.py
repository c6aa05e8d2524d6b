"""From a file to the view `stage`: one export recognised, mapped and converted, or refused. Nothing is kept yet."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb

from pipelines import marks
from pipelines.amounts import Reading, macro
from pipelines.convert import currencies, given_sql, headed, macros_sql, number_columns, stage_sql, staged_sql
from pipelines.corrections import refuse_wrong
from pipelines.dates import EITHER, home
from pipelines.errors import Question, Refused
from pipelines.look import Look, share
from pipelines.mending import taken_back
from pipelines.order import decided, documented_order, evidence, held, refused_times, shown_order
from pipelines.parts import counted, open_still
from pipelines.readers import tables
from pipelines.readers.table import called, cut, literal
from pipelines.source import NOTHING, Mapping, Recognition, Source, percent, placed, recognise
from pipelines.stated import patterned, worded
from pipelines.totals import totals
from pipelines.unstated import fills, first_taken, unsaid

USABLE = 0.5  # of an export's values: where fewer can be used, it is doubted that it was recognised rightly

PART = "of the file: "


def part_named(file: str, notes: Sequence[str] | None) -> str:
    """A load's file, with the sheets or tables of it where others of them are loads of their own."""
    told = () if notes is None else notes
    part = next((note.removeprefix(PART) for note in told if note.startswith(PART)), "")
    return f"{file} ({part})" if part else file


def read(
    con: duckdb.DuckDBPyConnection, work: Path, file: Path, row: dict, known: dict[str, Source]
) -> Recognition:
    """Recognise, map and convert one export into the view `stage`; Refused where it cannot be used.

    row: becomes the export's line in the load table. The snapshot itself is not touched.
    """
    paths = {path for source in known.values() for path in source.rows}
    if file.is_dir():
        raise Refused("It is a folder.", f"Name the files in it: {file}/*")
    if file.exists() and not file.is_file():
        raise Refused("It is a pipe or a device.", "Save what it gives to a file, and load that.")
    if not file.is_file():
        raise Refused("There is no such file.", f"Check its name and folder: {called(str(file))}")
    if re.search("[\ud800-\udfff]", str(file)):
        raise Refused("Its name holds bytes that are no text.", "Give it another name, and load it again.")
    found = tables(file, con, work, row["file"], paths, row["asked"].encoding, row["asked"].delimiter)
    found = taken_back(con, found, row, known)
    look = Look(con)
    because = "other tables of the file are other sources'" if row["asked"].beside else "as was said"
    recognition = recognise(found, known, row["asked"].source, look.usable, look.alike, because)
    source = recognition.source
    row |= {"source": source.name, "record": source.record, "instance": row["instance"] or source.name}
    _refuse_foreign_instance(con, row)
    notes = _stage(con, file, recognition, row, look)
    if source.record == "correction":
        refuse_wrong(con)
    # Mended rows are no complete state, but they stand among those that are.
    row |= {"in_order": source.full, "full": source.full and not row["asked"].mends}
    why = open_still(con, recognition, row) if row["full"] else ""
    row["part"] = bool(why)
    if why:
        notes.append(f"what it does not list stays open: {why}")
    row["notes"] = [note for m in recognition.mappings for note in m.table.notes] + notes
    if row["asked"].beside or (recognition.others and not _chosen(row)):
        where = " and ".join(placed(m.table) for m in recognition.mappings)
        row["notes"].insert(0, f"{PART}{where}")
    headers = {h: stated for m in recognition.mappings for h, stated in currencies(m).items()}
    row["notes"] += [
        f"amounts of {cut(h)} taken to be in {stated}, as it says" for h, stated in headers.items()
    ]
    row["notes"] += [f"left aside: {sheet}" for sheet in recognition.passed_over]
    if not _chosen(row):
        row["notes"] += [
            f"a load of its own: {' and '.join(t)}, which is {o}" for o, t in recognition.others.items()
        ]
    row["lost"] = _lost(recognition, row)
    row["split"] = [(m.table.name, *r) for m in recognition.mappings for r in m.table.rejects]
    row["totals"] = totals(recognition) + counted(con, recognition)
    _refuse_useless(con, row["split"], source.name, bool(row["asked"].source))
    sound = share(con, "stage", len(recognition.mappings[0].mapped))
    if sound < USABLE and not row["asked"].source:
        _refuse_doubtful(con, source)
    return replace(recognition, why=f"{recognition.why}; {percent(sound)} of its values can be used")


def _lost(recognition: Recognition, row: dict) -> list[str]:
    """What no load of the file takes in, though it seems to hold records."""
    unread = {note for m in recognition.mappings for note in m.table.unread}
    return [
        *sorted(unread),
        *recognition.lost,
        *(
            f"Left aside: {' and '.join(where)}. Load the file again with --source {other}, which reads it."
            for other, where in recognition.others.items()
            if _chosen(row)
        ),
    ]


def _chosen(row: dict) -> bool:
    """Whether a person has said of which source an export is."""
    return bool(row.get("options", row["asked"].facts()).get("source")) and not row["asked"].beside


def _stage(
    con: duckdb.DuckDBPyConnection, file: Path, recognition: Recognition, row: dict, look: Look
) -> list[str]:
    """Make the view `stage` over the export's tables, and settle the export's moment; notes on what was assumed.

    The first rows show how its times are written. Where a later one is refused, it is looked at again: most exports
    write all of them in the usual way, and are converted once.
    """
    latest = row["loaded_at"].strftime("timestamp '%Y-%m-%d %H:%M:%S' + interval 1 day")
    styled, figures, days, odd = look.styles(recognition.mappings)
    odd = odd or marks.had_commas(con, row["asked"].mends)
    order, said = _order(con, recognition, row) if figures else (None, "")
    readings, read_so = _readings(con, recognition, row) if odd else ({}, "")
    staged = _convert(con, recognition, latest, order, styled, days, readings)
    columns, figures = refused_times(con, staged)
    given = {
        n for m in recognition.mappings for n in {*m.mapped, *m.source.compute} if headed(m, n) in columns
    }
    figures = figures and order is None
    odd = not odd and marks.refused_numbers(con, staged, recognition)
    if figures or odd or not given <= styled:
        order, said = _order(con, recognition, row) if figures else (order, said)
        readings, read_so = _readings(con, recognition, row) if odd else (readings, read_so)
        staged = _convert(con, recognition, latest, order, styled | given, days, readings)
    row["order"] = order
    elsewhere = row["asked"].dates or documented_order(recognition.source) or shown_order(recognition)
    notes = _date(con, file, recognition, staged, latest, row, order if said else elsewhere)
    return [note for note in (said, read_so, *notes) if note]


def _readings(
    con: duckdb.DuckDBPyConnection, recognition: Recognition, row: dict
) -> tuple[dict[str, Reading], str]:
    """How the numbers of each column are read, by what the whole export shows."""
    parts, columns = [], set()
    con.execute(macro())
    for number, mapping in enumerate(recognition.mappings):
        wanted = number_columns(mapping)
        con.execute(macros_sql(mapping, EITHER, home(con), styled=()))
        settled = _settled(
            con, mapping, "numbered", lambda m, c=wanted: con.execute(given_sql(m, "numbered", c))
        )
        recognition.mappings[number] = settled
        parts.append(marks.evidence(con, settled, "numbered"))
        columns.update(wanted)
    con.execute("drop table if exists numbered")
    currency, named = con.execute("select getvariable('currency'), getvariable('currency_named')").fetchall()[
        0
    ]
    typed = recognition.mappings[0].table.typed
    if marks.had_commas(con, row["asked"].mends):
        readings, said = dict.fromkeys(columns, marks.mended(currency or "")), ""
    else:
        readings, said = marks.decided(marks.pooled(parts), columns, typed, currency or "")
    return {column: replace(reading, named=bool(named)) for column, reading in readings.items()}, said


def _order(con: duckdb.DuckDBPyConnection, recognition: Recognition, row: dict) -> tuple[str | None, str]:
    """The order of day and month that the whole export shows."""
    shown: dict = {}
    for number, mapping in enumerate(recognition.mappings):
        settled = _settled(con, mapping, "dated", lambda m: held(con, m, "dated"))
        recognition.mappings[number] = settled
        shown = {**evidence(con, settled, "dated"), **shown}
    con.execute("drop table if exists dated")
    return decided(shown, recognition.source, row["asked"].dates)


def _convert(
    con: duckdb.DuckDBPyConnection,
    recognition: Recognition,
    latest: str,
    order: str | None,
    styled: set[str],
    days: list[set[str]],
    readings: dict[str, Reading],
) -> str:
    """Every table of the export, converted: what stands in SQL for all of them."""
    parts, zone = [], home(con)
    for number, mapping in enumerate(recognition.mappings):
        target = f"stage_{number}"

        def make(mapping: Mapping, target: str = target, of_days: set[str] = days[number]) -> None:
            con.execute(stage_sql(mapping, target, latest, zone, order, styled, of_days, readings))

        con.execute(macros_sql(mapping, order, zone, styled))
        table = recognition.mappings[number] = _settled(con, mapping, target, make)
        sheet, line = literal(table.table.name), table.table.row
        parts.append(
            f"select {number} * 1000000000000 + rowid as id, {sheet} as sheet, {line} as row, {staged_sql(table, target)}"
        )
    return " union all ".join(parts)


def _date(
    con: duckdb.DuckDBPyConnection,
    file: Path,
    recognition: Recognition,
    staged: str,
    latest: str,
    row: dict,
    order: str | None,
) -> list[str]:
    """Settle the export's moment, and make the view `stage`. order: of day and month in figures, if it is known."""
    source = recognition.source
    asked = row["asked"].as_of
    usable = f"from ({staged}) where not set_aside and not rejected"
    newest = con.execute(f"select max(effective_at) {usable}").fetchall()[0][0]
    stated, told = patterned(con, recognition), newest
    if source.dated_by and not told:
        told = con.execute(
            f"select max({source.dated_by}) {usable} and {source.dated_by} <= {latest}"
        ).fetchall()[0][0]
    said = "as_of" in row.get("options", row["asked"].facts())
    line = ""
    if not stated and not told and not said and source.moment != "load":
        stated, line = worded(con, recognition, usable, order, row["loaded_at"])
        if asked and asked != stated:  # taken in before this was read
            stated = None
    moment = asked or stated or (row["loaded_at"] if source.moment == "load" else told)
    undated = not stated and not told and source.moment == "newest or load"
    moment = moment or (first_taken(con, file, row) if undated else None)
    if moment is None and con.execute(f"select 1 {usable} limit 1").fetchall():
        why = f"clearly when it was made: {line}." if line else "when it was made."
        raise Question(f"It does not say {why}", "as_of", [], "Give its moment with --as-of 2026-09-30.")
    if moment and newest and moment + timedelta(days=1) < newest:
        raise Refused(
            f"It holds an update of {newest:%Y-%m-%d %H:%M}, after its moment {moment:%Y-%m-%d %H:%M}.",
            "Give a later --as-of.",
        )
    moment = max(moment, newest) if moment and newest else moment
    row["moment"] = moment or row["loaded_at"]
    filled = ", ".join(f"coalesce({c}, {value}) as {c}" for c, value in fills(source, row).items())
    con.execute(f"create or replace temp view stage as select * replace ({filled}) from ({staged})")
    return [line if stated else "", *unsaid(con, staged, source, row, said or not undated)]


def _refuse_foreign_instance(con: duckdb.DuckDBPyConnection, row: dict) -> None:
    """An instance is one installation of one tool: its keys would mix with another tool's."""
    other = con.execute(
        """select source from load where record = ? and instance = ? and source <> ? and withdrawn_at is null limit 1""",
        [row["record"], row["instance"], row["source"]],
    ).fetchall()
    if other:
        raise Refused(
            f"The instance {row['instance']} holds records of {other[0][0]}, and this is {row['source']}.",
            "Choose another name with --instance.",
        )


def _refuse_aside(con: duckdb.DuckDBPyConnection, source: str) -> None:
    """Refused where there are rows, but none is of the kind that the source takes in."""
    count, first = con.execute(
        "select count(key), arg_min(key, row) from stage where set_aside and key is not null"
    ).fetchall()[0]
    if count:
        raise Refused(
            f"{source} sets each of its {count:,} rows aside, from {cut(first)!r} on: none is what it takes in.",
            "Export the records that are meant, or map its columns on the Upload page.",
        )


def _refuse_useless(con: duckdb.DuckDBPyConnection, split: list[tuple], source: str, named: bool) -> None:
    """An export from which no row can be taken changes nothing, not even how far the data reaches.

    named: a person has said what its source is.
    """
    count, useful = con.execute(
        "select count(*) filter (not set_aside), count(*) filter (not set_aside and not rejected) from stage"
    ).fetchall()[0]
    if useful:
        return
    if not count and not split:
        _refuse_aside(con, source)
        raise Refused("It holds a header but no rows.", NOTHING)
    first = con.execute(
        """select row, b."column", b."value", b.reason from (select row, unnest(bad) as b from stage where rejected)
        where b.required order by row limit 1"""
    ).fetchall()
    row, column, value, reason = first[0] if first else (split[0][1], None, None, split[0][3])
    where = f"row {row}" + (f", {column}" if column else "") + (f" {value!r}" if value else "")
    raise Refused(
        f"None of its {count + len(split):,} rows can be used as {source}; the first: {where} {reason}.",
        "Mend it there and load it again."
        if named
        else f"If it is no {source}, name what it is with --source; else mend it.",
    )


def _refuse_doubtful(con: duckdb.DuckDBPyConnection, source: Source) -> None:
    """An export most of whose values its source does not know was taken for another tool's."""
    row, column, value, reason = con.execute(
        """select row, b."column", b."value", b.reason from (select row, unnest(bad) as b from stage)
        order by row limit 1"""
    ).fetchall()[0]
    name, shown = source.name, f" {value!r}" if value else ""
    raise Refused(
        f"By its columns it is {name}, but most of its values are not what {name} writes; the first: row {row}, "
        f"{column}{shown} {reason}.",
        f"If it is that all the same, load it with --source {name}.",
    )


def _settled(
    con: duckdb.DuckDBPyConnection, mapping: Mapping, target: str, make: Callable[[Mapping], None]
) -> Mapping:
    """Make the table `target` from a mapped table; where its lines do not fit, the mended table is taken instead."""
    try:
        make(mapping)
        count = con.execute(f"select count(*) from {target}").fetchall()[0][0]
    except (duckdb.Error, UnicodeDecodeError) as error:  # a message of DuckDB may end within a letter
        count, fault = None, str(error).splitlines()[0]
    otherwise = mapping.table.otherwise(count)
    if otherwise:
        return _settled(con, replace(mapping, table=otherwise), target, make)
    if count is None:
        raise Refused(f"It cannot be read: {fault}", "Export it again, or mend the line named.")
    return mapping
