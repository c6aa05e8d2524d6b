"""Every source reads its example in tests/exports as the file beside it expects.

<source>.<ext> and <source>.<variant>.<ext> are exports; <same name>.expect.toml says what must come out:
the counts that are not 0, unmapped columns, every refused row and cell (row, column, value; "" is an empty
cell), and some fields of some records (by key; "" is null).
"""

import tomllib
from pathlib import Path

import pytest

from pipelines import warehouse
from pipelines.snapshot import open_snapshot
from pipelines.source import sources

EXPORTS = Path(__file__).parents[2] / "exports"
COUNTS = ("accepted", "unchanged", "superseded", "rejected", "set_aside", "cells_refused")
EXPECTED = sorted(EXPORTS.glob("*.expect.toml"))


def stem(path: Path) -> str:
    return path.name.removesuffix(".expect.toml")


@pytest.mark.parametrize("expected", EXPECTED, ids=stem)
def test_example(expected: Path, tmp_path: Path):
    expect = tomllib.loads(expected.read_text("utf-8"))
    (export,) = (f for f in EXPORTS.glob(f"{stem(expected)}.*") if f != expected and f.stem == stem(expected))

    (outcome,) = warehouse.load([export], tmp_path)

    assert outcome.error is None
    assert outcome.source == stem(expected).partition(".")[0]
    assert {c: getattr(outcome, c) for c in COUNTS} == {c: expect.get(c, 0) for c in COUNTS}
    assert warehouse.check(export, tmp_path).unmapped == expect.get("unmapped", [])
    refused = {(r["row"], r["column"], r["value"] or "") for r in warehouse.rejects(tmp_path, 1)}
    assert refused == {(r["row"], r["column"], r["value"]) for r in expect.get("refused", [])}
    rows = records(tmp_path, outcome.record)
    for record in expect["record"]:
        fields = [
            {c: "" if row[c] is None else row[c] for c in record}
            for row in rows
            if row["key"] == record["key"]
        ]
        assert record in fields


def records(data: Path, record: str) -> list[dict]:
    _, con = open_snapshot(data)
    with con:
        cursor = con.execute(f"select * from {record}")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_no_source_is_without_an_example():
    assert set(sources()) == {stem(expected).partition(".")[0] for expected in EXPECTED}
