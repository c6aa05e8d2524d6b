"""What an export states above its header is its moment."""

import io
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from pipelines import warehouse
from pipelines.asked import Asked

EXPORTS = Path(__file__).parents[1] / "exports"
TOOL = """title = "Tool"
record = "asset"
recognise = ["machine", "seen"]
stated = ['As of ([^|]+)']
[columns]
key = ["machine"]
name = ["machine"]
effective_at = ["seen"]
"""
TABLE = "machine,seen\ndb-01,2026-09-01\ndb-02,2026-09-02\ndb-03,2026-09-02\n"


@pytest.mark.parametrize(
    ("above", "moment"),
    [
        ("As of 2026-09-04 08:00,\n", datetime(2026, 9, 4, 8)),
        ("As of 2026-09-04T08:00:00+02:00,\n", datetime(2026, 9, 4, 6)),
        ("As of yesterday,\n", datetime(2026, 9, 2)),  # no date: the newest update
        ("", datetime(2026, 9, 2)),
    ],
)
def test_the_moment_is_the_stated_one(tmp_path, above, moment):
    (tmp_path / "sources" / "asset").mkdir(parents=True)
    (tmp_path / "sources" / "asset" / "tool.toml").write_text(TOOL)
    (tmp_path / "export.csv").write_text(above + TABLE)
    (outcome,) = warehouse.load([tmp_path / "export.csv"], tmp_path)
    assert outcome.error is None
    assert [line["moment"] for line in warehouse.loads(tmp_path)] == [moment]


def test_a_vmdr_report_is_as_of_its_own_date(tmp_path):
    warehouse.load([EXPORTS / "qualys_vmdr.csv"], tmp_path)
    assert [line["moment"] for line in warehouse.loads(tmp_path)] == [datetime(2026, 2, 4, 15)]


LIST = """title = "List of incidents"
record = "incident"
recognise = ["Vorgang", "Beginn"]
moment = "{}"
[columns]
key = ["Vorgang"]
opened_at = ["Beginn"]
[compute]
status = "'open'"
"""
DAY = datetime(2026, 11, 12, 23, 59, 59, 999999)
NOW = datetime(2026, 11, 30, 10)


@pytest.fixture
def take(tmp_path):
    """take(lines above, cells of Beginn) -> what became of it, and its moment. Loaded on 30 November 2026."""

    def load(above, begun=("2026-10-02", "2026-11-03"), moment="newest", asked=None, now=NOW):
        (tmp_path / "sources" / "incident").mkdir(parents=True, exist_ok=True)
        (tmp_path / "sources" / "incident" / "list.toml").write_text(LIST.format(moment))
        rows = [
            *above,
            "Vorgang;Beginn;Dienst;Ort",
            *(f"V-{n};{day};Mail;Basel" for n, day in enumerate(begun)),
        ]
        (tmp_path / "list.csv").write_text("\n".join(rows))
        (outcome,) = warehouse.load(
            [tmp_path / "list.csv"], tmp_path, asked=asked or Asked(), clock=lambda: now
        )
        return outcome, None if outcome.error else warehouse.loads(tmp_path)[-1]["moment"]

    return load


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ("Stand: 12.11.2026", DAY),  # 11 December has not come
        ("Report date: 2026-11-12", DAY),
        ("Incident report as of 12 Nov 2026", DAY),
        ("As of;Nov 12, 2026", DAY),
        ("Stand: 13.11.2025", datetime(2025, 11, 13, 23, 59, 59, 999999)),  # there is no 13th month
        ("Störungsliste – Stand: 11.11.2026", DAY.replace(day=11)),  # either way
        ("Generated on 2026-11-12 14:05 by Ann", datetime(2026, 11, 12, 14, 5)),
        ("Generated on 2026-11-12T14:05:00+02:00", datetime(2026, 11, 12, 12, 5)),
        ("Erstellt am 12.11.2026 um 14:05 Uhr", datetime(2026, 11, 12, 14, 5)),
        ("Erstellt am: Donnerstag, 12. November 2026", DAY),
        ("État au 12 novembre 2026", DAY),
        ("A fecha de 12 de noviembre de 2026", DAY),
        ("Situazione al 12/11/2026", DAY),
        ("Gerado em 12/11/2026", DAY),
        ("Peildatum: 12-11-2026", DAY),
        ("Stand: 30.11.2026", NOW),  # as much of the day as is over
    ],
)
def test_the_moment_is_read_from_a_line_above_the_table(take, line, moment):
    outcome, found = take(["Störungen", line], ("2025-10-02",))
    assert (outcome.error, found) == (None, moment)
    said = f"as of {moment:%Y-%m-%d}, from row 2: {line.replace(';', ' ')!r}"
    assert said in outcome.notes


@pytest.mark.parametrize(
    "line",
    [
        "Stand: 04.03.2026",  # in March or in April
        "Stand: 12.12.2026",  # still to come
        "Stand: 01.10.2026 - 31.10.2026",
        "Stand: 01.10.2026 - 12.10.2026",
        "As of 2026-11-12 to 2026-11-14",
        "As of 2026-11-12;Exported 2026-11-14",
    ],
)
def test_a_line_that_may_mean_several_days_is_asked_about_and_shown(take, line):
    outcome, _ = take([line], ("2026-01-02",))
    assert outcome.asks == {"as_of": []}
    unclear = outcome.error == f"It does not say clearly when it was made: row 1: {line!r}."
    assert unclear or outcome.error == "It does not say when it was made."


@pytest.mark.parametrize(
    "lines",
    [
        ["Next report date: 2026-11-12"],
        ["Prices as of 2026-11-12"],
        ["Bestand: 12.11.2026"],
        ["Standort Basel 12.11.2026"],
        ["Stand: offen"],
        ["Filter: Created on 2026-11-12"],
        ["Created on 2026-11-12 (filter)"],
        ["Filters: opened before 2026-11-30, updated 2026-11-12"],
        ["Form F-17, Stand: 12.11.2026"],
        ["Version 2.1 - Stand: 12.11.2026"],
    ],
)
def test_a_day_of_something_else_is_not_the_moment(take, lines):
    outcome, _ = take(lines)
    assert (outcome.error, outcome.asks) == ("It does not say when it was made.", {"as_of": []})


def test_what_a_list_was_filtered_by_does_not_speak_against_another_line(take):
    assert take(["Filter: Created on 2026-01-01", "Stand: 2026-11-12"])[1] == DAY


def test_two_lines_of_different_days_are_asked_about_and_of_one_day_the_time_counts(take):
    outcome, _ = take(["Stand: 2026-11-10", "Erstellt am 2026-11-12"])
    assert outcome.asks == {"as_of": []}
    _, moment = take(["Stand: 2026-11-12", "Erstellt am 2026-11-12 14:05"])
    assert moment == datetime(2026, 11, 12, 14, 5)


def test_what_happened_later_speaks_against_the_line(take):
    outcome, _ = take(["Stand: 2026-11-12"], ("2026-10-02", "2026-11-20"))
    assert outcome.error == "It does not say clearly when it was made: row 1: 'Stand: 2026-11-12'."


@pytest.mark.parametrize(
    ("begun", "asked", "moment"),
    [
        ("25.01.2026", Asked(), datetime(2026, 3, 4, 23, 59, 59, 999999)),  # day first
        ("01/25/2026", Asked(), datetime(2026, 4, 3, 23, 59, 59, 999999)),
        ("2026-01-25", Asked(dates="mdy"), datetime(2026, 4, 3, 23, 59, 59, 999999)),
    ],
)
def test_the_order_that_is_known_of_the_export_holds_for_the_line_too(take, begun, asked, moment):
    assert take(["Stand: 04.03.2026"], (begun,), asked=asked)[1] == moment


def test_the_order_that_is_known_is_kept_to_where_it_gives_a_day_to_come(take):
    assert take(["As of 11/12/2026"], ("25/01/2026",))[0].asks == {"as_of": []}  # not 12 November


def test_who_says_the_moment_is_followed_and_a_list_kept_by_hand_is_of_the_day_it_is_loaded(take):
    assert take(["Stand: 2026-11-12"], asked=Asked(as_of=datetime(2026, 11, 13)))[1] == datetime(2026, 11, 13)
    assert take(["Stand: 2026-11-12"], moment="load")[1] == NOW


def test_an_export_that_may_be_undated_is_dated_by_the_line(take):
    outcome, moment = take(["Stand: 2026-11-12"], moment="newest or load")
    assert moment == DAY
    assert not any("does not say" in note for note in outcome.notes)


def test_a_rebuild_says_the_same(take, tmp_path):
    take(["Stand: 12.11.2026"])
    (before,) = warehouse.loads(tmp_path)
    warehouse.rebuild(tmp_path)
    (after,) = warehouse.loads(tmp_path)
    assert (after["moment"], after["notes"]) == (before["moment"], before["notes"])
    assert before["notes"][-1].startswith("as of 2026-11-12")


@pytest.mark.parametrize(
    ("style", "line", "moment"),
    [
        ("dd.mm.yyyy hh:mm", "Stand: 04.03.2026", datetime(2026, 3, 4, 23, 59, 59, 999999)),
        ("[$-409]m/d/yy", "As of 04/03/2026", datetime(2026, 4, 3, 23, 59, 59, 999999)),
        ("yyyy-mm-dd", "Stand: 04.03.2026", None),
        ("dd-mmm-yyyy", "As of 04/03/2026", None),
        ("dd.mm.yyyy", datetime(2026, 3, 4), datetime(2026, 3, 4, 23, 59, 59, 999999)),
    ],
)
def test_a_workbook_shows_the_order_by_the_style_of_its_dates(tmp_path, style, line, moment):
    (tmp_path / "sources" / "incident").mkdir(parents=True)
    (tmp_path / "sources" / "incident" / "list.toml").write_text(LIST.format("newest"))
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True}) as book:
        page, dated = book.add_worksheet(), book.add_format({"num_format": style})
        page.write_row(0, 0, ["Stand", line] if isinstance(line, datetime) else [line], dated)
        page.write_row(2, 0, ["Vorgang", "Beginn", "Dienst", "Ort"])
        page.write_row(3, 0, ["V-1", datetime(2026, 1, 25, 8), "Mail", "Basel"], dated)
        page.write_row(4, 0, ["V-2", datetime(2026, 1, 26, 8), "Mail", "Basel"], dated)
    (tmp_path / "list.xlsx").write_bytes(packed.getvalue())
    (outcome,) = warehouse.load([tmp_path / "list.xlsx"], tmp_path, clock=lambda: NOW)
    if moment:
        assert [line["moment"] for line in warehouse.loads(tmp_path)] == [moment]
    else:
        assert outcome.asks == {"as_of": []}
