"""Why a ratio moved: by hand, on random items against plain Python, and through a snapshot; and changes judged together."""

from dataclasses import replace
from datetime import datetime
from random import Random

import numpy as np
import pytest

from dashboard.metric import read_metrics
from dashboard.moved import Moved, said, taken_apart
from dashboard.narrative import parts_changed
from dashboard.reading import Period, Reading
from dashboard.verdict import judged_together

NOW, BEFORE = datetime(2026, 8, 1), datetime(2026, 5, 1)


def test_the_same_items_and_others_by_hand():
    # Two of three met before; one of the same three now, and three of three others.
    told = taken_apart(np.array([[1, 3, 2, 3], [3, 3, 0, 0]], dtype=float), 100)
    # The item's ratio fell by a third, at the mean of its weights 1/2 and 1: −25; the whole went from 2/3 to 4/6.
    assert told == Moved(pytest.approx(-25), pytest.approx(25), 1, 2, 1)
    assert said(read_metrics()["patches_on_time"], told) == (
        "Of the change, −25.0 points is what the same items did, and +25.0 points comes of which items are counted "
        "(1 in both periods, of 2 now and 1 before)."
    )


def test_what_is_as_good_as_nothing_has_no_sign():
    text = said(read_metrics()["patches_on_time"], Moved(-0.04, 0.01, 5, 5, 5))
    assert text.startswith("Of the change, 0.0 points is what the same items did, and 0.0 points comes")


@pytest.mark.parametrize("items", [[[1, 2, 0, 0]], [[0, 0, 1, 2]], [[0, 0, 0, 0]]])
def test_nothing_on_one_side_is_not_taken_apart(items):
    assert taken_apart(np.array(items, dtype=float)) is None


def test_the_parts_add_up_whatever_the_items():
    chance = Random(5)
    for _ in range(200):
        items = []
        for _ in range(chance.randint(1, 12)):
            n, n_before = chance.randint(0, 5), chance.randint(0, 5)
            items.append([chance.randint(0, n), n, chance.randint(0, n_before), n_before])
        told = taken_apart(np.array(items, dtype=float))
        now, before = sum(i[1] for i in items), sum(i[3] for i in items)
        if not now or not before:
            assert told is None
            continue
        same = sum((x / n - y / m) * (n / now + m / before) / 2 for x, n, y, m in items if n and m)
        change = sum(i[0] for i in items) / now - sum(i[2] for i in items) / before
        assert told.same == pytest.approx(same)
        assert told.same + told.other == pytest.approx(change)
        assert told.both == sum(n > 0 and m > 0 for _, n, _, m in items)


def test_in_a_snapshot_the_clusters_are_the_items(world):
    def patch(number: int, asset: str, at: datetime, met: bool) -> dict:
        return {"record_id": f"{number}", "at": at, "met": met, "cluster": asset}

    rows = [patch(n, f"old{n % 10}", BEFORE, met=n % 10 < 8) for n in range(40)]
    rows += [patch(100 + n, f"old{n % 10}", NOW, met=n % 10 < 8) for n in range(40)]
    rows += [patch(200 + n, f"new{n % 10}", NOW, met=False) for n in range(40)]
    opened = world.given("share", rows, columns=", cluster varchar")
    period = opened.calendar.period("2026-Q3")
    reading, told = opened.reading("measure", period, {}), opened.moved("measure", period, {})
    assert (reading.value, reading.previous) == (40, 80)
    assert told == Moved(pytest.approx(0), pytest.approx(-40), 10, 20, 10)
    assert opened.moved("measure", opened.calendar.period("2026-Q2"), {}) is None  # nothing before


def test_what_is_no_ratio_is_not_taken_apart(world):
    opened = world.given("count", [{"record_id": f"{n}", "at": at} for n, at in enumerate([BEFORE, NOW] * 9)])
    assert opened.moved("measure", opened.calendar.period("2026-Q3"), {}) is None


PART = Reading(
    "m",
    "M",
    "percent",
    Period("2026-Q3", "Q3", BEFORE, NOW),
    {},
    50.0,
    99,
    verdict="better",
    why="a test",
    p=0.04,
)


def test_one_in_twenty_parts_that_looks_changed_is_not_told():
    parts = [replace(PART, verdict="no clear change", p=0.05 * n) for n in range(2, 20)]
    told = judged_together([PART, *parts])
    assert told[0].verdict == "no clear change"
    assert told[0].why == "a test; among 19 parts judged together it may be chance (Benjamini–Hochberg)"
    assert told[1:] == parts


def test_a_change_that_holds_among_others_is_told_and_says_so():
    strong = replace(PART, p=0.0001, verdict="worse")
    (first, second) = judged_together([strong, replace(PART, p=0.5, verdict="no clear change")])
    assert (first.verdict, first.why) == ("worse", "a test; holds among 2 parts judged together")
    assert second.verdict == "no clear change"
    assert parts_changed([("Claims", first), ("Portal", second)]) == (
        "Clearly worse: Claims (2 judged together, by Benjamini–Hochberg)."
    )


def test_a_single_part_and_parts_without_a_test_stay_as_they_are():
    untested = replace(PART, p=None)
    assert judged_together([PART, untested]) == [PART, untested]
    assert parts_changed([("A", untested)]) == "Clearly better: A."
    assert parts_changed([("A", replace(PART, verdict="no clear change"))]) == "No part has clearly changed."
    assert (
        parts_changed([("A", replace(PART, verdict=None)), ("B", replace(PART, verdict="too few to say"))])
        == ""
    )
