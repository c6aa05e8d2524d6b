"""Single values corrected by hand: laid over every version of their record, whatever exports say, until withdrawn.

What exports say is kept beside, in <record>_uncorrected, and put back before anything is woven in; so versions,
withdrawals and rebuilds never see a correction, and the tables that marts and metrics read always do. The table
`corrected` tells each of them: who, when and why, and what stood there; a kind of record that is in it has its
<record>_uncorrected, and no other has. (To ask the database which tables there are takes it 8 ms.)
"""

from collections.abc import Iterable

import duckdb

from pipelines.dates import at_midnight, home, whole_day, without_midnight
from pipelines.readers.table import literal
from pipelines.records import LARGEST, RECORDS, Column, table_columns

CORRECTED_COLUMNS = {
    "kind": "varchar",
    "record_id": "varchar",
    '"column"': "varchar",
    "was": "varchar",
    "value": "varchar",
    "reason": "varchar",
    "who": "varchar",
    '"at"': "timestamp",
    "load": "integer",
    "found": "boolean",
}


def _in_force(kind: str) -> str:
    """SQL: the corrections of a kind of record that hold. A key alone names the one record of the kind that has it."""
    return f"""
    with named as (
      select key, min(record_id) as record_id from {kind}
      where key in (select record from correction where kind = {literal(kind)})
        and key not in (select record_id from {kind})
      group by key having count(distinct record_id) = 1)
    select kind, coalesce(named.record_id, record) as record_id, "column", value, reason, load
    from correction left join named on named.key = record
    where kind = {literal(kind)}
    qualify row_number() over (
      partition by coalesce(named.record_id, record), "column" order by effective_at desc, load desc, row desc) = 1"""


def waiting(con: duckdb.DuckDBPyConnection, load: int) -> list[str]:
    """What a list of corrections names that is not there (yet), or that several records are called."""
    kinds = con.execute("select distinct kind from correction where load = ?", [load]).fetchall()
    return [
        f"there is no {kind} {record}: its correction waits until there is one"
        if not several
        else f"{len(several)} {kind} records have the key {record}: its correction waits until it says which, such as {several[0]}"
        for (kind,) in kinds
        for record, several in con.execute(
            f"""select record, list_sort(list(distinct held.record_id) filter (held.record_id is not null))
            from (select distinct record from correction where load = $load and kind = $kind) as named
            left join {kind} as held on held.key = record
            where record not in (select record_id from {kind})
            group by record having count(distinct held.record_id) <> 1 order by record""",
            {"load": load, "kind": kind},
        ).fetchall()
    ]


def left_behind(con: duckdb.DuckDBPyConnection, load: int) -> list[str]:
    """The ends that a list of corrections leaves where they are although it moves what they are counted from."""
    told = con.execute(
        """select kind, record, list("column" order by "column") from correction where load = ? group by all order by all""", [load]
    ).fetchall()  # fmt: skip
    found = []
    for kind, record, columns in told:
        starts = {end: s for end, s in RECORDS[kind].starts.items() if end not in columns}
        moved = {end: [name for name in s if name in columns] for end, s in starts.items()}
        for end, names in moved.items():
            held = f'select 1 from {kind} where ? in (record_id, key) and "{end}" is not null limit 1'
            if names and con.execute(held, [record]).fetchall():
                found.append(
                    f"{record}: {end} stays where it is although {names[0]} is corrected; correct it too where it moves with it"
                )
    return found


def refuse_wrong(con: duckdb.DuckDBPyConnection) -> None:
    """Reject the staged corrections that name a kind, column or value which there is not, each with its reason."""
    con.execute(
        """create or replace temp table read as
        select * replace (lower(replace("column", ' ', '_')) as "column") from stage order by id"""
    )
    con.execute("create or replace temp view stage as from read")
    con.execute(
        'create or replace temp table wrong (id bigint, "column" varchar, "value" varchar, reason varchar)'
    )
    kinds = [kind for kind in RECORDS if kind != "correction"]
    con.execute(
        """insert into wrong select id, 'kind', kind, $reason from stage
        where not set_aside and not rejected and not list_contains($kinds, kind)""",
        {"kinds": kinds, "reason": f"not a kind of record that can be corrected ({', '.join(kinds)})"},
    )
    named = con.execute(
        """select distinct kind, "column" from stage
        where not set_aside and not rejected and id not in (select id from wrong)"""
    ).fetchall()
    zone = home(con)
    for kind, name in named:
        record, column = RECORDS[kind], RECORDS[kind].columns.get(name)
        if column is None:
            fault, shown, reason = (
                "true",
                "column",
                f"not a column of {kind} ({', '.join(record.columns)})",
            )
        else:
            needed = name in record.required
            fault = f"{'' if needed else 'value is not null and '}{_typed(column, zone)} is null"
            shown, reason = "value", _reason(kind, name, needed)
        con.execute(
            f"""insert into wrong select id, $shown, "{shown}", $reason from stage
            where kind = $kind and "column" = $name and not set_aside and not rejected and {fault}
              and id not in (select id from wrong)""",
            {"kind": kind, "name": name, "shown": shown, "reason": reason},
        )
    con.execute(
        """create or replace temp table judged as
        select stage.* replace (
          rejected or wrong.id is not null as rejected,
          case when wrong.id is null then bad else list_concat(coalesce(bad, []), [struct_pack(
            "column" := wrong."column", "value" := wrong."value", reason := wrong.reason, required := true)]) end as bad)
        from stage left join wrong using (id) order by id"""
    )
    con.execute("create or replace temp view stage as from judged")


def _typed(column: Column, zone: str) -> str:
    """SQL: the text `value` as a value of the column's type, null where it is none that the column may hold.

    zone: of dates without a time.
    """
    match column.type:
        case "time":
            zoned = r"[T ]\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$"
            iso = r"^\d{4}-\d\d-\d\d([T ].*)?$"
            date = f"try(cast({without_midnight('value')} as timestamp))"
            return (
                f"case when not regexp_matches(value, {literal(iso)}) then null when regexp_matches(value, {literal(zoned)}) "
                "then try(cast(value as timestamptz) at time zone 'UTC') "
                f"when strlen(value) = 10 or {at_midnight('value')} then {whole_day(date, zone, column.ends)} "
                "else try(cast(value as timestamp)) end"
            )
        case "list":
            return (
                f"list_filter(list_transform(string_split_regex(value, {literal(column.separators)}), "
                "lambda i: trim(i)), lambda i: i <> '')"
            )
        case "flag":
            return "case when lower(value) in ('true', 'yes', 'y', '1') then true when lower(value) in ('false', 'no', 'n', '0') then false end"
        case "text":
            allowed = ", ".join(map(literal, column.allowed))
            return f"case when value in ({allowed}) then value end" if allowed else "value"
    number = "try(cast(value as double))"
    bounds = [f"abs({{}}) < {LARGEST}"]
    if column.type == "integer":
        bounds.append("{} = floor({})")
    if column.allowed:
        bounds.append(f"{{}} in ({', '.join(map(str, column.allowed))})")
    if column.low is not None:
        bounds.append(f"{{}} >= {column.low}")
    if column.high is not None:
        bounds.append(f"{{}} <= {column.high}")
    met = " and ".join(bounds).replace("{}", number)
    return f"case when {met} then {number} end"


def _reason(kind: str, name: str, needed: bool) -> str:
    """Which field it is of, and what may stand there."""
    column = RECORDS[kind].columns[name]
    said = {
        "time": "a date or time, such as 2026-12-31 14:05",
        "list": "a list, parted by semicolons",
        "flag": "yes or no",
        "text": "a text",
    }.get(column.type, _bounds(column))
    if column.allowed:
        said = f"one of {', '.join(map(str, column.allowed))}"
    empty = "; it cannot be empty" if needed else ", or empty for none"
    return f"{name} of {kind.replace('_', ' ')} is {said}{empty}"


def _bounds(column: Column) -> str:
    """The numbers that a column may hold, in words."""
    kind = "a whole number" if column.type == "integer" else "a number"
    low = "" if column.low is None else f" from {column.low:g} to"
    return f"{kind}{low} below {LARGEST}" if column.high is None else f"{kind}{low} {column.high:g}"


def uncorrect(con: duckdb.DuckDBPyConnection, record: str) -> bool:
    """The rows of a kind of record as exports say them, before anything is done to them; whether any was corrected."""
    kept = f"{record}_uncorrected"
    if not con.execute("select 1 from corrected where kind = ? limit 1", [record]).fetchall():
        return False
    for table, past in ((record, "false"), (f"{record}_past", "true")):
        con.execute(f"delete from {table} where record_id in (select record_id from {kept})")
        con.execute(f"insert into {table} select * exclude (is_past) from {kept} where is_past = {past}")
    con.execute(f"drop table {kept}")
    con.execute("delete from corrected where kind = ?", [record])
    return True


def correct(con: duckdb.DuckDBPyConnection, changed: Iterable[str]) -> set[str]:
    """Lay the corrections in force over the records that have changed, or over all where corrections have.

    Gives the kinds of record whose rows are others now.
    """
    named = {kind for (kind,) in con.execute("select distinct kind from correction").fetchall()}
    held = {kind for (kind,) in con.execute("select distinct kind from corrected").fetchall()}
    kinds = (named | held) if "correction" in changed else named & {*changed}
    for kind in sorted(kinds):
        uncorrect(con, kind)
        if kind in named:
            _lay_over(con, kind)
    if kinds:
        _tell(con, named)
    return kinds


def _lay_over(con: duckdb.DuckDBPyConnection, kind: str) -> None:
    con.execute(f"create or replace temp table correcting as from ({_in_force(kind)})")
    columns = ", ".join(f'"{c}"' for c in table_columns(kind))
    rows = "where record_id in (select record_id from correcting)"
    con.execute(
        f"""create table {kind}_uncorrected as
        select {columns}, false as is_past from {kind} {rows} union all select {columns}, true from {kind}_past {rows}"""
    )
    names = con.execute('select distinct "column" from correcting order by all').fetchall()
    for (name,) in names:
        for table in (kind, f"{kind}_past"):
            con.execute(
                f"""update {table} set "{name}" = other.value from (
                  select record_id, {_typed(RECORDS[kind].columns[name], home(con))} as value from correcting where "column" = $name
                ) as other where {table}.record_id = other.record_id""",
                {"name": name},
            )
    # What counts only in a state may not count in the one that was put right, unless it was put right itself.
    for name, condition in RECORDS[kind].counts_only.items():
        for table in (kind, f"{kind}_past"):
            con.execute(
                f"""update {table} set "{name}" = null
                where not coalesce({condition}, false) and record_id in (select record_id from correcting)
                  and record_id not in (select record_id from correcting where "column" = $name)""",
                {"name": name},
            )
    # What a refused cell of an export is, a value that cannot stand beside the one that was put right is too: none.
    for name, (condition, _) in RECORDS[kind].checks.items():
        for table in (kind, f"{kind}_past"):
            con.execute(
                f"""update {table} set "{name}" = null
                where not coalesce({condition}, true) and record_id in (select record_id from correcting)"""
            )


def _tell(con: duckdb.DuckDBPyConnection, kinds: set[str]) -> None:
    """What is corrected, for people: the table `corrected`."""
    con.execute("delete from corrected")
    for kind in sorted(kinds):
        told = "".join(
            f""" when one."column" = '{c}' then held."{c}"::varchar""" for c in RECORDS[kind].columns
        )
        con.execute(
            f"""insert into corrected
            select one.kind, one.record_id, one."column", case {told} end, one.value, one.reason, load.who, load.loaded_at,
              one.load, held.is_past is not null
            from ({_in_force(kind)}) as one
            left join (from {kind}_uncorrected where not is_past) as held on held.record_id = one.record_id
            left join load on load.load = one.load
            order by all"""
        )
