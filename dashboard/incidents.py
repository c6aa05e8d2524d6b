"""The figures of the Incidents page: its timeline with the links of causes, its steps, and its days.

All come from observations of metrics, placed and filtered as their readings are: nothing is counted another way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import duckdb
import pandas as pd

from dashboard.observations import Shape, placed
from dashboard.period import Calendar
from dashboard.reading import Period, Reading
from dashboard.tallies import Tally, tally

MOST, STEPS_OF_CAUSE, NAMED = 300, 8, 40
PARTS = 30
# The longest time that is counted by days.
DAILY = timedelta(days=190)
# Why an incident is none of those of which a step is asked.
BESIDE = ("cancelled", "planned maintenance")
CAUSED = "caused by"
TIMED = {
    "time_to_detect": "Detected",
    "time_to_acknowledge": "Acknowledged",
    "time_to_contain": "Contained (security)",
    "time_to_resolve": "Restored",
}


@dataclass(frozen=True)
class Timeline:
    """Incidents of a span of time, and what links them.

    marks: one row per incident drawn, the most severe first, then the newest: record_id, at, until (null: not known),
        still_open, domain, severity, services, title, causes (records, or names that are in no export).
    links: pairs of records drawn (cause, effect, what): CAUSED, or the name that both give as their cause, where the
        earlier stands first.
    every: how many incidents there are in that time, drawn or not.
    """

    marks: pd.DataFrame
    links: list[tuple[str, str, str]]
    every: int


@dataclass(frozen=True)
class Step:
    """How many of the incidents of a period have come so far.

    metric: what tells the time to it; None for the first step. every = reached + waiting + missing: reached have the
    time recorded, waiting are open and have not come so far, missing are past it without a time.
    took: the median from the step that `since` names, over `measured` incidents.
    """

    title: str
    metric: str | None
    every: int
    reached: int
    waiting: int
    missing: int
    took: str = ""
    since: str = ""
    measured: int = 0


@dataclass(frozen=True)
class Day:
    """Hours of downtime on a day of the organisation's time zone. known: the data reaches into it."""

    period: Period
    hours: float
    outages: int
    known: bool

    @property
    def on(self) -> date:
        return date.fromisoformat(self.period.name)


def timeline(
    con: duckdb.DuckDBPyConnection,
    shape: Shape,
    period: Period,
    scope: Mapping[str, str],
    span: tuple[datetime, datetime] | None = None,
    most: int = MOST,
) -> Timeline:
    """The incidents that a metric counts in a period, or those in a part of it (span: UTC, half open)."""
    parameters: dict[str, Any] = {}
    tables = placed(shape, [period], dict(scope), None, parameters)
    first, last = span or (period.start, period.end)
    marks = con.execute(
        f"""with {tables},
        drawn as (
            select record_id, "at", severity, domain, services, as_of, count(*) over () as every from placed
            where number is not null and reason is null and "at" >= $from_at and "at" < $until_at
            order by severity nulls last, "at" desc, record_id limit $most
        )
        select record_id, drawn."at", drawn.severity, drawn.domain, drawn.services, title, status,
               coalesce(restored_at, case when status = 'open' then drawn.as_of end) as until,
               restored_at is null and coalesce(status = 'open', false) as still_open, causes, every
        from drawn
        join incident_one using (record_id)
        left join cause_chain using (record_id)
        order by drawn.severity nulls last, drawn."at" desc, record_id""",
        parameters | {"from_at": first, "until_at": last, "most": most},
    ).df()
    every = int(marks["every"].iloc[0]) if len(marks) else 0
    return Timeline(marks.drop(columns="every"), links(marks), every)


def groups(
    con: duckdb.DuckDBPyConnection,
    shape: Shape,
    period: Period,
    scope: Mapping[str, str],
    span: tuple[datetime, datetime] | None = None,
    lanes: int = 12,
) -> pd.DataFrame:
    """The same incidents counted together, where they are too many to be drawn one by one.

    lane (services with the most incidents; null: all the others), others (how many services these are), security,
    starts, until (UTC, of a thirtieth of the time, in whole days), n. One of several services counts in each lane;
    where the scope names a service, in that alone.
    """
    parameters: dict[str, Any] = {}
    tables = placed(shape, [period], dict(scope), None, parameters)
    first, last = span or (
        max(period.start, shape.begins or period.start),
        min(period.end, shape.latest or period.end),
    )
    width = timedelta(days=max(1, -(-(last - first) // timedelta(days=PARTS))))
    return con.execute(
        f"""with {tables},
        hit as (
            select record_id, unnest(services) as service, coalesce(domain = 'security', false) as security,
                   floor((epoch("at") - epoch($from_at::timestamp)) / $width)::integer as part
            from placed
            where number is not null and reason is null and "at" >= $from_at and "at" < $until_at
        ),
        own as (
            select * from hit where coalesce(service = $only, true)
        ),
        ranked as (
            select service, row_number() over (order by count(distinct record_id) desc, service) as place,
                   count(*) over () as every
            from own group by service
        ),
        laned as (
            select record_id, case when every <= $lanes or place < $lanes then service end as lane,
                   every - $lanes + 1 as others, security, part,
                   least(place, $lanes) as place
            from own join ranked using (service)
        )
        select lane, others, security, $from_at::timestamp + to_seconds(part * $width) as starts,
               $from_at::timestamp + to_seconds((part + 1) * $width) as until, count(distinct record_id) as n
        from laned group by place, lane, others, security, part order by place, part, security""",
        parameters
        | {
            "from_at": first,
            "until_at": last,
            "width": width.total_seconds(),
            "lanes": lanes,
            "only": scope.get("service"),
        },
    ).df()


def counts(
    con: duckdb.DuckDBPyConnection, shape: Shape, calendar: Calendar, period: Period, scope: Mapping[str, str]
) -> tuple[list[tuple[datetime, int]], timedelta]:
    """How many incidents a metric counts in each day of a period, or in each week of one of more than half a year.

    The beginnings of the days or weeks are as the organisation's clocks show them; those without an incident are left out.
    """
    long = period.end - period.start > DAILY
    parameters: dict[str, Any] = {}
    tables = placed(shape, [period], dict(scope), None, parameters)
    found = con.execute(
        f"""with {tables}
        select date_trunc($size, timezone($zone, timezone('UTC', "at"))) as bin, count(distinct record_id)
        from placed where number is not null and reason is null group by bin order by bin""",
        parameters | {"size": "week" if long else "day", "zone": calendar.zone.key},
    ).fetchall()
    return found, timedelta(weeks=1) if long else timedelta(days=1)


def links(marks: pd.DataFrame) -> list[tuple[str, str, str]]:
    """What links incidents: one is the cause of the other, or both name the same cause, which is none of them."""
    here = dict(zip(marks["record_id"], marks["at"], strict=True))
    found, shared = [], {}
    for record, causes in zip(marks["record_id"], marks["causes"], strict=True):
        for cause in causes if isinstance(causes, Sequence) or hasattr(causes, "tolist") else ():
            if cause in here:
                found.append((cause, record, CAUSED))
            else:
                shared.setdefault(cause, []).append(record)
    for cause, records in shared.items():
        found += [(one, other, cause) for one, other in pairwise(sorted(records, key=here.get))]
    return sorted(found)


def chain(con: duckdb.DuckDBPyConnection, record: str) -> pd.DataFrame:
    """What caused an incident and what it caused: step (-1: its cause, 1: its effect, …), record_id, kind, title, at, domain.

    kind: incident, change, problem, or null for a name that is in no export. Ends at eight steps and at 40 of a step.
    """
    asked = {
        -1: "select distinct unnest(causes) from cause_chain where list_contains($ids, record_id)",
        1: "select record_id from cause_chain where list_has_any(causes, $ids)",
    }
    steps = {record: 0}
    for way, sql in asked.items():
        ids = [record]
        for step in range(1, STEPS_OF_CAUSE + 1):
            told = con.execute(f"{sql} order by all limit {NAMED}", {"ids": ids}).fetchall()
            ids = [one for (one,) in told if one not in steps]
            steps |= dict.fromkeys(ids, way * step)
            if not ids:
                break
    return con.execute(
        """with given as (select unnest($ids) as record_id, unnest($steps) as step)
        select step, record_id, told.kind, title, "at", domain from given
        left join (
            select record_id, 'incident' as kind, title, coalesce(detected_at, opened_at) as "at", domain from incident_one
            union all select record_id, 'change', title, coalesce(started_at, opened_at), null from change
            union all select record_id, 'problem', title, opened_at, null from problem
        ) as told using (record_id)
        order by step, "at" nulls last, record_id""",
        {"ids": list(steps), "steps": list(steps.values())},
    ).df()


def steps(
    con: duckdb.DuckDBPyConnection, shape: Shape, readings: Mapping[str, Reading], scope: Mapping[str, str]
) -> list[Step]:
    """From occurrence to restore, for the incidents of one period.

    shape: of time_to_detect, whose observations hold the times of occurrence and detection. readings: of
    time_to_detect, time_to_acknowledge, time_to_contain and time_to_resolve, in one scope. An incident that was
    cancelled, or is planned maintenance, is asked for no step; one of operations is not asked for its containment.
    """
    detect = readings["time_to_detect"]
    parameters: dict[str, Any] = {}
    tables = placed(shape, [detect.period], dict(scope), None, parameters)
    every, occurred, detected = con.execute(
        f"""with {tables} select count(*), count(occurred_at), count(detected_at) from placed
        where number is not null and coalesce(not list_contains($beside, reason), true)""",
        parameters | {"beside": list(BESIDE)},
    ).fetchone()
    first = [
        Step("Occurred", None, every, occurred, 0, every - occurred),
        Step(
            TIMED[detect.metric], detect.metric, every, detected, 0, every - detected, detect.text, "occurrence", detect.n
        ),
    ]  # fmt: skip
    return first + [_step(title, readings[name]) for name, title in TIMED.items() if name != detect.metric]


def _step(title: str, reading: Reading) -> Step:
    missing = sum(count for reason, count in reading.left_out.items() if reason not in BESIDE)
    waiting = int(reading.detail.get("open") or 0)
    return Step(
        title, reading.metric, reading.n + missing, reading.n - waiting, waiting, missing, reading.text, "detection",
        reading.n,
    )  # fmt: skip


def days(
    con: duckdb.DuckDBPyConnection,
    shape: Shape,
    calendar: Calendar,
    first: date,
    last: date,
    scope: Mapping[str, str],
) -> list[Day]:
    """A metric of spans, day by day."""
    periods = calendar.days(first, last)
    found = tally(con, shape, periods, dict(scope))
    nothing = Tally()
    told = ((one, found.get((None, one.name), nothing)) for one in periods)
    return [Day(one, float(t.sums.get("amount") or 0), t.n, _known(shape, one)) for one, t in told]


def _known(shape: Shape, day: Period) -> bool:
    return bool(shape.begins and shape.latest and shape.begins < day.end and day.start < shape.latest)
