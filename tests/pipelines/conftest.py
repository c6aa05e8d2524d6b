"""Small incident exports, and the content of a snapshot as something two snapshots can be compared by."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

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
            set_aside, cells_refused, withdrawn_at is not null from load order by load"""
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
