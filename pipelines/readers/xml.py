"""XML, streamed: each occurrence of the repeating element is a row.

A row's columns are its attributes and the texts of what it holds, by element name ("plugin_output",
"DETAILS.PORT"; an attribute of an inner element is "DETAILS.type"). What repeats inside a row is a JSON array.
A row also carries what it stands in, under that element's name: its attributes, the texts of its simple children,
and its named values, all but long ones: <tag name="HOST_START">...</tag> counts under the name it bears, "ReportHost.HOST_START",
also where a wrapper (HostProperties) stands between. So does a pair of a name and its value, each an element of its
own (<SID_NAME>title</SID_NAME><SID_DATA>...</SID_DATA>). Of what stands beside it, the attributes and simple texts are
carried too where it stands there once: "CHECKLIST.ASSET.HOST_NAME". Only what comes before the row in the file can be
carried.
What a row names by its id (<QID id="q1">, <rule idref="r1">, scan-id="7" or scan-uuid="7" of a <scan>) and the file describes
elsewhere, in an element of that id, is carried too, under that element's name ("VULN_DETAILS.TITLE"), without long texts;
where a row names several of a kind, what is said of them makes lists. A part of such an element stands for it.
A document type is allowed, and what it points to is never read; entities are refused. Rows are counted from 1.
"""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from xml.etree.ElementTree import Element, ParseError

import duckdb
from defusedxml import DefusedXmlException

from pipelines.errors import Refused
from pipelines.readers import content, encoding, text
from pipelines.readers import json as json_lines
from pipelines.readers.elements import (
    DEPTH_LIMIT,
    LONG,
    Open,
    Values,
    add,
    flat,
    forget,
    rows_at,
    text_of,
    walk,
)
from pipelines.readers.table import Table

CANDIDATES = 5
DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)""")
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
ALSO_EASTERN = ("shift_jis", "gb2312", "gbk", "euc_kr", "cp950", "iso2022_jp")
NAMING = re.compile(r"(?:^|\.)(?:id|idref|([^.]+?)[-_](?:uu)?id)$")
BORNE = ("id", "uuid")


def tables(
    path: Path,
    con: duckdb.DuckDBPyConnection,
    work: Path,
    name: str,
    rows: list[str],
    asked: str | None = None,
) -> list[Table]:
    """The elements at `rows` (their path, or the end of it), else each that repeats, most frequent first."""
    path, notes = _readable(path, work, name, asked)
    try:
        paths, identified = _repeating(path)
        ends = tuple("/" + at.strip("/") for at in rows if at.strip("/"))
        chosen = [at for at in paths if ends and f"/{at}".endswith(ends)]
        chosen = chosen or [at for at, times in paths.most_common(CANDIDATES) if times > 1]
        about = {at for at in identified if at not in chosen}
        found = [_table(path, con, work, name, at, about) for at in chosen]
        return [replace(table, notes=[*notes, *table.notes]) for table in found]
    except RecursionError as error:
        raise Refused(
            f"{name} is nested more than {DEPTH_LIMIT} elements deep.", "Export it again as plain records."
        ) from error
    except DefusedXmlException as error:
        raise Refused(
            f"{name} declares entities, which can reach outside the file.",
            "Export it without <!ENTITY.",
        ) from error
    except (ParseError, LookupError, ValueError) as error:
        todo = "Export it again" + (", or name its encoding with --encoding." if not asked else ".")
        raise Refused(f"{name} is not sound XML: {error}.", todo) from error


def _readable(path: Path, work: Path, name: str, asked: str | None) -> tuple[Path, list[str]]:
    """The file, or a copy in UTF-8 where the parser does not know its encoding or a person names another."""
    with path.open("rb") as file:
        start = file.read(4096)
    declared = DECLARED.search(start)
    marked = encoding.marked(start) or ""
    states = encoding.known(declared[1].decode("ascii")) if declared else ""
    if not asked and not marked.startswith("utf-32") and states not in encoding.EASTERN + ALSO_EASTERN:
        return path, []
    plain = text.utf8(path, work, name, asked or (None if marked else states))
    with (
        plain.path.open(encoding="utf-8-sig", newline="") as old,
        NamedTemporaryFile("w", dir=work, suffix=".xml", encoding="utf-8", newline="", delete=False) as new,
    ):
        new.write(DECLARATION.sub("", old.read(text.CHUNK)))
        while chunk := old.read(text.CHUNK):
            new.write(chunk)
    return Path(new.name), plain.notes if asked else []


def _repeating(path: Path) -> tuple[Counter[str], set[str]]:
    """Path of each element that holds more than a text -> how often it occurs; those of them that bear an id."""
    counts: Counter[str] = Counter()
    identified = set()
    opened: list[Open] = []
    for event, element, steps in walk(path):
        if event == "start":
            if opened:
                opened[-1].children = True
            opened.append(Open(element, {}))
            continue
        ended = opened.pop()
        if ended.children or (element.attrib and not text_of(element)):
            counts["/".join(steps)] += 1
            if any(name in element.attrib for name in BORNE):
                identified.add("/".join(steps))
        forget(element, opened)
    return counts, identified


Name = tuple[str, str]  # the element's name, empty where any may bear the id; the id


def _described(path: Path, at: set[str], named: set[Name]) -> dict[Name, Values]:
    """What the file says of the ids that rows name; where what bears one is only a part of what the row calls it, of that."""
    found = _told(path, at, named)
    rest = {one for one in named if one[0] and one not in found}
    kinds = {of for of, _ in rest}
    wholes = {place for place in at if place.rpartition("/")[2] in kinds}
    return found | _told(path, wholes, rest, parts=True) if wholes else found


def _told(path: Path, at: set[str], named: set[Name], parts: bool = False) -> dict[Name, Values]:
    """What the elements at these places say that bear a named id, or with parts: that hold what bears it."""
    found: dict[Name, Values] = {}
    holder: str | None = None
    for event, element, steps in walk(path):
        if event == "start":
            if holder is None and "/".join(steps) in at and (parts or named.intersection(_borne(element))):
                holder = "/".join(steps)
        elif holder == "/".join(steps):
            inner = element.iter() if parts else [element]
            borne = named.intersection((of, one) for part in inner for of, one in _borne(part, element.tag))
            held = flat(element, f"{element.tag}.").items() if borne else ()
            short = {k: v for k, v in held if isinstance(v, list) or len(v) <= LONG}
            for one in borne:
                found[one] = short | found.get(one, {})
            holder = None
        if event == "end" and holder is None:
            element.clear()
    return found


def _borne(element: Element, kind: str = "") -> list[Name]:
    """The ids that an element bears, as rows may name them: of any kind, or of its own, which may be that of its whole."""
    borne = {element.attrib[name] for name in BORNE if name in element.attrib}
    return [(of, one) for one in borne for of in ("", kind or element.tag)]


def _names(row: Values) -> list[list[Name]]:
    """What a row names, those of one column together."""
    found = ((NAMING.search(key), value) for key, value in row.items())
    return [
        [(naming[1] or "", one) for one in (value if isinstance(value, list) else [value])]
        for naming, value in found
        if naming
    ]


def _said(row: Values, described: dict[Name, Values]) -> Values:
    """What the file says of what a row names."""
    said: Values = {}
    for names in _names(row):
        first, *others = [described.get(one, {}) for one in names]
        said |= {key: [*value] if isinstance(value, list) else value for key, value in first.items()}
        for key, value in ((k, v) for other in others for k, v in other.items()):
            for one in value if isinstance(value, list) else [value]:
                add(said, key, one)
    return said


def _table(
    path: Path, con: duckdb.DuckDBPyConnection, work: Path, name: str, at: str, identified: set[str]
) -> Table:
    elsewhere = {
        p for p in identified if not f"{p}/".startswith(f"{at}/") and not f"{at}/".startswith(f"{p}/")
    }
    described: dict[Name, Values] = {}
    if elsewhere:
        named = {one for row, _ in rows_at(path, at) for names in _names(row) for one in names}
        described = _described(path, elsewhere, named) if named else {}
    size = 0
    with NamedTemporaryFile("w", dir=work, suffix=".jsonl", encoding="utf-8", delete=False) as file:
        for row, beside in rows_at(path, at):
            size += file.write(json.dumps(beside | _said(row, described) | row) + "\n")
            content.check_growth(size, path.stat().st_size, name)
    return json_lines.lines(Path(file.name), con, name, at, flat=True)
