"""Files changed at random, for every reader: each gives tables whose every cell can be read, or one clear refusal.

What was once found is kept in FOUND. FUZZ_EXAMPLES=5000 tries that many files of each format, other ones each time.
"""

import io
import json
import os
import zipfile

import duckdb
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import Refused
from pipelines.readers import tables
from pipelines.readers.json import taken

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
LINES = 'number,opened,owner\nINC1,2026-01-01,"Ann, B"\nINC2,2026-01-02,Jürgen\n\nINC3,,Zoë\nTotal,,3\n'
RECORDS = [
    {"key": "A", "in": {"of": [1, {"x": "é"}]}, "list": [{"k": 1}, {"k": None}]},
    {"key": "B", "n": 1.5},
]
XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<list made="2026-01-01"><host name="h"><tag name="os">Linux</tag>'
    '<item id="1"><k>A</k><n>é</n></item><item id="2"><k>B</k><list><v>1</v><v>2</v></list></item></host></list>'
)
NASTY = [
    *(
        b"\0",
        b'"',
        b"'",
        b",",
        b";",
        b"\t",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"\xff",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"\xc3",
    ),
    *(
        b"<",
        b">",
        b"</",
        b"<!--",
        b"<![CDATA[",
        b"&amp;",
        b"&x;",
        b"<?xml",
        b"<!DOCTYPE a>",
        b' xmlns:a="b"',
        b"]]>",
    ),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b"null",
        b"\\u0000",
        b"\\ud800",
        b"1e999",
        b"-",
        b"NaN",
        b"[[[[",
        b'{"a":',
        b".",
    ),
    *(
        b"sep=;\n",
        b"Total",
        b"Notes: x\n",
        b"=1+1",
        b"9" * 5000,
        b"x" * 300,
        b"," * 200,
        b"\n" * 50,
        b"\x81\x8d",
        b"\x1b$B",
    ),
    *(
        b'r="A0"',
        b'r="XFD1048576"',
        b't="s"',
        b't="e"',
        b"<v>-1</v>",
        b"<v>99999999</v>",
        b'count="-1"',
        b"<c/>",
        b"<row>",
    ),
    *(
        b'table:number-rows-repeated="99999"',
        b's="999"',
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        b"BZh9",
        b"\xfd7zXZ\0",
    ),
]
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["put", "cut", "again", "flip", "end", "swap"]),
        st.floats(0, 1),
        st.integers(0, 80),
        st.sampled_from(NASTY),
    ),
    min_size=1,
    max_size=5,
)


def changed(data, changes):
    """The bytes with each change made: a token put in, a part cut out, repeated or moved, a bit turned, the end cut off."""
    for kind, where, size, token in changes:
        at = int(where * len(data))
        part = data[at : at + size]
        match kind:
            case "put":
                data = data[:at] + token + data[at:]
            case "cut":
                data = data[:at] + data[at + size :]
            case "again":
                data = data[:at] + part * 3 + data[at:]
            case "flip" if part:
                data = data[:at] + bytes([part[0] ^ (1 << size % 8)]) + data[at + 1 :]
            case "swap":
                data = data[at:] + data[:at]
            case "end":
                data = data[:at]
    return data


def workbook():
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        for name in ("One", "Two"):
            sheet = book.add_worksheet(name)
            sheet.merge_range(0, 0, 0, 2, "Incidents")
            for row in range(1, 6):
                sheet.write_row(row, 0, ["key", "cost", "é"] if row == 1 else [f"A{row}", row, "=1"])
            sheet.merge_range(3, 2, 4, 2, "Ann")
            sheet.write_formula(6, 1, "=SUM(B3:B6)", None, 18)
    return made.getvalue()


def ods():
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = "".join(
        f"<table:table-row>{''.join(map(cell.format, row))}</table:table-row>" for row in ("kv", "ab", "cd")
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="S">{rows}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
        archive.writestr(
            "META-INF/manifest.xml",
            '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return made.getvalue()


def changed_inside(data, changes, member):
    """A zip one of whose files is changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as archive:
        names = old.namelist()
        for name in names:
            held = old.read(name)
            archive.writestr(name, changed(held, changes) if name == names[member % len(names)] else held)
    return made.getvalue()


SEEDS = {
    "comma": LINES.encode(),
    "semicolon": LINES.replace(",", ";").encode("cp1252"),
    "tables": (LINES + '\nBy state\nstate,count\nnew,3\nold,4\n\n"A note, on all"\n').encode(),
    "utf-16": LINES.encode("utf-16"),
    "shift-jis": LINES.replace("Jürgen", "山田").replace("Zoë", "サーバー").encode("cp932"),
    "array": json.dumps(RECORDS).encode(),
    "lines": "\n".join(map(json.dumps, RECORDS)).encode(),
    "document": json.dumps({"version": 1, "results": RECORDS, "more": {"items": RECORDS}}).encode(),
    "xml": XML.encode(),
    "declared": XML.replace("UTF-8", "Shift_JIS").replace("é", "田").encode("cp932"),
}
# A row of blanks; a number of thousands of digits; a lone surrogate; a table beyond the header; nothing but its delimiter;
# more blank lines than are looked at for a header.
FOUND = [
    b"\n" * 60 + LINES.encode(),
    b"sep=;\n",
    b"id,name\nX,Y\n\r \n\nEND,one\n",
    b'[{"a":' + b"9" * 5000 + b"}]",
    b'[{"a":"\\ud800"}]',
    b"id,name\nX,Y\n\rb,aa,a\nEND,one\n",
]


def sound(data, folder, rows=None):
    """Reads all that a file holds; whether it was refused."""
    path = folder / "export"
    path.write_bytes(data)
    for left in folder.glob("*.*"):
        left.unlink()
    with duckdb.connect() as con:
        con.execute("set threads = 1; set disabled_optimizers = 'type_pushdown'")
        try:
            found = tables(path, con, folder, "export", rows)
        except Refused as refusal:
            assert "export" in refusal.reason and refusal.todo
            return
        for table in found:
            assert len(table.columns) == len({*table.columns})
            read(con, table)


def read(con, table):
    cells = "".join(f", {table.cells[c]} as x{n}" for n, c in enumerate(table.columns))
    aside = f", {table.aside or 'false'} as aside"
    count = None
    try:
        con.execute(f"create or replace table stage as select 1 as one{aside}{cells} from {table.relation}")
        count = con.execute("select count(*) from stage").fetchone()[0]
    except duckdb.Error:
        assert table.otherwise(None), "the loader has nothing else to read"
    other = table.otherwise(count)
    if other:
        read(con, other)
        return
    if table.nested:
        assert (
            as_loaded(con, table)
            == con.execute("select * exclude (one, aside) from stage order by rowid").fetchall()
        )
    numbers = [row for (row,) in con.execute(f"select {table.row} from stage order by rowid").fetchall()]
    assert numbers == sorted({*numbers})
    assert not {*numbers} & {row for row, _, _ in table.rejects}


def as_loaded(con, table):
    """All cells as a load reads them."""
    columns = table.columns[:200]
    try:
        whole = taken(table, columns)
        cells = ", ".join(f"{whole.cells[c]} as x{n}" for n, c in enumerate(columns))
        con.execute(f"create or replace table loaded as select {cells or 'null'} from {whole.relation}")
    except duckdb.Error:
        return as_loaded(con, table.otherwise(None))
    return con.execute("select * from loaded order by rowid").fetchall()


def fuzz(examples):
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.parametrize("data", FOUND)
def test_what_was_found_before(folder, data):
    sound(data, folder)


@pytest.mark.timeout(max(300, EXAMPLES))
@pytest.mark.parametrize("seed", SEEDS)
def test_texts(folder, seed):
    @fuzz(25)
    @given(CHANGES)
    def each(changes):
        sound(changed(SEEDS[seed], changes), folder)

    each()


@pytest.mark.timeout(max(300, EXAMPLES))
@pytest.mark.parametrize("made", [workbook, ods])
def test_workbooks(folder, made):
    seed = made()

    @fuzz(15)
    @given(CHANGES, st.integers(-1, 20))
    def each(changes, member):
        sound(changed(seed, changes) if member < 0 else changed_inside(seed, changes, member), folder)

    each()


@fuzz(40)
@given(st.lists(st.sampled_from([*NASTY, b"a", b"1", b" ", b"2026-01-01"]), max_size=60))
def test_pieces_of_any_format(folder, pieces):
    sound(b"".join(pieces), folder)
