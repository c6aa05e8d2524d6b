"""Questions that analysts ask the newest snapshot themselves, in SQL: read only, without files or network, and within
limits of time, memory and rows."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from dashboard.reading import Unknown
from pipelines.readers.table import literal
from pipelines.snapshot import open_snapshot, path

ROWS = 200_000
STEP = 1_000  # rows that are taken at a time
BYTES = 50_000_000  # of text in an answer
SECONDS = 30
MEMORY = "512MB"
KINDS = ("SELECT", "EXPLAIN")


@dataclass(frozen=True)
class Answer:
    """rows: at most as many as were asked for; more: whether there are others. seconds: how long it took.

    snapshot: the number of the one that was asked.
    """

    rows: pd.DataFrame
    more: bool
    seconds: float
    snapshot: int


def ask(sql: str, data: Path, rows: int = ROWS, seconds: float = SECONDS) -> Answer:
    """The answer of the newest snapshot to one select. Unknown says what is wrong with it; NotReady where nothing is loaded."""
    _one_select(sql)
    number, reader = open_snapshot(data)
    reader.close()
    started = time.perf_counter()
    with _locked(path(data, number)) as con:
        watch = threading.Timer(seconds, con.interrupt)
        watch.start()
        try:
            con.execute(sql)
            names = _unlike([column[0] for column in con.description])
            found, size = [], 0
            while len(found) <= rows and (part := con.fetchmany(min(STEP, rows + 1 - len(found)))):
                found += part
                size += sum(len(cell) for row in part for cell in row if isinstance(cell, str | bytes))
                if size > BYTES:
                    raise Unknown(
                        f"Its answer is longer than {BYTES // 10**6:,} million signs. Ask for less."
                    )
            columns = zip(*found[:rows], strict=True) if found else [()] * len(names)
            held = pd.DataFrame({name: _column(values) for name, values in zip(names, columns, strict=True)})
        except duckdb.InterruptException as error:
            raise Unknown(f"It took longer than {seconds:g} seconds. Ask for less.") from error
        except (duckdb.OutOfMemoryException, MemoryError) as error:
            raise Unknown(f"It takes more memory than {MEMORY}. Ask for less.") from error
        except duckdb.Error as error:
            raise Unknown(str(error).strip()) from error
        finally:
            watch.cancel()
    return Answer(held, len(found) > rows, time.perf_counter() - started, number)


def tables(data: Path) -> pd.DataFrame:
    """What can be asked: one row per table of the newest snapshot, with its columns."""
    return ask(
        """select table_name as "table", string_agg(column_name, ', ' order by column_index) as columns
        from duckdb_columns() where database_name = 'snapshot' and not internal and not ends_with(table_name, '_again')
        group by all order by all""",
        data,
    ).rows


def _one_select(sql: str) -> None:
    """Unknown, unless it is one statement that only reads."""
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise Unknown(str(error).strip()) from error
    if len(statements) != 1:
        raise Unknown(f"It holds {len(statements)} statements: ask with one select.")
    kind = statements[0].type.name
    if kind not in KINDS:
        raise Unknown(f"It is no select but {kind.lower().replace('_', ' ')}: a snapshot can only be read.")


def _locked(snapshot: Path) -> duckdb.DuckDBPyConnection:
    """A database of its own, so that its limits are not those of the pages, to which the snapshot is attached."""
    con = duckdb.connect(
        config={
            "memory_limit": MEMORY,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    con.execute(f"attach {literal(str(snapshot))} as snapshot (read_only)")
    for fixed in (
        "use snapshot",
        "set timezone = 'UTC'",
        "set temp_directory = ''",
        "set enable_external_access = false",
        "set lock_configuration = true",
    ):
        con.execute(fixed)
    return con


def _column(values: Sequence) -> pd.Series:
    """Values of one column; whole numbers stay whole beside those that are not known."""
    known = [value for value in values if value is not None]
    whole = known and all(type(value) is int and abs(value) < 2**63 for value in known)
    return pd.Series(list(values), dtype="Int64" if whole else None)


def _unlike(names: list[str]) -> list[str]:
    """Column names, of which those that stand there before get a number."""
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        seen[name] += 1
        told.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return told
