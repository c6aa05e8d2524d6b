"""`dashboard what-if`: supposed readings, named so, for people and as JSON."""

import json

import duckdb
import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from pipelines.marts import build_marts
from pipelines.snapshot import create_tables, path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory):
    """One major incident of Payments, restored after eight hours; a closed third quarter."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "warehouse").mkdir()
    with duckdb.connect(str(path(folder, 1))) as con:
        create_tables(con)
        con.execute("insert into setting values ('timezone', 'UTC')")
        con.execute("insert into as_of values ('incident', 'tool', 'tool', '2026-10-02')")
        con.execute(
            """insert into incident by name select 'tool:1' as record_id, '1' as key, 'tool' as source, 'tool' as instance,
            1 as severity, 'resolved' as status, 'outage' as impact, ['Payments'] as services, timestamp '2026-08-03' as opened_at,
            timestamp '2026-08-03 08:00' as restored_at, timestamp '2026-09-30' as effective_at"""
        )
        build_marts(con)
    return folder


def run(data, *words: str):
    return CliRunner().invoke(app, ["what-if", "--data", str(data), *words])


def test_supposed_numbers_are_named_so(data):
    done = run(data, "--service", "Payments", "--restored-within", "3", "--json")
    told = json.loads(done.output)
    down = told["metrics"][0]

    assert told["what_if"] == "What if Payments had been restored within 3 h in every major incident?"
    assert (told["period"], told["changed"], down["metric"]) == ("2026-Q3", 1, "downtime")
    assert (down["as_it_is"]["value"], down["what_if"]["value"]) == (8, 3)
    assert "what if: 3 h" in run(data, "--service", "Payments", "--restored-within", "3").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Say one thing to suppose"),
        (["--restored-within", "3", "--patched-by", "2026-10-03"], "Say one thing to suppose"),
        (["--patched-by", "2026-10-03"], "Patches are not loaded"),
    ],
)
def test_what_cannot_be_supposed_is_said(data, words, said):
    assert said in str(run(data, "--service", "Payments", *words).exception)
