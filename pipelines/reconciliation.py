"""What a load can be held against: the totals that its export states, and its counts by state and by month."""

import json
from dataclasses import replace
from pathlib import Path

import duckdb

from pipelines.archive import Archive, workspace
from pipelines.asked import recalled
from pipelines.errors import NotReady
from pipelines.records import RECORDS
from pipelines.settings import read_settings
from pipelines.snapshot import empty_snapshot, open_snapshot
from pipelines.source import sources
from pipelines.staging import read


def reconcile(data: Path, load: int) -> dict:
    """A load's rows to hold against the tool's screen, read again from the archive.

    stated: what the export itself says; states: count by state; months: count by month of the date that places its
    records, in the organisation's time zone. Rows that were rejected or set aside are in neither.
    """
    _, con = open_snapshot(data)
    with con:
        names = [
            "load",
            "file",
            "source",
            "record",
            "hash",
            "moment",
            "options",
            "instance",
            "loaded_at",
            "withdrawn_at",
        ]
        names += ["rows_read", "rejected", "set_aside"]
        found = con.execute(f"select {', '.join(names)} from load where load = ?", [load]).fetchall()
    if not found:
        raise NotReady(f"There is no load {load}; `pipelines loads` lists them.")
    line, known = dict(zip(names, found[0], strict=True)), sources(data)
    if line["source"] not in known:
        raise NotReady(f"Load {load} needs the source {line['source']}, which is gone. Put its file back.")
    row = {name: line[name] for name in ("load", "file", "instance", "loaded_at")}
    asked = recalled(json.loads(line["options"]))
    row["asked"] = replace(asked, as_of=line["moment"], source=line["source"])
    with workspace(data) as work, empty_snapshot(work, data) as apart:
        read(apart, work, Archive(data).restore(line["hash"], work), row, known)
        counts = _counts(apart, line["record"], read_settings(data).timezone)
    rows = line["rows_read"] - line["set_aside"]
    told = {
        name: line[name]
        for name in ("load", "file", "source", "record", "rows_read", "rejected", "set_aside")
    }
    stating = [{"text": text, "count": count, "agrees": count == rows} for text, count in row["totals"]]
    return told | {"stated": stating} | counts


def _counts(con: duckdb.DuckDBPyConnection, record: str, zone: str) -> dict:
    kind = RECORDS[record]
    state = next((c for c in ("status", "state", "result", "opinion") if c in kind.columns), None)
    placed = kind.placed_by
    usable = "from stage where not set_aside and not rejected"
    counts: dict = {"state": state, "states": [], "placed_by": placed, "months": []}
    if state:
        counts["states"] = con.execute(
            f"select coalesce({state}, 'not stated') as value, count(*) as count {usable} group by all order by count desc, value"
        ).fetchall()
    if placed:
        counts["months"] = con.execute(
            f"""select coalesce(strftime(timezone($zone, timezone('UTC', {placed})), '%Y-%m'), 'not stated') as month,
            count(*) {usable} group by all order by all""",
            {"zone": zone},
        ).fetchall()
    names = {"states": "value", "months": "month"}
    return counts | {part: [{name: v, "count": n} for v, n in counts[part]] for part, name in names.items()}
