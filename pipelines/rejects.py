"""What a load refused, as a workbook laid out like its export, to be mended and loaded again."""

import io
import json
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import duckdb
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipelines.archive import Archive, workspace
from pipelines.asked import recalled
from pipelines.errors import NotReady
from pipelines.mending import REASON, load_line, mark
from pipelines.readers import Table
from pipelines.snapshot import empty_snapshot, open_snapshot
from pipelines.source import sources
from pipelines.staging import read

MOST = 100_000  # rows of a workbook
CELL = 32_000  # characters that a cell of a workbook can hold


def book(data: Path, number: int) -> bytes:
    """The refused rows of a load, with all their columns, as XLSX; NotReady where there are none or no such load."""
    _, con = open_snapshot(data)
    with con:
        load = load_line(con, number)
        rejects = con.execute(
            f"""select coalesce(sheet, ''), row, "column", "value", reason from reject where load = ?
            order by all limit {MOST}""",
            [number],
        ).fetchall()
    if load is None or not rejects:
        raise NotReady(f"There is no load {number} in which something was refused.")
    options = json.loads(load.options)
    with workspace(data) as work, empty_snapshot(work, data) as apart:
        file = Archive(data).restore(load.hash, work)
        row = {"file": file.name, "load": number, "loaded_at": load.moment, "instance": load.instance}
        row |= {
            "asked": replace(recalled(options), source=load.source, as_of=load.moment),
            "options": options,
        }
        recognition = read(apart, work, file, row, sources(data))
        last = mark(load, row.get("order"))
        held = io.BytesIO()
        with Workbook(held, {"strings_to_formulas": False, "strings_to_urls": False}) as made:
            for mapping in recognition.mappings:
                of_sheet = [one for one in rejects if one[0] == mapping.table.name]
                if of_sheet or len(recognition.mappings) == 1:
                    _sheet(made, apart, mapping.table, of_sheet, last)
    return held.getvalue()


def _sheet(
    made: Workbook, con: duckdb.DuckDBPyConnection, table: Table, rejects: list[tuple], last: str
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
    for place, title in enumerate([REASON, *written, last]):
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
