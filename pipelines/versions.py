"""Versions of records: a staged export against what the snapshot already holds.

Versions of a key are ordered by effective_at, then the tool's own sequence, then load and row. Content that
equals the version before it adds none; that it was seen again, and when, stands in <record>_again, so that an
older export that comes later finds its right place. The newest version stands in the record's table, earlier
ones in <record>_past.

`stage` is a temporary view over one export: id, sheet, row, set_aside, rejected, key, effective_at, sequence
and the record kind's columns. Everything here runs inside the caller's transaction.
"""

import duckdb

from pipelines.records import CARRIED, RECORDS, table_columns

CONFLICT = "its key stands in an earlier row with other content, and nothing says which is newer"


def apply(
    con: duckdb.DuckDBPyConnection, record: str, load: int, source: str, instance: str
) -> dict[str, int]:
    """Put the staged rows into the snapshot: how many were accepted, unchanged, superseded and conflicting."""
    own = ", ".join(f'"{c}"' for c in RECORDS[record].columns)
    con.execute(
        f"""create or replace temp view incoming as
        select id, key, effective_at, coalesce(sequence, -1) as sequence, row, hash({own}) as content
        from stage where not set_aside and not rejected"""
    )
    who = {"load": load, "source": source, "instance": instance}
    con.execute("create or replace temp table outcome (id bigint, what varchar)")
    if RECORDS[record].event:
        _take_events(con, record, own, who)
    else:
        rows, keys = con.execute("select count(*), count(distinct key) from incoming").fetchall()[0]
        held = con.execute(f"select 1 from {record} where instance = ? limit 1", [instance]).fetchall()
        if rows == keys and not held:  # nothing to compare with: the common first load
            con.execute(_insert(record, "stage"), who)
            return {"accepted": rows, "unchanged": 0, "superseded": 0, "conflict": 0}
        _take_versions(con, record, own, who)
    counts = dict(con.execute("select what, count(*) from outcome group by what").fetchall())
    return {what: counts.get(what, 0) for what in ("accepted", "unchanged", "superseded", "conflict")}


def _insert(record: str, rows: str) -> str:
    own = ", ".join(f'"{c}"' for c in table_columns(record) if c not in CARRIED)
    return f"""insert into {record}
        select $instance || ':' || key, key, $source, $instance, effective_at, sequence, $load, row, {own}
        from {rows} where not set_aside and not rejected"""


def _take_events(con: duckdb.DuckDBPyConnection, record: str, own: str, who: dict) -> None:
    """Every event counts once; the same one again is unchanged, the same key with other content is another."""
    con.execute(
        f"""insert into outcome
        with held as (select key, effective_at, hash({own}) as content from {record} where instance = $instance),
        first as (
          select *, row_number() over (partition by key, effective_at, content order by id) as copy from incoming)
        select id, case when copy > 1 or held.key is not null then 'unchanged' else 'accepted' end
        from first left join (select distinct * from held) held using (key, effective_at, content)""",
        {"instance": who["instance"]},
    )
    con.execute(_insert(record, "stage semi join (from outcome where what = 'accepted') using (id)"), who)


def _take_versions(con: duckdb.DuckDBPyConnection, record: str, own: str, who: dict) -> None:
    instance = {"instance": who["instance"]}
    con.execute(
        """create or replace temp table repeated as
        select key from incoming group by key having count(*) > 1"""
    )
    con.execute(
        """insert into outcome select id, 'conflict' from (
          select id, content <> first_value(content) over (partition by key, effective_at, sequence order by id) as other
          from incoming semi join repeated using (key)) where other"""
    )
    # The present versions of these keys; by their row numbers, that no other column of the many is read.
    con.execute(
        f"""create or replace temp table held as
        with place as materialized (
          select rowid as place from {record} where instance = $instance and key in (select key from incoming))
        select key, effective_at, coalesce(sequence, -1) as sequence, hash({own}) as content
        from {record} where rowid in (from place)""",
        instance,
    )
    # Most rows of a file loaded again, or of the next month's, say what the present version says.
    con.execute(
        """create or replace temp table same as
        select id, key, incoming.effective_at, incoming.sequence, row,
          (incoming.effective_at, incoming.sequence) > (held.effective_at, held.sequence) as later
        from incoming join held using (key, content) anti join repeated using (key)
        where (incoming.effective_at, incoming.sequence) >= (held.effective_at, held.sequence)"""
    )
    con.execute("insert into outcome select id, 'unchanged' from same")
    con.execute(
        f"""insert into {record}_again
        select $instance, key, effective_at, nullif(sequence, -1), $load, row from same
        anti join (select key, effective_at, coalesce(sequence, -1) as sequence from {record}_again
                   where instance = $instance) as known using (key, effective_at, sequence)
        where later""",
        instance | {"load": who["load"]},
    )
    con.execute(
        """create or replace temp table changing as
        select distinct key from incoming anti join outcome using (id)
        where key in (from repeated) or key in (select key from held)"""
    )
    con.execute(_insert(record, "stage anti join changing using (key) anti join outcome using (id)"), who)
    con.execute(
        """insert into outcome select id, 'accepted' from incoming
        anti join changing using (key) anti join outcome using (id)"""
    )
    _weave(con, record, own, who)


def _weave(con: duckdb.DuckDBPyConnection, record: str, own: str, who: dict) -> None:
    """Put the rows of the changing keys among the versions already held, and choose the newest anew."""
    columns = ", ".join(f'"{c}"' for c in table_columns(record))
    con.execute(
        f"""create or replace temp table timeline as
        with version as (
          select {columns}, coalesce(sequence, -1) as place from {record}_version
          where instance = $instance and key in (from changing)),
        again as (  -- says what the version in force at its moment says
          select version.* replace (
            again.effective_at as effective_at, again.sequence as sequence, again.place as place,
            again.load as load, again.row as row)
          from (select *, coalesce(sequence, -1) as place from {record}_again where instance = $instance) as again
          join version on version.key = again.key
            and (version.effective_at, version.place, version.load, version.row)
                <= (again.effective_at, again.place, again.load, again.row)
          qualify row_number() over (
            partition by again.key, again.effective_at, again.place, again.load, again.row
            order by version.effective_at desc, version.place desc, version.load desc, version.row desc) = 1)
        select *, hash({own}) as content from (
          select *, null::bigint as id from version
          union all select *, null::bigint from again
          union all
          select $instance || ':' || key, key, $source, $instance, effective_at, sequence, $load, row, {own},
            coalesce(sequence, -1), id
          from stage semi join changing using (key) anti join outcome using (id)
          where not set_aside and not rejected)""",
        who,
    )
    # A row that is held already, or stands twice in the export, has no place of its own in the line.
    con.execute(
        """create or replace temp table line as
        with again as (
          select *, bool_or(id is null) over same as held, row_number() over (same order by load, row, id) as copy
          from timeline window same as (partition by key, effective_at, place, content)),
        once as (
          select *, lag(content) over (partition by key order by effective_at, place, load, row, id)
            is distinct from content as differs
          from again where id is null or not (held or copy > 1)),
        runs as (
          select *, count(*) filter (differs) over (partition by key order by effective_at, place, load, row, id) as run
          from once)
        select *, bool_or(id is null) over (
          partition by key, run order by effective_at, place, load, row, id) as follows_held
        from runs"""
    )
    con.execute(
        """insert into outcome
        select id, case when follows_held then 'unchanged' when row_number() over (
          partition by key, follows_held order by effective_at desc, place desc, row desc, id desc) = 1
          then 'accepted' else 'superseded' end
        from line where id is not null"""
    )
    con.execute(
        """insert into outcome select id, 'unchanged' from timeline
        where id is not null and id not in (select id from line where id is not null)"""
    )
    for table in (record, f"{record}_past", f"{record}_again"):
        con.execute(
            f"delete from {table} where instance = $instance and key in (from changing)",
            {"instance": who["instance"]},
        )
    con.execute(
        f"""create or replace temp table woven as
        select {columns}, row_number() over (partition by key order by effective_at desc, place desc, load desc, row desc, id desc) as age
        from line where differs"""
    )
    con.execute(f"insert into {record} select {columns} from woven where age = 1")
    con.execute(f"insert into {record}_past select {columns} from woven where age > 1")
    con.execute(
        f"""insert into {record}_again
        select instance, key, effective_at, sequence, load, row from line where not differs"""
    )
