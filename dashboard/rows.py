"""The rows of a snapshot as people look at them: observations behind a number, record versions, loads, rejects."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from dashboard.observations import Shape, placed
from dashboard.reading import Annotation, Period, Target
from dashboard.tallies import CLIPPED
from pipelines.records import RECORDS
from pipelines.settings import Settings
from pipelines.staging import part_named

# A source that is so many days behind the newest of its kind of record reports no more.
SILENT = 180
BATCH = 100_000
COMPLETE = (
    f"""select *, "at" < max("at") over (partition by record) - to_days({SILENT}) as ended from as_of"""
)

# Records that tell of the same incident as those of $ids, which counts once under the record that leads them.
TOGETHER = """
    select record_id from incident_group
    where lead in (select lead from incident_group where list_contains($ids, record_id))
      and not list_contains($ids, record_id)
"""

DECISION = """text, owner, asked_at, due_at, coalesce(status, 'asked') as status, reason, outcome, decided_by, decided_at,
    do_by_at, done_at"""


def _clock(moment: str, style: str) -> str:
    """SQL: a moment in UTC as the organisation's clocks show it."""
    return f"strftime(timezone(zone.name, {moment}), '{style}')"


def _shown(text: str) -> str:
    """SQL: a value as it is told; a time as the organisation's clocks show it, a day as it stands."""
    moment = f"timezone('UTC', {text}::timestamp)"
    zoned = f"case when regexp_matches({text}, '(Z|[+-]\\d\\d:?\\d\\d)$') then {text}::timestamptz else {moment} end"
    timed = f"regexp_matches({text}, '^\\d{{4}}-\\d\\d-\\d\\d[ T]\\d\\d:\\d\\d')"
    return (
        f"coalesce(case when {timed} then {_clock(f'try({zoned})', '%Y-%m-%d %H:%M')} end, {text}, 'nothing')"
    )


# What was corrected by hand in a record, in one text: it stands beside whatever tells of the record.
CORRECTED = f"""
    select kind, record_id, string_agg(
        concat("column", ': ', {_shown("was")}, ' → ', {_shown("value")}, ', by ', who, ' on ',
               {_clock('''timezone('UTC', "at")''', "%-d %b %Y")}, ' (load ', load, '): ', reason), '; ' order by "column") as corrected
    from corrected, (select coalesce(max(value), 'UTC') as name from setting where name = 'timezone') as zone
    group by kind, record_id"""


# Kinds of record that stand as they are until an export says otherwise: a missing row takes nothing away.
STANDING_KINDS = [name for name, k in RECORDS.items() if k.closing or k.reference or not k.placed_by]
STANDING = ", ".join(f"'{name}'" for name in STANDING_KINDS)


@dataclass(frozen=True)
class Doubt:
    """A load that may not be whole. backed: there are sound loads of its instance, so it takes nothing away of a kind
    that stands.
    """

    record: str
    load: int
    file: str
    first_at: datetime | None
    last_at: datetime | None
    moment: datetime
    backed: bool

    def touches(self, start: datetime, end: datetime) -> bool:
        """Whether what it lacks may be missing between two moments."""
        if self.record in STANDING_KINDS:
            return not self.backed
        return (self.first_at or self.moment) < end and start <= max(self.last_at or self.moment, self.moment)


def observed(
    con: duckdb.DuckDBPyConnection,
    shape: Shape,
    period: Period,
    scope: dict[str, str],
    left_out: bool | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """A metric's observations in a period, newest first; those of a span with the hours that fall in it."""
    return con.execute(*_observed(con, shape, period, scope, left_out, limit)).df()


def keep(con: duckdb.DuckDBPyConnection, shape: Shape, period: Period, to: Path) -> int:
    """Write all of a metric's observations in a period to a Parquet file, a batch at a time: how many."""
    from pyarrow.parquet import ParquetWriter

    sql, parameters = _observed(con, shape, period, {})
    reader = con.sql(sql, params=parameters).to_arrow_reader(BATCH)
    written = 0
    with ParquetWriter(to, reader.schema, compression="zstd") as file:
        for batch in reader:
            file.write_batch(batch)
            written += batch.num_rows
    return written


def _observed(
    con: duckdb.DuckDBPyConnection,
    shape: Shape,
    period: Period,
    scope: dict[str, str],
    left_out: bool | None = None,
    limit: int | None = None,
) -> tuple[str, dict[str, Any]]:
    """SQL and its parameters."""
    parameters: dict[str, Any] = {}
    tables = placed(shape, [period], scope, None, parameters)
    shown = ", ".join(f'"{name}"' for name in shape.columns)
    hours = f", round({CLIPPED}, 6) as hours_in_period" if shape.metric.kind == "span" else ""
    dated = "true" if period.name == "all" else "(number is not null or reason is null)"
    kept = {None: "true", True: "left_out is not null", False: "left_out is null"}[left_out]
    marked = _corrected(con, shape)
    sql = f"""with {tables}, shown as (
    select * replace (coalesce(reason, case when number is null then 'undated' end) as left_out){hours}
    from placed where {dated}
)
select {shown}{", hours_in_period" if hours else ""}{", corrected" if marked else ""} from shown
{f"left join ({marked}) using (record_id)" if marked else ""}
where {kept} order by {shape.place} desc, record_id limit $limit"""
    return sql, parameters | {"limit": limit}


def _corrected(con: duckdb.DuckDBPyConnection, shape: Shape) -> str:
    """SQL: the corrections of the records that a metric reads, by record; empty where there are none."""
    kinds = ", ".join(f"'{record}'" for record in shape.metric.reads if record in RECORDS)
    held = f"select record_id, corrected from ({CORRECTED}) where kind in ({kinds})"
    return held if kinds and con.execute(f"{held} limit 1").fetchall() else ""


def values(con: duckdb.DuckDBPyConnection, shape: Shape, dimension: str) -> list[str]:
    """The values of a dimension among a metric's observations."""
    column = shape.column(dimension)
    one = f"unnest({column})" if shape.is_list(column) else f"{column}::varchar"
    found = con.execute(f"select distinct {one} as value from ({shape.metric.sql}\n)").fetchall()
    return [value for (value,) in found if value is not None]


def versions(con: duckdb.DuckDBPyConnection, shape: Shape, record_id: str) -> pd.DataFrame:
    """The versions of the records that an observation names (itself, or its list of records), with their loads.

    Those of an incident that several records tell of are all there.
    """
    ids = [record_id]
    if named := {"incidents", "patches"} & set(shape.columns):
        sql = f"select distinct unnest({named.pop()}) from ({shape.metric.sql}\n) where record_id = $id"
        ids += [found for (found,) in con.execute(sql, {"id": record_id}).fetchall()]
    ids += [found for (found,) in con.execute(TOGETHER, {"ids": ids}).fetchall()]
    frames = [
        con.execute(
            f"""select '{record}' as kind_of_record, version.*, corrected, load.file, load.who, load.loaded_at
            from {record}_version as version left join load using (load)
            left join (select record_id, corrected from ({CORRECTED}) where kind = '{record}') using (record_id)
            where list_contains($ids, record_id) order by record_id, effective_at desc, sequence desc""",
            {"ids": ids},
        ).df()
        for record in shape.metric.reads
        if record in RECORDS
    ]
    return pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)


def record(con: duckdb.DuckDBPyConnection, kind: str, record_id: str) -> dict[str, Any]:
    """A record as it stands, corrections included: column -> value, times in UTC."""
    cursor = con.execute(f"select * from {kind} where record_id = $id", {"id": record_id})
    (row,) = cursor.fetchall()
    return dict(zip((name for name, *_ in cursor.description), row, strict=True))


def corrections(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The values corrected by hand that hold: of which record, from what to what, by whom, when, why, and in which load."""
    return con.execute(
        f"""select kind, record_id, "column", {_shown("was")} as was, {_shown("value")} as value, reason, corrected.who,
               corrected."at", load, file
        from corrected left join (select load, file from load) using (load),
          (select coalesce(max(value), 'UTC') as name from setting where name = 'timezone') as zone
        where found order by load desc, corrected.record_id, corrected."column" asc"""
    ).df()


def settings(con: duckdb.DuckDBPyConnection) -> Settings:
    """The organisation's settings as they were when the snapshot was made."""
    stored = dict(con.execute("select name, value from setting").fetchall())
    plain = {name: stored[name] for name in Settings.model_fields if name in stored}
    days = dict(con.execute("select severity, days from patch_days").fetchall())
    return Settings(**plain, **({"patch_days": days} if days else {}))


def targets(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[dict[str, str], Target]]]:
    """Targets by metric, each with the service or business unit it is for (none: the whole), oldest first."""
    found = con.execute(
        """select metric, service, business_unit, value, at_risk, from_at, owners, agreed_by
        from target order by from_at, effective_at"""
    ).fetchall()
    by_metric: dict[str, list[tuple[dict[str, str], Target]]] = {}
    for metric, service, unit, value, at_risk, since, owners, agreed_by in found:
        target = Target(value, at_risk, since, tuple(owners or ()), agreed_by or "")
        scope = {name: of for name, of in (("service", service), ("business_unit", unit)) if of}
        by_metric.setdefault(metric, []).append((scope, target))
    return by_metric


def annotations(con: duckdb.DuckDBPyConnection) -> list[Annotation]:
    """What a reader of trends should know, oldest first."""
    found = con.execute(
        "select text, happened_at, until_at, metric, service from annotation order by happened_at, text"
    ).fetchall()
    return [Annotation(*row) for row in found]


def loads(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """All loads, newest first, each with its source's title."""
    found = con.execute(
        """select load.*, coalesce(title, load.source) as source_title
        from load left join source_title using (source) order by load desc"""
    ).df()
    found["file"] = [
        part_named(file, notes) for file, notes in zip(found["file"], found["notes"], strict=True)
    ]
    return found


def doubts(con: duckdb.DuckDBPyConnection) -> list[Doubt]:
    """The loads that may not be whole, and that nothing since has made good.

    Made good: the same file called whole by a person; a sound load of the same instance that spans as much time; and
    where a record stands until it is said to have changed, any later sound one.
    """
    if not con.execute("select 1 from load where doubtful and withdrawn_at is null limit 1").fetchall():
        return []  # as mostly: planning the look at what made them good takes longer than a reading
    found = con.execute(
        f"""with counting as (from load where withdrawn_at is null)
        select record, load, file, first_at, last_at, moment,
          exists (from counting as sound where not sound.doubtful and sound.record = doubt.record
                  and sound.instance = doubt.instance) as backed
        from counting as doubt
        where doubtful and not exists (
          from counting as sound
          where not sound.doubtful and sound.record = doubt.record and sound.instance = doubt.instance
            and (sound.hash = doubt.hash
              or (sound.first_at <= doubt.first_at and sound.last_at >= doubt.last_at
                  and sound.rows_read >= doubt.rows_read)
              or (doubt.record in ({STANDING}) and sound.moment >= doubt.moment)))
        order by load"""
    ).fetchall()
    return [Doubt(*row) for row in found]


def rejects(con: duckdb.DuckDBPyConnection, load: int) -> pd.DataFrame:
    """The refused rows and cells of a load, in the order of the file."""
    return con.execute('from reject where load = $load order by sheet, "row", "column"', {"load": load}).df()


@dataclass(frozen=True)
class Complete:
    """Up to when a source's data is complete. ended: it reports no more. overdue: from when on a next export is missing."""

    record: str
    title: str
    at: datetime
    ended: bool
    overdue: datetime | None


def complete(con: duckdb.DuckDBPyConnection) -> list[Complete]:
    """Up to when each source of each kind of record is complete."""
    found = con.execute(
        f"""select record, coalesce(title, source), "at", ended, "at" + to_days(cadence)
        from ({COMPLETE}) left join source_title using (source) order by all"""
    ).fetchall()
    return [Complete(*row) for row in found]


def freshness(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Each source of each kind of record: complete up to when, whether it reports no more, and its last load."""
    return con.execute(
        f"""select as_of.record, as_of.source, as_of.instance, coalesce(title, as_of.source) as source_title, as_of."at", ended, as_of."at" + to_days(cadence) as overdue,
               max(load.loaded_at) as last_loaded_at, count(load.load) as loads
        from ({COMPLETE}) as as_of
        left join source_title using (source)
        left join load on load.source = as_of.source and load.instance = as_of.instance
            and load.record = as_of.record and withdrawn_at is null
        group by all order by record, source_title, instance"""
    ).df()


def unmapped(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Names that come to no known service, with how many records of each kind they leave without one."""
    return con.execute("select kind, coalesce(name, '(names nothing)') as name, records from unmapped").df()


def nameless(con: duckdb.DuckDBPyConnection) -> list[tuple[str, int, int]]:
    """Each kind of record that belongs to services: how many there are, and how many name no known service."""
    return con.execute(
        "select kind, count(*), count(*) filter (not known) from record_service group by kind order by kind"
    ).fetchall()


def reporting(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Of the services in the catalogue, how many each kind of record that is loaded tells of, and which it never names."""
    return con.execute(
        """with named as (
          select 'incidents' as kind, unnest(services) as service from (select distinct services from incident_services)
          union select 'assets', unnest(services) from (select distinct services from asset_service)
          union select 'patches', unnest(services) from (select distinct services from patch_obligation))
        select kind, count(*) filter (named) as reporting, count(*) as services,
               coalesce(list(service order by service) filter (not named), []) as silent
        from (select kind, service, exists (from named where named.kind = told.kind and named.service = catalogue.service) as named
              from catalogue, (select distinct kind from named) as told where known)
        group by kind order by kind"""
    ).df()


def risks(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The open risks of the register, the highest likelihood × consequence first."""
    return con.execute(
        """select title, category, owner, services, likelihood, consequence, likelihood * consequence as score, loss_low,
               loss_high, treatment, raised_at, due_at, record_id
        from risk where coalesce(status, 'open') = 'open'
        order by score desc nulls last, loss_high desc nulls last, title, record_id"""
    ).df()


def decisions(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Decisions asked of the board, those still to be made first, by due date."""
    return con.execute(
        f"""select {DECISION}, source, key, effective_at, record_id
        from decision order by status <> 'asked', due_at nulls last, asked_at, record_id"""
    ).df()


def decision_history(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Every version of every decision, oldest first, with who entered it and when."""
    return con.execute(
        f"""select {DECISION}, who, loaded_at, load, record_id
        from decision_version left join (select load, who, loaded_at from load) using (load)
        order by record_id, effective_at, sequence, load"""
    ).df()
