"""`pipelines load` of 1,000,000 incidents as JSON lines, into an empty data folder.

Baseline: one DuckDB statement, in a process of its own, that reads the same file with read_json and writes it to a new
database file.
"""

import json
import shutil
import sys

from benchmarks.exports import ROWS, WORK, made
from benchmarks.measure import PIPELINES, THREADS, Run, held, middle, process, two_threads

DATA = WORK / "load_json"
BASELINE = """
import sys, duckdb
con = duckdb.connect(sys.argv[2], config={{"threads": {threads}}})
con.execute("create table incident as select * from read_json(?, format = 'newline_delimited')", [sys.argv[1]])
con.close()
"""


def baseline(path: str) -> Run:
    """The bare load, types guessed, into a new file on disk."""
    target = WORK / "baseline.duckdb"
    target.unlink(missing_ok=True)
    run = process([sys.executable, "-c", BASELINE.format(threads=THREADS), path, str(target)])
    target.unlink()
    return run


def load(path: str) -> Run:
    """Our load, as a person starts it."""
    shutil.rmtree(DATA, ignore_errors=True)
    run = process([PIPELINES, "load", path, "--data", str(DATA), "--json"])
    (told,) = json.loads(run.output)
    if told["accepted"] != ROWS:
        raise SystemExit(f"{ROWS} rows were to be accepted: {told}")
    shutil.rmtree(DATA)
    return run


def main() -> int:
    """Three runs of each, in turn; the median ones are compared."""
    two_threads()
    path = str(made("incidents.jsonl"))
    runs = [(baseline(path), load(path)) for _ in range(3)]
    bare, ours = (middle(list(each)) for each in zip(*runs, strict=True))
    print(f"DuckDB, read_json: {bare}\npipelines load:    {ours}")
    return (
        0 if held("pipelines load to a DuckDB load of the same JSON lines", ours.wall / bare.wall, 2) else 1
    )


if __name__ == "__main__":
    sys.exit(main())
