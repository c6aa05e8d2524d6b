"""The figures of the Audits page: every audit with its opinion or its date, and how controls stand by their parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pandas as pd

from dashboard.reading import Reading

# What an opinion says, as the state of a target is told: its shape and its word go with it.
OPINIONS = {
    "unqualified": "on target",
    "qualified": "at risk",
    "adverse": "off target",
    "disclaimer": "off target",
}


@dataclass(frozen=True)
class Standing:
    """How the controls of one part stand: a framework, a family. untested: all that is left out, whatever for."""

    part: str
    passing: int
    failing: int
    untested: int
    reading: Reading


def standings(parts: Sequence[tuple[str, Reading]]) -> list[Standing]:
    """Those with the most failing controls first, then those of which the least is known."""
    told = []
    for part, reading in parts:
        passing = int(reading.detail.get("met") or 0)
        told.append(Standing(part, passing, reading.n - passing, sum(reading.left_out.values()), reading))
    return sorted(told, key=lambda one: (-one.failing, -one.untested, one.part))


def audits(con: duckdb.DuckDBPyConnection, now: datetime | None = None) -> pd.DataFrame:
    """Every audit, the newest first: record_id, key, title, framework, auditor, scope, due_at, completed_at, opinion, at, state.

    at: when the report was issued, else when it is planned to be (null: neither is known). state: the opinion,
    "no opinion given", "planned", or "overdue": planned for a time before `now`, and not completed.
    """
    return con.execute(
        """select record_id, key, title, framework, auditor, scope, period, due_at, completed_at, opinion,
               coalesce(completed_at, due_at) as "at",
               case when opinion is not null then opinion
                    when completed_at is not null then 'no opinion given'
                    when due_at < $now then 'overdue' else 'planned' end as state
        from audit order by "at" desc nulls first, record_id""",
        {"now": now},
    ).df()
