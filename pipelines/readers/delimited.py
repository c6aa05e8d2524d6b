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
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile

import duckdb

from pipelines.errors import Refused
from pipelines.readers import footer, header, structure, text, tolerant
from pipelines.readers.table import Table, cut, literal

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
ONE_COLUMN = "\x1f"  # a delimiter that does not occur, for files of one column
SAMPLE, TAIL = 1 << 20, 1 << 16
STATED = re.compile("sep=(.)")  # how Excel is told the delimiter
LOOKED_AT = 200  # records at the start, and at the end
LINE, LONG_LINE = 2 * 1024**2, 64 * 1024**2  # the longest of a clean file, and of one written anew

csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True)
class Layout:
    """How a file is cut: delimiter, the first records, and which of them is the header."""

    delimiter: str
    records: list[list[str]]
    header: int


def tables(
    path: Path,
    con: duckdb.DuckDBPyConnection,
    work: Path,
    name: str,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> list[Table]:
    """The table of a delimited text, or each of several that stand in it one below the other."""
    plain = text.utf8(path, work, name, encoding)
    layout = _layout(plain.path, name, _named(delimiter))
    held = _held(plain.path, layout)
    parts = _parts(layout, held)
    if len(parts) == 1:
        return [_table(plain, layout, _ends(plain.path, layout, held), con, work, name)]
    found = []
    for number, (top, end) in enumerate(parts):
        part = text.utf8(_copied(held[:end], work), work, name)
        part = replace(part, notes=plain.notes)
        where = Layout(",", held[:end][: max(LOOKED_AT, top + LOOKED_AT)], top)
        try:
            table = _table(part, where, _ends(part.path, where, held[:end]), con, work, name)
        except Refused:
            if not number:
                raise
            continue
        found.append(replace(table, name=f"from row {top + 1}") if number else table)
    return found


def _table(
    plain: text.Text,
    layout: Layout,
    ends: dict[tuple[str, ...], str],
    con: duckdb.DuckDBPyConnection,
    work: Path,
    name: str,
) -> Table:
    """The table whose header the layout names; ends: rows under it that are no records."""
    head = layout.records[layout.header]
    columns = header.names(head, name)
    repeats = header.repeats(head, columns)
    header.check_single(layout.records, layout.header, name)
    width, first = len(columns), layout.header + 2
    notes = [*plain.notes, _said(layout), *_told(ends)]
    cells = {column: f"c{place}" for place, column in enumerate(columns)}
    preamble = layout.records[: layout.header]
    again = [head] if footer.repeats(head) else []
    aside = _condition([*again, *(_fitted(row, layout.delimiter, width) for row in ends)], width)
    more = {
        "repeats": repeats,
        "aside": aside,
        "below": [*map(list, ends)],
        "corner": f"row {layout.header + 1}",
    }

    def mended() -> Table:
        copy = tolerant.mend(plain.path, work, name, layout.delimiter, layout.header + 1, width, {*ends})
        shift = f" + len(list_filter({copy.gaps}::bigint[], lambda gap: gap <= rowid))" if copy.gaps else ""
        relation = _relation(copy.path, ",", width, 0, LONG_LINE)
        row, said = f"rowid + {first}{shift}", notes + copy.notes
        unread = []
        if copy.heads and plain.path.stat().st_size > SAMPLE:
            at = ", ".join(map(str, copy.heads))
            unread.append(
                f"Another table may begin in row {at}, and its rows were read as rows of the first: tables below each other "
                "are told apart in texts up to 1 MB. Save each as a file of its own."
            )
        return Table("", columns, relation, cells, row, preamble, copy.rejects, said, unread=unread, **more)

    def otherwise(count: int | None) -> Table | None:
        return None if count is not None and _whole(count, plain, layout) else mended()

    relation = _relation(plain.path, layout.delimiter, width, layout.header + 1)
    if not _cut_alike(con.cursor(), relation, plain, layout, width):
        return mended()
    row = f"rowid + {first}"
    return Table("", columns, relation, cells, row, preamble, notes=notes, otherwise=otherwise, **more)


def _held(path: Path, layout: Layout) -> list[list[str]]:
    """Every record of a small file whose quotes are sound; of any other, none."""
    if path.stat().st_size > SAMPLE:
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file, delimiter=layout.delimiter, strict=True))
    except csv.Error:
        return []


def _parts(layout: Layout, held: list[list[str]]) -> list[tuple[int, int]]:
    """Each table of a small file: the row of its header and its end."""
    width = max(map(len, held), default=0)
    if (
        not any(held[at] and not any(held[at - 1]) for at in range(1, len(held)))
        or width > header.COLUMN_LIMIT
    ):
        return [(layout.header, len(held))]
    grid = [row + [""] * (width - len(row)) for row in held]
    found = structure.extents(grid, layout.header, str)
    return found if all(any(grid[top]) for top, _ in found) else found[:1]


def _copied(records: list[list[str]], work: Path) -> Path:
    with NamedTemporaryFile("w", dir=work, suffix=".csv", encoding="utf-8", newline="", delete=False) as copy:
        csv.writer(copy, lineterminator="\n").writerows(records)
    return Path(copy.name)


def _ends(path: Path, layout: Layout, held: list[list[str]]) -> dict[tuple[str, ...], str]:
    """The rows at the end that are no records -> what they are, with their number where that is known."""
    head, body = layout.records[layout.header], held[layout.header + 1 :]
    if not held:
        body = _tail(path, layout.delimiter)
    spaced = sum(bool(_prose(row, layout.delimiter)) for row in body) * 2 > len(body)
    told = [
        [_prose(row, layout.delimiter)] if not spaced and _prose(row, layout.delimiter) else row
        for row in body
    ]
    first = layout.header + 2 if held else None
    found = footer.found(head, told, whole=bool(held)) | (footer.within(told, str) if held else {})
    return {
        tuple(body[at]): f"row {first + at} ({reason})" if first else f"{cut(told[at][0])!r} ({reason})"
        for at, reason in sorted(found.items())
    }


def _prose(row: list[str], delimiter: str) -> str:
    """A line of prose that was cut at its commas; "" where it is none."""
    later = [cell for cell in row[1:] if cell]
    prose = delimiter == "," and row and row[0] and later and all(cell[0] == " " for cell in later)
    return ",".join(row).rstrip(",") if prose else ""


def _tail(path: Path, delimiter: str) -> list[list[str]]:
    """The last records of a large file, without the first lines of its last part, which may be half ones."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        lines = file.read().decode("utf-8", "ignore").splitlines(keepends=True)[1:]
    return list(csv.reader(lines, delimiter=delimiter))[-LOOKED_AT:]


def _told(ends: dict[tuple[str, ...], str]) -> list[str]:
    more = f" and {len(ends) - 5:,} more" if len(ends) > 5 else ""
    return [f"set aside, as no records: {', '.join([*ends.values()][:5])}{more}"] if ends else []


def _fitted(row: tuple[str, ...] | list[str], delimiter: str, width: int) -> list[str]:
    """A row as the table holds it: one with too many cells as its line."""
    return [delimiter.join(row)] if len(row) > width else [*row]


def _condition(rows: list[list[str]], width: int) -> str:
    """SQL that holds for rows just like these."""
    alike = []
    for row in rows:
        held = [(f"c{place}", literal(cell)) for place, cell in enumerate(row) if cell]
        if held and len(rows) * width < 20_000:
            (first, cell), rest = held[0], [f"{column} = {cell}" for column, cell in held[1:]]
            empty = [f"c{place}" for place in range(width) if place >= len(row) or not row[place]]
            rest += [f"{column} is null" for column in empty]
            alike.append(f"case when {first} = {cell} then {' and '.join(rest) or 'true'} else false end")
    return " or ".join(alike)


def _said(layout: Layout) -> str:
    cut = DELIMITERS.get(layout.delimiter)
    said = f"{'cut at ' + cut if cut else 'one column'}, header in row {layout.header + 1}"
    if layout.records[0] and STATED.fullmatch(layout.delimiter.join(layout.records[0])):
        said += "; row 1 is the line sep=, which Excel does not show: its row numbers are one less"
    return said


def _named(word: str | None) -> str | None:
    """The delimiter that a person names; Refused where it is none."""
    if word is None:
        return None
    named = {name: delimiter for delimiter, name in DELIMITERS.items()}
    if word not in named:
        raise Refused(f"There is no delimiter {cut(word)!r}.", f"Name one of {', '.join(named)}.")
    return named[word]


def _layout(path: Path, name: str, named: str | None = None) -> Layout:
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
    stated = re.match(STATED.pattern + r"\r?\n", sample)
    if named or stated:
        delimiter = named or stated[1]
        records = _records(sample, delimiter, whole)
    else:
        (share, width), _, delimiter, records = max(found)
        if width < 2 or (width == 2 and share < 0.5):
            delimiter = ONE_COLUMN
            records = _records(sample, delimiter, whole)
    start = 1 if stated else 0
    if not any(map(any, records[start:])):
        raise Refused(f"{name} holds no cells.", "Export it again and check that the export has finished.")
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
        if len(records) == LOOKED_AT:
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
