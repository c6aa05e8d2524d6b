"""What if: the readings of one service on supposed facts.

What is supposed is laid over the snapshot as temporary tables of one cursor, under the names of the marts that it
changes; the metrics' own SQL then reads these. Nothing of it is stored or kept, and it is compared with nothing: it
says what would follow by itself from what is known, not what will be.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import duckdb

from dashboard.opened import Opened
from dashboard.period import date_of, day
from dashboard.reading import Period, Reading, Unknown
from dashboard.tallies import Tally, tally
from pipelines.marts import marts

TICK = timedelta(microseconds=1)
PATCHED = ("patches_on_time", "known_exploited_overdue", "overdue_exposure", "time_to_patch")
RESTORED = ("downtime", "time_to_restore", "money_lost", "availability")
# What can be supposed of each metric: the address parameter `suppose` of the What if page.
SUPPOSE = dict.fromkeys(PATCHED, "patched") | dict.fromkeys(RESTORED, "restored")
# Made anew from the changed incidents, each after those that it reads.
OUTAGES = ("downtime", "outage_cost", "service_time", "service_day", "major_incident")
OVERDUE = """installed_at is null and coalesce(left_out, 'informational') in ('informational', 'severity unknown')
    and (coalesce(excepted_until, due_at) < as_of or (known_exploited and exploited_due_at < as_of))
    and not exists (from patch_excepted as held where held.record_id = told.record_id and excepted
                    and coalesce(held.since <= told.as_of, true) and coalesce(held.until > told.as_of, true))"""
# An outage that would begin only after the restore takes no time; one that its source ends before its start stays so.
SOONER = """case when coalesce(ended_at < started_at, false) or coalesce(ended_at <= by_then, false) then outage_ended_at
    else greatest(by_then, started_at) end"""


@dataclass(frozen=True)
class Supposed:
    """One metric: its reading as it is, and as it would be. note: what has to be known to read the two side by side."""

    now: Reading
    then: Reading
    note: str = ""


@dataclass(frozen=True)
class WhatIf:
    """said: what is supposed, in words. changed: how many patches or incidents that changes. stays: what is as it was."""

    said: str
    service: str
    period: Period
    changed: int
    readings: tuple[Supposed, ...]
    stays: tuple[str, ...]


def days(opened: Opened, period: Period) -> tuple[date, date] | None:
    """The first and the last day of a period on which what is overdue can be supposed to be installed; None where it is over."""
    known = _known(opened)
    if known is None or period.name == "all" or not period.start <= known < period.end:
        return None
    return _local(opened, known), _local(opened, period.end - TICK)


def agreed_hours(opened: Opened, service: str, period: Period) -> float | None:
    """The target of the time to restore service that holds for a service in a period."""
    target = opened.reading("time_to_restore", period, {"service": service}).target
    return target.value if target else None


def patched(opened: Opened, service: str, period: Period, by: date) -> WhatIf:
    """What if the patches of a service that are overdue now were installed by the end of a day. Unknown for another day."""
    between = days(opened, period)
    if between is None:
        known = _known(opened)
        until = f"known up to {day(known, opened.calendar.zone)}" if known else "not loaded"
        raise Unknown(
            f"Patches are {until}: what is installed from then on changes nothing in {period.label}."
        )
    begins, ends = between
    if not begins <= by <= ends:
        raise Unknown(
            f"{by:%-d %b %Y} is no day from {begins:%-d %b %Y}, up to which patches are known, to {ends:%-d %b %Y}, where the period ends."
        )
    found, changed = _install(opened, service, period, by)
    left_open = found if by == ends else _install(opened, service, period, ends)[0]
    those = "the one overdue patch" if changed == 1 else f"the {changed:,} overdue patches"
    said = (
        f"What if {those} of {service} {'was' if changed == 1 else 'were'} installed by {by:%-d %B %Y}?"
        if changed
        else f"{service} has no overdue patches, so nothing would change."
    )
    return WhatIf(
        said,
        service,
        period,
        changed,
        _beside(opened, found, service, {
            "patches_on_time": "What was not in place by its date stays missed.",
            "overdue_exposure": f"Both up to {ends:%-d %b %Y}; as it is: if they are left open until then.",
        }, {name: left_open[name] for name in ("overdue_exposure",) if name in left_open}),
        ("What falls due from now on is as it is known, not supposed to be installed.",),
    )  # fmt: skip


def restored(opened: Opened, service: str, period: Period, hours: float) -> WhatIf:
    """What if every major incident of a service had been restored within so many hours of its detection."""
    if not 0 < hours < 100_000:
        raise Unknown(f"{hours:g} is no number of hours within which an incident could be restored.")
    within = opened.metric("time_to_restore").text(hours)
    with opened.cursor() as con:
        changed = _restore(con, service, hours, period)
        found = _read(opened, con, RESTORED, service, period)
    return WhatIf(
        f"What if {service} had been restored within {within} in every major incident?",
        service,
        period,
        changed,
        _beside(opened, found, service, {
            "money_lost": "Only what downtime costs is counted anew: costs noted on incidents, work and penalties stay.",
            "availability": "An outage outside agreed hours takes nothing off.",
        }),
        (
            "Not counted anew: availability of service groups, clients' answers, and whatever else would have followed.",
        ),
    )  # fmt: skip


def _install(opened: Opened, service: str, period: Period, by: date) -> tuple[dict[str, Reading], int]:
    """The readings with what is overdue installed at the end of a day, and how many patches that are."""
    ends = datetime.combine(by + timedelta(days=1), datetime.min.time(), opened.calendar.zone)
    moment = ends.astimezone(UTC).replace(tzinfo=None) - TICK
    with opened.cursor() as con:
        con.execute(
            f"""create temp table patch_obligation as
            select * exclude (overdue) replace (
                case when overdue then $moment::timestamp else installed_at end as installed_at,
                case when overdue then (epoch($moment::timestamp) - epoch(first_seen_at)) / 3600 else hours end as hours,
                case when overdue then $moment::timestamp else as_of end as as_of)
            from (select *, coalesce({OVERDUE}, false) as overdue from {_real(con)}.patch_obligation as told
                  where list_contains(services, $service))""",
            {"moment": moment, "service": service},
        )
        changed = con.execute(
            "select count(*) from patch_obligation where installed_at = $moment and as_of = $moment",
            {"moment": moment},
        ).fetchall()[0][0]
        return _read(opened, con, PATCHED, service, period), changed


def _restore(con: duckdb.DuckDBPyConnection, service: str, hours: float, period: Period) -> int:
    """Lay over the incidents of a service what is supposed of them; how many of a period that changes."""
    real, asked = _real(con), {"service": service, "hours": hours}
    con.execute(
        f"""create temp table late as
        select record_id, "at", "at" + to_microseconds(($hours * 3600e6)::bigint) as by_then from {real}.major_incident
        where severity <= 2 and left_out is null and missing is null and hours > $hours
          and list_contains(services, $service)""",
        asked,
    )
    con.execute(
        f"""create temp table incident_one as
        with own as (
            select record_id from {real}.incident_clock where list_contains(services, $service)
            union
            select unnest(incidents) from {real}.downtime where service = $service
        ),
        told as (
            select one.*, by_then, coalesce(outage_ended_at, restored_at) as ended_at,
                   coalesce(outage_started_at, occurred_at, least(detected_at, opened_at)) as started_at
            from {real}.incident_one as one semi join own using (record_id) left join late using (record_id)
        )
        select * exclude (by_then, started_at, ended_at) replace (
            case when by_then is null then restored_at else least(restored_at, by_then) end as restored_at,
            case when by_then is null then outage_ended_at else {SOONER} end as outage_ended_at)
        from told""",
        {"service": service},
    )
    con.execute(
        f"""create temp table incident_window as
        with told as (
            select part.*, by_then, coalesce(part.outage_ended_at, one.restored_at) as ended_at, part.outage_started_at as started_at
            from {real}.incident_window as part
            left join {real}.incident_merged as one using (record_id)
            left join late using (record_id)
        )
        select * exclude (by_then, started_at, ended_at) replace (
            case when by_then is null then outage_ended_at else {SOONER} end as outage_ended_at)
        from told"""
    )
    con.execute(
        f"create temp table incident_merged as from incident_one semi join {real}.incident_merged using (record_id)"
    )
    con.execute(
        f"create temp table catalogue as from {real}.catalogue where service = $service",
        {"service": service},
    )
    selects = marts()
    for name in OUTAGES:
        con.execute(f"create temp table {name} as {selects[name]}")
    inside = 'select count(*) from late where "at" >= $start and "at" < $end'
    return con.execute(inside, {"start": period.start, "end": period.end}).fetchall()[0][0]


def _read(
    opened: Opened, con: duckdb.DuckDBPyConnection, names: Iterable[str], service: str, period: Period
) -> dict[str, Reading]:
    """Readings of what the cursor now holds under the names of the marts."""
    scope, found = {"service": service}, {}
    for name in names:
        if name in opened.metrics:
            counted = tally(con, opened.shape(name), [period], scope).get((None, period.name), Tally())
            shape = opened.shape(name)
            if counted.n and (shape.begins is None or shape.begins >= period.end):
                shape = replace(shape, begins=period.start)  # what is supposed is the first of it
            found[name] = opened.alone(shape, period, scope, counted)
    return found


def _beside(
    opened: Opened,
    found: dict[str, Reading],
    service: str,
    notes: dict[str, str],
    untouched: Mapping[str, Reading] = {},
) -> tuple[Supposed, ...]:
    """Each supposed reading beside the one as it is, or as it is at the same moment if nothing is done (untouched)."""
    scope = {"service": service}
    return tuple(
        Supposed(untouched.get(name) or opened.reading(name, then.period, scope), then, notes.get(name, ""))
        for name, then in found.items()
    )


def _known(opened: Opened) -> datetime | None:
    """Up to when the newest source of patches is complete."""
    complete = [one.at for one in opened.complete if one.record == "patch"]
    return max(complete, default=None)


def _local(opened: Opened, moment: datetime) -> date:
    return date_of(moment, opened.calendar.zone)


def _real(con: duckdb.DuckDBPyConnection) -> str:
    """The snapshot's own schema, whatever is laid over it."""
    return f'"{con.execute("select current_catalog()").fetchall()[0][0]}".main'
