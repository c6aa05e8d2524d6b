"""What a load refused, as a workbook laid out like its export; mended and loaded again, only those rows are taken.

The workbook names the load that it belongs to, in the header of its last column, so its rows go where the others went:
the same source and instance, at the export's moment. What its rows said before they were mended counts no more.
"""

import io
import json
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipelines.archive import Archive, workspace
from pipelines.asked import recalled
from pipelines.errors import NotReady
from pipelines.readers import Table
from pipelines.readers.table import literal
from pipelines.records import RECORDS
from pipelines.snapshot import empty_snapshot, open_snapshot
from pipelines.source import Source, sources

REASON = "Refused because"
MARK = re.compile(r"Row in load (\d+) \(([0-9a-f]{8})(?:, (dmy|mdy))?\)")
MOST = 100_000  # rows of a workbook
CELL = 32_000  # characters that a cell of a workbook can hold


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


def _load(con: duckdb.DuckDBPyConnection, number: int) -> Load | None:
    found = con.execute(
        "select load, hash, source, record, instance, moment, options from load where load = ?", [number]
    ).fetchall()
    return Load(*found[0]) if found else None


def book(data: Path, number: int) -> bytes:
    """The refused rows of a load, with all their columns, as XLSX; NotReady where there are none or no such load."""
    from pipelines.staging import read  # which reads such workbooks again

    _, con = open_snapshot(data)
    with con:
        load = _load(con, number)
        rejects = con.execute(
            f"""select coalesce(sheet, ''), row, "column", "value", reason from reject where load = ?
            order by all limit {MOST}""",
            [number],
        ).fetchall()
    if load is None or not rejects:
        raise NotReady(f"There is no load {number} in which something was refused.")
    options = json.loads(load.options)
    with workspace(data) as work, empty_snapshot(work) as apart:
        file = Archive(data).restore(load.hash, work)
        row = {"file": file.name, "load": number, "loaded_at": load.moment, "instance": load.instance}
        row |= {
            "asked": replace(recalled(options), source=load.source, as_of=load.moment),
            "options": options,
        }
        recognition = read(apart, work, file, row, sources(data))
        mark = f"Row in load {number} ({load.hash[:8]}{', ' + row['order'] if row.get('order') else ''})"
        held = io.BytesIO()
        with Workbook(held, {"strings_to_formulas": False, "strings_to_urls": False}) as made:
            for mapping in recognition.mappings:
                of_sheet = [one for one in rejects if one[0] == mapping.table.name]
                if of_sheet or len(recognition.mappings) == 1:
                    _sheet(made, apart, mapping.table, of_sheet, mark)
    return held.getvalue()


def _sheet(
    made: Workbook, con: duckdb.DuckDBPyConnection, table: Table, rejects: list[tuple], mark: str
) -> None:
    """One table's refused rows: why, then the columns as they stand in the export, then the row's number."""
    wrong: dict[int, dict[str | None, tuple[str, str]]] = defaultdict(dict)
    for _, row, column, value, reason in rejects:
        wrong[row][column] = (value, reason)
    name = re.sub(r"[\[\]:*?/\\']", " ", table.name)[:31].strip() or "refused"
    sheet = made.add_worksheet(name)
    bold = made.add_format({"bold": True, "bottom": 1})
    plain, marked = (
        made.add_format({"num_format": "@"} | look) for look in ({}, {"bg_color": "#FBD9D6", "border": 1})
    )
    soft = made.add_format({"font_color": "#5B6472", "text_wrap": True, "valign": "top"})
    written = [table.repeats.get(column, column) for column in table.columns]
    for place, title in enumerate([REASON, *written, mark]):
        sheet.write_string(0, place, title, bold)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 50)
    sheet.set_column(1, len(written), 18)
    rows = _rows(con, table, [*wrong])
    for line, row in enumerate(sorted(wrong), 1):
        told = "; ".join(_told(table, column, why) for column, (_, why) in wrong[row].items())
        sheet.write_string(line, 0, told[:CELL], soft)
        cells = rows.get(row) or [wrong[row].get(None, ("", ""))[0], *[None] * (len(written) - 1)]
        _cells(sheet, line, table, cells, {*wrong[row]}, plain, marked)
        sheet.write_number(line, len(written) + 1, row)


def _cells(
    sheet: Worksheet, line: int, table: Table, cells: list, refused: set, plain: Format, marked: Format
) -> None:
    for place, (column, cell) in enumerate(zip(table.columns, cells, strict=True), 1):
        look = marked if column in refused or (None in refused and cell) else plain
        if cell:
            sheet.write_string(line, place, cell[:CELL], look)
        else:
            sheet.write_blank(line, place, None, look)


def _told(table: Table, column: str | None, reason: str) -> str:
    return reason if column is None else f"{table.repeats.get(column, column)}: {reason}"


def _rows(con: duckdb.DuckDBPyConnection, table: Table, numbers: list[int]) -> dict[int, list[str | None]]:
    """Rows of a table by their number in the file, as text."""
    cells = ", ".join(f"{table.cells[c]} as c{n}" for n, c in enumerate(table.columns))
    con.execute(f"create or replace temp table as_it_stands as select {cells} from {table.relation}")
    found = con.execute(
        f"select {table.row} as number, * from as_it_stands where number in (select unnest(?::bigint[]))",
        [numbers],
    ).fetchall()
    return {number: list(row) for number, *row in found}


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
    load = _load(con, int(number))
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
