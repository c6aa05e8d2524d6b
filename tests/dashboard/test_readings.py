"""Readings on the smallest rows that prove a rule, and the snapshots they come from."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Event
from time import sleep

import duckdb
import pytest

from dashboard.metric import Metric
from dashboard.opened import Opened
from dashboard.reading import AGAINST, Unknown
from dashboard.readings import Readings
from pipelines.errors import NotReady
from pipelines.snapshot import path

JANUARY, APRIL, JULY = datetime(2026, 1, 5), datetime(2026, 4, 5), datetime(2026, 7, 5)
CLOSED = datetime(2026, 7, 1)


def read(opened, period="2026-Q2", **scope):
    return opened.reading("measure", opened.calendar.period(period), scope)


def times(at: datetime, count: int, **row) -> list[dict]:
    return [{"at": at + timedelta(hours=hour), **row} for hour in range(count)]


def test_a_record_of_two_services_counts_once_and_under_each(world):
    opened = world.given("count", [{"at": APRIL, "services": ["A", "B"]}, {"at": APRIL, "services": []}])
    assert read(opened).value == 2
    parts = opened.by("measure", opened.calendar.period("2026-Q2"), "service", {})
    assert [(name, part.value) for name, part in parts] == [("A", 1), ("B", 1), ("Unassigned", 1)]


def test_several_metrics_are_read_each_within_its_scope(world):
    opened = world.given("count", [{"at": APRIL, "services": ["A"]}, {"at": APRIL, "services": ["B"]}])
    opened.metrics["other"] = opened.metrics["measure"].model_copy(update={"name": "other"})
    period = opened.calendar.period("2026-Q2")
    told = opened.several(period, {"other": {"service": "A"}, "measure": {}})
    assert [(name, one.metric, one.value) for name, one in told.items()] == [
        ("other", "other", 1),
        ("measure", "measure", 2),
    ]
    with pytest.raises(Unknown):
        opened.several(period, {"measure": {}, "missing": {}})


def test_a_span_is_clipped_to_the_period_and_an_open_one_runs_to_as_of(world):
    rows = [
        {"since": datetime(2026, 3, 31, 22), "until": datetime(2026, 4, 1, 3)},  # 3 h of April
        {"since": datetime(2026, 6, 30, 20), "until": None, "as_of": datetime(2026, 6, 30, 21)},  # 1 h known
        {"since": datetime(2026, 5, 1), "until": datetime(2026, 5, 2), "left_out": "planned"},
        {"since": None},
    ]
    reading = read(world.given("span", rows, as_of=CLOSED))
    assert (reading.value, reading.n) == (4, 2)
    assert reading.left_out == {"planned": 1, "undated": 1}
    assert reading.left_out_amount == {"planned": 24}


@pytest.mark.parametrize(("count", "said"), [(1, "in 1 outage."), (2, "in 2 outages.")])
def test_one_is_told_as_one(world, count, said):
    assert read(world.given("count", times(APRIL, count), says="in {n:outage|outages}.")).sentence == said


def test_a_span_may_weigh_its_hours(world):
    rows = [{"since": APRIL, "until": APRIL + timedelta(hours=2), "rate": 10.0}]
    assert read(world.given("span", rows, columns=", rate double")).value == 20


def test_what_is_in_force_at_the_periods_end_counts(world):
    end = datetime(2026, 7, 1)
    rows = [
        {"since": APRIL, "until": end, "met": True},  # still so at the last instant
        {"since": APRIL, "until": end - timedelta(hours=1), "met": True},  # not included: over before
        {"since": end, "until": None, "met": True},  # not included: begins with the next period
    ]
    assert read(world.given("share", rows, state=True, as_of=JULY)).n == 1


def test_what_is_in_force_is_known_up_to_the_sources_own_as_of(world):
    rows = [
        {
            "since": APRIL,
            "until": JULY,
            "met": True,
            "as_of": APRIL,
        },  # the test that made the source complete
        {"since": JANUARY, "until": APRIL, "met": False, "as_of": APRIL},  # not included: ended by it
        {
            "since": JANUARY,
            "until": None,
            "met": False,
            "as_of": JANUARY,
        },  # not included: known before the period only
    ]
    reading = read(world.given("share", rows, state=True, as_of=JULY))
    assert (reading.value, reading.n) == (100, 1)


def test_no_state_is_read_after_the_data_ends(world):
    opened = world.given("count", [{"since": JANUARY, "until": None}], state=True, as_of=APRIL)
    assert read(opened, "2026-Q2").value == 1
    assert read(opened, "2026-Q3").value is None


def test_days_are_cut_in_the_organisations_time_zone(world):
    rows = [{"at": datetime(2026, 3, 31, 22, 30)}]  # half past midnight in Paris
    opened = world.given("count", rows, organisation={"timezone": "Europe/Paris"})
    assert (read(opened, "2026-03").value, read(opened, "2026-04").value) == (None, 1)


def test_rows_without_a_date_are_left_out_of_every_period(world):
    rows = [{"at": None}, {"at": None, "left_out": "planned"}, {"at": APRIL}]
    opened = world.given("count", rows)
    assert read(opened).left_out == {"undated": 1}
    assert read(opened, "all").left_out == {"planned": 1, "undated": 1}


def test_the_median_keeps_what_is_still_open(world):
    rows = [
        {"at": APRIL, "hours": h, "finished": f} for h, f in ((1, True), (2, True), (9, False), (9, False))
    ]
    reading = read(world.given("duration", [*rows, {"at": APRIL, "hours": None, "finished": None}]))
    assert (reading.value, reading.detail["open"], reading.left_out) == (2, 2, {"no time": 1})


def test_a_median_that_is_not_reached_is_said(world):
    rows = [{"at": APRIL, "hours": 9.0, "finished": False}] * 3
    reading = read(world.given("duration", rows, says="half within {value}"))
    assert (reading.value, reading.detail["not_reached"]) == (None, True)
    assert reading.text == "not reached"
    assert reading.sentence.startswith("Not reached yet: 3 are still open, of 3 counted.")


def test_a_total_is_told_apart_by_its_basis(world):
    rows = [
        {"record_id": "a", "at": APRIL, "amount": 5, "basis": "recorded"},
        {"record_id": "a", "at": APRIL, "amount": 7, "basis": "modelled"},
    ]
    reading = read(
        world.given(
            "total", rows, columns=", basis varchar", says="{recorded} and {modelled}, {other}: {apart}"
        )
    )
    assert (reading.value, reading.n, reading.detail) == (12, 1, {"recorded": 5, "modelled": 7})
    assert reading.sentence == "$5 and $7, –: $7 modelled and $5 recorded"


def test_a_period_is_closed_once_every_source_is_complete_to_its_end(world):
    rows = times(JANUARY, 6) + times(APRIL, 6)
    late = {"one": JULY, "other": datetime(2026, 6, 30, 23)}
    reading = read(world.given("count", rows, as_of=late))
    assert (reading.closed, reading.verdict, reading.change, reading.previous) == (False, None, None, 6)
    reading = read(world.given("count", rows, as_of={"one": JULY, "other": CLOSED}))
    assert (reading.closed, reading.verdict, reading.change) == (True, "no clear change", 0)


def test_a_source_that_is_behind_keeps_periods_open_but_not_empty(world):
    opened = world.given("count", times(APRIL, 3), as_of={"behind": APRIL, "used": JULY})
    reading = read(opened)
    assert (reading.value, reading.closed, reading.as_of) == (3, False, APRIL)


def test_a_source_that_reports_no_more_keeps_nothing_open(world):
    rows = times(datetime(2016, 11, 5), 20) + times(JANUARY, 20) + times(APRIL, 20)
    opened = world.given("count", rows, as_of={"retired": datetime(2017, 2, 15), "used": JULY})
    reading = read(opened)
    assert (reading.closed, reading.as_of, reading.previous, reading.change) == (True, JULY, 20, 0)
    assert opened.default_period().name == "2026-Q2"
    assert read(opened, "2017-Q1").change is None  # its own end is no change


def test_the_default_is_a_quarter_with_data(world):
    opened = world.given("count", times(APRIL, 3), as_of=datetime(2026, 5, 10))
    assert opened.default_period().name == "2026-Q2"


def test_a_source_without_observations_does_not_make_later_periods_empty(world):
    # The other source has incidents, but none that this measure observes.
    rows = [{"since": APRIL, "until": APRIL + timedelta(hours=1), "as_of": CLOSED}]
    opened = world.given("span", rows, as_of={"outages": CLOSED, "tickets": datetime(2026, 11, 1)})
    assert (read(opened, "2026-06").value, read(opened, "2026-09").value) == (0, None)


@pytest.mark.parametrize(("reason", "value"), [("no rate", None), ("planned", 0)])
def test_nothing_that_could_be_counted_is_no_zero(world, reason, value):
    rows = [{"at": APRIL, "amount": 5.0, "left_out": reason}, {"at": JANUARY, "amount": 1.0}]
    reading = read(world.given("total", rows, lacks=("no rate",)))
    assert (reading.value, reading.n, reading.left_out) == (value, 0, {reason: 1})
    assert ("all is left out (1 no rate)" in reading.sentence) == (value is None)


def test_a_change_is_not_told_against_a_period_that_the_data_only_begins_in(world):
    rows = times(datetime(2026, 2, 3), 6) + times(APRIL, 60)
    opened = world.given("count", rows, as_of=CLOSED)
    reading = read(opened)
    assert (reading.previous, reading.verdict, reading.change) == (None, None, None)
    assert read(opened, "2026-Q1").begins == date(2026, 2, 3)


def test_the_days_of_a_reading_are_those_of_the_organisation(world):
    opened = world.given(
        "count",
        times(datetime(2026, 2, 3, 3), 6),
        as_of=datetime(2026, 10, 2, 3),
        organisation={"timezone": "America/New_York"},
    )
    told = read(opened, "2026-Q1")
    assert (told.begins, told.through) == (date(2026, 2, 2), date(2026, 10, 1))


def test_a_period_is_compared_with_that_of_a_year_before_where_it_is_asked_for(world):
    months = [datetime(2025 + n // 12, n % 12 + 1, 3) for n in range(18)]
    # Each spring is as busy as the last; the winter between them was quiet.
    amounts = [30, 31, 29, 60, 62, 58, *[30, 31, 29] * 3, 60, 61, 59]
    rows = [
        {"at": month + timedelta(days=day), "amount": amount}
        for month, amount in zip(months, amounts, strict=False)
        for day in range(5)
    ]
    opened = world.given("total", rows, as_of=CLOSED)
    spring = opened.calendar.period("2026-Q2")
    reading = opened.reading("measure", replace(spring, against="year"), {})
    assert (reading.value, reading.previous, reading.previous_name) == (900, 900, "2025-Q2")
    assert (reading.verdict, reading.change) == ("no clear change", 0)
    assert reading.previous_text == opened.reading("measure", opened.calendar.period("2025-Q2"), {}).text
    assert opened.reading("measure", spring, {}).previous == 450
    first = opened.reading("measure", replace(opened.calendar.period("2025-Q4"), against="year"), {})
    assert (first.value, first.previous, first.verdict) == (450, None, None)
    assert first.not_compared == "Not compared with Quarter 4, 2024: its data begins on 3 Jan 2025."


@pytest.mark.parametrize("kind", ["total", "span", "count", "rate"])
def test_a_month_is_as_large_whatever_it_is_compared_with(world, kind):
    moments = [datetime(2025 + n // 12, n % 12 + 1, 3) for n in range(18)]
    facts = {"total": {"amount": 5.0}, "rate": {"amount": 1.0, "of": 4.0}}.get(kind, {})
    rows = [
        {"since": at, "until": at + timedelta(hours=1)} if kind == "span" else {"at": at, **facts}
        for at in moments
    ]
    opened = world.given(kind, rows, as_of=CLOSED)
    month = opened.calendar.period("2026-06")
    told = [opened.reading("measure", replace(month, against=against), {}) for against in AGAINST]
    value = {"total": 5, "span": 1, "count": 1, "rate": 25}[kind]
    assert [(r.value, r.n, r.detail) for r in told] == [(value, 1, told[0].detail)] * 2
    assert [r.previous_name for r in told] == ["2026-05", "2025-06"]


def test_parts_and_what_moved_a_ratio_are_told_against_a_year_before_too(world):
    met = {datetime(2025, 4, 5): 80, JANUARY: 50, APRIL: 50}
    rows = [
        {"at": at, "met": n < count, "services": ["A"], "record_id": f"r{n}"}
        for at, count in met.items()
        for n in range(100)
    ]
    opened = world.given("share", rows, better="higher", as_of=CLOSED, items="record_id")
    period = replace(opened.calendar.period("2026-Q2"), against="year")
    ((name, part),) = opened.by("measure", period, "service", {})
    assert (name, part.previous, part.verdict) == ("A", 80, "worse")
    assert opened.moved("measure", period, {}).same == pytest.approx(-30)


def test_a_clear_change_is_better_or_worse(world):
    rows = [{"at": at, "met": n < met} for at, met in ((JANUARY, 50), (APRIL, 80)) for n in range(100)]
    reading = read(world.given("share", rows, better="higher", as_of=CLOSED))
    assert (reading.value, reading.previous, reading.change, reading.verdict) == (80, 50, 30, "better")
    assert reading.previous_text == "50 %"
    assert reading.why.endswith("(two proportions): p < 0.001")


def test_the_status_is_that_of_the_target_for_the_period(world):
    targets = ({"value": 3.0, "at_risk": 6.0, "from_at": JANUARY, "owners": ["CIO"], "agreed_by": "Board"},)
    opened = world.given("count", times(APRIL, 3), targets=targets)
    quarter, month = read(opened), read(opened, "2026-04")
    assert (quarter.target.value, quarter.status, quarter.target.owners) == (3, "on target", ("CIO",))
    assert (month.target.value, month.target.at_risk, month.status) == (1, 2, "off target")


def test_a_trend_ends_with_the_running_month_and_begins_with_the_data(world):
    rows = times(datetime(2026, 2, 3), 2) + times(APRIL, 1)
    opened = world.given("count", rows, as_of=datetime(2026, 5, 10))
    trend = opened.trend("measure", opened.calendar.period("2026-Q2"), {}, 12)
    assert [(r.period.name, r.value, r.closed) for r in trend] == [
        ("2026-02", 2, True), ("2026-03", 0, True), ("2026-04", 1, True), ("2026-05", 0, False),
    ]  # fmt: skip


def test_periods_are_those_with_data_and_the_default_is_closed(world):
    opened = world.given("count", times(datetime(2025, 11, 3), 1), as_of=datetime(2026, 5, 10))
    assert [p.name for p in opened.periods()][:3] == ["2026-Q2", "2026-Q1", "2025-Q4"]
    assert opened.periods()[-1].name == "all"
    assert opened.default_period().name == "2026-Q1"


@pytest.mark.parametrize("unique", [False, True])
def test_a_metric_without_repeats_may_say_so(world, unique):
    rows = times(APRIL, 7, amount=2.0, services=["A"])
    assert read(world.given("total", rows, unique=unique)).value == 14


def test_a_filter_is_a_value_and_never_sql(world):
    opened = world.given("count", times(APRIL, 2, services=["O'Neil; drop table measured"]))
    assert read(opened, service="O'Neil; drop table measured").value == 2
    assert read(opened, service="' or true --").value == 0


def test_what_is_unknown_is_named_with_what_there_is(world):
    opened = world.given("count", times(APRIL, 2))
    with pytest.raises(ValueError, match="no metric 'other', only measure"):
        opened.reading("other", opened.calendar.period("2026"), {})
    with pytest.raises(ValueError, match="cannot be told by team, only by service, severity"):
        read(opened, team="Ops")
    with pytest.raises(ValueError, match="no dimension 'team', only service, severity"):
        opened.dimension_values("team")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select * from nowhere", "does not run on this snapshot"),
        ('select record_id, left_out, "at" from measured', "is a share but selects no met"),
        ("select record_id, left_out, true as met from measured", "selects no at, or since and until"),
        (
            'select record_id, left_out, "at", true as met, 1 as number from measured',
            "selects number, a name that readings keep for themselves",
        ),
    ],
)
def test_a_metric_that_cannot_be_read_is_named(folder, sql, said):
    folder.given("count", [])
    header = folder.metrics["measure"].model_dump() | {"sql": sql, "kind": "share", "name": "broken"}
    readings = Readings(folder.data, {"broken": Metric(**header)})
    with pytest.raises(NotReady, match=f"Metric broken.*{said}"):
        readings.reading("broken", readings.period("2026"))


def test_without_a_snapshot_it_says_how_to_get_one(tmp_path):
    readings = Readings(tmp_path)
    assert readings.snapshot == 0
    with pytest.raises(NotReady, match="pipelines load FILE"):
        readings.metrics()


def test_a_removed_snapshot_reads_on_and_a_newer_one_is_taken_up_when_asked(folder):
    readings = folder.given("count", times(APRIL, 2))
    period = readings.period("2026-Q2")
    assert readings.reading("measure", period).value == 2
    path(folder.data, 1).unlink()
    assert not readings.refresh()
    assert len(readings.rows("measure", period)) == 2
    folder.given("count", times(APRIL, 5))
    assert readings.reading("measure", period).value == 2
    assert readings.refresh()
    assert (readings.snapshot, readings.reading("measure", period).value) == (2, 5)


def test_a_newer_snapshot_is_followed_once_its_first_readings_are_known(folder, monkeypatch):
    readings = folder.given("count", times(APRIL, 2))
    period = readings.period("2026-Q2")
    assert readings.reading("measure", period).value == 2
    waiting, prepare, prepared = Event(), Opened.prepare, []
    monkeypatch.setattr(
        Opened, "prepare", lambda self: (prepared.append(self.number), waiting.wait(30), prepare(self))
    )
    folder.given("count", times(APRIL, 5))
    for _ in range(3):  # asked by several sessions, prepared once
        readings.follow()
        assert (readings.snapshot, readings.reading("measure", period).value) == (1, 2)
    waiting.set()
    for _ in range(300):
        if readings.snapshot == 2:
            break
        sleep(0.1)
    assert readings.reading("measure", period).value == 5
    monkeypatch.setattr(Opened, "cursor", None)  # what a first page asks is known: the database is not asked
    newest = readings.default_period()
    assert readings.reading("measure", newest).value == 0
    assert 5 in [month.value for month in readings.trend("measure", newest)]
    assert prepared == [2]


def test_a_snapshot_cannot_reach_files(folder):
    readings = folder.given("count", [])
    with pytest.raises(duckdb.PermissionException):
        readings._now().cursor().execute("from read_csv('/etc/hostname')")


def test_many_threads_read_the_same(folder):
    rows = [row for month in range(1, 7) for row in times(datetime(2026, month, 2), month, services=["A"])]
    readings = folder.given("count", rows)
    asked = [readings.period(name) for name in ("2026-Q1", "2026-Q2", "2026", "2026-02")] * 8
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda period: readings.reading("measure", period).value, asked))
    assert found == [6, 15, 21, 2] * 8


def test_rows_open_a_span_to_its_hours(folder):
    rows = [
        {"since": datetime(2026, 3, 31, 22), "until": datetime(2026, 4, 1, 3)},
        {"since": APRIL, "until": JULY, "left_out": "planned"},
    ]
    readings = folder.given("span", rows)
    shown = readings.rows("measure", readings.period("2026-Q2"), left_out=False)
    assert shown["hours_in_period"].tolist() == [3]
    assert len(readings.rows("measure", readings.period("2026-Q2"))) == 2
    assert len(readings.rows("measure", readings.period("2026-Q2"), limit=1)) == 1


def test_a_source_that_reports_no_more_is_told_as_ended(folder):
    complete = {"retired": datetime(2025, 12, 1), "behind": datetime(2026, 2, 1), "used": JULY}
    told = folder.given("count", [], as_of=complete).freshness()
    assert dict(zip(told["source"], told["ended"], strict=True)) == {
        "retired": True,
        "behind": False,
        "used": False,
    }


def test_what_a_page_changes_in_a_table_is_not_what_the_next_one_reads(folder):
    readings = folder.given("count", [])
    for read in (readings.freshness, readings.decisions, readings.loads):
        table = read()
        table["added"] = 1
        assert "added" not in read()


@pytest.fixture
def monthly(world):
    """Both tools are expected to export once a month."""
    world.con.execute("insert into source_title values ('tool', 'The tool', 31), ('other', 'The other', 31)")
    yield world
    world.con.execute("delete from source_title")


def test_what_falls_short_of_others_by_more_than_its_cadence_is_stale_and_not_compared(monthly):
    rows = [
        {"record_id": f"{at:%m%d}", "at": at}
        for n in range(1, 25)
        for at in (datetime(2026, 5, n), datetime(2026, 8, n))
    ]
    behind = monthly.given(
        "count", rows, as_of={"tool": datetime(2026, 8, 25), "other": datetime(2026, 10, 2)}
    )
    quarter = behind.reading("measure", behind.calendar.period("2026-Q3"), {})
    assert quarter.stale == ("stale: nothing of The tool since 25 Aug 2026",)
    assert (quarter.verdict, quarter.closed) == (None, False)
    earlier = behind.reading("measure", behind.calendar.period("2026-Q2"), {})
    assert (earlier.stale, earlier.closed) == ((), True)


@pytest.mark.parametrize(
    "as_of",
    [
        {"tool": datetime(2026, 9, 2), "other": datetime(2026, 10, 2)},  # 30 days: the next is not due yet
        {"tool": datetime(2026, 8, 25), "other": datetime(2026, 9, 20)},
        {"tool": datetime(2026, 1, 25), "other": datetime(2026, 10, 2)},  # reports no more
        {"unlisted": datetime(2026, 8, 1), "other": datetime(2026, 10, 2)},  # nothing says how often
        {"tool": datetime(2026, 10, 1), "other": datetime(2026, 12, 30)},  # whole for the period all the same
    ],
)
def test_what_is_not_overdue_is_not_stale(monthly, as_of):
    opened = monthly.given("count", [{"at": datetime(2026, 8, 1)}], as_of=as_of)
    assert opened.reading("measure", opened.calendar.period("2026-Q3"), {}).stale == ()
