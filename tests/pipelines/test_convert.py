"""Cells as they are taken from a table."""

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import warehouse
from pipelines.asked import Asked
from pipelines.convert import trimmed
from pipelines.snapshot import open_snapshot
from tests.pipelines.conftest import SCAN, START

SPACES = " \t\n\r\x0b\x0c\x85\xa0\u1680\u2003\u2028\u202f\u205f\u3000"


@settings(deadline=None)
@given(st.lists(st.text(SPACES + "!a~\x7fé\U0001f600", max_size=6), min_size=1))
def test_a_cell_is_trimmed_as_trim_does(texts):
    with duckdb.connect() as con:
        con.execute(
            "create table export as select unnest($texts::varchar[]) as c0", {"texts": [*texts, None]}
        )
        alike = f"select count(*) from export where {trimmed('c0')} is distinct from trim(c0)"
        assert con.execute(alike).fetchall() == [(0,)]


def test_a_source_may_name_many_texts_that_say_nothing(tmp_path):
    nothing = [f"level {n}" for n in range(40)]
    source = tmp_path / "sources" / "patch" / "scanner.toml"
    source.parent.mkdir(parents=True)
    source.write_text(f"null = {nothing}\n{SCAN}", "utf-8")
    export = tmp_path / "scan.csv"
    cells = ["level 0", " level 39 ", "2", "", "level 40"]
    rows = [f"h{n},w,{cell},{START},,open" for n, cell in enumerate(cells)]
    export.write_text("\n".join(["scanned_host,weakness,level,found,looked,standing", *rows]) + "\n", "utf-8")

    (outcome,) = warehouse.load([export], tmp_path, asked=Asked(as_of=START))

    assert (outcome.error, outcome.accepted, outcome.cells_refused) == (None, 5, 1)
    assert [r["value"] for r in warehouse.rejects(tmp_path, 1)] == ["level 40"]
    _, con = open_snapshot(tmp_path)
    with con:
        severities = con.execute("select severity from patch order by asset").fetchall()
    assert severities == [(None,), (None,), (2,), (None,), (None,)]


PORTS = "IP,Hostname,Port,Port Protocol,CVSS,Severity,NVT Name,NVT OID,Timestamp\n"
PORT = "192.0.2.1,{host},443,tcp,7.5,High,Old cipher,1.3.6.1.4.1.25623.1.0.100001,2026-01-15T10:00:00Z\n"


def test_a_null_of_a_database_says_nothing(tmp_path):
    export = tmp_path / "scan.csv"
    export.write_text(PORTS + PORT.format(host="NULL"), "utf-8")
    (outcome,) = warehouse.load([export], tmp_path)
    assert (outcome.error, outcome.accepted) == (None, 1)
    _, con = open_snapshot(tmp_path)
    with con:
        assert con.execute("select asset from patch").fetchall() == [("192.0.2.1",)]


def test_a_row_of_nothing_is_set_aside_where_its_key_is_made_of_parts(tmp_path):
    export = tmp_path / "scan.csv"
    export.write_text(PORTS + PORT.format(host="web") + ",,,,,,,,\n" * 3, "utf-8")
    (outcome,) = warehouse.load([export], tmp_path)
    assert (outcome.error, outcome.accepted, outcome.rejected, outcome.set_aside) == (None, 1, 0, 3)
