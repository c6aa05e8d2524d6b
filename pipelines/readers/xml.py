"""XML, streamed: each occurrence of the repeating element is a row.

A row's columns are its attributes and the texts of what it holds, by element name ("plugin_output",
"DETAILS.PORT"; an attribute of an inner element is "DETAILS.type"). What repeats inside a row is a JSON array.
A row also carries what it stands in, under that element's name: its attributes, the texts of its simple children,
and its named values: <tag name="HOST_START">...</tag> counts under the name it bears, "ReportHost.HOST_START",
also where a wrapper (HostProperties) stands between. Only what comes before the row in the file can be carried.
Document types, entities and external references are refused. Rows are counted from 1.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from xml.etree.ElementTree import Element, ParseError

import duckdb
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from pipelines.errors import Refused
from pipelines.readers import json as json_lines
from pipelines.readers.table import Table

CANDIDATES = 5
DEPTH_LIMIT = 200
CARRIED_LIMIT = 200  # values of one element that are carried to the rows in it

Values = dict[str, str | list[str]]


def tables(path: Path, con: duckdb.DuckDBPyConnection, work: Path, name: str, rows: list[str]) -> list[Table]:
    """The elements at `rows` (their path, or the end of it), else each that repeats, most frequent first."""
    try:
        paths = _repeating(path)
        ends = tuple("/" + at.strip("/") for at in rows if at.strip("/"))
        chosen = [at for at in paths if ends and f"/{at}".endswith(ends)]
        chosen = chosen or [at for at, times in paths.most_common(CANDIDATES) if times > 1]
        return [_table(path, con, work, name, at) for at in chosen]
    except RecursionError as error:
        raise Refused(
            f"{name} is nested more than {DEPTH_LIMIT} elements deep.", "Export it again as plain records."
        ) from error
    except DefusedXmlException as error:
        raise Refused(
            f"{name} declares a document type or entities, which can reach outside the file.",
            "Export it without a DOCTYPE.",
        ) from error
    except (ParseError, LookupError, ValueError) as error:
        raise Refused(f"{name} is not sound XML: {error}.", "Export it again.") from error


@dataclass
class Open:
    """An element that has begun and not ended: what it carries to the rows in it."""

    element: Element
    values: Values
    children: bool = False


def _walk(path: Path) -> Iterator[tuple[str, Element, list[str]]]:
    steps: list[str] = []
    for event, element in iterparse(str(path), events=("start", "end"), forbid_dtd=True):
        if event == "start":
            element.tag = element.tag.rpartition("}")[2]
            steps.append(element.tag)
            if len(steps) > DEPTH_LIMIT:
                raise RecursionError
        yield event, element, steps
        if event == "end":
            steps.pop()


def _repeating(path: Path) -> Counter[str]:
    """Path of each element that holds more than a text -> how often it occurs."""
    counts: Counter[str] = Counter()
    opened: list[Open] = []
    for event, element, steps in _walk(path):
        if event == "start":
            if opened:
                opened[-1].children = True
            opened.append(Open(element, {}))
            continue
        ended = opened.pop()
        if ended.children or (element.attrib and not _text(element)):
            counts["/".join(steps)] += 1
        _forget(element, opened)
    return counts


def _rows(path: Path, at: str) -> Iterator[Values]:
    target = at.split("/")
    opened: list[Open] = []
    inside = False
    for event, element, steps in _walk(path):
        if event == "start":
            if not inside:
                if opened:
                    opened[-1].children = True
                opened.append(Open(element, _attributes(element, "")))
                inside = steps == target
        elif not inside or len(steps) == len(target):
            ended = opened.pop()
            if inside:
                carried = {
                    f"{one.element.tag}.{key}": value for one in opened for key, value in one.values.items()
                }
                yield {**carried, **_flat(element, "")}
                inside = False
            elif not ended.children:
                _carry(element, opened)
            _forget(element, opened)


def _carry(element: Element, opened: list[Open]) -> None:
    """A simple value goes to the element it stands in; a named one also through a wrapper."""
    named = _named(element)
    for holder in opened[-2:] if named else opened[-1:]:
        if _text(element) and len(holder.values) < CARRIED_LIMIT:
            _add(holder.values, element.attrib["name"] if named else element.tag, _text(element))


def _forget(element: Element, opened: list[Open]) -> None:
    element.clear()
    if opened:
        opened[-1].element.remove(element)


def _flat(element: Element, prefix: str) -> Values:
    """The attributes and texts of an element and all it holds, by dotted name."""
    values = _attributes(element, prefix)
    for child in element:
        child.tag = child.tag.rpartition("}")[2]
        if _named(child):
            _add(values, prefix + child.attrib["name"], _text(child))
            continue
        if _text(child) and not (len(child) and child.text.isspace()):
            _add(values, prefix + child.tag, _text(child))
        wrapper = len(child) and all(_named(one) for one in child)
        for key, value in _flat(child, prefix if wrapper else f"{prefix}{child.tag}.").items():
            for one in value if isinstance(value, list) else [value]:
                _add(values, key, one)
    return values


def _attributes(element: Element, prefix: str) -> Values:
    return {prefix + key.rpartition("}")[2]: value for key, value in element.attrib.items() if value}


def _named(element: Element) -> bool:
    return not len(element) and set(element.attrib) == {"name"} and bool(_text(element))


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _add(values: Values, key: str, value: str) -> None:
    """What comes a second time makes a list."""
    held = values.get(key)
    if held is None:
        values[key] = value
    elif isinstance(held, list):
        held.append(value)
    else:
        values[key] = [held, value]


def _table(path: Path, con: duckdb.DuckDBPyConnection, work: Path, name: str, at: str) -> Table:
    with NamedTemporaryFile("w", dir=work, suffix=".jsonl", encoding="utf-8", delete=False) as file:
        for row in _rows(path, at):
            file.write(json.dumps(row) + "\n")
    return json_lines.lines(Path(file.name), con, name, at, flat=True)
