"""A table found in an export, as every reader returns it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

SHEET = "$.sheet"  # the name by which a source asks for that of the sheet


@dataclass(frozen=True)
class Table:
    """One table found in an export.

    name: the sheet, or the path of the repeating element; "" for delimited text.
    columns: names as they stand in the header, made unique ("Sprint", "Sprint (2)"), in order.
    repeats: of names made unique, what stands in the header: "Sprint (2)" -> "Sprint".
    relation: what stands in SQL after `from`: a table name of the connection, or a read_csv call.
    cells: column name -> SQL expression over `relation` that gives the cell's text.
    row: SQL expression that gives the row's number in the file (1 = first line or sheet row), over a table
        made from `relation` whose rowid follows the file.
    preamble, below: what stood above the header, and what of the rows in `aside` stood last; a list of text per line.
    rejects: lines that could not be split: (row, text, reason).
    notes: what was assumed (encoding, delimiter, header row), for people.
    unread: what is said of other tables of the file that cannot be read as such, with what to do.
    aside: SQL condition over `relation` that holds for rows that are no records (totals, notes, the header again);
        "" where there are none.
    since: the year from which a workbook counts its days, 1900 or 1904.
    otherwise: given how many rows `relation` gave (None: it failed), the table to read instead, or None where
        it gave them all. So a clean file is read once, and no line of another is lost.
    order: in which a workbook shows day and month of its dates, "dmy" or "mdy", where its formats say so in figures.
    corner: where its header begins, as a person finds it: "A4", or "row 4" of a text; "" of nested formats.
    typed: its numbers are numbers, which the reader wrote with a point, except where they stand as texts.
    nested: JSON or XML: a column is a path, and `cells` also knows those that the first rows do not show.
    """

    name: str
    columns: list[str]
    relation: str
    cells: dict[str, str]
    row: str = "rowid + 2"
    preamble: list[list[str]] = field(default_factory=list)
    rejects: list[tuple[int, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    otherwise: Callable[[int | None], "Table | None"] = lambda count: None
    repeats: dict[str, str] = field(default_factory=dict)
    nested: bool = False
    unread: list[str] = field(default_factory=list)
    aside: str = ""
    below: list[list[str]] = field(default_factory=list)
    since: int = 1900
    order: str = ""
    corner: str = ""
    typed: bool = False


def literal(text: str) -> str:
    """The text as an SQL string: a value, whatever it holds."""
    return "'" + text.replace("'", "''") + "'"


def called(name: str) -> str:
    """A file's name as it is kept and shown: in one line, without what steers a terminal or turns the writing."""
    text = name.encode("utf-8", "replace").decode()
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+", " ", text).strip() or "file"


def cut(text: str, length: int = 80) -> str:
    """A name or cell as a message shows it: its start, where it is long."""
    return text if len(text) <= length else text[: length - 1] + "…"
