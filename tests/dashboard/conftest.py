"""Small snapshots made by hand: a table of observations, a metric that selects it, and what readings need beside."""

import sys
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from dashboard.metric import Metric
from dashboard.opened import Opened
from dashboard.readings import Readings
from pipelines.settings import Settings
from pipelines.snapshot import create_tables, path, write_blank

COLUMNS = {
    "total": '"at" timestamp, amount double',
    "span": "since timestamp, until timestamp",
    "count": '"at" timestamp',
    "share": '"at" timestamp, met boolean',
    "rate": '"at" timestamp, amount double, "of" double',
    "duration": '"at" timestamp, hours double, finished boolean',
    "score": '"at" timestamp, score double',
}
STATE = "since timestamp, until timestamp"
COMMON = "record_id varchar, services varchar[], severity integer, left_out varchar, as_of timestamp"
UNITS = {"total": "money", "count": "incidents", "share": "percent", "rate": "percent", "score": "score"}
AS_OF = datetime(2026, 10, 1)


@pytest.fixture(autouse=True)
def main_module():
    """A page that is tried takes the place of the main module, which processes of later tests would run."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


class World:
    """Snapshots given as rows of one metric's observations, named `measure`; in memory, each in place of the last."""

    def __init__(self):
        self.metrics: dict[str, Metric] = {}
        self.con = duckdb.connect()
        create_tables(self.con)

    def given(self, kind: str, rows: list[dict], **more) -> Opened:
        """The snapshot, opened. For what may be given see `fill`."""
        self.metrics["measure"] = fill(self.con, kind, rows, **more)
        return Opened(1, self.con, self.metrics)


class Folder:
    """The same as published snapshots of a data folder."""

    def __init__(self, data: Path):
        self.metrics: dict[str, Metric] = {}
        self.data = data
        self.number = 0
        (data / "warehouse").mkdir()

    def given(self, kind: str, rows: list[dict], **more) -> Readings:
        self.number += 1
        beside = self.data / "beside.duckdb"
        write_blank(beside)
        with duckdb.connect(str(beside)) as con:
            self.metrics["measure"] = fill(con, kind, rows, **more)
        beside.rename(path(self.data, self.number))
        return Readings(self.data, self.metrics)


def fill(
    con: duckdb.DuckDBPyConnection,
    kind: str,
    rows: list[dict],
    state: bool = False,
    as_of: dict[str, datetime] | datetime = AS_OF,
    targets: tuple[dict, ...] = (),
    columns: str = "",
    organisation: dict = {},  # noqa: B006, never changed
    **header,
) -> Metric:
    """A metric and the snapshot it reads.

    rows: observations; record_id defaults to the row's number. state: they last from since to until.
    as_of: by source. columns: further ones of the observations. organisation: settings. header: of the metric.
    """
    placed = COLUMNS[kind] if not state else f"{STATE}{', met boolean' if kind == 'share' else ''}"
    con.execute(f"create or replace table measured ({COMMON}, {placed}{columns})")
    for table in ("as_of", "target", "setting"):
        con.execute(f"delete from {table}")
    insert(con, "measured", [{"record_id": f"r{number}", **row} for number, row in enumerate(rows)])
    complete = as_of if isinstance(as_of, dict) else {"tool": as_of}
    insert(con, "as_of", [{"record": "incident", "source": s, "at": at} for s, at in complete.items()])
    insert(
        con, "target", [{"key": f"{n}", "metric": "measure", **target} for n, target in enumerate(targets)]
    )
    stored = Settings(**organisation).model_dump(exclude={"patch_days"})
    insert(con, "setting", [{"name": name, "value": str(value)} for name, value in stored.items()])
    base = {
        "title": "Measure",
        "question": "How much?",
        "unit": UNITS.get(kind, "hours"),
        "better": "lower",
        "says": "{value} of {n}",
        "reads": ("incident",),
        "by": ("service", "severity"),
        "board": 1,
    }
    return Metric(name="measure", kind=kind, sql="from measured", **(base | header))


def insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict]) -> None:
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        con.execute(f"insert into {table} ({names}) values ({', '.join('?' * len(row))})", list(row.values()))


@pytest.fixture(scope="session")
def world() -> World:
    return World()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)
