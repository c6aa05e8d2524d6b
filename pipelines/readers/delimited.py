"""Delimited text: the delimiter and the header row are found, the rest is left to DuckDB's CSV reader.

A clean file is read where it lies, in parallel. A file with lines that do not fit (too many or too few cells,
stray quotes, blank lines) is first written anew by `tolerant`, so that no line is lost without a word.

Rows are counted as a spreadsheet counts them when it opens the file: a quoted cell with line breaks is part of
one row; blank lines and the header are rows.
"""

import csv
import io
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.errors import Refused
from pipelines.readers import header, text, tolerant
from pipelines.readers.table import Table, literal

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
ONE_COLUMN = "\x1f"  # a delimiter that does not occur, for files of one column
SAMPLE = 1 << 20
LINE, LONG_LINE = 2 * 1024**2, 64 * 1024**2  # the longest of a clean file, and of one written anew

csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True)
class Layout:
    """How a file is cut: delimiter, the first records, and which of them is the header."""

    delimiter: str
    records: list[list[str]]
    header: int


def tables(path: Path, con: duckdb.DuckDBPyConnection, work: Path, name: str) -> list[Table]:
    """The one table of a delimited text."""
    plain = text.utf8(path, work, name)
    layout = _layout(plain.path, name)
    columns = header.names(layout.records[layout.header], name)
    repeats = header.repeats(layout.records[layout.header], columns)
    header.check_single(layout.records, layout.header, name)
    first = layout.header + 2
    notes = [*plain.notes, _said(layout)]
    cells = {column: f"c{place}" for place, column in enumerate(columns)}
    preamble = layout.records[: layout.header]

    def mended() -> Table:
        copy = tolerant.mend(plain.path, work, name, layout.delimiter, layout.header + 1, len(columns))
        shift = f" + len(list_filter({copy.gaps}::bigint[], lambda gap: gap <= rowid))" if copy.gaps else ""
        relation = _relation(copy.path, ",", len(columns), 0, LONG_LINE)
        row, said = f"rowid + {first}{shift}", notes + copy.notes
        return Table("", columns, relation, cells, row, preamble, copy.rejects, said, repeats=repeats)

    def otherwise(count: int | None) -> Table | None:
        return None if count is not None and _whole(count, plain, layout) else mended()

    relation = _relation(plain.path, layout.delimiter, len(columns), layout.header + 1)
    if not _cut_alike(con.cursor(), relation, plain, layout, len(columns)):
        return [mended()]
    row = f"rowid + {first}"
    return [
        Table("", columns, relation, cells, row, preamble, notes=notes, otherwise=otherwise, repeats=repeats)
    ]


def _said(layout: Layout) -> str:
    cut = DELIMITERS.get(layout.delimiter)
    return f"{'cut at ' + cut if cut else 'one column'}, header in row {layout.header + 1}"


def _layout(path: Path, name: str) -> Layout:
    with path.open(encoding="utf-8-sig", newline="") as file:
        sample = file.read(SAMPLE)
        whole = not file.read(1)
    if not sample.strip():
        raise Refused(f"{name} holds no text.", "Export it again and check that the export has finished.")
    found = [
        (_fit(records), -place, delimiter, records)
        for place, delimiter in enumerate(DELIMITERS)
        if (records := _records(sample, delimiter, whole))
    ]
    stated = re.match(r"sep=(.)\r?\n", sample)
    if stated:
        delimiter = stated[1]
        records = _records(sample, delimiter, whole)
    else:
        (share, width), _, delimiter, records = max(found)
        if width < 2 or (width == 2 and share < 0.5):
            delimiter = ONE_COLUMN
            records = _records(sample, delimiter, whole)
    start = 1 if stated else 0
    _, width = _fit(records)
    at = start + header.under_groups(records[start:], header.find(records[start:], width))
    last = max(i for i, record in enumerate(records) if record)
    if whole and last < header.LOOKED_AT and _bare_header(records[last], width):
        at = last
    return Layout(delimiter, records, at)


def _bare_header(last: list[str], width: int) -> bool:
    """Whether the last record of a file is the header of a table without rows, under a wordy preamble."""
    wide = len(last) >= max(5, 2 * width)
    return wide and all(cell.strip() for cell in last) and not header.has_values(last)


def _records(sample: str, delimiter: str, whole: bool) -> list[list[str]]:
    records = []
    for record in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
        records.append(record)
        if len(records) == 200:
            return records
    # The sample may end in the middle of a record.
    return records if whole or len(records) == 1 else records[:-1]


def _fit(records: list[list[str]]) -> tuple[float, int]:
    """How well records agree on their number of cells: (share that has it, the number)."""
    widths = Counter(len(record) for record in records if record)
    several = {width: times for width, times in widths.items() if width > 1}
    if not several:
        return 0.0, 1
    width = max(several, key=lambda w: (several[w], w))
    return several[width] / widths.total(), width


def _relation(path: Path, delimiter: str, width: int, skip: int, longest: int = LINE) -> str:
    columns = ", ".join(f"'c{place}': 'varchar'" for place in range(width))
    return (
        f"read_csv({literal(str(path))}, columns = {{{columns}}}, delim = {literal(delimiter)}, quote = '\"', "
        f"escape = '\"', header = false, skip = {skip}, auto_detect = false, nullstr = '', "
        f"strict_mode = true, max_line_size = {longest}, compression = 'none')"
    )


def _cut_alike(
    con: duckdb.DuckDBPyConnection, relation: str, plain: text.Text, layout: Layout, width: int
) -> bool:
    """Whether DuckDB's strict reader ends lines as we do, and cuts the first row as we do."""
    if plain.carriage_returns not in (0, plain.line_feeds) and plain.line_feeds:
        return False
    try:
        first = con.execute(f"select * from {relation} limit 1").fetchall()
    except duckdb.Error:
        return False
    below = layout.records[layout.header + 1 :]
    return not below or first == [tuple(cell or None for cell in (*below[0], *[""] * width)[:width])]


def _whole(count: int, plain: text.Text, layout: Layout) -> bool:
    """Whether so many rows are all that the file holds: a row for each line, or quoted line breaks but no blank line."""
    lines = (plain.line_feeds or plain.carriage_returns) + (not plain.ends)
    return lines == count + layout.header + 1 or not tolerant.has_odd_lines(plain.path)
