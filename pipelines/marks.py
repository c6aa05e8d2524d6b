"""Which mark an export writes before the fraction of a number: 98.2 or 98,2.

The whole file shows it (1.234,56 has one meaning), since one file is written in one language. Where columns of one
file contradict each other, each is read by what it shows itself; a number of two meanings is then refused: read the
wrong way, it is wrong by a factor of 1,000.
"""

from collections.abc import Callable, Collection

import duckdb

from pipelines.amounts import EITHER_COMMA, EITHER_DOT, PLAIN, Reading, macro
from pipelines.convert import MARK, given_sql, headed, number_columns
from pipelines.order import Shown
from pipelines.readers.table import literal
from pipelines.source import Mapping, Recognition

OTHER = {",": ".", ".": ","}
COMMAS = "numbers read with decimal commas"
TWO_WAYS = "numbers are written in two ways"
WORDS = {",": "a decimal comma", ".": "a decimal point"}
Evidence = dict[
    str, dict[str, tuple[Shown, int]]
]  # column of the record -> kind -> the first such number, how many


def looked(con: duckdb.DuckDBPyConnection, mapping: Mapping) -> set[str]:
    """The record's columns in which numbers are written in other than the plain way."""
    columns = number_columns(mapping)
    if not columns:
        return set()
    con.execute(given_sql(mapping, "look_numbers", columns))
    texts = {column: f"f{place}" for place, column in enumerate(columns)}
    if unusual := _where(con, texts, _unusual):
        con.execute(macro())
        return _where(con, {column: texts[column] for column in unusual}, _odd)
    return set()


def _where(
    con: duckdb.DuckDBPyConnection, texts: dict[str, str], condition: Callable[[str], str]
) -> set[str]:
    """The columns of whose texts in `look_numbers` one meets a condition. texts: column of the record -> its text there."""
    met = ", ".join(f"coalesce(bool_or({condition(text)}), false)" for text in texts.values())
    found = con.execute(f"select {met} from look_numbers").fetchall()[0]
    return {column for column, is_so in zip(texts, found, strict=True) if is_so}


def refused_numbers(con: duckdb.DuckDBPyConnection, staged: str, recognition: Recognition) -> bool:
    """Whether some refused cell of staged rows is a number in another than the plain way."""
    named, whole = set(), set()
    for mapping in recognition.mappings:
        for column, kind in number_columns(mapping).items():
            named.add(headed(mapping, column))
            if kind.type == "integer" and not mapping.table.typed:
                whole.add(headed(mapping, column))
    refused = f"""select 1 from (select unnest(bad) as b from ({staged}) where bad is not null)
        where list_contains($named, b."column")"""
    if not named or not con.execute(f"{refused} limit 1", {"named": [*named]}).fetchall():
        return False
    con.execute(macro())
    return bool(
        con.execute(
            f"""{refused} and ({_odd('b."value"')}
              or (list_contains($whole, b."column") and figure_of(b."value").kind = '.?'))
            limit 1""",
            {"named": [*named], "whole": [*whole]},
        ).fetchall()
    )


def evidence(con: duckdb.DuckDBPyConnection, mapping: Mapping, target: str) -> Evidence:
    """What the numbers held in `target` by `given_sql` show, column by column.

    In a workbook or JSON a plain number says nothing: it has its point from the reader. A whole number with three
    figures after a point has thousands.
    """
    shown: Evidence = {}
    for place, (column, kind) in enumerate(number_columns(mapping).items()):
        text = f"f{place}"
        kinds = "figure.kind"
        if mapping.table.typed:
            written = f"rtrim(split_part(text, {literal(MARK)}, 1), '%')"
            kinds = f"case when figure.kind = '.' and regexp_matches({written}, {literal(PLAIN)}) then 'n' else {kinds} end"
        elif kind.type == "integer":
            kinds = f"case when figure.kind = '.?' and figure.n not like '%.000' then ',' else {kinds} end"
        told = con.execute(
            f"""with texts as (
              select {text} as text, min({mapping.table.row}) as row, count(*) as times
              from {target} where {text} is not null group by all),
            figures as (select *, figure_of(text) as figure from texts)
            select {kinds} as kind, min(row), arg_min(text, row), sum(times)::bigint from figures
            where figure.kind is not null group by kind having kind <> 'n'"""
        ).fetchall()
        for found, row, written, times in told:
            name = headed(mapping, column)
            where = Shown(
                mapping.table.name,
                row,
                mapping.table.repeats.get(name, name),
                written.partition(MARK)[0].strip(),
            )
            shown.setdefault(column, {})[found] = where, times
    return shown


def pooled(parts: list[Evidence]) -> Evidence:
    """What several tables of one export show together; the first table's rows are named."""
    whole: Evidence = {}
    for part in parts:
        for column, kinds in part.items():
            for kind, (shown, times) in kinds.items():
                first, before = whole.setdefault(column, {}).get(kind, (shown, 0))
                whole[column][kind] = first, before + times
    return whole


def decided(
    shown: Evidence, columns: Collection[str], typed: bool, currency: str
) -> tuple[dict[str, Reading], str]:
    """How each column is read, and what a person is told of it."""
    proofs: dict[str, Shown] = {}
    for kinds in shown.values():
        for mark in {",", "."} & {*kinds}:
            proofs.setdefault(mark, kinds[mark][0])
    readings = {c: _reading(shown.get(c, {}), proofs, typed, currency) for c in columns}
    return readings, _said(shown, proofs)


def had_commas(con: duckdb.DuckDBPyConnection, load: int | None) -> bool:
    """Whether the export of the load whose rows are mended was read with decimal commas."""
    if not load:
        return False
    said = con.execute("select unnest(notes) from load where load = ?", [load]).fetchall()
    return any(note.startswith((COMMAS, TWO_WAYS)) for (note,) in said)


def mended(currency: str) -> Reading:
    """For mended rows of such an export: some cells stand as they did in it, others a person typed."""
    why = "could be thousands or a fraction, as the export had decimal commas; write it without thousands"
    return Reading({",": ",", ".": "."}, dict.fromkeys((EITHER_COMMA, EITHER_DOT), why), currency)


def _reading(kinds: dict, proofs: dict[str, Shown], typed: bool, currency: str) -> Reading:
    """Of one column, by what it shows itself, else by what the file shows."""
    own = [mark for mark in (",", ".") if mark in kinds]
    if len(own) == 2:  # those of the mark that is rarer do not fit, and what has two meanings has none
        mark = max(own, key=lambda m: kinds[m][1])
        proof, other = kinds[mark][0], OTHER[mark]
        unclear = f"could be thousands or a fraction: {kinds[','][0]} has {WORDS[',']}, {kinds['.'][0]} {WORDS['.']}"
        refused = {other: f"has {WORDS[other]}, where {proof} has {WORDS[mark]}"}
        return Reading({mark: mark}, {EITHER_COMMA: unclear, EITHER_DOT: unclear} | refused, currency)
    if not own and len(proofs) == 2:
        unclear = (
            f"could be thousands or a fraction: {proofs[',']} has {WORDS[',']}, {proofs['.']} {WORDS['.']}"
        )
        refused = {EITHER_COMMA: unclear} | ({} if typed else {EITHER_DOT: unclear})
        return Reading({".": "."} | ({EITHER_DOT: "."} if typed else {}), refused, currency)
    mark = own[0] if own else next(iter(proofs), ".")
    if typed and mark == ",":  # what has a point may be a number of the workbook, or a text with thousands
        if own:
            why = f"could be thousands or a fraction: {kinds[','][0]} has {WORDS[',']}"
            return Reading({",": ",", ".": ".", EITHER_COMMA: ","}, {EITHER_DOT: why}, currency)
        return Reading({".": ".", EITHER_DOT: ".", EITHER_COMMA: ","}, {}, currency)
    return Reading({mark: mark, EITHER_COMMA: mark, EITHER_DOT: mark}, {}, currency)


def _said(shown: Evidence, proofs: dict[str, Shown]) -> str:
    if len(proofs) == 2:
        return (
            f"{TWO_WAYS}: {proofs[',']} has {WORDS[',']}, {proofs['.']} {WORDS['.']}; "
            "each column is read by what it shows itself"
        )
    if "," in proofs:
        return f"{COMMAS}: {proofs[',']} fits only so"
    either = next((kinds[EITHER_COMMA][0] for kinds in shown.values() if EITHER_COMMA in kinds), None)
    if either is None:
        return ""
    why = f"{proofs['.']} fits only so" if "." in proofs else "nothing in it says otherwise"
    return f"numbers read with commas for thousands, such as {either}: {why}"


def _unusual(text: str) -> str:
    """SQL condition: a text that is no plain number."""
    return f"not regexp_matches({text}, {literal(PLAIN)})"


def _odd(text: str) -> str:
    """SQL condition: a number that is not written in the plain way."""
    return f"({_unusual(text)} and figure_of({text}).kind is not null)"
