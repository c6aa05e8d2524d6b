"""What a file is, by its first bytes; and a gzip unpacked, within limits."""

import gzip
import re
import zipfile
import zlib
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from pipelines.errors import Refused
from pipelines.readers import encoding
from pipelines.readers.table import cut

UNPACKED_LIMIT = 2 * 1024**3
# A file that grows more than this when unpacked is made to fill the disk, not to hold records.
GROWTH_LIMIT, GROWTH_FROM = 200, 100 * 1024**2

ARCHIVES = {
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!\x1a": "a RAR archive",
}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
XML_START = re.compile(r"<(\?xml|!--|!doctype|[a-z_][\w.:-]*[\s/>])", re.IGNORECASE)
JSON_START = re.compile(r'\{\s*["}]|\[\s*([\[{"\]\-\d]|true|false|null)')


def unpacked(path: Path, work: Path, name: str) -> Path:
    """The file itself, or what its gzip holds, written to `work`."""
    with path.open("rb") as file:
        start = file.read(2)
    if not start:
        raise Refused(f"{name} is empty.", "Export it again and check that the export has finished.")
    if start != b"\x1f\x8b":
        return path
    try:
        with (
            gzip.open(path) as packed,
            NamedTemporaryFile(dir=work, suffix=".unpacked", delete=False) as plain,
        ):
            _copy(packed, plain, path.stat().st_size, name)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        cut = "is cut off" if isinstance(error, EOFError) else "is damaged"
        raise Refused(f"{name}: the gzip {cut} ({error}).", "Copy or export it again.") from error
    return unpacked_once(Path(plain.name), name)


def unpacked_once(path: Path, name: str) -> Path:
    with path.open("rb") as file:
        start = file.read(512)
    if not start:
        raise Refused(f"{name}: the gzip holds an empty file.", "Export it again.")
    if start[:2] == b"\x1f\x8b" or start[257:262] == b"ustar":
        raise Refused(f"{name} is an archive inside a gzip.", "Unpack it and load the files.")
    return path


def _copy(packed: BinaryIO, plain: BinaryIO, size: int, name: str) -> None:
    written = 0
    while chunk := packed.read(1 << 20):
        written += len(chunk)
        check_growth(written, size, name)
        plain.write(chunk)


def check_growth(unpacked_size: int, size: int, name: str) -> None:
    """Refused where unpacking gives more than the stated limits."""
    if unpacked_size > UNPACKED_LIMIT or (
        unpacked_size > GROWTH_FROM and unpacked_size > GROWTH_LIMIT * size
    ):
        raise Refused(
            f"{name} unpacks to more than {min(unpacked_size, UNPACKED_LIMIT) // 1024**2:,} MB, "
            f"from {size / 1024**2:,.1f} MB.",
            "Export a shorter period, several files if need be.",
        )


def kind(path: Path, name: str) -> str:
    """workbook, xml, json or text; Refused where it is none of them."""
    with path.open("rb") as file:
        start = file.read(4096)
    for magic, archive in ARCHIVES.items():
        if start.startswith(magic):
            raise Refused(f"{name} is {archive}.", "Unpack it and load the files in it.")
    if start.startswith(b"%PDF-"):
        raise Refused(f"{name} is a PDF.", "Export the data as CSV, XLSX, JSON or XML.")
    if start.startswith(OLE):
        return "workbook"
    if start.startswith(b"PK\x03\x04") or start.startswith(b"PK\x05\x06"):
        _check_zip(path, name)
        return "workbook"
    text = start.decode(encoding.marked(start) or "utf-8", "ignore").lstrip()
    if re.match(r"<!doctype html|<html", text, re.IGNORECASE):
        raise Refused(f"{name} is a web page.", "Export the data as CSV, XLSX, JSON or XML.")
    if XML_START.match(text):
        return "xml"
    return "json" if JSON_START.match(text) else "text"


def _check_zip(path: Path, name: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        raise Refused(
            f"{name} is a damaged workbook or zip ({error}).", "Copy or export it again."
        ) from error
    names = {member.filename for member in members}
    if "[Content_Types].xml" not in names and "content.xml" not in names:
        inside = ", ".join(map(cut, sorted(names)[:3])) or "nothing"
        raise Refused(f"{name} is a zip (it holds {inside}).", "Unzip it and load the files in it.")
    check_growth(sum(member.file_size for member in members), path.stat().st_size, name)
