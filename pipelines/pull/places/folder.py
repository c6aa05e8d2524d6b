"""A folder in which tools leave their exports."""

import os
import stat
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO, Literal

from pipelines.pull.connection import Failed, Visit
from pipelines.pull.files import Files, Item, Shelf


class Place(Files):
    """path: the folder."""

    kind: Literal["folder"]
    path: Path

    @property
    def where(self) -> str:
        return f"{self.path}, files {self.files}"

    def opened(self, visit: Visit) -> "nullcontext[Shelf]":
        return nullcontext(Folder(self.path))


class Folder(Shelf):
    """The regular files of a folder. A link is not followed: it may lead anywhere."""

    def __init__(self, path: Path):
        self._path = path

    def items(self, below: bool) -> Iterator[Item]:
        def fail(error: OSError) -> None:
            raise Failed(
                f"{error.filename} cannot be read: {(error.strerror or str(error)).lower()}.",
                "Check that the folder is there and that this account may read it.",
            ) from error

        for folder, inside, names in os.walk(self._path, onerror=fail):
            for name in names:
                path = Path(folder) / name
                try:
                    state = path.lstat()
                except FileNotFoundError:  # moved away meanwhile
                    continue
                if stat.S_ISREG(state.st_mode):
                    named = path.relative_to(self._path).as_posix()
                    yield Item(named, state.st_size, state.st_mtime_ns, f"{state.st_dev}-{state.st_ino}")
            if not below:
                inside.clear()

    def open(self, item: Item) -> BinaryIO:
        # Between listing and opening it may have become a link, or something that never ends.
        held = os.open(self._path / item.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        if not stat.S_ISREG(os.fstat(held).st_mode):
            os.close(held)
            raise FileNotFoundError(2, "it is no file any more")
        return os.fdopen(held, "rb")
