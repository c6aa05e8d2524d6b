"""What a file is shows in its bytes; what cannot be taken in is refused by name."""

import bz2
import gzip
import io
import lzma
import zipfile

import pytest

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
def test_a_gzip_is_unpacked_whatever_its_name(read, name):
    assert read.rows(read.table(gzip.compress(CSV.encode()), name)) == [(2, "A", "1"), (3, "B", "2")]


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
        (zipped(**{"a" * 500: CSV}), rf"is a zip \(it holds {'a' * 79}…\)"),
        (zipped(a=CSV)[:40], "is a damaged workbook or zip"),
        (bz2.compress(CSV.encode()), "is a bzip2 archive"),
        (lzma.compress(CSV.encode()), "is an xz archive"),
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


def test_refuses_a_gzip_that_grows_without_end(read, monkeypatch):
    monkeypatch.setattr(content, "GROWTH_FROM", 1 << 20)
    with pytest.raises(Refused, match="unpacks to more than"):
        read.tables(gzip.compress(b"A" * (4 << 20)))


def test_refuses_a_workbook_that_grows_past_the_limit(read, monkeypatch):
    monkeypatch.setattr(content, "UNPACKED_LIMIT", 1000)
    with pytest.raises(Refused, match="unpacks to more than"):
        read.tables(zipped(**{"[Content_Types].xml": "x" * 2000}))
