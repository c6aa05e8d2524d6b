"""What people enter on a page: a load like any other, attributed, dated, and undone from its line."""

import csv
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dashboard.jobs import Say
from dashboard.shown import legible
from pipelines.asked import Asked
from pipelines.errors import NotReady
from pipelines.source import sources
from pipelines.warehouse import Checked, check, load


@dataclass(frozen=True)
class Entered:
    """What came of entering something: its load, and what the numbers hold since."""

    load: int
    said: str

    def __str__(self) -> str:
        return f"Load {self.load}: {self.said} Undo the load to take it back."


def enter(
    source: str, rows: Sequence[dict[str, object]], said: str, data: Path, who: str | None
) -> Callable[[Say], Entered]:
    """The work of loading rows (record column -> value) as a list of ours; tells what it came to.

    source: the template that takes such a list. said: what the numbers hold then.
    NotReady where one of them cannot be taken: then none is.
    """
    columns = sources(data)[source].columns

    def work(tell: Say) -> Entered:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"{source}-{date.today():%Y-%m-%d}.csv"
            with file.open("w", encoding="utf-8", newline="") as lines:
                writer = csv.writer(lines)
                writer.writerow([names[0] for names in columns.values()])
                writer.writerows([[_cell(row.get(name)) for name in columns] for row in rows])
            _refuse_part(check(file, data, asked=Asked(source=source)))
            (done,) = load([file], data, who=who, asked=Asked(source=source), say=tell)
        return Entered(done.load, said)

    return work


def _refuse_part(seen: Checked) -> None:
    """NotReady where something that was entered cannot be used."""
    if seen.outcome.error:
        raise NotReady(f"{seen.outcome.error} {seen.outcome.todo}")
    for wrong in seen.rejects:
        value = f" {wrong['value']!r}" if wrong["value"] else ""
        raise NotReady(f"{wrong['column']}{value}: {wrong['reason']}.")


def _cell(value: object) -> str:
    """A value as a list holds it, on one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    return "" if value is None else " ".join(legible(str(value)).split())
