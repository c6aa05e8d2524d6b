"""The cells of an xlsx that hold an error (#REF!, #N/A), which calamine gives as empty ones."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from posixpath import join, normpath

from defusedxml.ElementTree import fromstring

CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*\bt="e"[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<v>([^<]*)</v>')
CHUNK = 1 << 20
OVERLAP = 1 << 14  # longer than a cell with its formula


def find(path: Path, sheet: str) -> Iterator[tuple[int, int, str]]:
    """(row, column, error) of each, from 0; none where the file is no xlsx."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        part = _part(archive, sheet)
        if part not in archive.namelist():
            return
        held = b""
        with archive.open(part) as xml:
            while chunk := xml.read(CHUNK):
                held += chunk
                done = 0
                if b't="e"' in held:
                    for hit in CELL.finditer(held):
                        yield int(hit[2]) - 1, _place(hit[1]), hit[3].decode("ascii", "replace")
                        done = hit.end()
                held = held[max(done, len(held) - OVERLAP) :]


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Where the workbook keeps the sheet of that name."""
    try:
        book = fromstring(archive.read("xl/workbook.xml"))
        links = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except KeyError:
        return None
    targets = {link.get("Id"): link.get("Target") for link in links}
    for element in book.iter():
        if element.tag.endswith("}sheet") and element.get("name") == sheet:
            link = next((value for key, value in element.items() if key.endswith("}id")), None)
            return normpath(join("/xl", targets.get(link) or "")).lstrip("/")
    return None


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place - 1
