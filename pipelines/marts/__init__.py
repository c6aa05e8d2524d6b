"""The marts: tables of a snapshot, each made by one SQL file of this folder that bears the table's name.

The folder is the registry. A file is one `select` over records, settings and other marts; what it reads is taken
from its parse tree, so a mart is made after those it reads, and again only when something it reads has changed.
<name>.view.sql is not stored: it costs nothing to make, and what reads it reads through it.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

FOLDER = Path(__file__).parent
AT_ONCE = 2  # marts made beside each other: planning one keeps one core busy, and no more
PRESENT = (
    "select table_name, 'table' from duckdb_tables() union all select view_name, 'view' from duckdb_views()"
)


def marts() -> dict[str, str]:
    """Every mart: name -> its select."""
    return {_name(file): text for file, text in files().items()}


def files() -> dict[str, str]:
    """The mart files as they stand: file name -> text; what a pack keeps to make its numbers again."""
    return {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.sql"))}


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
) -> list[str]:
    """Make the marts of a snapshot that is being written; gives the names of those made, in order.

    changed: names of the records, or of `setting` and `patch_days`, that are no longer what they were; None
        for all. A record stands for its earlier versions and its `as_of` too. A mart that is missing is made
        in any case.
    held: mart files of another time, as `files` gave them. wanted: tables; only these and what they are made of.
    """
    held = files() if held is None else held
    selects = {_name(file): text for file, text in held.items()}
    read = reads(selects)
    wanted = selects.keys() if wanted is None else behind(wanted, read)
    present = dict(con.execute(PRESENT).fetchall())
    stale = selects.keys() - present.keys() | (selects.keys() if changed is None else set(changed))
    made = []

    def make(name: str) -> str:
        how = _kind(name, held)
        with con.cursor() as own:
            own.execute("set timezone = 'UTC'")
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
                if name in wanted and (name in stale or read[name] & stale):
                    stale.add(name)
                    made.append(name)
                    making.add(pool.submit(make, name))
                else:
                    order.done(name)
            done, making = wait(making, return_when=FIRST_COMPLETED)
            order.done(*(one.result() for one in done))
    return made


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
