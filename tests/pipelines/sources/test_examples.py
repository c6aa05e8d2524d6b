"""Every source reads its example in tests/exports as the file beside it expects.

<source>.<ext> and <source>.<variant>.<ext> are exports; <same name>.expect.toml says what must come out:
the counts that are not 0, unmapped columns, every refused row and cell (row, column, value; "" is an empty
cell), and some fields of some records (by key; "" is null).
"""

import tomllib
from pathlib import Path

import duckdb
import pytest

from pipelines import warehouse
from pipelines.source import sources

EXPORTS = Path(__file__).parents[2] / "exports"
COUNTS = ("accepted", "unchanged", "superseded", "rejected", "set_aside", "cells_refused")
EXPECTED = sorted(EXPORTS.glob("*.expect.toml"))


def stem(path: Path) -> str:
    return path.name.removesuffix(".expect.toml")


def export_of(expected: Path) -> Path:
    (export,) = (f for f in EXPORTS.glob(f"{stem(expected)}.*") if f != expected and f.stem == stem(expected))
    return export


def source_of(expected: Path) -> str:
    return stem(expected).partition(".")[0]


@pytest.fixture(scope="module")
def tried(tmp_path_factory) -> dict[Path, tuple[warehouse.Checked, list[dict]]]:
    """What a load of each example would do, and the records of its source then: one of every source in each snapshot."""
    found, left = {}, EXPECTED
    while left:
        now = list({source_of(expected): expected for expected in reversed(left)}.values())
        left = [expected for expected in left if expected not in now]
        folder = tmp_path_factory.mktemp("data")
        with warehouse.trial([export_of(expected) for expected in now], folder) as trial:
            for expected, checked in zip(now, trial.checked, strict=True):
                found[expected] = checked, records(trial.following.con, checked.outcome)
            trial.snapshot()  # marts can be made of them
    return found


@pytest.mark.parametrize("expected", EXPECTED, ids=stem)
def test_example(tried, expected: Path):
    expect = tomllib.loads(expected.read_text("utf-8"))
    checked, rows = tried[expected]
    outcome = checked.outcome

    assert outcome.error is None
    assert outcome.source == source_of(expected)
    assert {c: getattr(outcome, c) for c in COUNTS} == {c: expect.get(c, 0) for c in COUNTS}
    assert checked.unmapped == expect.get("unmapped", [])
    refused = {(r["row"], r["column"], r["value"] or "") for r in checked.rejects}
    assert refused == {(r["row"], r["column"], r["value"]) for r in expect.get("refused", [])}
    for record in expect["record"]:
        fields = [
            {c: "" if row[c] is None else row[c] for c in record}
            for row in rows
            if row["key"] == record["key"]
        ]
        assert record in fields


def records(con: duckdb.DuckDBPyConnection, outcome: warehouse.Outcome) -> list[dict]:
    """The present records of what was taken in, none where it was refused."""
    if outcome.error:
        return []
    cursor = con.execute(f"select * from {outcome.record} where source = ?", [outcome.source])
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_no_source_is_without_an_example():
    assert set(sources()) == {source_of(expected) for expected in EXPECTED}
