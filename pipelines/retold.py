"""An earlier snapshot in which records, completeness and settings can be exchanged, and the marts of its time made again.

It is a copy apart from every other database and cannot reach files, since the marts it makes come from a file of data.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.marts import behind, build_marts, reads

BATCH = 100_000


class Retold:
    """con: the copy. marts: the mart files it is made with; wanted: the tables that are read."""

    def __init__(self, con: duckdb.DuckDBPyConnection, marts: Mapping[str, str], wanted: Iterable[str]):
        self.con, self._marts, self._wanted = con, marts, set(wanted)
        self._reads = reads({file.partition(".")[0]: text for file, text in marts.items()})

    def behind(self, tables: Iterable[str]) -> set[str]:
        """What tables are made of: records, settings and marts."""
        return behind(tables, self._reads)

    def take(self, record: str, of: duckdb.DuckDBPyConnection, present: str, past: str) -> bool:
        """Have a kind of record hold the rows of two queries on another database; False where it says the same already."""
        rows = {record: present, f"{record}_past": past}
        if said(self.con, *(f"from {table}" for table in rows)) == said(of, *rows.values()):
            return False
        for table, sql in rows.items():
            self._fill(table, of, sql)
        self.con.execute(
            f"create or replace view {record}_version as from {record} union all from {record}_past"
        )
        return True

    def complete(self, rows: list[tuple]) -> None:
        """Up to when each source is complete: record, source, instance, moment."""
        self.con.execute("delete from as_of")
        if rows:
            self.con.executemany("insert into as_of values (?, ?, ?, ?)", rows)

    def facts(self, table: str, of: duckdb.DuckDBPyConnection) -> None:
        """Have a small table (setting, patch_days, source_title, as_of, load) be that of another snapshot."""
        self._fill(table, of, f"from {table}")

    def _fill(self, table: str, of: duckdb.DuckDBPyConnection, sql: str) -> None:
        self.con.register("incoming", of.sql(sql).to_arrow_reader(BATCH))
        self.con.execute(f"create or replace table {table} as from incoming")
        self.con.unregister("incoming")

    def build(self, changed: Iterable[str] | None) -> None:
        """Make the marts anew that read what has changed; None for all."""
        build_marts(self.con, changed, self._marts, self._wanted)


def said(con: duckdb.DuckDBPyConnection, *rows: str) -> list[list[tuple]]:
    """What queries for rows of records say, whichever loads say it, as something to compare."""
    return [
        con.execute(
            f'select count(*), sum(hash(told)) from (select * exclude (load, "row", sequence) from ({sql})) as told'
        ).fetchall()
        for sql in rows
    ]


@contextmanager
def retelling(earlier: Path, work: Path, marts: Mapping[str, str], wanted: Iterable[str]) -> Iterator[Retold]:
    """A copy of an earlier snapshot, thrown away at the end."""
    beside = work / "retold.duckdb"
    shutil.copyfile(earlier, beside)
    with duckdb.connect(str(beside), config={"autoinstall_known_extensions": False}) as con:
        con.execute("set memory_limit = '1GB'")
        con.execute("set temp_directory = $folder", {"folder": str(work)})
        con.execute("set timezone = 'UTC'")
        con.execute("set enable_external_access = false")
        yield Retold(con, marts, wanted)
