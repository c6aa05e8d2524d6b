"""One opened snapshot: its metrics, calendar, targets, and the readings made of it so far."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import duckdb
import pandas as pd

from dashboard import breaks, kinds, rows
from dashboard.kinds import Side
from dashboard.metric import Metric, read_metrics
from dashboard.moved import Moved, moved
from dashboard.observations import UNASSIGNED, Shape, look
from dashboard.period import ALL, Calendar, date_of, day, grain
from dashboard.projection import Projection, project
from dashboard.reading import Annotation, Break, Period, Reading, Target, Unknown
from dashboard.tallies import Tally, tally
from dashboard.verdict import adds_up, in_force, judged_together, status, verdict
from pipelines.records import RECORDS

# Closed months of history behind a test of change: the year before.
HISTORY = 12
TREND = 12  # points of a trend
AT_ONCE = 2  # metrics read beside each other: planning a question keeps one core busy, and no more
NAMED = {"incident": "incidents", "asset": "assets", "patch": "patches"}
HISTORIC = (*kinds.BY_MONTHS, "count")


@dataclass(frozen=True)
class Compared:
    """The periods that one reading takes: its own, the one it is compared with, and where its kind is judged by months, those.

    before: what it is compared with if the data reaches it. past: closed months before the period; months: its own; then:
    those of past that lie in `before`, where that is a year before.
    """

    period: Period
    before: Period | None
    past: list[Period]
    months: list[Period]
    then: list[Period] = field(default_factory=list)

    @property
    def shown(self) -> list[Period]:
        return [self.period, *([self.before] if self.before else [])]

    @property
    def background(self) -> list[Period]:
        return [*self.past, *self.months]


class Opened:
    """Readings of one snapshot. One cursor per question, so threads may ask at once."""

    def __init__(
        self, number: int, con: duckdb.DuckDBPyConnection, metrics: Mapping[str, Metric] | None = None
    ):
        self.number = number
        self._con = con
        self.settings = rows.settings(self.cursor())
        self.calendar = Calendar.of(self.settings)
        given = read_metrics() if metrics is None else metrics
        currency = {"currency": self.settings.currency}
        self.metrics = {name: metric.model_copy(update=currency) for name, metric in given.items()}
        self._targets = rows.targets(self.cursor())
        self._annotations = rows.annotations(self.cursor())
        self.complete = rows.complete(self.cursor())
        self._doubts = rows.doubts(self.cursor())
        self._cache: dict[tuple, Any] = {}
        self._lock = threading.Lock()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        return self._con.cursor()

    def metric(self, name: str) -> Metric:
        if name not in self.metrics:
            raise Unknown(f"There is no metric {name!r}, only {', '.join(self.metrics)}.")
        return self.metrics[name]

    def shape(self, name: str) -> Shape:
        metric = self.metric(name)
        reports, ended = (
            [one.at for one in self._sources(metric) if one.ended is silent] for silent in (False, True)
        )
        return self.once(("shape", name), lambda: look(self.cursor(), metric, reports, ended))

    def _sources(self, metric: Metric) -> list[rows.Complete]:
        """The sources that decide up to when a metric's data is complete: not lists kept by people, where it has others."""
        reads = [record for record in metric.reads if not RECORDS[record].reference] or metric.reads
        return [one for one in self.complete if one.record in reads]

    def breaks(self, name: str, scope: dict[str, str]) -> list[Break]:
        """What parts the trend of a metric, oldest first."""

        def make() -> list[Break]:
            metric, zone = self.metric(name), self.settings.zone
            agreed, adds = self._targets.get(name, []), adds_up(metric, self.shape(name).state)
            found = [
                *breaks.of_values(metric, self._sources(metric), zone),
                *breaks.of_targets(metric, agreed, scope, adds, zone),
            ]
            return sorted(found, key=lambda one: one.at)

        return self.once(("breaks", name, *sorted(scope.items())), make)

    def reading(self, name: str, period: Period, scope: dict[str, str]) -> Reading:
        def make() -> Reading:
            shape, compared = self.shape(name), self._compared(name, period)
            parts = self._tallies(shape, compared.shown, scope, None, compared.background)
            return self._compare(shape, compared, scope, parts.get(None, {}))

        return self.once(("reading", name, period, *sorted(scope.items())), make)

    def several(self, period: Period, scopes: Mapping[str, dict[str, str]]) -> dict[str, Reading]:
        """The readings of several metrics, each within its scope."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            told = pool.map(lambda name: self.reading(name, period, scopes[name]), scopes)
            return dict(zip(scopes, told, strict=True))

    def plain(self, name: str, period: Period) -> Reading:
        """A reading of the whole without comparison."""
        shape = self.shape(name)
        found = self._tallies(shape, [period], {}).get(None, {})
        return self.alone(shape, period, {}, found.get(period.name, Tally()))

    def by(
        self, name: str, period: Period, dimension: str, scope: dict[str, str]
    ) -> list[tuple[str, Reading]]:
        def make() -> list[tuple[str, Reading]]:
            shape, compared = self.shape(name), self._compared(name, period)
            parts = self._tallies(shape, compared.shown, scope, dimension, compared.background)
            shown = {p.name for p in compared.shown}
            names = [
                part
                for part in sorted(parts, key=lambda value: (value == UNASSIGNED, value.casefold()))
                if shown & set(parts[part])
            ]
            told = [self._compare(shape, compared, {**scope, dimension: part}, parts[part]) for part in names]
            return list(zip(names, judged_together(told), strict=True))

        return self.once(("by", name, period, dimension, *sorted(scope.items())), make)

    def moved(self, name: str, period: Period, scope: dict[str, str]) -> Moved | None:
        def make() -> Moved | None:
            shape, compared = self.shape(name), self._compared(name, period)
            told = self.reading(name, period, scope)
            if told.change is None or compared.before is None:
                return None
            return moved(self.cursor(), shape, period, compared.before, scope)

        return self.once(("moved", name, period, *sorted(scope.items())), make)

    def trend(self, name: str, period: Period, scope: dict[str, str], points: int) -> list[Reading]:
        def make() -> list[Reading]:
            shape, wanted = self.shape(name), self._trend_periods(name, period, points)
            found = self._tallies(shape, wanted, scope).get(None, {})
            return [self.alone(shape, p, scope, found.get(p.name, Tally())) for p in wanted]

        return self.once(("trend", name, period.name, points, *sorted(scope.items())), make)

    def limits(self, name: str, period: Period, scope: dict[str, str]) -> kinds.Limits | None:
        def make() -> kinds.Limits | None:
            shape = self.shape(name)
            if shape.metric.kind not in kinds.BY_MONTHS or period.name == "all":
                return None
            past = self._past(shape, period, self.breaks(name, scope))
            found = self._tallies(shape, past, scope).get(None, {})
            return kinds.limits([self._side(shape.metric, p, found).figures.value for p in past])

        return self.once(("limits", name, period.name, *sorted(scope.items())), make)

    def projections(self, scope: dict[str, str]) -> list[Projection]:
        """Where what is on the board or has a target ends in the quarter that is running by the newest of their data."""
        shapes = self._judged(scope)
        if not shapes:
            return []
        quarter = self.calendar.holding("quarter", max(shape.as_of for shape in shapes))
        return [project(self.cursor(), shape, quarter, scope) for shape in shapes]

    def judged(self) -> list[tuple[Metric, list[Period], bool]]:
        """What is on the board or has a target, each with the quarter before the one that is running by the newest of their
        data, and that one; and whether its value begins anew with a period, since it adds up.
        """
        shapes = self._judged({})
        if not shapes:
            return []
        quarter = self.calendar.holding("quarter", max(shape.as_of for shape in shapes))
        periods = [*self.calendar.before(quarter), quarter]
        return [(shape.metric, periods, adds_up(shape.metric, shape.state)) for shape in shapes]

    def _judged(self, scope: dict[str, str]) -> list[Shape]:
        names = [
            name
            for name, m in self.metrics.items()
            if (m.board or self._targets.get(name)) and set(scope) <= set(m.by)
        ]
        return [shape for shape in map(self.shape, names) if shape.as_of]

    def loads(self) -> pd.DataFrame:
        """All loads, newest first."""
        return self.once(("loads",), lambda: rows.loads(self.cursor())).copy()

    def nameless(self) -> str:
        """How many records name no known service, in words; empty where all do."""

        def make() -> str:
            told = [
                f"{missing:,} of {every:,} {NAMED[kind] if every != 1 else kind}"
                for kind, every, missing in rows.nameless(self.cursor())
                if missing
            ]
            *others, last = told or [""]
            named = " and ".join(filter(None, [", ".join(others), last]))
            return f"No known service is named by {named}" if named else ""

        return self.once(("nameless",), make)

    def idle_targets(self) -> list[str]:
        """The targets that name what does not exist, which hold for nothing, and those that no value can be; in sentences."""
        idle = [f"the metric {name!r}" for name in self._targets if name not in self.metrics]
        named = {part for told in self._targets.values() for scope, _ in told for part in scope.items()}
        known = {
            dimension: {value.casefold() for value in self.dimension_values(dimension)}
            for dimension in dict(named)
        }
        idle += [
            f"the {dimension.replace('_', ' ')} {value!r}"
            for dimension, value in sorted(named)
            if value.casefold() not in known[dimension]
        ]
        beyond = [
            f"A target of {metric.text(target.value)} is none of {metric.title}: {why}."
            for metric in self.metrics.values()
            for _, target in self._targets.get(metric.name, [])
            if (why := metric.impossible(target.value))
        ]
        return [*(f"A target names {one}, which there is not." for one in idle), *dict.fromkeys(beyond)]

    def grows(self, name: str) -> bool:
        """Whether a metric's value grows with the period, so that its targets are scaled to it."""
        shape = self.shape(name)
        return adds_up(shape.metric, shape.state)

    def targets(self, name: str) -> list[tuple[dict[str, str], Target]]:
        """What was ever agreed for a metric, oldest first, each with the service or business unit it is for."""
        return list(self._targets.get(name, []))

    def annotations(self, name: str, scope: dict[str, str]) -> list[Annotation]:
        """What is to be told on a metric's trend, oldest first."""
        return [one for one in self._annotations if one.concerns(name, scope)]

    def values(self, name: str, dimension: str) -> list[str]:
        return self.once(
            ("values", name, dimension), lambda: rows.values(self.cursor(), self.shape(name), dimension)
        )

    def dimension_values(self, dimension: str) -> list[str]:
        def make() -> list[str]:
            told_by = [name for name, metric in self.metrics.items() if dimension in metric.by]
            if not told_by:
                known = sorted({d for metric in self.metrics.values() for d in metric.by})
                raise Unknown(f"There is no dimension {dimension!r}, only {', '.join(known)}.")
            found = {value for name in told_by for value in self.values(name, dimension)}
            return sorted(found, key=lambda value: (value == UNASSIGNED, value.casefold()))

        return self.once(("values", dimension), make)

    def periods(self) -> list[Period]:
        return [*(period for size in ("quarter", "month", "year") for period in self._known(size)), ALL]

    def _known(self, size: str) -> list[Period]:
        """The quarters, months or years between the first observation and the newest source, newest first."""
        known = [s for s in map(self.shape, self.metrics) if s.latest and s.begins]
        if not known:
            return []
        first, last = min(s.begins for s in known), max(s.latest for s in known)
        return self.calendar.between(size, min(first, last), last)[::-1]

    def default_period(self, size: str = "quarter") -> Period:
        board = [name for name, m in self.metrics.items() if m.board] or list(self.metrics)
        shapes, periods = [self.shape(name) for name in board], self._known(size)
        for period in periods:
            closed = [self._closed(s, period) for s in shapes if self._touched(s, period)]
            if closed and 2 * sum(closed) >= len(closed):
                return period
        return periods[0] if periods else ALL

    def prepare(self) -> None:
        """Read what the first pages ask: the board's metrics in the default period with their trends and parts, unfiltered."""
        period = self.default_period()
        board = {name: metric for name, metric in self.metrics.items() if metric.board}
        self.several(period, {name: {} for name in board})
        for name, metric in board.items():
            self.trend(name, period, {}, TREND)
            self.moved(name, period, {})
            for dimension in metric.by[:1]:
                self.by(name, period, dimension, {})

    def once(self, key: tuple, make: Callable[[], Any]) -> Any:
        """What `make` makes, made once for a key of this snapshot; nobody changes it afterwards."""
        # Two threads may make the same reading at once; neither waits for the other.
        if key not in self._cache:
            made = make()
            with self._lock:
                self._cache.setdefault(key, made)
        return self._cache[key]

    def _tallies(
        self,
        shape: Shape,
        periods: list[Period],
        scope: dict[str, str],
        dimension: str | None = None,
        background: Sequence[Period] = (),
    ) -> dict[str | None, dict[str, Tally]]:
        """Tallies by part, then by period name."""
        for name in (*scope, *([dimension] if dimension else [])):
            shape.column(name)
        parts: dict[str | None, dict[str, Tally]] = {}
        if periods and shape.dated + shape.undated:
            found = tally(self.cursor(), shape, periods, scope, dimension, background)
            for (part, period), one in found.items():
                parts.setdefault(part, {})[period] = one
        return parts

    def _touched(self, shape: Shape, period: Period) -> bool:
        """Whether the data reaches into a period."""
        return bool(
            shape.latest and shape.begins and shape.begins < period.end and period.start <= shape.latest
        )

    def _covered(self, shape: Shape, period: Period) -> bool:
        """Whether a period lies after the data begins; the month in which it begins is taken as whole."""
        return (
            self._touched(shape, period)
            and period.start >= self.calendar.holding("month", shape.begins).start
        )

    def _comparable(self, shape: Shape, period: Period) -> bool:
        """Whether a value of a period says something beside another's: an amount of a part of it does not."""
        whole = adds_up(shape.metric, shape.state)
        return self._covered(shape, period) if whole else self._touched(shape, period)

    def _closed(self, shape: Shape, period: Period) -> bool:
        return shape.as_of is not None and period.end <= shape.as_of

    def _compared(self, name: str, period: Period) -> Compared:
        shape = self.shape(name)
        before = self.calendar.compared(period)
        before = before if before and self._comparable(shape, before) else None
        if shape.metric.kind not in HISTORIC or before is None or not self._closed(shape, period):
            return Compared(period, before, [], [])
        months = self.calendar.months(period)
        past = self._past(shape, period, [one for one in self.breaks(name, {}) if one.values])
        if shape.metric.kind not in kinds.BY_MONTHS:
            return Compared(period, before, past, [])
        then = [p for p in past if p.start < before.end] if period.against == "year" else []
        return Compared(period, before, past, months, then)

    def _past(self, shape: Shape, period: Period, parted: Sequence[Break]) -> list[Period]:
        """The closed months before a period that the data covers, from the newest break on."""
        months = self.calendar.before(self.calendar.months(period)[0], HISTORY)
        since = max((one.at for one in parted if one.at < period.end), default=datetime.min)
        return [p for p in months if p.start >= since and self._covered(shape, p) and self._closed(shape, p)]

    def _trend_periods(self, name: str, period: Period, points: int) -> list[Period]:
        shape = self.shape(name)
        if not shape.latest or not shape.begins or shape.begins >= period.end:
            return []
        size = {"year": "year", "all": "quarter"}.get(grain(period), "month")
        last = shape.latest if period.name == "all" else self.calendar.months(period)[-1].start
        last = max(min(last, shape.latest), shape.begins)
        return self.calendar.between(size, shape.begins, last)[-points:]

    def alone(self, shape: Shape, period: Period, scope: dict[str, str], found: Tally) -> Reading:
        """A reading without comparison."""
        metric, known = shape.metric, self._touched(shape, period)
        seen = kinds.figures(metric, found) if known else kinds.Figures(None)
        grows = adds_up(metric, shape.state)
        target = in_force(self._targets.get(metric.name, []), period, scope, grows)
        reading = Reading(
            metric=metric.name,
            title=metric.title,
            unit=metric.unit,
            period=period,
            scope=dict(scope),
            value=seen.value,
            n=found.n if known else 0,
            begins=date_of(shape.begins, self.settings.zone)
            if known and not self._covered(shape, period)
            else None,
            low=seen.low,
            high=seen.high,
            left_out=dict(sorted(found.left_out.items())),
            left_out_amount=dict(sorted(found.left_out_amount.items())),
            target=target,
            status=status(metric, seen.value, target),
            closed=self._closed(shape, period),
            as_of=shape.as_of,
            through=date_of(shape.as_of, self.settings.zone) if shape.as_of else None,
            snapshot=self.number,
            text="not reached"
            if seen.detail.get("not_reached")
            else metric.text(seen.value, seen.low, seen.high),
            doubts=self._doubted(metric, period),
            stale=self.stale(metric.reads, period.end),
            breaks=tuple(
                one for one in self.breaks(metric.name, scope) if period.start <= one.at < period.end
            ),
            detail=seen.detail,
        )
        return replace(reading, sentence=metric.sentence(reading))

    def _compare(
        self, shape: Shape, compared: Compared, scope: dict[str, str], found: dict[str, Tally]
    ) -> Reading:
        """A reading with the period it is compared with and, where both are closed and known from their start, a verdict."""
        metric, before = shape.metric, compared.before
        reading = self.alone(shape, compared.period, scope, found.get(compared.period.name, Tally()))
        if before is None:
            return replace(reading, not_compared=self._unreached(shape, compared.period))
        # A change of what is counted is no change of what happened.
        parted = [
            one
            for one in self.breaks(metric.name, {})
            if one.values and before.start < one.at < compared.period.end
        ]
        if parted:
            then, why = before.label.partition(" (")[0], parted[-1]
            return replace(reading, not_compared=f"Not compared with {then}: on {why.on} {why.what}.")
        now, then = self._side(metric, compared.period, found), self._side(metric, before, found)
        was = then.figures
        reading = replace(
            reading,
            previous=was.value,
            previous_name=before.name,
            previous_text=metric.text(was.value, was.low, was.high),
        )
        if doubted := self._doubted(metric, before):
            reading = replace(reading, doubts=tuple(dict.fromkeys((*reading.doubts, *doubted))))
        # Half an export must not look like an improvement.
        if reading.doubts or reading.stale:
            return reading
        if not reading.closed or not (now.tally.n or then.tally.n):
            return reading
        background = (
            [self._side(metric, p, found) for p in some]
            for some in (compared.past, compared.months, compared.then)
        )
        test = kinds.compare(metric, now, then, *background)
        known = None not in (reading.value, reading.previous)
        return replace(
            reading,
            change=reading.value - reading.previous if known else None,
            verdict=verdict(metric, reading.value, reading.previous, test),
            why=test.why,
            p=test.p,
        )

    def _unreached(self, shape: Shape, period: Period) -> str:
        """What is said where a person asks for a year before, and the data does not reach so far back."""
        asked = self.calendar.compared(period) if period.against == "year" else None
        if asked is None or not self._touched(shape, period):
            return ""
        begins = day(shape.begins, self.settings.zone)
        return f"Not compared with {asked.label.partition(' (')[0]}: its data begins on {begins}."

    def stale(self, records: Sequence[str], end: datetime | None = None) -> tuple[str, ...]:
        """The sources of some kinds of records that fall short of what others tell, by more than their cadence.

        end: of a period, beyond which nothing is asked of them.
        """
        newest = max((one.at for one in self.complete if not RECORDS[one.record].reference), default=None)
        asked = min(filter(None, [end, newest]), default=None)
        return tuple(
            f"stale: nothing of {one.title} since {day(one.at, self.settings.zone)}"
            for one in self.complete
            if one.record in records and not one.ended and one.overdue and one.overdue < asked
        )

    def _doubted(self, metric: Metric, period: Period) -> tuple[str, ...]:
        """The loads that may not be whole and whose rows a metric reads in a period."""
        return tuple(
            f"load {d.load} may not be whole"
            for d in self._doubts
            if d.record in metric.reads and d.touches(period.start, period.end)
        )

    def _side(self, metric: Metric, period: Period, found: dict[str, Tally]) -> Side:
        one = found.get(period.name, Tally())
        # The day counts of neighbouring periods: summer time moves their ends by an hour.
        return Side(one, kinds.figures(metric, one), (period.end - period.start).total_seconds() / 86400)
