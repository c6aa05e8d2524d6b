"""From a file to tables of text. By format, never by vendor: delimited, excel, json, xml.

`tables(path, con, work, name)` finds out what the file is (by content, not by its name) and returns every
table in it. Each cell is text or null; nothing is converted and nothing guessed: that is the source's part.
"""

from collections.abc import Collection
from pathlib import Path

import duckdb

from pipelines.readers import content, delimited, json, xml
from pipelines.readers.table import Table

__all__ = ["Table", "tables"]


def tables(
    path: Path,
    con: duckdb.DuckDBPyConnection,
    work: Path,
    name: str,
    rows: str | Collection[str] | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> list[Table]:
    """Every table of the export at `path`, or Refused.

    con: the connection on which the tables' relations can be read. work: a folder for unpacked text; the
    relations read from it, so it must outlive them. name: what the person calls the file, for messages.
    rows: the path of what repeats, for JSON ("" is the top level) and XML, or several of which some may be there;
    where none is, or for None, what repeats is looked for. encoding, delimiter: of a text, where
    a person names them.
    """
    wanted = [rows] if isinstance(rows, str) else sorted(set(rows or ()))
    path = content.unpacked(path, work, name)
    match content.kind(path, name):
        case "workbook":
            from pipelines.readers import excel  # half a second that other formats need not wait

            return excel.tables(path, con, work, name)
        case "xml":
            return xml.tables(path, con, work, name, wanted, encoding)
        case "json":
            return json.tables(path, con, work, name, wanted, encoding)
        case _:
            return delimited.tables(path, con, work, name, encoding, delimiter)
