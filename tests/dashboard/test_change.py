"""What a load would change in the board's numbers, told from a trial before anything is saved."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dashboard.readings import Readings
from pipelines.snapshot import numbers
from pipelines.warehouse import load, trial

HEADER = "number,opened_at,sys_updated_on,state,priority,business_service,u_service_impact,u_outage_start,u_outage_end,resolved_at"


def outages(path: Path, *rows: tuple[str, datetime, float]) -> Path:
    lines = [HEADER]
    for number, start, hours in rows:
        end = start + timedelta(hours=hours)
        lines.append(f"{number},{start},{end},Resolved,1 - Critical,Payments,Outage,{start},{end},{end}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def held(tmp_path):
    """Three months of outages of two hours, and one in October, which closes the third quarter."""
    rows = [(f"INC{month}", datetime(2026, month, 5, 8), 2) for month in (7, 8, 9, 10)]
    [outcome] = load([outages(tmp_path / "held.csv", *rows)], tmp_path / "data")
    assert not outcome.error
    return tmp_path / "data"


def told(data: Path, *files: Path) -> dict[str, tuple]:
    """What the board's metrics would become in the month and the quarter that are told."""
    readings = Readings(data)
    with trial([*files], data) as tried:
        assert not [one.outcome.error for one in tried.checked if one.outcome.error]
        found = readings.changes(*tried.snapshot())
    return {
        change.metric.name: (
            change.month.name,
            change.before and change.before.text,
            change.after.text,
            change.quarter[0] and change.quarter[0].text,
            change.quarter[1].text,
            change.others,
        )
        for change in found
    }


def test_a_new_outage_changes_its_month_and_quarter(held, tmp_path):
    export = outages(tmp_path / "new.csv", ("INC50", datetime(2026, 9, 20, 8), 3))
    assert told(held, export)["downtime"] == ("2026-09", "2 h", "5 h", "6 h", "9 h", 0)
    assert numbers(held) == [1], "nothing is saved"


def test_earlier_months_that_change_too_are_counted(held, tmp_path):
    export = outages(
        tmp_path / "new.csv",
        ("INC50", datetime(2026, 7, 20, 8), 3),
        ("INC51", datetime(2026, 8, 20, 8), 3),  # the newest month that changes
    )
    assert told(held, export)["downtime"] == ("2026-08", "2 h", "5 h", "6 h", "12 h", 1)


def test_what_says_what_is_known_changes_nothing(held, tmp_path):
    export = outages(tmp_path / "again.csv", ("INC7", datetime(2026, 7, 5, 8), 2))
    assert told(held, export) == {}


def test_files_tried_together_see_each_other(held, tmp_path):
    one = outages(tmp_path / "one.csv", ("INC50", datetime(2026, 9, 20, 8), 3))
    other = outages(tmp_path / "other.csv", ("INC51", datetime(2026, 9, 20, 9), 3))  # overlaps two hours
    assert told(held, one, other)["downtime"][1:3] == ("2 h", "6 h")


def test_of_a_first_load_there_is_no_before(tmp_path):
    export = outages(tmp_path / "new.csv", ("INC50", datetime(2026, 9, 20, 8), 3))
    assert told(tmp_path / "data", export)["downtime"] == ("2026-09", None, "3 h", None, "3 h", 0)
