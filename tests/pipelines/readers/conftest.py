"""Reading a file of a few bytes, as the loader reads it."""

import duckdb
import pytest

from pipelines.readers import tables


class Read:
    """Files are written to one folder and read on one connection."""

    def __init__(self, folder):
        self.folder = folder
        self.con = duckdb.connect()
        self.con.execute("set disabled_optimizers = 'type_pushdown'")

    def file(self, content, name="export.csv"):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def tables(self, content, name="export.csv", rows=None):
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        path = self.file(content, name) if isinstance(content, bytes | str) else content
        return [self.settled(table) for table in tables(path, self.con, work, path.name, rows)]

    def settled(self, table):
        """The table itself, or the one to read instead, as the loader finds out."""
        try:
            count = len(
                self.con.execute(
                    f"select {', '.join(table.cells[c] for c in table.columns)} from {table.relation}"
                ).fetchall()
            )
        except duckdb.Error:
            count = None
        return table.otherwise(count) or table

    def table(self, content, name="export.csv", rows=None):
        [table] = self.tables(content, name, rows)
        return table

    def rows(self, table, *columns):
        """Each row as (number in the file, cells...), in the order of the file."""
        cells = ", ".join(f"{table.cells[c]} as x{i}" for i, c in enumerate(columns or table.columns))
        self.con.execute(f"create or replace table stage as select {cells} from {table.relation}")
        return self.con.execute(f"select {table.row}, * from stage order by rowid").fetchall()


@pytest.fixture
def read(tmp_path):
    reading = Read(tmp_path)
    yield reading
    reading.con.close()
