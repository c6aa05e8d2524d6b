"""Joint KPIs: the sentence for every case, and targets and annotations that are entered, hold from their day, and can be undone."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard import charts, trends
from dashboard.definition import agreed, found, joint, terms
from dashboard.metric import read_metrics
from dashboard.promises import annotate, kept, present, promise
from dashboard.reading import Annotation, Period, Reading, Target
from dashboard.readings import Readings
from pipelines.errors import NotReady
from pipelines.warehouse import load, loads, withdraw

QUARTER = Period("2026-Q3", "Quarter 3, 2026", datetime(2026, 7, 1), datetime(2026, 10, 1))
TARGET = Target(30.0, 36.0, datetime(2025, 9, 30, 23), ("CIO", "CISO"), "Risk committee")
LONDON = ZoneInfo("Europe/London")
OUTAGES = (
    "number,opened_at,sys_updated_on,state,priority,business_service,short_description,u_service_impact,"
    "u_outage_start,u_outage_end,resolved_at\n"
    "INC1,2026-05-05 08:00,2026-05-05 10:00,Resolved,1 - Critical,Payments,Down,Outage,2026-05-05 08:00,2026-05-05 10:00,2026-05-05 10:00\n"
    "INC2,2026-08-05 08:00,2026-08-05 10:00,Resolved,1 - Critical,Portal,Down,Outage,2026-08-05 08:00,2026-08-05 10:00,2026-08-05 10:00\n"
    "INC3,2026-11-05 08:00,2026-11-05 10:00,Resolved,1 - Critical,Portal,Down,Outage,2026-11-05 08:00,2026-11-05 10:00,2026-11-05 10:00\n"
)


def told(*states: str | None) -> list[Reading]:
    plain = Reading("m", "Metric", "hours", QUARTER, {}, 1.0, 1, closed=True)
    return [
        replace(plain, title=f"Metric {n}", target=TARGET, status=state) for n, state in enumerate(states, 1)
    ]


@pytest.mark.parametrize(
    ("states", "sentence"),
    [
        ((), "Nothing has been promised together yet."),
        (("on target",), "The joint target is met."),
        (("on target", "on target"), "All 2 joint targets are met."),
        (("off target",), "The joint target is not met; off target: metric 1."),
        (("on target", "off target"), "1 of 2 joint targets is met; off target: metric 2."),
        (
            ("at risk", "off target", "off target", "on target", "on target"),
            "2 of 5 joint targets are met; off target: metric 2 and metric 3; at risk: metric 1.",
        ),
        (("on target", None), "1 of 2 joint targets is met; not known yet: metric 2."),
        ((None,), "Nothing is known yet of the joint target."),
        ((None, None), "Nothing is known yet of the 2 joint targets."),
    ],
)
def test_the_sentence_of_every_case(states, sentence):
    assert kept(told(*states)) == sentence


def test_what_is_kept_while_a_period_runs_is_kept_so_far():
    met, missed = told("on target", "off target")
    assert kept([replace(met, closed=False)]) == "The joint target is met so far."
    assert kept([met, replace(missed, closed=False)]).startswith(
        "1 of 2 joint targets is met so far; off target"
    )


def test_what_has_no_target_is_no_promise():
    assert (
        kept([replace(told("on target")[0], target=None, status=None)])
        == "Nothing has been promised together yet."
    )


@pytest.fixture
def data(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.toml").write_text('timezone = "Europe/London"\n', "utf-8")
    (tmp_path / "outages.csv").write_text(OUTAGES, "utf-8")
    (done,) = load([tmp_path / "outages.csv"], tmp_path / "data")
    assert done.error is None
    return tmp_path / "data"


def test_a_target_holds_from_its_day_for_what_it_names_until_it_is_undone(data):
    metric = Readings(data).metrics()["downtime"]
    said = promise(
        metric, {}, 1.0, 3.0, date(2026, 7, 1), ["CIO", "CISO"], "Risk committee", data, "Robin (unverified)"
    )
    assert str(said(print)) == (
        "Load 2: the target of hours of downtime is 1 h from 1 Jul 2026 on. Undo the load to take it back."
    )
    promise(metric, {"service": "Portal"}, 4.0, None, date(2026, 7, 1), [], "", data, None)(print)
    readings = Readings(data)
    before, after = (readings.reading("downtime", readings.period(name)) for name in ("2026-Q2", "2026-Q3"))
    assert (before.target, before.status) == (None, None)
    assert (after.value, after.status) == (2.0, "at risk")
    assert (
        agreed(metric, after.target, LONDON)
        == "≤ 1 h, at risk up to 3 h, from 1 Jul 2026, agreed by Risk committee"
    )
    assert after.target.owners == ("CIO", "CISO")
    portal = readings.reading("downtime", readings.period("2026-Q3"), {"service": "Portal"})
    assert (portal.target.value, portal.status) == (4.0, "on target")
    history = readings.targets("downtime")
    assert [scope for scope, _ in history] == [{}, {"service": "Portal"}]
    assert present(history, {}) == history[0][1] and present(history, {"service": "Portal"}) == history[1][1]
    assert present(history, {"service": "Payments"}) is None, "what holds for the whole is not its own"
    assert loads(data)[1]["who"] == "Robin (unverified)"

    withdraw(2, data, why="not agreed after all")
    readings = Readings(data)
    assert readings.reading("downtime", readings.period("2026-Q3")).target is None


def test_what_is_entered_wrong_is_refused_and_nothing_is_loaded(data):
    metric = Readings(data).metrics()["downtime"]
    with pytest.raises(NotReady, match="From '1960-07-01'"):
        promise(metric, {}, 5.0, None, date(1960, 7, 1), [], "", data, None)(print)
    with pytest.raises(NotReady, match="At risk up to 3 h is better than the target of 5 h"):
        promise(metric, {}, 5.0, 3.0, date(2026, 7, 1), [], "", data, None)
    for name, value, said in (("patches_on_time", 101.0, "0 % and 100 %"), ("downtime", -1.0, "0 h or more")):
        with pytest.raises(NotReady, match=f"it is always .*{said}"):
            promise(read_metrics()[name], {}, value, None, date(2026, 7, 1), [], "", data, None)
    with pytest.raises(NotReady, match="A bound of 120 % is none"):
        promise(read_metrics()["patches_on_time"], {}, 90.0, 120.0, date(2026, 7, 1), [], "", data, None)
    with pytest.raises(NotReady, match=r"Until '2026-06-01': before its start"):
        annotate("Moved", date(2026, 7, 1), date(2026, 6, 1), None, None, data, None)(print)
    assert len(loads(data)) == 1


def test_an_annotation_is_marked_where_it_happened_on_what_it_concerns(data):
    annotate("Moved to the\nnew data centre", date(2026, 8, 1), date(2026, 9, 2), None, None, data, None)(
        print
    )
    annotate("=HYPERLINK(1)", date(2026, 5, 9), None, "downtime", "payments", data, None)(print)
    readings = Readings(data)
    every = readings.trend("downtime", readings.period("2026-Q3"))
    happened = readings.annotations("downtime")
    months = [r.period.name for r in every]
    marks = trends.marked(every, happened, readings.settings.zone)
    assert [(months[mark.first], months[mark.last]) for mark in marks] == [
        ("2026-05", "2026-05"),
        ("2026-08", "2026-09"),
    ]
    assert trends.notes(marks) == [
        "1 · 9 May 2026: =HYPERLINK(1)",
        "2 · 1 Aug 2026 to 2 Sep 2026: Moved to the new data centre",
    ]
    figure = charts.trend(readings.metrics()["downtime"], every, None, marks)
    assert [a.text for a in figure.layout.annotations] == ["<b>1</b>", "<b>2</b>"]
    assert [one.text for one in readings.annotations("downtime", {"service": "Portal"})] == [
        "Moved to the new data centre"
    ]
    assert [one.text for one in readings.annotations("time_to_restore")] == ["Moved to the new data centre"]


def test_an_annotation_outside_of_a_trend_is_not_marked():
    assert trends.marked(told("on target"), [Annotation("Later", datetime(2026, 10, 1))], LONDON) == []


def test_every_metric_says_what_it_means_and_is_found_by_its_words():
    metrics = read_metrics()
    for metric in metrics.values():
        said = terms(metric)
        assert {"Question", "Counted", "Dated by", "Statistics", "Read with care", "Owners"} <= set(said), (
            metric.name
        )
        assert metric in found(metrics, metric.title)
    assert found(metrics, "") == list(metrics.values())
    assert found(metrics, "downtime")[0].name == "downtime"
    assert {m.name for m in found(metrics, "kaplan–meier")} >= {"time_to_restore", "time_to_patch"}
    assert "control_state" in found(metrics, "CONTROL_STATE")[0].sql
    assert found(metrics, "zebra") == []
    assert [m.name for m in found(metrics, "mttr")] == ["time_to_restore", "time_to_patch", "time_to_resolve"]
    assert found(metrics, "mean time to detect")[0].name == "time_to_detect"
    assert found(metrics, "uptime")[0].name == "availability"
    assert terms(metrics["time_to_detect"])["Also called"] == "MTTD, mean time to detect, dwell time"
    assert joint(metrics["downtime"]) and not joint(metrics["controls_passing"])
    assert "from a change of 1 point on" in terms(metrics["patches_on_time"])["Statistics"]
