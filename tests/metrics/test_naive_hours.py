"""Availability against a second, naive implementation: every quarter of an hour is asked what the clock on the wall shows.

Random outages, maintenance and calendars around the nights in which clocks are put forward or back.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dashboard.reading import Reading
from pipelines.records import DAYS

QUARTER = timedelta(minutes=15)
WEEKS = [  # eight days from the Wednesday before clocks are changed; Lord Howe's by half an hour
    datetime(2026, 3, 25),
    datetime(2026, 10, 21),
    datetime(2026, 10, 28),
    datetime(2026, 9, 30),
    datetime(2026, 4, 1),
]
ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe"]
SERVICES = {"Payments": "Desk", "Cards": None, "Payroll": "Nights"}
GROUPS = {
    "Pay": ("any down", {"Payments": 1, "Cards": 1}),
    "Reach": ("all down", {"Payments": 1, "Payroll": 1}),
    "Both": ("weighted", {"Payments": 3, "Payroll": 1}),
}

quarters = st.integers(0, 96)
window = st.tuples(st.integers(0, 95), st.integers(0, 96))
calendar = st.fixed_dictionaries(
    {
        "time_zone": st.sampled_from(ZONES),
        "week": st.lists(st.lists(window, max_size=3), min_size=7, max_size=7),
        "holidays": st.sets(st.integers(0, 8), max_size=2),
        "from_day": st.sampled_from([None, None, 3]),
    }
)
outage = st.fixed_dictionaries(
    {
        "service": st.sampled_from([*SERVICES]),
        "impact": st.sampled_from(["outage", "outage", "outage", "maintenance", "degradation"]),
        "starts": st.integers(0, 700),
        "lasts": st.integers(0, 200),
    }
)


def shown(quarter: int) -> str:
    return f"{quarter // 4:02}:{quarter % 4 * 15:02}"


def given_calendar(name: str, told: dict, start: datetime) -> dict:
    row = {"name": name, "time_zone": told["time_zone"]}
    row["holidays"] = [str((start + timedelta(days=d)).date()) for d in sorted(told["holidays"])]
    if told["from_day"] is not None:
        row["from_at"] = (start + timedelta(days=told["from_day"])).date()
    hours = [[f"{shown(opens)}-{shown(closes)}" for opens, closes in day] for day in told["week"]]
    return row | dict(zip(DAYS, hours, strict=True))


def agreed(told: dict | None, start: datetime, moment: datetime) -> bool | None:
    """Whether the clock of a calendar shows a time within its hours; None where nothing is agreed yet."""
    if told is None:
        return True
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(told["time_zone"]))
    if told["from_day"] is not None and local.date() < (start + timedelta(days=told["from_day"])).date():
        return None
    if local.date() in {(start + timedelta(days=d)).date() for d in told["holidays"]}:
        return False
    at = local.hour * 4 + local.minute // 15
    today, yesterday = told["week"][local.weekday()], told["week"][local.weekday() - 1]
    return any(a <= at < (b if b > a else 96) for a, b in today) or any(
        b <= a and at < b for a, b in yesterday
    )


# Shrinking what fails takes minutes.
@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    start=st.sampled_from(WEEKS),
    home=st.sampled_from(ZONES),
    desk=calendar,
    nights=calendar,
    outages=st.lists(outage, max_size=8),
    ends=st.integers(600, 760),
)
def test_availability(world, start, home, desk, nights, outages, ends):
    calendars = {"Desk": desk, "Nights": nights, None: None}
    first = start + 30 * QUARTER
    until = start + ends * QUARTER
    rows = [{"services": [], "status": "closed", "opened_at": first, "impact": "none"}]
    for told in outages:
        begins = first + told["starts"] * QUARTER
        rows.append({
            "services": [told["service"]], "status": "closed", "impact": told["impact"], "opened_at": begins,
            "outage_started_at": begins, "outage_ended_at": begins + told["lasts"] * QUARTER,
        })  # fmt: skip
    # A second list of one calendar: the newer one holds.
    older = given_calendar("DESK", nights, start) | {
        "from_at": None,
        "effective_at": datetime(2020, 1, 1),
        "source": "old",
    }
    listed = [given_calendar("Desk", desk, start), given_calendar("Nights", nights, start)]
    world.given(
        {
            "service": [{"name": name, "calendar": held} for name, held in SERVICES.items()],
            "calendar": [*listed, *([older] if desk["from_day"] is None else [])],
            "service_group": [
                {"name": name, "rule": rule, "services": [f"{s} = {weight}" for s, weight in several.items()]}
                for name, (rule, several) in GROUPS.items()
            ],
            "incident": rows,
        },
        {"tool": until, "old": until},
        timezone=home,
    )
    zone = ZoneInfo(home)
    day = first.replace(tzinfo=UTC).astimezone(zone).date()
    begins = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    touched = {name: {"outage": set(), "maintenance": set(), "degradation": set()} for name in SERVICES}
    for row in rows[1:]:
        lasted = (row["outage_ended_at"] - row["outage_started_at"]) // QUARTER
        moments = {row["outage_started_at"] + n * QUARTER for n in range(lasted)}
        touched[row["services"][0]][row["impact"]] |= moments
    for name in (f"{start:%Y-%m}", "all"):
        period = world.calendar.period(name)
        states = {service: [] for service in SERVICES}  # True up, False down, None not agreed, by quarter
        moment = max(begins, period.start)
        while moment < min(until, period.end):
            for service, held in SERVICES.items():
                promised = (
                    agreed(calendars[held], start, moment) and moment not in touched[service]["maintenance"]
                )
                states[service].append(moment not in touched[service]["outage"] if promised else None)
            moment += QUARTER
        for service, found in states.items():
            hours = sum(state is not None for state in found) / 4, found.count(True) / 4
            same(world.read("availability", name, {"service": service}), *hours)
        for group, (rule, weights) in GROUPS.items():
            hours = grouped(rule, weights, states)
            same(world.read("group_availability", name, {"service_group": group}), *hours)


def grouped(rule: str, weights: dict[str, int], states: dict[str, list]) -> tuple[float, float]:
    """Agreed hours of a group and those in which it is up."""
    promised = up = 0.0
    for moment in zip(*(states[service] for service in weights), strict=True):
        found = [
            (state, weight)
            for state, weight in zip(moment, weights.values(), strict=True)
            if state is not None
        ]
        if rule == "weighted":
            promised += sum(weight for _, weight in found) / sum(weights.values())
            up += sum(weight for state, weight in found if state) / sum(weights.values())
        elif found:
            promised += 1
            up += (all if rule == "any down" else any)(state for state, _ in found)
    return promised / 4, up / 4


def same(read: Reading, promised: float, up: float) -> None:
    assert (read.detail.get("of", 0), read.detail.get("amount", 0)) == pytest.approx((promised, up))
    assert (read.value is None) if not promised else read.value == pytest.approx(100 * up / promised)
