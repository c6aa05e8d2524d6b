"""What a person says of an export: its moment is a day of the organisation, all of it, or a time in UTC."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from pipelines import warehouse
from pipelines.asked import moment_of
from pipelines.errors import NotReady

NOW = datetime(2026, 10, 1, 12)


@pytest.mark.parametrize(
    ("said", "zone", "moment"),
    [
        ("2026-09-30", "UTC", datetime(2026, 9, 30, 23, 59, 59)),
        ("2026-09-30", "America/New_York", datetime(2026, 10, 1, 3, 59, 59)),
        ("2026-09-30", "Asia/Tokyo", datetime(2026, 9, 30, 14, 59, 59)),
        ("2026-03-29", "Europe/Berlin", datetime(2026, 3, 29, 21, 59, 59)),  # summer time begins on that day
        ("2026-10-01", "UTC", NOW),  # is not over yet
        ("2026-10-02", "UTC", datetime(2026, 10, 2, 23, 59, 59)),  # to come: refused where it is loaded
        ("2026-09-30T14:05", "Asia/Tokyo", datetime(2026, 9, 30, 14, 5)),
        ("2026-09-30 14:05:06", "UTC", datetime(2026, 9, 30, 14, 5, 6)),
        ("2026-09-30T14:05+02:00", "UTC", datetime(2026, 9, 30, 12, 5)),
    ],
)
def test_a_day_is_the_organisations_and_a_time_is_utc(said, zone, moment):
    assert moment_of(said, ZoneInfo(zone), NOW) == moment


@pytest.mark.parametrize("said", ["yesterday", "30.09.2026", "2026-02-30", ""])
def test_anything_else_is_named(said):
    with pytest.raises(NotReady, match="is neither a day, such as 2026-09-30, nor a time in UTC"):
        moment_of(said, ZoneInfo("UTC"), NOW)


def test_the_command_takes_a_day_to_its_end_where_the_organisation_is(tmp_path, monkeypatch, capsys):
    from pipelines import cli

    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.toml").write_text('timezone = "America/New_York"\n', "utf-8")
    export = tmp_path / "a.csv"
    export.write_text("number,opened_at,state,priority\nINC1,2026-01-01,New,2 - High\n", "utf-8")
    words = ["pipelines", "load", str(export), "--as-of", "2026-01-05", "--data", str(tmp_path / "data")]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit):
        cli.main()
    (done,) = warehouse.loads(tmp_path / "data")
    assert done["moment"] == datetime(2026, 1, 6, 4, 59, 59)
