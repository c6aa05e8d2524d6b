"""Small worlds for the metrics: rows given by table, the marts made from them, and a metric read in plain Python."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import pytest

from dashboard.metric import read_metrics
from dashboard.period import Calendar
from pipelines.marts import build_marts
from pipelines.records import table_columns
from pipelines.settings import Settings
from pipelines.snapshot import create_tables


@dataclass
class Read:
    """value: None where nothing counts or a median is not reached. n, left_out: distinct records."""

    value: float | None
    n: int
    left_out: dict[str, int]


class World:
    """One snapshot in memory; what is given to it is gone with the next `given`."""

    def __init__(self):
        self.con = duckdb.connect()
        self.con.execute("set timezone = 'UTC'")
        create_tables(self.con)
        build_marts(self.con)
        self.metrics = read_metrics()
        self.con.execute("begin")

    def given(self, rows: dict[str, list[dict]], as_of: dict[str, datetime], **settings) -> None:
        """rows: record -> its rows by column; `key`, `source` and `effective_at` have defaults. `asset_past` and the like are earlier versions.
        as_of: source -> up to when its data is complete.
        """
        self.con.execute("rollback")
        self.con.execute("begin")
        chosen = Settings(**settings)
        self.calendar = Calendar.of(chosen)
        plain = chosen.model_dump(exclude={"patch_days"})
        self.con.executemany("insert into setting values (?, ?)", [(k, str(v)) for k, v in plain.items()])
        self.con.executemany("insert into patch_days values (?, ?)", list(chosen.patch_days.items()))
        for table, several in rows.items():
            record = table.removesuffix("_past")
            for number, row in enumerate(several):
                self._insert(table, record, {"key": f"{record}{number}", **row})
            if record == table:
                complete = [(record, source, moment) for source, moment in as_of.items()]
                self.con.executemany("insert into as_of values (?, ?, ?)", complete)
        build_marts(self.con, {"setting", "patch_days", *rows})

    def _insert(self, table: str, record: str, row: dict) -> None:
        row = {"source": "tool", "effective_at": datetime(2026, 1, 1), "load": 1, "row": 2, **row}
        row = {"instance": row["source"], "sequence": 0, "record_id": f"{row['source']}:{row['key']}", **row}
        if strange := row.keys() - table_columns(record).keys():
            raise KeyError(f"{record} has no column {strange}")
        columns = ", ".join(f'"{name}"' for name in row)
        holders = ", ".join("?" for _ in row)
        self.con.execute(f"insert into {table} ({columns}) values ({holders})", list(row.values()))

    def observations(self, metric: str) -> list[dict]:
        found = self.con.execute(self.metrics[metric].sql)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def read(self, metric: str, period: str, scope: dict[str, str]) -> Read:
        """A metric's value by the words of its kind's definition, one row after the other."""
        kind, cut = self.metrics[metric].kind, self.calendar.period(period)
        counted, left_out = {}, defaultdict(set)
        for number, row in enumerate(self.observations(metric)):
            inside = placed(row, kind, cut.start, cut.end)
            if not inside or not all(value in within(row, part) for part, value in scope.items()):
                continue
            if row["left_out"]:
                left_out[row["left_out"]].add(row["record_id"])
            else:
                counted[number] = row | {"inside": inside}
        rows = list(counted.values())
        n = len({row["record_id"] for row in rows})
        return Read(value(kind, rows) if rows else None, n, {k: len(v) for k, v in left_out.items()})


def within(row: dict, part: str) -> list:
    return row[f"{part}s"] if f"{part}s" in row else [row[part]]


def placed(row: dict, kind: str, start: datetime, end: datetime) -> tuple | None:
    """From when to when a row is in the period; None where it is not."""
    if "at" in row:
        return (row["at"], row["at"]) if start <= row["at"] < end else None
    until = row["until"] or datetime.max
    if kind == "span":
        since, until = max(row["since"], start), min(row["until"] or row["as_of"], end)
        return (since, until) if since < until or start <= row["since"] == until < end else None
    moment = min(end - timedelta(microseconds=1), row["as_of"])
    return (moment, moment) if row["since"] <= moment < until else None


def value(kind: str, rows: list[dict]) -> float | None:
    if kind == "total":
        return sum(row["amount"] for row in rows)
    if kind == "span":
        return sum((row["inside"][1] - row["inside"][0]) / timedelta(hours=1) for row in rows)
    if kind == "share":
        return 100 * sum(row["met"] for row in rows) / len(rows)
    if kind == "score":
        return sum(row["score"] for row in rows) / len(rows)
    if kind == "duration":
        return median([(row["hours"], row["finished"]) for row in rows])
    return len({row["record_id"] for row in rows})


def median(times: list[tuple[float, bool]]) -> float | None:
    """The first time at which the product-limit estimate is at or below a half."""
    alive = 1.0
    for moment in sorted({hours for hours, finished in times if finished}):
        at_risk = sum(hours >= moment for hours, _ in times)
        alive *= 1 - sum(finished and hours == moment for hours, finished in times) / at_risk
        if alive <= 0.5 + 1e-12:
            return moment
    return None


@pytest.fixture(scope="session")
def world():
    return World()
