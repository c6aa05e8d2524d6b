"""A template goes in again once it is filled in, whatever the kind of record, and until then holds no rows."""

import io
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from pipelines import templates, warehouse
from pipelines.errors import NotReady
from pipelines.fields import Field
from pipelines.records import DAYS
from pipelines.snapshot import open_snapshot

each_kind = pytest.mark.parametrize("kind", templates.kinds())
TODAY = datetime(2026, 9, 1)
# What a correction names has to be there, a clock hangs somewhere, hours are hours of a day.
NAMES = {"Kind of record": "Asset", "Record": "asset_list:pay-{}", "Column": "Owner", "Time zone": "Europe/London",
         "Holidays": "20{:02}-12-25", **dict.fromkeys(map(str.title, DAYS), "{:02}:00-24:00")}  # fmt: skip


def opened(kind: str) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(templates.template(kind)))


def filled(kind: str, path: Path, rows: list[dict]) -> Path:
    """The template with rows (title -> cell) written under its header."""
    book = opened(kind)
    sheet = book.worksheets[0]
    titles = [cell.value for cell in sheet[1]]
    for at, row in enumerate(rows, 2):
        for title, value in row.items():
            sheet.cell(at, titles.index(title) + 1, value)
    book.save(path)
    return path


def cell(field: Field, row: int) -> object:
    """What a person may write there, another in each row."""
    if field.choices:
        word = field.choices[row % len(field.choices)]
        return int(word) if word.isdigit() else word
    if field.title in NAMES:
        return NAMES[field.title].format(row)
    match field.column.type:
        case "time":
            return TODAY + timedelta(days=row)
        case "number" | "integer":
            return min(row + 1, field.column.high or row + 1)
        case "list":
            return f"row {row}; another"
    return f"row {row}"


@each_kind
def test_filled_in_it_is_recognised_and_whole(kind: str, tmp_path: Path):
    source = templates.kinds()[kind]
    fields = templates.fields(source)
    rows = [{field.title: cell(field, row) for field in fields} for row in range(6)]

    (outcome,) = warehouse.load([filled(kind, tmp_path / "list.xlsx", rows)], tmp_path / "data")

    assert outcome.error is None
    assert (outcome.source, outcome.record) == (source.name, kind)
    assert (outcome.rows_read, outcome.accepted, outcome.cells_refused) == (6, 6, 0)
    assert (outcome.notes[:1], outcome.warnings) == (["header in row 1"], [])
    assert not any("Notes" in note for note in outcome.notes)
    _, con = open_snapshot(tmp_path / "data")
    with con:
        empty = con.execute(f"select columns(*) is null from {kind}").df().all()
    assert not empty[[*source.columns.keys() & empty.index]].any()


@each_kind
def test_what_is_marked_as_needed_is_enough(kind: str, tmp_path: Path):
    needed = [field for field in templates.fields(templates.kinds()[kind]) if field.needed]
    rows = [{field.title: cell(field, row) for field in needed} for row in range(3)]
    outcome = warehouse.check(filled(kind, tmp_path / "list.xlsx", rows), tmp_path / "data").outcome
    assert (outcome.rows_read, outcome.accepted) == (3, 3)


@each_kind
def test_a_row_is_refused_without_a_column_marked_as_needed(kind: str, tmp_path: Path):
    fields = templates.fields(templates.kinds()[kind])
    needed = [field for field in fields if field.needed]
    rows = [{field.title: cell(field, row) for field in fields} for row in range(20)]
    rows += [{field.title: cell(field, 20) for field in fields if field is not left} for left in needed]

    checked = warehouse.check(filled(kind, tmp_path / "list.xlsx", rows), tmp_path / "data")

    assert checked.outcome.error is None
    named = {reject["column"] for reject in checked.rejects if reject["row"] > 21}
    dated_by_file = {"As of"}  # a row without it holds from the newest day in the file on
    assert named | dated_by_file >= {field.title for field in needed}
    assert not [reject for reject in checked.rejects if reject["row"] <= 21]


@each_kind
def test_empty_it_holds_no_rows(kind: str, tmp_path: Path):
    path = tmp_path / "empty.xlsx"
    path.write_bytes(templates.template(kind))
    outcome = warehouse.check(path, tmp_path / "data").outcome
    assert outcome.error == "It holds a header but no rows."


def test_a_sheet_that_cannot_be_read_is_named_before_the_notes_are_taken_for_it(tmp_path: Path):
    path = filled(
        "rate", tmp_path / "twice.xlsx", [{"Service": "Service", "Cost per hour": "Cost", "From": "From"}]
    )
    error = warehouse.check(path, tmp_path / "data").outcome.error
    assert "has two header rows: row 1 and row 2" in error


def test_cells_left_empty_are_told_as_such(tmp_path: Path):
    row = {"Service": "Shop", "Cost per hour": 1, "From": TODAY}
    wrong = [row | {"Service": None}, row | {"From": "always"}]
    path = filled("rate", tmp_path / "empty.xlsx", [*wrong, row])
    error = warehouse.check(path, tmp_path / "data").outcome.error
    assert "row 2, Service is empty" in error


@each_kind
def test_it_explains_every_column(kind: str):
    fields = templates.fields(templates.kinds()[kind])
    sheet, notes = opened(kind).worksheets
    explained = {row[0]: row[1:] for row in notes.iter_rows(values_only=True)}
    for field, header in zip(fields, sheet[1], strict=True):
        needed, form, what = explained[field.title]
        assert needed == ("yes" if field.needed else "no")
        assert form and what
        assert what[1:] in header.comment.text


@each_kind
def test_words_can_be_chosen_and_days_are_dates(kind: str):
    """A list that a spreadsheet takes holds 255 signs, and no comma in a word."""
    sheet = opened(kind).worksheets[0]
    formats = {
        letter: held.number_format
        for held in sheet.column_dimensions.values()
        for letter in map(get_column_letter, range(held.min, held.max + 1))
    }
    rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    for field, header in zip(templates.fields(templates.kinds()[kind]), sheet[1], strict=True):
        rule = rules.get(f"{header.column_letter}2")
        if field.choices:
            assert rule.type == "list"
            assert rule.formula1 == f'"{",".join(field.choices)}"'
            assert len(rule.formula1) <= 257
            assert not any("," in word for word in field.choices)
        elif field.column.type == "time":
            assert rule.type == "date"
            assert formats[header.column_letter] == templates.DATE


def test_the_words_of_a_source_are_offered_once_for_each_value():
    decision = {field.title: field for field in templates.fields(templates.kinds()["decision"])}
    assert decision["Status"].choices == ("Asked", "Made", "Done", "Dropped")
    asset = {field.title: field for field in templates.fields(templates.kinds()["asset"])}
    assert asset["Tier"].choices == ("1", "2", "3", "4")
    assert asset["Baseline met"].choices == ("yes", "no")


def test_a_source_may_say_more_of_a_column():
    person, *_ = templates.fields(templates.kinds()["leaver"])
    assert person.help.startswith("a staff number rather than a name; one who left twice")


def test_the_header_stays_in_sight():
    assert opened("asset").worksheets[0].freeze_panes == "A2"


def test_the_same_template_is_the_same_file():
    assert templates.template("asset") == templates.template("asset")


def test_a_kind_without_a_template_is_named():
    with pytest.raises(NotReady, match="'known_exploited'; there is one for incident"):
        templates.template("known_exploited")


def test_words_that_people_use_for_a_state_are_known(tmp_path: Path):
    words = {"Installed": "fixed", "not installed": "open", "PENDING": "open", "Risk accepted": "excepted"}
    rows = [
        {"Asset": f"web{n}", "Patch": "KB1", "First seen": TODAY, "State": word, "As of": TODAY}
        for n, word in enumerate([*words, "Pending reboot"])  # installed, or not? nobody can say
    ]
    export = filled("patch", tmp_path / "list.xlsx", rows)
    (outcome,) = warehouse.load([export], tmp_path / "data")
    _, con = open_snapshot(tmp_path / "data")
    with con:
        states = con.execute("select state from patch order by asset").fetchall()
    assert states == [*((state,) for state in words.values()), (None,)]
    assert outcome.cells_refused == 1
