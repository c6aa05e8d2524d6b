"""The process that answers one question, `python -m dashboard.answer`: apart from the server and held to its own limits,
because neither the memory limit of DuckDB nor an interrupt reaches a long text that is being made or handed over.

It is asked in JSON on standard input and answers with a pickle: (names, rows), or what is wrong as text.
"""

import json
import pickle
import sys
import threading
from pathlib import Path

import duckdb

from pipelines.readers.table import literal

STEP = 1_000  # rows that are taken at a time
BYTES = 50_000_000  # of text in an answer
MEMORY = "512MB"  # of the query
WHOLE = 1536 << 20  # bytes of the process: the query, its longest texts, and the answer
THREADS = 4
TOO_MUCH = "It takes more memory than a question may. Ask for less."


def answer(sql: str, snapshot: Path, rows: int, seconds: float) -> tuple[list[str], list[tuple]] | str:
    """The columns and up to one row more than are wanted; a text says why there are none."""
    watch = None
    try:
        with _locked(snapshot) as con:
            watch = threading.Timer(seconds, con.interrupt)
            watch.start()
            con.execute(sql)
            names = [column[0] for column in con.description]
            found, size = [], 0
            while len(found) <= rows and (part := con.fetchmany(min(STEP, rows + 1 - len(found)))):
                found += part
                size += sum(len(cell) for row in part for cell in row if isinstance(cell, str | bytes))
                if size > BYTES:
                    return f"Its answer is longer than {BYTES // 10**6:,} million signs. Ask for less."
    except duckdb.InterruptException:
        return too_long(seconds)
    except (duckdb.OutOfMemoryException, MemoryError):
        return TOO_MUCH
    except duckdb.Error as error:
        return str(error).strip()
    finally:
        if watch:
            watch.cancel()
    return names, found


def too_long(seconds: float) -> str:
    return f"It took longer than {seconds:g} seconds. Ask for less."


def _locked(snapshot: Path) -> duckdb.DuckDBPyConnection:
    """A database of its own, so that its limits are not those of the pages, to which the snapshot is attached."""
    con = duckdb.connect(
        config={
            "memory_limit": MEMORY,
            "threads": THREADS,
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


def _limit() -> None:
    try:
        import resource  # not on Windows, where the time alone is limited
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_DATA, (WHOLE, WHOLE))


def main() -> None:
    _limit()
    asked = json.load(sys.stdin)
    found = answer(asked["sql"], Path(asked["snapshot"]), asked["rows"], asked["seconds"])
    pickle.dump(found, sys.stdout.buffer)


if __name__ == "__main__":
    main()
