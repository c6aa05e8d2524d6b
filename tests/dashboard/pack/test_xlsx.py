"""A workbook: proper tables however long, texts that stay texts, and what a cell cannot hold told."""

import re
import sys
import zipfile
from datetime import datetime
from pathlib import Path

import duckdb
import openpyxl
import pytest
from python_calamine import CalamineWorkbook
from xlsxwriter.exceptions import FileCreateError

from dashboard.pack import xlsx
from dashboard.pack.pack import Part
from dashboard.pack.write import write
from pipelines.errors import NotReady

sys.path.insert(0, str(Path(__file__).parent))
from made import HOSTILE, made


def parquet(tmp_path, select: str) -> dict[str, Path]:
    file = tmp_path / "downtime.parquet"
    duckdb.sql(f"copy ({select}) to '{file}' (format parquet)")
    return {"downtime": file}


def test_every_sheet_but_summary_and_charts_is_a_table_with_filters_and_its_own_headings(tmp_path):
    rows = parquet(tmp_path, "select concat('R', range) as record_id, range as hours from range(12000)")
    xlsx.write(made(), tmp_path / "pack.xlsx", rows)
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx")
    assert book.sheetnames == [
        "Summary", "Readings", "Decisions", "Risks", "Since the pack before", "Trends", "Charts", "Definitions", "Left out", "Sources", "Restated", "downtime",
    ]  # fmt: skip
    names = set()
    for sheet in [one for one in book.worksheets[1:] if one.title != "Charts"]:
        (table,) = sheet.tables.values()
        names.add(table.displayName)
        heads = [cell.value for cell in sheet[1]]
        assert [column.name for column in table.tableColumns] == heads
        assert table.ref == sheet.dimensions and table.autoFilter.ref == table.ref
        assert sheet.freeze_panes and sheet.print_title_rows == "$1:$1"
    assert len(names) == 10
    asked, settled = (
        {h.value: c.value for h, c in zip(book["Decisions"][1], book["Decisions"][n], strict=True)}
        for n in (2, 3)
    )
    assert (asked["Decision asked for"], asked["Decide by"], asked["Reason"]) == (
        "+1 decide",
        datetime(2026, 11, 1),
        "@why",
    )
    assert (settled["Status"], settled["What was decided"], settled["Done on"]) == (
        "done",
        "=yes()",
        datetime(2026, 9, 2),
    )
    assert [cell.value for cell in book["Since the pack before"][2]] == [
        "Downtime", 7.4, 5.4, "7.4 h", "5.4 h", "−2.0 h", "better",
    ]  # fmt: skip
    assert [cell.value for cell in book["Risks"][2]][:5] == ["-2 flood", 15, 3, 5, "CIO"]
    for sheet in book:
        assert sheet.oddHeader.left.text.endswith("· Confidential")
        assert "through 2 Oct 2026" in sheet.oddFooter.left.text and "&P" in sheet.oddFooter.right.text
    assert book["downtime"].max_row == 12_001 and book["downtime"]["A12001"].value == "R11999"
    assert (book.properties.title, book.properties.category) == (
        "Example & Sons: Board quarterly, Quarter 3, 2026", "Confidential",
    )  # fmt: skip
    with zipfile.ZipFile(tmp_path / "pack.xlsx") as held:
        assert len([name for name in held.namelist() if re.match(r"xl/charts/chart\d+\.xml", name)]) == 2
        # A chart keeps its numbers, so that it is drawn where nothing calculates.
        assert b"<c:v>5.4</c:v>" in held.read("xl/charts/chart1.xml")
        # Of the three periods the last is not whole: one pale bar.
        assert held.read("xl/charts/chart1.xml").count(xlsx.PALE[1:].upper().encode()) == 1
    # A second reader sees the same.
    again = CalamineWorkbook.from_path(tmp_path / "pack.xlsx").get_sheet_by_name("downtime").to_python()
    assert again[0] == ["record id", "hours"] and again[-1] == ["R11999", 11999]


def test_numbers_are_numbers_of_their_unit(tmp_path):
    facts = {"value": 250_000.0, "low": 200_000.0, "as_of": "2026-10-01T22:57:24Z"}
    cost = made().told["cost"].model_copy(update={"unit": "money", "facts": facts})
    xlsx.write(made(told=made().told | {"cost": cost}), tmp_path / "pack.xlsx")
    head, *body = openpyxl.load_workbook(tmp_path / "pack.xlsx")["Readings"].iter_rows()
    place = {cell.value: number for number, cell in enumerate(head)}
    told = {row[0].value: row for row in body}
    found = [(told[name][place["Value"]].value, told[name][place["Value"]].number_format) for name in told]
    assert found == [(5.4, '#,##0.0" h"'), (250_000, '#,##0 "EUR"'), (92.5, '0.0" %"')]
    assert told["Cost"][place["Data through"]].value == datetime(
        2026, 10, 2, 0, 57, 24
    )  # as clocks in Berlin show it
    assert told["Cost"][place["Change"]].value is None
    assert told["Downtime"][place["Left out"]].value == 2


def test_what_a_cell_cannot_hold_is_text_or_is_cut(tmp_path):
    rows = parquet(
        tmp_path,
        """select '=1+1' as "=a", '@SUM(A1)' as "@b", 'http://a.example' as c, 'nan'::double as d, '-inf'::double as e,
            1234567890123456789 as f, date '1850-01-02' as g, date '2026-07-01' as h,
            timestamp '2026-07-01 08:00' as i, 1.5::decimal(9, 2) as j, true as k, {'x': 1} as l,
            repeat('😀', 20000) as m, ['=a', 'b'] as n, null as o, concat('a', chr(7), chr(10), 'b') as p, interval 1 day as q""",
    )
    xlsx.write(made(), tmp_path / "pack.xlsx", rows)
    sheet = openpyxl.load_workbook(tmp_path / "pack.xlsx")["downtime"]
    assert not [
        cell.coordinate
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f" or cell.hyperlink
    ]
    head, row = sheet.iter_rows(values_only=True)
    assert head[:2] == ("=a", "@b")
    assert row[:12] == (
        "=1+1", "@SUM(A1)", "http://a.example", "nan", "-inf", "1234567890123456789", "1850-01-02",
        datetime(2026, 7, 1), datetime(2026, 7, 1, 10), 1.5, True, "{'x': 1}",
    )  # fmt: skip
    assert sheet["H2"].number_format == "yyyy-mm-dd" and sheet["I2"].number_format == "yyyy-mm-dd hh:mm"
    assert row[12] == "😀" * 16_383 + "…"  # two units each
    assert row[13] == "=a, b" and row[14] is None


def test_headings_are_unlike_and_none_is_empty():
    found = xlsx._unlike(["a", "A", "a 2", "a", "", "x" * 300, "x" * 299])
    assert found == ["a", "A 2", "a 2 2", "a 3", "Column", "x" * 240, f"{'x' * 240} 2"]


def test_it_prints_on_pages_that_can_be_read(tmp_path):
    long = made().told["downtime"].model_copy(update={"sentence": "A sentence of some length. " * 10})
    xlsx.write(made(told={"downtime": long}, sections=()), tmp_path / "pack.xlsx")
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx")
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape" and sheet.sheet_properties.pageSetUpPr.fitToPage
    for name in ("Readings", "Decisions"):
        held = book[name].column_dimensions.values()
        # Of which two thirds of a size are left on A4.
        assert sum(one.width * (one.max - one.min + 1) for one in held) < 245
        assert book[name].print_title_rows == "$1:$1"
    # The row stands as high as its wrapped text needs, in programs that do not see to it themselves.
    says = book["Readings"].column_dimensions["O"].width
    assert book["Readings"].row_dimensions[2].height >= 11 * 1.3 * len(long.sentence) / (says * 1.2)
    assert book["Readings"]["O2"].alignment.wrap_text


def test_names_and_texts_of_people_change_nothing(tmp_path):
    odd = "Evil\n&P [x]:*?/\\ 'name' " + "z" * 300
    first = made().told["downtime"].model_copy(update={"unit": "money"})
    parts = tuple(Part(name=f"{HOSTILE[n % 7]} {n}", value=float(n), text=f"{n} h", n=n) for n in range(30))
    told = {
        odd: first.model_copy(
            update={"metric": odd, "title": odd, "finding": odd, "parts": {"service": parts}}
        ),
        "history": first.model_copy(update={"metric": "history", "title": "=1+1"}),
        "summary": first.model_copy(update={"metric": "summary", "title": "\ud800@SUM"}),
    }
    rows = dict.fromkeys(told, parquet(tmp_path, "select 1 as record_id")["downtime"])
    pack = made(
        told=told,
        sections=(),
        organisation=odd,
        classification=odd,
        currency='"[Red]0',
        verdict=odd,
        title=odd,
    )
    xlsx.write(pack, tmp_path / "pack.xlsx", rows)
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx")
    assert book.sheetnames[-3:] == ["Evil &P  x       'name' zzzzzzz", "history rows", "summary 2"]
    assert "&P" not in book["Summary"].oddHeader.left.text.replace("&&", "")
    xlsx.write(
        made(organisation="&" * 99, title="&" * 99, classification="R&D " * 30), tmp_path / "pack.xlsx"
    )
    assert "R&&D" in openpyxl.load_workbook(tmp_path / "pack.xlsx")["Summary"].oddHeader.left.text
    assert not [c.coordinate for s in book for row in s.iter_rows() for c in row if c.data_type == "f"]
    assert [book["Readings"][place].value for place in ("A3", "A4")] == ["=1+1", "?@SUM"]
    assert book["Readings"]["B3"].number_format == '#,##0 "Red"'


def test_more_rows_than_a_sheet_holds_are_cut_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx, "MOST", 3)
    rows = parquet(tmp_path, "select range as record_id from range(5)")
    xlsx.write(made(), tmp_path / "pack.xlsx", rows)
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx")
    told = "Only the first 3 of the 5 rows behind downtime are here: a sheet holds no more."
    assert ("Cut", told) in [row[:2] for row in book["Summary"].iter_rows(values_only=True)]
    assert told in book["downtime"]["A1"].comment.text
    assert [cell.value for cell in book["downtime"]["A"]] == ["record id", 0, 1, 2]


def test_a_metric_without_rows_has_an_empty_table(tmp_path):
    rows = parquet(tmp_path, "select 1 as record_id, 2 as hours where false")
    xlsx.write(made(), tmp_path / "pack.xlsx", rows)
    sheet = openpyxl.load_workbook(tmp_path / "pack.xlsx")["downtime"]
    assert [cell.value for cell in sheet[1]] == ["record id", "hours"] and sheet.tables[
        "Table10"
    ].ref == "A1:B2"


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    def full(*_):
        raise FileCreateError(OSError(28, "No space left on device"))

    (tmp_path / "pack.xlsx").write_text("the old one", "utf-8")
    monkeypatch.setattr(xlsx.Workbook, "_store_workbook", full)
    with pytest.raises(NotReady, match="No space left on device"):
        write(made(), tmp_path / "pack.xlsx", {})
    assert (tmp_path / "pack.xlsx").read_text("utf-8") == "the old one"
    assert [one.name for one in tmp_path.iterdir()] == ["pack.xlsx"]
