"""Small worlds for the metrics: rows given, the marts made from them, readings out, by way of what pages ask."""

from datetime import datetime

import duckdb
import pytest

from dashboard.opened import Opened
from dashboard.period import Calendar
from dashboard.reading import Reading
from pipelines.marts import build_marts
from pipelines.records import table_columns
from pipelines.settings import Settings
from pipelines.snapshot import create_tables


class World:
    """One snapshot in memory; what is given to it is gone with the next `given`."""

    def __init__(self):
        self.con = duckdb.connect()
        self.con.execute("set timezone = 'UTC'")
        create_tables(self.con)
        build_marts(self.con)
        self.stale: set[str] = set()
        self.chosen: Settings | None = None

    def given(self, rows: dict[str, list[dict]], as_of: dict[str, datetime], **settings) -> None:
        """rows: table (a record or record_past) -> its rows by column; what every record carries has defaults.
        as_of: source, or "source/instance" -> up to when its data is complete.
        """
        self.con.execute("begin")
        try:
            self._fill(rows, as_of, chosen := Settings(**settings))
            self.con.execute("commit")
        except BaseException:  # a test that fails or is stopped leaves a world that the next can use
            self.con.execute("rollback")
            raise
        self.stale, self.chosen = set(rows), chosen
        self.calendar = Calendar.of(chosen)
        self.opened = Opened(1, self.con)

    def _fill(self, rows: dict[str, list[dict]], as_of: dict[str, datetime], chosen: Settings) -> None:
        for table in {"setting", "patch_days", "as_of", *self.stale}:
            self.con.execute(f"delete from {table}")
        plain = chosen.model_dump(exclude={"patch_days"})
        self.con.executemany("insert into setting values (?, ?)", [(k, str(v)) for k, v in plain.items()])
        self.con.executemany("insert into patch_days values (?, ?)", list(chosen.patch_days.items()))
        records = {table.removesuffix("_past") for table in rows}
        complete = [
            (record, name.split("/")[0], name.split("/")[-1], moment)
            for record in records
            for name, moment in as_of.items()
        ]
        if complete:
            self.con.executemany("insert into as_of values (?, ?, ?, ?)", complete)
        for table, several in rows.items():
            for number, row in enumerate(several):
                self._insert(table, {"key": f"{table}{number}", **row})
        facts = {"setting", "patch_days"} if chosen != self.chosen else set()
        build_marts(self.con, {*facts, *rows, *self.stale})

    def _insert(self, table: str, row: dict) -> None:
        row = {"source": "tool", "effective_at": datetime(2026, 1, 1), "load": 1, "row": 2, **row}
        row = {"instance": row["source"], "sequence": 0, "record_id": f"{row['source']}:{row['key']}", **row}
        if strange := row.keys() - table_columns(table.removesuffix("_past")).keys():
            raise KeyError(f"{table} has no column {strange}")
        columns = ", ".join(f'"{name}"' for name in row)
        holders = ", ".join("?" for _ in row)
        self.con.execute(f"insert into {table} ({columns}) values ({holders})", list(row.values()))

    def read(self, metric: str, period: str, scope: dict[str, str]) -> Reading:
        return self.opened.reading(metric, self.calendar.period(period), scope)


@pytest.fixture(scope="session")
def world():
    return World()
