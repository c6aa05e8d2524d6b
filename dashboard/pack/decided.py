"""The decisions of a pack: those asked for, and what became of those before."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd

from dashboard.decisions import day_of
from dashboard.pack.pack import Decision, Pack


def decisions(
    table: pd.DataFrame,
    zone: ZoneInfo,
    today: date,
    starts: date,
    earlier: Sequence[Pack] = (),
    last: Pack | None = None,
) -> tuple[tuple[Decision, ...], tuple[Decision, ...]]:
    """Those still to be made; and those made that wait to be done, with those made, done or dropped since the pack before.

    table: of `Readings.decisions`. starts: what is settled from this day on is told where there is no pack before.
    """
    first = first_asked(earlier)
    before = {d.key: d.status for d in (*last.decisions, *last.settled)} if last else {}
    since = day_of(pd.Timestamp(last.frozen_at), zone) if last else starts
    asked, settled = [], []
    for row in table.itertuples():
        one = told(row, zone, today, first.get(row.record_id, ""))
        if one.status == "asked":
            asked.append(one)
            continue
        when = one.done or one.decided or day_of(row.effective_at, zone)
        new = before[one.key] != one.status if one.key in before else when >= since
        if new or (one.status == "made" and one.do_by):
            settled.append(one)
    return tuple(asked), tuple(settled)


def first_asked(packs: Sequence[Pack]) -> dict[str, str]:
    """The pack that each decision was first asked in."""
    first: dict[str, str] = {}
    for one in sorted(packs, key=lambda p: p.frozen_at):
        for asked in one.decisions:
            first.setdefault(asked.key, one.id)
    return first


def told(row, zone: ZoneInfo, today: date, first: str) -> Decision:
    """A row of `Readings.decisions` as a pack tells it."""
    asked = day_of(row.asked_at, zone)
    held = Decision(
        key=row.record_id, text=row.text, owner=_text(row.owner), asked=asked, due=day_of(row.due_at, zone),
        status=row.status, reason=_text(row.reason), outcome=_text(row.outcome), by=_text(row.decided_by),
        decided=day_of(row.decided_at, zone), do_by=day_of(row.do_by_at, zone), done=day_of(row.done_at, zone),
        first=first, age=(today - asked).days if asked and asked <= today else None,
    )  # fmt: skip
    return held.model_copy(update={"standing": _standing(held, today)})


def _standing(one: Decision, today: date) -> str:
    """How far a decision is: "asked 6 Jul 2026, 137 days ago, first in 2026-Q2-board-1, overdue by 5 days"."""
    by = f" by {one.by}" if one.by else ""
    made = f"decided{_on(one.decided)}{by}"
    match one.status:
        case "asked":
            ago = f"{_days(one.age)} ago" if one.age else ""
            first = f"first in {one.first}" if one.first else ""
            said = [f"asked{_on(one.asked)}", ago, first, _late(one.due, today)]
        case "made":
            due = f"to be done by {_day(one.do_by)}" if one.do_by else ""
            said = [made, due, _late(one.do_by, today)]
        case "done":
            said = [f"done{_on(one.done)}", made if one.decided or one.by else ""]
        case _:
            said = [f"dropped{_on(one.decided)}{by}"]
    return ", ".join(filter(None, said))


def _late(due: date | None, today: date) -> str:
    return f"overdue by {_days((today - due).days)}" if due and due < today else ""


def _days(count: int) -> str:
    return f"{count:,} day{'s' * (count != 1)}"


def _on(day: date | None) -> str:
    return f" {_day(day)}" if day else ""


def _day(day: date) -> str:
    return f"{day:%-d %b %Y}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
