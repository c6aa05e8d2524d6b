"""The decisions log: what the board is asked, what it decided, and what has been done. Each entry is a load like any other,
so that nothing is overwritten: a decision's history is its versions.
"""

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from dashboard.entered import Entered, enter
from dashboard.jobs import Say
from dashboard.period import date_of
from dashboard.reading import Unknown, moment
from dashboard.readings import Readings
from pipelines.errors import NotReady

SOURCE = "decision_list"
STATUS = {"asked": "asked for", "made": "decided", "done": "done", "dropped": "dropped"}
DAYS = ("asked_at", "due_at", "decided_at", "do_by_at", "done_at")


def is_open(row: Any) -> bool:
    """Whether a decision waits to be made, or what was decided waits to be done by a day."""
    return row.status == "asked" or (row.status == "made" and pd.notna(row.do_by_at))


def reference(record_id: str) -> str:
    """A decision's reference, as people write it."""
    return record_id.partition(":")[2]


def find(readings: Readings, name: str) -> dict[str, Any]:
    """A decision by its reference. Unknown where there is none."""
    rows = readings.decisions().to_dict("records")
    found = next((row for row in rows if name in (reference(row["record_id"]), row["record_id"])), None)
    if found is None:
        known = ", ".join(reference(row["record_id"]) for row in rows) or "none is asked for yet"
        raise Unknown(f"There is no decision {name!r}: {known}.")
    return found


def ask(
    text: str, owner: str, due: date | None, reason: str, today: date, data: Path, who: str | None
) -> Callable[[Say], Entered]:
    """The work of entering what the board is asked to decide; the same asked twice on a day is one decision."""
    said = " ".join(text.split())
    if not said:
        raise NotReady("Say what the board is asked to decide.")
    if due and due < today:
        raise NotReady(f"{due:%-d %b %Y} is over: say a day by which it can still be decided.")
    same = hashlib.sha256(f"{said.casefold()}\n{owner.casefold().strip()}".encode()).hexdigest()[:6]
    key = f"D-{today:%Y-%m-%d}-{same}"
    row = {
        "key": key,
        "text": said,
        "owner": owner,
        "asked_at": today,
        "due_at": due,
        "status": "asked",
        "reason": reason,
    }
    return enter(SOURCE, [row], f"{key} is asked for: {said.rstrip('.')}.", data, who)  # fmt: skip


def settle(
    row: dict[str, Any],
    status: str,
    on: date,
    today: date,
    data: Path,
    who: str | None,
    *,
    outcome: str = "",
    by: str = "",
    do_by: date | None = None,
    due: date | None = None,
    reason: str = "",
) -> Callable[[Say], Entered]:
    """The work of entering what became of a decision: all that is not said anew stays as it stands.

    row: of `Readings.decisions`. on: the day on which it was decided, done or dropped. due: of one that is asked for again.
    """
    name = reference(row["record_id"])
    if row["source"] != SOURCE:
        raise NotReady(
            f"{name} is kept in the exports of {row['source']}: change it there, and load it again."
        )
    if status not in STATUS:
        raise Unknown(f"There is no status {status!r}, only {', '.join(STATUS)}.")
    if on > today:
        raise NotReady(f"{on:%-d %b %Y} is still to come: say what became of it once it has.")
    new = {
        column: _kept(row[column]) for column in ("text", "owner", "reason", "outcome", "decided_by", *DAYS)
    }
    new |= {"key": row["key"], "status": status}
    new |= {name: said for name, said in (("outcome", outcome), ("decided_by", by), ("do_by_at", do_by),
                                          ("due_at", due), ("reason", reason)) if said}  # fmt: skip
    if status == "asked":
        new |= dict.fromkeys(("outcome", "decided_by", "decided_at", "do_by_at", "done_at"))
    elif status == "done":
        new |= {"done_at": on}
    else:
        new |= {"decided_at": on, "done_at": None}
    if status == "made" and not new["outcome"]:
        raise NotReady(f"Say what was decided of {name}.")
    return enter(SOURCE, [new], f"{name} is {STATUS[status]}: {row['text'].rstrip('.')}.", data, who)


def history(table: pd.DataFrame, zone: ZoneInfo) -> dict[str, list[dict[str, Any]]]:
    """The versions of each decision, oldest first: record -> what stood in it, who entered it and when."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_dict("records"):
        found.setdefault(row["record_id"], []).append(
            _facts(row, zone) | {"entered_by": row["who"], "entered_at": moment(_naive(row["loaded_at"])), "load": row["load"]}
        )  # fmt: skip
    return found


def facts(readings: Readings, today: date) -> list[dict[str, Any]]:
    """Every decision as JSON tells it, with its history."""
    zone = readings.settings.zone
    past = history(readings.decision_history(), zone)
    told = []
    for row in readings.decisions().itertuples():
        here = _facts(row._asdict(), zone)
        asked = here["asked"] and date.fromisoformat(here["asked"])
        told.append(
            {"reference": reference(row.record_id)} | here | {
                "open": is_open(row), "age_days": (today - asked).days if asked else None,
                "history": past.get(row.record_id, []),
            }
        )  # fmt: skip
    return told


def _facts(row: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    days = {name.removesuffix("_at"): day_of(row[name], zone) for name in DAYS}
    plain = {n: row[n] if isinstance(row[n], str) else "" for n in ("text", "owner", "status", "reason", "outcome", "decided_by")}  # fmt: skip
    return plain | {name: day and day.isoformat() for name, day in days.items()}


def day_of(at: object, zone: ZoneInfo) -> date | None:
    """The organisation's day of a moment."""
    return None if pd.isna(at) else date_of(at.to_pydatetime(), zone)


def _naive(at: object) -> datetime | None:
    return None if pd.isna(at) else at.to_pydatetime()


def _kept(value: object) -> str | None:
    """What stands in a decision, as its next version holds it."""
    if isinstance(value, str):
        return value
    return None if pd.isna(value) else f"{value.to_pydatetime().isoformat(timespec='microseconds')}Z"
