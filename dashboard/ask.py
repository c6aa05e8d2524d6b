"""Questions that analysts ask the newest snapshot themselves, in SQL: read only, without files or network, and within
limits of time, memory and rows."""

import json
import pickle
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from dashboard.answer import TOO_MUCH, answer, too_long
from dashboard.reading import Unknown
from pipelines.snapshot import open_snapshot, path

ROWS = 200_000
SECONDS = 30
STARTING = 5  # seconds that a process may take to begin on a busy machine
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
    number = _newest(data)
    started = time.perf_counter()
    asked = {"sql": sql, "snapshot": str(path(data, number).resolve()), "rows": rows, "seconds": seconds}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "dashboard.answer"],
            input=json.dumps(asked).encode(),
            capture_output=True,
            check=False,
            timeout=seconds + STARTING,
            cwd=Path(__file__).parents[1],
        )
    except subprocess.TimeoutExpired as error:
        raise Unknown(too_long(seconds)) from error
    if done.returncode < 0 or b"MemoryError" in done.stderr:
        # Where memory ends in the midst of handing over, nothing is left to say so.
        raise Unknown(TOO_MUCH)
    if done.returncode:
        raise RuntimeError(f"The process that answers failed: {done.stderr.decode(errors='replace')}")
    held, more = _table(pickle.loads(done.stdout), rows)
    return Answer(held, more, time.perf_counter() - started, number)


def tables(data: Path) -> pd.DataFrame:
    """What can be asked: one row per table of the newest snapshot, with its columns as a question has to write them."""
    sql = """select table_name as "table",
            string_agg(if(keyword_name is null, column_name, '"' || column_name || '"'), ', ' order by column_index) as columns
        from duckdb_columns()
        left join duckdb_keywords()
          on keyword_name = column_name and keyword_category in ('reserved', 'type_function')
        where database_name = 'snapshot' and not internal and not ends_with(table_name, '_again')
        group by all order by all"""
    # A question of our own needs no process.
    return _table(answer(sql, path(data, _newest(data)), ROWS, SECONDS), ROWS)[0]


def _newest(data: Path) -> int:
    number, reader = open_snapshot(data)
    reader.close()
    return number


def _table(answered: tuple[list[str], list[tuple]] | str, rows: int) -> tuple[pd.DataFrame, bool]:
    """The rows as a table, and whether there are more; Unknown where there are none."""
    if isinstance(answered, str):
        raise Unknown(answered)
    names, found = answered
    names = _unlike(names)
    columns = zip(*found[:rows], strict=True) if found else [()] * len(names)
    held = pd.DataFrame({name: _column(values) for name, values in zip(names, columns, strict=True)})
    return held, len(found) > rows


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
