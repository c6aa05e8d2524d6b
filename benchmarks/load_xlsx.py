"""A workbook of 100,000 rows and 25 columns, to a DuckDB table on disk; every cell is held against what was written.

Baselines, each from the same file to the same kind of table: fastexcel → Arrow → DuckDB, types guessed as it
does by itself; pandas with openpyxl, every cell as text.
"""

import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

import duckdb
import fastexcel
import pandas

from benchmarks.exports import SHEET_COLUMNS, WORK, made, sheet_rows
from benchmarks.measure import THREADS, held, seconds, two_threads
from pipelines.convert import quoted
from pipelines.readers import tables
from pipelines.readers.table import SHEET


def ours(path: Path, con: duckdb.DuckDBPyConnection, work: Path) -> None:
    """As a load reads it: tables of text, without the sheet's name that stands beside each row."""
    (table,) = tables(path, con, work, path.name)
    cells = ", ".join(f"{cell} as {quoted(name)}" for name, cell in table.cells.items() if name != SHEET)
    con.execute(f"create table sheet as select {cells} from {table.relation}")


def with_fastexcel(path: Path, con: duckdb.DuckDBPyConnection, work: Path) -> None:
    """fastexcel → Arrow → DuckDB."""
    sheet = fastexcel.read_excel(path).load_sheet(0).to_arrow()
    con.register("arrow_sheet", sheet)
    con.execute("create table sheet as select * from arrow_sheet")


def with_pandas(path: Path, con: duckdb.DuckDBPyConnection, work: Path) -> None:
    """pandas with openpyxl."""
    frame = pandas.read_excel(path, engine="openpyxl", dtype=str)
    con.register("frame", frame)
    con.execute("create table sheet as select * from frame")


def into_new_file(way: Callable[[Path, duckdb.DuckDBPyConnection, Path], None], path: Path) -> None:
    """One way, into a new database file."""
    with (
        tempfile.TemporaryDirectory(dir=WORK) as folder,
        duckdb.connect(Path(folder) / "sheet.duckdb", config={"threads": THREADS}) as con,
    ):
        way(path, con, Path(folder))


def same(written: object, text: str | None) -> bool:
    """Whether a cell's text says what was written."""
    if written is None or text is None:
        return written is text
    if isinstance(written, bool):
        return text.casefold() == str(written).casefold()
    if isinstance(written, datetime):
        return datetime.fromisoformat(text) == written
    if isinstance(written, (int, float)):
        # A workbook holds numbers with 16 digits.
        return abs(float(text) - written) <= 1e-14 * abs(written)
    return text == written


def lost(path: Path) -> list[str]:
    """Cells that our reader does not give as they were written; the first hundred of them, told."""
    with tempfile.TemporaryDirectory(dir=WORK) as folder, duckdb.connect() as con:
        ours(path, con, Path(folder))
        found = []
        read = iter(con.execute("select * from sheet order by rowid").fetchall())
        for number, (row, cells) in enumerate(zip_longest(sheet_rows(), read), start=2):
            pairs = zip_longest(SHEET_COLUMNS, row or (), cells or ())
            found += [f"row {number}, {name}: {w!r} became {t!r}" for name, w, t in pairs if not same(w, t)]
            if len(found) > 100:
                break
        return found


def main() -> int:
    """Medians of three runs; pandas, which is slow, is run once."""
    two_threads()
    path = made("incidents.xlsx")
    reader = seconds(lambda: into_new_file(ours, path))
    arrow = seconds(lambda: into_new_file(with_fastexcel, path))
    frame = seconds(lambda: into_new_file(with_pandas, path), times=1)
    wrong = lost(path)
    print(f"our reader: {reader:6.2f} s\nfastexcel:  {arrow:6.2f} s\npandas:     {frame:6.2f} s")
    print("\n".join(wrong[:10]))
    results = [
        held("our reader to fastexcel → Arrow → DuckDB", reader / arrow, 1.5),
        held("pandas with openpyxl to our reader", frame / reader, 5, at_least=True),
        held("cells that are not as written", len(wrong), 0, "cells"),
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
