"""What an upload would change, as the page tells it."""

from types import SimpleNamespace

import pytest

from dashboard.checked import changes, here
from pipelines.source import sources
from pipelines.warehouse import check


def reading(value: float | None, text: str) -> SimpleNamespace:
    return SimpleNamespace(
        value=value, text=text, closed=True, period=SimpleNamespace(label="November 2026 (1–30)")
    )


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, reading(None, "–"), "<td>–<"),
        (reading(None, "–"), reading(None, "–"), "<td>–<"),
        (reading(5.01, "5 h"), reading(5.02, "5 h"), "<td>5 h <span>nearly the same</span><"),
        (reading(5.0, "5 h"), reading(6.0, "6 h"), "<td>5 h <span>→</span> <b>6 h</b><"),
        (None, reading(6.0, "6 h"), "<td>– <span>→</span> <b>6 h</b><"),
    ],
)
def test_a_value_is_told_beside_the_one_before_it(before, after, told):
    metric = SimpleNamespace(title="Money lost", beside=lambda after, value: before.text)
    change = SimpleNamespace(metric=metric, before=before, after=after, quarter=(before, after), others=0)
    assert changes([change]).count(told) == 2


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Map its columns on the Upload page, or add a source.", "Map its columns below, or add a source."),
        (
            "load it with --source incident_list or --source other; else map its columns on the Upload page.",
            "load it with “List of incidents” under “Read it otherwise” or “As” under “Read it otherwise” other; "
            "else map its columns below.",
        ),
        (
            "Load it without --dates, or with --dates mdy.",
            "Load it without “Dates in figures” under “Read it otherwise”, or with “Month first: 12/31/2026” under "
            "“Read it otherwise”.",
        ),
        ("Give a later --as-of.", "Give a later “Exported on” under “Read it otherwise”."),
        (
            "If it is whole all the same, load it again with --complete.",
            "If it is whole all the same, say so below.",
        ),
        ("give each its own --instance", "give each its own --instance"),  # the page has no choice for it
    ],
)
def test_what_to_do_is_said_in_the_words_of_the_page(message, told):
    source = sources()["incident_list"].model_copy(update={"title": "List of incidents"})
    assert here(message, {"incident_list": source}) == told


def test_no_message_of_a_refused_file_sends_its_reader_to_the_page_where_it_stands(tmp_path):
    file = tmp_path / "strange.csv"
    file.write_text("height,width\n1,2\n")
    todo = check(file, tmp_path).outcome.todo
    assert "Upload page" in todo and "Upload page" not in here(todo, {})
