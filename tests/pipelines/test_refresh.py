"""A warehouse follows the settings and the program's own definitions, without anything being loaded again."""

import pytest

from pipelines import snapshot, warehouse
from pipelines.errors import NotReady
from pipelines.snapshot import numbers, open_snapshot


def setting(data, name):
    _, con = open_snapshot(data)
    with con:
        return dict(con.execute("select name, value from setting").fetchall())[name]


@pytest.fixture
def filled(tmp_path, incidents):
    warehouse.load([incidents("1.csv", [("INC1", 1, "a")])], tmp_path)
    return tmp_path


def test_changed_settings_make_a_new_snapshot(filled):
    warehouse.refresh(filled)
    assert numbers(filled) == [1]  # nothing has changed
    (filled / "settings.toml").write_text('organisation = "Harbour Bank"\nseen_days = 7\n')
    warehouse.refresh(filled)
    assert numbers(filled) == [1, 2]
    assert (setting(filled, "organisation"), setting(filled, "seen_days")) == ("Harbour Bank", "7")


def test_changed_mart_definitions_make_the_marts_anew(filled, monkeypatch):
    made = []
    real = snapshot.build_marts
    monkeypatch.setattr(snapshot, "_mart_fingerprint", lambda: "another definition")
    monkeypatch.setattr(snapshot, "build_marts", lambda con, changed: made.append(changed) or real(con, changed))
    warehouse.refresh(filled)
    assert made == [None]  # all of them


def test_other_tables_are_made_by_a_replay_of_the_archive(filled, monkeypatch):
    monkeypatch.setattr(snapshot, "_fingerprint", lambda: "tables of a later version")
    said = []
    warehouse.refresh(filled, say=said.append)
    assert "rebuilt from the archive" in said[0]
    assert not snapshot.outdated(filled)


def test_a_newer_version_s_warehouse_is_refused(filled, monkeypatch):
    monkeypatch.setattr(snapshot, "SCHEMA", snapshot.SCHEMA - 1)
    with pytest.raises(NotReady, match="newer version"):
        warehouse.refresh(filled)


def test_broken_settings_are_named(filled):
    (filled / "settings.toml").write_text('timezone = "Mars/Olympus"\n')
    with pytest.raises(NotReady, match=r"settings\.toml cannot be used"):
        warehouse.refresh(filled)
