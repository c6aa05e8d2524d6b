"""What is told of patches is made anew for those that a load touched, and says what it would say made whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines import marts
from pipelines.marts import build_marts
from pipelines.records import RECORDS
from pipelines.snapshot import create_tables
from tests.pipelines.marts.conftest import AT

ASSETS = ["web1", "web1.example.com", "WEB1", "db1", "db1.example.com", "db1.example.org", "mail"]
PATCHES = ["KB1", "KB2", None]
DAYS = st.integers(0, 40).map(lambda days: AT + timedelta(days))
PATCH = st.fixed_dictionaries(
    {
        "instance": st.sampled_from(["one", "two", "three"]),
        "key": st.sampled_from(["a", "b", "c", "d"]),
        "asset": st.sampled_from(ASSETS),
        "patch": st.sampled_from(PATCHES),
        "cves": st.lists(st.sampled_from(["CVE-1", "CVE-2"]), unique=True),
        "severity": st.sampled_from([1, 2, 5, None]),
        "state": st.sampled_from(["open", "open", "fixed", "excepted", "not applicable", None]),
        "first_seen_at": DAYS,
        "fixed_at": st.one_of(st.none(), DAYS),
    }
)
CHANGE = st.one_of(
    st.tuples(st.just("patch"), st.lists(PATCH, min_size=1, max_size=3)),
    st.tuples(
        st.just("asset"),
        st.lists(st.fixed_dictionaries({"name": st.sampled_from(ASSETS), "services": st.just(["Mail"])})),
    ),
    st.tuples(
        st.just("service_map"),
        st.lists(
            st.fixed_dictionaries({"name": st.sampled_from(ASSETS), "service": st.sampled_from(["A", "B"])})
        ),
    ),
    st.tuples(
        st.just("exception"),
        st.lists(
            st.fixed_dictionaries(
                {
                    "assets": st.lists(st.sampled_from(ASSETS), max_size=1),
                    "patch": st.sampled_from(PATCHES),
                    "from_at": DAYS,
                    "until_at": DAYS,
                }
            ),
            max_size=2,
        ),
    ),
    st.tuples(
        st.just("known_exploited"), st.lists(st.fixed_dictionaries({"cve": st.just("CVE-1")}), max_size=1)
    ),
    st.tuples(st.just("as_of"), DAYS),
)


def insert(con: duckdb.DuckDBPyConnection, table: str, row: dict) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    con.execute(f"insert into {table} ({names}) values ({', '.join('?' * len(row))})", [*row.values()])


def write_patches(con: duckdb.DuckDBPyConnection, rows: list[dict], at: datetime, load: int) -> None:
    """New versions of patches; what their keys said before is in the past then."""
    for number, row in enumerate(rows):
        own = f"{row['instance']}:{row['key']}"
        con.execute("insert into patch_past from patch where record_id = ?", [own])
        con.execute("delete from patch where record_id = ?", [own])
        insert(con, "patch", row | {"record_id": own, "effective_at": at, "load": load, "row": number})
        con.execute("insert into was.touched values ('patch', ?)", [own])


@pytest.fixture
def always_in_part(monkeypatch):
    monkeypatch.setattr(marts, "FEW", 1)


@contextmanager
def snapshot_to_be() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty snapshot that is being made, with its settings."""
    with duckdb.connect() as con:
        create_tables(con)
        con.execute("attach ':memory:' as was")
        con.execute("create table was.touched (record varchar, record_id varchar)")
        con.execute("insert into setting values ('timezone', 'UTC'), ('seen_days', '14')")
        con.execute("insert into patch_days values (1, 14), (2, 30)")
        yield con


@given(st.lists(CHANGE, min_size=2, max_size=7))
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
def test_made_in_part_it_says_what_it_says_made_whole(always_in_part, changes):
    with snapshot_to_be() as con:
        for instance in ("one", "two", "three"):
            con.execute(
                "insert into as_of values ('patch', ?, ?, ?)", [instance, instance, AT + timedelta(20)]
            )
        build_marts(con, wanted=["patch_obligation"])

        for load, (record, rows) in enumerate(changes):
            con.execute("delete from was.touched")
            if record == "patch":
                write_patches(con, rows, AT + timedelta(load), load)
            elif record == "as_of":
                con.execute("update as_of set \"at\" = ? where instance = 'two'", [rows])
            else:
                con.execute(f"delete from {record}")
                for number, row in enumerate(rows):
                    own = {"record_id": f"list:{number}", "key": str(number), "instance": "list"}
                    insert(con, record, own | {"effective_at": AT} | row)
            changed = {"patch" if record == "as_of" else record}
            build_marts(con, changed, wanted=["patch_obligation"], touched=RECORDS.keys())

            for mart in ("patch_due", "patch_reach"):
                made = con.execute(f"from {mart} order by all").fetchall()
                assert made == con.execute(f"from ({marts.marts()[mart]}) order by all").fetchall(), (
                    mart,
                    record,
                )


def test_what_few_entries_of_another_record_say_of_patches_is_told_of_all(always_in_part):
    with snapshot_to_be() as con:
        patch = {"instance": "one", "key": "a", "asset": "web1", "cves": ["CVE-1"], "first_seen_at": AT}
        write_patches(con, [patch], AT, 1)
        build_marts(con, wanted=["patch_obligation"])
        con.execute("delete from was.touched")
        insert(con, "known_exploited", {"record_id": "list:CVE-1", "cve": "CVE-1", "effective_at": AT})
        con.execute("insert into was.touched values ('known_exploited', 'list:CVE-1')")
        build_marts(con, {"known_exploited"}, wanted=["patch_obligation"], touched=RECORDS.keys())
        assert con.execute("select known_exploited from patch_due").fetchall() == [(True,)]
