"""A pull: ask each connection for what is new, take it in like any load, and remember how far it came.

Marks are kept only once the loads that they speak of are published: a pull that is interrupted anywhere is made
again, and records that come twice are unchanged.
"""

import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines import warehouse
from pipelines.archive import workspace
from pipelines.errors import NotReady
from pipelines.pull.connection import FILE, Connection, Failed, Fetched, Visit, read_connections
from pipelines.pull.history import History, Run, alone, read_history, write_history
from pipelines.pull.secrets import Secrets
from pipelines.readers.table import called, cut
from pipelines.warehouse import Outcome

BATCH = 50  # files that are loaded, and so published, together
WORDS = 500  # letters of what went wrong


@dataclass
class Pulled:
    """What became of one connection: its run and the outcome of each file. busy: another process pulls it just now."""

    name: str
    run: Run
    outcomes: list[Outcome] = field(default_factory=list)
    busy: bool = False

    @property
    def failed(self) -> bool:
        return self.run.failed


def chosen(
    data: Path, names: Sequence[str] = (), *, due: bool = False, now: datetime | None = None
) -> list[Connection]:
    """The connections to pull: those named, else all that are not paused; `due`: of these what its cadence asks for."""
    known = read_connections(data)
    if not known:
        raise NotReady(f"There is no connection in {data / FILE}. The README shows how to write one.")
    if strange := [name for name in names if name not in known]:
        raise NotReady(f"There is no connection {strange[0]!r}, only {', '.join(known)}.")
    found = [known[name] for name in names] if names else [one for one in known.values() if not one.paused]
    if not due:
        return found
    now = now or warehouse.now()

    def asked_for(one: Connection) -> bool:
        try:
            return read_history(data, one.name).asked_for(one.cadence, now)
        except NotReady:  # the pull says it, and the others are not kept from running
            return True

    return [one for one in found if asked_for(one)]


def pull(
    data: Path,
    connections: Sequence[Connection],
    *,
    who: str | None = None,
    say: Callable[[str], None] = lambda _: None,
    clock: Callable[[], datetime] = warehouse.now,
) -> list[Pulled]:
    """Pull each connection, one after the other; one that fails does not keep the others from running."""
    return [_pull(data, connection, who or warehouse.this_user(), say, clock) for connection in connections]


def _pull(
    data: Path,
    connection: Connection,
    who: str,
    say: Callable[[str], None],
    clock: Callable[[], datetime],
) -> Pulled:
    pulled, secrets = Pulled(connection.name, Run(clock())), Secrets(data)
    try:
        with alone(data, connection) as free:
            if not free:
                pulled.busy = True
                return pulled
            say(f"Asking {connection.name}.")
            history = read_history(data, connection.name)
            marks = dict(history.marks)
            wrong = _visit(data, connection, pulled, history, marks, secrets, who, say, clock)
            pulled.run = _masked(_told(pulled, wrong), secrets)
            write_history(data, connection.name, replace(history, marks=marks).after(pulled.run))
    except (NotReady, OSError) as error:  # its history cannot be read or kept
        pulled.run = _masked(_told(pulled, error), secrets)
    return pulled


def _visit(
    data: Path,
    connection: Connection,
    pulled: Pulled,
    history: History,
    marks: dict[str, Any],
    secrets: Secrets,
    who: str,
    say: Callable[[str], None],
    clock: Callable[[], datetime],
) -> Exception | None:
    """Fetch and take in, batch by batch; the marks of what is published are added to `marks`. What went wrong, if anything."""
    started, visit = time.perf_counter(), None
    try:
        with workspace(data) as work:
            visit = Visit(dict(marks), work, secrets, say)
            for batch in _batches(connection.fetch(visit)):
                pulled.outcomes += _take_in(data, connection, batch, who, say, clock)
                refused = {one.file for one in pulled.outcomes if one.error}
                # One that was refused is fetched again: what keeps it out may be mended by then.
                for fetched in batch:
                    fetched.path.unlink(missing_ok=True)
                    if called(fetched.name) not in refused and not (fetched.last and refused):
                        marks |= fetched.marks
                # What is published stays known, whatever becomes of the next batch.
                write_history(data, connection.name, replace(history, marks=marks))
    except (Failed, NotReady, OSError, duckdb.Error) as error:
        return error
    except Exception as error:  # a defect: the other connections still run
        print(secrets.masked(traceback.format_exc()), file=sys.stderr)
        return Failed(f"It broke off: {type(error).__name__}.", "Report this with what was printed.")
    finally:
        marks |= visit.noted if visit else {}
        for name in [name for name, mark in marks.items() if mark is None]:
            del marks[name]
        pulled.run = replace(pulled.run, seconds=round(time.perf_counter() - started, 3))
    return None


def _masked(run: Run, secrets: Secrets) -> Run:
    """What went wrong in one line each, without a secret."""
    error, todo = (cut(called(secrets.masked(text)), WORDS) if text else "" for text in (run.error, run.todo))
    return replace(run, error=error, todo=todo)


def _batches(fetched: Iterator[Fetched]) -> Iterator[list[Fetched]]:
    """What a place brings, in batches in which no name stands twice; Failed once what came before it is handed over."""
    batch: list[Fetched] = []
    wrong: Exception | None = None
    while True:
        try:
            one = next(fetched, None)
        except (Failed, NotReady, OSError) as error:
            one, wrong = None, error
        if batch and (
            one is None or len(batch) == BATCH or called(one.name) in {called(f.name) for f in batch}
        ):
            yield batch
            batch = []
        if one is None:
            break
        batch.append(one)
    if wrong:
        raise wrong


def _take_in(
    data: Path,
    connection: Connection,
    batch: list[Fetched],
    who: str,
    say: Callable[[str], None],
    clock: Callable[[], datetime],
) -> list[Outcome]:
    source = connection.source or None
    return warehouse.load(
        [fetched.path for fetched in batch],
        data,
        who=f"{who}, by {connection.name}",
        asked=[replace(fetched.asked, source=fetched.asked.source or source) for fetched in batch],
        instance=connection.instance or None,
        names=[fetched.name for fetched in batch],
        say=say,
        clock=clock,
    )


def _told(pulled: Pulled, wrong: Exception | None) -> Run:
    """The run as it is kept: the first thing that went wrong in words."""
    refused = [one for one in pulled.outcomes if one.error]
    run = replace(
        pulled.run,
        files=len({one.file for one in pulled.outcomes}),
        rows=sum(one.accepted for one in pulled.outcomes),
        loads=tuple(one.load for one in pulled.outcomes if one.load),
    )
    match wrong:
        case Failed():
            return replace(run, error=wrong.reason, todo=wrong.todo)
        case NotReady():
            return replace(run, error=str(wrong))
        case OSError():
            place = f": {wrong.filename}" if wrong.filename else ""
            return replace(
                run,
                error=f"{wrong.strerror or wrong}{place}.",
                todo="What was not loaded comes with the next pull.",
            )
        case duckdb.Error():
            return replace(
                run,
                error=f"{str(wrong).splitlines()[0].rstrip('.')}.",
                todo="What was not loaded comes with the next pull.",
            )
    if refused:
        more = f" {len(refused) - 1:,} more were refused." if len(refused) > 1 else ""
        return replace(
            run, error=f"{refused[0].file} was refused: {refused[0].error}", todo=f"{refused[0].todo}{more}"
        )
    return run
