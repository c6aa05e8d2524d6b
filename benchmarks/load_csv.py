"""`pipelines load` of an incident CSV of 1,000,000 rows and 25 columns, into an empty data folder; then once more,
one with 6,000 cells that cannot be used, and one of 5,000,000 rows.

Baseline: one DuckDB statement, in a process of its own, that reads the same file with its column types given
and writes it to a new database file. It knows the types beforehand and refuses nothing; it keeps no archive,
no versions, no rejects and no marts. All of those are within the time of `pipelines load`.
"""

import json
import shutil
import sys

from benchmarks.exports import BAD, ROWS, WORK, made
from benchmarks.measure import PIPELINES, THREADS, Run, held, middle, process, two_threads
from pipelines import snapshot

DATA = WORK / "load_csv"
TYPES = {
    "number": "varchar",
    "incident_state": "varchar",
    "active": "boolean",
    "reassignment_count": "bigint",
    "reopen_count": "bigint",
    "sys_mod_count": "bigint",
    "u_cost": "double",
    "caller_id": "varchar",
    "opened_by": "varchar",
    "opened_at": "timestamp",
    "short_description": "varchar",
    "sys_updated_at": "timestamp",
    "u_service_impact": "varchar",
    "location": "varchar",
    "category": "varchar",
    "subcategory": "varchar",
    "business_service": "varchar",
    "impact": "varchar",
    "urgency": "varchar",
    "priority": "varchar",
    "assignment_group": "varchar",
    "assigned_to": "varchar",
    "close_code": "varchar",
    "resolved_at": "timestamp",
    "closed_at": "timestamp",
}

BASELINE = """
import sys, duckdb
con = duckdb.connect(sys.argv[2], config={{"threads": {threads}}})
con.execute("create table incident as select * from read_csv(?, header = true, columns = {types})", [sys.argv[1]])
con.close()
"""


def baseline(path: str) -> Run:
    """The bare load, typed, into a new file on disk."""
    target = WORK / "baseline.duckdb"
    target.unlink(missing_ok=True)
    code = BASELINE.format(threads=THREADS, types=TYPES)
    run = process([sys.executable, "-c", code, path, str(target)])
    target.unlink()
    return run


def load(path: str, again: bool = False) -> tuple[Run, dict, int]:
    """Our load, as a person starts it: the run, what it told, and the bytes of the snapshot.

    again: into the data folder of the load before, instead of an empty one.
    """
    if not again:
        shutil.rmtree(DATA, ignore_errors=True)
    run = process([PIPELINES, "load", path, "--data", str(DATA), "--json"])
    (told,) = json.loads(run.output)
    return run, told, snapshot.path(DATA, max(snapshot.numbers(DATA))).stat().st_size


def main() -> int:
    """Three runs of each, in turn; the median ones are compared."""
    two_threads()
    path, dirty = str(made("incidents.csv")), str(made("incidents_dirty.csv"))
    runs = {"bare": [], "ours": [], "again": [], "dirty": []}
    for _ in range(3):
        runs["bare"].append(baseline(path))
        first, told, size = load(path)
        second, told_again, grown = load(path, again=True)
        bad, told_bad, _ = load(dirty)
        runs["ours"].append(first)
        runs["again"].append(second)
        runs["dirty"].append(bad)
    right = (told["accepted"], told_again["unchanged"], told_bad["accepted"]) == (ROWS, ROWS, ROWS)
    if not right or told_bad["cells_refused"] != BAD:
        raise SystemExit(f"Every row was to be taken: {told} {told_again} {told_bad}")
    many = str(made("many_incidents.csv"))
    bare_lot, (lot, told_lot, _) = baseline(many), load(many)
    if told_lot["accepted"] != 5 * ROWS:
        raise SystemExit(f"Every row was to be taken: {told_lot}")
    shutil.rmtree(DATA)
    bare, ours, again, unclean = (middle(each) for each in runs.values())
    print(
        f"DuckDB, types given: {bare}\npipelines load:      {ours}\nagain:               {again}\n"
        f"dirty:               {unclean}\n5,000,000 rows:      {lot}\nDuckDB, the same:    {bare_lot}"
    )
    results = [
        held("pipelines load to a typed DuckDB load of the same CSV", ours.wall / bare.wall, 1.8),
        held("the same with 6,000 cells refused", unclean.wall / bare.wall, 1.8),
        held("its peak memory", ours.peak / 1e9, 1.5, "GB"),
        held("5,000,000 rows to the same load of DuckDB", lot.wall / bare_lot.wall, 1.8),
        held("their peak memory", lot.peak / 1e9, 2, "GB"),
        held("the file loaded again to its first load", again.wall / ours.wall, 1.3),
        held("what that adds to the snapshot", (grown - size) / 1e6, 1, "MB"),
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
