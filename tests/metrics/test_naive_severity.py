"""Incidents downgraded and upgraded against a second, naive implementation on random histories."""

from datetime import datetime, timedelta
from random import Random

import pytest

MONTHS = [datetime(2026, 6, 15), datetime(2026, 7, 15)]
AS_OF = {"tool": datetime(2026, 8, 31)}


def history(chance: Random, key: str) -> list[dict]:
    """The versions of one incident, oldest first; some of one moment, which only their sequence or load puts in order."""
    opened, at, versions = chance.choice(MONTHS), datetime(2026, 7, 20), []
    for number in range(chance.choice([1, 1, 2, 3, 4])):
        at += timedelta(days=chance.choice([0, 0, 1]))
        versions.append(
            {
                "key": key,
                "opened_at": opened,
                "effective_at": at,
                "sequence": number if key < "M" else 0,
                "load": 1 if key < "M" else number,
                "severity": chance.choice([1, 2, 3, 4, None]),
                "status": chance.choice(["open", "closed", "closed", "cancelled"]),
            }
        )
    return versions


@pytest.mark.parametrize("seed", range(2))
def test_severity_moved(world, seed):
    chance = Random(seed)
    histories = [history(chance, f"{half}{n}") for half in "AZ" for n in range(100)]
    past = [version for versions in histories for version in versions[:-1]]
    chance.shuffle(past)
    world.given({"incident": [versions[-1] for versions in histories], "incident_past": past}, AS_OF)

    for name in ("2026-06", "2026-07", "all"):
        period = world.calendar.period(name)
        moved = []
        for versions in histories:
            rated = [version["severity"] for version in versions if version["severity"]]
            last = versions[-1]
            inside = period.start <= last["opened_at"] < period.end
            if inside and last["severity"] and last["status"] != "cancelled":
                moved.append(last["severity"] - rated[0])
        for metric, met in (
            ("downgraded_incidents", sum(by > 0 for by in moved)),
            ("upgraded_incidents", sum(by < 0 for by in moved)),
        ):
            read = world.read(metric, name, {})
            assert (read.n, read.value) == (len(moved), pytest.approx(100 * met / len(moved)))


@pytest.mark.parametrize(("ticket", "met"), [(2, 0), (None, 100)])
def test_of_an_incident_that_two_tools_tell_of_the_record_that_rates_it_counts(world, ticket, met):
    told = {"opened_at": MONTHS[1], "status": "closed"}
    page = {**told, "source": "pager", "key": "PXMPL1", "links": ["INC0010001"]}
    rows = [{**told, "key": "INC0010001", "severity": ticket}, {**page, "severity": 3}]
    past = [{**page, "severity": 1, "effective_at": datetime(2025, 12, 1)}]
    as_of = {**AS_OF, "pager": AS_OF["tool"]}
    world.given({"incident": rows, "incident_past": past}, as_of, prefer="tool")
    read = world.read("downgraded_incidents", "all", {})
    assert (read.n, read.value) == (1, met)
