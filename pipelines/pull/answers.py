"""An API's answer: of JSON the records at a path, each in the text it came in, and what stands beside them; of XML their number."""

import json
from dataclasses import dataclass, field
from json.decoder import WHITESPACE
from pathlib import Path
from typing import Any

from pipelines.pull.connection import Failed

DECODER = json.JSONDecoder()


@dataclass
class Found:
    """records: each with its text as received. beside: the rest of the answer. lost: where the path came to an end."""

    records: list[tuple[Any, str]] = field(default_factory=list)
    beside: Any = None
    lost: str = ""


def found(text: str, path: str) -> Found:
    """The records of an answer; ValueError where it is no JSON. path: dotted, "" where the answer is the list itself."""
    took = Found()
    steps = [path] if path.startswith("@") else [step for step in path.split(".") if step]
    took.beside, end = _walk(text, _skip(text, 0), steps, took)
    if _skip(text, end) != len(text):
        raise ValueError("more stands behind it")
    return took


def at(value: Any, path: str) -> Any:
    """What stands at a dotted path; None where nothing does. A name that holds dots itself is found too."""
    if isinstance(value, dict) and path in value:
        return value[path]
    for step in path.split("."):
        if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def stands(record: Any, path: str) -> bool:
    """Whether a record has this path, be it empty or not."""
    above, _, name = path.rpartition(".")
    holder = at(record, above) if above else record
    return isinstance(holder, dict) and name in holder


def _walk(text: str, pos: int, steps: list[str], took: Found) -> tuple[Any, int]:
    start = text[pos : pos + 1]
    if not steps and start == "[":
        return None, _records(text, pos + 1, took)
    if not steps or start != "{":
        took.lost = steps[0] if steps else "a list"
        return DECODER.raw_decode(text, pos)
    beside, met = {}, False
    pos = _skip(text, pos + 1)
    while text[pos : pos + 1] != "}":
        name, pos = DECODER.raw_decode(text, pos)
        pos = _expect(text, pos, ":")
        if name == steps[0]:
            met = True
            beside[name], pos = _walk(text, pos, steps[1:], took)
        else:
            beside[name], pos = DECODER.raw_decode(text, pos)
        pos = _skip(text, pos)
        if text[pos : pos + 1] != "}":
            pos = _expect(text, pos, ",")
    if not met:
        took.lost = steps[0]
    return beside, pos + 1


def _records(text: str, pos: int, took: Found) -> int:
    pos = _skip(text, pos)
    decode, records = DECODER.raw_decode, took.records
    while text[pos : pos + 1] != "]":
        record, end = decode(text, pos)
        records.append((record, text[pos:end]))
        pos = _skip(text, end)
        if text[pos : pos + 1] != "]":
            pos = _expect(text, pos, ",")
    return pos + 1


def _skip(text: str, pos: int) -> int:
    return WHITESPACE.match(text, pos).end()


def _expect(text: str, pos: int, sign: str) -> int:
    pos = _skip(text, pos)
    if text[pos : pos + 1] != sign:
        raise ValueError(f"no {sign!r} at character {pos:,}")
    return _skip(text, pos + 1)


def counted(path: Path, records: str, cursor: str, host: str) -> tuple[int, str]:
    """How many of the elements `records` an answer in XML holds, and the text of the element `cursor`. Failed where it is no XML."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, iterparse

    steps, number, told = [], 0, ""
    try:
        for event, element in iterparse(path, ("start", "end")):
            if event == "start":
                steps.append(element.tag)
                continue
            at_path = "/".join(steps[1:])
            number += at_path == records
            told = (element.text or "").strip() if at_path == cursor else told
            steps.pop()
            element.clear()
    except (ParseError, DefusedXmlException) as error:
        raise Failed(
            f"{host} answers with what is no sound XML: {error}.",
            "Check url and path, and that the account may use the API.",
        ) from None
    return number, told
