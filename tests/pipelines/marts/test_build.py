"""Marts are made after those they read, and again only when something they read has changed."""

import duckdb
import pytest

from pipelines import marts
from pipelines.marts import build_marts
from pipelines.snapshot import create_tables


@pytest.fixture
def con():
    with duckdb.connect() as con:
        create_tables(con)
        yield con


def test_every_file_of_the_folder_becomes_a_table(con):
    made = build_marts(con)

    assert sorted(made) == sorted(marts.marts())
    for name in made:
        con.execute(f"describe {name}")


def test_a_mart_comes_after_those_it_reads(con):
    made = build_marts(con)

    assert made.index("catalogue") < made.index("downtime") < made.index("outage_cost")


def test_only_what_reads_a_changed_record_is_made_again(con):
    build_marts(con)

    views = {"record_service", "unmapped"}  # cost nothing to make
    assets = {
        "asset_name",
        "mapped_asset",
        "asset_service",
        "asset_seen",
    }  # patches tell how machines are named
    assets |= {"patch_exception", "patch_excepted", "exception_item", "outlook"}
    patches = {"patch_asset", "patch_due", "patch_reach", "patch_obligation"}
    assert set(build_marts(con, {"patch"})) == patches | assets | views
    agreed = {"clock_shift", "agreed_time", "disturbance", "service_time", "service_day", "group_day"}
    named = {
        "service_name",
        "client_answer",
        "mapped_name",
        "component_service",
    }  # names that incidents give to services
    once = {"incident_link", "incident_group", "incident_merged", "incident_window", "incident_one"}
    clocks = {
        "incident_services",
        "incident_clock",
        "major_incident",
        "report_clock",
        "first_severity",
        "cause_chain",
    }
    told = {
        "downtime",
        "outage_cost",
        "labour_cost",
        "incident_cost",
        "disturbance",
        "service_time",
        "service_day",
        "group_day",
        *clocks,
        *once,
        *views,
    }
    named |= {
        "finding_obligation",
        "exception_item",
        "outlook",
    }  # a few findings, by the services that incidents name
    assert set(build_marts(con, {"incident"})) == told | named | agreed
    assert set(build_marts(con, {"calendar"})) == agreed | {"calendar_week", "report_clock"}
    assert set(build_marts(con, {"link"})) == told
    assert set(build_marts(con, {"rate"})) == {"hourly_rate", "outage_cost", "labour_cost"}
    assert "asset_seen" in build_marts(con, {"asset"})  # reads earlier versions too
    assert build_marts(con, set()) == []


def test_a_mart_of_a_newer_version_is_made_though_nothing_changed(con):
    build_marts(con)
    con.execute("drop table downtime")

    assert set(build_marts(con, set())) == {
        "downtime",
        "outage_cost",
        "disturbance",
        "service_time",
        "service_day",
        "group_day",
    }


def test_a_mart_that_was_a_table_becomes_a_view(con):
    con.execute("create table unmapped as select 1 as one")
    build_marts(con)

    assert con.execute("select view_name from duckdb_views() where view_name = 'unmapped'").fetchall()


def test_marts_that_read_each_other_are_refused(con, tmp_path, monkeypatch):
    (tmp_path / "hen.sql").write_text("select * from egg")
    (tmp_path / "egg.sql").write_text("select * from hen")
    monkeypatch.setattr(marts, "FOLDER", tmp_path)

    with pytest.raises(ValueError, match="cycle"):
        build_marts(con)
