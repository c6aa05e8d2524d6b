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


def find(path: Path) -> dict[str, list[tuple[int, int, str]]]:
    """Sheet -> (row, column, error) of each, from 0; nothing where the file is no xlsx."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        return {sheet: list(_errors(archive, part)) for sheet, part in _parts(archive).items()}


def _errors(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[int, int, str]]:
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


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Where the workbook keeps each sheet."""
    try:
        book = fromstring(archive.read("xl/workbook.xml"))
        links = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except KeyError:
        return {}
    targets = {link.get("Id"): link.get("Target") for link in links}
    parts = {}
    for element in book.iter():
        if element.tag.endswith("}sheet"):
            link = next((value for key, value in element.items() if key.endswith("}id")), None)
            parts[element.get("name")] = normpath(join("/xl", targets.get(link) or "")).lstrip("/")
    held = set(archive.namelist())
    return {sheet: part for sheet, part in parts.items() if part in held}


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place - 1
