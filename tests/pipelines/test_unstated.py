"""What an export leaves unsaid is filled from the load, told to people, and does not change when it is loaded again."""

from datetime import datetime
from pathlib import Path

import pytest

from pipelines import warehouse
from pipelines.asked import Asked
from pipelines.snapshot import open_snapshot

TOOL = """title = "Tool"
record = "patch"
recognise = ["weakness", "machine"]
moment = "newest or load"
unstated = {first_seen_at = "moment", asset = "instance"}
[columns]
key = ["weakness"]
asset = ["machine"]
first_seen_at = ["seen"]
[compute]
state = "'open'"
"""
EXPORT = "weakness,machine,seen\nCVE-1,db-01,\nCVE-2,,\nCVE-3,db-01,soon\n"  # "soon" is no date: rejected
FIRST, LATER = datetime(2026, 9, 1, 8), datetime(2026, 9, 8, 8)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "sources" / "patch").mkdir(parents=True)
    (tmp_path / "sources" / "patch" / "tool.toml").write_text(TOOL)
    (tmp_path / "export.csv").write_text(EXPORT)
    return tmp_path


def load(data: Path, at: datetime, **more) -> warehouse.Outcome:
    (outcome,) = warehouse.load([data / "export.csv"], data, clock=lambda: at, **more)
    return outcome


def rows(data: Path, sql: str) -> list[tuple]:
    _, con = open_snapshot(data)
    with con:
        return con.execute(sql).fetchall()


def test_what_is_not_said_is_filled_and_told(data):
    outcome = load(data, FIRST, instance="site a")
    assert (outcome.accepted, outcome.rejected) == (2, 1)
    assert rows(data, "select key, asset, first_seen_at from patch order by key") == [
        ("CVE-1", "db-01", FIRST),
        ("CVE-2", "site a", FIRST),
    ]
    assert "taken as it stood at 2026-09-01 08:00" in outcome.notes[-2]
    assert "site a stands for it" in outcome.notes[-1]


def test_the_same_export_again_is_no_younger(data):
    load(data, FIRST)
    again = load(data, LATER)
    assert (again.accepted, again.unchanged) == (0, 2)
    assert rows(data, "select distinct moment from load") == [(FIRST,)]


def test_a_moment_that_is_given_is_taken_and_kept_by_a_rebuild(data):
    outcome = load(data, LATER, asked=Asked(as_of=FIRST))
    assert rows(data, "select distinct first_seen_at from patch") == [(FIRST,)]
    assert not [note for note in outcome.notes if "taken as it stood" in note]
    warehouse.rebuild(data)
    assert rows(data, "select distinct first_seen_at from patch") == [(FIRST,)]


def test_a_state_is_dated_by_the_newest_sight_of_anything_in_it(tmp_path):
    (tmp_path / "sources" / "asset").mkdir(parents=True)
    (tmp_path / "sources" / "asset" / "fleet.toml").write_text(
        'title = "Fleet"\nrecord = "asset"\nrecognise = ["box"]\ndated_by = "last_seen_at"\n'
        '[columns]\nkey = ["box"]\nname = ["box"]\nlast_seen_at = ["heard"]\n'
    )
    lines = [
        "box,heard",
        "a,2026-08-30 07:00:00",
        "b,2026-03-01",
        "c,",
        "d,2031-01-01",
    ]  # d: its clock is wrong
    (tmp_path / "export.csv").write_text("\n".join(lines))
    outcome = load(tmp_path, FIRST)
    assert outcome.notes and not any("does not say when" in note for note in outcome.notes)
    found = rows(tmp_path, "select distinct effective_at from asset")
    assert found == [(datetime(2026, 8, 30, 7),)]
