"""Loads, versions, withdrawals and rebuilds: the numbers depend on what is loaded, not on how it got there."""

import json
import os
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines import mapping, snapshot, warehouse
from pipelines.asked import UNASKED, Asked
from pipelines.errors import NotReady
from pipelines.marts import reads
from pipelines.snapshot import numbers, open_snapshot
from tests.pipelines.conftest import START, content, write_incidents, write_scan


def present(data: Path) -> dict[str, str]:
    _, con = open_snapshot(data)
    with con:
        return dict(con.execute("select key, title from incident").fetchall())


def past(data: Path) -> list[tuple[str, str]]:
    _, con = open_snapshot(data)
    with con:
        return con.execute("select key, title from incident_past order by key, effective_at").fetchall()


def load(data: Path, *files: Path) -> list[warehouse.Outcome]:
    outcomes = warehouse.load(list(files), data)
    assert not [o.error for o in outcomes if o.error]
    return outcomes


def counts(outcome: warehouse.Outcome) -> tuple[int, int, int]:
    return outcome.accepted, outcome.unchanged, outcome.superseded


def test_a_newer_export_changes_the_present_and_keeps_the_past(tmp_path, incidents):
    first = incidents("first.csv", [("INC1", 1, "old"), ("INC2", 1, "same")])
    second = incidents("second.csv", [("INC1", 2, "new"), ("INC2", 2, "same")])
    load(tmp_path, first)
    (outcome,) = load(tmp_path, second)
    assert counts(outcome) == (1, 1, 0)  # INC2 says nothing new
    assert present(tmp_path) == {"INC1": "new", "INC2": "same"}
    assert past(tmp_path) == [("INC1", "old")]


def write_lines(path: Path, titles: list) -> Path:
    """JSON lines like the exports of ServiceNow; the dates of the first alone tell that the day comes first."""
    dated = [("13/01/2026", "14/01/2026"), *[("02/01/2026", "03/01/2026")] * len(titles)]
    lines = [
        {"number": f"INC{n}", "opened_at": opened, "sys_updated_at": updated, "state": "In Progress"}
        | {"priority": "2 - High", "short_description": title}
        for n, (title, (opened, updated)) in enumerate(zip(titles, dated, strict=False))
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n", "utf-8")
    return path


@pytest.mark.parametrize(
    ("titles", "held"),
    [
        (["first", 10, 0.1, True, None], ["first", "10", "0.1", "true", None]),
        (["first", 1e22, [1e-7]], ["first", "1e22", "[1e-7]"]),  # not read as a table's texts
    ],
)
def test_lines_of_json_are_taken_as_they_stand(tmp_path, titles, held):
    (outcome,) = load(tmp_path, write_lines(tmp_path / "lines.jsonl", titles))
    assert counts(outcome) == (len(titles), 0, 0)
    assert present(tmp_path) == {f"INC{n}": title for n, title in enumerate(held)}
    assert any("day first" in note for note in outcome.notes)


@pytest.mark.parametrize("cut", ["", "x"])  # one of the two cuts a letter of the message about it in two
def test_a_line_that_says_a_key_twice_says_what_it_says_first(tmp_path, cut):
    file = write_lines(tmp_path / "lines.jsonl", ["first", "second"])
    first, second = file.read_text("utf-8").splitlines()
    second = f'{{"u_note": "{cut}{"é" * 99}", {second[1:-1]}, "short_description": "third"}}'
    file.write_text(f"{first}\n{second}\n", "utf-8")
    assert [look.count for look in mapping.look(file, tmp_path, file.name, UNASKED)] == [2]
    (outcome,) = load(tmp_path, file)
    assert counts(outcome) == (2, 0, 0)
    assert present(tmp_path) == {"INC0": "first", "INC1": "second"}


def test_a_damaged_line_refuses_the_file_and_is_named(tmp_path):
    file = write_lines(tmp_path / "lines.jsonl", [str(n) for n in range(5000)])
    lines = file.read_text("utf-8").splitlines()
    lines[4321] = lines[4321].replace("INC4321", 'INC"4321')
    file.write_text("\n".join(lines), "utf-8")
    (outcome,) = warehouse.load([file], tmp_path)
    assert "lines.jsonl is not sound JSON" in outcome.error and "in line 4322, " in outcome.error


def test_an_older_export_loaded_later_changes_history_only(tmp_path, incidents):
    load(tmp_path, incidents("new.csv", [("INC1", 5, "new")]))
    (outcome,) = load(tmp_path, incidents("old.csv", [("INC1", 1, "old")]))
    assert counts(outcome) == (1, 0, 0)
    assert present(tmp_path) == {"INC1": "new"}
    assert past(tmp_path) == [("INC1", "old")]


def test_the_same_file_again_changes_no_number(tmp_path, incidents):
    export = incidents("a.csv", [("INC1", 1, "old"), ("INC1", 2, "new"), ("INC2", 1, "other")])
    (first,) = load(tmp_path, export)
    before = content(tmp_path)
    (again,) = load(tmp_path, export)
    after = content(tmp_path)
    assert counts(first) == (2, 0, 1)  # the older update of INC1 is superseded
    assert counts(again) == (0, 3, 0)
    assert {**after, "load": None} == {**before, "load": None}


def test_a_value_that_comes_back_is_a_version_again(tmp_path, incidents):
    load(tmp_path, incidents("1.csv", [("INC1", 1, "a")]))
    (outcome,) = load(tmp_path, incidents("2.csv", [("INC1", 2, "b"), ("INC1", 3, "a")]))
    assert counts(outcome) == (1, 0, 1)
    assert present(tmp_path) == {"INC1": "a"}
    assert past(tmp_path) == [("INC1", "a"), ("INC1", "b")]


def test_an_older_export_does_not_hide_that_the_newer_content_was_seen_again(tmp_path, incidents):
    load(tmp_path, incidents("1.csv", [("INC1", 1, "a")]), incidents("3.csv", [("INC1", 3, "a")]))
    load(tmp_path, incidents("2.csv", [("INC1", 2, "b")]))
    assert present(tmp_path) == {"INC1": "a"}
    assert past(tmp_path) == [("INC1", "a"), ("INC1", "b")]


def test_the_same_key_twice_with_other_content_is_rejected_not_overwritten(tmp_path, incidents):
    export = incidents("a.csv", [("INC1", 1, "first"), ("INC1", 1, "second"), ("INC1", 1, "first")])
    (outcome,) = load(tmp_path, export)
    assert (outcome.accepted, outcome.rejected, outcome.unchanged) == (1, 1, 1)  # the third repeats the first
    assert present(tmp_path) == {"INC1": "first"}
    (reject,) = warehouse.rejects(tmp_path, outcome.load)
    assert (reject["row"], reject["column"], reject["value"]) == (3, "key", "INC1")


def test_a_withdrawn_load_was_never_loaded(tmp_path, incidents):
    exports = [
        incidents("1.csv", [("INC1", 1, "a")]),
        incidents("2.csv", [("INC1", 2, "b"), ("INC2", 1, "x")]),
    ]
    load(tmp_path / "both", *exports)
    warehouse.withdraw(1, tmp_path / "both", why="wrong file")
    load(tmp_path / "one", exports[1])
    assert present(tmp_path / "both") == present(tmp_path / "one") == {"INC1": "b", "INC2": "x"}
    assert past(tmp_path / "both") == past(tmp_path / "one") == []
    (line, _) = warehouse.loads(tmp_path / "both")
    assert line["withdrawn_why"] == "wrong file"
    with pytest.raises(NotReady, match="withdrawn already"):
        warehouse.withdraw(1, tmp_path / "both", why="again")


def test_a_withdrawn_duplicate_brings_back_what_the_other_load_knew(tmp_path, incidents):
    export = incidents("1.csv", [("INC1", 1, "a")])
    load(tmp_path, export)
    load(tmp_path, export)  # unchanged: holds no version of its own
    said = warehouse.withdraw(1, tmp_path, why="loaded twice")
    assert said == "No number changes: other loads hold all that it brought."
    assert present(tmp_path) == {"INC1": "a"}
    load(tmp_path, incidents("2.csv", [("INC1", 2, "b")]))
    assert not warehouse.withdraw(3, tmp_path, why="the last of its version")
    assert present(tmp_path) == {"INC1": "a"}


def test_one_file_refused_does_not_keep_the_others_out(tmp_path, incidents):
    nonsense = tmp_path / "menu.csv"
    nonsense.write_text("dish,price\nsoup,4\n")
    good, bad = warehouse.load([incidents("1.csv", [("INC1", 1, "a")]), nonsense], tmp_path / "data")
    assert good.error is None and good.load == 1
    assert "No source recognises it" in bad.error and "dish" in bad.error
    assert present(tmp_path / "data") == {"INC1": "a"}
    (gone,) = warehouse.load([nonsense], tmp_path / "data")
    assert gone.error and numbers(tmp_path / "data") == [1]  # nothing was published


def test_a_check_changes_nothing(tmp_path, incidents):
    export = incidents("1.csv", [("INC1", 1, "a"), ("", 1, "no number")])
    checked = warehouse.check(export, tmp_path / "data")
    assert checked.outcome.source == "servicenow_incident"
    assert (checked.outcome.accepted, checked.outcome.rejected) == (1, 1)
    assert checked.rows[0]["title"] == "a"
    assert checked.rejects[0]["row"] == 3
    assert numbers(tmp_path / "data") == [] and not (tmp_path / "data" / "archive").exists()


def test_rebuilt_from_the_archive_alone(tmp_path, incidents):
    load(tmp_path, incidents("1.csv", [("INC1", 1, "a")]))
    load(tmp_path, incidents("2.csv", [("INC1", 2, "b")]))
    warehouse.withdraw(2, tmp_path, why="test")
    before = content(tmp_path)
    for file in (tmp_path / "warehouse").glob("*.duckdb"):
        file.write_bytes(b"not a database")
    warehouse.rebuild(tmp_path)
    assert content(tmp_path) == before


def test_a_snapshot_is_on_disk_whole_before_it_bears_its_number(tmp_path, incidents, monkeypatch):
    final, synced = snapshot.path(tmp_path, 1), {}

    def sync(descriptor: int, real=os.fsync) -> None:
        real(descriptor)
        state = os.fstat(descriptor)
        synced[state.st_ino] = state.st_size, state.st_mtime_ns, final.exists()

    monkeypatch.setattr(os, "fsync", sync)
    load(tmp_path, incidents("1.csv", [("INC1", 1, "a")]))
    state = final.stat()
    assert synced[state.st_ino] == (state.st_size, state.st_mtime_ns, False)  # and not written to since
    assert state.st_size and synced[final.parent.stat().st_ino][2]  # then the name
    assert {file.name for file in final.parent.iterdir()} == {final.name, "lock"}  # and no log beside it


SLOW_AND_SHARED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
UPDATE = st.tuples(st.sampled_from(["INC1", "INC2", "INC3"]), st.integers(1, 4), st.sampled_from("ab"))
EXPORT = st.lists(UPDATE, min_size=1, max_size=5)


@settings(max_examples=15, deadline=None, suppress_health_check=SLOW_AND_SHARED)
@given(exports=st.lists(EXPORT, min_size=1, max_size=4), order=st.data())
def test_any_order_of_loads_and_withdrawals_equals_a_rebuild_of_what_remains(exports, order):
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        files = [write_incidents(data / f"{i}.csv", rows) for i, rows in enumerate(exports)]
        for file in order.draw(st.lists(st.sampled_from(files), min_size=1, max_size=5)):
            load(data, file)
        count = len(warehouse.loads(data))
        gone = order.draw(st.lists(st.integers(1, count), unique=True, max_size=count))
        for number in gone:
            warehouse.withdraw(number, data, why="test")
        woven = content(data)
        warehouse.rebuild(data)
        assert content(data) == woven
        assert _naive(warehouse.loads(data), files) == _versions(data)


FINDING = st.tuples(
    st.sampled_from(["a", "b"]), st.sampled_from(["x", "y"]), st.sampled_from(["open", "excepted"])
)
SCAN = st.tuples(st.integers(1, 6), st.lists(FINDING, min_size=1, max_size=4, unique_by=lambda f: f[:2]))


@settings(max_examples=15, deadline=None, suppress_health_check=SLOW_AND_SHARED)
@given(scans=st.lists(SCAN, min_size=1, max_size=5), order=st.data())
def test_scans_in_any_order_say_what_they_say_in_the_order_of_their_moments(scans, order):
    """A naive telling: walk the scans by moment; a finding not listed on a host that is has been fixed then."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        for number in order.draw(st.permutations(range(len(scans)))):
            day, rows = scans[number]
            file = write_scan(data, data / f"{number}.csv", rows)
            warehouse.load([file], data, asked=Asked(as_of=START + timedelta(days=day), complete=True))
        for number in order.draw(st.lists(st.integers(1, len(scans)), unique=True)):
            warehouse.withdraw(number, data, why="test")
        woven = content(data)
        warehouse.rebuild(data)
        assert content(data) == woven
        naive: dict[str, str] = {}
        remaining = [line for line in warehouse.loads(data) if line["withdrawn_at"] is None]
        for line in sorted(remaining, key=lambda line: (line["moment"], line["load"])):
            _, rows = scans[int(Path(line["file"]).stem)]
            listed = {f"{host}|{weakness}": state for host, weakness, state in rows}
            covered = {host for host, *_ in rows}
            for key, state in naive.items():
                if state == "open" and key not in listed and key[0] in covered:
                    naive[key] = "fixed"
            naive |= listed
        if len({line["moment"] for line in remaining}) < len(remaining):
            return  # which of two scans of one moment is the later one, nothing says
        _, con = open_snapshot(data)
        with con:
            assert dict(con.execute("select key, state from patch").fetchall()) == naive


def _versions(data: Path) -> dict[str, list[str]]:
    _, con = open_snapshot(data)
    with con:
        rows = con.execute(
            "select key, title from incident_version order by key, effective_at, load, row"
        ).fetchall()
    found: dict[str, list[str]] = {}
    for key, title in rows:
        found.setdefault(key, []).append(title)
    return found


def _naive(loads: list[dict], files: list[Path]) -> dict[str, list[str]]:
    """Every update of the remaining loads in its order of time, without repeats of the one before."""
    updates: dict[tuple[str, datetime], list[str]] = {}
    for line in loads:
        if line["withdrawn_at"] is None:
            text = next(f for f in files if f.name == line["file"]).read_text().splitlines()[1:]
            seen: dict[tuple, str] = {}
            for row in text:
                number, _, updated, _, _, title = row.split(",")
                seen.setdefault((number, updated), title)  # a second one of the same moment is a conflict
            for moment, title in seen.items():
                at = updates.setdefault(moment, [])
                if title not in at:
                    at.append(title)
    found: dict[str, list[str]] = {}
    for (number, _), titles in sorted(updates.items()):
        line = found.setdefault(number, [])
        for title in titles:
            if not line or line[-1] != title:
                line.append(title)
    return found


def test_a_second_writer_waits_and_says_for_whom(tmp_path, incidents):
    import threading

    load(tmp_path, incidents("1.csv", [("INC1", 1, "a")]))
    said, inside, go = [], threading.Event(), threading.Event()

    def slow(text: str) -> None:
        inside.set()
        go.wait(10)

    first = threading.Thread(
        target=lambda: warehouse.load([incidents("2.csv", [("INC2", 1, "b")])], tmp_path, who="Ada", say=slow)
    )
    first.start()
    inside.wait(10)

    def waiting(text: str) -> None:
        said.append(text)
        go.set()

    warehouse.load([incidents("3.csv", [("INC3", 1, "c")])], tmp_path, say=waiting)
    first.join()
    assert said[0].startswith("Waiting for Ada")
    assert present(tmp_path) == {"INC1": "a", "INC2": "b", "INC3": "c"}


HEADER = "number,opened_at,sys_updated_at,state,priority,short_description\n"


def as_of(data: Path) -> list[tuple]:
    _, con = open_snapshot(data)
    with con:
        return con.execute('select instance, "at" from as_of order by all').fetchall()


def refused(data: Path, text: str, **how) -> str:
    export = data.parent / "refused.csv"
    export.write_text(HEADER + text)
    (outcome,) = warehouse.load([export], data, **how)
    return outcome.error or ""


def test_what_was_not_taken_does_not_say_how_far_the_data_reaches(tmp_path, incidents):
    data = tmp_path / "data"
    load(data, incidents("1.csv", [("INC1", 1, "a"), ("", 30, "no number")]))
    reach = [("servicenow_incident", datetime(2026, 1, 2))]  # not the rejected row's 31 January
    assert as_of(data) == reach
    assert "None of its 1 rows can be used" in refused(data, ",2026-03-01,2026-03-01,New,2 - High,x\n")
    assert "a quote in this line" in refused(data, '2,"open,2026-03-01,New,2 - High,x\n')
    assert as_of(data) == reach


def test_each_instance_reaches_as_far_as_its_own_exports(tmp_path, incidents):
    warehouse.load([incidents("1.csv", [("INC1", 1, "a")])], tmp_path, instance="one")
    warehouse.load([incidents("2.csv", [("INC1", 9, "b")])], tmp_path, instance="two")
    assert as_of(tmp_path) == [("one", datetime(2026, 1, 2)), ("two", datetime(2026, 1, 10))]
    assert len(content(tmp_path)["incident"]) == 2


def test_an_instance_is_of_one_source(tmp_path, incidents):
    warehouse.load([incidents("1.csv", [("INC1", 1, "a")])], tmp_path, instance="main")
    other = tmp_path / "status.jsonl"
    line = '{"id": "INC1", "title": "x", "published_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z", "started_at": "2026-01-01T00:00:00Z", "resolved_at": null, "downtime_start": null, "downtime_end": null, "impact": "none"}\n'
    other.write_text(line * 2)
    (outcome,) = warehouse.load([other], tmp_path, instance="main")
    assert (
        outcome.error
        == "The instance main holds records of servicenow_incident, and this is statuspage_incident."
    )


def test_a_moment_is_neither_in_the_future_nor_before_the_updates(tmp_path, incidents):
    export = incidents("1.csv", [("INC1", 30, "a")])
    with pytest.raises(NotReady, match="lies in the future"):
        warehouse.load([export], tmp_path, asked=Asked(as_of=datetime(2062, 9, 30)))
    (outcome,) = warehouse.load([export], tmp_path, asked=Asked(as_of=datetime(2026, 1, 15)))
    assert "after its moment" in outcome.error


def test_a_damaged_snapshot_is_named_with_the_command_that_mends_it(tmp_path, incidents):
    load(tmp_path, incidents("1.csv", [("INC1", 1, "a")]))
    before = content(tmp_path)
    (tmp_path / "warehouse" / "000001.duckdb").write_bytes(b"no database")
    with pytest.raises(NotReady, match="pipelines rebuild"):
        warehouse.loads(tmp_path)
    warehouse.rebuild(tmp_path)
    assert content(tmp_path) == before


def test_a_trial_tells_what_is_new_and_what_is_updated_file_by_file(tmp_path, incidents):
    load(tmp_path, incidents("1.csv", [("INC1", 1, "a"), ("INC2", 1, "a")]))
    first = incidents("2.csv", [("INC1", 2, "b"), ("INC2", 1, "a"), ("INC3", 2, "new")])
    second = incidents("3.csv", [("INC3", 3, "newer"), ("INC4", 3, "new")])  # INC3 is new in the file before
    with warehouse.trial([first, second], tmp_path) as tried:
        assert [(one.added, one.updated) for one in tried.checked] == [(1, 1), (1, 1)]
        assert tried.checked[0].outcome.unchanged == 1
    assert numbers(tmp_path) == [1]


def test_each_file_is_read_with_what_is_said_of_it(tmp_path):
    lists = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for number, path in enumerate(lists):
        path.write_text(f"number,opened_at,state,priority\nINC{number},2026-01-01,New,2 - High\n", "utf-8")
    answers = [Asked(as_of=datetime(2026, 1, 2)), Asked()]
    outcomes = warehouse.load(lists, tmp_path / "data", asked=answers)
    assert [outcome.asks for outcome in outcomes] == [None, {"as_of": []}]
    assert "--as-of" in outcomes[1].todo


@pytest.mark.usefixtures("marts")
def test_an_export_loaded_again_leaves_the_marts_as_they_are(tmp_path, incidents, monkeypatch):
    data, export = tmp_path / "data", incidents("1.csv", [("INC1", 1, "a"), ("INC2", 1, "b")])
    load(data, export)
    made = []
    real = snapshot.build_marts
    monkeypatch.setattr(snapshot, "build_marts", lambda con, changed, **_: made.append(real(con, changed)))
    load(data, export)
    load(data, incidents("2.csv", [("INC1", 2, "c")]))
    assert made[0] == [] and "incident_clock" in made[1]


@pytest.mark.usefixtures("marts")
def test_marts_are_of_what_is_loaded_however_it_came_to_be_so(tmp_path, incidents):
    def made(data: Path) -> dict[str, list]:
        _, con = open_snapshot(data)
        with con:
            return {name: sorted(map(repr, con.execute(f"from {name}").fetchall())) for name in reads()}

    load(tmp_path, incidents("1.csv", [("INC1", 1, "a"), ("INC2", 2, "b")]))
    load(tmp_path, incidents("2.csv", [("INC1", 3, "c"), ("INC3", 3, "d")]))
    write_scan(tmp_path, scan := tmp_path / "scan.csv", [("host", "weakness", "open", -40)])
    warehouse.load([scan], tmp_path, asked=Asked(as_of=START))
    three = made(tmp_path)
    assert [len(three[mart]) for mart in ("incident_clock", "patch_obligation")] == [3, 1]
    warehouse.withdraw(2, tmp_path, why="test")
    two = made(tmp_path)
    assert [len(two[mart]) for mart in ("incident_clock", "patch_obligation")] == [2, 1]
    warehouse.rebuild(tmp_path)
    assert made(tmp_path) == two


def test_tables_of_several_sources_in_one_file_are_a_load_each_and_stay_so(tmp_path, incidents):
    export = incidents("a.csv", [("INC1", 1, "a")])
    export.write_text(
        export.read_text("utf-8")
        + "\nReference,Change,Kind,Outcome,Opened,As of\nC1,x,Normal,Successful,2026-01-01,2026-01-02\n"
        + "C2,y,Normal,Unsuccessful,2026-01-01,2026-01-02\n",
        "utf-8",
    )
    outcomes = load(tmp_path, export, export)  # each twice: the second time nothing is new
    assert sorted((o.source, o.accepted, o.unchanged) for o in outcomes) == [
        ("change_list", 0, 2),
        ("change_list", 2, 0),
        ("servicenow_incident", 0, 1),
        ("servicenow_incident", 1, 0),
    ]
    before = content(tmp_path)
    warehouse.rebuild(tmp_path)
    assert content(tmp_path) == before
    for one in outcomes:
        if one.source == "change_list":
            warehouse.withdraw(one.load, tmp_path, why="a test")
    assert present(tmp_path) == {"INC1": "a"} and not content(tmp_path)["change"]


def test_a_service_map_that_points_at_no_service_is_warned_of(tmp_path):
    def write(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text, "utf-8")
        return tmp_path / name

    services = write("services.csv", "Service,Owner,Business unit,Customer facing\nPayments,A,B,yes\n")
    rules = write("map.csv", "Name,Service,Match\nweb1,PAYMENTS,Exact\nweb2,Paymets,Exact\n")
    (before,) = load(tmp_path / "data", rules)
    (listed,) = load(tmp_path / "data", services)
    (again,) = load(tmp_path / "data", rules)
    assert before.warnings == []  # there is no list of services that could know it
    assert [w.partition(".")[0] for w in (*listed.warnings, *again.warnings)] == [
        "The service map points at services that the list of services does not know: Paymets (1)"
    ] * 2


def test_rows_that_stand_twice_in_a_first_export_are_said_to(tmp_path, incidents):
    export = incidents("a.csv", [("INC1", 1, "a"), ("INC1", 1, "a"), ("INC2", 1, "b")])
    note = "1 row says what another row of the file says: counted as unchanged"
    (first,) = load(tmp_path, export)
    assert (counts(first), note in first.notes) == ((2, 1, 0), True)
    (again,) = load(tmp_path, export)  # now they say what is held
    assert (counts(again), any("another row" in told for told in again.notes)) == ((0, 3, 0), False)


def test_a_file_is_called_by_a_name_of_one_line(tmp_path, incidents):
    (outcome,) = load(tmp_path, incidents("a\nb \x1b[31m\u202ec.csv", [("INC1", 1, "a")]))
    assert outcome.file == "a b  [31m c.csv" == warehouse.loads(tmp_path)[0]["file"]
    odd = incidents("d.csv", [("INC1", 1, "a")])
    odd = odd.rename(odd.with_name(b"d\xff.csv".decode("utf-8", "surrogateescape")))
    (outcome,) = warehouse.load([odd], tmp_path)
    assert (outcome.file, "bytes that are no text" in outcome.error) == ("d?.csv", True)
