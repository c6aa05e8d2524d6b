"""Readings: the only reader of snapshots. Pages, packs and the command line ask it, and it caches by snapshot."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from dashboard import audits, incidents, outlook, patching, rows, whatif
from dashboard.change import Change, changes
from dashboard.kinds import Limits
from dashboard.links import links
from dashboard.metric import Metric
from dashboard.moved import Moved
from dashboard.opened import TREND, Opened
from dashboard.outlook import Outlook
from dashboard.projection import Projection
from dashboard.reading import Annotation, Period, Reading, Target
from dashboard.survival import Curve
from dashboard.whatif import WhatIf
from pipelines.errors import NotReady
from pipelines.settings import Settings
from pipelines.snapshot import numbers, open_snapshot
from pipelines.warehouse import astray

WHOLE: dict[str, str] = {}


class Readings:
    """Readings of the newest snapshot of a data folder. May be asked by several threads.

    NotReady where nothing is loaded; Unknown (a ValueError), for people to read, where a metric, period or dimension is unknown.
    """

    def __init__(self, data: Path, metrics: Mapping[str, Metric] | None = None):
        self._data = data
        self._given = metrics
        self._lock = threading.RLock()
        self._opened: Opened | None = None
        self._coming = False

    @property
    def snapshot(self) -> int:
        """The number of the snapshot being read; 0 where there is none yet."""
        with self._lock:
            if self._opened is None and not numbers(self._data):
                return 0
            return self._now().number

    def refresh(self) -> bool:
        """Go on with a newer snapshot if there is one; True if so."""
        with self._lock:
            newest = max(numbers(self._data), default=0)
            if newest in (0, self._opened.number if self._opened else 0):
                return False
            self._opened = Opened(*open_snapshot(self._data), self._given)
            return True

    def follow(self) -> None:
        """Go on with a newer snapshot once what the first pages ask of it is known; the present one answers meanwhile."""
        with self._lock:
            if self._opened is None:
                self.refresh()
                return
            if self._coming or max(numbers(self._data), default=0) in (0, self._opened.number):
                return
            self._coming = True
        threading.Thread(target=self._prepare, daemon=True).start()

    def _prepare(self) -> None:
        try:
            coming = Opened(*open_snapshot(self._data), self._given)
            with suppress(NotReady, duckdb.Error):  # a page says what does not run
                coming.prepare()
            with self._lock:
                if self._opened is None or coming.number > self._opened.number:
                    self._opened = coming
        except NotReady:
            pass  # it may be pruned by now, or be said where it is asked for
        finally:
            self._coming = False

    def _now(self) -> Opened:
        with self._lock:
            if self._opened is None:
                self._opened = Opened(*open_snapshot(self._data), self._given)
            return self._opened

    @property
    def settings(self) -> Settings:
        return self._now().settings

    def metrics(self) -> dict[str, Metric]:
        """Every metric by name, those of the board first."""
        return dict(self._now().metrics)

    def period(self, name: str) -> Period:
        """The period of a name; Unknown where it is none."""
        return self._now().calendar.period(name)

    def compared(self, period: Period) -> Period | None:
        """What a period is compared with; nothing for all time."""
        return self._now().calendar.compared(period)

    def periods(self) -> list[Period]:
        """Quarters, months and years that hold data, each newest first, then all time."""
        return self._now().periods()

    def default_period(self, size: str = "quarter") -> Period:
        """The newest quarter (or month or year) that is closed for at least half of the board's metrics that have data in it."""
        return self._now().default_period(size)

    def reading(self, metric: str, period: Period, scope: dict[str, str] = WHOLE) -> Reading:
        """What a metric says for a period, within a scope (dimension -> value), compared as the period says."""
        return self._now().reading(metric, period, scope)

    def several(self, period: Period, scopes: Mapping[str, dict[str, str]]) -> dict[str, Reading]:
        """The readings of several metrics for a period, each within its scope: sooner than one after the other, and of one snapshot."""
        return self._now().several(period, scopes)

    def by(
        self, metric: str, period: Period, dimension: str, scope: dict[str, str] = WHOLE
    ) -> list[tuple[str, Reading]]:
        """One reading for each value of a dimension that has data in the period or the one it is compared with."""
        return self._now().by(metric, period, dimension, scope)

    def judged(self) -> list[tuple[Metric, list[Period], bool]]:
        """What has a target or is on the board, the quarters whose status is news (the running one last), and whether it adds up."""
        return self._now().judged()

    def moved(self, metric: str, period: Period, scope: dict[str, str] = WHOLE) -> Moved | None:
        """Why a ratio moved since the period it is compared with; None where it is no ratio, nothing is compared or nothing comes back."""
        return self._now().moved(metric, period, scope)

    def trend(
        self, metric: str, period: Period, scope: dict[str, str] = WHOLE, points: int = TREND
    ) -> list[Reading]:
        """Readings up to the period, oldest first, without comparison; the last may be "so far".

        Months for a month or quarter, years for a year, quarters for all time.
        """
        return self._now().trend(metric, period, scope, points)

    def limits(self, metric: str, period: Period, scope: dict[str, str] = WHOLE) -> Limits | None:
        """The limits that the months of a period are judged by; None where the kind or the history has none."""
        return self._now().limits(metric, period, scope)

    def rows(
        self,
        metric: str,
        period: Period,
        scope: dict[str, str] = WHOLE,
        left_out: bool | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """The observations behind a number, newest first, with the reason in `left_out` of those that do not count.

        left_out: only those left out (True), only those that count (False), or both (None).
        """
        now = self._now()
        return rows.observed(now.cursor(), now.shape(metric), period, scope, left_out, limit)

    def keep(self, metric: str, period: Period, to: Path) -> int:
        """Write all observations behind a number to a Parquet file: how many."""
        now = self._now()
        return rows.keep(now.cursor(), now.shape(metric), period, to)

    def records(self, metric: str, record_id: str) -> pd.DataFrame:
        """The versions of the records behind an observation, newest first, each with the load it came from."""
        now = self._now()
        return rows.versions(now.cursor(), now.shape(metric), record_id)

    def record(self, kind: str, record_id: str) -> dict[str, Any]:
        """A record as it stands: column -> value, times in UTC."""
        return rows.record(self._now().cursor(), kind, record_id)

    def corrections(self) -> pd.DataFrame:
        """The values corrected by hand that hold, each with its load, the newest first."""
        return rows.corrections(self._now().cursor())

    def links(self, records: Sequence[str]) -> pd.DataFrame:
        """The pairs in which these records of incidents stand: what links them, and whether they are counted once."""
        return links(self._now().cursor(), records)

    def changes(self, number: int, con: duckdb.DuckDBPyConnection) -> list[Change]:
        """What the board's numbers would become in a snapshot that is not published."""
        return changes(self._now() if self.snapshot else None, Opened(number, con, self._given))

    def targets(self, metric: str) -> list[tuple[dict[str, str], Target]]:
        """What was ever agreed for a metric, oldest first, each with the service or business unit it is for."""
        return self._now().targets(metric)

    def annotations(self, metric: str, scope: dict[str, str] = WHOLE) -> list[Annotation]:
        """What happened that is to be told on a metric's trend, oldest first."""
        return self._now().annotations(metric, scope)

    def idle_targets(self) -> list[str]:
        """The targets that name what does not exist, and those that no value can be; in sentences."""
        return self._now().idle_targets()

    def grows(self, metric: str) -> bool:
        """Whether a metric's value grows with the period, so that its targets are scaled to it."""
        return self._now().grows(metric)

    def astray(self) -> list[str]:
        """What the service map points at that the list of services does not know."""
        return astray(self._now().cursor())

    def values(self, metric: str, dimension: str) -> list[str]:
        """The values of a dimension among a metric's observations, in no order."""
        return self._now().values(metric, dimension)

    def dimension_values(self, dimension: str) -> list[str]:
        """All values of a dimension over the metrics that can be told by it, "Unassigned" last."""
        return self._now().dimension_values(dimension)

    def loads(self) -> pd.DataFrame:
        """All loads, newest first."""
        return self._now().loads()

    def rejects(self, load: int) -> pd.DataFrame:
        """The refused rows and cells of a load."""
        return rows.rejects(self._now().cursor(), load)

    def freshness(self) -> pd.DataFrame:
        """Up to when each source's data is complete, whether it has `ended` (reports no more), and its last load."""
        now = self._now()
        return now.once(("freshness",), lambda: rows.freshness(now.cursor())).copy()

    def unmapped(self) -> pd.DataFrame:
        """Names that come to no known service: kind of record, name, records."""
        return rows.unmapped(self._now().cursor())

    def stale(self, records: Sequence[str]) -> tuple[str, ...]:
        """The sources of some kinds of records of which the next export is missing, in words."""
        return self._now().stale(records)

    def nameless(self) -> str:
        """How many incidents, assets and patches name no known service, in words; empty where all do."""
        return self._now().nameless()

    def reporting(self) -> pd.DataFrame:
        """Of the services in the catalogue, how many each kind of record tells of, and which it never names."""
        return rows.reporting(self._now().cursor())

    def decisions(self) -> pd.DataFrame:
        """Decisions asked of the board, those still to be made first."""
        now = self._now()
        return now.once(("decisions",), lambda: rows.decisions(now.cursor())).copy()

    def decision_history(self) -> pd.DataFrame:
        """Every version of every decision, oldest first, with who entered it and when."""
        return rows.decision_history(self._now().cursor())

    def risks(self) -> pd.DataFrame:
        """The open risks of the register, the highest likelihood × consequence first."""
        return rows.risks(self._now().cursor())

    def projections(self, scope: dict[str, str] = WHOLE) -> list[Projection]:
        """Where what is on the board or has a target ends in the running quarter if nothing changes, or why that cannot be told."""
        return self._now().projections(scope)

    def patched(self, service: str, period: Period, by: date) -> WhatIf:
        """What if a service's overdue patches were installed by the end of a day. Unknown for a day that is none of `days`."""
        return whatif.patched(self._now(), service, period, by)

    def restored(self, service: str, period: Period, hours: float) -> WhatIf:
        """What if every major incident of a service had been restored within so many hours."""
        return whatif.restored(self._now(), service, period, hours)

    def days(self, period: Period) -> tuple[date, date] | None:
        """The first and the last day of a period on which patches can be supposed to be installed; None where it is over."""
        return whatif.days(self._now(), period)

    def agreed_hours(self, service: str, period: Period) -> float | None:
        """The target of the time to restore that holds for a service."""
        return whatif.agreed_hours(self._now(), service, period)

    def outlook(self, service: str | None = None) -> Outlook:
        """What falls due in the next 30, 60 and 90 days, and what is overdue, by kind."""
        return outlook.outlook(self._now().cursor(), service)

    def due(
        self, kind: str, bucket: str | None = None, service: str | None = None, limit: int | None = None
    ) -> pd.DataFrame:
        """The rows behind a count of the outlook, those due first first."""
        return outlook.due(self._now().cursor(), kind, bucket, service, limit)

    def timeline(
        self, period: Period, scope: dict[str, str] = WHOLE, span: tuple[datetime, datetime] | None = None
    ) -> incidents.Timeline:
        """The major incidents of a period, or of a part of it, with what links them."""
        now = self._now()
        return now.once(
            ("timeline", period, span, *sorted(scope.items())),
            lambda: incidents.timeline(now.cursor(), now.shape("major_incidents"), period, scope, span),
        )

    def incident_groups(
        self, period: Period, scope: dict[str, str] = WHOLE, span: tuple[datetime, datetime] | None = None
    ) -> pd.DataFrame:
        """The major incidents of a period, or of a part of it, counted together by service and time."""
        now = self._now()
        return now.once(
            ("groups", period, span, *sorted(scope.items())),
            lambda: incidents.groups(now.cursor(), now.shape("major_incidents"), period, scope, span),
        )

    def major_incidents_by_time(
        self, period: Period, scope: dict[str, str] = WHOLE
    ) -> tuple[list[tuple[datetime, int]], timedelta]:
        """How many major incidents began in each day or week of a period, and which of the two it is."""
        now = self._now()
        return now.once(
            ("by time", period, *sorted(scope.items())),
            lambda: incidents.counts(now.cursor(), now.shape("major_incidents"), now.calendar, period, scope),
        )

    def chain(self, record: str) -> pd.DataFrame:
        """What caused an incident, and what it caused."""
        return incidents.chain(self._now().cursor(), record)

    def steps(self, period: Period, scope: dict[str, str] = WHOLE) -> list[incidents.Step]:
        """How many of the incidents of a period were detected, acknowledged, contained and restored, and how soon."""
        now = self._now()

        def make() -> list[incidents.Step]:
            told = {name: now.reading(name, period, scope) for name in incidents.TIMED}
            return incidents.steps(now.cursor(), now.shape("time_to_detect"), told, scope)

        return now.once(("steps", period, *sorted(scope.items())), make)

    def downtime_by_day(self, first: date, last: date, scope: dict[str, str] = WHOLE) -> list[incidents.Day]:
        """Hours of downtime on each day."""
        now = self._now()
        return now.once(
            ("days", first, last, *sorted(scope.items())),
            lambda: incidents.days(now.cursor(), now.shape("downtime"), now.calendar, first, last, scope),
        )

    def day(self, day: date) -> Period:
        """A day as a period, for rows."""
        return self._now().calendar.days(day, day)[0]

    def curves(
        self, metric: str, period: Period, dimension: str, scope: dict[str, str] = WHOLE
    ) -> dict[str, Curve]:
        """The Kaplan–Meier curve of each value of a dimension of a metric of durations."""
        now = self._now()
        return now.once(
            ("curves", metric, period, dimension, *sorted(scope.items())),
            lambda: patching.curves(now.cursor(), now.shape(metric), period, dimension, scope),
        )

    def crossed(
        self, metric: str, period: Period, one: str, other: str, scope: dict[str, str] = WHOLE
    ) -> pd.DataFrame:
        """How many records a metric counts for each pair of values of two dimensions, the most first."""
        now = self._now()
        return now.once(
            ("crossed", metric, period, one, other, *sorted(scope.items())),
            lambda: patching.crossed(now.cursor(), now.shape(metric), period, one, other, scope),
        )

    def exploited(
        self, period: Period, scope: dict[str, str] = WHOLE, most: int | None = patching.MOST
    ) -> pd.DataFrame:
        """Known exploited weaknesses that are overdue at a period's end, by patch, the oldest first."""
        now = self._now()
        shape = now.shape("known_exploited_overdue")
        return now.once(
            ("exploited", period, most, *sorted(scope.items())),
            lambda: patching.exploited(now.cursor(), shape, period, scope, most),
        )

    def audits(self) -> pd.DataFrame:
        """Every audit, completed or planned, the newest first."""
        now = self._now()
        known = [one.at for one in now.complete if one.record == "audit"]
        return audits.audits(now.cursor(), max(known, default=None))
