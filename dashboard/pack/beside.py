"""A file that is there whole or not at all: it is written beside its place and renamed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def beside(to: Path) -> Iterator[Path]:
    """The place to write to; at the end of the block it becomes `to`, where nothing failed."""
    made = to.with_name(f".{to.stem}-{os.getpid()}{to.suffix}")
    try:
        yield made
        made.replace(to)
    finally:
        made.unlink(missing_ok=True)
