"""Metric files: what their headers must hold, and what is said where they do not."""

from pathlib import Path

import pytest

from dashboard.metric import read_metric, read_metrics
from pipelines.errors import NotReady

HEADER = """/*
title = "Hours lost"
question = "How long?"
kind = "span"
unit = "hours"
better = "lower"
says = "{value} in {n} outages"
reads = ["incident"]
*/
"""
SQL = "select record_id, since, until, left_out from downtime"


def written(folder: Path, name: str, content: str) -> Path:
    file = folder / f"{name}.sql"
    file.write_text(content, "utf-8")
    return file


def test_the_file_is_the_metric(tmp_path):
    metric = read_metric(written(tmp_path, "hours_lost", HEADER + SQL + ";\n"))
    assert (metric.name, metric.title, metric.sql) == ("hours_lost", "Hours lost", SQL)


def test_the_folder_is_the_registry_and_the_board_comes_first(tmp_path):
    written(tmp_path, "a_detail", HEADER + SQL)
    written(tmp_path, "second", HEADER.replace("title", "board = 2\ntitle", 1) + SQL)
    written(tmp_path, "third", HEADER.replace("title", "board = 1\ntitle", 1) + SQL)
    assert list(read_metrics(tmp_path)) == ["third", "second", "a_detail"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SQL, "does not begin with a header"),
        ("/* title = */" + SQL, "Invalid value"),
        (HEADER.replace("span", "sum") + SQL, "kind is 'sum', not one of total, span"),
        (HEADER.replace('"incident"', '"outage"') + SQL, "reads names outage, which is no kind of record"),
        (HEADER.replace("lower", "less") + SQL, "better"),
        (HEADER.replace("{n}", "{n[0]}") + SQL, "{n[0]} is not the name of a figure"),
        (HEADER.replace("title", "tittle", 1) + SQL, "tittle"),
        (HEADER.replace("title", 'sql = "x"\ntitle', 1) + SQL, "sql is not stated in a header"),
        (
            HEADER.replace("title", 'by = ["a; drop"]\ntitle', 1) + SQL,
            "'a; drop' is not the name of a column",
        ),
        (HEADER.replace("title", 'matters = "some"\ntitle', 1) + SQL, "matters"),
    ],
)
def test_a_header_that_cannot_be_used_is_named_with_what_is_wrong(tmp_path, content, said):
    with pytest.raises(NotReady) as error:
        read_metric(written(tmp_path, "broken", content))
    assert said in str(error.value)
    assert "broken.sql" in str(error.value)


@pytest.mark.parametrize(
    ("matters", "before", "change", "worth"),
    [
        ("5 %", 100, 4.9, False),
        ("5 %", 100, -5, True),
        ("5 %", 0, 0.1, True),
        ("1 point", 90, 0.9, False),
        ("1 point", 90, 1, True),
        ("0 %", 90, 0, False),
    ],
)
def test_the_smallest_change_worth_saying(tmp_path, matters, before, change, worth):
    header = HEADER.replace("title", f'matters = "{matters}"\ntitle', 1)
    assert read_metric(written(tmp_path, "m", header + SQL)).change_matters(before, change) is worth
