"""A warehouse follows the settings and the program's own definitions, without anything being loaded again."""

import pytest

from pipelines import snapshot, warehouse
from pipelines.errors import NotReady, Unreadable
from pipelines.snapshot import numbers, open_snapshot


def setting(data, name):
    _, con = open_snapshot(data)
    with con:
        return dict(con.execute("select name, value from setting").fetchall())[name]


@pytest.fixture
def filled(tmp_path, incidents):
    warehouse.load([incidents("1.csv", [("INC1", 1, "a")])], tmp_path)
    return tmp_path


@pytest.mark.usefixtures("marts")
def test_changed_settings_make_a_new_snapshot(filled):
    warehouse.refresh(filled)
    assert numbers(filled) == [1]  # nothing has changed
    (filled / "settings.toml").write_text('organisation = "Harbour Bank"\nseen_days = 7\n')
    warehouse.refresh(filled)
    assert numbers(filled) == [1, 2]
    assert (setting(filled, "organisation"), setting(filled, "seen_days")) == ("Harbour Bank", "7")


@pytest.mark.usefixtures("marts")
def test_changed_mart_definitions_make_the_marts_anew(filled, monkeypatch):
    made = []
    real = snapshot.build_marts
    monkeypatch.setattr(snapshot, "fingerprint", lambda: "another definition")
    monkeypatch.setattr(
        snapshot, "build_marts", lambda con, changed, **_: made.append(changed) or real(con, changed)
    )
    warehouse.refresh(filled)
    assert made == [None]  # all of them


@pytest.mark.usefixtures("marts")
def test_other_tables_are_made_by_a_replay_of_the_archive(filled, monkeypatch):
    monkeypatch.setattr(snapshot, "_fingerprint", lambda: "tables of a later version")
    said = []
    warehouse.refresh(filled, say=said.append)
    assert "rebuilt from the archive" in said[0]
    assert not snapshot.outdated(filled)


@pytest.mark.parametrize("way", ["load", "withdraw"])
def test_what_is_done_in_another_time_zone_is_done_after_a_rebuild(filled, incidents, way):
    (filled / "settings.toml").write_text('timezone = "Europe/Berlin"\n')
    said = []
    if way == "load":
        warehouse.load([incidents("2.csv", [("INC2", 2, "b")])], filled, say=said.append)
    else:
        warehouse.withdraw(1, filled, why="a test", say=said.append)
    assert "in another time zone: it is rebuilt" in said[0]
    assert numbers(filled) == [1, 2, 3]
    assert setting(filled, "timezone") == "Europe/Berlin"


@pytest.mark.parametrize("way", ["load", "withdraw"])
def test_a_snapshot_that_cannot_be_opened_is_named_with_what_to_do(filled, incidents, way):
    snapshot.path(filled, 1).write_bytes(b"no database")
    with pytest.raises(
        Unreadable, match=r"Snapshot 1 cannot be opened: .*000001\.duckdb.* pipelines rebuild"
    ):
        if way == "load":
            warehouse.load([incidents("2.csv", [("INC2", 2, "b")])], filled)
        else:
            warehouse.withdraw(1, filled, why="a test")
    assert numbers(filled) == [1]
    assert [path.name for path in filled.glob(".work-*")] == []


@pytest.mark.usefixtures("marts")
def test_a_newer_version_s_warehouse_is_refused(filled, monkeypatch):
    monkeypatch.setattr(snapshot, "SCHEMA", snapshot.SCHEMA - 1)
    with pytest.raises(NotReady, match="newer version"):
        warehouse.refresh(filled)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('timezone = "Mars/Olympus"', "Mars/Olympus"),
        ('timezone = "Europe"', "Europe"),  # a folder of zones
        ('timezone = "posixrules"', "posixrules"),  # known to Python, not to the database
        ("patch_days = {1 = -5}", "patch_days"),
        ("patch_days = {7 = 3}", "patch_days"),
        ("seen_days = 999999999999", "seen_days"),
        ('currency = "pounds"', "currency"),
        ("organization = 1", "organization"),  # misspelt
        ('regimes = ["GDPR"]', "'GDPR' tells no deadline"),
        ('regimes = "GDPR 72 h, NIS2 1 day"', "'NIS2 1 day' tells no deadline"),
        ("timezone = ", "Invalid value"),
    ],
)
def test_settings_that_cannot_be_used_are_named(filled, text, named):
    (filled / "settings.toml").write_text(text)
    with pytest.raises(NotReady, match=rf"settings\.toml cannot be used.*{named}"):
        warehouse.refresh(filled)
