"""Chains of causes against a second, naive implementation on random references, circles among them."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import pytest

START = datetime(2026, 7, 1)
AS_OF = {"tool": datetime(2026, 8, 1), "page": datetime(2026, 8, 1)}
SIZE = 120
CHANGES, PROBLEMS, NOTHING = ["CH-1", "CHG0030001"], ["PRB0040001"], ["lightning", "INC7777777"]


def incidents(chance: Random) -> list[dict]:
    """Incidents of two tools; each outage hits a service of its own, for an hour or two within one day."""
    keys = [f"INC{n:03}" for n in range(SIZE)]
    rows = []
    for number, key in enumerate(keys):
        starts = START + timedelta(hours=chance.randrange(0, 27 * 24))
        hours = chance.choice([1, 2]) if starts.hour < 21 else 1
        impact = chance.choice(["outage", "outage", "none", None])
        causes = chance.sample(
            [*chance.sample(keys, 5), key, *CHANGES, *PROBLEMS, *NOTHING], chance.choice([0, 0, 1, 1, 2])
        )
        rows.append(
            {
                "key": key,
                "source": chance.choice(["tool", "page"]),
                "domain": chance.choice(["security", *["operational"] * 5]),
                "status": chance.choice(["closed", "closed", "closed", "cancelled"]),
                "severity": chance.choice([1, 2, 3]),
                "services": [f"S{number}"],
                "opened_at": starts,
                "impact": impact,
                "outage_started_at": starts,
                "outage_ended_at": starts + timedelta(hours=hours),
                "caused_by": chance.choice(["; ", "|", "\n"]).join(causes).lower() or None,
                "problem": chance.choice([None] * 9 + PROBLEMS),
                "supplier": chance.choice([None] * 9 + ["Cloud"]),
            }
        )
    return rows


def chain(row: dict, by_key: dict[str, dict]) -> tuple[list[dict], Counter]:
    """The incidents that caused one, near and far, and how many other causes of each kind are told on the way."""
    found, others, waiting = {}, Counter(), [row]
    while waiting:
        here = waiting.pop()
        if here["problem"]:
            others["problem"] += 1
        for name in (here["caused_by"] or "").replace("; ", "|").replace("\n", "|").upper().split("|"):
            if name in by_key and name not in (row["key"], here["key"], *found):
                found[name] = by_key[name]
                waiting.append(by_key[name])
            elif name in CHANGES:
                others["change"] += 1
            elif name in PROBLEMS:
                others["problem"] += 1
            elif name and name not in by_key:
                others["nothing"] += 1
    return list(found.values()), others


def cause(row: dict, causes: list[dict], others: Counter) -> str | None:
    every = [row, *causes]
    for told, name in (
        (any(one["domain"] == "security" for one in every), "security incident"),
        (any(one["supplier"] for one in every), "supplier"),
        (others["change"], "change"),
        (others["problem"], "problem"),
        (causes or others, "other"),
    ):
        if told:
            return name
    return None


@pytest.mark.parametrize("seed", range(3))
def test_causes(world, seed):
    rows = incidents(Random(seed))
    changes = [{"source": "changes", "key": "CH-1", "opened_at": START}]
    world.given({"incident": rows, "change": changes}, AS_OF, outage_severity=1)
    by_key = {row["key"]: row for row in rows}
    from_change, from_outage, hours = Counter(), Counter(), Counter()
    for row in rows:
        causes, others = chain(row, by_key)
        down = [
            one["impact"] == "outage" or (one["impact"] is None and one["severity"] == 1) for one in causes
        ]
        if row["status"] == "cancelled":
            continue
        named = bool(causes or others)
        nothing = "names itself" if row["caused_by"] else "no cause named"
        known = bool(causes or others["change"] or others["problem"])
        if not named or not known or others["change"]:
            left_out = None if others["change"] else nothing if not named else "its cause is not loaded"
            from_change[left_out] += 1
        if row["domain"] == "security" and (not named or not known or any(down) or others["change"]):
            counts = any(down) or others["change"]
            from_outage[None if counts else nothing if not named else "its cause is not loaded"] += 1
        if row["impact"] == "outage" or (row["impact"] is None and row["severity"] == 1):
            length = (row["outage_ended_at"] - row["outage_started_at"]) / timedelta(hours=1)
            hours[cause(row, causes, others)] += length

    for metric, expected in (
        ("change_caused_incidents", from_change),
        ("security_incidents_from_outages", from_outage),
    ):
        read = world.read(metric, "2026-07", {})
        counted = {reason: n for reason, n in read.left_out.items() if reason != "cancelled"}
        assert counted | ({None: read.n} if read.n else {}) == expected
    parts = world.opened.by("downtime", world.calendar.period("2026-07"), "cause", {})
    assert {name: part.value for name, part in parts if part.n} == {
        name or "Unknown": pytest.approx(total) for name, total in hours.items()
    }
    share = world.read("security_caused_downtime", "2026-07", {})
    assert share.value == pytest.approx(100 * hours["security incident"] / hours.total())
