"""The figures of the Patching page: curves of how long weaknesses stay open, who is overdue with what, and what attackers use.

All come from observations of metrics, placed and filtered as their readings are.
"""

from collections.abc import Mapping
from typing import Any

import duckdb
import pandas as pd

from dashboard.kinds import durations
from dashboard.observations import UNKNOWN, Shape, placed
from dashboard.reading import Period
from dashboard.survival import Curve, curve
from dashboard.tallies import tally

MOST = 200


def curves(
    con: duckdb.DuckDBPyConnection, shape: Shape, period: Period, dimension: str, scope: Mapping[str, str]
) -> dict[str, Curve]:
    """The share still open by hours since its start, for each value of a dimension of a metric of durations."""
    found = tally(con, shape, [period], dict(scope), dimension)
    return {part: curve(durations(one)) for (part, _), one in sorted(found.items()) if one.n}


def crossed(
    con: duckdb.DuckDBPyConnection,
    shape: Shape,
    period: Period,
    one: str,
    other: str,
    scope: Mapping[str, str],
) -> pd.DataFrame:
    """How many records a metric of counts counts for each pair of values: `one`, `other` (no list), n; the most first.

    A record of two services stands under both, as in any breakdown.
    """
    parameters: dict[str, Any] = {}
    tables = placed(shape, [period], dict(scope), one, parameters)
    return con.execute(
        f"""with {tables}
        select part as "{one}", coalesce({shape.column(other)}::varchar, '{UNKNOWN}') as "{other}", count(distinct record_id) as n
        from placed where number is not null and reason is null group by all order by n desc, 1, 2""",
        parameters,
    ).df()


def exploited(
    con: duckdb.DuckDBPyConnection,
    shape: Shape,
    period: Period,
    scope: Mapping[str, str],
    most: int | None = MOST,
) -> pd.DataFrame:
    """Known exploited weaknesses that are overdue at a period's end, one row a patch, the oldest first.

    shape: of known_exploited_overdue. Columns: patch, title, cves, missing_on (assets), services, due_at (the earliest),
    days_past (whole days, up to the period's end or to where the data ends), of (how many patches there are in all).
    """
    parameters: dict[str, Any] = {}
    tables = placed(shape, [period], dict(scope), None, parameters)
    return con.execute(
        f"""with {tables},
        counted as (
            select record_id, asset, patch, services, exploited_due_at, least($ends_at::timestamp, as_of) as known_at
            from placed where number is not null and reason is null
        ),
        named as (select patch, list_distinct(flatten(list(services))) as services from counted group by patch)
        select counted.patch, any_value(patch.title) as title, list_sort(list_distinct(flatten(list(coalesce(patch.cves, []))))) as cves,
               count(distinct counted.asset) as missing_on, any_value(named.services) as services,
               min(exploited_due_at) as due_at, floor(max(epoch(known_at) - epoch(exploited_due_at)) / 86400)::integer as days_past,
               count(*) over () as "of"
        from counted
        join named using (patch)
        left join patch on patch.record_id = counted.record_id
        group by counted.patch order by due_at, counted.patch limit $most""",
        parameters | {"most": most, "ends_at": period.end},
    ).df()
