"""Small incident exports, and the content of a snapshot as something two snapshots can be compared by."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipelines import snapshot, warehouse
from pipelines.asked import Asked
from pipelines.records import RECORDS
from pipelines.snapshot import open_snapshot

START = datetime(2026, 1, 1)


def write_incidents(path: Path, rows: list[tuple[str, int, str]]) -> Path:
    """A ServiceNow-like export: (number, day of its update, title) a row."""
    lines = ["number,opened_at,sys_updated_at,state,priority,short_description"]
    for number, day, title in rows:
        updated = START + timedelta(days=day)
        lines.append(f"{number},{START},{updated},In Progress,2 - High,{title}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def content(data: Path) -> dict[str, list]:
    """All that a snapshot says, but for when and by whom it was loaded."""
    _, con = open_snapshot(data)
    with con:
        tables = [t for r in RECORDS for t in (r, f"{r}_past")]
        held = {t: sorted(map(repr, con.execute(f"select * from {t}").fetchall())) for t in tables}
        held["reject"] = sorted(map(repr, con.execute("from reject").fetchall()))
        held["as_of"] = sorted(map(repr, con.execute("from as_of").fetchall()))
        held["load"] = con.execute(
            """select load, file, hash, source, moment, rows_read, accepted, unchanged, superseded, rejected,
            set_aside, cells_refused, closed, doubtful, warnings, withdrawn_at is not null from load order by load"""
        ).fetchall()
    return held


@pytest.fixture
def incidents(tmp_path):
    """write(name, rows) -> path of an export in a folder of its own."""

    def write(name: str, rows: list[tuple[str, int, str]]) -> Path:
        folder = tmp_path / "exports"
        folder.mkdir(exist_ok=True)
        return write_incidents(folder / name, rows)

    return write


@pytest.fixture
def marts():
    """Snapshots with their marts, for what looks at what is made of records."""


@pytest.fixture(autouse=True)
def records_alone(request, monkeypatch):
    """Snapshots without marts, which are half of a small load's time, for tests that do not ask for `marts`."""
    if "marts" not in request.fixturenames:
        monkeypatch.setattr(snapshot, "build_marts", lambda con, changed, **_: [])


SCAN = """
title     = "Scans of a made-up scanner"
record    = "patch"
recognise = ["scanned_host", "weakness"]
full      = true

[columns]
asset         = ["scanned_host"]
patch         = ["weakness"]
severity      = ["level"]
first_seen_at = ["found"]
effective_at  = ["looked"]
state         = ["standing"]

[compute]
key = "asset || '|' || patch"
"""


def write_scan(data: Path, path: Path, rows: list[tuple]) -> Path:
    """A scan as its full source in the data folder reads it: (host, weakness[, state[, day found]]) a row."""
    source = data / "sources" / "patch" / "scanner.toml"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(SCAN, "utf-8")
    lines = ["scanned_host,weakness,level,found,looked,standing"]
    for host, weakness, *more in rows:
        state, day = [*more, *("open", 0)[len(more) :]]
        lines.append(f"{host},{weakness},2,{START + timedelta(days=day)},,{state}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def scan(tmp_path):
    """scan(day, rows, **asked) -> the outcome of loading a scan of that day into tmp_path/data."""
    made = iter(range(100))

    def loading(day: int, rows: list[tuple], **asked):
        data = tmp_path / "data"
        export = write_scan(data, tmp_path / f"scan{next(made)}.csv", rows)
        moment = Asked(as_of=START + timedelta(days=day), **asked)
        (outcome,) = warehouse.load([export], data, asked=moment)
        assert outcome.error is None
        return outcome

    return loading
