"""What an export of the complete state says by its silence: what it covers and no longer lists has closed.

The loads of such an instance are applied in the order of their moments, never in that of loading, so that an older
one changes history only. An item is closed by a version that says what the one before said but for the closing
columns of its kind (row is null: no row of the export says it); it is back with its first date when it is listed
again. What an export lists is the truth at its moment, however old the item's own update time is.
"""

import duckdb

from pipelines.records import RECORDS, table_columns

# A rejected row still names its key: that item is listed.
LISTED = "select key from stage where key is not null"
USABLE = "stage where not set_aside and not rejected"


def keep_first(con: duckdb.DuckDBPyConnection, record: str, instance: str, moment: object) -> None:
    """Before an export of the complete state is woven in: its items begin when they were first seen by any export.

    An item that had closed by absence reopens, from the export's moment on where its own update time is older.
    """
    _reopen_parts(con, record, instance, moment)
    kind = RECORDS[record]
    still_open, _ = kind.closing or ("false", {})
    own = ", ".join(f'"{c}"' for c in kind.columns)
    kept = {c: f"least(stage.{c}, held.begun_at)" for c in [kind.begins] if c}
    if "reopened_at" in kind.columns:
        kept["reopened_at"] = (
            "case when stage.is_open and stage.age = 1 then coalesce(stage.reopened_at, case "
            "when held.closed and held.held_at < $moment then "
            "case when stage.effective_at <= held.held_at then $moment else stage.effective_at end "
            "when held.was_open then held.was_reopened_at end) else stage.reopened_at end"
        )
    reopened = "reopened_at" if "reopened_at" in kind.columns else "null::timestamp"
    begun = f"min({kind.begins})" if kind.begins else "null::timestamp"
    con.execute(
        f"""create or replace temp table held as
        select key, effective_at as held_at, row is null as closed, hash({own}) as said, begun_at,
          coalesce({still_open}, false) as was_open, {reopened} as was_reopened_at
        from {record}
        join (select key, {begun} as begun_at from {record}_version where instance = $instance group by key) using (key)
        where instance = $instance and key in ({LISTED})""",
        {"instance": instance},
    )
    if not con.execute("select 1 from held limit 1").fetchall():
        return
    replaced = ", ".join(f"{sql} as {c}" for c, sql in kept.items())
    con.execute(
        f"""create or replace temp table listed as
        with ranked as (
          select *, coalesce({still_open}, false) as is_open,
            rank() over (partition by key, set_aside or rejected order by effective_at desc, sequence desc nulls last) as age
          from stage),
        told as (
          select stage.* {f"replace ({replaced})" if kept else ""}, held_at, said
          from ranked as stage left join held using (key))
        select * exclude (is_open, age, held_at, said) replace (
          case when age > 1 or held_at is null or effective_at > held_at then effective_at
               when hash({own}) = said then held_at
               else $moment end as effective_at)
        from told""",
        {"moment": moment},
    )
    con.execute("create or replace temp view stage as from listed")


def _reopen_parts(con: duckdb.DuckDBPyConnection, record: str, instance: str, moment: object) -> None:
    """What another load of the same moment closed and this one lists had not closed: they are parts of one export."""
    here = {"instance": instance, "moment": moment}
    con.execute(
        f"""create or replace temp table part as
        select key, load from {record}
        where instance = $instance and row is null and effective_at = $moment and key in ({LISTED})""",
        here,
    )
    if not con.execute("select 1 from part limit 1").fetchall():
        return
    of = "instance = $instance and key in (select key from part)"
    con.execute(f"delete from {record} where {of}", {"instance": instance})
    con.execute(
        f"""insert into {record} from {record}_past where {of}
        qualify row_number() over (partition by key order by effective_at desc, sequence desc, load desc, row desc) = 1""",
        {"instance": instance},
    )
    con.execute(
        f"""delete from {record}_past as past where {of} and exists (
          from {record} as present where present.record_id = past.record_id and present.load = past.load
            and present.row is not distinct from past.row and present.effective_at = past.effective_at)""",
        {"instance": instance},
    )
    con.execute(
        "update load set closed = closed - other.count from (select load, count(*) as count from part group by load) as other where load.load = other.load"
    )


def absent(con: duckdb.DuckDBPyConnection, record: str, instance: str) -> int:
    """How many open records of what the staged export covers it does not list; they stand in the table `gone`."""
    kind = RECORDS[record]
    if kind.closing is None:
        return 0
    covered = f"coalesce(lower({kind.covers}), '')" if kind.covers else "''"
    con.execute(
        f"""create or replace temp table gone as
        select key from {record}
        where instance = $instance and {kind.closing[0]} and key not in ({LISTED})
          and {covered} in (select {covered} from {USABLE})""",
        {"instance": instance},
    )
    return con.execute("select count(*) from gone").fetchall()[0][0]


def close(con: duckdb.DuckDBPyConnection, record: str, load: int, instance: str, moment: object) -> None:
    """Close the records of the table `gone` at an export's moment."""
    _, closing = RECORDS[record].closing
    said = {"effective_at": "$moment", "load": "$load", "row": "null", **closing}
    columns = ", ".join(f'"{c}"' for c in table_columns(record))
    values = ", ".join(said.get(c, f'"{c}"') for c in table_columns(record))
    con.execute(
        f"""create or replace temp table closed as
        select {values} from {record} where instance = $instance and key in (from gone)""",
        {"instance": instance, "load": load, "moment": moment},
    )
    of = f"from {record} where instance = $instance and key in (select key from gone)"
    con.execute(f"insert into {record}_past select {columns} {of}", {"instance": instance})
    con.execute(f"delete {of}", {"instance": instance})
    con.execute(f"insert into {record} from closed")
