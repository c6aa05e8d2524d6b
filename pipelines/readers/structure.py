"""Where the tables of a sheet are: their headers, records and ends; merged cells given to all rows they span.

A blank row ends a table only where what follows has a header of its own; a blank column parts two tables only where
they have rows or names of their own. So records with blank rows between stay together.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pipelines.readers import footer, header

LOOKED_AT = 200  # rows of a table, and blocks of a sheet, that are looked at
PREAMBLE = 50

Rows = list[list[Any]]
Merged = list[tuple[tuple[int, int], tuple[int, int]]]


@dataclass(frozen=True)
class Part:
    """One table of a sheet. rows: header and records; top, left: where the header begins in the sheet (0 = first).

    above: up to 50 rows above the header, as text. start: the header and the first records, as text.
    aside: rows that are no records, counted from the header (0) -> what they are.
    """

    rows: Rows
    top: int
    left: int
    above: list[list[str]]
    start: list[list[str]]
    aside: dict[int, str] = field(default_factory=dict)


def parts(rows: Rows, text: Callable[[Any], str]) -> list[Part]:
    """Every table of a sheet, the main one of each region first; rows are of one length, "" where empty."""
    return [part for left, region in _beside(rows, text) for part in _below(region, left, text)]


def spread(rows: Rows, merged: Merged) -> list[tuple[int, int, int]]:
    """Give a merged cell's value to all the rows it spans that hold anything: (first row, last row, column) of each."""
    done = []
    for (top, left), (bottom, _) in merged:
        if top == bottom or top >= len(rows) or left >= len(rows[top]) or rows[top][left] == "":
            continue
        value, last = rows[top][left], top
        for at in range(top + 1, min(bottom + 1, len(rows))):
            if rows[at][left] == "" and not _blank(rows[at]):
                rows[at][left], last = value, at
        if last > top:
            done.append((top, last, left))
    return done


def _blank(row: list[Any]) -> bool:
    return row[0] == "" and row.count("") == len(row)


def _texts(rows: Rows, text: Callable[[Any], str]) -> list[list[str]]:
    return [[text(cell) for cell in row] for row in rows]


def _beside(rows: Rows, text: Callable[[Any], str]) -> list[tuple[int, Rows]]:
    """The sheet, or each group of its columns that is a table apart: (first column, rows)."""
    width = len(rows[0])
    gaps = [
        place
        for place in range(1, width - 1)
        if all(row[place] == "" for row in rows[:LOOKED_AT]) and all(row[place] == "" for row in rows)
    ]
    if not gaps or len(gaps) > LOOKED_AT:
        return [(0, rows)]
    edges = [-1, *gaps, width]
    spans = [(a + 1, b) for a, b in itertools.pairwise(edges) if b - a > 1]
    sides = [(left, _ended([row[left:right] for row in rows])) for left, right in spans]
    heads = [_head(side, text) for _, side in sides]
    apart = all(head is not None for head in heads) and any(
        _apart(a, b) for a, b in itertools.pairwise(heads)
    )
    return sides if apart else [(0, rows)]


def _ended(rows: Rows) -> Rows:
    end = len(rows)
    while end and _blank(rows[end - 1]):
        end -= 1
    return rows[:end]


def _head(side: Rows, text: Callable[[Any], str]) -> tuple[int, int, set[str]] | None:
    """The row of a side's header, its last row, and its names, where it is filled like a table."""
    start = _texts(side[:LOOKED_AT], text)
    if not any(any(cell.strip() for cell in row) for row in start):
        return None
    at = header.find(start, len(start[0]))
    names = [cell.strip().casefold() for cell in start[at]]
    body = [row for row in start[at + 1 :] if any(row)]
    full = len(names) > 1 and all(names) and not header.has_values(start[at])
    dense = bool(body) and all(sum(map(bool, row)) >= 0.6 * len(names) for row in body)
    return (at, len(side), {*names}) if full and dense else None


def _apart(a: tuple[int, int, set[str]], b: tuple[int, int, set[str]]) -> bool:
    """Whether two sides have headers or ends in other rows, or the same names."""
    return a[:2] != b[:2] or len(a[2] & b[2]) * 2 >= min(len(a[2]), len(b[2]))


def _below(rows: Rows, left: int, text: Callable[[Any], str]) -> list[Part]:
    """The tables of one region, one below the other; the main one first."""
    start = _texts(rows[:LOOKED_AT], text)
    main = header.under_groups(start, header.find(start, len(rows[0])))
    return [_part(rows, left, top, end, text) for top, end in extents(rows, main, text)]


def extents(rows: Rows, main: int, text: Callable[[Any], str]) -> list[tuple[int, int]]:
    """The table whose header is the row `main`, those below it and those above: (row of the header, end) of each."""
    found = [(main, len(rows))]
    for first, end in _blocks(rows, main + 1)[:LOOKED_AT]:
        top = _begins(rows, found[-1][0], first, end, text)
        if top is not None:
            found[-1] = (found[-1][0], first)
            found.append((top, len(rows)))
    for first, end in _blocks(rows[:main], -1):
        block = _texts(rows[first : min(end, first + LOOKED_AT)], text)
        at = header.find(block, len(rows[0]))
        if _alone(block[at:]):
            found.append((first + at, end))
    return found


def _blocks(rows: Rows, after: int) -> list[tuple[int, int]]:
    """Each run of rows with a blank row before it, that begins after a row: (first, end)."""
    blank = [at for at in range(max(after, 0), len(rows)) if _blank(rows[at])]
    edges = [*([-1] if after < 0 else []), *blank, len(rows)]
    return [(a + 1, b) for a, b in itertools.pairwise(edges) if b - a > 1]


def _span(row: list[str]) -> tuple[int, int]:
    filled = [place for place, cell in enumerate(row) if cell.strip()]
    return (filled[0], filled[-1] + 1) if filled else (0, 0)


def _begins(rows: Rows, above: int, first: int, end: int, text: Callable[[Any], str]) -> int | None:
    """The row of the header with which a block begins a table of its own, below the one whose header is `above`."""
    block = _texts(rows[first : min(end, first + LOOKED_AT)], text)
    at = header.find(block, len(rows[0]))
    if not _heads(block, at):
        return None
    names, held = block[at], [text(cell) for cell in rows[above]]
    if len([c for c in names if c.strip()]) > 1 and {*map(str.casefold, names)} - {""} <= {
        *map(str.casefold, held)
    }:
        return first + at
    span, body = _span(names), _texts(rows[max(above + 1, first - LOOKED_AT) : first], text)
    values = _columns_of_values(block[at + 1 :], span)
    above_values = [place for place in range(*span) if _mostly_values(body, place)]
    if values and (span != _span(held) or at or len(above_values) > 1 or {*above_values} & {*values}):
        return first + at
    fewest = min((sum(map(bool, row)) for row in body if any(row)), default=0)
    narrow = span[1] - span[0] < fewest or not _span(held)[0] <= span[0] < span[1] <= _span(held)[1]
    return first + at if narrow and len(block) > at + 2 and _dense(block[at + 1 :], span) else None


def _heads(block: list[list[str]], at: int) -> bool:
    """Whether a row names every column of what follows it in its block."""
    first, end = _span(block[at])
    names = [cell.strip().casefold() for cell in block[at][first:end]]
    whole = len(names) > 1 and all(names) and len({*names}) == len(names) and not header.has_values(block[at])
    below = [_span(row) for row in block[at + 1 :]]
    inside = [first <= a and b <= end for a, b in below]
    return whole and bool(below) and inside[0] and sum(inside) * 3 >= len(inside) * 2


def _alone(block: list[list[str]]) -> bool:
    """Whether a block above the main table is a table too, by itself."""
    if len(block) < 3 or not _heads(block, 0) or any(cell.strip().endswith(":") for cell in block[0]):
        return False
    span = _span(block[0])
    wide = span[1] - span[0] > 2
    return _dense(block[1:], span) and (wide or bool(_columns_of_values(block[1:], span)))


def _dense(rows: list[list[str]], span: tuple[int, int]) -> bool:
    return bool(rows) and all(sum(map(bool, row)) >= 0.6 * (span[1] - span[0]) for row in rows)


def _columns_of_values(rows: list[list[str]], span: tuple[int, int]) -> list[int]:
    """The columns that hold nothing but numbers and dates."""
    held = {place: [row[place] for row in rows if row[place].strip()] for place in range(*span)}
    return [place for place, cells in held.items() if cells and all(header.has_values([c]) for c in cells)]


def _mostly_values(rows: list[list[str]], place: int) -> bool:
    cells = [row[place] for row in rows if row[place].strip()]
    return sum(header.has_values([cell]) for cell in cells) > 0.8 * len(cells) > 0


def _part(rows: Rows, left: int, top: int, end: int, text: Callable[[Any], str]) -> Part:
    """The table from a header to an end, in the columns that hold anything there."""
    held = _ended(rows[top:end])
    places = range(len(held[0]))
    first = next(place for place in places if any(row[place] != "" for row in held))
    last = next(place + 1 for place in reversed(places) if any(row[place] != "" for row in held))
    if last - first < len(places):
        held = [row[first:last] for row in held]
    names, body = held[0], held[1:]
    tail = _texts(body[-LOOKED_AT - footer.LOOKED_AT :], text)
    shift = len(held) - len(tail)
    start = _texts(held[:LOOKED_AT], text)
    ends = footer.found(start[0], tail, whole=shift == 1)
    again = enumerate(body, 1) if footer.repeats(start[0]) else ()
    aside = {at: footer.REPEATED for at, row in again if row[0] == names[0] and row == names}
    aside |= {at + 1: reason for at, reason in footer.within(body, text).items()}
    aside |= {at + shift: reason for at, reason in ends.items()}
    return Part(held, top, left + first, _texts(rows[max(0, top - PREAMBLE) : top], text), start, aside)
