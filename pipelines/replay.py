"""Later loads and withdrawals done again on a copy of an earlier snapshot, in their order: what each of them did to it.

Completeness never goes further than it did in the earlier snapshot: an instance is held at what it was then, or
below where a withdrawal leaves less. One that was not there then is held where its kind of record was.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.archive import Archive
from pipelines.errors import NotReady, Refused
from pipelines.hindsight import hindsight, keep
from pipelines.snapshot import Next, earlier_snapshot
from pipelines.source import sources
from pipelines.warehouse import anew, load_again, read_anew, withdraw_again

Complete = list[tuple[str, str, str, datetime]]


@dataclass(frozen=True)
class Event:
    """What was done to a warehouse: kind is load, withdrawal, or program (the exports of an instance read anew).

    load: its line in the history. changed: the kinds of record whose rows or completeness are others by it.
    """

    kind: str
    load: dict
    changed: frozenset[str] = frozenset()

    @property
    def who(self) -> str:
        return self.load["withdrawn_by" if self.kind == "withdrawal" else "who"]

    @property
    def at(self) -> datetime:
        return self.load["withdrawn_at" if self.kind == "withdrawal" else "loaded_at"]


def events(then: list[dict], now: list[dict]) -> list[Event]:
    """What was done between two states of one history, in its order. NotReady where they are not of one."""
    lines = {row["load"]: row for row in now}
    for row in then:
        other = lines.get(row["load"])
        if other is None or any(other[c] != row[c] for c in ("hash", "record", "instance", "source")):
            raise NotReady(
                f"load {row['load']} ({row['file']}), which it was made of, is not in the warehouse's history any more."
            )
    held = {row["load"]: row["withdrawn_at"] for row in then}
    loads = [Event("load", row) for row in now if row["load"] not in held]
    withdrawn = sorted(
        (Event("withdrawal", row) for row in now if row["withdrawn_at"] and not held.get(row["load"])),
        key=lambda event: (event.at, event.load["load"]),
    )
    found = []
    for event in loads:
        while withdrawn and withdrawn[0].at < event.at and withdrawn[0].load["load"] < event.load["load"]:
            found.append(withdrawn.pop(0))
        found.append(event)
    return [*found, *withdrawn]


class Replay:
    """A copy of an earlier snapshot. rebuilt: it had tables of another version, and was made anew from the archive."""

    def __init__(self, following: Next, loads: list[dict], kinds: set[str], ours: bool, data: Path):
        self._next, self._archive, self._known = following, Archive(data), sources(data)
        self._kinds, self._read = kinds, set()
        self.con, self.then, self.rebuilt = following.con, loads, not ours
        self._newest = max((row["load"] for row in loads), default=0)
        if self.rebuilt:
            anew(following, [row for row in loads if row["record"] in kinds], self._archive, self._known)
        self._hold = {one[:3]: one[3] for one in self.con.execute("from as_of").fetchall()}
        self._cut: dict[tuple[str, str], datetime] = {}
        for row in loads:
            if row["withdrawn_at"] is None:
                place = row["record"], row["instance"]
                self._cut[place] = max(row["moment"], self._cut.get(place, row["moment"]))
        self._last = sorted(self.complete(held=True))
        for record in kinds:
            keep(self.con, record)

    def again(self, done: list[Event]) -> Iterator[Event]:
        """Do them again that concern the kinds of record, one after the other; each is given once it is done.

        NotReady says why one cannot be done again.
        """
        for event in done:
            if event.load["record"] not in self._kinds:
                continue
            self._next.changed.clear()
            try:
                yield from self._one(event)
            except Refused as refusal:
                raise NotReady(
                    f"{event.load['file']} (load {event.load['load']}) is not read any more as it was: {refusal.reason}"
                ) from refusal

    def _one(self, event: Event) -> Iterator[Event]:
        row, place = event.load, (event.load["record"], event.load["instance"])
        if event.kind == "load":
            load_again(self._next, row, self._archive, self._known)
            if self._nothing(row):
                self._next.changed.discard(row["record"])
        else:
            # A withdrawal reads the other exports anew; what that alone changes is not its doing.
            if place not in self._read and read_anew(self._next, *place, self._archive, self._known):
                yield Event("program", row, frozenset(self._next.changed))
            self._read.add(place)
            withdraw_again(self._next, row, self._archive, self._known)
        yield Event(event.kind, row, frozenset(self._next.changed))

    def _nothing(self, row: dict) -> bool:
        """Whether a load that was done again left everything as it was, but for how far its source reaches."""
        brought = f"select 1 from {row['record']}_version where load = ? limit 1"
        complete, self._last = self._last, sorted(self.complete(held=True))
        return (
            complete == self._last
            and not row["options"].get("mends")
            and not self.con.execute(brought, [row["load"]]).fetchall()
        )

    def complete(self, held: bool) -> Complete:
        """Up to when each source is complete. held: no further than in the earlier snapshot."""
        found = self.con.execute("from as_of").fetchall()
        return [(*place, min(at, self._held(place)) if held else at) for *place, at in found]

    def hindsight(self, record: str) -> tuple[str, str]:
        """SQL of a kind's present and earlier rows on `con` as of the earlier snapshot (see there)."""
        here = self.con.execute("select distinct record, instance from as_of").fetchall()
        cuts = [(*place, self._cut.get(place) or self._default(place[0])) for place in here]
        self.con.execute(
            'create or replace temp table cut (record varchar, instance varchar, "at" timestamp)'
        )
        if cuts:
            self.con.executemany("insert into cut values (?, ?, ?)", cuts)
        return hindsight(self.con, record, self._newest)

    def _held(self, place: list[str]) -> datetime:
        return self._hold.get(tuple(place)) or self._default(place[0])

    def _default(self, record: str) -> datetime:
        """Where an instance is held that was not there then."""
        of_kind = [at for (one, *_), at in self._hold.items() if one == record]
        return max(of_kind or self._hold.values(), default=datetime.max)


@contextmanager
def replaying(earlier: Path, work: Path, data: Path, kinds: set[str]) -> Iterator[Replay]:
    """An earlier snapshot to do again on what was done to these kinds of record since; it is copied, not touched."""
    with earlier_snapshot(earlier, work, data) as (following, loads, ours):
        yield Replay(following, loads, kinds, ours, data)
