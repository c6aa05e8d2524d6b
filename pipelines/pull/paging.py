"""How an API's pages follow each other, and what shows that they moved while they were read.

Records are created, changed and deleted between two pages. Nothing may be lost or doubled by that: pages by offset begin
with the record that the page before ended with, and are read again from where that is so; each record is taken once; and
whatever only repeats comes to an end.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipelines.pull.answers import at
from pipelines.pull.connection import Failed

AGAIN = (
    20  # how often a pull goes back because records moved, and how many pages in a row may bring nothing new
)
REPEATS, PASSES = 2, 4
EMPTY, MOST = 1_000, 100_000  # pages in a row without a record, and pages of one pull
LATER = "Pull again when less is changed there; what was loaded before stays as it is."
RESTLESS = ("Records keep moving between the pages while they are read, so some could be missed.", LATER)
REPEATING = ("The same records are answered again and again, and there should be more.", LATER)


class Paging(BaseModel):
    """by: how the next page is asked for; "cursor" is a text or an address in the answer, "link" the header of that name.

    param, limit: the fields of a request that hold the place (an offset, a page's number or a cursor) and the size. into: where
    the place goes. first: the number of the first page. cursor, total, more: where the answer says how it goes on, as
    dotted paths; a total may stand in a header ("header:X-Total-Count"), and pages by offset may hold more than it says.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Literal["none", "offset", "page", "cursor", "link"] = "none"
    param: str = ""
    limit: str = ""
    size: int = Field(100, gt=1)
    into: Literal["params", "body"] = "params"
    first: int = 1
    cursor: str = ""
    total: str = ""
    more: str = ""


@dataclass(frozen=True)
class Page:
    """keys: of its records, in order. met: the first of them had come already, as it is. fresh: those that had not, as
    received.
    """

    keys: list[str]
    met: bool
    fresh: list[str]
    beside: Any
    headers: Any
    next: str = ""

    def told(self, path: str) -> Any:
        """What the answer says at a path, or in a header."""
        return (
            self.headers.get(path.removeprefix("header:"))
            if path.startswith("header:")
            else at(self.beside, path)
        )


# Asks for a page: (fields of the request, address instead of the connection's) -> the page.
Ask = Callable[[dict[str, Any], str], Page]


def pages(paging: Paging, ask: Ask) -> Iterator[Page]:
    """Every page, one after the other."""
    size = {paging.limit: paging.size} if paging.limit else {}
    match paging.by:
        case "none":
            found = iter([ask(size, "")])
        case "offset":
            found = _by_offset(paging, ask, size)
        case "page":
            found = _by_page(paging, ask, size)
        case _:
            found = _by_cursor(paging, ask, size)
    yield from islice(found, MOST)
    if next(found, None):
        raise Failed(f"There are more than {MOST:,} pages.", "Ask for larger ones, or for less at once.")


def _by_offset(paging: Paging, ask: Ask, size: dict[str, int]) -> Iterator[Page]:
    offset, reached, longest, doubted, moves, idle, empty, laps = 0, 0, 1, None, 0, 0, 0, False
    apart: set[str] = set()
    while True:
        page = ask({**size, paging.param: offset}, "")
        yield page
        count, total = len(page.keys), _number(page.told(paging.total)) if paging.total else None
        longest, beyond = max(longest, count), offset + count > reached
        reached = max(reached, offset + count) if page.fresh else reached
        met = page.met and page.keys[0] not in apart
        if offset and not met and ((count and laps) or ((count or laps) and offset != doubted)):
            # What stood here has moved ahead, for something before it is gone: back to where the pages meet.
            apart.update(page.keys)
            moves += 1
            if moves > AGAIN:
                raise Failed(*RESTLESS)
            doubted, offset = offset, max(0, offset - max(1, longest - 1))
            continue
        apart.clear()
        if offset == doubted or page.fresh:
            doubted = None
        idle = idle + 1 if beyond and count > 1 and not page.fresh else 0
        empty = 0 if count else empty + 1
        if 0 < idle <= REPEATS:
            continue
        # A total may be too low, or count rows that this account may not see; the end is where nothing stands behind.
        if total is not None and offset + max(1, count) < total:
            ended = False
        elif paging.more:
            ended = not page.told(paging.more)
        else:
            ended = count == 0 or (count == 1 and total is not None) or (idle > 0 and count < paging.size)
        if ended:
            return
        if idle > AGAIN or empty > EMPTY:
            raise Failed(*REPEATING)
        laps = count > 1
        offset += max(1, (count or longest) - 1)


def _by_page(paging: Paging, ask: Ask, size: dict[str, int]) -> Iterator[Page]:
    """Numbered pages do not show what moved to a page that was read already: they are read again until nothing new comes."""
    for again in range(PASSES):
        number, read, came, idle = paging.first, 0, 0, 0
        while True:
            page = ask({**size, paging.param: number}, "")
            yield page
            read, came = read + len(page.keys), came + len(page.fresh)
            idle = 0 if page.fresh or again else idle + 1
            if page.keys and 0 < idle <= REPEATS:
                continue
            total = _number(page.told(paging.total)) if paging.total else None
            told = page.told(paging.more) if paging.more else not idle
            if not page.keys or idle or (read >= total if total is not None else not told):
                break
            number += 1
        if number == paging.first or (again and not came):
            return
    raise Failed(*RESTLESS)


def _by_cursor(paging: Paging, ask: Ask, size: dict[str, int]) -> Iterator[Page]:
    asked, idle, sent, url = set(), 0, dict(size), ""
    while True:
        page = ask(sent, url)
        yield page
        cursor = page.next if paging.by == "link" else page.told(paging.cursor)
        if not cursor or (paging.more and not page.told(paging.more)):
            return
        cursor = str(cursor)
        idle = 0 if page.fresh else idle + 1
        if cursor in asked or idle > AGAIN:
            raise Failed(*REPEATING)
        asked.add(cursor)
        if not paging.param or cursor.startswith(("https://", "http://")):
            sent, url = {}, cursor
        else:
            sent = {**size, paging.param: cursor}


def _number(told: Any) -> int | None:
    return int(told) if str(told).isdecimal() else None
