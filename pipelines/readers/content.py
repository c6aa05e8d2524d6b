"""What a file is, by its first bytes; and one export in a gzip, bzip2, xz or zip unpacked, within limits."""

import bz2
import gzip
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import NamedTemporaryFile

from pipelines.errors import Refused
from pipelines.readers import encoding
from pipelines.readers.table import cut

UNPACKED_LIMIT = 2 * 1024**3
# A file that grows more than this when unpacked is made to fill the disk, not to hold records.
GROWTH_LIMIT, GROWTH_FROM = 200, 100 * 1024**2

XZ_MEMORY = 256 * 1024**2
MEMBERS = 10_000  # of a workbook

PACKED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
}
DAMAGE = (
    *(zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError),
    *(NotImplementedError, RuntimeError, ValueError, OSError),
)
ARCHIVES = {
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!\x1a": "a RAR archive",
}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
XML_START = re.compile(r"<(\?xml|!--|!doctype|[a-z_][\w.:-]*[\s/>])", re.IGNORECASE)
JSON_START = re.compile(r'\{\s*["}]|\[\s*([\[{"\]\-\d]|true|false|null)')


def unpacked(path: Path, work: Path, name: str) -> Path:
    """The file itself, or the one export that its gzip, bzip2, xz or zip holds, written to `work`."""
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise Refused(f"{name} is empty.", "Export it again and check that the export has finished.")
    kind = next((kind for magic, kind in PACKED.items() if start.startswith(magic)), None)
    if not kind:
        return path
    inside = None
    if kind == "zip":
        inside = _only_export(path, name)
        if not inside:
            return path  # a workbook
    try:
        with NamedTemporaryFile(dir=work, suffix=".unpacked", delete=False) as plain:
            written = 0
            for chunk in _chunks(path, kind, inside):
                written += len(chunk)
                check_growth(written, path.stat().st_size, name)
                plain.write(chunk)
    except (EOFError, *DAMAGE) as error:
        if getattr(error, "errno", None):  # the disk's, not the file's
            raise
        damage = "is cut off" if isinstance(error, EOFError) else "is damaged"
        raise Refused(
            f"{name}: the {kind} {damage} ({cut(str(error))}).", "Copy or export it again."
        ) from error
    _refuse_nested(Path(plain.name), name, kind)
    return Path(plain.name)


def _chunks(path: Path, kind: str, inside: zipfile.ZipInfo | None) -> Iterator[bytes]:
    """What a packed file holds, a piece at a time."""
    if kind == "xz":
        yield from _xz_chunks(path)
        return
    with ExitStack() as stack:
        if kind == "zip":
            packed = stack.enter_context(zipfile.ZipFile(path)).open(inside)
        else:
            packed = stack.enter_context((gzip if kind == "gzip" else bz2).open(path))
        while chunk := packed.read(1 << 20):
            yield chunk


def _xz_chunks(path: Path) -> Iterator[bytes]:
    """An xz states how much memory it takes to unpack: more than a limit is refused."""
    with path.open("rb") as file:
        unpacking, ahead = lzma.LZMADecompressor(memlimit=XZ_MEMORY), file.read(1 << 16)
        while True:
            yield unpacking.decompress(ahead, max_length=1 << 20)
            ahead = unpacking.unused_data if unpacking.eof else b""
            if unpacking.eof or unpacking.needs_input:
                ahead = ahead or file.read(1 << 16)
                if unpacking.eof and not ahead.strip(b"\0"):
                    return
                if not ahead:
                    raise EOFError("it ends before its end mark")
            if unpacking.eof:  # several, one after the other
                unpacking = lzma.LZMADecompressor(memlimit=XZ_MEMORY)


def _only_export(path: Path, name: str) -> zipfile.ZipInfo | None:
    """The one file in a zip, None where the zip is a workbook; a name in it is never a path."""
    members = _members(path, name)
    if {"[Content_Types].xml", "content.xml"} & {member.filename for member in members}:
        return None
    files = [m for m in members if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
    if len(files) != 1:
        inside = ", ".join(sorted(cut(m.filename) for m in files)[:3]) or "nothing"
        more = f" and {len(files) - 3:,} more" if len(files) > 3 else ""
        raise Refused(f"{name} is a zip (it holds {inside}{more}).", "Unzip it and load the files in it.")
    if files[0].flag_bits & 1:
        raise Refused(f"{name} is a zip with a password.", "Unzip it and load the file in it.")
    return files[0]


def _refuse_nested(path: Path, name: str, kind: str) -> None:
    with path.open("rb") as file:
        start = file.read(512)
    if not start:
        raise Refused(f"{name}: the {kind} holds an empty file.", "Export it again.")
    packed = any(start.startswith(magic) for magic, other in PACKED.items() if other != "zip")
    if start[:4] == b"PK\x03\x04":
        packed = _only_export(path, name) is not None
    if packed or start[257:262] == b"ustar":
        article = "an" if kind == "xz" else "a"
        raise Refused(f"{name} is an archive inside {article} {kind}.", "Unpack it and load the files.")


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


def _members(path: Path, name: str) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.infolist()
    except DAMAGE as error:
        raise Refused(
            f"{name} is a damaged workbook or zip ({cut(str(error))}).", "Copy or export it again."
        ) from error


def _check_zip(path: Path, name: str) -> None:
    members = _members(path, name)
    if len(members) > MEMBERS:
        raise Refused(
            f"{name} holds {len(members):,} parts; up to {MEMBERS:,} can be read.",
            "Save fewer sheets at a time.",
        )
    check_growth(sum(member.file_size for member in members), path.stat().st_size, name)
