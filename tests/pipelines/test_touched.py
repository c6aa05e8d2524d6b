"""A load of a few patches beside many has what is told of these alone made anew, and that is what is told of all."""

from datetime import timedelta

import duckdb
import pytest

from pipelines import marts, snapshot, warehouse
from pipelines.asked import Asked
from pipelines.snapshot import open_snapshot
from tests.pipelines.conftest import START, write_scan

HELD = [(f"host{number}", weakness, "open", -9) for number in range(40) for weakness in ("x", "y")]


@pytest.fixture
def in_part(monkeypatch):
    """How each time patch_due was made: in part or not, and how many of its rows stand where they stood."""
    made = []
    real = marts._made_in_part

    def making(*given):
        made.append(real(*given))
        return made[-1]

    monkeypatch.setattr(marts, "_made_in_part", making)
    return made


def told(data) -> list[tuple]:
    """What patch_due holds, which has to be what its own select says of all patches."""
    _, con = open_snapshot(data)
    with con:
        held = con.execute("from patch_due order by all").fetchall()
        assert held == con.execute(f"from ({marts.marts()['patch_due']}) order by all").fetchall()
        return con.execute(
            "select asset || ' ' || patch, installed_at, services, as_of from patch_obligation order by 1"
        ).fetchall()


def state(data, item: str) -> tuple:
    return next(row for row in told(data) if row[0] == item)


@pytest.mark.usefixtures("marts")
def test_what_a_load_touches_is_made_anew_and_nothing_else_is_wrong(tmp_path, scan, in_part):
    data = tmp_path / "data"
    scan(0, HELD)
    assert in_part == []  # there was nothing to make in part

    # Of host1 one is listed as fixed and the other no longer; how far the source reaches moves for all.
    scan(2, [("host1", "x", "fixed", -9)], complete=True)
    assert in_part == [True]
    assert state(data, "host1 y")[1] == START + timedelta(days=2)
    assert {row[3] for row in told(data)} == {START + timedelta(days=2)}

    scan(4, [("host1", "x", "open", -9), ("host1", "y", "open", -9)], complete=True)  # both are back
    assert in_part == [True, True] and state(data, "host1 y")[1] is None

    # An older scan, which is put in its place: everything is made anew.
    scan(1, [("host2", "x", "open", -30)], complete=True)
    assert in_part == [True, True]
    assert state(data, "host2 y")[1] == START + timedelta(days=1)

    # The list of assets names a machine by its full name, and a service for it.
    listed = tmp_path / "assets.csv"
    listed.write_text(
        "Name,Services,Last seen,As of\nhost3.example.com,Mail,2026-01-01,2026-01-01\n", "utf-8"
    )
    (outcome,) = warehouse.load([listed], data)
    assert outcome.error is None and outcome.accepted == 1
    assert in_part == [True, True, True] and state(data, "host3 x")[2] == ["Mail"]

    warehouse.withdraw(5, data, why="test")
    assert state(data, "host3 x")[2] == ["Unassigned"]
    warehouse.withdraw(2, data, why="test")
    assert state(data, "host1 y")[1] is None


@pytest.mark.usefixtures("marts")
def test_a_load_of_many_makes_what_is_told_anew_whole(tmp_path, scan, in_part):
    scan(0, HELD)
    scan(1, [(f"host{number}", "x", "open", -9) for number in range(20)], complete=True)
    assert in_part == []
    assert len([row for row in told(tmp_path / "data") if row[1] is not None]) == 20  # y of each


def test_a_key_that_stands_twice_among_what_was_touched_is_not_published(tmp_path, scan, monkeypatch):
    scan(0, HELD)
    real = snapshot.Next.settle

    def doubled(following):
        real(following)
        following.con.execute("insert into patch from patch where key = 'host1|x'")

    monkeypatch.setattr(snapshot.Next, "settle", doubled)
    export = write_scan(tmp_path / "data", tmp_path / "other.csv", [("host1", "x", "fixed")])
    with pytest.raises(AssertionError, match="patch would hold 1 keys twice"):
        warehouse.load([export], tmp_path / "data", asked=Asked(as_of=START + timedelta(days=1)))
    assert snapshot.numbers(tmp_path / "data") == [1]
    with duckdb.connect(str(snapshot.path(tmp_path / "data", 1)), read_only=True) as con:
        assert con.execute("select count(*) from patch").fetchall() == [(len(HELD),)]
