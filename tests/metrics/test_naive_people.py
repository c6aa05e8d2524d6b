"""Leavers, projects, training and opinions against a second, naive implementation on random rows."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

START = datetime(2026, 6, 20)
AS_OF = {"tool": datetime(2026, 7, 20, 12)}
ZONE = ZoneInfo("America/New_York")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PERIODS = ("2026-06", "2026-07", "all")
# A date is a day in New York; a time is one in UTC, also where it is midnight.
moments = st.builds(
    lambda day, hour: (START + day * DAY).date() if hour is None else START + day * DAY + hour * HOUR,
    st.integers(0, 40),
    st.sampled_from([None, None, 0, 2, 4, 15]),
)


def begins(told: date | None) -> datetime | None:
    if told is None or isinstance(told, datetime):
        return told
    return datetime.combine(told, time.min, ZONE).astimezone(UTC).replace(tzinfo=None)


def ends(told: date | None) -> datetime | None:
    if told is None or isinstance(told, datetime):
        return told
    return datetime.combine(told, time.max, ZONE).astimezone(UTC).replace(tzinfo=None)


def local_day(moment: datetime) -> date:
    return moment.replace(tzinfo=UTC).astimezone(ZONE).date()


def check(world, metric: str, told: list[tuple[datetime, bool]]) -> None:
    """A share over (when, met) pairs."""
    for name in PERIODS:
        period = world.calendar.period(name)
        met = [good for at, good in told if period.start <= at < period.end]
        read = world.read(metric, name, {})
        assert read.n == len(met)
        assert read.value == (pytest.approx(100 * sum(met) / len(met)) if met else None)


@settings(max_examples=20, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries({"last_day_at": moments, "access_removed_at": st.none() | moments}), max_size=8
    )
)
def test_leavers(world, rows):
    world.given({"leaver": rows}, AS_OF, timezone=ZONE.key)
    told, took = [], []
    for row in rows:
        left, removed = ends(row["last_day_at"]), ends(row["access_removed_at"])
        until = ends(row["last_day_at"] + DAY)
        if until <= AS_OF["tool"]:
            told.append((left, removed is not None and removed <= until))
        if left <= AS_OF["tool"]:
            took.append((left, removed and max(0, (removed - left) / HOUR)))
    check(world, "leaver_access_removed", told)
    for name in PERIODS:
        period = world.calendar.period(name)
        hours = [hours for at, hours in took if period.start <= at < period.end]
        read = world.read("time_to_remove_access", name, {})
        assert read.n == len(hours)
        if hours and None not in hours:
            assert read.value == pytest.approx(sorted(hours)[(len(hours) - 1) // 2])


@settings(max_examples=20, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "name": st.just("Project"),
                "status": st.sampled_from(["open", "closed", None, "planned", "cancelled"]),
                "build_starts_at": moments,
                "security_reviewed_at": st.none() | moments,
            }
        ),
        max_size=8,
    )
)
def test_designed_in(world, rows):
    world.given({"project": rows}, AS_OF, timezone=ZONE.key)
    begun = [
        row
        for row in rows
        if row["status"] not in ("planned", "cancelled")
        and local_day(ends(row["build_starts_at"])) <= local_day(AS_OF["tool"])
    ]
    told = []
    for row in begun:
        reviewed = begins(row["security_reviewed_at"])
        told.append(
            (
                ends(row["build_starts_at"]),
                reviewed is not None and reviewed <= ends(row["build_starts_at"]),
            )
        )
    check(world, "designed_in", told)


@settings(max_examples=20, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "person": st.sampled_from(["1", "2", None]),
                "course": st.just("Phishing"),
                "due_at": moments,
                "completed_at": st.none() | moments,
            }
        ),
        max_size=8,
    )
)
def test_training_completed(world, rows):
    world.given({"training": rows}, AS_OF, timezone=ZONE.key)
    due = [row for row in rows if ends(row["due_at"]) <= AS_OF["tool"]]
    done = [(ends(row["due_at"]), begins(row["completed_at"])) for row in due]
    check(world, "training_completed", [(until, at is not None and at <= until) for until, at in done])


@settings(max_examples=20, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "framework": st.sampled_from(["SOC 2", "ISO 27001"]),
                "completed_at": st.none() | moments,
                "opinion": st.sampled_from(["unqualified", "unqualified", "qualified", "adverse", None]),
            }
        ),
        max_size=8,
    )
)
def test_clean_opinions(world, rows):
    world.given({"audit": rows}, AS_OF, timezone=ZONE.key)
    given = [row for row in rows if row["completed_at"] and row["opinion"]]
    dated = [
        (begins(row["completed_at"]), row["opinion"] == "unqualified")
        for row in given
        if begins(row["completed_at"]) <= AS_OF["tool"]
    ]
    check(world, "clean_opinions", dated)
