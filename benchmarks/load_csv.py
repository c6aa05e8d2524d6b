"""`pipelines load` of an incident CSV of 1,000,000 rows and 25 columns, into an empty data folder.

Baseline: one DuckDB statement, in a process of its own, that reads the same file with its column types given
and writes it to a new database file. It knows the types beforehand and refuses nothing; it keeps no archive,
no versions, no rejects and no marts. All of those are within the time of `pipelines load`.
"""

import json
import shutil
import sys

from benchmarks.exports import ROWS, WORK, made
from benchmarks.measure import PIPELINES, THREADS, Run, held, middle, process, two_threads

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


def load(path: str) -> Run:
    """Our load, as a person starts it."""
    data = WORK / "load_csv"
    shutil.rmtree(data, ignore_errors=True)
    run = process([PIPELINES, "load", path, "--data", str(data), "--json"])
    (told,) = json.loads(run.output)
    if told["accepted"] != ROWS:
        raise SystemExit(f"{ROWS} rows were to be accepted: {told}")
    shutil.rmtree(data)
    return run


def main() -> int:
    """Three runs of each, in turn; the median ones are compared."""
    two_threads()
    path = str(made("incidents.csv"))
    runs = [(baseline(path), load(path)) for _ in range(3)]
    bare, ours = (middle(list(each)) for each in zip(*runs, strict=True))
    print(f"DuckDB, types given: {bare}\npipelines load:      {ours}")
    quick = held("pipelines load to a typed DuckDB load of the same CSV", ours.wall / bare.wall, 2.5)
    small = held("its peak memory", ours.peak / 1e9, 1.5, "GB")
    return 0 if quick and small else 1


if __name__ == "__main__":
    sys.exit(main())
