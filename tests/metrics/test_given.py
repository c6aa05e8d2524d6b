"""Each metric on the smallest rows that prove its rules: <metric>.toml holds what is given and what must come out.

Rows are a table, one line a row; what follows # says what becomes of the row.
"""

import tomllib
from datetime import datetime
from pathlib import Path

import pytest

from dashboard.metric import read_metrics
from dashboard.moved import PARTS, item, moved
from pipelines.records import table_columns

FOLDER = Path(__file__).parent


def table(record: str, text: str) -> list[dict]:
    """The rows of a table: cells between |, empty for null, lists with commas."""
    lines = [[cell.strip() for cell in line.split("#")[0].split("|")] for line in text.strip().splitlines()]
    types = table_columns(record.removesuffix("_past"))
    rows = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    return [{name: cell(value, types[name]) for name, value in row.items() if value} for row in rows]


def cell(value: str, kind: str) -> str | list[str]:
    return [part.strip() for part in value.split(",")] if kind == "varchar[]" else value


def cases() -> list:
    found = []
    for name in read_metrics():
        given = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
        for expected in given["expect"]:
            what = [
                expected["period"],
                *expected.get("scope", {}).values(),
                *expected.get("part", {}).values(),
            ]
            found.append(pytest.param(name, given, expected, id=" ".join([name, *what])))
    return found


@pytest.mark.parametrize(("metric", "given", "expected"), cases())
def test_given_rows_make_the_expected_value(world, metric, given, expected):
    rows = {record: table(record, text) for record, text in given["given"].items()}
    as_of = {source: datetime.fromisoformat(moment) for source, moment in given["as_of"].items()}
    settings = given.get("settings", {})
    if "patch_days" in settings:
        settings = settings | {"patch_days": {int(k): v for k, v in settings["patch_days"].items()}}
    world.given(rows, as_of, **settings)

    read = world.read(metric, expected["period"], expected.get("scope", {}) | expected.get("part", {}))

    assert read.n == expected["n"]
    assert not expected.get("unknown") or read.value is None
    if "value" in expected:
        assert read.value == pytest.approx(expected["value"])
    if "left_out" in expected:
        assert read.left_out == expected["left_out"]


def test_every_ratio_can_be_taken_apart(world):
    world.given({}, {})
    opened, calendar = world.opened, world.calendar
    for name, metric in opened.metrics.items():
        if metric.kind in PARTS:
            periods = [calendar.period(month) for month in ("2026-07", "2026-06")]
            shape = opened.shape(name)
            moved(world.con.cursor(), shape, *periods, {})
            assert item(shape) is None or item(shape) in shape.columns
