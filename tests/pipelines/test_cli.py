"""The `pipelines` command: names, exit codes and JSON fields are a contract."""

import json
import sys

import pytest

from pipelines import cli, templates
from pipelines.printed import rows_told

pytestmark = pytest.mark.usefixtures("marts")

FIELDS = {
    "file", "source", "record", "load", "rows_read", "accepted", "unchanged", "superseded",
    "rejected", "set_aside", "cells_refused", "closed", "seconds", "warnings",
}  # fmt: skip


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """run(words...) -> (exit code, standard output, standard error), on a data folder of its own."""

    def running(*words):
        monkeypatch.setattr(sys, "argv", ["pipelines", *map(str, words), "--data", str(tmp_path / "data")])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return running


@pytest.fixture
def export(incidents):
    return incidents("export.csv", [("INC1", 1, "a"), ("INC2", 1, "b"), ("", 1, "no number")])


def test_load_tells_each_file_with_its_counts(run, export, tmp_path):
    missing = tmp_path / "missing.csv"
    code, out, _ = run("load", export, missing, tmp_path, "--json")
    loaded, absent, folder = json.loads(out)
    assert code == 1  # one was refused; the other is loaded
    assert loaded.keys() >= FIELDS and "error" not in loaded
    assert (loaded["load"], loaded["rows_read"], loaded["accepted"], loaded["rejected"]) == (1, 3, 2, 1)
    assert absent["error"] == "There is no such file." and str(missing) in absent["todo"]
    assert folder["error"] == "It is a folder."


def test_check_says_what_would_be_taken_and_leaves_no_trace(run, export, tmp_path):
    code, out, _ = run("check", export, "--json")
    (checked,) = json.loads(out)
    assert code == 0
    assert (checked["source"], checked["accepted"], checked["rejected"]) == ("servicenow_incident", 2, 1)
    assert checked["mapped"]["title"] == ["short_description"]
    assert [row["key"] for row in checked["rows"]] == ["INC1", "INC2"]
    assert "load" not in checked and not (tmp_path / "data").exists()


def test_rejects_name_row_column_value_and_reason(run, export):
    run("load", export)
    code, out, _ = run("rejects", 1, "--json")
    (reject,) = json.loads(out)
    assert code == 0
    assert (reject["row"], reject["column"], reject["value"], reject["reason"]) == (
        4,
        "number",
        None,
        "is empty",
    )
    assert run("rejects", 9)[0] == 2


def test_a_withdrawn_load_stays_in_the_history_with_its_rejects(run, export):
    run("load", export)
    code, out, _ = run("withdraw", 1, "--why", "test data", "--json")
    assert code == 0 and json.loads(out)[0]["withdrawn_why"] == "test data"
    assert json.loads(run("rebuild", "--json")[1]) == {"loads": 0}
    (line,) = json.loads(run("loads", "--json")[1])
    assert line["withdrawn_why"] == "test data" and line["loaded_at"].endswith("Z")
    assert len(json.loads(run("rejects", 1, "--json")[1])) == 1
    assert run("withdraw", 1, "--why", "again")[0] == 2


def test_sources_are_told_with_the_columns_they_know(run):
    code, out, _ = run("sources", "--json")
    known = {source["name"]: source for source in json.loads(out)}
    assert code == 0 and "number" in known["servicenow_incident"]["columns"]["key"]


def test_wrong_usage_and_nothing_loaded_are_told_in_one_line(run, export):
    assert run("load")[0] == 2  # no file named
    code, out, err = run("load", export, "--source", "nonsense")
    assert code == 2 and "no source 'nonsense'" in err and not out
    code, _, err = run("loads")
    assert code == 2 and err.startswith("Nothing is loaded yet.") and err.count("\n") == 1


def test_nothing_is_cut_where_another_program_reads(run, export):
    run("load", export)
    _, out, _ = run("loads")
    assert "export.csv" in out and "3 read: 2 accepted, 1 rejected" in out


def test_a_template_is_written_and_no_file_is_written_over(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, _ = run("template", "leaver")
    assert code == 0 and "pipelines load leaver.xlsx" in out
    assert (tmp_path / "leaver.xlsx").read_bytes() == templates.template("leaver")

    (tmp_path / "mine.xlsx").write_text("filled in")
    code, _, err = run("template", "leaver", "--out", tmp_path / "mine.xlsx")
    assert code == 2 and "is there already" in err
    assert (tmp_path / "mine.xlsx").read_text() == "filled in"


def test_the_kinds_that_have_a_template_are_listed(run):
    _, out, _ = run("template", "--json")
    assert {"kind": "leaver", "holds": "People who left, and when their access ended"} in json.loads(out)
    code, _, err = run("template", "known_exploited")
    assert code == 2 and "no template for 'known_exploited'" in err


@pytest.mark.parametrize(
    ("cells", "said"),
    [(0, "3 read: 2 accepted, 1 rejected"), (1, "3 read: 2 accepted, 1 rejected, 1 cell refused"),
     (2, "3 read: 2 accepted, 1 rejected, 2 cells refused")],
)  # fmt: skip
def test_one_cell_is_told_as_one(cells, said):
    counts = dict.fromkeys(("unchanged", "superseded", "set_aside"), 0)
    assert rows_told({"rows_read": 3, "accepted": 2, "rejected": 1, "cells_refused": cells, **counts}) == said
