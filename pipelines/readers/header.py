"""Which row names the columns: it may stand under title rows, and under one that only groups the columns.

Two rows that both name columns are refused.
"""

import re
from itertools import count, pairwise

from pipelines.errors import Refused

COLUMN_LIMIT = 2000
LOOKED_AT = 50  # rows that are not blank, in which the header is looked for

NUMBER = re.compile(r"[-+]?[$€£]?\d[\d.,' ]*%?")
DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?")
TYPE_OR_UNIT = {
    *("string", "text", "varchar", "int", "integer", "number", "numeric", "decimal", "float", "double"),
    *("date", "datetime", "timestamp", "time", "bool", "boolean", "utc", "gmt", "cet"),
    *("seconds", "minutes", "hours", "days", "min", "usd", "eur", "gbp", "percent", "count"),
}
NOTHING = {"", "?", "-", "--", "n/a", "na", "none", "null", "unknown", "nan"}


def find(rows: list[list[str]], width: int) -> int:
    """The index of the header: the first row that is about as full as the rows of the table are.

    rows: the first rows of the table. width: how many cells its rows have.
    """
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    counts = sorted(number for number in filled if number) or [0]
    typical = min(counts[round(0.9 * (len(counts) - 1))], width)
    looked = [at for at, number in enumerate(filled) if number][:LOOKED_AT]
    for at in looked:
        if filled[at] < max(1, 0.6 * typical):
            continue
        below = next((i for i in range(at + 1, len(rows)) if filled[i]), None)
        # "Generated, 2026-09-01" above a short table is a title, not its header.
        title = filled[at] < typical and has_values(rows[at]) and below and not has_values(rows[below])
        if not (title and filled[below] >= typical):
            return at
    return max(looked, key=lambda at: filled[at], default=0)


def under_groups(rows: list[list[str]], at: int) -> int:
    """The header itself, or the row under it, where the upper of two only groups columns and the lower names each."""
    if at + 1 >= len(rows) or not suffices(rows[at + 1]) or suffices(rows[at]):
        return at
    return at + 1 if _second_header(rows[at], rows[at + 1], rows[at + 2 :]) else at


def suffices(row: list[str]) -> bool:
    """Whether a row names every column, none as another."""
    cells = [" ".join(cell.split()).casefold() for cell in row]
    return len(cells) > 1 and all(cells) and len({*cells}) == len(cells) and not has_values(row)


def names(row: list[str], where: str) -> list[str]:
    """The header's cells, made unique; a blank one is named by its place."""
    if len(row) > COLUMN_LIMIT:
        raise Refused(
            f"{where} has {len(row):,} columns; up to {COLUMN_LIMIT:,} can be read.",
            "Export only the columns that are needed.",
        )
    taken: set[str] = set()
    unique = []
    for place, cell in enumerate(row, 1):
        base = " ".join(cell.split()) or f"column {place}"
        name = next(n for n in (base if i == 1 else f"{base} ({i})" for i in count(1)) if n not in taken)
        taken.add(name)
        unique.append(name)
    return unique


def repeats(row: list[str], unique: list[str]) -> dict[str, str]:
    """Of names made unique, what stands in the header."""
    written = (" ".join(cell.split()) for cell in row)
    return {name: cell for cell, name in zip(written, unique, strict=True) if cell and cell != name}


def check_single(rows: list[list[str]], at: int, where: str) -> None:
    """Refused where the row above or under the header is a header too."""
    second = next((i for i in range(at + 1, len(rows)) if any(rows[i])), None)
    double = None
    if at and _groups(rows[at - 1], rows[at]) and not suffices(rows[at]):
        double = (at, at + 1)
    elif second is not None and _second_header(rows[at], rows[second], rows[second + 1 :]):
        double = (at + 1, second + 1)
    if double:
        raise Refused(
            f"{where} has two header rows: row {double[0]} and row {double[1]}.",
            "Keep the one that names the columns, remove the other and load it again.",
        )


def _groups(above: list[str], header: list[str]) -> bool:
    """Whether the row above only groups the columns: a few words with gaps, over all of the width."""
    cells = [cell.strip() for cell in above]
    places = [place for place, cell in enumerate(cells) if cell]
    spread = len(places) >= 2 and any(b - a > 1 for a, b in pairwise(places))
    titled = any(cell.endswith(":") for cell in cells)
    return spread and len(above) == len(header) and not titled and not has_values(above)


def _second_header(header: list[str], under: list[str], later: list[list[str]]) -> bool:
    pairs = [(a, b) for a, b in zip(header, under, strict=False) if a.strip() and b.strip()]
    alike = sum(1 for a, b in pairs if _alike(a, b))
    if alike >= max(2, len([cell for cell in header if cell.strip()]) / 2):
        return True
    words = [cell.strip() for cell in under if cell.strip()]
    if not words or any(re.search(r"\d", word) for word in words):
        return False
    typed = sum(1 for word in words if word.strip("()[] ").lower() in TYPE_OR_UNIT)
    if len(words) >= 2 and typed >= len(words) / 2:
        return True
    # Words where all that follows are numbers and dates.
    odd = [p for p, cell in enumerate(under) if cell.strip().lower() not in NOTHING and _all_values(later, p)]
    return len(odd) >= 2 or (len(odd) == 1 and alike >= 1)


def _alike(a: str, b: str) -> bool:
    a, b = (re.sub(r"[\W_]", "", cell).lower() for cell in (a, b))
    return (
        bool(a)
        and bool(b)
        and not _value(a)
        and (a == b or (min(len(a), len(b)) >= 4 and (a in b or b in a)))
    )


def _all_values(rows: list[list[str]], place: int) -> bool:
    cells = [row[place].strip() for row in rows if place < len(row)]
    cells = [cell for cell in cells if cell.lower() not in NOTHING]
    return len(cells) >= 3 and all(_value(cell) for cell in cells)


def has_values(row: list[str]) -> bool:
    return any(_value(cell.strip()) for cell in row)


def _value(cell: str) -> bool:
    return bool(NUMBER.fullmatch(cell) or DATE.fullmatch(cell))
