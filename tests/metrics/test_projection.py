"""Where the running period ends if nothing changes, against a second, naive implementation on random rows."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.projection import project

AS_OF = datetime(2026, 9, 1)
END = datetime(2026, 10, 1)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LEFT = END - AS_OF


def projected(world, metric: str, period: str = "2026-Q3"):
    return project(world.con.cursor(), world.opened.shape(metric), world.calendar.period(period), {})


def outage(number: int, start: datetime, hours: int) -> dict:
    return {
        "key": f"{number}",
        "opened_at": start,
        "outage_started_at": start,
        "outage_ended_at": start + hours * HOUR,
        "impact": "outage",
        "status": "resolved",
        "services": [f"Service {number}"],  # so that none is merged with another
    }


@settings(max_examples=10, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 300).map(lambda day: AS_OF - day * DAY), st.integers(1, 40)), max_size=12
    )
)
def test_amounts_go_on_as_in_the_year_before(world, rows):
    first = datetime(2025, 10, 1)
    outages = [(first, 1), *((start, min(hours, (AS_OF - start) // HOUR)) for start, hours in rows)]
    world.given(
        {"incident": [outage(n, start, hours) for n, (start, hours) in enumerate(outages)]}, {"tool": AS_OF}
    )

    def down(start: datetime, end: datetime) -> float:
        lengths = [min(end, at + hours * HOUR) - max(start, at) for at, hours in outages]
        return sum(max(length / HOUR, 0) for length in lengths)

    whole = (AS_OF - first) // LEFT
    stretches = [down(AS_OF - (back + 1) * LEFT, AS_OF - back * LEFT) for back in range(whole)]
    so_far = down(datetime(2026, 7, 1), AS_OF)
    ahead = projected(world, "downtime")

    assert len(stretches) == 11
    assert ahead.so_far == pytest.approx(so_far)
    assert (ahead.low, ahead.high) == pytest.approx((so_far + min(stretches), so_far + max(stretches)))
    assert ahead.value == pytest.approx(so_far + sum(stretches) / len(stretches))


def test_without_enough_of_a_year_before_no_amount_is_told(world):
    world.given({"incident": [outage(1, datetime(2026, 6, 1), 2)]}, {"tool": AS_OF})

    ahead = projected(world, "downtime")
    assert (ahead.value, ahead.how) == (None, "too little of the year before is known")


def patch(number: int, due: str, fixed: str | None = None) -> dict:
    state = "fixed" if fixed else "open"
    seen = {"first_seen_at": "2026-01-01", "asset": "web1", "patch": f"KB{number}", "severity": 1}
    return seen | {"due_at": due, "state": state} | ({"fixed_at": fixed} if fixed else {})


def test_shares_count_what_is_known_to_fall_due(world):
    given = [
        patch(1, "2026-05-01", "2026-04-01"),  # of two in the year before, one in time
        patch(2, "2026-05-01"),
        patch(3, "2026-07-10", "2026-07-01"),  # of this quarter's so far, one in time
        patch(4, "2026-07-10", "2026-08-01"),
        patch(5, "2026-09-10", "2026-08-15"),  # to fall due, done
        *[patch(number, "2026-09-20") for number in (6, 7, 8)],  # to fall due
        patch(9, "2026-10-05"),  # not included: in the next quarter
    ]
    world.given({"patch": given}, {"tool": AS_OF})
    ahead = projected(world, "patches_on_time")

    assert ahead.so_far == 50
    assert (ahead.low, ahead.value, ahead.high) == pytest.approx((100 * 2 / 6, 100 * 3 / 6, 100 * 5 / 6))
    assert "2 fell due, 4 more are known to, 1 of them done already" in ahead.how


def test_only_the_running_period_is_projected(world):
    world.given(
        {"patch": [patch(1, "2026-05-01"), patch(2, "2026-07-10"), patch(3, "2026-11-01")]}, {"tool": AS_OF}
    )

    told = [projected(world, "patches_on_time", name) for name in ("2026-Q3", "2026-Q2", "2026-Q4", "all")]
    past, ahead = "its data reaches past the period", "its data does not reach into the period"
    assert [one.how for one in told[1:]] == [past, ahead, past]
    assert [one.value is None for one in told] == [False, True, True, True]


def control(name: str, result: str, tested: str) -> dict:
    return {"control": name, "scope": "acct", "result": result, "tested_at": tested}


def test_what_is_in_force_stays_give_or_take_what_changed_before(world):
    # A month is left. Of four controls all passed in March, two failed over April, one was mended over July.
    tests = [control(name, "pass", "2026-03-01") for name in "ABCD"]
    tests += [
        control("A", "fail", "2026-04-15"),
        control("B", "fail", "2026-04-20"),
        control("A", "pass", "2026-07-20"),
    ]
    world.given({"control_test": tests}, {"tool": AS_OF})
    ahead = projected(world, "controls_passing")

    assert (ahead.so_far, ahead.value, ahead.low, ahead.high) == (75, 75, 25, 100)
    assert ahead.how == (
        "as it stands now, give or take the largest fall and rise over each of the last 6 stretches of 30 days"
    )


def test_what_is_in_force_is_told_without_a_range_where_little_is_known(world):
    world.given(
        {"control_test": [control("MFA", "pass", "2026-08-01"), control("Logs", "fail", "2026-08-01")]},
        {"tool": AS_OF},
    )
    ahead = projected(world, "controls_passing")

    assert (ahead.value, ahead.low, ahead.high, ahead.text) == (50, None, None, "50 %")
    assert ahead.how == "as it stands now; too little of the year before is known for a range"


@settings(max_examples=5, deadline=None)
@given(
    down=st.lists(
        st.tuples(st.integers(0, 300), st.integers(1, 20)), max_size=8, unique_by=lambda one: one[0]
    )
)
def test_availability_goes_on_as_in_the_stretches_before(world, down):
    # Each day of one service round the clock; hours of an outage never reach into the next day.
    outages = [(AS_OF - day * DAY - 22 * HOUR, hours) for day, hours in [(330, 1), *down]]
    world.given(
        {
            "incident": [
                outage(n, start, hours) | {"services": ["A"]} for n, (start, hours) in enumerate(outages)
            ],
            "service": [{"key": "A", "name": "A", "customer_facing": True}],
        },
        {"tool": AS_OF},
    )
    first = AS_OF - 331 * DAY

    def hours(start: datetime, end: datetime) -> tuple[float, float]:
        start = max(start, first)
        return sum(h for at, h in outages if start <= at < end), (end - start) / HOUR

    lost, agreed = hours(datetime(2026, 7, 1), AS_OF)
    stretches = [hours(AS_OF - (back + 1) * LEFT, AS_OF - back * LEFT) for back in range(331 // LEFT.days)]
    ends = [100 * (1 - (lost + d) / (agreed + of)) for d, of in stretches]
    likely = [sum(column) / len(stretches) for column in zip(*stretches, strict=True)]
    ahead = projected(world, "availability")

    assert len(stretches) == 11
    assert ahead.so_far == pytest.approx(100 * (1 - lost / agreed))
    assert ahead.value == pytest.approx(100 * (1 - (lost + likely[0]) / (agreed + likely[1])))
    assert (ahead.low, ahead.high) == pytest.approx((min(ends), max(ends)))
