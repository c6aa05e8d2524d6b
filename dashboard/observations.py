"""Observations → tallies: one query for a metric that places its rows in periods, filters, and sums by kind.

The metric's SQL runs as it stands in its file; around it stand only names and numbers of our own, and the
values of filters as parameters. A record that has several rows in a period counts once there, and once
under each value of a dimension.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from dashboard.metric import NEEDS, Metric
from dashboard.reading import Period, Unknown
from pipelines.errors import NotReady

UNASSIGNED, UNKNOWN, UNDATED = "Unassigned", "Unknown", "undated"
CLIPPED = "greatest(epoch_us(least(ended, ends)) - epoch_us(greatest(since, starts)), 0) / 3600e6"
SUMS = {
    "total": {"amount": "sum(amount::double)"},
    "span": {"amount": f"sum({CLIPPED}) filter (starts is not null)"},
    "count": {},
    "share": {"met": "count_if(met)"},
    "rate": {"amount": "sum(amount::double)", "of": 'sum("of"::double)'},
    "duration": {
        "finished": "list(hours::double) filter (finished)",
        "running": "list(hours::double) filter (not finished)",
    },
    "score": {"mean": "avg(score::double)", "deviation": "stddev_samp(score::double)"},
}
# Of a share whose rows cluster: sums over clusters of their rows and met rows, squared and multiplied.
CLUSTERED = {
    "met": "sum(met)",
    "clusters": "count(*)",
    "rows_rows": "sum(n * n)",
    "rows_met": "sum(n * met)",
    "met_met": "sum(met * met)",
}
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


@dataclass
class Tally:
    """What was counted in one period for one part.

    n: distinct records. sums: by the names of SUMS and CLUSTERED. apart: amounts by `basis`, where observations
    have one. left_out, left_out_amount: by reason.
    """

    n: int = 0
    sums: dict[str, Any] = field(default_factory=dict)
    apart: dict[str, float] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    left_out_amount: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Shape:
    """How a metric's observations look in one snapshot.

    columns: name -> type. as_of: up to when its sources are complete, for rows that do not carry it.
    """

    metric: Metric
    columns: dict[str, str]
    as_of: datetime | None

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


def look(con: duckdb.DuckDBPyConnection, metric: Metric, as_of: datetime | None) -> Shape:
    """The shape of a metric's observations. NotReady where its SQL does not run or lacks what its kind needs."""
    try:
        columns = {name: kind for name, kind, *_ in con.execute(f"describe {metric.sql}").fetchall()}
    except duckdb.Error as error:
        raise NotReady(f"Metric {metric.name} does not run on this snapshot: {error}") from error
    missing = [c for c in ("record_id", "left_out", *NEEDS[metric.kind]) if c not in columns]
    if not {"at", "since"} & set(columns) or ("since" in columns and "until" not in columns):
        missing.append("at, or since and until")
    if missing:
        raise NotReady(f"Metric {metric.name} is a {metric.kind} but selects no {', '.join(missing)}.")
    return Shape(metric, columns, as_of)


def tally(
    con: duckdb.DuckDBPyConnection,
    shape: Shape,
    periods: list[Period],
    scope: dict[str, str],
    dimension: str | None = None,
    background: list[Period] = (),
) -> dict[tuple[str | None, str], Tally]:
    """The tallies of some periods by (part, period name); part is None without a dimension.

    A period in which a part has no row has no tally, except for rows that would count but have no date: they
    are left out of every period as "undated". Those that would not count anyway show under all time only.
    background: further periods of which only the sums are wanted; amounts leave their n at 0.
    """
    parameters: dict[str, Any] = {}
    every = [*periods, *(p for p in background if p not in periods)]
    tables = placed(shape, every, scope, dimension, parameters)
    found: dict[tuple[str | None, str], Tally] = {}
    for row in _rows(
        con.execute(f"with {tables}{_summed(shape, len(periods))}", parameters), shape.metric.kind
    ):
        if row["number"] is not None:
            _add(found.setdefault((row["part"], every[row["number"]].name), Tally()), row)
            continue
        for period in periods:
            if row["reason"] is None or period.name == "all":
                _add(
                    found.setdefault((row["part"], period.name), Tally()),
                    row | {"reason": row["reason"] or UNDATED},
                )
    return found


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
    lasting = "since" in shape.columns
    period, condition, reach = (_lasted if lasting else _happened)(shape, periods, parameters)
    ended = f", {_ended(shape)} as ended" if shape.metric.kind == "span" else ""
    return f"""observation as not materialized (
{shape.metric.sql}
),
{period},
told as not materialized (
    select *, {_part(shape, dimension)} as part, {_reason(shape)} as reason{ended}
    from observation
    where {where}
),
every as (
    select * from told join period on {condition} where {reach}
    union all by name
    select * from told where {shape.place} is null
),
placed as ({_once(shape)})
"""


def _happened(shape: Shape, periods: list[Period], parameters: dict[str, Any]) -> tuple[str, str, str]:
    """SQL for what happened at a time: the periods, when a row belongs to one, and what lets the scan skip the rest.

    A row lies in one slot between neighbouring bounds, of which each period has one or more: joining by the
    number of a slot is much faster than by bounds.
    """
    cuts = sorted({moment for period in periods for moment in (period.start, period.end)})
    slots = [
        f"({number}, {slot})"
        for number, period in enumerate(periods)
        for slot in range(cuts.index(period.start), cuts.index(period.end))
    ]
    inner = range(1, len(cuts) - 1)
    parameters |= {f"cut{number}": cuts[number] for number in inner}
    slot = " + ".join(
        ["0::usmallint", *(f'("at" >= $cut{number}::timestamp)::usmallint' for number in inner)]
    )
    table = f"period(number, slot) as (values {', '.join(slots)})"
    return table, f"slot = {slot}", '"at" >= $first and "at" < $last'


def _lasted(shape: Shape, periods: list[Period], parameters: dict[str, Any]) -> tuple[str, str, str]:
    """SQL for what lasts, as for what happened: spans that overlap a period, and states in force at its end."""
    rows = []
    for number, period in enumerate(periods):
        rows.append(f"({number}, $start{number}::timestamp, $end{number}::timestamp)")
        parameters |= {f"start{number}": period.start, f"end{number}": period.end}
    parameters["as_of"] = shape.as_of
    table = f"period(number, starts, ends) as (values {', '.join(rows)})"
    if shape.metric.kind == "span":
        within = "since < ends and (ended > starts or since >= starts)"
        return table, within, "since < $last and (ended > $first or since >= $first)"
    moment = f"least(ends - interval 1 microsecond, {_complete(shape)})"
    within = f"since <= {moment} and coalesce(until > {moment}, true) and {_complete(shape)} >= starts"
    return table, within, "since < $last and coalesce(until > $first, true)"


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


def _summed(shape: Shape, shown: int) -> str:
    """SQL: the sums of `placed` by part, period and reason. shown: how many periods come before the background."""
    kind = shape.metric.kind
    if shape.clustered:
        sums = "".join(f", {sql} as {name}" for name, sql in CLUSTERED.items())
        # One hash of four columns is a much smaller key than the four.
        return f"""select part, number, reason, sum(n) as n{sums}
from (
    select any_value(part) as part, any_value(number) as number, any_value(reason) as reason,
           count(*) as n, count_if(met) as met
    from placed group by hash(part, number, reason, cluster)
) group by all"""
    sums = dict(SUMS[kind])
    if kind == "span" and "rate" in shape.columns:
        sums["amount"] = f"sum({CLIPPED} * coalesce(rate, 1)::double) filter (starts is not null)"
    n = (
        f"count(distinct case when number < {shown} or number is null then record_id end)"
        if kind in AMOUNTS
        else "count(*)"
    )
    selected = "".join(f', {sql} as "{name}"' for name, sql in sums.items())
    if not shape.apart:
        return f"select part, number, reason, {n} as n{selected} from placed group by all"
    # A record whose amounts have several bases is one record: its n is counted over them all.
    return f"""select part, number, reason, basis, grouping(basis) = 1 as whole, {n} as n{selected} from placed
group by grouping sets ((part, number, reason), (part, number, reason, basis))"""


def _rows(result: duckdb.DuckDBPyConnection, kind: str) -> Iterator[dict[str, Any]]:
    """Rows of a result; those of durations with their hours as arrays."""
    names = [column[0] for column in result.description]
    if kind != "duration":
        yield from (dict(zip(names, row, strict=True)) for row in result.fetchall())
        return
    columns = {name: _plain(values) for name, values in result.fetchnumpy().items()}
    for row in zip(*columns.values(), strict=True):
        yield dict(zip(columns, row, strict=True))


def _plain(values: np.ndarray) -> list[Any]:
    """A column of a result as a list, null as None."""
    empty = np.ma.getmaskarray(values)
    return [
        None if gone or value is pd.NaT else value
        for value, gone in zip(np.ma.getdata(values), empty, strict=True)
    ]


def _add(tally: Tally, row: dict[str, Any]) -> None:
    if row["reason"] is not None:
        if row.get("whole", True):
            tally.left_out[row["reason"]] = tally.left_out.get(row["reason"], 0) + int(row["n"])
            if row.get("amount") is not None:
                tally.left_out_amount[row["reason"]] = (
                    tally.left_out_amount.get(row["reason"], 0) + row["amount"]
                )
    elif row.get("whole", True):
        tally.n = int(row["n"])
        tally.sums = {
            name: value
            for name, value in row.items()
            if name not in ("part", "number", "reason", "n", "whole", "basis")
        }
    elif row["basis"]:
        tally.apart[row["basis"]] = row["amount"]
