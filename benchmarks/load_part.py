"""`pipelines load` of 5,000 rows where 10,000,000 patches are held: of incidents, of patches as they are held, and of
patches of machines not seen before.

Baseline: a plain copy of the snapshot's file.
"""

import json
import os
import shutil
import sys
from itertools import islice
from pathlib import Path

from benchmarks.exports import ROWS, WORK, made
from benchmarks.measure import PIPELINES, held, process, seconds, two_threads
from pipelines import snapshot

DATA = WORK / "load_part"
PART = 5000


def first(path: Path, skip: int = 0, machine: str = "host-") -> Path:
    """Some rows of an export, as an export. machine: how the names of machines begin in it."""
    part = WORK / f"part_of_{path.name}"
    with path.open() as whole, part.open("w") as few:
        few.write(next(whole))
        few.writelines(row.replace("host-", machine) for row in islice(whole, skip, skip + PART))
    return part


def load(path: Path) -> float:
    """Seconds of a load into the held data, once the disk has what was written before."""
    os.sync()
    run = process([PIPELINES, "load", str(path), "--data", str(DATA), "--json"])
    (told,) = json.loads(run.output)
    if told["rows_read"] != PART:
        raise SystemExit(f"{PART} rows were to be read: {told}")
    return run.wall


def main() -> int:
    """Each load once, the copies three times: the patches take minutes to load."""
    two_threads()
    many, incidents = made("many_patches.csv"), made("incidents.csv")
    shutil.rmtree(DATA, ignore_errors=True)
    held_now = process([PIPELINES, "load", str(many), "--data", str(DATA), "--json"])
    print(f"{10 * ROWS:,} patches loaded: {held_now}", flush=True)
    newest = snapshot.path(DATA, max(snapshot.numbers(DATA)))
    size = newest.stat().st_size
    copies = iter(range(100))  # each is a new file: to empty an old one takes longer than to write it
    copy = seconds(lambda: shutil.copyfile(newest, DATA / f"copy{next(copies)}.duckdb"))
    ours = {"incidents": load(first(incidents)), "patches as held": load(first(many, skip=ROWS))}
    ours["patches of new machines"] = load(first(many, skip=ROWS, machine="new-"))
    print(f"copy of {size / 1e9:.2f} GB: {copy:.2f} s; {ours}")
    results = [held(f"a load of {PART:,} {what} to a copy", wall / copy, 2) for what, wall in ours.items()]
    shutil.rmtree(DATA)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
