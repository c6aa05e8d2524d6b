"""Files as a place keeps them: what has settled, each content once; the base of folders and stores."""

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from time import monotonic
from typing import BinaryIO

from pydantic import Field

from pipelines.pull.connection import Connection, Failed, Fetched, Span, Visit
from pipelines.readers.table import called

BLOCK = 1 << 20
MEGABYTE = 1024**2
LISTED = 100_000  # names; more of them are a mistaken place
KEPT = 10_000  # files that are known although they are gone
AHEAD = 86_400  # seconds that a clock may be ahead of ours
LONGEST = 7200  # seconds in which a file has to have come


@dataclass(frozen=True)
class Item:
    """A file of a place. name: below the place, with "/". written: when, as nanoseconds since 1970. id: a short name of ours."""

    name: str
    size: int
    written: int
    id: str

    @property
    def told(self) -> str:
        return called(self.name)


class Files(Connection):
    """files: a pattern for the names to take ("*.csv"). below: folders inside it are looked into too.

    settled: a file is taken once nothing was written to it for so long. most: megabytes a file may have.
    """

    files: str = "*"
    below: bool = False
    settled: Span = timedelta(minutes=1)
    most: int = Field(2048, gt=0)

    @abstractmethod
    def opened(self, visit: Visit) -> "AbstractContextManager[Shelf]":
        """The place, ready to be looked into. Failed where it cannot be reached."""

    def test(self, visit: Visit) -> list[str]:
        with self.opened(visit) as shelf:
            found = self._wanted(shelf)
        new = [item for item in found if self._new(visit, item)]
        noun = "such file" if len(found) == 1 else "such files"
        told = f"{self.where} holds {len(found):,} {noun}; {len(new):,} would be looked at."
        return [told, *(f"  {item.told}" for item in new[:20])]

    def fetch(self, visit: Visit) -> Iterator[Fetched]:
        held = {mark[2] for key, mark in visit.marks.items() if key.startswith("file:")}
        here: set[str] = set()
        wrong: list[str] = []
        with self.opened(visit) as shelf:
            found = self._wanted(shelf)
            visit.noted.update(dict.fromkeys(self._forgotten(visit, found)))
            for item in found:
                if item.written / 1e9 > visit.now.timestamp() + AHEAD:
                    wrong.append(f"{item.told} is dated {_day(item)}, which lies ahead: it never settles")
                if not self._new(visit, item):
                    continue
                copy = visit.work / item.id
                try:
                    digest = self._copy(shelf, item, copy)
                except (Unfit, FileNotFoundError, PermissionError) as error:
                    wrong.append(f"{item.told} {_reason(error)}")
                    copy.unlink(missing_ok=True)
                    continue
                mark = {f"file:{item.name}": [item.size, item.written, digest]}
                if digest in held:
                    visit.noted.update(mark)
                    continue
                # Twice in this visit: the first may yet be refused, so the second is looked at again.
                if digest in here:
                    continue
                here.add(digest)
                yield Fetched(copy, item.name, marks=mark)
        if wrong:
            more = f" So it is with {len(wrong) - 1:,} more." if len(wrong) > 1 else ""
            raise Failed(
                f"{wrong[0]}.{more}",
                f"The others were taken. Mend it, or leave it out by files in [{self.name}].",
            )

    def _wanted(self, shelf: "Shelf") -> list[Item]:
        """The files of the pattern, oldest first. Those that begin with a dot or a tilde are a program's own."""
        found: list[Item] = []
        for count, item in enumerate(shelf.items(self.below)):
            if count == LISTED:
                raise Failed(
                    f"{self.where} holds more than {LISTED:,} files.", "Name a place that holds fewer."
                )
            base = item.name.rpartition("/")[2]
            if fnmatch(base, self.files) and base[:1] not in ".~":
                found.append(item)
        return sorted(found, key=lambda item: (item.written, item.name))

    def _new(self, visit: Visit, item: Item) -> bool:
        known = visit.marks.get(f"file:{item.name}")
        settled = item.written / 1e9 + self.settled.total_seconds() <= visit.now.timestamp()
        return settled and (not known or known[:2] != [item.size, item.written])

    def _forgotten(self, visit: Visit, found: list[Item]) -> list[str]:
        """The marks of files that are gone, but for the newest of them: one may come back."""
        here = {f"file:{item.name}" for item in found}
        gone = [mark for mark in visit.marks if mark.startswith("file:") and mark not in here]
        return sorted(gone, key=lambda mark: visit.marks[mark][1])[:-KEPT]

    def _copy(self, shelf: "Shelf", item: Item, to: Path) -> str:
        """Copy a file, so that what is loaded is what was looked at; its content's hash."""
        digest, read = hashlib.sha256(), 0
        limit = self.most * MEGABYTE
        if item.size > limit:
            raise Unfit(
                f"has {item.size / MEGABYTE:,.0f} MB, more than the {self.most:,} of most in [{self.name}]"
            )
        with shelf.open(item) as source, to.open("wb") as file:
            begun = monotonic()
            while block := source.read(BLOCK):
                if monotonic() - begun > LONGEST:
                    raise Unfit("took more than two hours to come")
                read += len(block)
                if read > limit:
                    raise Unfit(f"grew beyond the {self.most:,} MB of most in [{self.name}]")
                digest.update(block)
                file.write(block)
        os.utime(to, ns=(item.written, item.written))
        return digest.hexdigest()


class Unfit(OSError):
    """A file that is not taken, while the others are; why."""


class Shelf(ABC):
    """What a place is looked into by, while it is open."""

    @abstractmethod
    def items(self, below: bool) -> Iterator[Item]:
        """Every regular file, also of the folders inside where `below`. Failed where they cannot be listed."""

    @abstractmethod
    def open(self, item: Item) -> BinaryIO:
        """A file to be read from its start. OSError where it cannot be."""


def _day(item: Item) -> str:
    return f"{datetime(1970, 1, 1) + timedelta(seconds=min(item.written / 1e9, 2.5e11)):%Y-%m-%d}"


def _reason(error: OSError) -> str:
    return (
        str(error)
        if isinstance(error, Unfit)
        else f"cannot be read: {(error.strerror or str(error)).lower()}"
    )
