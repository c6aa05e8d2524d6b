"""Small snapshots made by hand: a table of observations, a metric that selects it, and what readings need beside."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from dashboard.metric import Metric
from dashboard.readings import Readings
from pipelines.settings import Settings
from pipelines.snapshot import create_tables, path

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


class World:
    """A data folder whose snapshots are given as rows of one metric's observations, named `measure`."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.number = 0
        self.metrics: dict[str, Metric] = {}

    def given(
        self,
        kind: str,
        rows: list[dict],
        state: bool = False,
        as_of: dict[str, datetime] | datetime = AS_OF,
        targets: list[dict] = (),
        settings: Settings = Settings(),  # noqa: B008, frozen
        columns: str = "",
        **header,
    ) -> Readings:
        """A new snapshot. rows: observations; record_id defaults to the row's number. header: of the metric."""
        self.number += 1
        placed = COLUMNS[kind] if not state else f"{STATE}{', met boolean' if kind == 'share' else ''}"
        beside = self.folder / "beside.duckdb"
        (self.folder / "warehouse").mkdir(exist_ok=True)
        with duckdb.connect(str(beside)) as con:
            create_tables(con)
            con.execute(f"create table measured ({COMMON}, {placed}{columns})")
            for number, row in enumerate(rows):
                insert(con, "measured", {"record_id": f"r{number}", **row})
            for source, at in (as_of if isinstance(as_of, dict) else {"tool": as_of}).items():
                insert(con, "as_of", {"record": "incident", "source": source, "at": at})
            for number, target in enumerate(targets):
                insert(con, "target", {"key": f"{number}", "metric": "measure", **target})
            for name, value in settings.model_dump(exclude={"patch_days"}).items():
                insert(con, "setting", {"name": name, "value": str(value)})
        beside.rename(path(self.folder, self.number))
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
        self.metrics["measure"] = Metric(name="measure", kind=kind, sql="from measured", **(base | header))
        return Readings(self.folder, self.metrics)


def insert(con: duckdb.DuckDBPyConnection, table: str, row: dict) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    con.execute(f"insert into {table} ({names}) values ({', '.join('?' * len(row))})", list(row.values()))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One world for many examples: each gives the next snapshot."""
    return World(tmp_path_factory.mktemp("worlds"))
