"""What an upload would change, as the page tells it."""

from types import SimpleNamespace

import pytest

from dashboard.checked import changes


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
