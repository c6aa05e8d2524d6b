"""Reads a workbook in a process of its own, within limits: a file made to exhaust the memory ends only this process.

It is run as a script (`python probe.py FILE`) and imports nothing else of the product. Told on the output: the first
sheet that spans too many cells. A workbook that is merely damaged ends well here: reading
it says what is wrong.
"""

import contextlib
import subprocess
import sys
from pathlib import Path

CELL_LIMIT, SMALL_CELL_LIMIT = 60_000_000, 10_000_000
SMALL = 3_000_000  # bytes of a workbook: one this small cannot hold as many cells as it may span
MEMORY_LIMIT, SMALL_MEMORY_LIMIT = 4 * 1024**3, 1024**3
PANIC = 3
SECONDS, SMALL_SECONDS = 120, 20


def cell_limit(path: Path) -> int:
    """How many cells a workbook may span, empty ones included."""
    return SMALL_CELL_LIMIT if path.stat().st_size < SMALL else CELL_LIMIT


class Panic(Exception):
    """The reader cannot cope with the workbook, which is damaged."""


def fits(path: Path) -> tuple[bool, str]:
    """Whether the workbook can be read within the limits; and which sheet is too large, where that is known.

    Panic where reading it fails as no reader should.
    """
    small = path.stat().st_size < SMALL
    limits = [str(cell_limit(path)), str(SMALL_MEMORY_LIMIT if small else MEMORY_LIMIT)]
    # -P: modules of this folder bear the names of standard ones (json, xml).
    command = [sys.executable, "-P", __file__, str(path.resolve()), *limits]
    seconds = SMALL_SECONDS if small else SECONDS
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return False, ""
    if done.returncode == PANIC:
        raise Panic(done.stdout.decode("utf-8", "replace"))
    return done.returncode == 0, done.stdout.decode("utf-8", "replace").strip()


def _limit(memory: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; the process is still one of its own
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _main(path: str, cells: int, memory: int) -> int:
    from python_calamine import CalamineWorkbook

    _limit(memory)
    workbook = CalamineWorkbook.from_path(path)
    spanned = 0
    for name in workbook.sheet_names:
        sheet = workbook.get_sheet_by_name(name)
        spanned += sheet.width * sheet.height
        if spanned > cells:
            sheets = (
                f'its sheets up to "{name}" span'
                if spanned > sheet.width * sheet.height
                else f'sheet "{name}" spans'
            )
            sys.stdout.buffer.write(f"{sheets} {spanned:,} cells".encode())
            return 1
    return 0


if __name__ == "__main__":
    try:
        code = _main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    except MemoryError:
        code = 1
    except BaseException as error:
        code = 0
        if type(error).__name__ == "PanicException":  # of the reader; here it tells no one a traceback
            sys.stdout.buffer.write(str(error).encode())
            code = PANIC
    sys.exit(code)
