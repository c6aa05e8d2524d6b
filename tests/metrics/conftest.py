"""Small worlds for the metrics: rows given, the marts made from them, readings out, by way of what pages ask."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import duckdb
import pytest

from dashboard.metric import read_metrics
from dashboard.opened import Opened
from dashboard.period import Calendar
from dashboard.reading import Reading
from pipelines.convert import CARRIED_COLUMNS
from pipelines.marts import build_marts, kind, marts, reads, tables
from pipelines.records import RECORDS, table_columns
from pipelines.settings import Settings
from pipelines.snapshot import create_tables


class World:
    """One snapshot in memory; what is given to it is gone with the next `given`.

    A mart is made anew once something reads it: a metric needs few of them, and random rows are given often.
    """

    def __init__(self):
        self._con = duckdb.connect()
        self._con.execute("set timezone = 'UTC'")
        create_tables(self._con)
        build_marts(self._con)
        self._reads, self._selects, self._metrics = reads(), marts(), read_metrics()
        self._kinds = {name: kind(name) for name in self._selects}
        self._waiting: set[str] = set()
        self.stale: set[str] = set()
        self.chosen: Settings | None = None

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The snapshot, with every mart."""
        self._make(self._waiting)
        return self._con

    @property
    def opened(self) -> Opened:
        """The snapshot as it is read, with every mart."""
        self._make(self._waiting)
        return self._opened

    def read_by(self, metrics: Iterable[str]) -> Opened:
        """The snapshot as it is read, with the marts that these metrics need."""
        self._make({name for metric in metrics for name in tables((self._metrics[metric].sql,))[0]})
        return self._opened

    def _make(self, wanted: set[str]) -> None:
        """Make these marts, and what they are made of, where they have not been since rows were given."""
        needed = set(wanted)
        for name in reversed(self._reads):
            if name in needed:
                needed |= self._reads[name]
        for name in self._reads:
            if name in needed & self._waiting:
                self._con.execute(f"create or replace {self._kinds[name]} {name} as {self._selects[name]}")
                self._waiting.discard(name)

    def given(self, rows: dict[str, list[dict]], as_of: dict[str, datetime], **settings) -> None:
        """rows: table (a record or record_past) -> its rows by column; what every record carries has defaults. A date
        without a time (or its text) is stored as the conversion of exports does it.
        as_of: source, or "source/instance" -> up to when its data is complete.
        """
        self._con.execute("begin")
        try:
            self._fill(rows, as_of, chosen := Settings(**settings))
            self._con.execute("commit")
        except BaseException:  # a test that fails or is stopped leaves a world that the next can use
            self._con.execute("rollback")
            raise
        self.stale, self.chosen = set(rows), chosen
        self.calendar = Calendar.of(chosen)
        self._opened = Opened(1, self._con, self._metrics)

    def _fill(self, rows: dict[str, list[dict]], as_of: dict[str, datetime], chosen: Settings) -> None:
        for table in {"setting", "patch_days", "as_of", *self.stale}:
            self._con.execute(f"delete from {table}")
        plain = chosen.model_dump(exclude={"patch_days"})
        self._con.executemany("insert into setting values (?, ?)", [(k, str(v)) for k, v in plain.items()])
        self._con.executemany("insert into patch_days values (?, ?)", list(chosen.patch_days.items()))
        records = {table.removesuffix("_past") for table in rows}
        complete = [
            (record, name.split("/")[0], name.split("/")[-1], moment)
            for record in records
            for name, moment in as_of.items()
        ]
        if complete:
            self._con.executemany("insert into as_of values (?, ?, ?, ?)", complete)
        for table, several in rows.items():
            if several:
                self._insert(
                    table, [{"key": f"{table}{n}", **row} for n, row in enumerate(several)], chosen.zone
                )
        facts = {"setting", "patch_days"} if chosen != self.chosen else set()
        changed = {table.removesuffix("_past") for table in {*facts, *rows, *self.stale}}
        for name, needs in self._reads.items():
            if needs & (changed | self._waiting):
                self._waiting.add(name)

    def _insert(self, table: str, rows: list[dict], zone: ZoneInfo) -> None:
        plain = {"source": "tool", "effective_at": datetime(2026, 1, 1), "load": 1, "row": 2, "sequence": 0}
        full = [plain | row for row in rows]
        full = [
            {"instance": row["source"], "record_id": f"{row['source']}:{row['key']}", **row} for row in full
        ]
        names = list(dict.fromkeys(name for row in full for name in row))
        if strange := set(names) - table_columns(table.removesuffix("_past")).keys():
            raise KeyError(f"{table} has no column {strange}")
        kinds = {**CARRIED_COLUMNS, **RECORDS[table.removesuffix("_past")].columns}
        for name in names:
            if name in kinds and kinds[name].type == "time":
                full = [{**row, name: stored(row.get(name), kinds[name].ends, zone)} for row in full]
        columns, holders = ", ".join(f'"{name}"' for name in names), ", ".join("?" for _ in names)
        self._con.executemany(
            f"insert into {table} ({columns}) values ({holders})",
            [[row.get(name) for name in names] for row in full],
        )

    def read(self, metric: str, period: str, scope: dict[str, str]) -> Reading:
        self._make(set(tables((self._opened.metric(metric).sql,))[0]))
        return self._opened.reading(metric, self.calendar.period(period), scope)


def stored(told: object, ends: bool, zone: ZoneInfo) -> object:
    """A date without a time as the moment in UTC at which it begins, or ends, in a zone; anything else as it is."""
    if isinstance(told, str) and len(told) == 10:
        told = date.fromisoformat(told)
    if not isinstance(told, date) or isinstance(told, datetime):
        return told
    moment = datetime.combine(told, time.max if ends else time.min, zone)
    return moment.astimezone(UTC).replace(tzinfo=None)


@pytest.fixture(scope="session")
def world():
    return World()
