"""What later loads say of the time before an earlier snapshot's cut stands; what they say has happened since does not."""

from datetime import datetime

import duckdb
import pytest

from pipelines.hindsight import hindsight, keep
from pipelines.records import RECORDS, table_columns
from pipelines.snapshot import create_tables

CUT = datetime(2026, 9, 28, 12)
THEN, NOW = 1, 2  # loads


def at(day: int, month: int = 9) -> datetime:
    return datetime(2026, month, day, 8)


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as con:
        create_tables(con)
        con.execute('create table cut (record varchar, instance varchar, "at" timestamp)')
        con.executemany("insert into cut values (?, 'tool', ?)", [(record, CUT) for record in RECORDS])
        yield con


def row(key: str, load: int, effective: datetime, **told) -> dict:
    carried = {
        "key": key,
        "record_id": f"tool:{key}",
        "source": "tool",
        "instance": "tool",
        "load": load,
        "row": 2,
    }
    return carried | {"effective_at": effective} | told


def seen(con, record: str, then: list[dict], versions: list[dict], column: str) -> tuple[dict, dict]:
    """A column of the present and of the earlier rows by key, in hindsight.

    then: the present rows of the earlier snapshot. versions: all of now, oldest first; the last of a key is its present.
    """
    newest = {one["key"]: one for one in versions}
    tables = {record: then}
    for table, rows in (*tables.items(), (f"{record}_past", [])):
        fill(con, record, table, rows)
    keep(con, record)
    fill(con, record, record, list(newest.values()))
    fill(con, record, f"{record}_past", [one for one in versions if one is not newest[one["key"]]])
    present, past = hindsight(con, record, THEN)
    return tuple(
        dict(con.execute(f'select key, "{column}" from ({sql}) order by effective_at').fetchall())
        for sql in (present, past)
    )


def fill(con, record: str, table: str, rows: list[dict]) -> None:
    con.execute(f"delete from {table}")
    names = list(table_columns(record))
    for one in rows:
        con.execute(
            f"insert into {table} values ({', '.join('?' * len(names))})", [one.get(name) for name in names]
        )


def incident(key: str, load: int, effective: datetime, status: str = "open", **told) -> dict:
    return row(key, load, effective, **{"opened_at": at(20), "status": status, "severity": 2} | told)


OPEN = incident("1", THEN, at(27))


@pytest.mark.parametrize(
    ("later", "state", "restored", "severity"),
    [
        (OPEN, "open", None, 2),
        # Has been restored since: it was open, and that is how it was told.
        (incident("1", NOW, at(30), "resolved", restored_at=at(29)), "open", None, 2),
        # Had been restored before, which was not told: a correction.
        (incident("1", NOW, at(30), "resolved", restored_at=at(27)), "resolved", at(27), 2),
        # Restored before and closed since.
        (incident("1", NOW, at(30), "closed", restored_at=at(27), closed_at=at(29)), "resolved", at(27), 2),
        # Closed since, and without a date: it was open.
        (incident("1", NOW, at(30), "closed"), "open", None, 2),
        # It never was one.
        (incident("1", NOW, at(30), "cancelled"), "cancelled", None, 2),
        # Closed since, and of another severity all the while: only that is a correction.
        (incident("1", NOW, at(30), "resolved", restored_at=at(29), severity=1), "open", None, 1),
    ],
)
def test_an_incident_that_was_open(con, later, state, restored, severity):
    versions = [OPEN, later] if later is not OPEN else [OPEN]
    for column, expected in {"status": state, "restored_at": restored, "severity": severity}.items():
        present, past = seen(con, "incident", [OPEN], versions, column)
        assert (present, past) == ({"1": expected}, {}), column


def test_an_incident_that_was_told_as_restored_too_early(con):
    told = incident("1", THEN, at(27), "resolved", restored_at=at(21))
    later = incident("1", NOW, at(30), "resolved", restored_at=at(29))
    assert seen(con, "incident", [told], [told, later], "restored_at")[0] == {"1": None}
    assert seen(con, "incident", [told], [told, later], "status")[0] == {"1": "open"}
    # Reopened since: it counts as never restored.
    again = incident("1", NOW, at(30), "open")
    assert seen(con, "incident", [told], [told, again], "status")[0] == {"1": "open"}


def test_what_began_since_is_not_there_and_what_was_not_known_is(con):
    since = incident("2", NOW, at(30), opened_at=at(29))
    earlier = incident("3", NOW, at(30), opened_at=at(29), outage_started_at=at(28))
    unknown = incident("4", NOW, at(30), "resolved", restored_at=at(29))
    present, _ = seen(con, "incident", [OPEN], [OPEN, since, earlier, unknown], "status")
    assert present == {"1": "open", "3": "open", "4": "open"}


def test_versions_of_since_take_the_place_of_the_last_before(con):
    first, second = incident("1", THEN, at(21), severity=3), incident("1", THEN, at(27), severity=2)
    older = incident("1", NOW, at(24), severity=4)  # of an export that was loaded late
    newer = incident("1", NOW, at(30), severity=1)
    present, past = seen(con, "incident", [second], [first, older, second, newer], "severity")
    assert (present, past) == ({"1": 1}, {"1": 4})  # the last of the earlier ones
    present, past = seen(con, "incident", [second], [first, older, second, newer], "effective_at")
    assert (present, past) == ({"1": at(27)}, {"1": at(24)})


def test_what_tests_and_lists_say(con):
    tests = [row(str(n), load, day, control="A.8.8", tested_at=day, result="pass")
             for n, (load, day) in enumerate([(THEN, at(20)), (NOW, at(21)), (NOW, at(30))])]  # fmt: skip
    present, _ = seen(con, "control_test", tests[:1], tests, "tested_at")
    assert present == {"0": at(20), "1": at(21)}
    rates = [row("a", NOW, at(30), service="Payments", cost_per_hour=5.0, from_at=at(1, 10))]
    assert seen(con, "rate", [], rates, "cost_per_hour")[0] == {"a": 5.0}


def test_a_due_date_that_was_moved_since_holds_and_an_installation_of_since_does_not(con):
    told = row("p", THEN, at(27), asset="a", state="open", first_seen_at=at(1), due_at=at(20))
    later = row(
        "p", NOW, at(30), asset="a", state="fixed", first_seen_at=at(1), due_at=at(20, 10), fixed_at=at(30)
    )
    for column, expected in {"due_at": at(20, 10), "fixed_at": None, "state": "open"}.items():
        assert seen(con, "patch", [told], [told, later], column)[0] == {"p": expected}
