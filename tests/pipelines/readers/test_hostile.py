"""Files made to harm: each gives tables or one clear refusal, within half a minute and a gigabyte, and reaches nothing.

All go through `pipelines check` in a process of its own, those of shared/exports/hostile too where they are at hand.
"""

import bz2
import gzip
import io
import itertools
import json
import lzma
import os
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from pipelines.readers.table import called

EXPORTS = Path(__file__).parents[4] / "shared" / "exports" / "hostile"
MEMORY = 1024  # MB
SECONDS = 30  # for one file; measured over all of them here, which is stricter
SECRET = "the-secret-that-no-export-may-reach"
CSV = "number,opened_at,sys_updated_at,state,priority,short_description\n"
ROW = "INC{},2026-01-01 10:00:00,2026-01-02 10:00:00,New,2 - High,{}\n"
SHEET = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
MANIFEST = (
    "META-INF/manifest.xml",
    '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
)
ODS = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="S"><table:table-row table:number-rows-repeated="{rows}">'
    '<table:table-cell office:value-type="string" table:number-columns-repeated="{columns}"><text:p>x{more}</text:p></table:table-cell>'
    "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
)


def zipped(*members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return packed.getvalue()


def book(old=b"", new=b"", part="sheet1.xml", more=()):
    """A workbook of two rows with a part changed: what is in place of `old`, or all of it."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["number", "opened_at"])
        sheet.write_row(1, 0, ["A", 5])
    with zipfile.ZipFile(io.BytesIO(made.getvalue())) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    assert not old or any(old in data for name, data in members if name.endswith(part))
    changed = [
        (n, (d.replace(old, new) if old else new) if n.endswith(part) and new else d) for n, d in members
    ]
    return zipped(*changed, *more)


def ods(rows, columns, more=""):
    text = ODS.format(rows=rows, columns=columns, more=more)
    return zipped(
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", text), MANIFEST
    )


def entities(count):
    letters = "abcdefghij"[:count]
    said = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in itertools.pairwise(letters))
    return f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa">{said}]><l><r><k>&{letters[-1]};</k></r><r/></l>'


def hostile(port, secret):
    """Name -> bytes of each file; port: a server nothing may ask, secret: a file nothing may read."""
    zeros = b"0" * (25 << 20)
    far = b'<row r="{0}"><c r="{1}{0}"><v>1</v></c></row></sheetData>'
    inside = f"http://127.0.0.1:{port}/x.dtd"
    rows = "<l><r><k>1</k></r><r><k>2</k></r></l>"
    yield "bomb.csv.gz", gzip.compress(zeros, 6) * 120
    yield "bomb.csv.bz2", bz2.compress(zeros) * 120
    yield "bomb.csv.xz", lzma.compress(zeros, preset=0) * 120
    yield "bomb.zip", zipped(("a.csv", zeros * 5))
    yield "nested.gz", gzip.compress(gzip.compress(gzip.compress(CSV.encode())))
    yield "zip in a zip.zip", zipped(("a.zip", zipped(("b.csv", CSV))))
    yield "members.zip", zipped(*((f"{n}.csv", "a") for n in range(20_000)))
    yield "parts.xlsx", book(more=[(f"xl/{n}.xml", "a") for n in range(20_000)])
    yield "slip.zip", zipped(("../../../../../../../../tmp/slipped.csv", CSV + ROW.format(1, "x")))
    yield "spaces.xlsx", book(new=SHEET + b" " * (150 << 20))
    yield "text.xlsx", book(b"<v>5</v>", b"<v>" + b"5" * (120 << 20) + b"</v>")
    yield "many texts.xlsx", book(b'uniqueCount="3"', b'uniqueCount="4000000000"', "sharedStrings.xml")
    for name, column, row in (
        ("far", b"XFD", b"1048576"),
        ("less far", b"AE", b"999999"),
        ("wide", b"ZZ", b"999"),
    ):
        yield f"{name}.xlsx", book(b"</sheetData>", far.replace(b"{0}", row).replace(b"{1}", column))
    yield "dimension.xlsx", book(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
    yield "row 0.xlsx", book(b'r="A2"', b'r="A0"')
    yield "no cell.xlsx", book(b'r="A2"', b'r="ZZZZZZZZ99999999999"')
    yield "no text.xlsx", book(b"<v>0</v>", b"<v>99999</v>")
    yield "deep.xlsx", book(new=b"<row>" * 100_000)
    merged = (
        b'</sheetData><mergeCells count="1">'
        + b'<mergeCell ref="A1:XFD1048576"/>' * 20_000
        + b"</mergeCells>"
    )
    yield "merged.xlsx", book(b"</sheetData>", merged)
    reaching = (
        f'?>\n<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}"><!ENTITY f SYSTEM "{inside}">]>'.encode()
    )
    yield "entity.xlsx", book(b"?>\n", reaching)
    commands = [
        ("xl/externalLinks/externalLink1.xml", f'<externalLink><oleLink r="{inside}"/></externalLink>'),
        ("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + b"x" * 500),
    ]
    yield "commands.xlsm", book(b"<v>5</v>", b"<f>cmd|'/C touch /tmp/touched'!A0</f><v>5</v>", more=commands)
    yield "columns.ods", ods(1, 16_384)
    yield "rows.ods", ods(1_048_576, 90)
    yield "cells.ods", ods(2**32 - 1, 2**32 - 1)
    yield "blanks.ods", ods(1, 1, '<text:s text:c="2000000000"/>')
    yield "laughs.xml", entities(10)
    yield (
        "file.xml",
        f'<!DOCTYPE l [<!ENTITY e SYSTEM "file://{secret}">]><l><r><k>&e;</k></r><r><k>1</k></r></l>',
    )
    yield "web.xml", f'<?xml version="1.0"?><!DOCTYPE l SYSTEM "{inside}">{rows}'
    yield "parameter.xml", f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY % p SYSTEM "{inside}"> %p;]>{rows}'
    yield (
        "include.xml",
        (
            f'<l xmlns:xi="http://www.w3.org/2001/XInclude"><r><xi:include href="file://{secret}" parse="text"/></r><r><k>1</k></r></l>'
        ),
    )
    yield "deep.xml", "<a>" * 100_000
    yield "attributes.xml", "<l><r " + " ".join(f'a{n}="1"' for n in range(50_000)) + "/><r/></l>"
    yield (
        "wide.xml",
        "<l>" + ("<r>" + "".join(f"<k{n}>1</k{n}>" for n in range(20_000)) + "</r>") * 2 + "</l>",
    )
    yield "deep.json", "[" * 500_000
    yield "deep objects.json", '{"a":' * 100_000 + "1" + "}" * 100_000
    yield "number.json", '[{"a":' + "9" * 500_000 + "}]"
    yield "no numbers.json", '[{"a":1e999999,"b":NaN,"c":-Infinity}]'
    yield "half a letter.json", '[{"a":"\\ud800","b":"\\u0000"}]'
    yield "keys.json", "[{" + ",".join(f'"k{n}":1' for n in range(100_000)) + "}]"
    yield "columns.csv", ",".join(f"c{n}" for n in range(100_000)) + "\n" + ",".join("1" * 100_000) + "\n"
    yield "open quote.csv", CSV + 'INC0,"open\n' + "".join(ROW.format(n, "x") for n in range(30_000))
    yield "open quotes.csv", CSV + 'INC1,"open\n' * 20_000
    yield "quotes that open again.csv", CSV + ROW.format(1, "x") * 300 + 'INC1,"open\n' + 'y","z\n' * 20_000
    yield "quotes of quotes.csv", CSV + ('INC1,"open\n' + '""y\n' * 9_990) * 3
    yield "quotes.csv", CSV + '"' * 3_000_001 + "\n"
    yield "commas.csv", "," * 3_000_000
    yield "blank lines.csv", CSV + "\n" * 100_000 + ROW.format(1, "x")
    yield "long cell.csv", CSV + ROW.format(1, "x" * (40 << 20)) + ROW.format(2, "y")
    yield "nul.csv", CSV + ROW.format(1, "\0")
    yield (
        "formula.csv",
        CSV + ROW.format("=cmd|'/C touch /tmp/touched'!A0", '"=HYPERLINK(""http://127.0.0.1"")"'),
    )
    yield "half a pair.csv", b"\xff\xfea\0,\0b"
    yield "mark.csv", "\ufeff"
    yield "ole.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 20
    yield "database.csv", b"SQLite format 3\0" + b"\0" * 1000
    yield "[bold]name\n.csv", CSV + ROW.format(1, "x")


def checked(files, data):
    """Facts of each file as `pipelines check` tells them; its seconds, megabytes and error stream."""
    command = [Path(sys.executable).parent / "pipelines", "check", "--json", "--data", data, *files]
    with (data / "out").open("w+") as out, (data / "err").open("w+") as err:
        started = time.monotonic()
        process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=err)
        while not (done := os.wait4(process.pid, os.WNOHANG))[0]:
            if time.monotonic() - started > 240:
                process.kill()
            time.sleep(0.05)
        process.returncode = os.waitstatus_to_exitcode(done[1])
        out.seek(0), err.seek(0)
        text = out.read()
        assert text, err.read()[-2000:]
        return json.loads(text), time.monotonic() - started, done[2].ru_maxrss / 1024, err.read()


def sound(facts):
    if facts.get("error"):
        return bool(facts["todo"]) and "Error" not in facts["error"].split()
    parts = ("accepted", "unchanged", "superseded", "rejected", "set_aside")
    return facts["rows_read"] == sum(facts[part] for part in parts)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What became of each file made here, and the connections that were tried."""
    folder = tmp_path_factory.mktemp("hostile")
    secret = folder / "secret.txt"
    secret.write_text(SECRET)
    with socket.create_server(("127.0.0.1", 0)) as server:
        files = []
        for name, data in hostile(server.getsockname()[1], secret):
            path = folder / name
            path.write_bytes(data if isinstance(data, bytes) else data.encode())
            files.append(path)
        os.mkfifo(folder / "pipe.csv")
        (folder / "loop.csv").symlink_to(folder / "loop.csv")
        (folder / "folder.csv").mkdir()
        files += [folder / "pipe.csv", folder / "loop.csv", folder / "folder.csv", Path("/dev/zero")]
        (folder / "data").mkdir()
        result = checked(files, folder / "data")
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    return (files, *result)


def test_each_file_gives_records_or_one_clear_refusal(made):
    files, facts, _, _, errors = made
    assert [one["file"] for one in facts] == [called(path.name) for path in files]
    assert [one for one in facts if not sound(one)] == []
    assert "Traceback" not in errors and "panicked" not in errors


def test_they_take_little_time_and_memory(made):
    _, _, seconds, megabytes, _ = made
    assert megabytes < MEMORY
    assert seconds < 4 * SECONDS  # for all of them together


def test_no_content_reaches_a_file_or_runs(made):
    _, facts, _, _, errors = made
    assert SECRET not in json.dumps(facts) + errors
    assert not Path("/tmp/touched").exists() and not Path("/tmp/slipped.csv").exists()


def test_formulas_are_text_and_workbooks_give_stored_values(made):
    facts = {one["file"]: one for one in made[1]}
    assert facts["formula.csv"]["rows"][0]["key"].startswith("INC=cmd|")
    assert "number, opened_at" in facts["commands.xlsm"]["error"]


@pytest.mark.skipif(not EXPORTS.is_dir(), reason="the hostile exports are not at hand")
def test_hostile_exports_at_hand(tmp_path):
    files = sorted(path for path in EXPORTS.rglob("*") if path.is_file())
    facts, seconds, megabytes, errors = checked(files, tmp_path)
    assert [one for one in facts if not sound(one)] == []
    assert "Traceback" not in errors and "panicked" not in errors
    assert (megabytes < MEMORY, seconds < 4 * SECONDS) == (True, True)
