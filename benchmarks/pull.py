"""`pipelines pull` of 100,000 ServiceNow incidents in pages of 1,000, and a pull that finds nothing new.

Baselines: `pipelines load` of the file that the pull brought, and `pipelines --help`. The stand-in answers from a process of its own.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from benchmarks.exports import INCIDENTS, WORK
from benchmarks.measure import PIPELINES, held, middle, process, two_threads
from tests.pipelines.pull.standin import Reply, standing

ROWS, PAGE = 100_000, 1_000
DATA = WORK / "pull"
CONNECTION = f"""
[servicenow]
kind = "rest"
api = "servicenow_incident"
url = "{{url}}"
auth = {{by = "basic", user = "svc", password = "secret:PASSWORD"}}
paging = {{size = {PAGE}}}
"""
FIELDS = (
    "number state opened_at short_description category subcategory business_service priority assignment_group"
)
TIMES = "resolved_at closed_at sys_updated_on sys_mod_count"


def serve() -> None:
    """Answer the Table API until the input ends; the address is the first line of output."""
    with duckdb.connect() as con:
        found = con.execute(
            "select * rename (incident_state as state, sys_updated_at as sys_updated_on) "
            f"from ({INCIDENTS}) order by number",
            {"rows": ROWS},
        )
        names = [column[0] for column in found.description]
        wanted = [names.index(name) for name in f"{FIELDS} {TIMES}".split()]
        rows = []
        for n, row in enumerate(found.fetchall()):
            told = {"sys_id": f"{n:032x}"} | {names[i]: "" if row[i] is None else str(row[i]) for i in wanted}
            told["state"] = {"Closed": "7", "New": "1", "Resolved": "6"}[told["state"]]
            shown = {name: {"display_value": value, "value": value} for name, value in told.items()}
            rows.append(json.dumps(shown, separators=(",", ":")))

    def answer(asked) -> Reply:
        first = "sys_updated_on>=1970" in asked.query["sysparm_query"]
        there = rows if first else []
        start = int(asked.query["sysparm_offset"])
        page = ",".join(there[start : start + int(asked.query["sysparm_limit"])])
        return Reply(f'{{"result":[{page}]}}', headers={"X-Total-Count": str(len(there))})

    with standing() as server:
        server.routes["/api/now/table/incident"] = answer
        print(server.url, flush=True)
        sys.stdin.read()


def pull() -> tuple:
    """A pull of them all, a pull of nothing, and a load of the file that the first one brought."""
    shutil.rmtree(DATA, ignore_errors=True)
    DATA.mkdir(parents=True)
    command = [sys.executable, "-m", "benchmarks.pull", "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        url = server.stdout.readline().strip()
        (DATA / "connections.toml").write_text(CONNECTION.replace("{url}", url), "utf-8")
        told = [PIPELINES, "pull", "--data", str(DATA), "--json"]
        all_of_them, nothing = process(told), process(told)
        server.stdin.close()
    ((outcome,),) = [one["outcomes"] for one in json.loads(all_of_them.output)]
    if outcome["accepted"] != ROWS or json.loads(nothing.output)[0]["outcomes"]:
        raise SystemExit(f"{ROWS} rows were to be accepted, and then none: {outcome}, {nothing.output}")
    file = kept(DATA)
    shutil.rmtree(DATA)
    loaded = process([PIPELINES, "load", str(file), "--data", str(DATA), "--json"])
    shutil.rmtree(DATA)
    return all_of_them, nothing, loaded, process([PIPELINES, "--help"])


def kept(data: Path) -> Path:
    """The file that was pulled, out of the archive."""
    import pyarrow as pa

    (packed,) = (data / "archive").glob("*/*.zst")
    file = WORK / "pulled.jsonl"
    with pa.input_stream(packed, compression="zstd") as source, file.open("wb") as out:
        shutil.copyfileobj(source, out, 1 << 20)
    return file


def main() -> int:
    """Three runs of each, in turn; the median ones are compared."""
    two_threads()
    os.environ |= {"PASSWORD": "made-up", "NO_PROXY": "127.0.0.1"}
    runs = [pull() for _ in range(3)]
    pulled, nothing, loaded, started = (middle(list(each)) for each in zip(*runs, strict=True))
    print(f"pipelines load:   {loaded}\npipelines pull:   {pulled}")
    print(f"pipelines --help: {started}\nnothing new:      {nothing}")
    met = [
        held("pipelines pull to a load of the same file", pulled.wall / loaded.wall, 2),
        held("a pull that finds nothing new to pipelines --help", nothing.wall / started.wall, 2),
    ]
    return 0 if all(met) else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        sys.exit(main())
