"""A rate whose date lies in the past restates modelled costs, which is said with its load and stays said."""

from datetime import date
from pathlib import Path

import pytest

from pipelines import warehouse
from pipelines.restated import restated

pytestmark = pytest.mark.usefixtures("marts")

HEADER = "number,opened_at,sys_updated_on,state,priority,business_service,u_service_impact,u_outage_start,u_outage_end,resolved_at"
INCIDENT = (
    "INC{0},{1} 08:00,2026-09-30 10:00,Resolved,1 - Critical,Payments,Outage,{1} 08:00,{1} 10:00,{1} 10:00"
)


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def rates(path: Path, *rows: str) -> Path:
    return written(path, "Service,Cost per hour,From", *rows)


def notes(outcome: warehouse.Outcome) -> list[str]:
    return [note for note in outcome.notes if note.startswith("restates")]


def test_a_rate_of_the_past_says_what_it_changes(tmp_path):
    data = tmp_path / "data"
    days = [
        INCIDENT.format(n, day)
        for n, day in enumerate(("2026-07-05", "2026-08-05", "2026-08-06", "2026-09-30"))
    ]
    first = rates(tmp_path / "rates.csv", "Payments,1000,2026-01-01")
    incidents, told = warehouse.load([written(tmp_path / "incidents.csv", HEADER, *days), first], data)
    assert not notes(incidents) and not notes(told)  # nothing was told before

    backdated = rates(tmp_path / "more.csv", "Payments,1500,2026-08-01", "Cards,9,2026-01-01")
    with warehouse.trial([backdated], data) as tried:
        tried.snapshot()
    (outcome,) = warehouse.load([backdated], data)
    said = "restates modelled costs of 2 past days, from 5 August 2026 on: 4,000 becomes 6,000 USD"
    assert notes(tried.checked[0].outcome) == [said]  # before anything is saved
    assert notes(outcome) == [said]  # the day on which the data ends is not over

    (again,) = warehouse.load([backdated], data)
    ahead = rates(tmp_path / "ahead.csv", "Payments,1600,2026-10-01")
    assert not notes(again)
    assert not notes(warehouse.load([ahead], data)[0])

    warehouse.rebuild(data)
    assert [load["load"] for load in warehouse.loads(data) if said in load["notes"]] == [outcome.load]


def test_a_calendar_of_the_past_says_what_it_changes(tmp_path):
    data = tmp_path / "data"
    days = [
        INCIDENT.format(n, day) for n, day in enumerate(("2026-08-03", "2026-09-30"))
    ]  # Monday to Wednesday
    week = "Desk,UTC,{},08:00-18:00,08:00-18:00,08:00-18:00,08:00-18:00,08:00-18:00,,,{}"
    head = "Calendar,Time zone,From,Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday,Holidays"
    first = [
        written(tmp_path / "incidents.csv", HEADER, *days),
        written(
            tmp_path / "services.csv",
            "Service,Owner,Business unit,Tier,Customer facing,Calendar",
            "Payments,A,B,1,yes,Desk",
        ),
        written(tmp_path / "week.csv", head, week.format("", "")),
    ]
    assert not any(map(notes, warehouse.load(first, data)))  # nothing was told before
    # From Monday 14 September on two hours less a day, on twelve days that are over; the last day of the data is not.
    later = written(tmp_path / "later.csv", head, week.format("2026-09-14", "").replace("18:00", "16:00"))
    (outcome,) = warehouse.load([later], data)
    (said,) = notes(outcome)
    assert said == (
        "restates availability of 12 past days, from 14 September 2026 on: of 120 agreed hours become 96, "
        "and 100.00 % becomes 100.00 %"
    )
    assert not notes(warehouse.load([later], data)[0])
    off = written(tmp_path / "off.csv", head, week.format("", "2026-08-03").replace("Desk", "desk"))
    (said,) = notes(warehouse.load([off], data)[0])
    assert said == (
        "restates availability of 1 past day, from 3 August 2026 on: of 10 agreed hours become 0, and 80.00 % becomes nothing"
    )


def test_a_day_with_other_downtime_than_before_is_not_restated_by_rates():
    before = {date(2026, 7, 1): (2.0, 100.0), date(2026, 8, 1): (1.0, 0.0), date(2026, 8, 2): (1.0, 5.0)}
    now = {date(2026, 7, 1): (3.0, 150.0), date(2026, 8, 1): (1.0, 50.0)}
    assert restated(before, now, "GBP") == (
        "restates modelled costs of 1 past day, from 1 August 2026 on: 0 becomes 50 GBP"
    )
    assert not restated(before, before, "GBP")
