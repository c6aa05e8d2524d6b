"""The demo's board pack, drafted and written as PPTX, PDF and XLSX by one process.

Baseline: a process that only starts the same command, `dashboard --help`. Runs alternate.
"""

import shutil
import sys
from pathlib import Path

from benchmarks.exports import WORK
from benchmarks.measure import held, middle, process, two_threads
from dashboard.server import prepare_demo

DATA = WORK / "pack"
DASHBOARD = str(Path(sys.executable).with_name("dashboard"))
RUNS = 5


def main() -> int:
    """Five of each, in turn; medians."""
    two_threads()
    shutil.rmtree(DATA, ignore_errors=True)
    prepare_demo(DATA, lambda _: None)
    files = [DATA / f"board{ending}" for ending in (".pptx", ".pdf", ".xlsx")]
    out = [word for file in files for word in ("--out", str(file))]
    make = [DASHBOARD, "pack", "--period", "2026-Q3", "--draft", *out, "--data", str(DATA)]
    started, made = [], []
    for _ in range(RUNS):
        started.append(process([DASHBOARD, "--help"]))
        made.append(process(make))
    bare, pack = middle(started), middle(made)
    print(f"dashboard --help: {bare}\npack:             {pack}")
    for file in files:
        print(f"{file.suffix[1:]}: {file.stat().st_size / 1e6:.2f} MB")
    quick = held("a pack in three formats to dashboard --help", pack.wall / bare.wall, 4)
    small = held("the slides", files[0].stat().st_size / 1e6, 2, "MB")
    return 0 if quick and small else 1


if __name__ == "__main__":
    sys.exit(main())
