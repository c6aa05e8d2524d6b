"""What the two timelines show: incidents by service with what links them, audits by framework. Marks from rows, no more."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from dashboard.audits import OPINIONS
from dashboard.incidents import CAUSED, Timeline
from dashboard.period import clock
from dashboard.tables import severity
from dashboard.timeline import Mark, Tie

LANES = 12
CRITICAL, OTHER, AUDIT, LARGEST = 15, 9, 13, 22
# What an audit without an opinion looks like, by its state; one with an opinion by the state of a target.
UNTOLD = {
    "no opinion given": ("circle-open", None),
    "planned": ("diamond-open", ""),
    "overdue": ("diamond-open", "off target"),
}
SYMBOLS = {"on target": "circle", "at risk": "triangle-up", "off target": "square"}


def services(seen: Timeline, only: str | None = None) -> list[str]:
    """The services that the incidents hit, those with the most first; the last stands for all that have no lane of theirs."""
    if only:
        return [only]
    hit = Counter(service for several in seen.marks["services"] for service in several)
    named = [name for name, _ in hit.most_common()]
    if len(named) <= LANES:
        return named
    return [*named[: LANES - 1], f"{len(named) - LANES + 1} other services"]


def incidents(seen: Timeline, lanes: Sequence[str], zone: ZoneInfo) -> tuple[list[Mark], list[Tie]]:
    """Security above the middle of a service's lane, operations below; critical ones larger.

    An incident of several services has a mark in the lane of each; what links it begins and ends in its first.
    """
    last = lanes[-1] if lanes and lanes[-1].endswith(" other services") else None
    marks = []
    for row in seen.marks.itertuples():
        known = [name if name in lanes else last for name in row.services]
        secure = row.domain == "security"
        marks += [
            Mark(
                row.record_id,
                lane,
                clock(row.at, zone),
                _said(row, zone),
                until=clock(row.until, zone) if pd.notna(row.until) else None,
                lift=0.2 if secure else -0.2,
                symbol="diamond" if secure else "circle",
                size=CRITICAL if row.severity == 1 else OTHER,
            )
            for lane in dict.fromkeys(name for name in known if name)
        ]
    first = {mark.key: mark.lane for mark in reversed(marks)}
    ties = [
        Tie((one, first[one]), (other, first[other]), what == CAUSED)
        for one, other, what in seen.links
        if one in first and other in first
    ]
    return marks, ties


def groups(table: pd.DataFrame, zone: ZoneInfo) -> tuple[list[str], list[Mark]]:
    """The lanes and marks of incidents that are counted together: larger where there are more.

    The key of a mark is its first and its last day, parted by a slash.
    """
    marks = []
    for row in table.itertuples():
        first, last = clock(row.starts, zone), clock(row.until, zone)
        until = last - timedelta(seconds=1)
        named = row.lane if isinstance(row.lane, str) else f"{row.others} other services"
        said = f"{row.n:,} incident{'s' * (row.n != 1)}{' of security' if row.security else ' of operations'}"
        marks.append(
            Mark(
                f"{first:%Y-%m-%d}/{until:%Y-%m-%d}", named, first + (last - first) / 2,
                (said, f"{first:%-d %b %Y} to {until:%-d %b %Y}"), lift=0.2 if row.security else -0.2,
                symbol="diamond" if row.security else "circle", size=round(min(5 + 3 * row.n**0.5, LARGEST)),
            )
        )  # fmt: skip
    return list(dict.fromkeys(mark.lane for mark in marks)), marks


def _said(row, zone: ZoneInfo) -> tuple[str, ...]:
    ended = ""
    if row.still_open:
        ended = ", still open"
    elif pd.notna(row.until):
        ended = f" to {clock(row.until, zone):%-d %b, %H:%M}"
    causes = [f"caused by {', '.join(row.causes)}"] if hasattr(row.causes, "__len__") else []
    return (
        row.title or row.record_id,
        f"{severity(row.severity)} · {row.domain or 'domain unknown'}",
        f"{clock(row.at, zone):%-d %b %Y, %H:%M}{ended}",
        *causes,
    )


def audits(table: pd.DataFrame, zone: ZoneInfo) -> list[Mark]:
    """Audits that have a date: their opinion as the state of a target, in its shape and its word; planned ones hollow."""
    marks = []
    for row in table[table["at"].notna()].itertuples():
        symbol, state = UNTOLD.get(row.state) or (SYMBOLS[OPINIONS[row.state]], OPINIONS[row.state])
        said = (
            row.title or row.key,
            f"{row.framework} · {row.auditor or 'auditor not named'}",
            f"{row.state}, {clock(row.at, zone):%-d %b %Y}",
        )
        label = "" if row.state == "no opinion given" else row.state
        marks.append(
            Mark(
                row.record_id, row.framework, clock(row.at, zone), said, symbol=symbol, size=AUDIT, state=state,
                label=label,
            )
        )  # fmt: skip
    return marks
