"""A date without a time is a day of the organisation, from the export to the reading; a midnight that is stated is a moment."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dashboard.readings import Readings
from pipelines.asked import Asked
from pipelines.snapshot import open_snapshot
from pipelines.warehouse import load, refresh

WEST, EAST = "America/New_York", "Asia/Tokyo"


def written(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as lines:
        csv.writer(lines).writerows(rows)
    return path


def organised(folder: Path, zone: str) -> Path:
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "settings.toml").write_text(f'timezone = "{zone}"\n', "utf-8")
    return folder / "data"


def moment(text: str, zone: str) -> datetime:
    """A local time as it is stored: in UTC, without an offset."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)


def column(data: Path, record: str, name: str) -> list[datetime]:
    _, con = open_snapshot(data)
    with con:
        return [at for (at,) in con.execute(f"select {name} from {record} order by key").fetchall()]


@pytest.mark.parametrize("zone", [WEST, EAST])
def test_incidents_on_bare_dates_fall_in_their_own_month_and_quarter(tmp_path, zone):
    data = organised(tmp_path, zone)
    rows = [["Reference", "Incident", "Opened", "Severity", "Outage from", "Outage until", "As of"]]
    rows += [["A", "First day", "2026-07-01", "1", "", "", "2026-10-02"]]
    rows += [["B", "Last day", "2026-09-30", "1", "", "", "2026-10-02"]]
    rows += [["C", "Next day", "2026-10-01", "1", "", "", "2026-10-02"]]
    (done,) = load([written(tmp_path / "list.csv", rows)], data, asked=Asked(source="incident_list"))
    assert (done.error, done.accepted) == (None, 3)
    assert column(data, "incident", "opened_at") == [
        moment(f"{day}T00:00", zone) for day in ("2026-07-01", "2026-09-30", "2026-10-01")
    ]
    readings = Readings(data)

    def counted(period: str) -> int:
        return readings.reading("major_incidents", readings.period(period)).n

    assert [counted(p) for p in ("2026-06", "2026-07", "2026-08", "2026-09", "2026-Q3")] == [0, 1, 0, 1, 2]


@pytest.mark.parametrize("zone", [WEST, EAST, "UTC"])
def test_a_due_day_lasts_to_its_end_and_a_stated_midnight_does_not(tmp_path, zone):
    data = organised(tmp_path, zone)
    rows = [["Reference", "Finding", "Raised", "Due", "Closed", "Status", "As of"]]
    rows += [["A", "Day", "2026-07-01", "2026-09-15", "", "Open", "2026-10-02"]]
    rows += [["B", "Moment", "2026-07-01", "2026-09-15T00:00:00Z", "", "Open", "2026-10-02"]]
    (done,) = load([written(tmp_path / "list.csv", rows)], data, asked=Asked(source="finding_list"))
    assert (done.error, done.accepted) == (None, 2), done
    assert column(data, "finding", "due_at") == [
        moment("2026-09-15T23:59:59.999999", zone),
        datetime(2026, 9, 15),
    ]


def test_a_changed_zone_moves_the_days(tmp_path):
    data = organised(tmp_path, WEST)
    rows = [["Reference", "Incident", "Opened", "As of"], ["A", "First day", "2026-07-01", "2026-10-02"]]
    rows += [["B", "At a moment", "2026-07-01T00:00:00Z", "2026-10-02"]]
    load([written(tmp_path / "list.csv", rows)], data, asked=Asked(source="incident_list"))
    assert column(data, "incident", "opened_at") == [datetime(2026, 7, 1, 4), datetime(2026, 7, 1)]
    organised(tmp_path, EAST)
    refresh(data)
    assert column(data, "incident", "opened_at") == [datetime(2026, 6, 30, 15), datetime(2026, 7, 1)]
