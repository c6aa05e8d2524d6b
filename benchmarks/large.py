"""The board's readings with 10,000,000 patches and 1,000,000 incidents, by a server that has the snapshot open.

A filter that nobody asked for before, held against one full scan of each mart that the readings read, which sums one
column of it; the same asked again; the trends of a snapshot that the server has prepared, against the same queries on
the rows; and the memory of a server of which ten readers ask for ten services at once.
"""

import json
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import scipy.stats  # noqa: F401, imported before the clock starts

from benchmarks.exports import WORK, made
from benchmarks.measure import PIPELINES, held, process, two_threads
from benchmarks.readings import PERIOD, SUMMED
from dashboard.opened import TREND, Opened
from dashboard.reading import Reading
from pipelines.snapshot import open_snapshot

DATA = WORK / "large"
SERVICE = "Service {}"
READERS = 10


def load() -> None:
    """Both exports, into a data folder of their own."""
    shutil.rmtree(DATA, ignore_errors=True)
    files = [str(made(name)) for name in ("incidents.csv", "many_patches.csv")]
    run = process([PIPELINES, "load", *files, "--data", str(DATA), "--json"])
    print(f"Loaded {[told['accepted'] for told in json.loads(run.output)]} rows: {run}", flush=True)


def ask() -> dict[str, float]:
    """Seconds of each step, in a process of its own."""
    number, con = open_snapshot(DATA)
    taken = {}

    def timed(name: str, step):
        start = time.perf_counter()
        told = step()
        taken[name] = time.perf_counter() - start
        return told

    def scan() -> None:
        for mart, column in SUMMED.items():
            con.execute(f"select sum({column}) from {mart}").fetchall()

    timed("first scan", scan)  # from here on both find the file in memory
    timed("scan", scan)
    opened = Opened(number, con)
    period = opened.calendar.period(PERIOD)
    names = list(opened.metrics)[:6]

    def board(service: str):
        return _board(opened, service)

    def trends():
        return [opened.trend(name, period, {}, TREND) for name in names]

    board(SERVICE.format(1))  # the shapes are known
    told = timed("filter", lambda: board(SERVICE.format(2)))
    if not (told[0].n and told[1].n):
        raise SystemExit("The readings are not those of the exports.")
    timed("filter again", lambda: board(SERVICE.format(2)))
    on_rows = timed("trends on the rows", trends)
    if timed("trends prepared", trends) != on_rows:
        raise SystemExit("The trends are not the same.")
    return taken


def _board(opened: Opened, service: str) -> list[Reading]:
    """The board's readings of a service, and of the whole where a metric cannot be told by it."""
    period = opened.calendar.period(PERIOD)
    return [
        opened.reading(name, period, {"service": service} if "service" in metric.by else {})
        for name, metric in list(opened.metrics.items())[:6]
    ]


def crowd() -> None:
    """A server that prepares the snapshot, and of which ten readers ask at once."""
    opened = Opened(*open_snapshot(DATA))
    opened.prepare()
    with ThreadPoolExecutor(READERS) as readers:
        told = list(readers.map(lambda number: _board(opened, SERVICE.format(number)), range(READERS)))
    print(json.dumps(len(told)))


def main() -> int:
    """Three processes that ask, medians; one that is asked by many."""
    two_threads()
    load()
    here = [sys.executable, "-m", "benchmarks.large"]
    runs = [json.loads(process([*here, "ask"]).output) for _ in range(3)]
    took = {name: median(run[name] for run in runs) for name in runs[0]}
    print("\n".join(f"{name}: {seconds * 1000:.2f} ms" for name, seconds in took.items()))
    many = process([*here, "crowd"])
    print(f"ten readers: {many}")
    kept = [
        held("board readings for a new filter to a scan of the marts", took["filter"] / took["scan"], 3),
        held("the same asked again", took["filter again"] / took["filter"] * 100, 1, "%"),
        held(
            "prepared trends to the same on the rows",
            took["trends prepared"] / took["trends on the rows"],
            0.25,
        ),
        held("memory with ten readers", many.peak / 1e9, 2, "GB"),
    ]
    shutil.rmtree(DATA)
    return 0 if all(kept) else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["ask"]:
        print(json.dumps(ask()))
    elif sys.argv[1:] == ["crowd"]:
        crowd()
    else:
        sys.exit(main())
