"""Workbooks: every cell as text, every sheet looked at."""

import datetime
import io
import re
import zipfile

import openpyxl
import pytest
import xlsxwriter

from pipelines.errors import Refused


def workbook(*sheets, **options):
    """Each sheet is a list of rows; a pair (value, format) is a number or date with that format."""
    packed = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "default_date_format": "yyyy-mm-dd hh:mm",
        **options,
    }
    book = xlsxwriter.Workbook(packed, options)
    for number, rows in enumerate(sheets, 1):
        sheet = book.add_worksheet(f"Sheet {number}")
        for at, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, tuple):
                    sheet.write(at, place, cell[0], book.add_format({"num_format": cell[1]}))
                elif cell is not None:
                    sheet.write(at, place, cell)
    book.close()
    return packed.getvalue()


CELLS = [
    ("00123", "00123"),
    (123, "123"),
    (7.0, "7"),
    (12.25, "12.25"),
    (-0.5, "-0.5"),
    (2**53, "9007199254740992"),
    (datetime.datetime(2026, 9, 1, 10), "2026-09-01 10:00:00"),
    (datetime.datetime(2026, 9, 1, 10, 0, 0, 500000), "2026-09-01 10:00:00.500000"),
    ((46266, "yyyy-mm-dd"), "2026-09-01 00:00:00"),
    ((1.5, "[h]:mm:ss"), "36:00:00"),
    ((0.4375, "hh:mm"), "10:30:00"),
    (True, "true"),
    (False, "false"),
    ("=1+1", "=1+1"),
    (" two\nlines ", " two\nlines "),
]


@pytest.mark.parametrize(("cell", "text"), CELLS)
def test_a_cell_is_its_text_alone_and_in_mixed_company(read, cell, text):
    alone = read.table(workbook([["key", "cell"], ["A", cell], ["B", None]]))
    mixed = read.table(workbook([["key", "cell"], ["A", cell], ["B", "words"]]))
    shown = text.replace(".500000", ".5")
    assert [c and c.replace(".500000", ".5") for _, _, c in read.rows(alone)] == [shown, None]
    assert [c.replace(".500000", ".5") for _, _, c in read.rows(mixed)] == [shown, "words"]


def test_dates_of_the_1904_system(read):
    rows = [["key", "day"], ["A", datetime.datetime(2026, 9, 1, 10)]]
    assert read.rows(read.table(workbook(rows, date_1904=True))) == [(2, "A", "2026-09-01 10:00:00")]


def test_formulas_give_their_stored_value_and_errors_their_text(read):
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed)
    sheet = book.add_worksheet("Costs & <more>")
    sheet.write_row(2, 1, ["key", "cost", "owner"])
    sheet.write_row(3, 1, ["A"])
    sheet.write_formula(3, 2, "=2+3", None, 5)
    sheet.write_formula(3, 3, "=Names!A1", None, "#REF!")
    book.close()
    table = read.table(packed.getvalue())
    assert (table.name, table.preamble) == ("Costs & <more>", [[], []])
    assert read.rows(table) == [(4, "A", "5", "#REF!")]


def test_a_formula_without_a_stored_value_is_no_empty_cell(read):
    """Excel stores the value of each formula; a program that writes a workbook may not."""
    packed = io.BytesIO()
    book = openpyxl.Workbook()
    sheet = book.active
    rows = [["key", "opened", "closed", "cost", "note"]]
    rows += [[f"A{n}", n, f'=B{n + 1}&"<"', n, '=""'] for n in range(1, 4)]
    for row in [*rows, ["Total", None, None, "=SUM(D2:D4)"]]:
        sheet.append(row)
    book.save(packed)
    table = read.table(packed.getvalue())
    assert read.rows(table)[:-1] == [
        (n + 1, f"A{n}", str(n), f'=B{n + 1}&"<"', str(n), '=""') for n in range(1, 4)
    ]
    assert "row 5 (a total)" in " ".join(table.notes)
    assert table.unread == [
        '6 formulas have no stored value, C2, E2, C3 and 3 more in sheet "Sheet": taken as the text of the formula. Open '
        "the workbook in Excel or LibreOffice, save it, and load it again."
    ]


def with_prefix(text):
    """As programs write it that are made with Microsoft's Open XML SDK."""
    return re.sub(rb"<(/?)(?=\w)", rb"<\1x:", text).replace(b"xmlns=", b"xmlns:x=")


def with_places_last(text):
    return re.sub(rb'<c (r="\w+")([^<>/]*)', rb"<c\2 \1", text)


@pytest.mark.parametrize("other", [with_prefix, with_places_last])
def test_another_way_to_write_the_xml_hides_no_error_no_percentage_and_no_formula(read, other):
    packed, changed = io.BytesIO(), io.BytesIO()
    book = openpyxl.Workbook()
    for row in (["key", "share", "cost", "closed"], ["A", 0.5, "#REF!", "=B2"]):
        book.active.append(row)
    book.active["B2"].number_format = "0%"
    book.save(packed)
    with zipfile.ZipFile(packed) as written, zipfile.ZipFile(changed, "w") as kept:
        for name in written.namelist():
            text = written.read(name)
            if name.startswith("xl/worksheets/"):
                assert other(text) != text
                text = other(text)
            kept.writestr(name, text)
    table = read.table(changed.getvalue())
    assert read.rows(table) == read.rows(read.table(packed.getvalue())) == [(2, "A", "50%", "#REF!", "=B2")]
    assert "1 formula has no stored value, D2" in table.unread[0]


def test_rows_of_nothing_but_formulas_without_a_value_are_told(read):
    """They stand where the sheet has no cell any more."""

    def saved(*sheets):
        packed, book = io.BytesIO(), openpyxl.Workbook()
        book.remove(book.active)
        for number, rows in enumerate(sheets, 1):
            sheet = book.create_sheet(f"Sheet {number}")
            for row in rows:
                sheet.append(row)
        book.save(packed)
        return packed.getvalue()

    copied = [["=Kept!A2", "=Kept!B2"], ["=Kept!A3", "=Kept!B3"]]
    said = "left aside, under or beside all other cells. Open the workbook in Excel or LibreOffice, save it, and load it again."
    table = read.table(saved([["key", "opened"], ["A", 1], *copied], copied[:1]))
    assert read.rows(table) == [(2, "A", "1")]
    assert table.unread == [
        f'4 formulas have no stored value, A3, B3, A4 and 1 more in sheet "Sheet 1": {said}',
        f'2 formulas have no stored value, A1, B1 in sheet "Sheet 2": {said}',
    ]
    with pytest.raises(Refused, match="4 formulas have no stored value, A1, B1, A2 and 1 more"):
        read.tables(saved(copied))


def test_a_formula_whose_value_is_an_empty_text_has_one(read):
    packed, stored = io.BytesIO(), io.BytesIO()
    book = xlsxwriter.Workbook(packed)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["key", "opened"])
    sheet.write_formula(1, 0, '=""', None, "none")
    sheet.write_formula(1, 1, "=1+1", None, 2)
    book.close()
    with zipfile.ZipFile(packed) as written, zipfile.ZipFile(stored, "w") as kept:
        for name in written.namelist():
            kept.writestr(name, written.read(name).replace(b"<v>none</v>", b"<v></v>"))
    table = read.table(stored.getvalue())
    assert (read.rows(table), table.unread) == ([(2, None, "2")], [])


def test_blank_rows_stay_and_trailing_ones_do_not(read):
    rows = [["Incidents"], [], ["key", "cost"], ["A", 1], [None, None], ["B", 2], ["", ""]]
    table = read.table(workbook(rows))
    assert table.preamble == [["Incidents"], []]
    assert read.rows(table) == [(4, "A", "1"), (5, None, None), (6, "B", "2")]


def test_each_sheet_with_cells_is_a_table(read):
    first, second = read.tables(workbook([["key", "cost"], ["A", 1]], [], [["name", "owner"]]))
    assert (first.name, first.columns, second.name, second.columns) == (
        "Sheet 1",
        ["key", "cost"],
        "Sheet 3",
        ["name", "owner"],
    )
    assert read.rows(first) == [(2, "A", "1")]
    assert read.rows(second) == []


def test_a_sheet_beside_the_main_one_is_left_aside_and_named(read):
    main = [["key", "cost", "state"], *([f"A{n}", n, "New"] for n in range(5))]
    beside = [["a", "b"], ["a", "b"], ["x", "y"]]
    table = read.table(workbook(main, beside))
    assert table.name == "Sheet 1"
    assert ['export.csv, sheet "Sheet 2" has two header rows' in note for note in table.unread] == [True]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (
            [["key", "cost"], ["key", "cost"], ["A", 1]],
            'sheet "Sheet 1" has two header rows: row 1 and row 2',
        ),
        ([[f"c{n}" for n in range(2001)]], 'sheet "Sheet 1" has 2,001 columns'),
        ([], "no sheet holds any cells"),
    ],
)
def test_refuses_naming_the_sheet(read, rows, reason):
    with pytest.raises(Refused, match=reason):
        read.tables(workbook(rows))


def test_refuses_a_damaged_workbook(read):
    packed = workbook([["key"], ["A"]])
    with pytest.raises(Refused, match="damaged"):
        read.tables(packed[: len(packed) // 2])
    with pytest.raises(Refused, match="cannot be read as a workbook"):
        read.tables(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600)


def test_openpyxl_workbooks_read_alike(read, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["key", "opened"])
    book.active.append(["00123", datetime.datetime(2026, 9, 1, 10)])
    book.save(tmp_path / "made.xlsx")
    assert read.rows(read.table(tmp_path / "made.xlsx")) == [(2, "00123", "2026-09-01 10:00:00")]


def far(cell):
    """A workbook with two short rows and one far cell."""
    book = openpyxl.Workbook()
    book.active.append(["Service", "Cost per hour", "From"])
    book.active.append(["A", 5, datetime.datetime(2026, 1, 1)])
    book.active[cell] = "far"
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def rewritten(packed, change):
    """The same workbook with the text of its first sheet changed."""
    new = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(new, "w") as archive:
        for member in old.namelist():
            text = old.read(member)
            archive.writestr(member, change(text) if member.endswith("sheet1.xml") else text)
    return new.getvalue()


@pytest.mark.parametrize("cell", ["XFD1048576", "ZZ1048576", "BF1048576"])
def test_refuses_a_far_cell_before_room_is_made_for_all_between(read, cell):
    with pytest.raises(Refused, match=f'export.csv: .*, with {cell} in sheet "Sheet"; up to 10,000,000'):
        read.tables(far(cell))


@pytest.mark.parametrize(
    ("plain", "odd"),
    [
        (b'r="XFD1048576"', b"r='XFD1048576'"),
        (b' r="XFD1048576"', b'\nr = "XFD1048576"'),
        (b'r="XFD1048576"', b'r="xfd1048576"'),
        (b"A1:XFD1048576", b"A1:C2"),
    ],
)
def test_a_far_cell_is_found_however_it_is_written(read, plain, odd):
    packed = rewritten(far("XFD1048576"), lambda text: text.replace(plain, odd))
    with pytest.raises(Refused, match="up to 10,000,000 cells can be read"):
        read.tables(packed)


def test_a_far_cell_in_a_lone_column_is_read(read):
    table = read.table(far("C1048576"))
    assert read.con.execute(f"select count(*) from {table.relation}").fetchone() == (1048575,)
    filled = [row for row in read.rows(table, "From") if row[1]]
    assert filled == [(2, "2026-01-01 00:00:00"), (1048576, "far")]


def test_a_wide_sheet_is_read(read):
    rows = [[f"column {n}" for n in range(100)], [f"{n}" for n in range(100)]]
    assert read.rows(read.table(workbook(rows)), "column 99") == [(2, "99")]
