"""Files on their way in: what a tray holds, what would become of them, and what is said afterwards."""

import pytest

from dashboard import intake
from dashboard.intake import Held, Trays, foretold, signed, take_in, told, try_out
from dashboard.readings import Readings
from pipelines import snapshot
from pipelines.errors import NotReady
from pipelines.warehouse import Checked, Outcome, load, loads

HEADER = "number,opened_at,sys_updated_on,state,priority\n"
ONE = (HEADER + "INC1,2026-09-01 08:00,2026-09-02 08:00,New,2 - High\n").encode()
OTHER = (HEADER + "INC2,2026-09-01 08:00,2026-09-02 08:00,New,2 - High\n").encode()


def test_a_typed_name_is_recorded_as_unverified():
    assert signed("  Ada   Lovelace ") == "Ada Lovelace (unverified)"
    assert signed("  ") is None


def test_refused_cells_are_told_beside_refused_rows():
    done = Outcome("x.csv", load=3, rows_read=6, accepted=4, rejected=2, cells_refused=3)
    assert "6 rows read, 4 accepted and 2 refused. Cells refused in rows that were kept: 3." in told(done)
    assert "Cells" not in told(Outcome("x.csv", load=3, rows_read=6, accepted=6))


def test_rows_that_are_no_records_are_told_so_that_the_counts_add_up():
    done = Outcome("x.csv", load=3, rows_read=6, accepted=4, rejected=1, set_aside=1)
    assert told(done) == "Load 3: 6 rows read, 4 accepted, 1 set aside and 1 refused."


def test_what_a_load_would_do_is_told_in_a_line():
    done = Outcome("x.csv", accepted=252, unchanged=3, superseded=1, rejected=1, cells_refused=2)
    assert foretold(Checked(done, added=212, updated=40)) == (
        "adds 212, updates 40, keeps 1 older update, leaves 3 as they are, refuses 1 row and 2 cells"
    )
    assert foretold(Checked(Outcome("x.csv"))) == "changes nothing"
    closing = Outcome("x.csv", unchanged=9, closed=2)
    assert foretold(Checked(closing)) == "leaves 9 as they are, closes 2 that it no longer lists"


def test_a_data_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").write_text("x", "utf-8")
    for begin in (Trays(tmp_path / "file" / "data").tray, lambda _: load([], tmp_path / "file" / "data")):
        with pytest.raises(NotReady, match=r"data folder .*/file/data cannot be written to: not a directory"):
            begin(None)


def test_the_same_file_lies_in_a_tray_once(tmp_path):
    tray = Trays(tmp_path).tray(None)
    assert tray.add("../../one.csv", ONE) and not tray.add("again.csv", ONE) and tray.add("b.csv", OTHER)
    assert [held.name for held in tray.files] == ["../../one.csv", "b.csv"]
    assert {path.parent for path in tray.folder.rglob("*")} == {tray.folder}, "a name is no path"


def test_a_tray_is_found_by_its_name_until_it_is_forgotten(tmp_path, monkeypatch):
    trays = Trays(tmp_path)
    tray = trays.tray(None)
    assert trays.tray(tray.id) is tray
    assert trays.tray("guessed") is not tray
    monkeypatch.setattr(intake, "FORGOTTEN", -1)
    assert trays.tray(tray.id) is not tray
    assert not tray.folder.exists()


def test_a_check_is_made_anew_only_where_something_else_is_said(tmp_path):
    tray, readings = Trays(tmp_path).tray(None), Readings(tmp_path)
    tray.add("one.csv", ONE)
    first = tray.check(tmp_path, readings)
    assert first.ended.wait(60) and not first.error
    [checked] = first.result.checked.values()
    assert (checked.outcome.source, checked.added) == ("servicenow_incident", 1)
    assert tray.check(tmp_path, readings) is first
    tray.answer(tray.files[0].id, dates="dmy")
    assert tray.files[0].asked.dates == "dmy"
    assert tray.check(tmp_path, readings) is not first


def test_taken_files_are_loaded_under_their_names_and_gone_afterwards(tmp_path):
    tray = Trays(tmp_path).tray(None)
    tray.add("one.csv", ONE)
    tray.add("other.csv", OTHER)
    taken = tray.take([tray.files[0].id])
    assert [held.name for held in tray.files] == ["other.csv"]
    [done] = take_in(taken, tmp_path, "Ada (unverified)")(lambda text: None)
    assert (done.load, done.accepted) == (1, 1)
    assert [(row["file"], row["who"]) for row in loads(tmp_path)] == [("one.csv", "Ada (unverified)")]
    assert not taken[0].path.exists() and tray.files[0].path.exists()


def test_what_an_older_version_loaded_is_brought_up_before_it_is_compared_with(tmp_path, monkeypatch):
    file = tmp_path / "one.csv"
    file.write_bytes(ONE)
    load([file], tmp_path / "data")
    monkeypatch.setattr(snapshot, "_fingerprint", lambda: "tables of a later version")
    tried = try_out([Held("a", "one.csv", file)], tmp_path / "data", Readings(tmp_path / "data"), str)
    assert (tried.checked["a"].added, tried.checked["a"].outcome.unchanged, tried.changes) == (0, 1, [])
