"""What of a frozen pack is another number now, and why: the loads, withdrawals, settings, definitions and targets between.

All is done on copies: on the snapshot that the pack pins, with the marts and metrics that it keeps, in this order.

1. Each load and withdrawal since, in their order, by what it says of the time that the pack was told of: up to the
   moment to which each source was complete then, which stands still meanwhile. These are corrections: what should have been
   told then, by what is known now.
2. Maturing: time goes on to where it is now. What was open then has closed or is open for longer, and what
   happened since counts. Nothing of this was wrong then.
3. Program: where the exports themselves are read otherwise by this version or by another mapping.
4. Settings, one after the other, the pack's days standing whatever the fiscal year calls them; then definitions: marts, SQL and header of each metric, as they are today.
5. Targets, which change what a number is held against but not the number.

Each step begins with the value that the one before left, the first with the value as told, and the last ends with the value of
the newest snapshot: so they add up, whatever the kind of metric.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
from pydantic import TypeAdapter, ValidationError

from dashboard import rows
from dashboard.metric import Metric, read_metrics
from dashboard.opened import Opened
from dashboard.pack import causes, frozen
from dashboard.pack.beside import beside
from dashboard.pack.pack import Pack, Restated, Step, Told
from dashboard.period import Calendar
from dashboard.reading import Period, Reading, Target
from dashboard.verdict import adds_up, in_force
from pipelines import snapshot
from pipelines.archive import workspace
from pipelines.errors import NotReady, Unreadable
from pipelines.marts import files, fingerprint, tables
from pipelines.records import RECORDS
from pipelines.replay import Event, Replay, events, replaying
from pipelines.retold import retelling
from pipelines.snapshot import ledger

Say = Callable[[str], None]
KEPT = TypeAdapter(tuple[Restated, ...])
# They decide how exports are read, so that records change with them.
READ_BY = ("timezone", "currency")
MADE = ("schema", "tables", "marts")


def unsaid(_: str) -> None:
    """Says nothing."""


def restated(
    pack: Pack,
    data: Path,
    *,
    metrics: Mapping[str, Metric] | None = None,
    number: int | None = None,
    say: Say = unsaid,
) -> tuple[Restated, ...]:
    """The numbers of a frozen pack that differ in a snapshot (the newest), each with what made it so.

    What was found once is kept beside the packs, for that snapshot and these definitions. Where the way there cannot be
    gone again, `because` says why.
    """
    metrics = read_metrics() if metrics is None else metrics
    with workspace(data) as work:
        now = _newest(data, work, number)
        kept = frozen.folder(data) / ".restated" / f"{pack.id}.json"
        key = _key(now.number, now.file, metrics)
        if (known := _known(kept, key)) is not None:
            return known
        with duckdb.connect(str(now.file), read_only=True) as con:
            con.execute("set enable_external_access = false")
            found = _restated(pack, data, work, Opened(now.number, con, metrics), con, say)
    if any(one.because not in ("", causes.GONE) for one in found):
        return found  # it may be mended
    with suppress(OSError):  # it is found again
        kept.parent.mkdir(exist_ok=True)
        with beside(kept) as made:
            made.write_text(
                json.dumps({"of": key, "restated": KEPT.dump_python(found, mode="json")}), "utf-8"
            )
    return found


@dataclass(frozen=True)
class _Held:
    """A snapshot under a name of our own, which no pruning takes away."""

    number: int
    file: Path


def _newest(data: Path, work: Path, number: int | None) -> _Held:
    for _ in range(10):
        newest = number or max(snapshot.numbers(data), default=None)
        if newest is None:
            raise NotReady("Nothing is loaded, so no number can be held against a pack.")
        try:
            file = _linked(snapshot.path(data, newest), work / "now.duckdb")
        except FileNotFoundError:
            if number:
                raise NotReady("Newer data has been loaded meanwhile. Ask again.") from None
            continue
        return _Held(newest, file)
    raise NotReady("Snapshots are being replaced faster than they can be opened. Try again.")


def _linked(file: Path, to: Path) -> Path:
    try:
        os.link(file, to)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(file, to)
    return to


def _key(number: int, file: Path, metrics: Mapping[str, Metric]) -> list:
    stat = file.stat()
    told = [one.model_dump(mode="json", exclude={"currency"}) for one in metrics.values()]
    made = json.dumps([files(), told], sort_keys=True)
    return [number, stat.st_size, stat.st_mtime_ns, hashlib.sha256(made.encode()).hexdigest()]


def _known(kept: Path, key: list) -> tuple[Restated, ...] | None:
    try:
        held = json.loads(kept.read_text("utf-8"))
        return KEPT.validate_python(held["restated"]) if held["of"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _restated(
    pack: Pack,
    data: Path,
    work: Path,
    now: Opened,
    con: duckdb.DuckDBPyConnection,
    say: Say,
) -> tuple[Restated, ...]:
    period = span(pack, now.settings.zone)
    sides = {
        name: _Side(pack, name, now.plain(name, period), now.metrics[name])
        for name in pack.told
        if name in now.metrics
    }
    moved = {name: side for name, side in sides.items() if side.differs}
    gone = [
        Restated(
            metric=name, title=one.title, then=one.facts["value"], now=None, then_text=one.text, now_text="–",
            n_then=one.n, target_then=one.target, text=causes.gone(one), because=causes.GONE, steps=(),
        )
        for name, one in pack.told.items() if name not in sides
    ]  # fmt: skip
    if moved:
        try:
            _Way(pack, data, work, now, con, moved, say).go()
        except (NotReady, Unreadable) as reason:
            for side in moved.values():
                side.because = str(reason)
        except (duckdb.Error, ValidationError) as error:
            for side in moved.values():
                side.because = f"its definitions cannot be used any more: {str(error).splitlines()[0]}"
        except OSError as error:
            for side in moved.values():
                side.because = f"its snapshot cannot be copied: {error.strerror or error}."
    return (*(side.restated(pack) for side in moved.values()), *gone)


def span(pack: Pack, zone: ZoneInfo) -> Period:
    """The days that a pack tells of, as a time zone cuts them."""
    start, end = (Calendar(zone).begins(one) for one in pack.days)
    return Period(pack.period, pack.period_label, start, end)


def standing(told: Told, pack: Pack, now: Reading, metric: Metric) -> str:
    """In what a number is not as it was told any more, in words; "" where it is."""
    if not same(now.value, told.facts["value"]):
        return "restated" if now.text != told.text else "restated, in digits not shown"
    if now.n != told.n:
        return "the same value, of other rows"
    if now.value is not None and told.unit == metric.unit == "money" and metric.currency != pack.currency:
        return "in another currency"
    aim = told.facts["target"], told.facts["at_risk"]
    return "" if aim == _plain(now.target) else "held against another target"


def same(one: float | None, other: float | None) -> bool:
    """Whether two values are one number, but for how computers add."""
    if None in (one, other):
        return one is other
    return isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


class _Side:
    """One number on its way: as told, as it is now, and the steps so far."""

    def __init__(self, pack: Pack, name: str, now: Reading, metric: Metric):
        self.told, self.now, self.metric = pack.told[name], now, metric
        self.differs = bool(standing(self.told, pack, now, metric))
        self.currency = pack.currency
        self.value, self.n = self.told.facts["value"], self.told.n
        self.steps: list[Step] = []
        self.because = ""

    def go(self, kind: str, what: str, to: Reading, metric: Metric, event: Event | None = None) -> None:
        """A step to a reading, where it leads to another number."""
        other = metric.unit == "money" and metric.currency != self.currency
        if same(self.value, to.value) and self.n == to.n and not (other and to.value is not None):
            return
        before = metric.model_copy(update={"currency": self.currency})
        text = causes.difference(before, metric, self.value, to.value, self.n, to.n, self.told.unit)
        self._step(kind, what, text, event, to.value, to.n)
        self.value, self.n, self.currency = to.value, to.n, metric.currency

    def aim(self, what: str, text: str, event: Event | None) -> None:
        """A step to another target."""
        self._step("target", what, text, event, self.value, self.n)

    def _step(
        self, kind: str, what: str, text: str, event: Event | None, value: float | None, n: int
    ) -> None:
        row = event.load if event else {}
        self.steps.append(
            Step(
                metric=self.told.metric, kind=kind, what=what, before=self.value, after=value, text=text,
                n_before=self.n, n_after=n, load=row.get("load"), file=row.get("file"),
                who=event.who if event else None, when=event.at if event else None,
            )
        )  # fmt: skip

    def restated(self, pack: Pack) -> Restated:
        told, now = self.told, self.now
        then = self.metric.model_copy(update={"currency": pack.currency})
        found = Restated(
            metric=told.metric, title=told.title, then=told.facts["value"], now=now.value, then_text=told.text,
            now_text=now.text, n_then=told.n, n_now=now.n, target_then=told.target,
            target_now=causes.target(self.metric, now.target), because=self.because,
            steps=() if self.because else tuple(self.steps),
            brief=() if self.because else causes.brief(self.steps, then),
        )  # fmt: skip
        return found.model_copy(update={"text": causes.sentence(found, pack)})


class _Way:
    """The way from a pack to a snapshot, gone once for all of its numbers that differ."""

    def __init__(self, pack, data, work, now: Opened, con, moved: dict[str, _Side], say):
        self.pack, self.data, self.work, self.now, self.con = pack, data, work, now, con
        self.moved, self.say = moved, say
        self.zone = ZoneInfo(pack.timezone)
        self.period = Period(pack.period, pack.period_label, pack.starts, pack.ends)
        self.metrics = {name: _metric(side.told) for name, side in moved.items()}
        self.reads = {
            name: found for name, (found,) in ((n, tables((m.sql,))) for n, m in self.metrics.items())
        }

    def go(self) -> None:
        pinned = frozen.folder(self.data) / self.pack.id / "snapshot.duckdb"
        if not pinned.exists():
            raise NotReady(f"the snapshot that it pins is gone. Restore {pinned} from a backup.")
        wanted = {table for found in self.reads.values() for table in found}
        with retelling(pinned, self.work, self.pack.marts, wanted) as retold:
            self.retold = retold
            self.behind = {
                name: retold.behind(found) | {*self.metrics[name].reads} for name, found in self.reads.items()
            }
            every = {table for found in self.behind.values() for table in found}
            self.kinds = (every & RECORDS.keys()) | {"correction", "target"}
            self.read("program", causes.CALCULATED)
            self.marts()
            with replaying(pinned, self.work, self.data, self.kinds) as replay:
                self.corrections(replay)
                self.maturing(replay)
                self.records()
                self.settings()
                self.definitions()
                self.targets(replay)

    def marts(self) -> None:
        """The marts that the pack keeps, where its snapshot was made with others: the program had been changed since."""
        ((made,),) = self.retold.con.execute("select value from setting where name = 'marts'").fetchall()
        if made != fingerprint(self.pack.marts):
            self.retold.build(None)
            self.read("definition", "a snapshot that was older than the program")

    def read(
        self, kind: str, what: str, event: Event | None = None, changed: Iterable[str] | None = None
    ) -> None:
        """What the numbers are on the copy as it stands, by the metrics as they were.

        what: empty for the maturing, which is told for each by the moment of its data. changed: tables that are others.
        """
        if changed is not None:
            self.retold.build(changed)
        opened = Opened(0, self.retold.con, self.metrics)
        for name, side in self.moved.items():
            if changed is None or self.behind[name] & set(changed):
                reading = opened.plain(name, self.period)
                said = what or causes.maturing(side.told, self.pack, self.zone)
                side.go(kind, said, reading, opened.metrics[name], event)

    def corrections(self, replay: Replay) -> None:
        """Each load and withdrawal, as of the moment of the pack."""
        done = events(replay.then, ledger(self.con))
        self.aimed = [event for event in done if event.load["record"] == "target"]
        if replay.rebuilt:
            self.take(replay, self.kinds - {"target"}, held=True)
            self.read("program", causes.READ_OTHERWISE, None, self.kinds)
        for event in replay.again([one for one in done if one not in self.aimed]):
            self.say(f"{event.load['file']} (load {event.load['load']})")
            if changed := self.take(replay, event.changed & self.kinds, held=True):
                self.read(event.kind, causes.cause(event), event, changed)

    def take(self, replay: Replay, kinds: Iterable[str], held: bool) -> set[str]:
        """Have the copy hold what the replay does; the kinds of record that are others by it."""
        complete = replay.complete(held)
        before = set(self.retold.con.execute("from as_of").fetchall())
        changed = {record for record, *_ in before ^ set(complete)} & self.kinds
        self.retold.complete(complete)
        for record in kinds:
            sql = replay.hindsight(record) if held else (f"from {record}", f"from {record}_past")
            if self.retold.take(record, replay.con, *sql):
                changed.add(record)
        return changed

    def maturing(self, replay: Replay) -> None:
        if changed := self.take(replay, self.kinds - {"target"}, held=False):
            self.read("maturing", "", None, changed)

    def records(self) -> None:
        """The records and completeness of today, where they are not what was done again."""
        changed = set()
        read_by = self.differ(READ_BY)
        if read_by:
            self.set(read_by)
            changed.add("setting")
        here, there = (set(c.execute("from as_of").fetchall()) for c in (self.retold.con, self.con))
        other = {place for place in here ^ there if place[0] in self.kinds}
        self.retold.complete(list(there))
        changed |= {record for record, *_ in other}
        for record in self.kinds - {"target"}:
            if self.retold.take(record, self.con, f"from {record}", f"from {record}_past"):
                changed.add(record)
        if read_by:
            self.period = span(self.pack, self.now.settings.zone)
            self.retold.build(changed)
            self.read("settings", causes.settings(read_by))
        elif changed:
            self.read("program", causes.READ_OTHERWISE, None, changed)

    def settings(self) -> None:
        for name, change in self.differ().items():
            self.set({name: change})
            self.read("settings", causes.settings({name: change}), None, {"setting"})
        days = "from patch_days order by all"
        before, after = (dict(c.execute(days).fetchall()) for c in (self.retold.con, self.con))
        if before != after:
            self.retold.facts("patch_days", self.con)
            self.read("settings", causes.settings({"patch_days": (before, after)}), None, {"patch_days"})

    def differ(self, only: Iterable[str] = ()) -> dict[str, tuple[str, str]]:
        """The settings that are others now, as they were and as they are."""
        sql = "select name, value from setting order by name"
        then, now = (dict(c.execute(sql).fetchall()) for c in (self.retold.con, self.con))
        return {
            name: (then.get(name, ""), now[name])
            for name in sorted(now)
            if then.get(name) != now.get(name) and name not in MADE and (not only or name in only)
        }

    def set(self, changes: dict[str, tuple[str, str]]) -> None:
        for name, (_, value) in changes.items():
            self.retold.con.execute("delete from setting where name = ?", [name])
            self.retold.con.execute("insert into setting values (?, ?)", [name, value])

    def definitions(self) -> None:
        """Today's marts and metrics, on today's snapshot."""
        for name, side in self.moved.items():
            what = causes.definition(
                self.metrics[name], side.metric, self.pack.marts, files(), self.behind[name]
            )
            kind = "definition" if what else "program"
            side.go(kind, what or causes.CALCULATED, side.now, side.metric)

    def targets(self, replay: Replay) -> None:
        """Loads and withdrawals of targets, each in what it changes of what a number is held against."""
        then = {name: _wanted(side) for name, side in self.moved.items()}
        for event in (*replay.again(self.aimed), None):
            targets = rows.targets(replay.con if event else self.con)
            for name, side in self.moved.items():
                shape = self.now.shape(name)
                grows = adds_up(side.metric, shape.state)
                aim = in_force(targets.get(name, []), self.period, {}, grows)
                if _plain(aim) != then[name]:
                    what = causes.cause(event) if event else "how its target is scaled"
                    side.aim(what, causes.aims(side.metric, then[name], aim, side.now.value), event)
                    then[name] = _plain(aim)


def _metric(told) -> Metric:
    """The metric as it was. NotReady where the pack did not keep it."""
    if not told.header:
        raise NotReady(
            "an earlier version of this program froze it, which did not keep how numbers are made."
        )
    return Metric(sql=told.sql, **{k: v for k, v in told.header.items() if k in Metric.model_fields})


def _plain(target: Target | None) -> tuple[float | None, float | None]:
    return (target.value, target.at_risk) if target else (None, None)


def _wanted(side: _Side) -> tuple[float | None, float | None]:
    return side.told.facts["target"], side.told.facts["at_risk"]
