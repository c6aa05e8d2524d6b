"""A load, withdrawal or rebuild killed at any moment: the numbers are those before or those after."""

import multiprocessing
import os
import random
import shutil
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from pipelines import archive, snapshot, warehouse
from pipelines.marts import build_marts
from tests.pipelines.conftest import content, write_incidents

FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload([__name__])  # what is imported once, no process has to import again
STEPS = {
    "archive.receive": (archive.Archive, "receive"),
    "read": (warehouse, "read"),
    "versions": (warehouse, "apply"),
    "load line": (warehouse, "_write_load"),
    "archive.keep": (archive.Archive, "keep"),
    "marts": (snapshot, "build_marts"),
    "facts": (snapshot, "_write_facts"),
    "publish": (snapshot, "_rename"),
    "ledger": (archive.Archive, "write_ledger"),
    "prune": (snapshot, "prune"),
}


def _commands(folder: Path) -> dict:
    second = write_incidents(
        folder / "second.csv", [("INC1", 3, "new"), ("INC2", 3, "other"), ("INC9", 3, "x")]
    )
    return {
        "load": lambda data: warehouse.load([second], data),
        "withdraw": lambda data: warehouse.withdraw(1, data, why="test"),
        "rebuild": lambda data: warehouse.rebuild(data),
    }


def _run(folder: Path, data: Path, command: str, step: str | None, after: bool) -> None:
    """In a process of its own: the command, killed before or after a step; of the marts, which nobody looks at then, it
    makes one and those that it reads."""
    if step:
        snapshot.build_marts = partial(build_marts, wanted=["incident_group"])
        owner, name = STEPS[step]
        real = getattr(owner, name)

        def killed(*args, **kwargs):
            if after:
                real(*args, **kwargs)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(owner, name, killed)
    _commands(folder)[command](data)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """fresh(folder) -> a data folder with two loads in it, copied from one made once."""
    made = tmp_path_factory.mktemp("filled")
    first = write_incidents(made / "first.csv", [("INC1", 1, "old"), ("INC2", 2, "other")])
    older = write_incidents(made / "older.csv", [("INC1", 0, "oldest"), ("INC2", 2, "other")])
    warehouse.load([first, older], made / "data")
    return lambda folder: Path(shutil.copytree(made / "data", folder))


@pytest.mark.parametrize("command", ["load", "withdraw", "rebuild"])
def test_killed_at_each_step(tmp_path, filled, command):
    whole = filled(tmp_path / "whole")
    before = content(whole)
    _commands(tmp_path)[command](whole)
    done = content(whole)
    steps = [s for s in STEPS if command == "load" or s not in ("archive.receive", "archive.keep")]
    for step in steps:
        for after in (False, True):
            data = filled(tmp_path / f"{step} {after}")
            process = FORK.Process(target=_run, args=(tmp_path, data, command, step, after))
            process.start()
            process.join()
            assert process.exitcode == -signal.SIGKILL, f"{command} never came to {step}"
            assert content(data) in (before, done), f"killed {'after' if after else 'before'} {step}"
            _next_command_works(data, tmp_path)


def test_killed_at_random_moments(tmp_path, filled):
    data = filled(tmp_path / "data")
    before = content(data)
    started = time.perf_counter()
    process = FORK.Process(target=_run, args=(tmp_path, data, "load", None, False))
    process.start()
    process.join()
    whole_run, done = time.perf_counter() - started, content(data)
    assert before != done
    chance, seen = random.Random(5), set()
    for moment in range(50):
        data = filled(tmp_path / f"data {moment}")
        process = FORK.Process(target=_run, args=(tmp_path, data, "load", None, False))
        process.start()
        process.join(chance.uniform(0, whole_run))
        process.kill()
        process.join()
        now = content(data)
        assert now in (before, done)
        seen.add(now == done)
        if moment % 10 == 0:
            _next_command_works(data, tmp_path)
    assert False in seen  # at least one was killed before it was done


def _next_command_works(data: Path, folder: Path) -> None:
    more = write_incidents(folder / "third.csv", [("INC3", 4, "third")])
    (outcome,) = warehouse.load([more], data)
    assert outcome.accepted == 1
    assert not list((data / "warehouse").glob(".next-*"))
    assert not list((data / "archive").glob(".receiving-*"))
