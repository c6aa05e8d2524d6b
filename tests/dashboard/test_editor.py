"""The mapping of an export by hand: what is proposed before a person has said anything."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.editor import _begun, _stem, _words, refusals
from dashboard.intake import Held
from pipelines.asked import UNASKED
from pipelines.mapping import Look, Seen
from pipelines.source import sources


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


def test_every_reason_for_a_refusal_is_told_whole_rows_first():
    cells = [
        {"row": row, "column": name, "value": "x", "reason": "not a number", "whole_row": False}
        for row, name in enumerate(["cost", "cost", "hours", "clients", "records", "links", "score"], 2)
    ]
    row = {"row": 9, "column": "id", "value": None, "reason": "is empty", "whole_row": True}
    told = refusals([*cells, row])
    assert told[:2] == [
        "1 row, id: is empty, first in row 9",
        "2 cells, cost: not a number, first in row 2: x",
    ]
    assert len(told) == 7


def test_a_text_without_a_meaning_says_what_comes_of_it():
    def page():
        from dashboard.editor import _values
        from pipelines.mapping import Look, Seen

        column = Seen("Priorität", 2, 2, 0, 0, 0, 0, ("hoch",), {"hoch": 1, "unklar": 1})
        seen = Look("", None, 2, {"Priorität": column}, [("hoch",), ("unklar",)], [2, 3])
        _values("begin", "severity", "Priorität", seen, "incident", None, {})

    (asked,) = AppTest.from_function(page).run().dataframe
    assert asked.value["means"].tolist()[0] == "2 high" and asked.value["means"].isna().tolist() == [
        False,
        True,
    ]
    assert asked.proto.placeholder == "not said: refused"


def test_a_time_may_be_told_by_two_columns_or_by_a_duration():
    def page():
        import streamlit as st

        from dashboard.editor import _target
        from pipelines.mapping import Look, Seen

        seen = Look(
            "",
            None,
            1,
            {
                "Day": Seen("Day", 1, 1, 1, 1, 0, 0, ("2026-09-12",), {}),
                "From": Seen("From", 1, 1, 0, 0, 1, 0, ("08:30",), {}),
                "Duration (min)": Seen("Duration (min)", 1, 1, 0, 0, 0, 1, ("90",), {}),
            },
            [("2026-09-12", "08:30", "90")],
            [2],
        )
        found = {"opened_at": ["From"], "outage_ended_at": ["Duration (min)"]}
        for target in found:
            st.text(str(_target("begin", target, seen, "incident", found, {}, False)))

    shown = AppTest.from_function(page).run()
    opened, ended = shown.selectbox
    assert "Day at From (08:30)" in opened.options and "From (08:30)" not in opened.options
    assert not any("after its start" in one for one in opened.options)
    assert "Duration (min) in minutes after its start (90)" in ended.options
    assert [one.value for one in shown.text] == [
        "('at', 'From', 'Day')",
        "('lasted', 'Duration (min)', 'min')",
    ]


def test_what_a_source_computes_stays_and_its_values_can_be_told(tmp_path):
    file = tmp_path / "incidents.csv"
    file.write_text("number,opened_at,state,priority\nINC1,2026-09-01,Parked,1 - Critical\n", "utf-8")

    def page(file):
        import streamlit as st

        from dashboard.editor import _form
        from dashboard.intake import Held
        from pipelines.asked import UNASKED
        from pipelines.mapping import look, source_of
        from pipelines.source import sources

        known, data = sources(), file.parent
        base = known["servicenow_incident"]
        [seen] = look(file, data, file.name, UNASKED)
        draft, name = _form(Held("1", file.name, file), seen, "incident", base, known, data)
        made = source_of(draft, seen, name, known)
        st.text(made.columns["status"] == base.columns["status"])
        st.text(made.compute == base.compute)
        st.text(draft.joined)

    shown = AppTest.from_function(page, args=(file,), default_timeout=20).run()
    assert [one.value for one in shown.text] == ["True", "True", "['number']"]
    assert "**What state says, as status**" in [one.value for one in shown.markdown]


def test_a_column_that_stands_in_for_the_key_is_no_part_of_it():
    base = sources()["pagerduty_report"]
    columns = {name: Seen(name, 1, 1, 0, 0, 0, 0, (), {}) for name in ("id", "incident_number")}
    seen = Look("", None, 1, columns, [("P1", "811")], [2])
    assert _begun("begin", seen, "incident", base, {})["key"] == ["id"]
