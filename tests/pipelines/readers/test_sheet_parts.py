"""A large sheet is read in parts, and gives what it gives in one."""

import io
import random
import re
import zipfile

import pytest
from python_calamine import CalamineError

from pipelines.errors import Refused
from pipelines.readers import sheet_parts, sheet_xml

SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TEXTS = ["key", "a & b", "cost", "</row>"]


def relations(*targets):
    """What a part refers to: pairs of a kind and a target."""
    said = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{said}</Relationships>'


PARTS = {
    "[Content_Types].xml": "<Types/>",
    "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
    "xl/workbook.xml": f'<workbook {SPACE} xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="One" sheetId="1" r:id="rId1"/><sheet name="Two" sheetId="2" r:id="rId2"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": relations(
        ("worksheet", "worksheets/sheet1.xml"),
        ("worksheet", "worksheets/sheet2.xml"),
        ("styles", "styles.xml"),
        ("sharedStrings", "sharedStrings.xml"),
    ),
    # Styles: 0 plain, 1 a percentage, 2 a date.
    "xl/styles.xml": f'<styleSheet {SPACE}><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="9"/><xf numFmtId="14"/>'
    "</cellXfs></styleSheet>",
    "xl/sharedStrings.xml": f'<sst {SPACE} uniqueCount="{len(TEXTS)}">'
    + "".join(f"<si><t>{text.replace('&', '&amp;').replace('<', '&lt;')}</t></si>" for text in TEXTS)
    + "</sst>",
    "xl/worksheets/sheet2.xml": f'<worksheet {SPACE}><sheetData><row r="2"><c r="B2"><v>7</v></c></row></sheetData></worksheet>',
}


def workbook(xml, parts):
    """A workbook whose first sheet is this text; a second one has a single cell."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**PARTS, **parts, "xl/worksheets/sheet1.xml": xml}.items():
            archive.writestr(name, text)
    return packed.getvalue()


def sheet(*rows, above="", below=""):
    return f'<?xml version="1.0"?>\n<worksheet {SPACE}>{above}<sheetData>{"".join(rows)}</sheetData>{below}</worksheet>'


def row(number, *cells):
    """cells: (column, what follows the reference)."""
    inside = "".join(f'<c r="{column}{number}"{cell}</c>' for column, cell in cells)
    return f'<row r="{number}">{inside}</row>'


NUMBER, TEXT, SHARED = "><v>7.5</v>", ' t="inlineStr"><is><t>words &lt;/row></t></is>', ' t="s"><v>1</v>'
ERROR, PERCENT, DATE, FLAG = (
    ' t="e"><v>#REF!</v>',
    ' s="1"><v>0.982</v>',
    ' s="2"><v>46266</v>',
    ' t="b"><v>1</v>',
)
FORMULA, EMPTY, BLANK = "><f>1+1</f><v>2</v>", ' t="str"><v></v>', ' s="2">'
KINDS = [NUMBER, TEXT, SHARED, ERROR, PERCENT, DATE, FLAG, FORMULA, EMPTY, BLANK]
HEADER = row(1, *((column, f' t="s"><v>{at}</v>') for at, column in enumerate("ABC")))
MERGED = '<mergeCells count="2"><mergeCell ref="A40:A90"/><mergeCell ref="C5:C7"/></mergeCells>'


def records(numbers, columns="ABC", kinds=KINDS):
    """Rows in which every kind of cell stands in every column once in a while."""
    return [
        row(number, *((column, kinds[(number * 3 + at) % len(kinds)]) for at, column in enumerate(columns)))
        for number in numbers
    ]


def told(folder, read, data):
    """All that reading a workbook tells, or why it is refused."""
    path = read.file(data, "export.xlsx")
    seen = sheet_xml.look(path, folder)
    try:
        cells = [
            (found.name, found.start, found.width, found.height, found.rows(), found.merged)
            for found in sheet_parts.read(path, {name: look.files for name, look in seen.items()})
            if found.pieces
        ]
        tables = [
            (
                table.name,
                table.columns,
                read.rows(table),
                table.preamble,
                table.notes,
                table.unread,
                table.aside,
            )
            for table in read.tables(path)
        ]
    except (CalamineError, Refused) as error:
        return str(error)
    looks = [(look.errors, look.percents, look.far, look.since, look.order) for look in seen.values()]
    return cells, tables, looks


@pytest.fixture
def in_parts(read, tmp_path, monkeypatch):
    """Reads a sheet in one and in parts; in how many workbooks it was written, 0 where none was of use."""

    def both(xml, chunk=1 << 20, overlap=1 << 14, refused=False, **parts):
        data = workbook(xml, parts)
        monkeypatch.setattr(sheet_parts, "LARGE", 1 << 20)
        whole = told(tmp_path, read, data)
        assert isinstance(whole, str) == refused, whole
        monkeypatch.setattr(sheet_parts, "LARGE", 0)
        monkeypatch.setattr(sheet_xml, "CHUNK", chunk)
        monkeypatch.setattr(sheet_xml, "OVERLAP", overlap)
        assert told(tmp_path, read, data) == whole
        path = tmp_path / "export.xlsx"
        return len([file for file in sheet_xml.look(path, tmp_path)["One"].files if file != path])

    return both


ROWS = [HEADER, *records(range(2, 120))]
LEFT = records(range(2, 80), "ABCD")
RIGHT = records(range(80, 140), "CD")


@pytest.mark.parametrize(
    "rows",
    [
        ROWS,
        [HEADER, *records(range(2, 400, 5))],  # blank rows wherever it is cut
        [HEADER, *LEFT, *RIGHT],
        [HEADER, *records(range(2, 120), "BC"), *records(range(120, 140), "BCDE")],
        [*records(range(5, 90), "DE"), *records(range(90, 140), "BC")],
        [HEADER, *records(range(2, 140), kinds=[BLANK])],  # no cell in the second half
        [*records(range(2, 100), kinds=[BLANK]), *records(range(100, 140))],  # none in the first
        [HEADER, *records(range(119, 1, -1))],  # from the last to the first
        [HEADER, *records(range(2, 60)), *records(range(30, 119))],  # some rows twice
        [HEADER, *(f"{one}\n  " for one in records(range(2, 120)))],
        [HEADER, *records(range(2, 120), "ABCDEFGH"), "<row r='130'><c r='A130'><v>1</v></c></row>"],
        # Every second row counts on from the one before, and so do cells.
        [re.sub(r'<row r="\d*[02468]"', "<row", one) for one in ROWS],
        [re.sub(r'<c r="[BC]\d+"', "<c", one) for one in ROWS],
        [*ROWS, "<row><c><v>1</v></c></row>"],
    ],
)
def test_parts_give_what_the_whole_gives(in_parts, rows):
    assert in_parts(sheet(*rows, below=MERGED)) == 3
    assert in_parts(sheet(*rows), chunk=1000, overlap=400) == 3


@pytest.mark.parametrize(
    "rows",
    [
        [re.sub(r"<row r=\S+?>", "<row>", one) for one in ROWS],
        [one.replace("<row r", "<row spans='1:3' r") for one in ROWS],
        [HEADER, "<!-- </row><row r='1'> -->", *ROWS[1:]],
        [*ROWS, "<!-- </sheetData> -->", *records(range(120, 130))],
        [HEADER, row(2, ("A", ' t="str"><v><![CDATA[</row><row r="9">]]></v>')), *ROWS[2:]],
        [HEADER, '<?odd </row><row r="9">?>', *ROWS[1:]],
        [HEADER, *ROWS[1:20], "</sheetData><other>", *ROWS[20:], "</other><sheetData>"],
    ],
)
def test_a_sheet_that_cannot_be_cut_is_read_in_one(in_parts, rows):
    assert in_parts(sheet(*rows, below=MERGED)) == 0
    assert in_parts(sheet(*rows), chunk=1000, overlap=400) == 0


def test_a_comment_is_seen_where_its_start_stands_in_two_chunks(in_parts):
    xml = sheet(*ROWS[:50], "<!-- a comment -->", *ROWS[50:])
    assert in_parts(xml, chunk=xml.index("<!") + 1, overlap=400) == 0


@pytest.mark.parametrize(
    "above", ["<!-- a comment -->", "<sheetData/>", "<sheetData a='b'></sheetData>", "<?odd sheetData?>"]
)
def test_a_sheet_with_an_odd_start_is_written_in_one(in_parts, above):
    assert in_parts(sheet(*ROWS, above=above, below=MERGED)) == 1


def test_names_may_have_a_prefix(in_parts):
    xml = re.sub(r"<(/?)(?=\w)", r"<\1x:", sheet(*ROWS, below=MERGED)).replace("xmlns=", "xmlns:x=")
    assert in_parts(xml) == 3


@pytest.mark.parametrize(
    ("end", "workbooks"),
    [("", 0), ("</sheetData", 0), ('<c r="A1', 0), ('</sheetData><mergeCells><mergeCell ref="', 3)],
)
def test_a_sheet_that_breaks_off_is_refused_alike(in_parts, end, workbooks):
    assert in_parts(sheet(*ROWS).partition("</sheetData>")[0] + end, refused=True) == workbooks


def test_days_are_counted_from_the_same_year_in_both(in_parts):
    book = PARTS["xl/workbook.xml"].replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    assert in_parts(sheet(HEADER, *records(range(2, 120), kinds=[DATE])), **{"xl/workbook.xml": book}) == 3


@pytest.mark.parametrize("name", ["O\nne", "O\tne"])
def test_a_sheet_is_read_as_a_whole_where_its_name_can_be_two(read, monkeypatch, name):
    monkeypatch.setattr(sheet_parts, "LARGE", 0)
    book = PARTS["xl/workbook.xml"].replace("One", name)
    table = read.tables(read.file(workbook(sheet(*ROWS), {"xl/workbook.xml": book}), "export.xlsx"))[0]
    assert len(read.rows(table)) == len(ROWS) - 1


def test_a_sheet_is_not_cut_beside_many_texts(in_parts):
    texts = PARTS["xl/sharedStrings.xml"].replace("</sst>", f"<si><t>{'x' * 20_000}</t></si></sst>")
    xml = sheet(*ROWS)
    assert len(xml) < 40_000
    assert in_parts(xml, **{"xl/sharedStrings.xml": texts}) == 1


def test_cells_below_and_beside_each_other(read, tmp_path, monkeypatch):
    """Where the parts stand and the cells that they give, seen once without the reading in one."""
    monkeypatch.setattr(sheet_parts, "LARGE", 0)
    numbers = [*range(3, 203, 2)]
    rows = [
        row(number, *[("B" if number < 100 else "D", f"><v>{number}</v>"), ("C", ">")]) for number in numbers
    ]
    path = read.file(workbook(sheet(*rows), {}), "export.xlsx")
    seen = sheet_xml.look(path, tmp_path)
    found = sheet_parts.read(path, {name: look.files for name, look in seen.items()})[0]
    assert len(found.pieces) == 2
    assert (found.start, found.width, found.height) == ((2, 1), 3, 199)
    assert found.rows() == [
        [n if n % 2 and n < 100 else "", "", n if n % 2 and n > 100 else ""] for n in range(3, 202)
    ]


@pytest.mark.parametrize("seed", range(20))
def test_any_sheet(in_parts, seed):
    """Rows with gaps and now and then again, cells of any kind anywhere, chunks of any length."""
    draw, number, rows = random.Random(seed), 0, []
    for _ in range(draw.randint(60, 120)):
        number += draw.choice([1, 1, 1, 2, 9])
        places = sorted(draw.sample("ABCDE", draw.randint(0, 5)))
        rows.append(row(number, *((place, draw.choice(KINDS)) for place in places)))
        if seed % 4 == 0 and draw.random() < 0.03:
            number = draw.randint(0, number)
    assert in_parts(sheet(HEADER, *rows, below=MERGED), chunk=draw.randint(700, 9000), overlap=400) == 3
