"""The same numbers, to the last digit and letter, on the screen, in slides, on paper, in the workbook and as JSON."""

import json
import re
from pathlib import Path

import openpyxl
import pypdf
import pytest
from pptx import Presentation
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from dashboard.cli import app
from dashboard.view import shared_readings
from pipelines.warehouse import load

ROOT = Path(__file__).parents[3]
EXPORTS = (
    "incident_list.csv",
    "patch_list.csv",
    "control_test_list.csv",
    "client_survey.csv",
    "target_list.xlsx",
)
PERIOD = "2026-Q3"
TEMPLATE = """title = "Everything"
[[sections]]
title = "Few"
metrics = ["downtime", "time_to_restore", "controls_passing", "patches_on_time", "client_trust", "money_lost"]
[[sections]]
title = "More"
metrics = ["major_incidents", "reopened_patches", "tests_passing", "time_to_acknowledge", "time_to_contain", "time_to_detect",
           "time_to_patch", "time_to_report", "time_to_resolve", "security_caused_downtime", "upgraded_incidents"]
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    data = tmp_path_factory.mktemp("five") / "data"
    for done in load([ROOT / "tests" / "exports" / name for name in EXPORTS], data):
        assert done.error is None, done
    (data / "templates").mkdir()
    (data / "templates" / "everything.toml").write_text(TEMPLATE, "utf-8")
    return data


def run(data: Path, *words: str) -> str:
    done = CliRunner().invoke(app, [*words, "--period", PERIOD, "--data", str(data)])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def pack(data) -> dict:
    """The pack as JSON; its three files lie beside the data."""
    files = [
        word for ending in ("pptx", "pdf", "xlsx") for word in ("--out", str(data.parent / f"pack.{ending}"))
    ]
    told = json.loads(run(data, "pack", "--template", "everything", "--json", *files))["told"]
    assert len(told) == 17 and sum(one["facts"]["value"] is not None for one in told.values()) >= 14
    # The chart of a quarter draws its months, and what adds up is agreed for a month then.
    assert [(told[name]["target"], told[name]["pace"]) for name in ("downtime", "client_trust")] == [
        ("≤ 30 h", "10 h a month"), ("≥ 70", ""),
    ]  # fmt: skip
    return told


def plain(text: str) -> str:
    return " ".join(text.split())


def test_the_readings_tell_what_the_pack_tells(data, pack):
    read = {one["metric"]: one for one in json.loads(run(data, "metrics", "--json"))}
    for name, told in pack.items():
        assert told["facts"] == read[name]
        assert (told["text"], told["n"]) == (read[name]["text"], read[name]["n"])


def test_the_screen_tells_them(data, pack, monkeypatch):
    monkeypatch.setenv("DASHBOARD_DATA", str(data))
    shared_readings.clear()
    try:
        page = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
        page.query_params["period"] = PERIOD
        page.run()
        for name, told in pack.items():
            page.query_params["metric"] = name
            page.switch_page("app_pages/metric.py").run()
            shown = "".join(one.proto.body for one in page.get("html"))
            (value,) = re.findall(r'<div class="value">(.*?)</div>', shown)
            said = plain(re.sub("<[^>]+>", "", value))
            if told["facts"]["value"] is not None:
                assert said.removesuffix(" of 100").removesuffix(" median") == told["text"], name
            assert told["sentence"] in re.sub("<[^>]+>", "", shown).replace("&#x27;", "'"), name
    finally:
        shared_readings.clear()


def test_the_workbook_holds_them(data, pack):
    head, *body = openpyxl.load_workbook(data.parent / "pack.xlsx")["Readings"].iter_rows(values_only=True)
    rows = {row[0]: dict(zip(head, row, strict=True)) for row in body}
    assert len(rows) == len(pack)
    for told in pack.values():
        row, facts = rows[told["title"]], told["facts"]
        assert row["As told"] == told["text"]
        for column, fact in {
            "Value": "value", "Low": "low", "High": "high", "Before": "previous", "Change": "change", "Target": "target", "n": "n",
        }.items():  # fmt: skip
            assert row[column] == (None if facts[fact] is None else pytest.approx(facts[fact], rel=1e-14)), (
                told["title"],
                fact,
            )


def test_the_slides_hold_them(data, pack):
    slides = list(Presentation(data.parent / "pack.pptx").slides)
    words = "\n".join(
        shape.text_frame.text for slide in slides for shape in slide.shapes if shape.has_text_frame
    )
    rows = [
        [cell.text_frame.text for cell in row.cells]
        for slide in slides for shape in slide.shapes if shape.has_table for row in shape.table.rows
    ]  # fmt: skip
    drawn = [
        [*series.values]
        for slide in slides for shape in slide.shapes if shape.has_chart for series in shape.chart.plots[0].series
    ]  # fmt: skip
    few = list(pack)[:6]
    for name, told in pack.items():
        if name in few:
            assert f"{told['title']}: {told['text']}" in words.splitlines(), name
            values = [point["value"] for point in told["points"]]
            assert values in drawn or not [v for v in values if v is not None], name
        else:
            (row,) = [row for row in rows if len(row) == 9 and row[0].partition("\n")[0] == told["title"]]
            assert row[1:6] == [
                told["text"],
                told["interval"],
                told["before"],
                told["change"],
                told["target"],
            ]
            assert row[8] == f"{told['n']:,}"


def test_paper_holds_them(data, pack):
    words = plain(" ".join(page.extract_text() for page in pypdf.PdfReader(data.parent / "pack.pdf").pages))
    for told in pack.values():
        # The table of what was counted names each with its value, its interval and its count.
        row = [told["title"], told["text"], told["interval"] or "–", f"{told['n']:,}"]
        assert plain(" ".join(row)) in words, told["title"]
        for text in (
            told["before"],
            told["change"] if told["metric"] in list(pack)[:6] else "",
            told["target"],
        ):
            assert plain(text) in words, (told["title"], text)
