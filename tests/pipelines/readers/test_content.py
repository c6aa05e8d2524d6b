"""What a file is shows in its bytes; what cannot be taken in is refused by name."""

import bz2
import gzip
import io
import lzma
import zipfile

import pytest
import xlsxwriter

from pipelines.errors import Refused
from pipelines.readers import content

CSV = "key,cost\nA,1\nB,2\n"


def zipped(**members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return packed.getvalue()


@pytest.mark.parametrize("name", ["export.csv.gz", "export.csv", "export.xlsx"])
@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(CSV.encode()),
        gzip.compress(CSV[:9].encode()) + gzip.compress(CSV[9:].encode()),  # in two pieces
        bz2.compress(CSV.encode()),
        lzma.compress(CSV.encode()),
        lzma.compress(CSV[:9].encode()) + lzma.compress(CSV[9:].encode()),
        zipped(a=CSV),
        zipped(**{"../../etc/a.csv": CSV}),  # a name is only a name
        zipped(**{"folder/": "", "folder/a.csv": CSV, "__MACOSX/folder/._a.csv": "x"}),
    ],
    ids=["gzip", "gzip twice", "bzip2", "xz", "xz twice", "zip", "zip slip", "zip of a Mac"],
)
def test_one_export_is_unpacked_whatever_its_name(read, name, packed):
    assert read.rows(read.table(packed, name)) == [(2, "A", "1"), (3, "B", "2")]


def test_a_workbook_in_a_zip_is_read(read):
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["key", "cost"])
        sheet.write_row(1, 0, ["A", 1])
    assert read.rows(read.table(zipped(**{"a.xlsx": book.getvalue()}))) == [(2, "A", "1")]


@pytest.mark.parametrize(
    ("bytes_", "reason"),
    [
        (b"", "export.csv is empty"),
        (b" \n\n", "export.csv holds no text"),
        (gzip.compress(CSV.encode() * 50)[:-20], "the gzip is cut off"),
        (gzip.compress(CSV.encode())[:-8] + b"\0" * 8, "the gzip is damaged"),
        (gzip.compress(b""), "the gzip holds an empty file"),
        (gzip.compress(gzip.compress(CSV.encode())), "is an archive inside a gzip"),
        (zipped(a=CSV, b=CSV), r"is a zip \(it holds a, b\)"),
        (zipped(a=CSV, b=CSV, c=CSV, d=CSV, e=CSV), r"is a zip \(it holds a, b, c and 2 more\)"),
        (zipped(**{"a" * 500: CSV, "b": CSV}), rf"is a zip \(it holds {'a' * 79}…, b\)"),
        (zipped(a=zipped(b=CSV)), "is an archive inside a zip"),
        (zipped(a=gzip.compress(CSV.encode())), "is an archive inside a zip"),
        (bz2.compress(gzip.compress(CSV.encode())), "is an archive inside a bzip2"),
        (bz2.compress(CSV.encode())[:-9], "the bzip2 is cut off"),
        (bz2.compress(CSV.encode())[:20] + b"x" * 50, "the bzip2 is damaged"),
        (lzma.compress(CSV.encode())[:-20], "the xz is cut off"),
        (lzma.compress(CSV.encode())[:30] + b"x" * 50, "the xz is damaged"),
        (
            lzma.compress(CSV.encode(), filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29}]),
            "Memory usage limit",
        ),
        (zipped(a=CSV)[:40], "is a damaged workbook or zip"),
        (b"7z\xbc\xaf\x27\x1c....", "is a 7-Zip archive"),
        (b"%PDF-1.7 ...", "is a PDF"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "is a web page"),
        (b"key,cost\nA,\x001\n", "holds NUL bytes"),
        (bytes(range(256)) * 8, "holds NUL bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refuses_what_is_no_export(read, bytes_, reason):
    with pytest.raises(Refused, match=reason) as refused:
        read.tables(bytes_)
    assert "export.csv" in refused.value.reason
    assert refused.value.todo


@pytest.mark.parametrize(
    "packed",
    [gzip.compress, bz2.compress, lzma.compress, lambda text: zipped(a=text)],
    ids=["gzip", "bzip2", "xz", "zip"],
)
def test_refuses_what_grows_without_end(read, monkeypatch, packed):
    monkeypatch.setattr(content, "GROWTH_FROM", 1 << 20)
    with pytest.raises(Refused, match="unpacks to more than"):
        read.tables(packed(b"A" * (4 << 20)))


def test_refuses_a_zip_whose_file_has_a_password(read):
    packed = bytearray(zipped(a=CSV))
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(header) + flags] |= 1
    with pytest.raises(Refused, match="is a zip with a password"):
        read.tables(bytes(packed))


def test_refuses_a_workbook_that_grows_past_the_limit(read, monkeypatch):
    monkeypatch.setattr(content, "UNPACKED_LIMIT", 1000)
    with pytest.raises(Refused, match="unpacks to more than"):
        read.tables(zipped(**{"[Content_Types].xml": "x" * 2000}))
