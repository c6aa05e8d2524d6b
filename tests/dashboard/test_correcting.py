"""A record is corrected from where it is shown: with what it comes to, marked on it, listed among the loads, and undone."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.correcting import emptied, lasted, spans
from dashboard.view import shared_readings
from pipelines import warehouse
from pipelines.snapshot import open_snapshot

APP = str(Path(__file__).parents[2] / "dashboard" / "app.py")
RECORD = "by_hand:I-1"
# A list kept by hand: the end is told as how long it was from the start.
SOURCE = """
title     = "Outages kept by hand"
record    = "incident"
recognise = ["Ref", "Began", "Lasted"]
moment    = "load"

[columns]
key                = ["Ref"]
opened_at          = ["Began"]
severity           = ["Sev"]
restored_at_lasted = ["Lasted"]

[compute]
status      = "'resolved'"
impact      = "'outage'"
restored_at = "time_after(opened_at, restored_at_lasted, 'min')"
"""


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Two outages of two hours each, a folder that the dashboard is opened on."""
    folder = tmp_path / "data"
    source = folder / "sources" / "incident" / "by_hand.toml"
    source.parent.mkdir(parents=True)
    source.write_text(SOURCE)
    (folder / "settings.toml").write_text('timezone = "Europe/Berlin"\n')
    export = tmp_path / "outages.csv"
    export.write_text("Ref,Began,Sev,Lasted\nI-1,2026-07-02 08:00,1,120\nI-2,2026-07-03 08:00,1,120\n")
    (outcome,) = warehouse.load([export], folder)
    assert (outcome.error, outcome.accepted) == (None, 2)
    monkeypatch.setenv("DASHBOARD_DATA", str(folder))
    shared_readings.clear()
    yield folder
    shared_readings.clear()


def form():
    """The dialog, held open: a click in it runs all of a page anew where there is no browser."""
    from dashboard.correcting import correct
    from dashboard.view import View, shared_readings

    readings = shared_readings()
    correct(View(readings, readings.period("2026-07"), {}), [("incident", "by_hand:I-1")])


def undoing():
    from dashboard.undoing import undo

    undo(2, "corrections.csv")


def opened(page) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    return app


def at(name: str, **address: str) -> AppTest:
    """A page at an address."""
    app = AppTest.from_file(APP, default_timeout=60).run()
    app.switch_page(f"app_pages/{name}.py")
    for one, value in ({"period": "2026-07"} | address).items():
        app.query_params[one] = value
    app.run()
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(one for one in app.button if one.label == label).click().run()
    assert not app.exception
    return app


def asked(*columns: str) -> AppTest:
    app = opened(form)
    app.multiselect(key=f"correct-columns-{RECORD}").set_value([*columns]).run()
    assert not app.exception
    return app


def stands(data: Path, columns: str) -> tuple:
    _, con = open_snapshot(data)
    with con:
        return con.execute(f"select {columns} from incident where record_id = ?", [RECORD]).fetchone()


def button(app: AppTest, label: str):
    return next(one for one in app.button if one.label == label)


def test_an_end_told_by_a_duration_moves_with_its_start_and_one_is_told_so(data):
    seen = asked("opened_at")
    field = seen.datetime_input(key=f"correct-{RECORD}-opened_at")
    assert field.value == datetime(2026, 7, 2, 10), "what stands there, by the organisation's clocks"
    field.set_value(datetime(2026, 7, 2, 11)).run()
    (move,) = [one for one in seen.checkbox if one.label.startswith("Move restored at")]
    assert move.value and "to 2 Jul 2026, 13:00: it stays 2 h; its list tells it as a duration" in move.label
    move.uncheck().run()
    assert [one.value for one in seen.info] == ["From opened at to restored at: **1 h**, was 2 h"]
    next(one for one in seen.checkbox if one.label.startswith("Move restored at")).check().run()
    assert not seen.info
    seen.text_input[0].set_value("The log says so").run()
    press(seen, "Correct it")
    assert stands(data, "opened_at, restored_at") == (datetime(2026, 7, 2, 9), datetime(2026, 7, 2, 11))


def test_what_was_corrected_stands_on_the_record_and_is_undone_there(data):
    seen = asked("severity")
    seen.selectbox(key=f"correct-{RECORD}-severity").set_value(2).run()
    assert button(seen, "Correct it").disabled, "a reason is needed"
    seen.text_input[0].set_value("Only one client").run()
    press(seen, "Correct it")
    assert stands(data, "severity") == (2,)
    seen = at("incidents", record=RECORD)
    told = next(one.value for one in seen.markdown if "was corrected" in one.value)
    assert told.startswith("▲ **Severity** was corrected from 1 to **2** by ")
    assert told.endswith("load 2: Only one client")
    assert {"Correct it …", "Undo it …"} <= {one.label for one in seen.button}
    seen = at("metric", metric="major_incidents")
    loads = next(one.value for one in seen.dataframe if "rows_read" in one.value)
    assert loads["load"].tolist() == [2, 1]
    seen = opened(undoing)
    seen.text_input[0].set_value("It was right").run()
    press(seen, "Undo it")
    assert stands(data, "severity") == (1,)
    seen = at("incidents", record=RECORD)
    assert not [one for one in seen.markdown if "was corrected" in one.value]


def test_what_cannot_be_is_said_with_its_field(data):
    seen = asked("opened_at")
    seen.text_input[0].set_value("No idea").run()
    field = seen.datetime_input(key=f"correct-{RECORD}-opened_at")
    field.set_value(datetime(2026, 7, 2, 13)).run()
    next(one for one in seen.checkbox if one.label.startswith("Move restored at")).uncheck().run()
    assert [one.value for one in seen.error] == ["Restored at would lie before opened at: correct it too."]
    assert button(seen, "Correct it").disabled
    assert emptied("incident", {"opened_at": None, "title": "", "services": []}) == ["Opened at"]


def test_how_long_it_was_is_counted_from_the_start_that_is_known():
    at = datetime(2026, 7, 2, 8)
    row = {"opened_at": at, "restored_at": at + timedelta(hours=2), "outage_ended_at": at + timedelta(days=1)}
    assert spans("incident", row) == {
        "restored_at": ("opened_at", timedelta(hours=2)),
        "outage_ended_at": ("opened_at", timedelta(days=1)),
    }
    detected = spans("incident", row | {"detected_at": at + timedelta(minutes=5)})
    assert detected["restored_at"] == ("detected_at", timedelta(minutes=115))
    spoken = [lasted(timedelta(minutes=n)) for n in (0, 125, 1441, -60)]
    assert spoken == ["0 min", "2 h 5 min", "1 d 1 min", "−1 h"]
