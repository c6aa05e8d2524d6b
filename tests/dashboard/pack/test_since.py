"""What the pack before told, beside what this one tells; nothing is compared that is not the same."""

import sys
from datetime import datetime
from pathlib import Path

import pytest

from dashboard.metric import Metric
from dashboard.pack.since import compared, lines

sys.path.insert(0, str(Path(__file__).parent))
from made import made, metric

HEADER = {"question": "", "better": "lower", "says": "", "board": 1, "reads": ("incident",)}
METRICS = {
    name: Metric(name=name, title=name, sql="", kind="span", unit=unit, currency="EUR", **HEADER)
    for name, unit in (("downtime", "hours"), ("share", "percent"), ("cost", "money"), ("new", "hours"))
}


def pack(period: str, starts: datetime, ends: datetime, **values):
    told = {
        name: metric(
            name, [value], unit=METRICS[name].unit, facts={"value": value, "previous_period": "2026-Q2"}
        )
        for name, value in values.items()
    }
    return made(
        period=period, period_label=f"Quarter of {period}", starts=starts, ends=ends, told=told, sections=()
    )


Q2 = (datetime(2026, 4, 1), datetime(2026, 7, 1))
Q3 = (datetime(2026, 7, 1), datetime(2026, 10, 1))


def test_each_number_that_both_told_is_set_beside_the_other():
    last = pack("2026-Q2", *Q2, downtime=34.1, share=None, cost=None)
    now = pack("2026-Q3", *Q3, downtime=22.9, share=83.0, cost=None, new=1.0)
    then = compared(now.told, METRICS, now, last)
    assert [(c.metric, c.then, c.now, c.then_text, c.now_text, c.change, c.verdict) for c in then] == [
        ("downtime", 34.1, 22.9, "34.1 h", "22.9 h", "−11.2 h", "better"),
        ("share", None, 83.0, "–", "83.0 h", "", "better"),
    ]
    assert lines(list(now.told.values()), then, last) == (
        "Downtime: 34.1 h then, 22.9 h now, clearly better",
        "Share: no value then, 83.0 h now, clearly better",
    )


@pytest.mark.parametrize(
    ("other", "note"),
    [
        ({"told": {"cost": metric("cost", [1.0], unit="money", sql="select 2")}}, "defined anew since"),
        ({"currency": "USD"}, "told in another currency"),
        ({"starts": datetime(2026, 6, 1)}, "told of a period of another length"),
    ],
)
def test_what_is_not_the_same_is_not_compared(other, note):
    last = pack("2026-Q2", *Q2, cost=5.0)
    now = pack("2026-Q3", *Q3, cost=9.0)
    (one,) = compared(now.told, METRICS, now, last.model_copy(update=other))
    assert (one.note, one.change, one.verdict) == (note, "", None)
    assert lines(list(now.told.values()), [one], last)[0].endswith(f"now, {note}")


@pytest.mark.parametrize(
    ("at", "note"), [("2026-04-01", ""), ("2026-07-01", "defined anew since"), ("2026-10-01", "")]
)
def test_what_counts_otherwise_from_a_day_on_is_not_compared_across_it(at, note):
    last, now = pack("2026-Q2", *Q2, downtime=34.1), pack("2026-Q3", *Q3, downtime=22.9)
    changed = Metric(**METRICS["downtime"].model_dump() | {"changed": ({"at": at, "what": "x"},)})
    (one,) = compared(now.told, {"downtime": changed}, now, last)
    assert (one.note, bool(one.change)) == (note, not note)


def test_a_verdict_is_of_the_period_before_only():
    last = pack("2026-Q1", datetime(2026, 1, 1), datetime(2026, 4, 1), downtime=34.1)
    now = pack("2026-Q3", *Q3, downtime=22.9)
    (one,) = compared(now.told, METRICS, now, last)
    assert (one.change, one.verdict, one.note) == ("−11.2 h", None, "")
    assert lines(list(now.told.values()), [one], last) == ("Downtime: 34.1 h then, 22.9 h now",)


def test_without_a_pack_before_only_clear_changes_are_told():
    now = pack("2026-Q3", *Q3, downtime=22.9)
    quiet = now.told["downtime"].model_copy(update={"verdict": "no clear change"})
    assert lines([now.told["downtime"], quiet], (), None) == (
        "Downtime: 7.5 h before, 22.9 h now, clearly better",
    )
