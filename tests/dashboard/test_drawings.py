"""Bars as markup: proportions, links, and texts as texts."""

import re

from dashboard.drawings import Bar, Bars, link

WORDS = {"done": "passing", "missed": "failing", "unknown": "not told"}


def widths(markup: str) -> list[float]:
    return [float(width) for width in re.findall(r"width:([\d.]+)%", markup)]


def test_a_bar_is_parted_as_its_numbers_are():
    told = Bars(
        "Controls", [Bar("iam", {"done": 3, "missed": 1}, "75 %")], WORDS, ("Family", "passing", "")
    ).markup()
    assert widths(told) == [75, 25]
    assert "failing" in told
    assert "not told" not in told  # nothing of it is drawn


def test_bars_of_one_measure_are_as_long_as_they_are_large():
    lines = [Bar("a", {"missed": 40}, "40"), Bar("b", {"missed": 10}, "10"), Bar("c", {"missed": 0}, "0")]
    assert widths(Bars("Overdue", lines, WORDS, ("", "", ""), common=True).markup()) == [100, 25]


def test_nothing_to_draw_is_a_table_without_bars():
    assert widths(Bars("Overdue", [Bar("a", {}, "0")], WORDS, ("", "", "")).markup()) == []


def test_what_a_file_says_stays_text():
    name = '<img src=x onerror="alert(1)">'
    told = Bars(
        name,
        [Bar(name, {"done": 1}, name, name, link("metric", {"part": f"family:{name}"}))],
        WORDS,
        (name, "", ""),
    ).markup()
    assert "<img" not in told
    assert "part=family%3A%3Cimg" in told
