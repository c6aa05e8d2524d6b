"""The six board readings of one quarter, on 1,000,000 incidents and 1,000,000 patches, by a reader just started.

Baseline: one full scan of each mart that they read, which sums one column of it. Both open the snapshot in a
process of their own, once the libraries are imported. Asked again, the reader answers from what it has read.
"""

import json
import shutil
import sys
import time
from statistics import median

import duckdb
import scipy.stats  # noqa: F401, imported before the clock starts

from benchmarks.exports import WORK, made
from benchmarks.measure import PIPELINES, THREADS, held, process, two_threads
from dashboard.readings import Readings
from pipelines import snapshot

DATA = WORK / "readings"
PERIOD = "2026-Q1"
# The column of each mart that is summed: what its metrics measure.
SUMMED = {
    "downtime": "epoch(since)",
    "major_incident": "hours",
    "incident_cost": "amount",
    "control_state": "passed",
    "patch_due": "epoch(due_at)",
    "client_answer": "score",
    "outage_cost": "hours",
}


def load() -> None:
    """Both exports, into a data folder of their own."""
    shutil.rmtree(DATA, ignore_errors=True)
    files = [str(made(name)) for name in ("incidents.csv", "patches.csv")]
    run = process([PIPELINES, "load", *files, "--data", str(DATA), "--json"])
    accepted = [told["accepted"] for told in json.loads(run.output)]
    print(f"Loaded {accepted} rows in {run.wall:.1f} s.", flush=True)


def scan() -> list[float]:
    """The baseline: seconds to open the snapshot and sum a column of each mart."""
    newest = snapshot.path(DATA, max(snapshot.numbers(DATA)))
    start = time.perf_counter()
    with duckdb.connect(newest, read_only=True, config={"threads": THREADS}) as con:
        for mart, column in SUMMED.items():
            con.execute(f"select sum({column}) from {mart}").fetchall()
    return [time.perf_counter() - start]


def read() -> list[float]:
    """Seconds of the six readings by a new reader, and of the same asked again."""
    start = time.perf_counter()
    readings = Readings(DATA)
    first = _board(readings)
    between = time.perf_counter()
    again = _board(readings)
    end = time.perf_counter()
    if first != again or not all(
        first[name].n for name in ("downtime", "time_to_restore", "patches_on_time")
    ):
        raise SystemExit("The readings are not those of the exports.")
    return [between - start, end - between]


def _board(readings: Readings) -> dict:
    period = readings.period(PERIOD)
    return readings.several(period, {name: {} for name in list(readings.metrics())[:6]})


def main() -> int:
    """Five of each, in turn, each in a process of its own; medians."""
    two_threads()
    load()
    here = [sys.executable, "-m", "benchmarks.readings"]
    taken = [
        (json.loads(process([*here, "scan"]).output), json.loads(process([*here, "read"]).output))
        for _ in range(5)
    ]
    bare = median(scanned for (scanned,), _ in taken)
    first = median(read for _, (read, _) in taken)
    again = median(read for _, (_, read) in taken)
    print(f"scan: {bare * 1000:.1f} ms\nsix readings: {first * 1000:.1f} ms\nagain: {again * 1000:.2f} ms")
    quick = held("six board readings to a scan of the marts they read", first / bare, 3)
    kept = held("the same asked again, to the first time", again / first * 100, 2, "%")
    return 0 if quick and kept else 1


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps({"scan": scan, "read": read}[sys.argv[1]]()))
    else:
        sys.exit(main())
