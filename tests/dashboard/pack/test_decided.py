"""Decisions come back in the next pack while they are open, and are told once when they are settled."""

import sys
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from dashboard.pack.decided import decisions

sys.path.insert(0, str(Path(__file__).parent))
from made import made

LONDON = ZoneInfo("Europe/London")
TODAY, STARTS = date(2026, 10, 5), date(2026, 7, 1)


def table(*rows: dict) -> pd.DataFrame:
    """Rows as `Readings.decisions` gives them."""
    blank = dict.fromkeys(("owner", "reason", "outcome", "decided_by"))
    times = dict.fromkeys(("due_at", "decided_at", "do_by_at", "done_at"), pd.NaT)
    found = pd.DataFrame(
        {"text": f"Decide {row['record_id']}", "asked_at": datetime(2026, 6, 30, 23), "status": "asked",
         "effective_at": datetime(2026, 6, 30, 23), **blank, **times, **row}
        for row in rows
    )  # fmt: skip
    kinds = {name: "datetime64[us]" for name in found if name.endswith("_at")}
    return found.astype(kinds)


def told(
    rows: pd.DataFrame, earlier=(), last=None, today: date = TODAY
) -> tuple[dict[str, str], dict[str, str]]:
    """How each stands: those asked for, and what became of the others."""
    asked, settled = decisions(rows, LONDON, today, STARTS, earlier, last)
    return ({d.key: d.standing for d in asked}, {d.key: d.standing for d in settled})


def pack(name: str, frozen: datetime, rows: pd.DataFrame, earlier=(), last=None):
    asked, settled = decisions(rows, LONDON, frozen.date(), STARTS, earlier, last)
    return made(id=name, frozen_at=frozen, decisions=asked, settled=settled)


def test_an_open_one_returns_with_its_age_and_the_pack_that_it_came_from():
    rows = table({"record_id": "d:1", "due_at": datetime(2026, 9, 30, 22, 59)}, {"record_id": "d:2"})
    assert told(rows, today=date(2026, 7, 1)) == (
        {"d:1": "asked 1 Jul 2026", "d:2": "asked 1 Jul 2026"}, {},
    )  # fmt: skip
    first = pack("2026-Q2-board-1", datetime(2026, 7, 3), rows)
    second = pack("2026-Q3-board-1", datetime(2026, 10, 3), rows, [first], first)
    asked, _ = told(rows, [second, first], second)
    assert asked == {
        "d:1": "asked 1 Jul 2026, 96 days ago, first in 2026-Q2-board-1, overdue by 5 days",
        "d:2": "asked 1 Jul 2026, 96 days ago, first in 2026-Q2-board-1",
    }


def test_what_was_settled_since_the_pack_before_is_told_once():
    asked = table({"record_id": "d:1"}, {"record_id": "d:2"}, {"record_id": "d:3"})
    first = pack("2026-Q2-board-1", datetime(2026, 7, 3, 9), asked)
    kept = first.model_dump_json()
    rows = table(
        {"record_id": "d:1", "status": "made", "outcome": "Yes", "decided_by": "Board", "decided_at": datetime(2026, 7, 14)},
        {"record_id": "d:2", "status": "done", "decided_at": datetime(2026, 7, 14), "done_at": datetime(2026, 9, 1)},
        {"record_id": "d:3", "status": "dropped", "decided_at": datetime(2026, 7, 20)},
        # asked for and made between two packs
        {"record_id": "d:4", "status": "made", "decided_at": datetime(2026, 8, 1)},
        # not told: made before the pack before
        {"record_id": "d:5", "status": "made", "decided_at": datetime(2026, 7, 1)},
        # entered as made, without a day
        {"record_id": "d:6", "status": "made", "effective_at": datetime(2026, 9, 1)},
    )  # fmt: skip
    second = pack("2026-Q3-board-1", datetime(2026, 10, 3), rows, [first], first)
    assert {d.key: d.standing for d in second.settled} == {
        "d:1": "decided 14 Jul 2026 by Board",
        "d:2": "done 1 Sep 2026, decided 14 Jul 2026",
        "d:3": "dropped 20 Jul 2026",
        "d:4": "decided 1 Aug 2026",
        "d:6": "decided",
    }
    assert second.settled[0].outcome == "Yes" and second.settled[0].first == first.id
    assert told(rows, [second, first], second) == ({}, {})
    assert first.model_dump_json() == kept


def test_what_was_decided_comes_back_until_it_is_done():
    due = {
        "record_id": "d:1",
        "status": "made",
        "decided_at": datetime(2026, 7, 14),
        "do_by_at": datetime(2026, 10, 1, 22),
    }
    first = pack("2026-Q2-board-1", datetime(2026, 7, 20), table(due))
    second = pack("2026-Q3-board-1", datetime(2026, 10, 3), table(due), [first], first)
    assert [d.standing for d in second.settled] == [
        "decided 14 Jul 2026, to be done by 1 Oct 2026, overdue by 2 days"
    ]
    done = table(due | {"status": "done", "done_at": datetime(2026, 10, 4)})
    assert told(done, [second, first], second) == ({}, {"d:1": "done 4 Oct 2026, decided 14 Jul 2026"})


def test_the_first_pack_tells_what_was_settled_in_its_period():
    rows = table(
        {"record_id": "d:1", "status": "made", "decided_at": datetime(2026, 6, 30, 23)},  # 1 July in London
        {"record_id": "d:2", "status": "made", "decided_at": datetime(2026, 6, 30, 22)},  # not told: before the period
    )  # fmt: skip
    assert told(rows) == ({}, {"d:1": "decided 1 Jul 2026"})
