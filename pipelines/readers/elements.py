"""Elements of an XML document as rows: what a row holds, what it carries, and what stands beside it. See readers/xml.py."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import iterparse

DEPTH_LIMIT = 200
CARRIED_LIMIT = 200  # values of one element that are carried to the rows in it
LONG = 1000  # letters: a longer text that many rows would share stays where it stands
PAIR = re.compile(r"(name|attribute|key)$", re.IGNORECASE), re.compile(r"(data|value)$", re.IGNORECASE)

Values = dict[str, str | list[str]]


@dataclass
class Open:
    """An element that has begun and not ended: what it carries to the rows in it.

    texts: those of its simple children, by tag, in order. beside: tag of another child -> its attributes and simple
    texts; nothing where there are several of the tag. rows: whether it holds rows, and so stands beside none.
    """

    element: Element
    values: Values
    children: bool = False
    texts: Values = field(default_factory=dict)
    beside: dict[str, Values] = field(default_factory=dict)
    rows: bool = False

    def named(self, held: Values, *tags: str) -> Values:
        """Values as a row in it carries them, by dotted name."""
        return {".".join((self.element.tag, *tags, key)): value for key, value in held.items()}


def walk(path: Path) -> Iterator[tuple[str, Element, list[str]]]:
    """Each start and end of an element, and the path to it; of tags without their namespace."""
    steps: list[str] = []
    for event, element in iterparse(str(path), events=("start", "end"), forbid_dtd=False):
        if event == "start":
            element.tag = element.tag.rpartition("}")[2]
            steps.append(element.tag)
            if len(steps) > DEPTH_LIMIT:
                raise RecursionError
        yield event, element, steps
        if event == "end":
            steps.pop()


def rows_at(path: Path, at: str) -> Iterator[tuple[Values, Values]]:
    """Each row, with what it holds and carries, and what stands beside it."""
    target = at.split("/")
    opened: list[Open] = []
    inside = False
    for event, element, steps in walk(path):
        if event == "start":
            if not inside:
                if opened:
                    opened[-1].children = True
                opened.append(Open(element, _attributes(element, "")))
                inside = steps == target
        elif not inside or len(steps) == len(target):
            ended = opened.pop()
            if inside:
                carried, beside = {}, {}
                for one in opened:
                    carried |= one.named(one.values)
                    for tag, held in one.beside.items():
                        beside |= one.named(held, tag)
                yield {**carried, **flat(element, "")}, beside
                inside = False
                for one in opened:
                    one.rows = True
            elif opened and not ended.rows:
                _carry(ended, opened)
            forget(element, opened)


def _carry(ended: Open, opened: list[Open]) -> None:
    """A simple value goes to the element it stands in; a named one also through a wrapper."""
    element, holder = ended.element, opened[-1]
    pair = _pair(ended.texts) if not element.attrib else None
    if pair or _named(element):
        name, text = pair or (element.attrib["name"], text_of(element))
        for one in opened[-2:]:
            _keep(one.values, name, text)
        return
    if not ended.children:
        add(holder.texts, element.tag, text_of(element))
        _keep(holder.values, element.tag, text_of(element))
    beside = {k: v for k, v in {**_attributes(element, ""), **ended.texts}.items() if 0 < len(v) <= LONG}
    if element.tag in holder.beside or len(holder.beside) >= CARRIED_LIMIT or len(beside) >= CARRIED_LIMIT:
        beside = {}
    if beside or element.tag in holder.beside:
        holder.beside[element.tag] = beside


def _keep(values: Values, name: str, text: str) -> None:
    """A value to carry, within limits: each row takes a copy."""
    held = values.get(name, [])
    few = len(values) < CARRIED_LIMIT if not held else isinstance(held, str) or len(held) < CARRIED_LIMIT
    if 0 < len(text) <= LONG and few:
        add(values, name, text)


def _pair(texts: Values) -> tuple[str, str] | None:
    """The name and the value, where two simple children are one; the value may be empty."""
    if len(texts) != 2 or not all(tag.search(of) for tag, of in zip(PAIR, texts, strict=True)):
        return None
    name, value = texts.values()
    return (name, value) if isinstance(name, str) and isinstance(value, str) and name else None


def forget(element: Element, opened: list[Open]) -> None:
    """Give up what an element that has ended held: a document may be larger than the memory."""
    element.clear()
    if opened:
        opened[-1].element.remove(element)


def flat(element: Element, prefix: str) -> Values:
    """The attributes and texts of an element and all it holds, by dotted name."""
    values = _attributes(element, prefix)
    for child in element:
        child.tag = child.tag.rpartition("}")[2]
        if _named(child):
            add(values, prefix + child.attrib["name"], text_of(child))
            continue
        pair = _paired(child)
        if pair:
            if pair[1]:
                add(values, prefix + pair[0], pair[1])
            continue
        if text_of(child) and not (len(child) and child.text.isspace()):
            add(values, prefix + child.tag, text_of(child))
        wrapper = len(child) and all(_named(one) or _paired(one) for one in child)
        for key, value in flat(child, prefix if wrapper else f"{prefix}{child.tag}.").items():
            for one in value if isinstance(value, list) else [value]:
                add(values, key, one)
    return values


def _attributes(element: Element, prefix: str) -> Values:
    return {prefix + key.rpartition("}")[2]: value for key, value in element.attrib.items() if value}


def _named(element: Element) -> bool:
    return not len(element) and set(element.attrib) == {"name"} and bool(text_of(element))


def _paired(element: Element) -> tuple[str, str] | None:
    if len(element) != 2 or element.attrib or any(len(one) or one.attrib for one in element):
        return None
    return _pair({one.tag.rpartition("}")[2]: text_of(one) for one in element})


def text_of(element: Element) -> str:
    """Its own text, without the blanks around it."""
    return (element.text or "").strip()


def add(values: Values, key: str, value: str) -> None:
    """What comes a second time makes a list."""
    held = values.get(key)
    if held is None:
        values[key] = value
    elif isinstance(held, list):
        held.append(value)
    else:
        values[key] = [held, value]
