"""README.md is current: its tables are those of the files, its examples work, its commands exist."""

import re
from pathlib import Path

import duckdb
import pytest
import typer

from dashboard import catalogue
from dashboard.metric import read_metric
from pipelines.cli import app
from pipelines.pull.alerts import read_alerts
from pipelines.pull.connection import read_connections
from pipelines.pull.places.rest import APIS
from pipelines.settings import Settings
from pipelines.source import read_source

README = catalogue.README.read_text("utf-8")


def example(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_tables_are_those_of_the_files():
    assert catalogue.written(README) == README, "make docs"


def test_a_table_is_made_anew_and_what_stands_around_it_stays():
    text = "before\n<!-- metrics -->\nold\n<!-- /metrics -->\nbetween\n<!-- sources -->\n<!-- /sources -->\nafter\n"
    made = catalogue.written(text)
    assert "old" not in made
    assert [line for line in made.splitlines() if line in ("before", "between", "after")] == [
        "before",
        "between",
        "after",
    ]
    assert "| `downtime` | Hours of downtime |" in made


def test_a_readme_without_a_place_for_them_is_not_passed_over():
    with pytest.raises(ValueError, match="no place for the metrics"):
        catalogue.written("nothing")


def test_the_example_of_a_source_is_one(tmp_path: Path):
    (text,) = example("toml")
    path = tmp_path / "pager_alert.toml"
    path.write_text(text, "utf-8")
    assert read_source(path).record == "incident"


def test_the_examples_of_a_metric_and_a_mart_are_ones(tmp_path: Path):
    metric, mart = example("sql")
    path = tmp_path / "long_outages.sql"
    path.write_text(metric, "utf-8")
    assert read_metric(path).kind == "count"
    with duckdb.connect() as con:
        assert [s.type for s in con.extract_statements(mart)] == [duckdb.StatementType.SELECT]


def test_every_command_is_told_and_none_that_is_not_there():
    told = set(re.findall(r"^\| `pipelines (\w+)", README, re.MULTILINE))
    assert told == set(typer.main.get_command(app).commands)


def test_every_setting_is_told_with_its_default():
    told = dict(re.findall(r"^\| `(\w+)` \| `(.*?)` \|", README.partition("## Settings")[2], re.MULTILINE))
    assert told.keys() == Settings.model_fields.keys()
    for name, field in Settings.model_fields.items():
        if not isinstance(field.default, dict):
            assert told[name].strip('"') == str(field.default)


def test_every_make_target_named_is_there():
    makefile = (catalogue.README.parent / "Makefile").read_text("utf-8")
    for target in re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_example_of_connections_is_one(tmp_path: Path):
    texts = re.findall(r"```\n(\[(?:scans|servicenow)\].*?)```", README, re.DOTALL)
    (tmp_path / "connections.toml").write_text("\n".join(texts), "utf-8")
    shown = read_connections(tmp_path)
    assert list(shown) == ["scans", "prowler", "servicenow"]
    assert not [one.wrong for one in shown.values() if one.wrong]
    assert read_alerts(tmp_path).ways == ["mail", "webhook"]


def test_every_api_is_named():
    assert [
        file.stem for file in APIS.glob("*.toml") if f"`{file.stem}`" not in README.split("## Adding")[0]
    ] == []
