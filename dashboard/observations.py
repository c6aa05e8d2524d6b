"""Observations as a snapshot holds them: their shape, and the SQL that places, filters and parts them.

The metric's SQL runs as it stands in its file; around it stand only names and numbers of our own, and the
values of filters as parameters. A record that has several rows in a period counts once there, and once
under each value of a dimension.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import duckdb

from dashboard.metric import NEEDS, Metric
from dashboard.reading import Period, Unknown
from pipelines.errors import NotReady

UNASSIGNED, UNKNOWN = "Unassigned", "Unknown"
# A row that counts but lacks what its kind counts is left out for that.
LACKS = {
    "total": ("amount is null", "no amount"),
    "span": ("until < since", "ends before its start"),
    "share": ("met is null", "not known"),
    "rate": ('amount is null or "of" is null', "no amount"),
    "duration": ("hours is null or finished is null", "no time"),
    "score": ("score is null", "no score"),
}
# Amounts of one record in a period are several where these differ; its other facts are one, the first in this order.
AMOUNTS = {"total": ('"at"', "amount"), "span": ("since", "until"), "rate": ('"at"', "amount", '"of"')}
FIRST = {"share": ", met", "duration": ", finished, hours desc", "score": ", score"}


@dataclass(frozen=True)
class Shape:
    """How a metric's observations look in one snapshot.

    columns: name -> type. as_of: up to when all of its sources that still report are complete; latest: the newest
    of the sources that observations come from, since another tells nothing of a period. begins: when the first
    observation begins. dated, undated: how many have a date, or none.
    """

    metric: Metric
    columns: dict[str, str]
    as_of: datetime | None
    latest: datetime | None
    begins: datetime | None = None
    dated: int = 0
    undated: int = 0

    @property
    def state(self) -> bool:
        """Observations last from `since` to `until`; those in force at the period's end count."""
        return "since" in self.columns and self.metric.kind != "span"

    @property
    def place(self) -> str:
        """The column that places a row in time."""
        return "since" if "since" in self.columns else '"at"'

    @property
    def clustered(self) -> bool:
        return self.metric.kind == "share" and "cluster" in self.columns

    @property
    def apart(self) -> bool:
        return self.metric.kind == "total" and "basis" in self.columns

    @property
    def several(self) -> bool:
        """A record may have several amounts in a period, which add up."""
        return self.metric.kind == "total" or (self.metric.kind in AMOUNTS and not self.metric.unique)

    def column(self, dimension: str) -> str:
        """The column that holds a dimension; a list is named in the plural. Unknown for another dimension."""
        if dimension not in self.metric.by:
            known = ", ".join(self.metric.by) or "nothing"
            raise Unknown(f"{self.metric.name} cannot be told by {dimension}, only by {known}.")
        for name in (f"{dimension}s", dimension):
            if name in self.columns:
                return name
        raise NotReady(
            f"Metric {self.metric.name} names the dimension {dimension} but selects no such column."
        )

    def is_list(self, column: str) -> bool:
        return self.columns[column].endswith("[]")


def look(
    con: duckdb.DuckDBPyConnection,
    metric: Metric,
    complete: Sequence[datetime],
    ended: Sequence[datetime] = (),
) -> Shape:
    """The shape of a metric's observations. NotReady where its SQL does not run or lacks what its kind needs.

    complete: up to when each source that still reports is; ended: the same of those that report no more, of which
        observations can come all the same.
    """
    try:
        columns = {name: kind for name, kind, *_ in con.execute(f"describe {metric.sql}").fetchall()}
    except duckdb.Error as error:
        raise NotReady(f"Metric {metric.name} does not run on this snapshot: {error}") from error
    missing = [
        c for c in ("record_id", "left_out", *NEEDS[metric.kind], metric.items) if c and c not in columns
    ]
    if not {"at", "since"} & set(columns) or ("since" in columns and "until" not in columns):
        missing.append("at, or since and until")
    if taken := {"part", "reason", "number", "ended", "starts", "ends"} & set(columns):
        raise NotReady(
            f"Metric {metric.name} selects {taken.pop()}, a name that readings keep for themselves."
        )
    if missing:
        raise NotReady(f"Metric {metric.name} is a {metric.kind} but selects no {', '.join(missing)}.")
    newest = max(complete, default=None)
    shape = Shape(metric, columns, min(complete, default=None), newest)
    # Of a single source they can come from no other: spares readings the look.
    apart = "as_of" in columns and len({*complete, *ended}) > 1
    latest = "max(coalesce(as_of, $newest::timestamp))" if apart else "$newest::timestamp"
    extent = f"min({shape.place}), count({shape.place}), count(*) - count({shape.place}), {latest}"
    begins, dated, undated, latest = con.execute(
        f"select {extent} from ({metric.sql}\n)", {"newest": newest}
    ).fetchone()
    return replace(shape, begins=begins, dated=dated, undated=undated, latest=latest or newest)


def placed(
    shape: Shape,
    periods: list[Period],
    scope: dict[str, str],
    dimension: str | None,
    parameters: dict[str, Any],
) -> str:
    """SQL: common tables up to `placed`, one row per observation, part and period (number null: no date).

    Adds what it needs to the parameters.
    """
    where = " and ".join(["true", *_filters(shape, scope, parameters)])
    parameters |= {"first": min(p.start for p in periods), "last": max(p.end for p in periods)}
    dated = (
        _lasted(shape, periods, parameters) if "since" in shape.columns else _happened(periods, parameters)
    )
    ended = f", {_ended(shape)} as ended" if shape.metric.kind == "span" else ""
    # Where every row has its date, the branch for those without is left out: planning it takes as long as reading.
    undated = f"union all by name select * from told where {shape.place} is null" if shape.undated else ""
    return f"""observation as not materialized (
{shape.metric.sql}
),
told as not materialized (
    select *, {_part(shape, dimension)} as part, {_reason(shape)} as reason{ended}
    from observation
    where {where}
),
every as (
    {dated}
    {undated}
),
placed as ({_once(shape)})
"""


def _happened(periods: list[Period], parameters: dict[str, Any]) -> str:
    """SQL: what happened at a time, by the number of each period that holds it.

    A row lies in one slot between neighbouring bounds, of which each period has one or more: joining by slot
    is much faster than by bounds, and needless where every slot is a period.
    """
    cuts = sorted({moment for period in periods for moment in (period.start, period.end)})
    parameters |= {f"cut{number}": cuts[number] for number in range(1, len(cuts) - 1)}
    slots = [range(cuts.index(period.start), cuts.index(period.end)) for period in periods]
    reach = '"at" >= $first and "at" < $last'
    if sorted(slot for several in slots for slot in several) == list(range(len(periods))):
        numbers = sorted(range(len(periods)), key=lambda number: slots[number][0])
        return f"select *, {_slot(numbers)} as number from told where {reach}"
    rows = ", ".join(f"({number}, {slot})" for number, several in enumerate(slots) for slot in several)
    slot = _slot(range(len(cuts) - 1))
    return f"select * from told join (values {rows}) as period(number, slot) on slot = {slot} where {reach}"


def _slot(numbers: Sequence[int], first: int = 0) -> str:
    """SQL: the number of the slot that holds `at`, found by halving. first: the place of the first among all."""
    if len(numbers) == 1:
        return str(numbers[0])
    half = len(numbers) // 2
    before, after = _slot(numbers[:half], first), _slot(numbers[half:], first + half)
    return f'case when "at" < $cut{first + half}::timestamp then {before} else {after} end'


def _lasted(shape: Shape, periods: list[Period], parameters: dict[str, Any]) -> str:
    """SQL: spans that overlap a period, and states in force at its end, by the number of each such period."""
    rows = []
    for number, period in enumerate(periods):
        rows.append(f"({number}, $start{number}::timestamp, $end{number}::timestamp)")
        parameters |= {f"start{number}": period.start, f"end{number}": period.end}
    parameters["as_of"] = shape.as_of
    if shape.metric.kind == "span":
        within = "since < ends and (ended > starts or since >= starts)"
        reach = "since < $last and (ended > $first or since >= $first)"
    else:
        moment = f"least(ends - interval 1 microsecond, {_complete(shape)})"
        within = f"since <= {moment} and coalesce(until > {moment}, true) and {_complete(shape)} >= starts"
        reach = "since < $last and coalesce(until > $first, true)"
    table = f"(values {', '.join(rows)}) as period(number, starts, ends)"
    return f"select * from told join {table} on {within} where {reach}"


def _complete(shape: Shape) -> str:
    """SQL: the moment up to which a row's source is complete."""
    return "coalesce(as_of, $as_of::timestamp)" if "as_of" in shape.columns else "$as_of::timestamp"


def _ended(shape: Shape) -> str:
    """SQL: when a span ended; one that still runs is known up to where its source is complete."""
    return f"greatest(since, coalesce(until, {_complete(shape)}))"


def _filters(shape: Shape, scope: dict[str, str], parameters: dict[str, Any]) -> Iterator[str]:
    for number, (dimension, value) in enumerate(scope.items()):
        column = shape.column(dimension)
        if shape.is_list(column):
            named = f"coalesce(list_contains({column}, $scope{number}), false)"
            yield f"({named} or coalesce(len({column}), 0) = 0)" if value == UNASSIGNED else named
        else:
            yield f"coalesce({column}::varchar, '{UNKNOWN}') = $scope{number}"
        parameters[f"scope{number}"] = value


def _part(shape: Shape, dimension: str | None) -> str:
    if dimension is None:
        return "null::varchar"
    column = shape.column(dimension)
    if shape.is_list(column):
        return f"unnest(case when len({column}) > 0 then list_distinct({column}) else ['{UNASSIGNED}'] end)"
    return f"coalesce({column}::varchar, '{UNKNOWN}')"


def _reason(shape: Shape) -> str:
    if shape.metric.kind not in LACKS:
        return "left_out::varchar"
    lacks, why = LACKS[shape.metric.kind]
    return f"coalesce(left_out::varchar, case when {lacks} then '{why}' end)"


def _once(shape: Shape) -> str:
    """SQL: the rows that count, each record once; one that counts comes before one that is left out."""
    if shape.metric.unique:
        return "from every"
    kind = shape.metric.kind
    own = ", ".join(
        ("part", "number", "record_id", *AMOUNTS.get(kind, ()), *(["basis"] if shape.apart else []))
    )
    order = "reason nulls first" + FIRST.get(kind, "")
    return f"from every qualify row_number() over (partition by {own} order by {order}) = 1"
