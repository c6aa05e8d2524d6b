"""The mapping of an export by hand: what is proposed before a person has said anything."""

from pathlib import Path

import pytest

from dashboard.editor import _stem, _words
from dashboard.intake import Held
from pipelines.asked import UNASKED


@pytest.mark.parametrize(
    ("name", "title", "stem"),
    [
        ("tickets 2026-09.csv", "tickets", "tickets"),
        ("Störungen August 2026.csv", "störungen", "storungen"),
        ("Incidents_févr_2026.xlsx", "incidents", "incidents"),
        ("change set.csv", "change set", "change_set"),  # in Italian, set is September
        ("September 2026.csv", "september", "september"),  # it has no other name
        ("отчет 9.csv", "отчет", "list"),  # a name holds only a to z
        ("2026-09.csv", "list", "list"),
    ],
)
def test_a_source_is_called_as_its_file_without_its_day(name, title, stem):
    held = Held("1", name, Path(name), UNASKED)
    assert (" ".join(_words(held)), _stem(held)) == (title, stem)
