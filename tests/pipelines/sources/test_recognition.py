"""Each source's example is told by its content whatever a tool's version, a person or a spreadsheet did to it.

The right source, or a question or refusal that names it: never another source.
"""

import csv
import io
import random
import re
from dataclasses import replace
from itertools import count
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from pipelines import warehouse
from pipelines.asked import Asked
from pipelines.errors import Refused
from pipelines.look import Look
from pipelines.readers import Table, tables
from pipelines.readers.table import literal
from pipelines.records import RECORDS
from pipelines.source import Mapping, Source, folded, match, recognise, sources
from pipelines.staging import part_named

EXPORTS = Path(__file__).parents[2] / "exports"
KNOWN = sources()
PATHS = {path for source in KNOWN.values() for path in source.rows}
EXAMPLES = sorted(path for path in EXPORTS.iterdir() if path.suffix != ".toml")
FLAT = [path for path in EXAMPLES if path.suffix in (".csv", ".xlsx")]

# What people add to any list.
EVERYDAY = {
    "Status": "Open", "Owner": "M. Okafor", "Name": "Payments", "Date": "2026-03-14", "Description": "As agreed",
    "Severity": "High", "ID": "17", "Type": "Standard", "Category": "General", "Priority": "2", "Title": "Note",
    "Comment": "none", "Notes": "see mail", "Created": "2026-01-05", "Updated": "2026-02-06", "Team": "Platform",
    "Region": "EMEA", "State": "Active", "Location": "Porto", "Department": "Finance", "URL": "https://example.org",
    "Due date": "2026-06-30", "Assigned to": "R. Silva", "Tags": "blue", "Risk": "Medium", "Host": "srv-9",
    "IP Address": "192.0.2.7", "Version": "4.1", "Source": "manual", "Result": "ok", "Environment": "prod",
    "Service": "Card payments", "Number": "5", "Resolved": "no",
}  # fmt: skip


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as con:
        yield con


@pytest.fixture(scope="module")
def read(con, tmp_path_factory):
    """read(path) -> its tables; each file is read once."""
    work, found, numbers = tmp_path_factory.mktemp("work"), {}, count()

    def reading(path: Path) -> list[Table]:
        if path not in found:
            folder = work / str(next(numbers))
            folder.mkdir()
            found[path] = tables(path, con, folder, path.name, PATHS)
        return found[path]

    return reading


@pytest.fixture(scope="module")
def told(con):
    """told(tables) -> what they are recognised as; the same cells of one source are looked at once."""
    seen: dict[str, float] = {}

    def looked(mapping: Mapping) -> float:
        cells = mapping.table.cells
        told = {
            n: found if mapping.table.nested else [cells[c] for c in found]
            for n, found in mapping.mapped.items()
        }
        looked_at = f"{mapping.source.name} {mapping.table.relation} {sorted(told.items())}"
        if looked_at not in seen:
            seen[looked_at] = Look(con).usable(mapping)
        return seen[looked_at]

    return lambda found: recognise(found, KNOWN, None, looked, lambda mapping: Look(con).alike(mapping))


def named(told, found: list[Table]) -> set[str]:
    """What a person is told of an export: its source, or the sources that they are asked about."""
    try:
        return {told(found).source.name}
    except Refused as refused:
        return set(re.findall(r"\w+", str(refused)))


def stem(path: Path) -> str:
    return path.name.partition(".")[0]


def headed(table: Table, names: dict[str, str]) -> Table:
    """The table with columns under other names, and only those, in that order: the old name -> the new one."""
    columns, cells, repeats = [], {}, {}
    for old, wanted in names.items():
        new = old if wanted in cells else wanted
        columns.append(new)
        cells[new] = table.cells[old]
        if old in table.repeats:
            repeats[new] = new if new != old else table.repeats[old]
    if table.nested:
        return replace(table, columns=[*names])
    return replace(table, columns=columns, cells=cells, repeats=repeats)


def shuffled(table: Table, source: Source, chance: random.Random) -> Table:
    return headed(table, {c: c for c in chance.sample(table.columns, len(table.columns))})


def widened(most: int):
    """With columns that say little, between those of the tool."""

    def widen(table: Table, source: Source, chance: random.Random) -> Table:
        there = {folded(table.repeats.get(c, c)) for c in table.columns}
        new = [name for name in chance.sample([*EVERYDAY], most) if folded(name) not in there]
        cells = table.cells if table.nested else {**table.cells, **{n: literal(EVERYDAY[n]) for n in new}}
        columns = chance.sample([*table.columns, *new], len(table.columns) + len(new))
        return replace(table, columns=columns, cells=cells)

    return widen


def feeding(source: Source) -> set[str]:
    """The mapped columns that what the record requires is made of."""
    needed, sql = set(RECORDS[source.record].required), source.compute
    for _ in range(3):
        needed |= {word for name in needed & {*sql} for word in re.findall(r"\w+", sql[name])}
    return needed & {*source.columns}


def thinned(table: Table, source: Source, chance: random.Random) -> Table:
    """Without half of the columns that can be left out."""
    mapping = match(source, table)
    telling = {folded(name) for name in source.recognise}
    kept = {c for name in feeding(source) for c in mapping.mapped.get(name, [])}
    kept |= {
        c
        for name, found in mapping.mapped.items()
        if telling & {*map(folded, source.columns[name])}
        for c in found
    }
    kept |= {c for c in table.columns if folded(table.repeats.get(c, c)) in telling}
    optional = [c for c in table.columns if c not in kept]
    dropped = {*chance.sample(optional, len(optional) // 2)}
    return headed(table, {c: c for c in table.columns if c not in dropped})


def shouted(table: Table, source: Source, chance: random.Random) -> Table:
    return headed(table, {c: re.sub(r"[ _]", "_", table.repeats.get(c, c)).upper() for c in table.columns})


def spaced(table: Table, source: Source, chance: random.Random) -> Table:
    return headed(table, {c: table.repeats.get(c, c).replace("_", " ").capitalize() for c in table.columns})


def renamed(table: Table, source: Source, chance: random.Random) -> Table:
    """Under other names that the tool has for its columns: another version, display names, another language."""
    names = {c: c for c in table.columns}
    for name, found in match(source, table).mapped.items():
        if len(found) == 1 and found[0] in names:
            names[found[0]] = chance.choice(source.columns[name])
    return headed(table, names)


def all_of_it(table: Table, source: Source, chance: random.Random) -> Table:
    for change in (thinned, shouted, widened(20)):
        table = change(table, source, chance)
    return table


CHANGES = {
    "shuffled": shuffled,
    "30 more": widened(30),
    "spaced": spaced,
    "renamed": renamed,
    "all of it": all_of_it,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_columns_of_another_order_number_and_name(told, read, change):
    wrong = {}
    for path in (
        EXAMPLES if change is shuffled else FLAT
    ):  # names of nested formats are as their tools write them
        chance, source = random.Random(path.name), KNOWN[stem(path)]
        found = [t if match(source, t).missing else change(t, source, chance) for t in read(path)]
        said = named(told, found)
        if source.name not in said:
            wrong[path.name] = said
    assert wrong == {}


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        text = lines.read()
        return [*csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=text.count))]


def workbook(path: Path, held: list[list[str]]) -> None:
    """With title rows above the header."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Report")
        for place, row in enumerate([["Monthly list"], ["Made for the board"], [], *held]):
            sheet.write_row(place, 0, row)


@pytest.mark.parametrize("form", [";", "\t", "xlsx"])
def test_the_same_cells_in_another_form(told, read, tmp_path, form):
    wrong = {}
    each = [path for path in FLAT if path.suffix == ".csv"]
    for path in each[[";", "\t", "xlsx"].index(form) :: 3]:  # each example in one of them
        file, held = tmp_path / f"{path.stem}.{form if form == 'xlsx' else 'csv'}", rows(path)
        if form == "xlsx":
            workbook(file, held)
        else:
            with file.open("w", encoding="utf-8", newline="") as lines:
                csv.writer(lines, delimiter=form).writerows(held)
        said = named(told, read(file))
        if stem(path) not in said:
            wrong[path.name] = said
    assert wrong == {}


INCIDENTS = ["number", "opened_at", "state", "sys_updated_on", "short_description"]
INCIDENT = ["INC0010001", "2026-01-31 09:40:00", "Resolved", "2026-01-31 12:05:00", "Payments time out"]
PROBLEMS = ["Reference", "Problem", "Severity", "Status", "Known error", "Opened", "Resolved", "As of"]
PROBLEM = ["P-1", "Certificates run out", "High", "Open", "yes", "2026-09-04", "", "2026-09-30"]


def test_a_source_that_lacks_little_is_offered_and_never_taken(tmp_path):
    file = tmp_path / "list.csv"
    file.write_text(f"{','.join(INCIDENTS)}\n{','.join(INCIDENT)}\n", "utf-8")
    error = warehouse.check(file, tmp_path / "data").outcome.error
    assert error == "No source recognises it outright. Nearest is servicenow_incident (priority missing)."
    outcome = warehouse.check(file, tmp_path / "data", asked=Asked(source="servicenow_incident")).outcome
    assert (outcome.error, outcome.accepted) == (None, 1)


def test_of_columns_few_of_which_are_known_no_source_is_offered(tmp_path):
    file = tmp_path / "list.csv"
    names = ["Issue key", "Issue Type", "Status", *(f"dish {n}" for n in "abcdefgh")]
    file.write_text(f"{','.join(names)}\nOPS-1,Incident,Done,{','.join('12345678')}\n", "utf-8")
    outcome = warehouse.check(file, tmp_path / "data").outcome
    assert "Nearest is jira_issue, but Created missing." in (outcome.error or "")
    assert outcome.asks is None


@pytest.mark.parametrize(
    "names", ["Id,Subject,Status,Priority,Name", "id,subject,status,priority,created_at"]
)
def test_names_that_many_tools_have_bring_none_of_them_near(tmp_path, names):
    file = tmp_path / "tickets.csv"
    file.write_text(f"{names}\n1,VPN,Open,High,2026-01-01\n2,Mail,Solved,Low,2026-01-02\n", "utf-8")
    (outcome,) = warehouse.load([file], tmp_path / "data")
    assert "No source recognises it." in (outcome.error or "")
    assert "Nearest" not in (outcome.error or "")


VORGANG = ["Vorgang", "Beginn", "Ende", "Dienst", "Kosten"]


def test_each_table_that_none_recognises_is_named_with_its_cell(tmp_path):
    file = tmp_path / "Störungen.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet, other = book.add_worksheet("Störungen"), book.add_worksheet("Team")
        sheet.write(0, 0, "Störungen")
        for at, line in enumerate([VORGANG, *(["V-1", "2026-09-01", "2026-09-02", "Mail", 5],) * 6]):
            sheet.write_row(at + 3, 0, line)
        for at, line in enumerate([["Monat", "Anzahl"], ["2026-08", 3], ["2026-09", 4]]):
            sheet.write_row(at + 3, 7, line)
            other.write_row(at, 1, line[::-1])
    error = warehouse.check(file, tmp_path / "data").outcome.error
    assert error == (
        "No source recognises any of its 3 tables: Störungen, from A4 (Vorgang, Beginn, Ende, Dienst, Kosten); "
        "Störungen, from H4 (Monat, Anzahl); Team, from B1 (Anzahl, Monat)."
    )
    text = tmp_path / "list.csv"
    text.write_text(
        "Vorgang,Beginn,Dienst\nV-1,2026-09-01,Mail\nV-2,2026-09-02,Mail\n\nMonat,Anzahl\n2026-08,3\n2026-09,4\n"
    )
    error = warehouse.check(text, tmp_path / "data").outcome.error
    assert error == (
        "No source recognises any of its 2 tables: from row 1 (Vorgang, Beginn, Dienst); from row 5 (Monat, Anzahl)."
    )


@pytest.fixture
def book(tmp_path):
    """book(more) -> a workbook of a sheet of incidents, with more columns, and one of problems."""

    def write(more: dict[str, str]) -> Path:
        file = tmp_path / "book.xlsx"
        with xlsxwriter.Workbook(file) as book:
            for name, held in {
                "Incidents": [[*INCIDENTS, *more], [*INCIDENT, *more.values()]],
                "Known errors": [PROBLEMS, PROBLEM],
            }.items():
                sheet = book.add_worksheet(name)
                for place, row in enumerate(held):
                    sheet.write_row(place, 0, row)
        return file

    return write


FULL = {
    "priority": "1 - Critical",
    "caused_by": "",
    "u_outage_start": "",
    "u_outage_end": "",
    "u_detected_at": "",
}


@pytest.mark.parametrize(
    ("more", "first"),
    [(FULL, "servicenow_incident"), ({"priority": "1 - Critical", "sys_id": "a1"}, "problem_list")],
)
def test_sheets_of_several_sources_are_a_load_each(book, tmp_path, more, first):
    checked = warehouse.check(book(more), tmp_path / "data")
    both = {one.outcome.source: one.outcome for one in (checked, *checked.beside)}
    assert checked.outcome.source == first
    assert {name: (o.error, o.accepted, o.warnings) for name, o in both.items()} == {
        "servicenow_incident": (None, 1, []),
        "problem_list": (None, 1, []),
    }
    assert "a load of its own: Known errors, which is problem_list" in both["servicenow_incident"].notes
    assert "other tables of the file are other sources'" in checked.beside[0].why
    assert {name: part_named("book.xlsx", o.notes) for name, o in both.items()} == {
        "servicenow_incident": "book.xlsx (Incidents)",
        "problem_list": "book.xlsx (Known errors)",
    }


def test_where_a_person_names_the_source_the_other_sheets_are_warned_of(book, tmp_path):
    checked = warehouse.check(book(FULL), tmp_path / "data", asked=Asked(source="problem_list"))
    assert (checked.outcome.source, checked.outcome.accepted, checked.beside) == ("problem_list", 1, [])
    assert checked.outcome.warnings == [
        "Left aside: Incidents. Load the file again with --source servicenow_incident, which reads it."
    ]
    assert not checked.outcome.questioned  # whether it is whole is another question


def test_a_sheet_that_only_reminds_of_a_source_is_warned_of_and_any_other_noted(tmp_path):
    file = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(file) as book:
        for name, held in {
            "Incidents": [[*INCIDENTS, "priority"], [*INCIDENT, "1 - Critical"]],
            "Changes": [
                ["Reference", "Change", "Opened", "Started", "Ended"],
                ["C1", "x", "2026-09-01", "", ""],
            ],
            "Summary": [["Region", "Sum"], ["North", 3]],
        }.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(held):
                sheet.write_row(place, 0, row)
    outcome = warehouse.check(file, tmp_path / "data").outcome
    assert outcome.warnings == [
        "Left aside: Changes, which no source recognises. Most of its columns are those of change_list, but Kind, Outcome "
        "missing. If it holds such records, load the file again with --source change_list."
    ]
    assert "left aside: Summary, which is no servicenow_incident" in outcome.notes


def test_why_tells_what_only_this_source_has_and_how_much_of_it_can_be_used(tmp_path):
    why = warehouse.check(EXPORTS / "jira_issue.csv", tmp_path / "data").why
    assert re.fullmatch(
        r"has Issue key, Issue Type, Status, Created; only it has .*; \d+ of \d+ columns known; "
        r"no other source comes near; 98 % of its values can be used",
        why,
    )
