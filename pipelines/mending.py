"""A workbook of what a load refused, mended and loaded again: only its rows are taken.

The workbook names the load that it belongs to, in the header of its last column, so its rows go where the others went:
the same source and instance, at the export's moment. What its rows said before they were mended counts no more.
"""

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from pipelines.asked import recalled
from pipelines.readers import Table
from pipelines.readers.table import literal
from pipelines.records import RECORDS
from pipelines.source import Source

REASON = "Refused because"
MARK = re.compile(r"Row in load (\d+) \(([0-9a-f]{8})(?:, (dmy|mdy))?\)")


@dataclass(frozen=True)
class Load:
    """A load as its line in the history states it."""

    number: int
    hash: str
    source: str
    record: str
    instance: str
    moment: datetime
    options: str


def load_line(con: duckdb.DuckDBPyConnection, number: int) -> Load | None:
    """A load of a snapshot; None where there is no such load."""
    found = con.execute(
        "select load, hash, source, record, instance, moment, options from load where load = ?", [number]
    ).fetchall()
    return Load(*found[0]) if found else None


def mark(load: Load, order: str | None) -> str:
    """What the header of a workbook's last column says of the load it belongs to, and of the order of its dates."""
    return f"Row in load {load.number} ({load.hash[:8]}{', ' + order if order else ''})"


def taken_back(
    con: duckdb.DuckDBPyConnection, found: list[Table], row: dict, known: dict[str, Source]
) -> list[Table]:
    """The tables of an export, those of a mended workbook without what was added to them.

    row: of a mended workbook, gets the source, instance and moment of the load that it belongs to.
    """
    marks = [_mark(table) for table in found]
    if not any(marks):
        return found
    con.execute("create or replace temp table mended (sheet varchar, row bigint, was bigint)")
    number, digest, order = next(mark for mark in marks if mark)[1]
    load = load_line(con, int(number))
    nested: list[str] = []
    note = f"made of load {number} of another warehouse: taken as any other file"
    if load and load.hash[:8] == digest and load.source in known:
        said = recalled(json.loads(load.options))
        order = order or row["asked"].dates or said.dates
        row["asked"] = replace(
            row["asked"], source=load.source, as_of=load.moment, dates=order, mends=load.number
        )
        row["options"] = row["asked"].facts()
        row["instance"] = load.instance
        nested = known[load.source].rows
        note = f"mended rows of load {load.number}: they take the place of what was refused in it"
    kept = []
    for table, mark in zip(found, marks, strict=True):
        if mark:
            free = [path for path in nested if path not in {one.name for one in kept}]
            name = free[0] if free and table.name not in nested else table.name
            _number(con, replace(table, name=name), mark[0])
            kept.append(replace(_without(table, mark[0]), name=name, notes=[*table.notes, note]))
    return kept


def displace(con: duckdb.DuckDBPyConnection, row: dict) -> None:
    """Take events out whose rows the staged export mends: the mended ones take their place.

    Of other records a version at the same moment takes the place of the one before by itself.
    """
    mends, record = row["asked"].mends, row["record"]
    if not mends or not RECORDS[record].event:
        return
    own = ", ".join(f'"{c}"' for c in RECORDS[record].columns)
    con.execute(
        f"""delete from {record} where instance = $instance
        and (
          (load = $mends and row in (select was from mended join stage using (sheet, row) where not rejected and not set_aside))
          or (load in (select load from load where instance = $instance and record = $record
                and withdrawn_at is null and (options ->> 'mends')::integer = $mends)
            and (key, effective_at) in (select key, effective_at from stage where not rejected and not set_aside)))
        and (key, effective_at, hash({own})) not in (
          select key, effective_at, hash({own}) from stage where not rejected and not set_aside)""",
        {"instance": row["instance"], "mends": mends, "record": record},
    )


def replacing(con: duckdb.DuckDBPyConnection, record: str, load: int, mends: int | None) -> int:
    """How many of a load's events take the place of those that were refused a cell in the load it mends."""
    if not mends:
        return 0
    return con.execute(
        f"""select count(distinct event.row) from {record} as event join mended using (row)
        where event.load = $load and was in (select row from reject where load = $mends)
        and was not in (select row from reject where load = $mends and whole_row)""",
        {"load": load, "mends": mends},
    ).fetchall()[0][0]


def _mark(table: Table) -> tuple[str, tuple] | None:
    """The column that marks a mended workbook, and what it names: load, hash and order of dates."""
    for column in table.columns:
        if found := MARK.fullmatch(table.repeats.get(column, column)):
            return column, found.groups()
    return None


def _without(table: Table, mark: str) -> Table:
    columns = [c for c in table.columns if c not in (mark, REASON)]

    def otherwise(count: int | None) -> Table | None:
        other = table.otherwise(count)
        return other and _without(other, mark)

    return replace(table, columns=columns, otherwise=otherwise)


def _number(con: duckdb.DuckDBPyConnection, table: Table, mark: str) -> None:
    """Which row of the export each row of a mended workbook was."""
    con.execute(
        f"create or replace temp table marked as select {table.cells[mark]} as was from {table.relation}"
    )
    con.execute(
        f"insert into mended select {literal(table.name)}, {table.row}, try(cast(was as bigint)) from marked"
    )
