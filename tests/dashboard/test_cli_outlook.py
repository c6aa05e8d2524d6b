"""`dashboard outlook`: counts by kind and days, and their rows, for people and as JSON."""

import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from pipelines.marts import build_marts
from pipelines.snapshot import create_tables, path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One finding, due at the end of a day in New York."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "warehouse").mkdir()
    with duckdb.connect(str(path(folder, 1))) as con:
        create_tables(con)
        con.execute("insert into setting values ('timezone', 'America/New_York')")
        con.execute("insert into as_of values ('finding', 'tool', 'tool', '2026-09-30')")
        con.execute(
            """insert into finding by name select 'tool:F1' as record_id, 'F1' as key, 'tool' as source,
            'tool' as instance, 'Something' as title, 'open' as status, timestamp '2026-06-01' as raised_at,
            timestamp '2026-10-11 03:59:59.999999' as due_at, timestamp '2026-09-30' as effective_at, 'Head of IT' as owner"""
        )
        build_marts(con)
    return folder


def run(data: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["outlook", "--data", str(data), *words])
    assert done.exit_code == 0, done.output
    return done.output


def test_it_counts_by_kind_and_days(data):
    told = json.loads(run(data, "--json"))

    assert told["now"] == "2026-09-30T00:00:00Z"
    assert told["counts"]["finding"] == {"overdue": 0, "0–30 days": 1, "31–60 days": 0, "61–90 days": 0}
    assert "rows" not in told


def test_it_lists_the_rows_of_a_kind(data):
    (row,) = json.loads(run(data, "--json", "--kind", "finding"))["rows"]

    assert (row["item"], row["owner"], row["severity"], row["services"]) == (
        "F1: Something",
        "Head of IT",
        None,
        ["Unassigned"],
    )
    assert row["due_at"] == "2026-10-11T03:59:59.999999Z"
    assert json.loads(run(data, "--json", "--kind", "patch"))["rows"] == []


def test_people_read_the_day_of_their_own_zone(data):
    assert "2026-10-10   0–30 days  F1: Something (Head of IT)" in run(data, "--kind", "finding")


def test_another_kind_is_refused(data):
    done = CliRunner().invoke(app, ["outlook", "--data", str(data), "--kind", "incident"])

    assert "only patch, finding, audit, exception" in str(done.exception)
