"""A folder as a place: what has settled, each content once; and what a pull keeps in mind."""

import json
import os
import time
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from pipelines import warehouse
from pipelines.cli import app
from pipelines.errors import NotReady
from pipelines.pull import files, run
from pipelines.pull.connection import read_connections
from pipelines.pull.history import read_history

INCIDENTS = (
    "number,opened_at,priority,incident_state,sys_updated_at\n"
    "INC1,2026-01-01 08:00:00,1 - Critical,New,2026-01-01 08:00:00\n"
)
HOUR = 3600


@pytest.fixture
def data(tmp_path):
    """A data folder with a connection to the folder `in` beside it."""
    (tmp_path / "in").mkdir()
    (tmp_path / "data").mkdir()
    path = str(tmp_path / "in").replace("\\", "/")
    (tmp_path / "data" / "connections.toml").write_text(
        f'[drop]\nkind = "folder"\npath = "{path}"\nfiles = "*.csv"\ncadence = "6 hours"\n'
    )
    return tmp_path / "data"


def put(data, name, text=INCIDENTS, age=HOUR):
    file = data.parent / "in" / name
    file.write_text(text)
    os.utime(file, (time.time() - age,) * 2)
    return file


def pulled(data):
    (one,) = run.pull(data, run.chosen(data))
    return one


def test_a_file_is_taken_once_and_again_when_it_changed(data):
    put(data, "a.csv")
    assert [o.accepted for o in pulled(data).outcomes] == [1]
    assert not pulled(data).outcomes
    put(data, "a.csv", INCIDENTS + "INC2,2026-01-02 08:00:00,2 - High,New,2026-01-02 08:00:00\n")
    assert [(o.accepted, o.unchanged) for o in pulled(data).outcomes] == [(1, 1)]
    put(data, "copy of a.csv", (data.parent / "in" / "a.csv").read_text())
    assert not pulled(data).outcomes
    assert [row["file"] for row in warehouse.loads(data)] == ["a.csv", "a.csv"]


def test_what_is_still_written_hidden_linked_or_of_another_name_waits(data):
    put(data, "writing.csv", age=5)
    put(data, ".hidden.csv")
    put(data, "other.txt")
    (data.parent / "in" / "link.csv").symlink_to(put(data.parent / "data", "../in/other.txt"))
    assert not pulled(data).outcomes


def test_a_refused_file_does_not_keep_the_others_out_and_is_tried_again(data):
    put(data, "a.csv")
    put(data, "b.csv", "this,is\nno,export\n")
    first = pulled(data)
    assert [(o.file, bool(o.error)) for o in first.outcomes] == [("a.csv", False), ("b.csv", True)]
    assert first.failed and first.run.error.startswith("b.csv was refused: ") and first.run.rows == 1
    assert [o.file for o in pulled(data).outcomes] == ["b.csv"]
    put(data, "b.csv", INCIDENTS.replace("INC1", "INC2"))
    assert not pulled(data).failed
    assert [run.failed for run in read_history(data, "drop").runs] == [True, True, False]


def test_a_file_that_cannot_be_taken_does_not_keep_the_others_out(data, taken, monkeypatch):
    with (data / "connections.toml").open("a") as file:
        file.write("most = 1\n")
    put(data, "a large one.csv", "x" * (1024**2 + 1), age=2 * HOUR)
    locked = put(data, "locked.csv", age=2 * HOUR)
    put(data, "b.csv")
    real = os.open

    def refuse(path, *more):
        if path == locked:  # the mode of the file would not keep root out
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *more)

    monkeypatch.setattr(os, "open", refuse)
    one = pulled(data)
    assert [o.file for o in one.outcomes] == ["b.csv"]
    assert one.run.error == (
        "a large one.csv has 1 MB, more than the 1 of most in [drop]. So it is with 1 more."
    )
    monkeypatch.undo()
    assert [o.error for o in pulled(data).outcomes] == []  # the same content as b.csv


def test_names_of_files_are_only_words(data, taken):
    names = ["a\n..csv", "b\u202egpj.csv", "c\x1b[31m.csv", "\udcff.csv", "e?f#.csv"]
    for count, name in enumerate(names):
        put(data, name, INCIDENTS.replace("INC1", f"INC{count}"), age=HOUR - count)
    one = pulled(data)
    assert not one.failed, one.run
    assert [o.file for o in one.outcomes] == ["a ..csv", "b gpj.csv", "c [31m.csv", "?.csv", "e?f#.csv"]
    assert not pulled(data).outcomes


def test_a_folder_that_is_not_there_is_said_in_one_line(data):
    (data.parent / "in").rmdir()
    one = pulled(data)
    assert one.failed and "cannot be read: no such file" in one.run.error and "\n" not in one.run.error
    assert read_history(data, "drop").last.failed


def test_marks_are_kept_only_once_a_load_is_published(data, monkeypatch):
    put(data, "a.csv")

    def broken(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(warehouse, "load", broken)
        assert pulled(data).run.error == "No space left on device."
    assert [o.accepted for o in pulled(data).outcomes] == [1]


def test_due_by_cadence(data, taken):
    put(data, "a.csv")
    assert [one.name for one in run.chosen(data, due=True)] == ["drop"]
    at = pulled(data).run.at
    assert not run.chosen(data, due=True, now=at + timedelta(hours=5))
    assert run.chosen(data, due=True, now=at + timedelta(hours=6))
    assert not read_history(data, "drop").overdue(timedelta(hours=6), at + timedelta(hours=12))
    assert read_history(data, "drop").overdue(timedelta(hours=6), at + timedelta(hours=13))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ('[drop]\nkind = "ftp"\n', "states the kind 'ftp', not one of folder"),
        ('[drop]\nkind = "folder"\n', "path: Field required"),
        ('[drop]\nkind = "folder"\npath = "x"\npasswort = "hunter2"\n', "passwort: Extra inputs"),
        ('[drop]\nkind = "folder"\npath = "x"\ncadence = "daily"\n', "'daily' is no length of time"),
        ("drop = 1\n", "drop is no connection"),
        ('["../../drop\\u001b[2J"]\nkind = "folder"\npath = "."\n', "is no name of lower-case letters"),
    ],
)
def test_a_connection_that_cannot_be_used_is_named_and_the_others_run(data, told, said):
    file = data / "connections.toml"
    file.write_text(f"{told}\n[good]\nkind = 'folder'\npath = '{data}'\nfiles = '*.csv'\n")
    bad, good = run.pull(data, run.chosen(data))
    assert "connections.toml" in bad.run.error and said in bad.run.error and "hunter2" not in bad.run.error
    assert not good.failed
    (name, _) = read_connections(data)
    assert [one.name for one in run.chosen(data, due=True)] == []  # it is tried again within the hour
    told = CliRunner().invoke(app, ["pull", "--data", str(data)])
    assert told.exit_code == 1 and "good: nothing new." in told.output and "\x1b" not in told.output
    listed = CliRunner().invoke(app, ["connections", "--json", "--data", str(data)])
    assert [bool(one["failed"]) for one in json.loads(listed.output)] == [True, False]
    tried = CliRunner().invoke(app, ["connections", "test", name, "--data", str(data)])
    assert tried.exit_code == 1 and "connections.toml" in tried.output
    # Whatever its name is, what is kept of it stays where it belongs.
    assert {path.name for path in data.parent.iterdir()} <= {"data", "in"}
    file.write_text("[good]\nkind = 'folder'\npath = '.'\n")
    assert list(read_connections(data)) == ["good"]


def test_what_a_connection_would_fetch_is_told_and_that_its_source_is_none(data):
    put(data, "a.csv")
    put(data, "b.csv", age=0)

    def tried():
        return CliRunner().invoke(app, ["connections", "test", "drop", "--data", str(data)])

    assert "in, files *.csv holds 2 such files; 1 would be looked at.\n  a.csv" in tried().output
    file = data / "connections.toml"
    file.write_text(file.read_text() + 'source = "servicenow_incidnet"\n')
    wrong = tried()
    assert wrong.exit_code == 1 and "holds 2 such files" in wrong.output
    assert "There is no source 'servicenow_incidnet'" in wrong.output
    assert not (data / "pulls").exists() and not (data / "archive").exists()


def test_connections_that_are_no_toml_are_said(data):
    (data / "connections.toml").write_text("[drop\n")
    with pytest.raises(NotReady, match=r"connections\.toml cannot be used"):
        read_connections(data)


def test_a_file_that_is_dated_in_the_future_is_said(data, taken):
    put(data, "a.csv")
    put(data, "ahead.csv", f"{INCIDENTS}1", -40 * 24 * HOUR)
    put(data, "soon.csv", f"{INCIDENTS}2", -2 * HOUR)  # of a clock that is a little ahead
    one = pulled(data)
    assert [outcome.file for outcome in one.outcomes] == ["a.csv"]
    assert one.run.error.startswith("ahead.csv is dated 2") and "soon" not in one.run.error


def test_what_is_known_of_files_that_are_gone_does_not_grow_for_ever(data, taken, monkeypatch):
    monkeypatch.setattr(files, "KEPT", 3)
    for n in range(8):
        put(data, f"{n}.csv", f"{INCIDENTS}{n}", HOUR - n)
    stays = put(data, "stays.csv", INCIDENTS, 2 * HOUR)
    assert len(pulled(data).outcomes) == 9
    for n in range(8):
        (data.parent / "in" / f"{n}.csv").unlink()
    for _ in range(2):
        assert not pulled(data).outcomes
        marks = read_history(data, "drop").marks
        assert sorted(marks) == ["file:5.csv", "file:6.csv", "file:7.csv", "file:stays.csv"]
    put(data, "7 again.csv", f"{INCIDENTS}7", HOUR / 2)
    assert not pulled(data).outcomes and stays.exists()  # its content is known


def test_a_secret_that_a_tool_quotes_is_not_told(data, monkeypatch):
    from pipelines.pull.places.folder import Place

    def fetch(self, visit):
        visit.secrets["TOKEN"]
        raise OSError(5, "The host said: no\nto /a?sig=s%2Fesame+now and s/esame now")
        yield

    monkeypatch.setenv("TOKEN", "s/esame now")
    monkeypatch.setattr(Place, "fetch", fetch)
    assert pulled(data).run.error == "The host said: no to /a?sig=••• and •••."
