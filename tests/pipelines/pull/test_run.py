"""A pull on bad days: killed, twice at once, a full disk, a clock that jumps, a history that is not sound."""

import multiprocessing
import os
import signal
import time
from datetime import datetime, timedelta

import pytest
from typer.testing import CliRunner

from pipelines import warehouse
from pipelines.cli import app
from pipelines.pull import run
from pipelines.pull.connection import Fetched, read_connections
from pipelines.pull.history import AGAIN, History, Run, alone, read_history

FORK = multiprocessing.get_context("forkserver")
HEAD = "number,opened_at,priority,incident_state,sys_updated_at\n"
ROW = "{0},2026-01-01 08:00:00,1 - Critical,New,2026-01-01 08:00:00\n"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 3, 1, 12)


@pytest.fixture
def data(tmp_path):
    """A data folder with connections to the folders `one` and `two` beside it, an export in each."""
    folder, data = tmp_path, tmp_path / "data"
    data.mkdir()
    told = ""
    for name in ("one", "two"):
        (folder / name).mkdir()
        put(folder / name / f"{name}.csv", f"INC-{name}")
        told += f'[{name}]\nkind = "folder"\npath = "{(folder / name).as_posix()}"\n'
    (data / "connections.toml").write_text(told)
    return data


def put(file, number):
    file.write_text(HEAD + ROW.format(number))
    os.utime(file, (time.time() - 3600,) * 2)


def names(pulled):
    return {one.name: [o.file for o in one.outcomes] for one in pulled}


def killed_at(data, step, after):
    """In a process of its own: a pull that is killed before or after a step."""
    real = getattr(run, step)

    def killed(*args, **kwargs):
        if after:
            real(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(run, step, killed)
    run.pull(data, run.chosen(data, ["one"]))


@pytest.mark.parametrize(("step", "after"), [("_take_in", True), ("write_history", True)])
def test_what_a_killed_pull_left_comes_with_the_next_and_once(data, step, after):
    process = FORK.Process(target=killed_at, args=(data, step, after))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    left = [path.name for path in data.glob(".work-*")]
    assert left  # it was in the middle of it
    assert not any(one.failed for one in run.pull(data, run.chosen(data)))
    assert not any(one.outcomes for one in run.pull(data, run.chosen(data)))
    assert not list(data.glob(".work-*"))
    assert sum(load["accepted"] for load in warehouse.loads(data)) == 2


def test_two_pulls_at_once_are_no_error(data, taken):
    with alone(data, read_connections(data)["one"]) as free:
        assert free
        told = CliRunner().invoke(app, ["pull", "--data", str(data)])
    assert told.exit_code == 0, told.output
    assert "one: another pull of it is running." in told.output and "two: 0 accepted." in told.output
    assert read_history(data, "one").last is None


def test_a_disk_that_is_full_loses_nothing(data, monkeypatch):
    real = run.write_history

    def full(data, name, history):
        if name == "one":
            raise OSError(28, "No space left on device")
        real(data, name, history)

    with monkeypatch.context() as patch:
        patch.setattr(run, "write_history", full)
        pulled = run.pull(data, run.chosen(data))
    assert pulled[0].run.error == "No space left on device." and not pulled[1].failed
    assert names(run.pull(data, run.chosen(data))) == {"one": ["one.csv"], "two": []}
    assert [load["accepted"] for load in warehouse.loads(data)] == [1, 1, 0]  # it came again, unchanged


def test_a_history_that_is_not_sound_keeps_only_its_own_connection(data, taken):
    run.pull(data, run.chosen(data, ["two"]))
    for broken in (b"{", b'{"marks": 1, "runs": []}', b"\xff", b'{"marks": {}, "runs": [{"at": 1}]}'):
        (data / "pulls" / "one.json").write_bytes(broken)
        (one,) = run.pull(data, run.chosen(data, ["one"], due=True))
        assert one.failed and "one.json is not sound. Remove it" in one.run.error
        assert (data / "pulls" / "one.json").read_bytes() == broken
    assert names(run.pull(data, run.chosen(data))) == {"one": [], "two": []}
    told = CliRunner().invoke(app, ["connections", "--data", str(data)])
    assert told.exit_code == 0 and "one.json is not sound" in told.output


def test_a_content_that_was_refused_is_not_known_by_its_copy(data, taken):
    folder = data.parent / "one"
    (folder / "one.csv").write_text("no export\n1\n")
    os.utime(folder / "one.csv", (time.time() - 7200,) * 2)
    (folder / "two.csv").write_text("no export\n1\n")
    os.utime(folder / "two.csv", (time.time() - 3600,) * 2)
    (one,) = run.pull(data, run.chosen(data, ["one"]))
    assert one.failed
    (folder / "one.csv").unlink()
    (one,) = run.pull(data, run.chosen(data, ["one"]))
    assert [o.file for o in one.outcomes] == ["two.csv"]


def test_when_a_pull_is_due():
    def after(at, error=""):
        return History(runs=(Run(at, error=error),))

    known = after(NOON)
    assert History().asked_for(DAY, NOON)  # never pulled
    assert not known.asked_for(DAY, NOON + DAY - HOUR)
    assert known.asked_for(DAY, NOON + DAY - timedelta(seconds=20))  # a timer that comes early
    assert known.asked_for(DAY, NOON + 90 * DAY)  # the machine was off
    assert known.asked_for(DAY, NOON - HOUR)  # the clock was set back
    assert not after(NOON, "no").asked_for(7 * DAY, NOON + AGAIN / 2)
    assert after(NOON, "no").asked_for(7 * DAY, NOON + AGAIN)  # what failed is not left for a week
    assert not after(NOON, "no").overdue(DAY, NOON + 2 * DAY)
    assert after(NOON, "no").overdue(DAY, NOON + 3 * DAY)


def test_connections_that_cannot_be_read_are_said_in_one_line(data):
    (data / "connections.toml").write_bytes('[é]\nkind = "folder"\n'.encode("latin-1"))
    told = CliRunner().invoke(app, ["pull", "--data", str(data)])
    assert "connections.toml cannot be used: 'utf-8'" in str(told.exception)


def test_how_far_all_have_come_is_kept_only_where_none_was_refused(data, taken, monkeypatch):
    from pipelines.pull.places.folder import Place

    broken = True

    def fetch(self, visit):
        files = {
            "one": "no export\n1\n" if broken else HEAD + ROW.format("INC-1"),
            "two": HEAD + ROW.format("INC-2"),
        }
        for name, text in files.items():
            (visit.work / name).write_text(text)
            yield Fetched(
                visit.work / name, name, marks={"since": 2} if name == "two" else {}, last=name == "two"
            )

    monkeypatch.setattr(Place, "fetch", fetch)
    run.pull(data, run.chosen(data, ["one"]))
    assert read_history(data, "one").marks == {}
    broken = False
    run.pull(data, run.chosen(data, ["one"]))
    assert read_history(data, "one").marks == {"since": 2}
