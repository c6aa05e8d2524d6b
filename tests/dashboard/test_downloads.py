"""Downloads: text that a spreadsheet would run stays text, and nothing else is changed."""

import io
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID

import openpyxl
import pandas as pd
import streamlit as st

from dashboard import page
from dashboard.downloads import CUT, as_csv, as_xlsx
from pipelines.settings import Settings

TABLE = pd.DataFrame(
    {
        "text": ["=1+1", "+44 20", "@home", "-x", "-5", "plain", None],
        "number": [-1.5, 2, 3, 4, 5, 6, 7],
        "services": [["=A"], ["A", "B"], [], ["C"], ["D"], ["E"], None],
    }
)


def test_csv_neutralises_only_text_that_would_be_a_formula():
    lines = as_csv(TABLE).decode("utf-8-sig").splitlines()
    assert lines[0] == "text,number,services"
    assert lines[1] == "'=1+1,-1.5,'=A"
    assert lines[2] == '\'+44 20,2.0,"A, B"'
    assert lines[3] == "'@home,3.0,"
    assert lines[4] == "'-x,4.0,C"
    assert lines[5] == "-5,5.0,D"  # a number written as text is no formula
    assert lines[6] == "plain,6.0,E"


def test_csv_neutralises_the_names_of_columns_too():
    assert as_csv(pd.DataFrame({"=1+1": ["a"], "n": [1]})).decode("utf-8-sig").splitlines()[0] == "'=1+1,n"


def test_a_text_that_no_cell_of_a_workbook_holds_is_cut_and_says_so():
    table = pd.DataFrame(
        {"text": ["x" * 32_767, "x" * 32_768, "😀" * 20_000], "seen": [{"a": 1}, None, b"b"]}
    )
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(table))).active
    whole, cut, wide = (sheet.cell(row, 1).value for row in (2, 3, 4))
    assert whole == "x" * 32_767
    assert len(cut) == 32_767 and cut.endswith("x" + CUT)
    assert len(wide.encode("utf-16-le")) // 2 <= 32_767 and wide.endswith("😀" + CUT)
    assert sheet["B2"].value == "{'a': 1}"
    assert as_csv(table).decode("utf-8-sig").count("😀") == 20_000


def test_xlsx_holds_text_as_text_and_numbers_as_numbers():
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(TABLE))).active
    cells = list(sheet.iter_rows(min_row=2))
    assert [cell.data_type for cell in cells[0]] == ["s", "n", "s"]
    assert [cell.value for cell in cells[0]] == ["=1+1", -1.5, "=A"]
    assert cells[1][2].value == "A, B"


def test_every_value_that_a_query_answers_has_a_cell():
    at = datetime(2026, 9, 3, 8, 5)
    values = {
        "text": ["a", None],
        "at": [pd.Timestamp(at), pd.NaT],
        "zoned": [pd.Timestamp(at, tz="Europe/London"), pd.NaT],
        "day": [at.date(), None],
        "clock": [at.time(), None],
        "lasts": [timedelta(hours=30), None],
        "exact": [Decimal("12.50"), None],
        "flag": [True, False],
        "far": [float("inf"), float("nan")],
        "id": [UUID(int=5), None],
        "huge": [2**70, None],
    }
    table = pd.concat([pd.DataFrame(values), pd.DataFrame({"text": ["again", "twice"]})], axis=1)
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(table))).active
    names, told, empty = sheet.iter_rows(values_only=True)
    assert names == (*values, "text")
    assert told[:4] == ("a", at, at, datetime(2026, 9, 3))
    assert told[4:7] == (at.time(), "1 days 06:00:00", 12.5)
    assert told[7:] == (True, "inf", str(UUID(int=5)), str(2**70), "again")
    assert [cell for cell in empty if cell is not None] == [False, "twice"]
    lines = as_csv(table).decode("utf-8-sig").splitlines()
    assert len(lines) == 3 and lines[1].endswith(f",{UUID(int=5)},{2**70},again")


def test_a_table_without_rows_is_a_header():
    assert as_csv(TABLE.head(0)).decode("utf-8-sig").splitlines() == ["text,number,services"]
    assert openpyxl.load_workbook(io.BytesIO(as_xlsx(TABLE.head(0)))).active.max_row == 1


def test_a_day_that_ends_does_not_become_the_next_one_in_a_workbook():
    ends = pd.DataFrame({"due_at": [datetime(2026, 6, 17, 23, 59, 59, 999_999)]})
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(ends))).active
    assert sheet["A2"].value == datetime(2026, 6, 17, 23, 59, 59)


def test_what_a_page_offers_holds_the_times_that_the_page_tells(monkeypatch):
    due = pd.DataFrame({"due_at": [datetime(2026, 10, 12, 23)]})  # in London the 13th begins
    view = SimpleNamespace(readings=SimpleNamespace(settings=Settings(timezone="Europe/London")))
    offered = {}
    monkeypatch.setattr(st, "download_button", lambda label, data, *_, **__: offered.update({label: data()}))
    page.downloads(view, lambda: due, "due", "1 row")
    assert offered["Download CSV"].decode("utf-8-sig").splitlines()[1] == "2026-10-13"
    sheet = openpyxl.load_workbook(io.BytesIO(offered["Download XLSX"])).active
    assert sheet["A2"].value == datetime(2026, 10, 13)


def test_a_time_is_told_to_its_second_in_both():
    end = pd.Timestamp("2026-09-16 23:59:59.999999")
    table = pd.DataFrame([[end, end.tz_localize("Europe/Berlin")], [None, None]], columns=["due", "due"])
    assert (
        as_csv(table).decode("utf-8-sig").splitlines()[1] == "2026-09-16 23:59:59,2026-09-16 23:59:59+02:00"
    )
    assert openpyxl.load_workbook(io.BytesIO(as_xlsx(table))).active["A2"].value == datetime(
        2026, 9, 16, 23, 59, 59
    )
