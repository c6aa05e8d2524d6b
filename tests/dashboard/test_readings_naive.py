"""Readings of random observations hold what a naive second implementation makes of the same rows, row by row."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dashboard.rows import observed

BEGIN, AS_OF = datetime(2025, 12, 1), datetime(2026, 7, 1)
PERIODS = ["2026-02", "2026-Q1", "2026-Q2", "2026", "all"]
KINDS = ["total", "span", "count", "share", "rate", "duration", "score"]
MOMENTS = st.integers(-20, 5500).map(lambda hours: BEGIN + timedelta(hours=hours))


def observations(kind: str, state: bool) -> st.SearchStrategy:
    """Rows with repeated records, missing dates and facts, several services or none."""
    common = {
        "record_id": st.sampled_from([f"r{n}" for n in range(9)]),
        "services": st.sampled_from([None, [], ["A"], ["B"], ["A", "B"], ["B", "B"]]),
        "left_out": st.sampled_from([None, None, None, "planned"]),
    }
    if state or kind == "span":
        lasts = st.one_of(st.none(), st.integers(-3, 900))
        common |= {"since": st.one_of(st.none(), MOMENTS), "until": lasts}
    else:
        common["at"] = st.one_of(st.none(), MOMENTS)
    facts = {
        "total": {"amount": st.sampled_from([None, 0.0, 1.5, 20.0])},
        "share": {"met": st.sampled_from([None, True, False])},
        "rate": {"amount": st.sampled_from([None, 1.0, 3.0]), "of": st.sampled_from([4.0, 8.0])},
        "duration": {"hours": st.sampled_from([None, 1.0, 2.0, 5.5]), "finished": st.booleans()},
        "score": {"score": st.sampled_from([None, 10.0, 50.0, 80.0])},
    }

    def ended(row: dict) -> dict:
        if row.get("until") is not None:
            row["until"] = row["since"] + timedelta(hours=row["until"]) if row["since"] else None
        return row

    return st.lists(st.fixed_dictionaries(common | facts.get(kind, {})).map(ended), max_size=25)


CASES = st.sampled_from([*((kind, False) for kind in KINDS), ("count", True), ("share", True)]).flatmap(
    lambda case: st.tuples(st.just(case), observations(*case))
)


def reason(kind: str, row: dict) -> str | None:
    """Why a row does not count, its date apart."""
    if row["left_out"]:
        return row["left_out"]
    if kind == "span" and row["since"] and row["until"] and row["until"] < row["since"]:
        return "ends before its start"
    lacks = {
        "total": ("no amount", ["amount"]),
        "rate": ("no amount", ["amount", "of"]),
        "share": ("not known", ["met"]),
        "duration": ("no time", ["hours", "finished"]),
        "score": ("no score", ["score"]),
    }
    why, columns = lacks.get(kind, ("", []))
    return why if any(row[column] is None for column in columns) else None


def hours_in(row: dict, period) -> float:
    ended = AS_OF if row["until"] is None else row["until"]
    return max(
        (min(max(ended, row["since"]), period.end) - max(row["since"], period.start)).total_seconds() / 3600,
        0,
    )


def belongs(kind: str, state: bool, row: dict, period) -> bool:
    if kind == "span":
        ended = max(row["since"], AS_OF if row["until"] is None else row["until"])
        return row["since"] < period.end and (ended > period.start or row["since"] >= period.start)
    if state:
        moment = min(period.end - timedelta(microseconds=1), AS_OF)
        return (
            period.start <= AS_OF
            and row["since"] <= moment
            and (row["until"] is None or row["until"] > moment)
        )
    return period.start <= row["at"] < period.end


def own(kind: str, row: dict) -> tuple:
    """What makes a row of a record one of its own in a period."""
    columns = {"total": ("at", "amount"), "span": ("since", "until"), "rate": ("at", "amount", "of")}.get(
        kind, ()
    )
    return (row["record_id"], *(row[c] for c in columns))


def order(kind: str, row: dict) -> tuple:
    if kind == "share":
        return (row["met"] is None, row["met"])
    if kind == "duration":
        return (row["finished"], -(row["hours"] or 0))
    return (row.get("score") or 0,)


def naive(kind: str, state: bool, rows: list[dict], period, service: str | None):
    """value, n and left out records by reason."""
    placed: dict[tuple, list] = defaultdict(list)
    for row in rows:
        if service is not None and service not in (row["services"] or ["Unassigned"]):
            continue
        dated = row["since" if state or kind == "span" else "at"] is not None
        why = reason(kind, row)
        if dated and belongs(kind, state, row, period):
            placed[("dated", *own(kind, row))].append((why, row))
        elif not dated and (why is None or period.name == "all"):
            placed[("undated", *own(kind, row))].append((why or "undated", row))
    counted, left_out = [], defaultdict(set)
    for (place, *_), several in placed.items():
        first = min(
            several,
            key=lambda pair: (
                pair[0] is not None and pair[0] != "undated",
                pair[0] or "",
                *order(kind, pair[1]),
            ),
        )
        if first[0] is None:
            counted.append(first[1])
        else:
            left_out[(place, first[0])].add(first[1]["record_id"])
    told: dict[str, int] = defaultdict(int)
    for (_, why), records in left_out.items():
        told[why] += len(records)
    lacks = {"total": "no amount", "span": "ends before its start"}.get(kind)
    if not counted and (lacks in told or ("undated", lacks) in left_out):
        return None, 0, dict(told)
    return value(kind, counted, period), len({row["record_id"] for row in counted}), dict(told)


def value(kind: str, counted: list[dict], period) -> float | None:
    if kind == "total":
        return sum(row["amount"] for row in counted)
    if kind == "span":
        return sum(hours_in(row, period) for row in counted)
    if kind == "count":
        return len(counted)
    if not counted:
        return None
    if kind == "share":
        return 100 * sum(row["met"] for row in counted) / len(counted)
    if kind == "rate":
        return 100 * sum(row["amount"] for row in counted) / sum(row["of"] for row in counted)
    if kind == "score":
        return sum(row["score"] for row in counted) / len(counted)
    still_open = 1.0
    for hours in sorted({row["hours"] for row in counted if row["finished"]}):
        at_risk = sum(row["hours"] >= hours for row in counted)
        still_open *= 1 - sum(row["finished"] and row["hours"] == hours for row in counted) / at_risk
        if still_open <= 0.5 + 1e-12:
            return hours
    return None


def known(kind: str, state: bool, rows: list[dict], period) -> bool:
    dates = [row["since" if state or kind == "span" else "at"] for row in rows]
    begins = min((date for date in dates if date), default=None)
    return begins is not None and begins < period.end and period.start <= AS_OF


@settings(max_examples=75, deadline=None)
@given(CASES, st.sampled_from(PERIODS), st.sampled_from([None, "A", "Unassigned"]))
def test_a_reading_is_what_a_naive_look_at_the_rows_gives(world, case, name, service):
    (kind, state), rows = case
    readings = world.given(kind, rows, state=state, as_of=AS_OF)
    period = readings.calendar.period(name)
    reading = readings.reading("measure", period, {"service": service} if service else {})
    expected, n, left_out = naive(kind, state, rows, period, service)
    if not known(kind, state, rows, period):
        assert (reading.value, reading.n) == (None, 0)
    else:
        assert reading.value == (None if expected is None else pytest.approx(expected))
        assert reading.n == n
    assert reading.left_out == left_out


@settings(max_examples=60, deadline=None)
@given(
    CASES, st.sampled_from(["2026-02", "2026-Q1", "2026-Q2", "2026"]), st.lists(st.booleans(), min_size=25)
)
def test_what_a_year_before_was_is_what_a_naive_look_at_its_rows_gives(world, case, name, earlier):
    (kind, state), rows = case
    year = timedelta(days=365)
    rows = [
        {n: v - year if isinstance(v, datetime) else v for n, v in row.items()} if back else row
        for row, back in zip(rows, earlier, strict=False)
    ]
    readings = world.given(kind, rows, state=state, as_of=AS_OF)
    period = readings.calendar.period(name)
    reading = readings.reading("measure", replace(period, against="year"), {})
    other = readings.calendar.period(name.replace("2026", "2025"))
    plain = readings.reading("measure", period, {})
    assert (reading.value, reading.n) == (plain.value, plain.n)
    first = min((row[n] for row in rows for n in ("at", "since") if row.get(n)), default=datetime.max)
    adds = kind in ("total", "span") or (kind == "count" and not state)
    if first.replace(day=1, hour=0) <= other.start if adds else first < other.end:
        expected, _, _ = naive(kind, state, rows, other, None)
        assert reading.previous == (None if expected is None else pytest.approx(expected))
        assert (reading.previous_name, reading.not_compared) == (other.name, "")
    else:
        assert (reading.previous, reading.previous_name, reading.verdict) == (None, None, None)
        begun = known(kind, state, rows, period)
        assert bool(reading.not_compared) == begun


@settings(max_examples=40, deadline=None)
@given(CASES, st.sampled_from(PERIODS))
def test_told_by_a_dimension_each_value_reads_as_if_it_were_filtered(world, case, name):
    (kind, state), rows = case
    readings = world.given(kind, rows, state=state, as_of=AS_OF)
    period = readings.calendar.period(name)
    for service, part in readings.by("measure", period, "service", {}):
        whole = readings.reading("measure", period, {"service": service})
        assert (part.value, part.n, part.left_out, part.verdict) == (
            whole.value, whole.n, whole.left_out, whole.verdict,
        )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["total", "span"]).flatmap(lambda k: st.tuples(st.just(k), observations(k, False))))
def test_the_months_of_an_amount_add_up_to_the_quarter(world, case):
    kind, rows = case
    readings = world.given(kind, rows, as_of=AS_OF)
    quarter = readings.calendar.period("2026-Q1")
    months = [
        r for r in readings.trend("measure", quarter, {}, 12) if quarter.start <= r.period.start < quarter.end
    ]
    whole = readings.reading("measure", quarter, {}).value
    assert sum(r.value or 0 for r in months) == pytest.approx(whole or 0)


@settings(max_examples=40, deadline=None)
@given(CASES, st.sampled_from(PERIODS))
def test_the_rows_shown_are_those_that_were_counted_and_left_out(world, case, name):
    (kind, state), rows = case
    readings = world.given(kind, rows, state=state, as_of=AS_OF)
    period = readings.calendar.period(name)
    reading = readings.reading("measure", period, {})
    if reading.value is None and kind in ("total", "span", "count"):
        return  # nothing is known of the period
    counted = observed(world.con, readings.shape("measure"), period, {}, left_out=False)
    assert counted["record_id"].nunique() == reading.n
    left_out = observed(world.con, readings.shape("measure"), period, {}, left_out=True)
    assert set(left_out["left_out"]) == set(reading.left_out)


@given(st.integers(0, 40), st.integers(1, 40))
def test_intervals_are_scipys(met, missed):
    from dashboard.kinds import poisson_interval, wilson_interval

    wilson = stats.binomtest(met, met + missed).proportion_ci(method="wilson")
    assert wilson_interval(met, met + missed) == pytest.approx((wilson.low, wilson.high))
    low, high = poisson_interval(met)
    # What bounds an exact interval: a count so large (small) would be seen in 2.5 % of the periods.
    assert stats.poisson.cdf(met, high) == pytest.approx(0.025)
    assert met == 0 or stats.poisson.sf(met - 1, low) == pytest.approx(0.025)
