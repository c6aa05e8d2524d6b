"""Real and hostile exports, where they are at hand: each gives tables or is refused; nothing crashes or hangs."""

import csv
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import Refused
from pipelines.readers import tables

EXPORTS = Path(__file__).parents[4] / "shared" / "exports"
LISTED = (
    list(csv.DictReader((EXPORTS / "MANIFEST.tsv").open(), delimiter="\t", quoting=csv.QUOTE_NONE))
    if (EXPORTS / "MANIFEST.tsv").exists()
    else []
)
HOSTILE = [one["path"] for one in LISTED if one["path"].startswith("hostile/")]
# The list counts every line under the first of these two, which stands in a preamble; one declares a DOCTYPE.
OTHERWISE = (
    "qid.csv",
    "Sample_Report.xml",
    "issue-",
    "satellite/",
    "/trivy/",
    "/inspector/",
    "/openscap/",
    "/oscal/",
)
REAL = [
    (one["path"], int(one["rows"]))
    for one in LISTED
    if one["rows"].isdigit() and not any(part in one["path"] for part in OTHERWISE)
]
pytestmark = pytest.mark.skipif(not LISTED, reason="the exports are not at hand")


def counted(path, work):
    """How many rows each table holds, all its cells read."""
    found = []
    with duckdb.connect() as con:
        for table in tables(path, con, work, path.name):
            cells = "".join(f", {cell} as c{n}" for n, cell in enumerate(table.cells.values()))
            con.execute(f"create or replace table stage as select 1 as one{cells} from {table.relation}")
            con.execute(f"select max({table.row}) from stage")
            found.append(con.execute("select count(*) from stage").fetchone()[0])
    return found


@pytest.mark.timeout(30)
@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_exports_give_tables_or_a_reason(path, tmp_path):
    try:
        assert counted(EXPORTS / path, tmp_path)
    except Refused as refused:
        assert Path(path).name in refused.reason
        assert refused.todo


@pytest.mark.parametrize(("path", "rows"), REAL)
def test_real_exports_hold_the_rows_they_should(path, rows, tmp_path):
    assert counted(EXPORTS / path, tmp_path)[0] == rows
