"""An export that says it is a part of a whole, or of what it is, is not taken for the complete state."""

from pathlib import Path

import pytest

from pipelines import warehouse
from tests.pipelines.conftest import content

TOOL = """title = "Tool"
record = "patch"
recognise = ["weakness", "seen"]
full = true
part = ["next page"]
total = ["of"]
unstated = {asset = "instance"}
[columns]
key = ["weakness"]
asset = ["machine"]
first_seen_at = ["seen"]
effective_at = ["seen"]
[compute]
state = "'open'"
"""


@pytest.fixture
def stays_open(tmp_path: Path):
    """stays_open(text, instance) -> the note that says why what is not listed stays open, or none."""
    (tmp_path / "sources" / "patch").mkdir(parents=True)
    (tmp_path / "sources" / "patch" / "tool.toml").write_text(TOOL)

    def loading(text: str, instance: str | None = None) -> list[str]:
        (tmp_path / "export.csv").write_text(text)
        (outcome,) = warehouse.load([tmp_path / "export.csv"], tmp_path, instance=instance)
        assert outcome.error is None
        return [note for note in outcome.notes if note.startswith("what it does not list stays open")]

    return loading


def test_a_next_page_says_that_it_is_a_part(stays_open):
    (note,) = stays_open("weakness,machine,seen,next page\nA,db-01,2026-09-01,https://example.com/2\n")
    assert "next page" in note


def test_a_page_without_a_next_one_is_whole(stays_open):
    assert not stays_open("weakness,machine,seen,next page\nA,db-01,2026-09-01,\n", instance="office")


def test_what_is_not_named_is_known_by_the_name_of_the_installation_alone(stays_open):
    (note,) = stays_open("weakness,seen\nA,2026-09-01\n")
    assert "does not name its asset" in note
    assert not stays_open("weakness,seen\nA,2026-09-01\n", instance="db-01")


def test_fewer_rows_than_it_counts_are_doubted(tmp_path):
    (tmp_path / "sources" / "patch").mkdir(parents=True)
    (tmp_path / "sources" / "patch" / "tool.toml").write_text(TOOL)
    (tmp_path / "export.csv").write_text("weakness,machine,seen,of\nA,db-01,2026-09-01,2\n")
    (tmp_path / "whole.csv").write_text("weakness,machine,seen,of\nA,db-01,2026-09-02,1\n")
    part, whole = warehouse.load([tmp_path / "export.csv", tmp_path / "whole.csv"], tmp_path)
    assert "It states “of 2”, but 1 rows were read" in part.warnings[0]
    assert not whole.warnings


def test_what_is_set_aside_was_read_all_the_same(tmp_path):
    (tmp_path / "sources" / "patch").mkdir(parents=True)
    (tmp_path / "sources" / "patch" / "tool.toml").write_text(f"set_aside = \"key = 'plan'\"\n{TOOL}")
    (tmp_path / "export.csv").write_text(
        "weakness,machine,seen,of\nA,db-01,2026-09-01,2\nplan,db-01,2026-09-01,2\n"
    )
    (outcome,) = warehouse.load([tmp_path / "export.csv"], tmp_path)
    assert (outcome.accepted, outcome.set_aside, outcome.warnings) == (1, 1, [])


def test_parts_are_ordered_by_their_moments_and_the_last_one_closes_nothing(tmp_path):
    (tmp_path / "sources" / "patch").mkdir(parents=True)
    (tmp_path / "sources" / "patch" / "tool.toml").write_text(TOOL)

    def load(name: str, *rows: str) -> warehouse.Outcome:
        (tmp_path / name).write_text("weakness,machine,seen,next page\n" + "\n".join(rows) + "\n")
        (outcome,) = warehouse.load([tmp_path / name], tmp_path, instance="office")
        return outcome

    load("whole.csv", "A,db-01,2026-09-01,", "B,db-01,2026-09-01,")
    load("last.csv", "A,db-01,2026-09-09 02:00,")
    assert load("first.csv", "B,db-01,2026-09-09 01:00,more").closed == 0
    before = content(tmp_path)
    warehouse.rebuild(tmp_path)
    assert content(tmp_path) == before
    lines = warehouse.loads(tmp_path)
    assert [(line["closed"], line["part"]) for line in lines] == [(0, False), (0, False), (0, True)]
    assert "load 3 is only a part" in lines[1]["warnings"][0]
