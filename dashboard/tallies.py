"""Observations → tallies: what was counted, summed and left out, by period and part. Few queries, whatever the periods."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from dashboard.observations import Shape, placed
from dashboard.reading import Period

UNDATED = "undated"
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
RECORDS = "select part, number, reason, count(distinct record_id) as n from placed group by all"
Found = dict[tuple[str | None, str], "Tally"]


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


def tally(
    con: duckdb.DuckDBPyConnection,
    shape: Shape,
    periods: Sequence[Period],
    scope: dict[str, str],
    dimension: str | None = None,
    background: Sequence[Period] = (),
) -> Found:
    """The tallies of some periods by (part, period name); part is None without a dimension.

    A period in which a part has no row has no tally, except for rows that would count but have no date: they
    are left out of every period as "undated". Those that would not count anyway show under all time only.
    background: further periods of which only the sums are wanted; amounts leave their n, and that of what is left out, at 0.
    """
    found: Found = {}
    # Of two of one name, one may only say what it is compared with; told twice, its sums would be added up.
    every = list({period.name: period for period in (*background, *periods)}.values())
    if shape.clustered:
        _collect(found, con, shape, every, scope, dimension, _clusters())
    elif shape.several:
        # What a record's rows amount to is summed over all of them; its records are counted where that is wanted.
        _collect(found, con, shape, every, scope, dimension, _sums(shape))
        _collect(found, con, shape, periods, scope, dimension, RECORDS)
    else:
        _collect(found, con, shape, every, scope, dimension, _sums(shape, ", count(*) as n"))
    return found


def _sums(shape: Shape, n: str = "") -> str:
    """SQL: what a kind sums by part, period and reason, amounts also by their basis. n: the count of records."""
    sums = dict(SUMS[shape.metric.kind])
    if shape.metric.kind == "span" and "rate" in shape.columns:
        sums["amount"] = f"sum({CLIPPED} * coalesce(rate, 1)::double) filter (starts is not null)"
    selected = "".join(f', {sql} as "{name}"' for name, sql in sums.items())
    basis = ", basis" if shape.apart else ""
    return f"select part, number, reason{basis}{n}{selected} from placed group by all"


def _clusters() -> str:
    """SQL: a share's sums over its clusters, each known by its hash, which is a much smaller key."""
    selected = "".join(f", {sql} as {name}" for name, sql in CLUSTERED.items())
    return f"""select part, number, reason, sum(n) as n{selected}
from (
    select part, number, reason, count(*) as n, count_if(met) as met
    from placed group by part, number, reason, hash(cluster)
) group by all"""


def _collect(
    found: Found,
    con: duckdb.DuckDBPyConnection,
    shape: Shape,
    periods: Sequence[Period],
    scope: dict[str, str],
    dimension: str | None,
    select: str,
) -> None:
    """Add to the tallies what a query over the placed observations tells."""
    parameters: dict[str, Any] = {}
    tables = placed(shape, periods, scope, dimension, parameters)
    for row in _rows(con.execute(f"with {tables}{select}", parameters), shape.metric.kind):
        part, number, reason = (row.pop(name) for name in ("part", "number", "reason"))
        if number is not None:
            _add(found.setdefault((part, periods[number].name), Tally()), reason, row)
            continue
        for period in periods:
            if reason is None or period.name == "all":
                _add(found.setdefault((part, period.name), Tally()), reason or UNDATED, row)


def _add(tally: Tally, reason: str | None, row: dict[str, Any]) -> None:
    n, amount, basis = row.get("n", 0), row.get("amount"), row.get("basis")
    if reason is not None:
        tally.left_out[reason] = tally.left_out.get(reason, 0) + int(n)
        if amount is not None:
            tally.left_out_amount[reason] = tally.left_out_amount.get(reason, 0) + amount
        return
    tally.n += int(n)
    if basis:
        tally.apart[basis] = amount
    for name, value in row.items():
        if name in ("amount", "of"):  # of several bases
            tally.sums[name] = tally.sums.get(name, 0) + (value or 0)
        elif name not in ("n", "basis"):
            tally.sums[name] = value


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
