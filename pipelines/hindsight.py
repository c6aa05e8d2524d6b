"""Records as they should have been told at an earlier moment, by what is known now.

The moment is that up to which a source instance was complete in an earlier snapshot, its cut (table `cut`: record, instance,
at). What a later load says of the time before the cut is a correction and stands here; what it says has happened since is
left out: records that began at the cut or later, and ends, states and versions of that time. So between the snapshot and
this lie the corrections alone, and between this and the present only what has happened since.

A record that no later load tells of stands as it does. Lists that people keep hold for the past as they are now, and
a due date is the one that stands now, whenever it was agreed.
"""

import duckdb

from pipelines.records import RECORDS, Record, table_columns

# When a record began, where that is not the one column that places it.
BEGINS = {"incident": ("opened_at", "occurred_at", "detected_at", "outage_started_at")}
PLANNED = ("due_at",)
# In these an item was done with; in others it never counted, and that is no event.
DONE = ("resolved", "closed", "fixed", "excepted")
ORDER = "effective_at, coalesce(sequence, -1), load, row"


def keep(con: duckdb.DuckDBPyConnection, record: str) -> None:
    """Keep a kind's present rows of the earlier snapshot beside it, before later loads are done again."""
    con.execute(f"create or replace temp table {record}_told as from {record}")


def hindsight(con: duckdb.DuckDBPyConnection, record: str, newest: int) -> tuple[str, str]:
    """SQL of a kind's present and earlier rows, as of the cut. newest: the last load of the earlier snapshot.

    Needs what `keep` kept.
    """
    kind = RECORDS[record]
    if kind.reference:
        return f"from {record}", f"from {record}_past"
    if kind.event:
        since = f"load > {newest} and {kind.placed_by} >= cut.at"
        return (
            f"select held.* from {record} as held left join cut on cut.record = '{record}' and cut.instance = held.instance "
            f"where not coalesce({since}, false)",
            f"from {record}_past",
        )
    columns = ", ".join(f'"{name}"' for name in table_columns(record))
    con.execute(
        f"""create or replace temp table timeline as
        select version.*, cut.at as cut_at, row_number() over (partition by record_id order by {ORDER}) as place
        from {record}_version as version
        join cut on cut.record = '{record}' and cut.instance = version.instance
        where record_id in (select record_id from {record}_version where load > {newest})"""
    )
    con.execute(
        """create or replace temp table reached as
        select record_id, max(place) filter (effective_at <= cut_at) as place, min(effective_at) as first_at,
          coalesce(max(effective_at) filter (effective_at <= cut_at), any_value(cut_at)) as held_at
        from timeline group by record_id"""
    )
    replaced = ", ".join(f'{sql} as "{name}"' for name, sql in _as_told(kind).items())
    con.execute(
        f"""create or replace temp table as_told as
        select {columns} from (
          select now.* replace (reached.held_at as effective_at{", " + replaced if replaced else ""})
          from {record} as now
          join reached using (record_id)
          join cut on cut.record = '{record}' and cut.instance = now.instance
          left join {record}_told as told using (record_id)
          where told.record_id is not null or {_began(record, kind)} < cut.at)"""
    )
    return (
        f"select {columns} from {record} anti join reached using (record_id) union all from as_told",
        f"""select {columns} from {record}_past anti join reached using (record_id)
        union all select {columns} from timeline
        where record_id in (select record_id from as_told)
          and place < (select place from reached where reached.record_id = timeline.record_id)""",
    )


def _began(record: str, kind: Record) -> str:
    """SQL: when a record began."""
    if begins := BEGINS.get(record) or (kind.placed_by and (kind.placed_by,)):
        return f"least({', '.join(f'now.{name}' for name in begins)})"
    times = [name for name, c in kind.columns.items() if c.type == "time" and name not in PLANNED]
    return f"least({', '.join(['reached.first_at', *(f'now.{name}' for name in times)])})"


def _as_told(kind: Record) -> dict[str, str]:
    """SQL of the columns that may tell of something since the cut: times, and the state that goes with them."""
    found = {
        name: f"case when {_since(name)} then case when told.{name} >= cut.at then told.{name} end else now.{name} end"
        for name, column in kind.columns.items()
        if column.type == "time" and name not in (*kind.required, *PLANNED)
    }
    ends = list(kind.counts_only)
    if not ends:
        return found
    state = "state" if "state" in kind.columns else "status"
    done = f"now.{state} in ({', '.join(repr(s) for s in DONE)})"
    left = " or ".join(f"({found[name]}) is not null" for name in ends)
    ended = " or ".join(_since(name) for name in ends)
    dated = " or ".join(f"now.{name} is not null" for name in ends)
    before = f"case when told.{state} in ({', '.join(repr(s) for s in DONE)}) then 'open' else coalesce(told.{state}, 'open') end"
    partly = "'resolved'" if "resolved" in kind.columns[state].allowed else f"now.{state}"
    found[state] = (
        f"case when {done} and ({ended}) then case when {left} then {partly} else {before} end "
        f"when {done} and not ({dated}) and now.effective_at > cut.at and told.{state} = 'open' then 'open' "
        f"else now.{state} end"
    )
    return found


def _since(name: str) -> str:
    """SQL: a column tells of something since the cut that it did not tell then."""
    return f"coalesce(now.{name} >= cut.at and now.{name} is distinct from told.{name}, false)"
