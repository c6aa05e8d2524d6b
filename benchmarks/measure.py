"""Whole processes and steps, timed; and a ratio held against its limit."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

THREADS = 2
PIPELINES = str(Path(sys.executable).with_name("pipelines"))


@dataclass(frozen=True)
class Run:
    """What one process took: seconds on the clock and on the processors, and its peak memory in bytes."""

    wall: float
    cpu: float
    peak: int
    output: str

    def __str__(self) -> str:
        return f"{self.wall:6.2f} s ({self.cpu:.2f} s of processor, {self.peak / 1e9:.2f} GB at its peak)"


def two_threads() -> None:
    """Keep this process and those it starts to two processors, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:THREADS]))


def process(command: list[str]) -> Run:
    """One run of a command, as a whole process; its short output is kept."""
    start = time.perf_counter()
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    _, status, usage = os.wait4(started.pid, 0)
    wall = time.perf_counter() - start
    started.returncode = os.waitstatus_to_exitcode(status)
    output = started.communicate()[0]
    if started.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {output}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, output)


def middle(runs: list[Run]) -> Run:
    """The run with the median time on the clock."""
    return sorted(runs, key=lambda run: run.wall)[len(runs) // 2]


def seconds(step: Callable[[], object], times: int = 3) -> float:
    """Median time of a step on the clock."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        step()
        taken.append(time.perf_counter() - start)
    return median(taken)


def held(what: str, figure: float, limit: float, unit: str = "×", at_least: bool = False) -> bool:
    """Print a figure beside its limit; True where it is met."""
    met = figure >= limit if at_least else figure <= limit
    sign = "≥" if at_least else "≤"
    print(
        f"{'PASS' if met else 'FAIL'}  {what}: {figure:.3g} {unit} (limit {sign} {limit:g} {unit})",
        flush=True,
    )
    return met
