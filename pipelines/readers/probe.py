"""Reads a workbook in a process of its own, within limits: a file made to exhaust the memory ends only this process.

It is run as a script (`python probe.py FILE`) and imports nothing else of the product. Told on the output: the first
sheet that spans too many cells. A workbook that is merely damaged ends well here: reading it says what is wrong.
"""

import contextlib
import subprocess
import sys
from pathlib import Path

CELL_LIMIT = 60_000_000
MEMORY_LIMIT = 4 * 1024**3
SECONDS = 120


def fits(path: Path) -> tuple[bool, str]:
    """Whether the workbook can be read within the limits; and which sheet is too large, where that is known."""
    # -P: modules of this folder bear the names of standard ones (json, xml).
    command = [sys.executable, "-P", __file__, str(path.resolve())]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False, ""
    return done.returncode == 0, done.stdout.decode("utf-8", "replace").strip()


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; the process is still one of its own
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))


def _main(path: str) -> int:
    from python_calamine import CalamineWorkbook

    _limit()
    workbook = CalamineWorkbook.from_path(path)
    for name in workbook.sheet_names:
        sheet = workbook.get_sheet_by_name(name)
        if sheet.width * sheet.height > CELL_LIMIT:
            sys.stdout.buffer.write(f'sheet "{name}" spans {sheet.width * sheet.height:,} cells'.encode())
            return 1
    return 0


if __name__ == "__main__":
    try:
        code = _main(sys.argv[1])
    except BaseException:  # a panic of the reader derives from it
        code = 0
    sys.exit(code)
