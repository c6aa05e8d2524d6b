"""A folder in which tools leave their exports: files that have settled, each content once."""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

from pydantic import Field

from pipelines.pull.connection import Connection, Failed, Fetched, Span, Visit

BLOCK = 1 << 20


class Place(Connection):
    """path: the folder. files: a pattern for the names to take ("*.csv"). below: folders inside it are looked into too.

    settled: a file is taken once nothing was written to it for so long. most: megabytes a file may have.
    """

    kind: Literal["folder"]
    path: Path
    files: str = "*"
    below: bool = False
    settled: Span = timedelta(minutes=1)
    most: int = Field(2048, gt=0)

    @property
    def where(self) -> str:
        return f"{self.path}, files {self.files}"

    def test(self, visit: Visit) -> list[str]:
        found = self._files()
        new = [name for name, state in found if self._new(visit, name, state)]
        told = f"{self.path} holds {len(found):,} files named {self.files}; {len(new):,} would be looked at."
        return [told, *(f"  {name}" for name in new[:20])]

    def fetch(self, visit: Visit) -> Iterator[Fetched]:
        held = {mark[2] for key, mark in visit.marks.items() if key.startswith("file:")}
        for name, state in self._files():
            if not self._new(visit, name, state):
                continue
            if state.st_size > self.most * 1024**2:
                raise Failed(
                    f"{name} has {state.st_size / 1024**2:,.0f} MB, more than the {self.most:,} that are taken.",
                    f"Raise most in [{self.name}], or move the file away.",
                )
            copy = visit.work / f"{state.st_dev}-{state.st_ino}"
            digest = self._copy(name, copy)
            mark = {f"file:{name}": [state.st_size, state.st_mtime_ns, digest]}
            if digest in held:
                visit.noted.update(mark)
                continue
            held.add(digest)
            yield Fetched(copy, name, marks=mark)

    def _new(self, visit: Visit, name: str, state: os.stat_result) -> bool:
        known = visit.marks.get(f"file:{name}")
        settled = state.st_mtime + self.settled.total_seconds() <= visit.now.timestamp()
        return settled and (not known or known[:2] != [state.st_size, state.st_mtime_ns])

    def _files(self) -> list[tuple[str, os.stat_result]]:
        """The regular files of the pattern by name, oldest first. A link is not followed: it may lead anywhere."""
        try:
            paths = list(self._walk())
        except OSError as error:
            raise Failed(
                f"{self.path} cannot be read: {(error.strerror or str(error)).lower()}.",
                "Check that the folder is there and that this account may read it.",
            ) from error
        found = []
        for path in paths:
            state = path.lstat()
            if stat.S_ISREG(state.st_mode) and fnmatch(path.name, self.files) and path.name[0] not in ".~":
                found.append((path.relative_to(self.path).as_posix(), state))
        return sorted(found, key=lambda one: (one[1].st_mtime_ns, one[0]))

    def _walk(self) -> Iterator[Path]:
        def fail(error: OSError) -> None:
            raise error

        for folder, below, names in os.walk(self.path, onerror=fail):
            yield from (Path(folder) / name for name in names)
            if not self.below:
                below.clear()

    def _copy(self, name: str, to: Path) -> str:
        """Copy a file, so that what is loaded is what was looked at; its content's hash."""
        digest = hashlib.sha256()
        with (self.path / name).open("rb") as source, to.open("wb") as file:
            while block := source.read(BLOCK):
                digest.update(block)
                file.write(block)
        shutil.copystat(self.path / name, to)
        return digest.hexdigest()
