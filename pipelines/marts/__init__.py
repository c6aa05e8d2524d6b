"""The marts: tables of a snapshot, each made by one SQL file of this folder that bears the table's name.

The folder is the registry. A file is one `select` over records, settings and other marts; what it reads is taken
from its parse tree, so a mart is made after those it reads, and again only when something it reads has changed.
<name>.view.sql is not stored: it costs nothing to make, and what reads it reads through it.

<name>.by_<record>.sql spares a large mart being made anew for a few records. It selects place (rowid) and record_id of those
rows of the record that the mart may now tell other things of; the mart's own select over these alone takes the place of what
it said of them. It reads `touched` (the record_id of records that were written) and, as they were before, was.<mart>;
what else the mart reads and it does not, has the mart made anew whole.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

FOLDER = Path(__file__).parent
FEW = 0.1  # of a record's rows: up to so many are made anew apart from the others
AT_ONCE = 2  # marts made beside each other: planning one keeps one core busy, and no more
PRESENT = """
    select table_name, 'table' from duckdb_tables() where database_name = current_database()
    union all select view_name, 'view' from duckdb_views() where database_name = current_database()"""


def marts() -> dict[str, str]:
    """Every mart: name -> its select."""
    return {_name(file): text for file, text in files().items()}


def files() -> dict[str, str]:
    """The mart files as they stand: file name -> text; what a pack keeps to make its numbers again."""
    return {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.sql")) if not _part(path)}


def _part(path: Path) -> re.Match[str] | None:
    """The mart and the record of a file that says what of the mart to make anew."""
    return re.fullmatch(r"(\w+)\.by_(\w+)\.sql", path.name)


def _parts() -> dict[str, tuple[str, str]]:
    """Marts that can be made anew in part: name -> the record, and the select of which of its rows."""
    return {
        found[1]: (found[2], path.read_text("utf-8"))
        for path in FOLDER.glob("*.sql")
        if (found := _part(path))
    }


def reads(selects: Mapping[str, str] | None = None) -> dict[str, frozenset[str]]:
    """What each mart reads, in an order in which they can be made: name -> records, settings and other marts."""
    selects = marts() if selects is None else selects
    found = dict(zip(selects, tables(tuple(selects.values())), strict=True))
    return {name: found[name] for name in _order(found).static_order()}


def _order(read: Mapping[str, frozenset[str]]) -> TopologicalSorter[str]:
    """The order in which marts can be made: each after those that it reads."""
    return TopologicalSorter({name: needs & read.keys() for name, needs in read.items()})


def behind(wanted: Iterable[str], read: Mapping[str, frozenset[str]]) -> set[str]:
    """What these tables are made of, themselves among it: marts, records and settings. read: what each mart reads."""
    found = set(wanted)
    for name in reversed(read):
        if name in found:
            found |= read[name]
    return found


def fingerprint(held: Mapping[str, str] | None = None) -> str:
    """What marts a snapshot was made with, as it says. held: mart files of another time."""
    selects = {_name(file): text for file, text in (files() if held is None else held).items()}
    return hashlib.sha256(json.dumps(selects, sort_keys=True).encode()).hexdigest()


def kind(name: str) -> str:
    """What a mart is in the database: table or view."""
    return _kind(name, files())


def _kind(name: str, held: Mapping[str, str]) -> str:
    return "view" if f"{name}.view.sql" in held else "table"


def _name(file: str) -> str:
    return file.partition(".")[0]


def build_marts(
    con: duckdb.DuckDBPyConnection,
    changed: Iterable[str] | None = None,
    held: Mapping[str, str] | None = None,
    wanted: Iterable[str] | None = None,
    touched: Collection[str] | None = None,
) -> list[str]:
    """Make the marts of a snapshot that is being written; gives the names of those made, in order.

    changed: names of the records, or of `setting` and `patch_days`, that are no longer what they were; None
        for all. A record stands for its earlier versions and its `as_of` too. A mart that is missing is made
        in any case.
    held: mart files of another time, as `files` gave them. wanted: tables; only these and what they are made of.
    touched: of these records, was.touched names every one that was written; None: nobody kept account.
    """
    held = files() if held is None else held
    selects = {_name(file): text for file, text in held.items()}
    read = reads(selects)
    wanted = selects.keys() if wanted is None else behind(wanted, read)
    present = dict(con.execute(PRESENT).fetchall())
    stale = selects.keys() - present.keys() | (selects.keys() if changed is None else set(changed))
    for name, needs in read.items():
        if name in wanted and needs & stale:
            stale.add(name)
    parts = {}
    if changed is not None and touched is not None:
        parts = {
            name: part
            for name, part in _parts().items()
            if present.get(name) == "table"
            and name in stale
            and _kept(con, part, read[name], stale - ({part[0]} & set(touched)), present)
        }
    made = []

    def make(name: str) -> str:
        how = _kind(name, held)
        with con.cursor() as own:
            own.execute("set timezone = 'UTC'")
            if name in parts and _made_in_part(own, name, selects[name], *parts[name]):
                return name
            if present.get(name, how) != how:  # as an earlier version made it
                own.execute(f"drop {present[name]} {name}")
            own.execute(f"create or replace {how} {name} as {selects[name]}")
        return name

    order = _order(read)
    order.prepare()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        making: set[Future[str]] = set()
        while order.is_active():
            for name in order.get_ready():
                if name in wanted and name in stale:
                    made.append(name)
                    making.add(pool.submit(make, name))
                else:
                    order.done(name)
            done, making = wait(making, return_when=FIRST_COMPLETED)
            order.done(*(one.result() for one in done))
    return made


def _kept(
    con: duckdb.DuckDBPyConnection,
    part: tuple[str, str],
    needs: frozenset[str],
    whole: Collection[str],
    present: Mapping[str, str],
) -> bool:
    """Keep what the marts that a part is chosen by say now, where it can be chosen by what has changed. needs: what its
    mart reads. whole: what has changed but for the record, where it is told row by row what has; marts among it."""
    record, choice = part
    (chosen_by,) = tables((choice,))
    earlier = chosen_by & needs & present.keys() - {record}
    if needs & whole - earlier or any(present[name] != "table" for name in earlier):
        return False
    for name in earlier:
        con.execute(f"create or replace table was.{name} as from {name}")
    return True


def _made_in_part(con: duckdb.DuckDBPyConnection, name: str, select: str, record: str, choice: str) -> bool:
    """Make anew what a mart says of the chosen rows of a record; False where they are too many for that."""
    catalog = con.execute("select current_catalog()").fetchall()[0][0]
    own = f'"{catalog}".main'
    con.execute(f"create temp view touched as select record_id from was.touched where record = '{record}'")
    con.execute(f"create temp table chosen as {choice}")
    few = f"(select count(*) from chosen) <= {FEW} * (select count(*) from {record})"
    if not con.execute(f"select {few}").fetchall()[0][0]:
        return False
    con.execute(f"create temp view {record} as from {own}.{record} where rowid in (select place from chosen)")
    con.execute(
        f"create temp view {record}_past as from {own}.{record}_past where record_id in (select record_id from chosen)"
    )
    con.execute(f"create temp view {record}_version as from {record} union all from {record}_past")
    con.execute(f"create temp table told as {select}")
    con.begin()
    con.execute(
        f"delete from {own}.{name} where record_id in (select record_id from chosen union from touched)"
    )
    con.execute(f"insert into {own}.{name} by name from told")
    con.commit()
    return True


@cache
def tables(selects: tuple[str, ...]) -> tuple[frozenset[str], ...]:
    """The tables that selects read, from their parse trees; earlier versions of records stand under the record's name.

    Binding them instead (get_table_names) fails on lists and as-of joins while the tables are not there.
    """
    with duckdb.connect() as con:
        trees = con.execute(
            "select json_serialize_sql(unnest($selects))", {"selects": list(selects)}
        ).fetchall()
    return tuple(
        frozenset(re.sub("_(past|version)$", "", name) for name in re.findall('"table_name":"([^"]*)"', tree))
        for (tree,) in trees
    )
