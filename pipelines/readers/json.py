"""JSON: an array of objects, JSON lines, or arrays of objects inside a document.

A column is a dotted path: "Compliance.Status", "Resources.0.Id"; an array or object as a whole is its JSON text.
A row of an array inside a document also carries the simple values of what it stands in, under that one's name:
"Results.Target"; those of the document itself under "$": "$.version"; and those of the objects beside it, under theirs:
"$.metadata.title". References by UUID are followed (readers/references.py). Rows are counted from 1.
"""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import duckdb

from pipelines.errors import Refused
from pipelines.readers import content, text
from pipelines.readers.elements import LONG
from pipelines.readers.header import COLUMN_LIMIT
from pipelines.readers.references import SUFFIX, References
from pipelines.readers.table import Table, cut, literal

DOCUMENT_LIMIT = 256 * 1024**2  # a document with arrays inside is held in memory
ARRAY_LIMIT = 64 * 1024**2  # up to this size an array is also looked into for arrays inside its records
OBJECT_LIMIT = 64 * 1024**2
LINE_LIMIT = 1024**2  # up to this size a file of one line may be JSON lines with one record
SAMPLE = 200
KEY_LIMIT = 10_000  # of one file; where it holds more, each may be there
DEPTH = 4
# An escaped pair, half of one (group 1), or any other escape.
HALF = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)", re.DOTALL)
CANDIDATES = 8


class Paths(dict):
    """Column -> SQL expression. A path that the sample did not show has an expression too: null where absent.

    steps: column -> the keys that lead to it. keys: those of all records of the file, None where they are too many.
    file: what stands before the columns in a read_json call that reads the same records; "" where one must not be made.
    """

    def __init__(
        self, steps: dict[str, list[str]], flat: bool, keys: set[str] | None, relation: str, file: str = ""
    ):
        super().__init__({column: _expression(way) for column, way in steps.items()})
        self.steps, self.flat, self.keys, self.relation, self.file = steps, flat, keys, relation, file

    def way(self, path: str) -> list[str]:
        return self.steps.get(path) or ([path] if self.flat else path.split("."))

    def __missing__(self, path: str) -> str:
        return _expression(self.way(path))

    def get(self, path: str, _: str | None = None) -> str:
        return self[path]

    def occurs(self, path: str) -> bool:
        """Whether a record may hold the path."""
        key = self.way(path)[0]
        return self.keys is None or key in self.keys or key.isdigit()  # one that is an array has no keys

    def plain(self, columns: list[str]) -> bool:
        """Whether DuckDB can tell the columns apart as those of a table, in which upper and lower case are one."""
        keys = [self.way(column) for column in columns]
        return all(len(way) == 1 for way in keys) and len({way[0].casefold() for way in keys}) == len(keys)


def _pointer(steps: list[str]) -> str:
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def _expression(steps: list[str]) -> str:
    return f"json_extract_string(json, {literal(_pointer(steps))})"


def taken(table: Table, columns: list[str]) -> Table:
    """The table with only these columns, found in one pass over each row: column by column, the memory that rows
    of ten kilobytes take is multiplied. What no record holds is null without a look.

    Columns at the top level are read as those of a table; where such a record cannot be, `otherwise` has them looked up.
    """
    paths = table.cells
    if not isinstance(paths, Paths):
        return table
    held = [column for column in columns if paths.occurs(column)]
    cells = dict.fromkeys(columns, "null::varchar") | {column: f"c{n}" for n, column in enumerate(held)}
    if not held:
        return replace(table, cells=cells)
    names = [f"c{n}" for n in range(len(held))]
    if paths.file and table.relation == paths.relation and paths.plain(held):
        kinds = ", ".join(f"{literal(paths.way(column)[0])}: 'varchar'" for column in held)
        texts = ", ".join(f"{_unless_exponent(name)} as {name}" for name in names)
        relation = (
            f"(select {texts} from {paths.file}, columns = {{{kinds}}}) as records({', '.join(names)}))"
        )
    else:
        pointers = ", ".join(literal(_pointer(paths.way(column))) for column in held)
        texts = ", ".join(f"held[{n}] as {name}" for n, name in enumerate(names, 1))
        relation = f"(select {texts} from (select json_extract_string(json, [{pointers}]) as held from {table.relation}))"
    return replace(table, relation=relation, cells=cells)


def _unless_exponent(cell: str) -> str:
    """SQL: the cell, or an error where it may be a number that read_json writes otherwise: 1e+22 for 1e22."""
    number = f"{cell} < ':' and contains({cell}, 'e') and regexp_full_match({cell}, '-?[0-9.]+e[+-][0-9]+')"
    return f"case when {number} then error({cell}) else {cell} end"


def tables(
    path: Path,
    con: duckdb.DuckDBPyConnection,
    work: Path,
    name: str,
    rows: list[str],
    encoding: str | None = None,
) -> list[Table]:
    """The arrays at `rows` ("" for a top-level array or lines), else each array of objects, biggest first."""
    plain = text.utf8(path, work, name, encoding)
    try:
        try:
            return _tables(plain, con, work, name, rows)
        except (Refused, ValueError):
            if not (mended := _without_halves(plain.path, work)):
                raise
            notes = [
                *plain.notes,
                "half a sign in it, such as of a picture that was cut off, stands as \ufffd",
            ]
            return _tables(replace(plain, path=mended, notes=notes), con, work, name, rows)
    except RecursionError as error:
        raise Refused(f"{name} is nested too deeply.", "Export it again as plain records.") from error
    except ValueError as error:  # such as a number of thousands of digits
        raise Refused(f"{name} is not sound JSON: {cut(str(error), 200)}.", "Export it again.") from error


def _without_halves(path: Path, work: Path) -> Path | None:
    """The file with \ufffd for each half of a surrogate pair, which tools leave where they cut texts; None where it has none."""
    with path.open("rb") as file:
        if not any(match[1] for line in file for match in HALF.finditer(line)):
            return None
    with path.open("rb") as file, NamedTemporaryFile(dir=work, suffix=".json", delete=False) as anew:
        anew.writelines(HALF.sub(lambda match: rb"\ufffd" if match[1] else match[0], line) for line in file)
    return Path(anew.name)


def _tables(
    plain: text.Text, con: duckdb.DuckDBPyConnection, work: Path, name: str, rows: list[str]
) -> list[Table]:
    with plain.path.open("rb") as file:
        if file.read(3) == codecs.BOM_UTF8:
            plain = replace(plain, path=text.transcoded(plain.path, work, "utf-8-sig"))
    shape = _shape(plain.path)
    top = shape == "newline_delimited" or (shape == "array" and ("" in rows or not any(rows)))
    if top:
        return _top(plain, con, work, name, rows, shape)
    document = _document(plain.path, name)
    chosen = [at for at in rows if at and _present(document, at.split("."))]
    if not chosen and shape == "array":
        return [lines(plain.path, con, name, "", shape, plain.notes)]
    if not chosen:
        arrays = _candidates(document)
        chosen = sorted(arrays, key=lambda at: -arrays[at])[:CANDIDATES]
    found = [_written(document, at, con, work, name, plain) for at in chosen]
    one_line = (not rows or "" in rows) and plain.line_feeds <= 1 and plain.path.stat().st_size < LINE_LIMIT
    if not found or one_line:  # a document that is one record, or the only one of JSON lines
        found.append(_written(document, "", con, work, name, plain))
    return found


def _top(
    plain: text.Text, con: duckdb.DuckDBPyConnection, work: Path, name: str, rows: list[str], shape: str
) -> list[Table]:
    """The records at the top level; of an array whose first ones hold arrays at `rows`, those too."""
    found = [lines(plain.path, con, name, "", shape, plain.notes)]
    if shape != "array" or plain.path.stat().st_size > ARRAY_LIMIT:
        return found
    sample = con.cursor().execute(f"select json from {found[0].relation} limit {SAMPLE}").fetchall()
    looked = [json.loads(one) for (one,) in sample]
    inside = [at for at in rows if at and _holds(looked, at.split("."))]
    document = _document(plain.path, name) if inside else None
    return found + [_written(document, at, con, work, name, plain) for at in inside]


def lines(
    path: Path,
    con: duckdb.DuckDBPyConnection,
    name: str,
    rows: str,
    shape: str = "newline_delimited",
    notes: list[str] | None = None,
    flat: bool = False,
) -> Table:
    """A table over a file of JSON objects. flat: their keys are whole columns, dots included."""
    file = f"({literal(str(path))}, format = '{shape}', compression = 'none', maximum_object_size = {OBJECT_LIMIT}"
    relation = f"read_json_objects{file})"
    cursor = con.cursor()
    try:
        keys = cursor.execute(
            f"select key from (select distinct unnest(json_keys(json)) as key from {relation}) limit {KEY_LIMIT + 1}"
        ).fetchall()
        sample = cursor.execute(f"select json from {relation} limit {SAMPLE}").fetchall()
    except duckdb.Error as error:
        _check(path, name, shape)
        raise Refused(
            f"{name} is not sound JSON: {cut(str(error).splitlines()[0], 200)}", "Export it again."
        ) from error
    if shape == "array" and not sample:
        raise Refused(
            f"{name} holds an empty array.", "Export it again, with the records of a longer period."
        )
    found: dict[str, list[str]] = {}
    for (one,) in sample:
        _leaves(json.loads(one), [], found, flat)
    columns = dict(islice(found.items(), COLUMN_LIMIT))
    known = {key for (key,) in keys} if len(keys) <= KEY_LIMIT else None
    paths = Paths(columns, flat, known, relation)
    said, typed = list(notes or []), not flat
    table = Table(rows, list(columns), relation, paths, "rowid + 1", notes=said, nested=True, typed=typed)
    records = f"read_json{file}, auto_detect = false, records = 'true', hive_partitioning = false"
    return replace(
        table,
        cells=Paths(columns, flat, known, relation, records),
        otherwise=lambda count: table if count is None else None,
    )


def _shape(path: Path) -> str:
    """array, newline_delimited, or document (an object with arrays inside)."""
    with path.open(encoding="utf-8-sig") as file:
        start = file.read(1).strip() or file.readline().strip()[:1] or "{"
        if start == "[":
            return "array"
    with path.open(encoding="utf-8-sig") as file:
        first = next(line for line in file if line.strip())
        more = any(line.strip() for line in file)
    try:
        return "newline_delimited" if isinstance(json.loads(first), dict) and more else "document"
    except json.JSONDecodeError:
        return "document"


def _document(path: Path, name: str) -> Any:
    size = path.stat().st_size
    if size > DOCUMENT_LIMIT:
        raise Refused(
            f"{name}: a JSON document of {size / 1024**2:,.0f} MB; up to {DOCUMENT_LIMIT // 1024**2} MB can be read.",
            "Export JSON lines (one object a line), or a shorter period.",
        )
    try:
        return json.loads(path.read_text("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise Refused(
            f"{name} is not sound JSON: {error.msg} in line {error.lineno}, column {error.colno}.",
            "Export it again.",
        ) from error


def _check(path: Path, name: str, shape: str) -> None:
    """Refused naming the line, where DuckDB has said that something is wrong."""
    if shape == "array":
        _document(path, name)
        return
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                json.loads(line)
            except json.JSONDecodeError as error:
                if line.strip():
                    raise Refused(
                        f"{name} is not sound JSON: {error.msg} in line {number}, column {error.colno}.",
                        "Export it again.",
                    ) from error


def _candidates(document: Any) -> dict[str, int]:
    """Path of each array of objects up to DEPTH steps down -> how many objects it holds in all."""
    found: dict[str, int] = {}

    def look(value: Any, steps: tuple[str, ...]) -> None:
        if isinstance(value, list):
            objects = [one for one in value if isinstance(one, dict)]
            if steps and (objects or not value):
                path = ".".join(steps)
                found[path] = found.get(path, 0) + len(objects)
            for one in objects:
                look(one, steps)
        elif isinstance(value, dict) and len(steps) < DEPTH:
            for key, below in value.items():
                if isinstance(below, dict | list) and "." not in key:
                    look(below, (*steps, key))

    look(document, ())
    return found


def _present(value: Any, steps: list[str]) -> bool:
    if isinstance(value, list):
        return not steps or any(_present(one, steps) for one in value)
    return (
        bool(steps) and isinstance(value, dict) and steps[0] in value and _present(value[steps[0]], steps[1:])
    )


def _holds(value: Any, steps: list[str]) -> bool:
    """Whether an array of objects stands at the path."""
    if isinstance(value, list):
        if not steps:
            return any(isinstance(one, dict) for one in value)
        return any(_holds(one, steps) for one in value)
    return bool(steps) and isinstance(value, dict) and _holds(value.get(steps[0]), steps[1:])


def _rows(document: Any, steps: list[str]) -> Iterator[tuple[dict, dict]]:
    """Each object of the arrays at the path, with the simple values of what it stands in."""

    def walk(
        value: Any, passed: tuple[str, ...], left: list[str], context: dict
    ) -> Iterator[tuple[dict, dict]]:
        if isinstance(value, list):
            for one in value:
                yield from walk(one, passed, left, context)
        elif not left:
            yield context, value if isinstance(value, dict) else {"value": value}
        elif isinstance(value, dict) and value.get(left[0]) is not None:
            beside = {k: _simple(one) for k, one in value.items() if isinstance(one, dict) and k != left[0]}
            simple = {**_simple(value), **{key: held for key, held in beside.items() if held}}
            name = passed[-1] if passed else "$"
            inside = {**context, name: simple} if simple else context
            yield from walk(value[left[0]], (*passed, left[0]), left[1:], inside)

    yield from walk(document, (), steps, {})


def _simple(value: dict) -> dict:
    """Its values that are neither objects nor arrays nor long texts, which each row takes a copy of."""
    return {
        key: one
        for key, one in value.items()
        if not isinstance(one, dict | list) and not (isinstance(one, str) and len(one) > LONG)
    }


def _written(
    document: Any, at: str, con: duckdb.DuckDBPyConnection, work: Path, name: str, plain: text.Text
) -> Table:
    """The table of the rows at a path, or of the document as one row."""
    references, size, whole = References(document), 0, plain.path.stat().st_size
    with NamedTemporaryFile("w", dir=work, suffix=".jsonl", encoding="utf-8", delete=False) as file:
        for context, row in _rows(document, at.split(".")) if at else [({}, document)]:
            line = json.dumps({**context, **row})
            if at and SUFFIX in line:
                line = json.dumps({**context, **references.followed(row)})
            size += file.write(line + "\n")
            content.check_growth(size, whole, name)
    return lines(Path(file.name), con, name, at, notes=plain.notes)


def _leaves(value: Any, steps: list[str], found: dict[str, list[str]], flat: bool) -> None:
    if steps:
        found.setdefault(".".join(steps), steps)
    if flat and steps:
        return
    if isinstance(value, list) and value and isinstance(value[0], dict):
        _leaves(value[0], [*steps, "0"], found, flat)
    elif isinstance(value, dict):
        for key, below in value.items():
            _leaves(below, [*steps, key], found, flat)
