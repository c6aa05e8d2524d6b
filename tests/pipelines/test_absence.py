"""Exports of the complete state: what they cover and no longer list has closed, in the order of their moments."""

from datetime import timedelta

import pytest

from pipelines import warehouse
from pipelines.asked import Asked
from pipelines.snapshot import open_snapshot
from tests.pipelines.conftest import START, content, write_scan


def day(number: int):
    return START + timedelta(days=number)


def query(folder, sql):
    _, con = open_snapshot(folder / "data")
    with con:
        return con.execute(sql).fetchall()


def states(folder) -> dict:
    return dict(query(folder, "select key, state from patch"))


def history(folder, key: str) -> list:
    return query(
        folder,
        f"select state, effective_at, first_seen_at, fixed_at, reopened_at from patch_version where key = '{key}' order by effective_at, load",
    )


def test_what_a_later_scan_no_longer_lists_has_closed_at_its_moment(tmp_path, scan):
    scan(1, [("web1", "KB1"), ("web1", "KB2")])
    outcome = scan(5, [("web1", "KB2")])
    assert (outcome.accepted, outcome.unchanged, outcome.closed) == (0, 1, 1)
    assert outcome.notes[-1] == "closes 1 open record of what it covers that it no longer lists"
    assert states(tmp_path) == {"web1|KB1": "fixed", "web1|KB2": "open"}
    assert query(tmp_path, "select fixed_at, effective_at, load, row from patch where state = 'fixed'") == [
        (day(5), day(5), 2, None)
    ]
    (_, line) = warehouse.loads(tmp_path / "data")
    assert (line["closed"], line["rows_read"], line["unchanged"]) == (1, 1, 1)


def test_a_scan_closes_nothing_on_what_it_does_not_cover(tmp_path, scan):
    scan(1, [("web1", "KB1"), ("web2", "KB1"), ("WEB3", "KB1")])
    # web3 is covered, whatever its capitals, by a row that has nothing open
    assert scan(2, [("web1", "KB9"), ("web3", "clean", "not applicable")]).closed == 2
    assert states(tmp_path)["web2|KB1"] == "open"
    assert states(tmp_path)["web1|KB1"] == states(tmp_path)["WEB3|KB1"] == "fixed"


def test_an_accepted_exception_survives_a_scan_that_does_not_list_it(tmp_path, scan):
    scan(1, [("web1", "KB1", "excepted"), ("web1", "KB2")])
    assert scan(2, [("web1", "KB2")]).closed == 0
    assert states(tmp_path)["web1|KB1"] == "excepted"


def test_what_comes_back_reopens_with_the_day_it_was_first_seen(tmp_path, scan):
    scan(1, [("web1", "KB1", "open", 1), ("web1", "KB2")])
    scan(2, [("web1", "KB2")])
    scan(3, [("web1", "KB1", "open", 3), ("web1", "KB2")])
    again = scan(4, [("web1", "KB1", "open", 4), ("web1", "KB2")])
    assert again.unchanged == 2  # a scan that knows no more than itself begins nothing anew
    assert history(tmp_path, "web1|KB1") == [
        ("open", day(1), day(1), None, None),
        ("fixed", day(2), day(1), day(2), None),
        ("open", day(3), day(1), None, day(3)),
    ]


def test_an_older_scan_loaded_later_changes_history_and_not_the_present(tmp_path, scan):
    scan(1, [("web1", "KB1"), ("web1", "KB2"), ("web1", "KB3")])
    scan(9, [("web1", "KB2"), ("web1", "KB3")])
    late = scan(5, [("web1", "KB3")])
    assert (late.unchanged, late.closed) == (1, 2)
    assert states(tmp_path) == {"web1|KB1": "fixed", "web1|KB2": "open", "web1|KB3": "open"}
    # KB1 had closed by day 5 already; KB2 was away and is back
    assert [v[:2] for v in history(tmp_path, "web1|KB1")] == [("open", day(1)), ("fixed", day(5))]
    assert [v[:2] for v in history(tmp_path, "web1|KB2")] == [
        ("open", day(1)),
        ("fixed", day(5)),
        ("open", day(9)),
    ]
    closed = {line["load"]: line["closed"] for line in warehouse.loads(tmp_path / "data")}
    assert closed == {1: 0, 2: 0, 3: 2}


def test_the_order_of_loading_makes_no_difference(tmp_path, scan):
    scans = [
        (1, [("web1", "KB1"), ("web2", "KB1")]),
        (2, [("web1", "KB2")]),
        (3, [("web1", "KB1"), ("web2", "KB3")]),
    ]
    found = []
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        data = tmp_path / f"{order}"
        files = [write_scan(data, tmp_path / f"{at}.csv", rows) for at, rows in scans]
        for number in order:
            asked = Asked(as_of=day(scans[number][0]))
            warehouse.load([files[number]], data, asked=asked)
        _, con = open_snapshot(data)
        with con:
            found.append(
                con.execute(
                    "select key, state, effective_at, first_seen_at, fixed_at, reopened_at from patch_version order by all"
                ).fetchall()
            )
        before = content(data)
        warehouse.rebuild(data)
        assert content(data) == before
    assert found[0] == found[1] == found[2]


def test_several_scans_of_one_command_are_ordered_by_their_moments(tmp_path):
    data = tmp_path / "data"
    newer = write_scan(data, tmp_path / "newer.csv", [("web1", "KB2")])
    older = write_scan(data, tmp_path / "older.csv", [("web1", "KB1"), ("web1", "KB2")])
    asked = [Asked(as_of=day(2)), Asked(as_of=day(1))]
    first, second = warehouse.load([newer, older], data, asked=asked)
    assert (first.load, first.closed, first.unchanged) == (1, 1, 1)
    assert (second.load, second.accepted) == (2, 2)
    assert states(tmp_path)["web1|KB1"] == "fixed"


def test_a_withdrawn_scan_closed_nothing(tmp_path, scan):
    scan(1, [("web1", "KB1"), ("web1", "KB2")])
    before = states(tmp_path)
    scan(2, [("web1", "KB2")])
    warehouse.withdraw(2, tmp_path / "data", why="the wrong filter")
    assert states(tmp_path) == before


def test_the_same_scan_again_changes_nothing(tmp_path, scan):
    rows = [("web1", "KB2"), ("web2", "KB1")]
    scan(1, [("web1", "KB1"), ("web1", "KB2")])
    scan(2, rows)
    before = content(tmp_path / "data")
    again = scan(2, rows)
    assert (again.unchanged, again.closed) == (2, 0)
    assert {**content(tmp_path / "data"), "load": None} == {**before, "load": None}


def test_a_check_tells_what_would_close(tmp_path, scan):
    scan(3, [("web1", "KB1"), ("web1", "KB2")])
    for at, closed, unchanged in ((4, 1, 1), (2, 0, 0)):  # a later scan, and an older one
        export = write_scan(tmp_path / "data", tmp_path / "next.csv", [("web1", "KB2", "open", 5)])
        checked = warehouse.check(export, tmp_path / "data", asked=Asked(as_of=day(at)))
        assert (checked.outcome.closed, checked.outcome.unchanged) == (closed, unchanged)
    assert len(warehouse.loads(tmp_path / "data")) == 1


def test_a_row_that_cannot_be_used_is_listed_all_the_same(tmp_path, scan):
    data = tmp_path / "data"
    scan(1, [("web1", "KB1"), ("web1", "KB2"), ("web1", "KB3")])
    export = tmp_path / "next.csv"
    export.write_text(
        "scanned_host,weakness,level,found,looked,standing\nweb1,KB1,2,no date,,open\nweb1,KB3,2,2026-01-01,,open\n"
    )
    (outcome,) = warehouse.load([export], data, asked=Asked(as_of=day(2)))
    assert (outcome.rejected, outcome.closed) == (1, 1)  # KB2 only
    assert states(tmp_path) == {"web1|KB1": "open", "web1|KB2": "fixed", "web1|KB3": "open"}


@pytest.mark.parametrize("complete", [False, True])
def test_rows_that_cannot_be_read_may_be_what_is_missing(tmp_path, scan, complete):
    scan(1, [("web1", "KB1"), ("web1", "KB2")])
    outcome = scan(2, [("web1", ""), ("web1", "KB2")], complete=complete)
    assert outcome.closed == int(complete)
    assert bool(outcome.warnings) is not complete
    if not complete:
        assert "1 of its rows cannot be read and may be among them" in outcome.warnings[0]


def test_of_one_moment_each_may_be_a_part_of_the_same_export(tmp_path, scan):
    scan(1, [("web1", "KB1"), ("web1", "KB2"), ("web1", "KB3")])
    scan(2, [("web1", "KB1")])
    second = scan(2, [("web1", "KB2")])
    assert states(tmp_path) == {"web1|KB1": "open", "web1|KB2": "open", "web1|KB3": "fixed"}
    assert "load 2 is of the same moment" in second.warnings[0]
    assert [v[0] for v in history(tmp_path, "web1|KB2")] == ["open"]  # it was never away
    assert [line["closed"] for line in warehouse.loads(tmp_path / "data")] == [0, 1, 0]


def test_half_of_a_scan_closes_nothing_until_a_person_calls_it_whole(tmp_path, scan):
    whole = [(f"web{n % 5}", f"KB{n}") for n in range(20)]
    scan(1, whole)
    half = scan(2, whole[:10])
    assert half.closed == 0 and set(states(tmp_path).values()) == {"open"}
    size, stay = half.warnings
    assert size.startswith("It holds 10 rows, and the exports of scanner before it 20 (their median)")
    assert (
        stay
        == "It does not list 10 open records of what it covers; they stay open, since it may not be whole."
    )
    # it does not say how far the data reaches, either
    assert query(tmp_path, 'select "at" from as_of') == [(day(1),)]
    said = scan(2, whole[:10], complete=True)
    assert (said.closed, said.warnings) == (10, [])
    assert query(tmp_path, 'select "at" from as_of') == [(day(2),)]
    assert scan(3, whole[:9]).warnings == []  # what was called whole is the measure from then on
    assert {line["doubtful"] for line in warehouse.loads(tmp_path / "data")} == {True, False}
    before = content(tmp_path / "data")
    warehouse.rebuild(tmp_path / "data")
    assert content(tmp_path / "data") == before
