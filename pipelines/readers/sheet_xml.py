"""What the text of an xlsx tells before its cells are read: which hold an error or a percentage, whether one stands far
out, and from which year its days are counted.

calamine gives a cell with an error (#REF!, #N/A) as an empty one, and makes room for every cell between the first
and the last: one lone cell in the far corner of a sheet would fill the memory. What is unpacked for the look is
kept, so that it need not be unpacked again.
"""

import re
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from posixpath import join, normpath
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from pipelines.readers import sheet_parts

CELL = rb'<c\s(?=(?:[^<>]*?\s)??r="([A-Z]+)(\d+)")'
ERROR = re.compile(CELL + rb'[^<>]*\bt="e"[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<v>([^<]*)</v>')
# A formula that was written without its value by a program that does not calculate; of a text, nothing is a value.
UNCOUNTED = re.compile(
    CELL
    + rb'(?![^<>]*\bt="(?:str|s|b|e)")[^<>]*><f\b[^<>]*(?:(?<=/)>|>([^<]*)</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>'
)
# A reference past column BE or row 999,999: without one, a sheet has less than 57 million cells.
FAR = re.compile(
    rb'=(?<=[r\s]=)(?!"[A-Za-z]\d{1,6}")\s*["\']'
    rb'((?:[A-Za-z]{3,}|[C-Zc-z][A-Za-z]|[Bb][F-Zf-z])\d+|[A-Za-z]*\d{7,})["\']'
)
# The same for a small workbook: past column BE or row 9,999.
NEAR = re.compile(FAR.pattern.replace(rb"1,6", rb"1,4").replace(rb"{7,}", rb"{5,}"))
# How many texts a workbook claims to hold: calamine makes room for them before it looks.
CLAIMED = re.compile(rb"""[uU]niqueCount\s*=\s*["'](\d{1,30})""")
# A number of one of some styles.
STYLED = (
    CELL.decode() + r'(?=[^<>]*\bs="(?:{})")(?![^<>]*\bt="(?!n"))[^<>]*>(?:<f[^<>]*/>|<f[^<>]*>[^<]*</f>)?<v>'
)
PERCENT = re.compile(r"""^(?:[^"\\]|"[^"]*"|\\.)*?%""")  # a sign of the format, not in its text
# Of the system's own style (F800) only the system knows the order.
ORDERED = re.compile(
    r"""(?!.*\[\$-f800\])(?:\[[^\]]*\])*(?:(?P<day>d{1,2})[^a-z"]{1,4}m{1,2}|m{1,2}[^a-z"]{1,4}d{1,2})[^a-z"]{1,4}y""",
    re.IGNORECASE,
)
FORMULA = 200  # letters of one that are kept
CHUNK = 1 << 20
OVERLAP = 1 << 14  # longer than a cell with its formula
DAMAGE = (
    *(KeyError, ParseError, DefusedXmlException, UnicodeError),
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError),
)


@dataclass
class Seen:
    """One sheet. errors: (row, column, error), from 0. far: the first reference far out, if there is one.
    formulas: the same of formulas that have no stored value. percents: (row, column) of the numbers shown as a percentage.
    since: the year from which days are counted.
    order: "dmy" or "mdy", in which the workbook's formats show dates in figures; "" where none does, or some do either.
    files: the workbooks that hold it, in parts from the first rows on where there are several.
    """

    errors: list[tuple[int, int, str]]
    far: str = ""
    formulas: list[tuple[int, int, str]] = field(default_factory=list)
    percents: list[tuple[int, int]] = field(default_factory=list)
    since: int = 1900
    order: str = ""
    files: list[Path] = field(default_factory=list)


def look(path: Path, folder: Path, small: bool = False) -> dict[str, Seen]:
    """Each sheet of an xlsx, and the same workbook written to the folder without compression, large sheets in parts.

    small: less counts as far out.
    Nothing where the file is none or is not as it should be.
    """
    files = [folder / "plain.xlsx", folder / "rest.xlsx", folder / "under.xlsx"]
    try:
        with zipfile.ZipFile(path) as archive, ExitStack() as stack:
            books = [stack.enter_context(zipfile.ZipFile(file, "w")) for file in files]
            names = archive.namelist()
            if len({*map(str.lower, names)}) < len(names):
                return {}
            parts = _parts(archive)
            if len({*parts.values()}) < len(parts):
                return {}
            since, (percents, order) = _since(archive), _formats(archive)
            others = [name for name in names if name not in parts.values()]
            least = max(sheet_parts.LARGE, 2 * sum(archive.getinfo(name).file_size for name in others))
            seen = {}
            for sheet, part in parts.items():
                blank = Seen([], since=since, order=order)
                with sheet_parts.Copy(books, archive.getinfo(part), least) as copy:
                    seen[sheet] = _seen(archive, part, copy, NEAR if small else FAR, percents, blank)
                seen[sheet].files = files[: copy.parts] or [path]
            books = books if books[1].namelist() else books[:1]
            for name in others:
                text = archive.read(name)
                if any(int(claim) > len(text) for claim in CLAIMED.findall(text)):
                    return {}
                # The third holds no cells, which could refer to texts.
                for book in books[:2] if name == "xl/sharedStrings.xml" else books:
                    book.writestr(name, text)
            return seen
    except DAMAGE:
        return {}


def _seen(
    archive: zipfile.ZipFile,
    part: str,
    copy: sheet_parts.Copy,
    far_out: re.Pattern,
    percents: re.Pattern | None,
    seen: Seen,
) -> Seen:
    held, prefix = b"", None
    with archive.open(part) as xml, ThreadPoolExecutor(1) as beside:
        ahead = beside.submit(xml.read, CHUNK)
        while chunk := ahead.result():
            ahead = beside.submit(xml.read, CHUNK)
            held += chunk
            copy.write(chunk, held)
            if prefix is None:
                root = sheet_parts.ROOT.match(chunk)
                prefix = root[1] if root else b""
            if prefix:  # the patterns know none
                held = held.replace(b"<" + prefix, b"<").replace(b"</" + prefix, b"</")
            done = 0
            if not seen.far and (far := max(far_out.findall(held), key=_lettered, default=b"")):
                seen.far = far[:20].decode("ascii").upper()
            if b't="e"' in held:
                for hit in ERROR.finditer(held):
                    seen.errors.append((int(hit[2]) - 1, _place(hit[1]), hit[3].decode("ascii", "replace")))
                    done = hit.end()
            if b"<f" in held:
                for hit in UNCOUNTED.finditer(held):
                    text = "=" + unescape(hit[3].decode("utf-8", "replace"))[:FORMULA] if hit[3] else "="
                    seen.formulas.append((int(hit[2]) - 1, _place(hit[1]), text))
                    done = max(done, hit.end())
            if percents:
                for hit in percents.finditer(held):
                    seen.percents.append((int(hit[2]) - 1, _place(hit[1])))
                    done = max(done, hit.end())
            held = held[max(done, len(held) - OVERLAP) :]
    return seen


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Where the workbook keeps each sheet."""
    book = fromstring(archive.read("xl/workbook.xml"))
    links = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): link.get("Target") for link in links}
    parts = {}
    for element in book.iter():
        if element.tag.endswith("}sheet"):
            link = next((value for key, value in element.items() if key.endswith("}id")), None)
            parts[element.get("name")] = normpath(join("/xl", targets.get(link) or "")).lstrip("/")
    held = set(archive.namelist())
    return {sheet: part for sheet, part in parts.items() if part in held}


def _since(archive: zipfile.ZipFile) -> int:
    """The year from which the workbook counts its days."""
    properties = fromstring(archive.read("xl/workbook.xml")).iterfind("{*}workbookPr")
    return 1904 if any(p.get("date1904") in ("1", "true") for p in properties) else 1900


def _formats(archive: zipfile.ZipFile) -> tuple[re.Pattern | None, str]:
    """What finds the numbers that a sheet shows as a percentage, None where the workbook has no such style; and the
    order of day and month in which its styles show dates."""
    if "xl/styles.xml" not in archive.namelist():
        return None, ""
    styles = fromstring(archive.read("xl/styles.xml"))
    codes = {
        one.get("numFmtId"): one.get("formatCode", "") for one in styles.iterfind("{*}numFmts/{*}numFmt")
    }
    percents = {number for number, code in codes.items() if PERCENT.match(code)} | {"9", "10"}
    used = [one.get("numFmtId") for one in styles.iterfind("{*}cellXfs/{*}xf")]
    own = [str(place) for place, number in enumerate(used) if number in percents]
    shown = filter(None, (ORDERED.match(codes.get(number, "")) for number in used))
    orders = {"dmy" if found["day"] else "mdy" for found in shown}
    return (
        re.compile(STYLED.format("|".join(own)).encode()) if own else None,
        orders.pop() if len(orders) == 1 else "",
    )


def _lettered(reference: bytes) -> bool:
    """A cell says more than a row."""
    return reference[:1].isalpha()


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place - 1
