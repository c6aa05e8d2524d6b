"""Snapshots: immutable DuckDB files, the next made from a copy of the newest and published by a rename.

DATA/warehouse/000012.duckdb is snapshot 12. Readers open a number read-only and never wait; there is one
writer at a time, and a load is in a snapshot whole or not at all, also when the process is killed.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipelines.corrections import CORRECTED_COLUMNS, correct
from pipelines.errors import NotReady, Unreadable
from pipelines.marts import FEW, build_marts, fingerprint
from pipelines.readers.table import literal
from pipelines.records import RECORDS, table_columns
from pipelines.settings import Settings, read_settings
from pipelines.source import Source

SCHEMA = 8
KEEP = 3
LOAD_COLUMNS = {
    "load": "integer",
    "file": "varchar",
    "hash": "varchar",
    "bytes": "bigint",
    "source": "varchar",
    "record": "varchar",
    "instance": "varchar",
    "who": "varchar",
    "loaded_at": "timestamp",
    "moment": "timestamp",
    "options": "json",
    "rows_read": "bigint",
    "accepted": "bigint",
    "unchanged": "bigint",
    "superseded": "bigint",
    "rejected": "bigint",
    "set_aside": "bigint",
    "cells_refused": "bigint",
    "closed": "bigint",
    "part": "boolean",
    "covered": "bigint",
    "first_at": "timestamp",
    "last_at": "timestamp",
    "doubtful": "boolean",
    "warnings": "varchar[]",
    "seconds": "double",
    "notes": "varchar[]",
    "withdrawn_at": "timestamp",
    "withdrawn_by": "varchar",
    "withdrawn_why": "varchar",
}
AGAIN_COLUMNS = (
    "instance varchar, key varchar, effective_at timestamp, sequence bigint, load integer, row bigint"
)
REJECT_COLUMNS = {
    "load": "integer",
    "sheet": "varchar",
    "row": "bigint",
    '"column"': "varchar",
    "value": "varchar",
    "reason": "varchar",
    "todo": "varchar",
    "whole_row": "boolean",
}
_blank: list[bytes] = []  # the file of an empty snapshot, once one was made: its tables take 60 ms


def numbers(data: Path) -> list[int]:
    """The snapshots of a data folder, oldest first."""
    return sorted(int(f.stem) for f in (data / "warehouse").glob("[0-9]*.duckdb") if f.stem.isdigit())


def path(data: Path, number: int) -> Path:
    return data / "warehouse" / f"{number:06d}.duckdb"


def open_snapshot(data: Path, number: int | None = None) -> tuple[int, duckdb.DuckDBPyConnection]:
    """A snapshot (the newest) opened read-only: its number and connection.

    Its content cannot reach files or the network. NotReady where nothing is loaded yet.
    """
    for _ in range(10):
        newest = number or max(numbers(data), default=None)
        if newest is None:
            raise NotReady(
                "Nothing is loaded yet. Load an export: pipelines load FILE, or see dashboard --demo."
            )
        try:
            con = duckdb.connect(str(path(data, newest)), read_only=True)
        except duckdb.Error as error:
            if number is None and not path(data, newest).exists():
                continue  # pruned between the look and the opening: there is a newer one
            raise Unreadable(
                f"Snapshot {newest} cannot be opened: {str(error).splitlines()[0]} "
                "Make the warehouse anew from the archive: pipelines rebuild."
            ) from error
        con.execute("set enable_external_access = false")
        return newest, con
    raise NotReady("Snapshots are being replaced faster than they can be opened. Try again.")


@dataclass
class Next:
    """The snapshot being made.

    con: its database, open for writing. changed: record kinds whose rows have changed. whole: those of them of which
        the table was.touched does not name every record that was written.
    number: what it will be called once published. facts: settings and mart definitions of the snapshot before.
    publish: set to have it published; called once it is, while no one else can write.
    late: source instances of the complete state (record, instance) that got a load older than one they hold.
    """

    con: duckdb.DuckDBPyConnection
    number: int
    work: Path
    facts: tuple[list, list]
    changed: set[str] = field(default_factory=set)
    whole: set[str] = field(default_factory=set)
    publish: Callable[[], None] | None = None
    late: set[tuple[str, str]] = field(default_factory=set)

    def build(self, settings: Settings, known: dict[str, Source]) -> None:
        """Settings, completeness and marts, and a look at the result before it is published."""
        _write_facts(self.con, settings, known)
        self.settle()
        for record in self.changed:
            _check_keys(self.con, record, record in self.whole)
        stale = _facts(self.con) != self.facts
        build_marts(self.con, None if stale else self.changed, touched=RECORDS.keys() - self.whole)

    def touch(self, record: str, rows: int, written: str, given: dict) -> None:
        """Note which records have been written, where they are few. written: a select of their ids, with its values."""
        held = self.con.execute(f"select count(*) from {record}").fetchall()[0][0]
        if record in self.whole or rows > FEW * held:
            self.whole.add(record)
        else:
            self.con.execute(
                f"insert into was.touched select distinct {literal(record)}, id from ({written})", given
            )

    def settle(self) -> None:
        """Up to when each source is complete, and the corrections by hand laid over what has changed."""
        reached = _reached(self.con)
        _write(
            self.con,
            "as_of",
            # An export that may be cut off does not say how far the data reaches, unless there is no other.
            self.con.execute(
                """select record, source, instance, coalesce(max(moment) filter (not doubtful), max(moment)) from load
                where withdrawn_at is null group by record, source, instance order by all"""
            ).fetchall(),
        )
        self.changed |= {record for record, *_ in reached ^ _reached(self.con)}
        corrected = correct(self.con, self.changed)
        self.changed |= corrected
        self.whole |= corrected


@contextmanager
def next_snapshot(
    data: Path, who: str, work: Path, say: Callable[[str], None], anew: bool = False
) -> Iterator[Next]:
    """The next snapshot, published at the end of the block where its `publish` was set.

    anew: start empty instead of from a copy of the newest. Outdated where that has to be rebuilt.
    """
    folder = data / "warehouse"
    if "?" in str(folder.resolve()):
        raise NotReady(f"The database cannot be kept in {folder}: a question mark stands in its path.")
    folder.mkdir(parents=True, exist_ok=True)
    with _only_writer(folder, who, say), ThreadPoolExecutor(1) as aside:
        for left in folder.glob(".next-*"):
            left.unlink()
        newest = max(numbers(data), default=0)
        beside = folder / f".next-{newest + 1:06d}.duckdb"
        con = copied = None
        try:
            if newest and not anew:
                shutil.copyfile(path(data, newest), beside)
                # On its way to the disk while the load goes on: what that changes is left for the end.
                copied = aside.submit(_sync, beside)
            else:
                write_blank(beside)
            try:
                con = duckdb.connect(str(beside), config={"autoinstall_known_extensions": False})
            except duckdb.Error:
                if copied:  # what is wrong is told of the snapshot, not of its copy
                    open_snapshot(data)[1].close()
                raise
            settings = read_settings(data)
            if copied and _outdated(con, newest, settings):
                raise Outdated
            _prepare(con, work)
            _set_variables(con, settings)
            following = Next(con, newest + 1, work, _facts(con))
            yield following
            if following.publish:
                con.execute("checkpoint")
                con.close()
                if copied:
                    copied.result()  # an error of the disk is told once
                _rename(beside, path(data, newest + 1))
                following.publish()
                prune(data)
        finally:
            if con:
                con.close()
            for left in folder.glob(".next-*"):
                left.unlink()


@contextmanager
def trial_snapshot(data: Path, work: Path) -> Iterator[Next]:
    """A copy of the newest snapshot to try a load on; it is thrown away."""
    newest, beside = max(numbers(data), default=0), work / "trial.duckdb"
    if newest and not outdated(data):
        shutil.copyfile(path(data, newest), beside)
    else:
        write_blank(beside)
    with duckdb.connect(str(beside), config={"autoinstall_known_extensions": False}) as con:
        _prepare(con, work)
        _set_variables(con, read_settings(data))
        yield Next(con, newest + 1, work, _facts(con))


@contextmanager
def earlier_snapshot(file: Path, work: Path, data: Path) -> Iterator[tuple[Next, list[dict], bool]]:
    """A copy of an earlier snapshot to do later loads on, read by its own time zone and currency; it is thrown away.

    Gives it, its loads, and whether its tables are those that this version makes; where not, it is empty instead.
    NotReady where a newer version of the program made it.
    """
    beside, settings = work / "earlier.duckdb", read_settings(data)
    shutil.copyfile(file, beside)
    with duckdb.connect(str(beside), config={"autoinstall_known_extensions": False}) as con:
        stored = dict(con.execute("select name, value from setting").fetchall())
        loads = ledger(con)
    if int(stored.get("schema", 0)) > SCHEMA:
        raise NotReady("its snapshot was made by a newer version of this program. Update it: uv sync.")
    ours = int(stored["schema"]) == SCHEMA and stored["tables"] == _fingerprint()
    if not ours:
        beside.unlink()
        write_blank(beside)
    named = "currency" in settings.model_fields_set or stored["currency"] != settings.currency
    read_by = {"timezone": stored["timezone"]} | ({"currency": stored["currency"]} if named else {})
    with duckdb.connect(str(beside), config={"autoinstall_known_extensions": False}) as con:
        _prepare(con, work)
        _set_variables(con, Settings(**read_by))
        yield Next(con, 0, work, ([], [])), loads, ours


def ledger(con: duckdb.DuckDBPyConnection) -> list[dict]:
    """The history of loads; what an older version of the program did not keep is None."""
    cursor = con.execute("select * from load order by load")
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [dict.fromkeys(LOAD_COLUMNS) | row | {"options": json.loads(row["options"])} for row in rows]


@contextmanager
def empty_snapshot(work: Path, data: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty snapshot, to read an export of a data folder apart from all others; it is thrown away."""
    beside = work / "empty.duckdb"
    write_blank(beside)
    with duckdb.connect(str(beside), config={"autoinstall_known_extensions": False}) as con:
        _prepare(con, work)
        _set_variables(con, read_settings(data))
        yield con


def _set_variables(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """What exports are read by: the zone of dates without a time, and the currency of amounts (one that names another
    is not summed with them)."""
    con.execute(f"set variable timezone = {literal(settings.timezone)}")
    con.execute(f"set variable currency = {literal(settings.currency)}")
    con.execute(f"set variable currency_named = {'currency' in settings.model_fields_set}")


def _prepare(con: duckdb.DuckDBPyConnection, work: Path) -> None:
    con.execute("set memory_limit = '1.5GB'")  # with the rest, 5,000,000 rows stay below 2 GB
    con.execute("set temp_directory = $folder", {"folder": str(work)})
    con.execute("set timezone = 'UTC'")
    # What was written and what was told before, while the snapshot is being made.
    con.execute("attach ':memory:' as was")
    con.execute("create table was.touched (record varchar, record_id varchar)")
    # Nobody reads the file before `_rename`, which syncs it whole: not after every statement.
    con.execute("set fsync_mode = 'NONE'")
    # DuckDB 2.0 pushes casts into read_csv, which then raises where a cast should give null.
    con.execute("set disabled_optimizers = 'type_pushdown'")


def write_blank(file: Path) -> None:
    """Write the file of an empty snapshot."""
    if _blank:
        file.write_bytes(_blank[0])
        return
    with duckdb.connect(str(file)) as con:
        create_tables(con)
    _blank.append(file.read_bytes())


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """All tables of an empty snapshot."""
    for record in RECORDS:
        columns = ", ".join(f'"{n}" {t}' for n, t in table_columns(record).items())
        con.execute(f"create table {record} ({columns})")
        con.execute(f"create table {record}_past ({columns})")
        con.execute(f"create table {record}_again ({AGAIN_COLUMNS})")
        con.execute(f"create view {record}_version as from {record} union all from {record}_past")
    beside = {"load": LOAD_COLUMNS, "reject": REJECT_COLUMNS, "corrected": CORRECTED_COLUMNS}
    for table, columns in beside.items():
        con.execute(f"create table {table} ({', '.join(f'{n} {t}' for n, t in columns.items())})")
    con.execute("create table setting (name varchar, value varchar)")
    con.execute("create table patch_days (severity integer, days integer)")
    con.execute('create table as_of (record varchar, source varchar, instance varchar, "at" timestamp)')
    con.execute("create table source_title (source varchar, title varchar, cadence integer)")


def _write_facts(con: duckdb.DuckDBPyConnection, settings: Settings, known: dict[str, Source]) -> None:
    """What stands in a snapshot beside records and loads: settings, titles of sources."""
    facts, days = _wanted(settings)
    _write(con, "setting", facts)
    _write(con, "patch_days", days)
    titles = [(s.name, s.title, s.cadence or RECORDS[s.record].cadence) for s in known.values()]
    _write(con, "source_title", sorted(titles))


def _write(con: duckdb.DuckDBPyConnection, table: str, rows: list[tuple]) -> None:
    """Have a small table hold these rows; where it does already, the file does not grow by another copy."""
    if con.execute(f"from {table} order by all").fetchall() == rows:
        return
    con.execute(f"delete from {table}")
    columns = ", ".join(f"unnest(${n})" for n in range(1, len(rows[0]) + 1)) if rows else ""
    if rows:
        con.execute(
            f"insert into {table} select {columns}", [list(column) for column in zip(*rows, strict=True)]
        )


def _reached(con: duckdb.DuckDBPyConnection) -> set[tuple]:
    """Up to when the data of each source is complete."""
    return set(con.execute('select record, source, instance, "at" from as_of').fetchall())


def _facts(con: duckdb.DuckDBPyConnection) -> tuple[list, list]:
    """Settings and definitions that a snapshot was made with, and its patch days."""
    settings = con.execute("from setting order by all").fetchall()
    return settings, con.execute("from patch_days order by all").fetchall()


def _wanted(settings: Settings) -> tuple[list, list]:
    """What `_facts` gives of a snapshot made now: where it differs, every mart is made anew."""
    made = {"schema": SCHEMA, "tables": _fingerprint(), "marts": fingerprint()}
    plain = settings.model_dump(exclude={"patch_days"}) | made
    return sorted((name, str(value)) for name, value in plain.items()), sorted(settings.patch_days.items())


def _check_keys(con: duckdb.DuckDBPyConnection, record: str, whole: bool) -> None:
    """No key stands twice in the present. whole: of all records; else of those that were touched."""
    if RECORDS[record].event:
        return
    if not whole:
        of = f"where record_id in (select record_id from was.touched where record = {literal(record)})"
    elif con.execute(f"select count(distinct load) from {record}").fetchall()[0][0] > 1:
        of = ""
    else:  # of a single load they were counted when it was applied
        return
    twice = con.execute(f"select count(*) - count(distinct record_id) from {record} {of}").fetchall()[0][0]
    if twice:
        raise AssertionError(f"{record} would hold {twice} keys twice; nothing was published")


def _fingerprint() -> str:
    """What the tables look like, to know a snapshot made by another version of the record kinds."""
    return json.dumps({record: table_columns(record) for record in RECORDS}, sort_keys=True)


class Outdated(Exception):
    """The newest snapshot has to be rebuilt from the archive before another is made from it."""


def outdated(data: Path) -> bool:
    """The newest snapshot has other tables than this version makes, or dates of another time zone than the settings say
    now: it has to be rebuilt from the archive.

    NotReady where a newer version of the program made it.
    """
    if not numbers(data):
        return False
    number, con = open_snapshot(data)
    with con:
        return _outdated(con, number, read_settings(data))


def _outdated(con: duckdb.DuckDBPyConnection, number: int, settings: Settings) -> bool:
    stored = dict(con.execute("select name, value from setting").fetchall())
    if int(stored.get("schema", 0)) > SCHEMA:
        raise NotReady(f"Snapshot {number} was made by a newer version of this program. Update it: uv sync.")
    made = {"tables": _fingerprint(), "timezone": settings.timezone}
    return int(stored.get("schema", 0)) < SCHEMA or any(stored.get(name) != how for name, how in made.items())


def behind(data: Path, settings: Settings) -> bool:
    """The newest snapshot was made with other settings or marts than hold now: its marts have to be made anew."""
    if not numbers(data):
        return False
    _, con = open_snapshot(data)
    with con:
        stored = _facts(con)
    return stored != _wanted(settings)


def prune(data: Path) -> None:
    """Remove all but the newest snapshots. Readers that have one open keep it."""
    for number in numbers(data)[:-KEEP]:
        path(data, number).unlink(missing_ok=True)


def _rename(beside: Path, final: Path) -> None:
    _sync(beside)
    beside.rename(final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _sync(file: Path) -> None:
    with file.open("rb") as held:
        os.fsync(held.fileno())


@contextmanager
def _only_writer(folder: Path, who: str, say: Callable[[str], None]) -> Iterator[None]:
    """Wait until no one else writes; the operating system frees the lock of a process that dies."""
    with open(folder / "lock", "a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            say(f"Waiting for {lock.read().strip() or 'another load'} to finish.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        lock.write(f"{who} (process {os.getpid()}, since {time.strftime('%H:%M:%S')})")
        lock.flush()
        yield
