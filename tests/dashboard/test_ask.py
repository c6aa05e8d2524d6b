"""Questions in SQL: they are answered from the newest snapshot, change nothing, reach nothing else, and end."""

import json
import os
import sys
from pathlib import Path

import pytest

from dashboard.answer import answer
from dashboard.ask import ask, tables
from dashboard.cli import app
from dashboard.downloads import as_csv
from dashboard.reading import Unknown
from pipelines.errors import NotReady
from pipelines.snapshot import path
from pipelines.warehouse import load

EXPORTS = Path(__file__).parents[1] / "exports"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("asked")
    (outcome,) = load([EXPORTS / "incident_list.csv"], folder)
    assert not outcome.error
    return folder


def test_it_answers_with_the_types_that_stand_in_the_snapshot(data):
    answer = ask(
        "select count(*) as n, count(*) as n, null::integer as x, min(opened_at) as first from incident", data
    )
    (row,) = answer.rows.itertuples(index=False)
    assert list(answer.rows) == ["n", "n (2)", "x", "first"]
    assert row[0] == row[1] == len(ask("from incident", data).rows) > 0
    assert answer.rows["first"].dtype.kind == "M"
    assert not answer.more and answer.snapshot == 1


def test_whole_numbers_stay_whole_beside_nulls(data):
    rows = ask("select unnest([9007199254740993, null]) as n", data).rows
    assert as_csv(rows).decode("utf-8-sig").split() == ["n", "9007199254740993", '""']


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("drop table incident", "no select but drop"),
        ("create temp table t as select 1", "no select but create"),
        ("copy incident to 'x.csv'", "no select but copy"),
        ("set memory_limit = '9GB'", "no select but set"),
        ("attach 'x.duckdb'", "no select but attach"),
        ("install httpfs", "no select but load"),
        ("select 1; select 2", "holds 2 statements"),
        ("", "holds 0 statements"),
        ("select * from read_csv('/etc/hostname')", "disabled"),
        ("select * from read_text('/etc/hostname')", "disabled"),
        ("select * from glob('/*')", "disabled"),
        ("from 'https://example.com/a.parquet'", "(?i)disabled|does not exist|extension"),
        ("selec", "syntax error"),
        ("from nowhere", "nowhere does not exist"),
    ],
)
def test_what_is_no_reading_of_the_snapshot_is_refused(data, sql, why):
    before = path(data, 1).read_bytes()
    with pytest.raises(Unknown, match=why):
        ask(sql, data)
    assert path(data, 1).read_bytes() == before


def test_it_ends_where_it_takes_too_long_or_too_much(data):
    with pytest.raises(Unknown, match=r"longer than 0\.2 seconds"):
        ask("select count(*) from range(1000000000) a, range(1000000) b", data, seconds=0.2)
    with pytest.raises(Unknown, match="more memory"):
        ask("select list(i) from range(1000000000) t(i)", data)
    with pytest.raises(Unknown, match="50 million signs"):
        ask("select repeat('x', 8000) || range as text from range(150000)", data)
    few = ask("from range(10)", data, rows=3)
    assert (len(few.rows), few.more) == (3, True)


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is limited on Linux alone")
def test_one_giant_cell_ends_too(data):
    # Neither DuckDB's own limit nor an interrupt reaches what it makes outside of its buffers.
    with pytest.raises(Unknown, match="more memory"):
        ask("select repeat('x' || key, 900000000) from incident", data)
    with pytest.raises(Unknown, match="50 million signs"):
        ask("select repeat('x', 60000000)", data)


def test_every_table_that_can_be_asked_is_told(data):
    told = tables(data).set_index("table")["columns"]
    assert {"incident", "incident_past", "downtime", "load"} <= set(told.index)
    assert "opened_at" in told["incident"].split(", ")
    for name in told.index:
        asked = f'select {told[name]} from "{name}" limit 0'
        assert not isinstance(answer(asked, path(data, 1), 1, 30), str)


def test_nothing_loaded_is_said(tmp_path):
    with pytest.raises(NotReady, match="Nothing is loaded"):
        ask("select 1", tmp_path)


def test_a_data_folder_is_named_from_where_one_stands(data, monkeypatch):
    monkeypatch.chdir(data.parent)
    assert ask("select 1 as n", Path(data.name)).rows["n"].tolist() == [1]


def test_the_command_prints_json_and_writes_files_without_formulas(data, tmp_path, capsys):
    question = "select '=1+1' as text, 2 as n"
    app(["sql", question, "--data", str(data), "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out) == [{"text": "=1+1", "n": 2}]
    known = "select null::varchar as a, 'nan'::double as b, [1.5, 'inf'::double] as c, null::timestamp as d, null::int as e"
    app(["sql", known, "--data", str(data), "--json"], standalone_mode=False)
    told = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert told == [{"a": None, "b": None, "c": [1.5, None], "d": None, "e": None}]
    app(["sql", known, "--data", str(data)], standalone_mode=False)
    assert capsys.readouterr().out.split("\n")[1].split() == ["[1.5,", "inf]"]
    app(["sql", question, "--data", str(data), "--out", str(tmp_path / "a.csv")], standalone_mode=False)
    assert "'=1+1" in (tmp_path / "a.csv").read_text("utf-8-sig")
    app(["sql", question, "--data", str(data), "--out", str(tmp_path / "a.XLSX")], standalone_mode=False)
    assert (tmp_path / "a.XLSX").read_bytes()[:2] == b"PK"
    with pytest.raises(NotReady, match="neither"):
        app(["sql", question, "--data", str(data), "--out", os.devnull], standalone_mode=False)
