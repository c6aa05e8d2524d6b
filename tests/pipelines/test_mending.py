"""What a load refused, as a workbook to mend: loaded again, only those rows are taken, and nothing counts twice."""

import io
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from pipelines.errors import NotReady
from pipelines.mending import REASON
from pipelines.rejects import book
from pipelines.snapshot import open_snapshot
from pipelines.warehouse import load, loads, rebuild, rejects, trial, withdraw
from tests.pipelines.conftest import content

HEADER = "number,opened_at,sys_updated_at,state,priority,short_description,colour"
ROWS = [
    "INC1,2026-01-01,2026-01-02,New,2 - High,fine,red",
    "INC2,2026-01-01,2026-01-02,New,Urgent,=1+1,blue",  # the cell is refused, the row is kept
    ",2026-01-01,2026-01-02,New,2 - High,no number,00123",  # the row is refused
]
CHECKS = Path(__file__).parents[1] / "exports" / "security_hub_finding.json"


def export(path: Path, rows: list[str] = ROWS) -> Path:
    path.write_text("\n".join([HEADER, *rows]) + "\n", "utf-8")
    return path


def taken(data: Path, file: Path, **more):
    [outcome] = load([file], data, **more)
    assert not outcome.error, outcome.error
    return outcome


def mended(data: Path, number: int, path: Path, **cells: str) -> Path:
    """The workbook of a load's refused rows, with cells changed: "B2" is the first refused row's first column."""
    opened = load_workbook(io.BytesIO(book(data, number)))
    for place, value in cells.items():
        opened.active[place] = value
    opened.save(path)
    return path


def held(data: Path, what: str) -> list[tuple]:
    _, con = open_snapshot(data)
    with con:
        return con.execute(what).fetchall()


def test_the_workbook_is_laid_out_like_the_export(tmp_path):
    taken(tmp_path / "data", export(tmp_path / "x.csv"))
    sheet = load_workbook(io.BytesIO(book(tmp_path / "data", 1))).active
    header, first, second = sheet.iter_rows(values_only=True)
    assert header[:-1] == (REASON, *HEADER.split(","))
    assert first[1:] == ("INC2", "2026-01-01", "2026-01-02", "New", "Urgent", "=1+1", "blue", 3)
    assert second[1:] == (None, "2026-01-01", "2026-01-02", "New", "2 - High", "no number", "00123", 4)
    assert first[0].startswith("priority: not a value this source knows") and "number" in second[0]
    assert sheet["G2"].data_type == "s", "a formula stays text"
    filled = {cell.coordinate for row in sheet for cell in row if cell.fill.fill_type}
    assert filled == {"F2", "B3"}, "what was refused is marked"


def test_mended_rows_take_the_place_of_what_was_refused(tmp_path):
    data = tmp_path / "data"
    taken(data, export(tmp_path / "x.csv"), instance="north")
    file = mended(data, 1, tmp_path / "mended.xlsx", F2="1 - Critical", B3="INC3")
    with trial([file], data) as tried:
        [checked] = tried.checked
        assert (checked.added, checked.updated, checked.unmapped) == (1, 1, ["colour"])
    outcome = taken(data, file)
    assert (outcome.rows_read, outcome.accepted, outcome.rejected, outcome.cells_refused) == (2, 2, 0, 0)
    assert held(data, "select record_id, severity from incident order by all") == [
        ("north:INC1", 2),
        ("north:INC2", 1),
        ("north:INC3", 2),
    ]
    assert held(data, 'select "at" from as_of') == [(loads(data)[0]["moment"],)], "it says nothing newer"
    again = taken(data, file)
    assert (again.accepted, again.unchanged) == (0, 2)


def test_what_is_not_mended_is_refused_again_and_can_be_mended_again(tmp_path):
    data = tmp_path / "data"
    taken(data, export(tmp_path / "x.csv"))
    outcome = taken(data, mended(data, 1, tmp_path / "once.xlsx", F2="1 - Critical"))
    assert (outcome.accepted, outcome.rejected) == (1, 1)
    assert [one["row"] for one in rejects(data, 2)] == [3]
    taken(data, mended(data, 2, tmp_path / "twice.xlsx", B2="INC3"))
    assert held(data, "select key, severity from incident order by all") == [
        ("INC1", 2),
        ("INC2", 1),
        ("INC3", 2),
    ]


def test_undoing_and_rebuilding_hold_mended_rows_as_any_others(tmp_path):
    data = tmp_path / "data"
    taken(data, export(tmp_path / "x.csv"))
    taken(data, mended(data, 1, tmp_path / "mended.xlsx", F2="1 - Critical", B3="INC3"))
    before = content(data)
    rebuild(data)
    assert content(data) == before
    withdraw(2, data, why="a test")
    assert held(data, "select key, severity from incident order by all") == [("INC1", 2), ("INC2", None)]


@pytest.fixture
def checks(tmp_path):
    """Control tests, of which one has a severity that is none."""
    findings = json.loads(CHECKS.read_text("utf-8"))
    found = findings["Findings"] if isinstance(findings, dict) else findings
    found[0]["Severity"]["Label"] = "TERRIBLE"
    found[-1]["Compliance"] = {"Status": "PUZZLING"}
    file = tmp_path / "findings.json"
    file.write_text(json.dumps(findings), "utf-8")
    outcome = taken(tmp_path / "data", file)
    assert (outcome.cells_refused, outcome.rejected) == (
        1,
        1,
    )  # of the row refused as a whole, nothing is mended
    return tmp_path / "data"


def column(data: Path, number: int, name: str) -> str:
    """Where a column of the export stands in the workbook."""
    sheet = load_workbook(io.BytesIO(book(data, number))).active
    return next(cell.column_letter for cell in sheet[1] if cell.value == name)


def events(data: Path) -> list[tuple]:
    return in_order(held(data, "select key, severity, load from control_test"))


def in_order(rows: list[tuple]) -> list[tuple]:
    return sorted(rows, key=repr)


def test_a_mended_event_takes_the_place_of_the_one_that_was_refused_a_cell(checks, tmp_path):
    before = events(checks)
    place = f"{column(checks, 1, 'Severity.Label')}2"
    file = mended(checks, 1, tmp_path / "mended.xlsx", **{place: "HIGH"})
    with trial([file], checks) as tried:
        assert (tried.checked[0].added, tried.checked[0].updated) == (0, 1)
    outcome = taken(checks, file)
    assert (outcome.accepted, outcome.rejected) == (1, 1)
    [was] = [one for one in before if one[:2] == ("sh-1", None)]
    others = [one for one in before if one != was]
    assert events(checks) == in_order([*others, ("sh-1", 2, 2)])

    # Mended once more, and the same again: still no event counts twice.
    taken(checks, mended(checks, 1, tmp_path / "other.xlsx", **{place: "LOW"}))
    again = taken(checks, tmp_path / "other.xlsx")
    assert again.unchanged == 1
    assert events(checks) == in_order([*others, ("sh-1", 4, 3)])
    kept = content(checks)
    rebuild(checks)
    assert content(checks) == kept
    for number in (2, 3, 4):
        withdraw(number, checks, why="a test")
    assert events(checks) == before


def test_a_workbook_of_another_warehouse_is_recognised_like_any_file(tmp_path):
    data, other = tmp_path / "data", tmp_path / "other"
    taken(data, export(tmp_path / "x.csv"))
    taken(other, export(tmp_path / "y.csv", ROWS[:1]))
    file = mended(data, 1, tmp_path / "mended.xlsx", F2="1 - Critical", B3="INC3")
    assert taken(other, file).accepted == 2
    assert "mends" not in loads(other)[1]["options"]


def test_a_load_in_which_nothing_was_refused_has_no_workbook(tmp_path):
    data = tmp_path / "data"
    taken(data, export(tmp_path / "x.csv", ROWS[:1]))
    for number in (1, 7):
        with pytest.raises(NotReady, match=f"no load {number} in which"):
            book(data, number)


def test_dates_are_read_in_the_order_that_the_whole_export_showed(tmp_path):
    data = tmp_path / "data"
    rows = [
        "INC1,13/01/2026,14/01/2026,New,2 - High,it shows the day first,red",
        "INC2,03/02/2026,04/02/2026,New,Urgent,it could be either,red",
    ]
    taken(data, export(tmp_path / "x.csv", rows))
    taken(data, mended(data, 1, tmp_path / "mended.xlsx", F2="1 - Critical"))
    found = held(data, "select key, opened_at::date::varchar, severity from incident order by all")
    assert found == [("INC1", "2026-01-13", 2), ("INC2", "2026-02-03", 1)]


AGENTS = """
title = "Agents"
record = "patch"
recognise = ["weakness", "host", "first noticed"]
full = true
compute = { state = "'open'" }
[columns]
key = ["weakness"]
asset = ["host"]
first_seen_at = ["first noticed"]
effective_at = ["seen"]
"""


@pytest.fixture
def agents(tmp_path):
    """A data folder with a source of the complete state: write(name, seen, rows) -> an export of it."""
    folder = tmp_path / "data" / "sources" / "patch"
    folder.mkdir(parents=True)
    (folder / "agents.toml").write_text(AGENTS, "utf-8")

    def write(name: str, seen: str, *rows: tuple[str, str]) -> Path:
        lines = [f"{weakness},h1,{noticed},{seen}" for weakness, noticed in rows]
        file = tmp_path / name
        file.write_text("\n".join(["weakness,host,first noticed,seen", *lines]) + "\n", "utf-8")
        return file

    return write


def test_mended_rows_close_nothing_of_what_they_do_not_list(agents, tmp_path):
    data = tmp_path / "data"
    first = agents("1.csv", "2026-01-10", ("A1", "2026-01-01"), ("A2", "2026-01-01"), ("B", "soon"))
    taken(data, first)
    outcome = taken(data, mended(data, 1, tmp_path / "mended.xlsx", D2="2026-01-02"))
    assert (outcome.accepted, outcome.closed, outcome.warnings) == (1, 0, [])
    assert held(data, "select key, state from patch order by all") == [
        ("A1", "open"),
        ("A2", "open"),
        ("B", "open"),
    ]


def test_mended_rows_stand_where_their_export_stood_and_a_later_one_closes_them(agents, tmp_path):
    data = tmp_path / "data"
    taken(data, agents("1.csv", "2026-01-10", ("A1", "2026-01-01"), ("B", "soon")))
    taken(data, agents("2.csv", "2026-02-10", ("A1", "2026-01-01")))
    taken(data, mended(data, 1, tmp_path / "mended.xlsx", D2="2026-01-02"))
    expected = [("A1", "open", None), ("B", "fixed", "2026-02-10")]
    state = "select key, state, strftime(fixed_at, '%Y-%m-%d') from patch order by all"
    assert held(data, state) == expected
    rebuild(data)
    assert held(data, state) == expected
