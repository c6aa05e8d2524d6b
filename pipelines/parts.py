"""Whether an export is the complete state of what it covers, by what it says of itself (`part`, `total`, `unstated`)."""

import duckdb

from pipelines.records import RECORDS
from pipelines.source import Mapping, Recognition, folded


def open_still(con: duckdb.DuckDBPyConnection, recognition: Recognition, row: dict) -> str:
    """Why what an export of the complete state does not list may be open all the same; empty where it has closed."""
    source = recognition.source
    if name := part(con, recognition):
        return f"it is a part of the whole ({name} says so)"
    covers = RECORDS[source.record].covers
    if source.unstated.get(covers) == "instance" and row["instance"] == source.name:
        return f"it does not name its {covers} (give each its own --instance)"
    return ""


def part(con: duckdb.DuckDBPyConnection, recognition: Recognition) -> str:
    """The name that says that the export is only a part; empty where none is filled."""
    for mapping in recognition.mappings:
        for column in _columns(mapping, recognition.source.part):
            cell = f"nullif(trim({mapping.table.cells[column]}), '')"
            if con.execute(
                f"select 1 from {mapping.table.relation} where {cell} is not null limit 1"
            ).fetchall():
                return column
    return ""


def counted(con: duckdb.DuckDBPyConnection, recognition: Recognition) -> list[tuple[str, int]]:
    """The counts of rows that an export states for each of its rows: how it says it, the number."""
    found = []
    for mapping in recognition.mappings:
        for column in _columns(mapping, recognition.source.total):
            number = f"try(cast({mapping.table.cells[column]} as bigint))"
            count = con.execute(f"select max({number}) from {mapping.table.relation}").fetchall()[0][0]
            if count is not None:
                found.append((f"{column.removeprefix('$.')} {count}", count))
    return found


def _columns(mapping: Mapping, names: list[str]) -> list[str]:
    wanted = set(map(folded, names))
    return [column for column in mapping.table.columns if folded(column) in wanted]
