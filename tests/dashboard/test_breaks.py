"""Where a trend breaks: another definition, another target, a source that ended. Nothing usual is told over it."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard import charts, trends
from dashboard.breaks import of_targets
from dashboard.cards import sparkline, standing
from dashboard.definition import stated, terms
from dashboard.metric import read_metric
from dashboard.reading import Annotation, Break, Target
from pipelines.errors import NotReady

UTC = ZoneInfo("UTC")
SINCE = datetime(2026, 4, 1)
DEFINED = ({"at": "2026-04-01", "what": "degradations count too"},)


def hours(*months: float, first: datetime = datetime(2025, 7, 1)) -> list[dict]:
    """Five equal outages in each month, of so many hours together."""
    rows, month = [], first
    for every in months:
        rows += [
            {"since": month + timedelta(days=n), "until": month + timedelta(days=n, hours=every / 5)}
            for n in range(1, 6)
        ]
        month = (month + timedelta(days=31)).replace(day=1)
    return rows


# July 2025 to March 2026, then April to December 2026.
BEFORE, AFTER = (50, 55, 60, 50, 55, 60, 50, 55, 60), (10, 12, 11, 10, 12, 11, 10, 12, 11)


@pytest.fixture
def read(world):
    def given(as_of=datetime(2027, 1, 1), rows=None, kind="span", **more):
        opened = world.given(kind, rows or hours(*BEFORE, *AFTER), as_of=as_of, **more)
        return opened, lambda name, scope={}: opened.reading("measure", opened.calendar.period(name), scope)

    return given


def test_a_value_is_not_compared_with_one_of_another_definition(read):
    opened, at = read(changed=DEFINED)
    reading = at("2026-Q2")
    assert (reading.verdict, reading.change, reading.previous, reading.previous_name) == (
        None,
        None,
        None,
        None,
    )
    assert (
        reading.not_compared
        == "Not compared with Quarter 1, 2026: on 1 Apr 2026 the definition changed (degradations count too)."
    )
    assert reading.not_compared in standing(opened.metric("measure"), reading, {})
    told = stated(opened.metric("measure"), reading)
    assert told["not_compared"] == reading.not_compared
    assert told["changed"] == [{"at": "2026-04-01", "what": "degradations count too"}]
    assert told["breaks"] == [
        {"at": "2026-04-01T00:00:00Z", "what": "the definition changed (degradations count too)"}
    ]
    a_year = opened.reading("measure", replace(opened.calendar.period("2026-Q3"), against="year"), {})
    assert (a_year.previous, a_year.verdict) == (None, None)
    assert a_year.not_compared.startswith("Not compared with Quarter 3, 2025: on 1 Apr 2026 the definition")
    later = at("2026-Q3")
    assert (later.previous, later.not_compared) == (pytest.approx(33), "")
    assert at("2026-Q1").previous == 165, "what both have of the old definition is compared"


def test_what_changed_within_a_period_keeps_it_from_both_of_its_neighbours(read):
    _, at = read(changed=({"at": "2026-05-15", "what": "x"},))
    assert [bool(at(name).not_compared) for name in ("2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4")] == [
        False,
        True,
        True,
        False,
    ]


def test_the_day_of_a_change_is_the_organisations(read):
    _, at = read(changed=DEFINED, organisation={"timezone": "Europe/London"})
    (parted,) = at("2026-04").breaks
    assert (parted.at, parted.on) == (datetime(2026, 3, 31, 23), "1 Apr 2026")
    assert at("2026-03").breaks == ()


@pytest.mark.parametrize(
    "more",
    [
        {"changed": DEFINED},
        {"targets": ({"value": 200.0, "from_at": datetime(2025, 1, 1)}, {"value": 40.0, "from_at": SINCE})},
        {"as_of": {"tool": datetime(2027, 1, 1), "retired": SINCE - timedelta(hours=1)}},
    ],
)
def test_limits_are_those_of_the_months_since_the_newest_break(read, more):
    opened, _ = read(**more)
    found = opened.limits("measure", opened.calendar.period("2026-12"), {})
    assert (found.months, found.mean) == (8, pytest.approx(11))
    assert opened.limits("measure", opened.calendar.period("2026-Q3"), {}) is None, "three months since"
    whole, _ = read()
    assert whole.limits("measure", whole.calendar.period("2026-12"), {}).months == 12


def test_a_new_target_leaves_values_comparable(read):
    goals = ({"value": 200.0, "from_at": datetime(2025, 1, 1)}, {"value": 40.0, "from_at": SINCE})
    _, at = read(targets=goals)
    reading = at("2026-Q2")
    assert (reading.previous, reading.verdict, reading.not_compared) == (165, "better", "")
    assert [one.what for one in reading.breaks] == ["the target changed from ≤ 200 h to ≤ 40 h a quarter"]


def test_what_an_ended_source_counted_is_in_no_comparison(read):
    _, at = read(as_of={"tool": datetime(2027, 1, 1), "retired": datetime(2026, 3, 20)})
    assert (
        at("2026-Q2").not_compared
        == "Not compared with Quarter 1, 2026: on 20 Mar 2026 the exports of retired ended."
    )
    # The months in which it still counted would make what follows look better than it is.
    assert at("2026-Q3").why == "fewer than 6 closed months before, or most of them empty"


def test_only_another_value_of_the_target_in_force_breaks(world):
    metric = world.given("share", []).metric("measure").model_copy(update={"better": "higher"})
    days = [datetime(2026, month, 1) for month in range(1, 7)]
    agreed = [
        ({}, Target(90, None, days[0])),  # the first: nothing was agreed before
        ({}, Target(90, 80, days[1])),  # the same value
        ({"service": "Claims"}, Target(95, None, days[2])),  # for Claims in the place of the whole's
        ({}, Target(92, None, days[3])),
        ({"service": "Portal"}, Target(1, None, days[4])),
    ]

    def told(scope: dict, adds_up: bool = False) -> list[tuple]:
        return [(one.at, one.what, one.values) for one in of_targets(metric, agreed, scope, adds_up, UTC)]

    assert told({}) == [(days[3], "the target changed from ≥ 90 % to ≥ 92 %", False)]
    assert told({"service": "Claims"}) == [(days[2], "the target changed from ≥ 90 % to ≥ 95 %", False)]
    assert [at for at, *_ in told({"service": "Portal"})] == [days[3], days[4]]
    assert told({"severity": "1"}) == []
    assert told({"service": "Claims"}, adds_up=True) == [], "what is agreed for the whole is not its own"


def test_nothing_is_said_to_rise_over_a_break(read):
    rising = (10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21)
    opened, _ = read(rows=hours(*rising, first=datetime(2026, 1, 1)))
    quarter = opened.calendar.period("2026-Q4")
    assert trends.finding(opened.metric("measure"), opened.trend("measure", quarter, {}, 12)) == (
        "Measure rose 11 months in a row"
    )
    for at, said in (
        ("2026-10-01", "Measure ranged from 19 h to 21 h since 1 Oct 2026"),
        ("2026-12-01", "Measure: too few closed periods since 1 Dec 2026 for a trend"),
        ("2026-08-10", "Measure rose 3 months in a row"),  # August is neither as before nor as after
    ):
        opened, _ = read(rows=hours(*rising, first=datetime(2026, 1, 1)), changed=({"at": at, "what": "x"},))
        assert trends.finding(opened.metric("measure"), opened.trend("measure", quarter, {}, 12)) == said


def test_months_are_still_held_against_the_target_of_their_day_over_its_change(read):
    goals = ({"value": 160.0, "from_at": datetime(2025, 1, 1)}, {"value": 33.0, "from_at": SINCE})
    opened, _ = read(targets=goals)
    trend = opened.trend("measure", opened.calendar.period("2026-Q2"), {}, 12)
    assert (
        trends.finding(opened.metric("measure"), trend) == "Measure met the target in 5 of 12 closed months"
    )


def test_what_never_moved_does_not_range(read):
    opened, _ = read(rows=hours(10, 10, 10, 10, first=datetime(2026, 1, 1)), as_of=datetime(2026, 5, 1))
    trend = opened.trend("measure", opened.calendar.period("2026-04"), {}, 12)
    assert trends.finding(opened.metric("measure"), trend) == "Measure stayed at 10 h"


def drawn(opened, annotations=()):
    """The chart of twelve months to September 2026, what it says to who does not see it, and its notes."""
    metric, period = opened.metric("measure"), opened.calendar.period("2026-Q3")
    trend = opened.trend("measure", period, {}, 12)
    marks = trends.marked(trend, annotations, opened.settings.zone)
    limits = opened.limits("measure", opened.calendar.period("2026-12"), {})
    return charts.trend(metric, trend, limits, marks), trends.spoken(metric, trend, marks), trend


def test_a_break_is_drawn_between_its_months_and_told_in_words(read):
    opened, _ = read(changed=DEFINED)
    figure, spoken, trend = drawn(opened)
    assert trend[6].period.name == "2026-04"
    assert "1 · 1 Apr 2026: the definition changed (degradations count too)." in spoken
    assert "Mar 2026 60 h; Apr 2026 10 h" in spoken
    (line,) = [shape for shape in figure.layout.shapes if shape.type == "line"]
    assert (line.x0, line.x1, line.line.dash) == (5.5, 5.5, "dash")
    (usual,) = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert (usual.x0, usual.x1) == (5.5, 11.5), "what is usual since then is not said of before"
    assert "on 1 Apr 2026 the definition changed" in sparkline(opened.metric("measure"), trend)


def test_limits_of_few_months_say_so(read):
    opened, _ = read(changed=DEFINED)
    december = opened.calendar.period("2026-12")
    trend, metric = opened.trend("measure", december, {}, 12), opened.metric("measure")
    told = trends.legend(metric, trend, trend[-1], opened.limits("measure", december, {}))
    assert told.startswith("shaded: usual range of a month, by only 8 months")
    whole, _ = read()
    told = trends.legend(metric, trend, trend[-1], whole.limits("measure", december, {}))
    assert told.startswith("shaded: usual range of a month") and "only" not in told


def test_no_line_is_drawn_over_a_break(read):
    rows = [
        {"at": datetime(2025 + m // 12, m % 12 + 1, 5), "score": 40 + m}
        for m in range(6, 21)
        for _ in range(6)
    ]
    opened, _ = read(kind="score", rows=rows, changed=DEFINED, as_of=datetime(2026, 10, 1))
    figure, _, trend = drawn(opened)
    lines = [[n for n, y in enumerate(trace.y) if y is not None] for trace in figure.data]
    assert lines == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    assert sparkline(opened.metric("measure"), trend).count("<polyline") == 2


def test_numbers_of_marks_that_would_stand_on_each_other_stand_together(read):
    opened, _ = read(changed=DEFINED)
    figure, spoken, _ = drawn(
        opened,
        [
            Annotation("Moved", datetime(2026, 4, 3)),
            Annotation("<b>Hired</b>", datetime(2026, 4, 9)),
            Annotation("Froze", datetime(2026, 7, 1)),
        ],
    )
    assert [(a.x, a.text) for a in figure.layout.annotations] == [
        (5.5, "<b>1, 2, 3</b>"),
        (9, "<b>4</b>"),
    ]
    assert "2 · 3 Apr 2026: Moved. 3 · 9 Apr 2026: <b>Hired</b>. 4 · 1 Jul 2026: Froze." in spoken


def test_a_break_within_the_newest_period_is_marked_after_it(read):
    opened, _ = read(changed=({"at": "2026-09-20", "what": "x"},))
    figure, _, trend = drawn(opened)
    assert list(trends.broken(trend)) == [12]
    assert figure.layout.annotations[0].x == 11.5


def test_a_change_is_declared_in_the_header_and_told_with_the_definition(tmp_path):
    header = """/*
title = "A"
question = "B?"
kind = "count"
unit = "things"
better = "lower"
says = "{value}"
reads = ["incident"]
changed = [{at = "2026-04-01", what = "degradations count too"}, {at = "2026-07-01", what = "tests do not"}]
*/
select 1"""
    (tmp_path / "a.sql").write_text(header, "utf-8")
    metric = read_metric(tmp_path / "a.sql")
    assert (
        terms(metric)["Changed"]
        == "from 1 Apr 2026 on, degradations count too; from 1 Jul 2026 on, tests do not"
    )
    (tmp_path / "a.sql").write_text(header.replace("2026-04-01", "April"), "utf-8")
    with pytest.raises(NotReady, match=r"changed\.0\.at"):
        read_metric(tmp_path / "a.sql")


def test_a_break_before_all_that_is_shown_marks_nothing(read):
    opened, _ = read(changed=({"at": "2025-10-01", "what": "x"},))
    _, spoken, trend = drawn(opened)
    assert trend[0].breaks == (
        Break(datetime(2025, 10, 1), "1 Oct 2025", "the definition changed (x)", True),
    )
    assert trends.broken(trend) == {} and "definition" not in spoken
