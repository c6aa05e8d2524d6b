"""Outlook: what falls due in the next 30, 60 and 90 days, by kind, and the rows that it is made of.

Days are counted from the moment up to which the newest of the exports that tell of patches, findings and audits is
complete: nothing is said of what happened since. What was due before it and is open is overdue.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pandas as pd

KINDS = ("patch", "finding", "audit", "exception")
OVERDUE = "overdue"
# The last day of each bucket, counted from the moment of the outlook.
BUCKETS = {"0–30 days": 30, "31–60 days": 60, "61–90 days": 90}
# Of what an exception parts, the first time that is not over; an exception that has ended is not overdue.
DUE = """
    select * exclude (free_until) from outlook
    where coalesce(free_until > $now, true) and due_at <= $last and (kind <> 'exception' or due_at >= $now)
      and ($service is null or list_contains(services, $service))
    qualify row_number() over (partition by kind, record_id order by due_at) = 1
"""


@dataclass(frozen=True)
class Outlook:
    """now: the moment (UTC) that days are counted from, None where nothing is loaded. counts: kind -> bucket -> items.

    Every kind of KINDS and every bucket is there: overdue first, then those of BUCKETS.
    """

    now: datetime | None
    counts: dict[str, dict[str, int]]


def outlook(con: duckdb.DuckDBPyConnection, service: str | None = None) -> Outlook:
    """How much falls due. service: only what concerns it; audits and exceptions then stand at none."""
    now = moment(con)
    counts = {kind: dict.fromkeys((OVERDUE, *BUCKETS), 0) for kind in KINDS}
    if now is not None:
        sql = f"select kind, {_bucket()} as bucket, count(*) from ({DUE}) group by all"
        for kind, bucket, number in con.execute(sql, _parameters(now, service)).fetchall():
            counts[kind][bucket] = number
    return Outlook(now, counts)


def due(
    con: duckdb.DuckDBPyConnection,
    kind: str,
    bucket: str | None = None,
    service: str | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """The rows behind a count, those due first first: bucket, due_at (UTC), item, severity, owner, services, record_id …

    bucket: one of Outlook's, or all of them.
    """
    now = moment(con) or datetime.min
    sql = f"""select {_bucket()} as bucket, due_at, item, severity, owner, services, business_units, as_of, record_id
        from ({DUE}) where kind = $kind and coalesce(bucket = $bucket, true)
        order by due_at, record_id limit $limit"""
    asked = {"kind": kind, "bucket": bucket, "limit": limit}
    return con.execute(sql, _parameters(now, service) | asked).df()


def moment(con: duckdb.DuckDBPyConnection) -> datetime | None:
    """Up to when the newest export of patches, findings and audits is complete; without any, that of exceptions."""
    return con.execute(
        """select coalesce(max("at") filter (record <> 'exception'), max("at")) from as_of
        where record in ('patch', 'finding', 'audit', 'exception')"""
    ).fetchall()[0][0]


def _bucket() -> str:
    cases = " ".join(f"when due_at <= $now + to_days({days}) then '{name}'" for name, days in BUCKETS.items())
    return f"case when due_at < $now then '{OVERDUE}' {cases} end"


def _parameters(now: datetime, service: str | None) -> dict[str, Any]:
    last = now + timedelta(days=max(BUCKETS.values()))
    return {"now": now, "last": last, "service": service}
