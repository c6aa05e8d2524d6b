"""What is known of a connection between pulls: its marks and its last runs, one file each in DATA/pulls."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipelines.errors import NotReady
from pipelines.pull.connection import Connection

KEPT = 200  # runs
AGAIN, EARLY = timedelta(hours=1), timedelta(minutes=5)


@dataclass(frozen=True)
class Run:
    """One pull of a connection. at: when it began, UTC. loads: the numbers of its loads; rows: what they accepted.

    error, todo: why it failed and what to do; empty where it did not.
    """

    at: datetime
    seconds: float = 0.0
    files: int = 0
    rows: int = 0
    loads: tuple[int, ...] = ()
    error: str = ""
    todo: str = ""

    @property
    def failed(self) -> bool:
        return bool(self.error)


@dataclass(frozen=True)
class History:
    """marks: what the place wants to know next time. runs: oldest first."""

    marks: dict[str, Any] = field(default_factory=dict)
    runs: tuple[Run, ...] = ()

    @property
    def last(self) -> Run | None:
        return self.runs[-1] if self.runs else None

    @property
    def succeeded(self) -> datetime | None:
        """When the last pull began that did not fail."""
        return next((run.at for run in reversed(self.runs) if not run.failed), None)

    def due(self, cadence: timedelta, now: datetime) -> datetime | None:
        """When the next pull is due by the cadence, within the hour after one that failed; None for at once."""
        if not self.last or self.last.at > now:  # the clock was set back since
            return None
        return self.last.at + (min(cadence, AGAIN) if self.last.failed else cadence)

    def asked_for(self, cadence: timedelta, now: datetime) -> bool:
        """Whether a pull is due; a little before, since a timer that comes by every hour is seconds early or late."""
        at = self.due(cadence, now)
        return at is None or at - min(cadence / 10, EARLY) <= now

    def overdue(self, cadence: timedelta, now: datetime) -> bool:
        """Whether no pull went well for two cadences."""
        known = self.succeeded or (self.runs[0].at if self.runs else None)
        return known is not None and known + 2 * cadence < now

    def after(self, run: Run) -> "History":
        return replace(self, runs=(*self.runs, run)[-KEPT:])


def folder(data: Path) -> Path:
    return data / "pulls"


def _file(data: Path, name: str, suffix: str) -> Path:
    """A file of a connection; a name that is none, of a table that cannot be used, is no path either."""
    return folder(data) / f"{quote(name, safe='')}{suffix}"


def read_history(data: Path, name: str) -> History:
    """What is known of a connection; NotReady where its file is not sound."""
    path = _file(data, name, ".json")
    try:
        told = json.loads(path.read_text("utf-8"))
        runs = (
            Run(**{**run, "at": datetime.fromisoformat(run["at"]), "loads": tuple(run["loads"])})
            for run in told["runs"]
        )
        return History(dict(told["marks"]), tuple(runs))
    except FileNotFoundError:
        return History()
    except (ValueError, KeyError, TypeError) as error:
        raise NotReady(
            f"{path} is not sound. Remove it: the connection is then pulled from its beginning, and nothing is counted twice."
        ) from error
    except OSError as error:
        raise NotReady(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error


def write_history(data: Path, name: str, history: History) -> None:
    """Keep it, whole or not at all."""
    path, beside = _file(data, name, ".json"), _file(data, name, ".writing")
    path.parent.mkdir(parents=True, exist_ok=True)
    runs = [{**asdict(run), "at": run.at.isoformat()} for run in history.runs]
    with beside.open("w", encoding="utf-8") as file:
        json.dump({"marks": history.marks, "runs": runs}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


@contextmanager
def alone(data: Path, connection: Connection) -> Iterator[bool]:
    """Whether no other process pulls this connection; it is kept from others meanwhile."""
    folder(data).mkdir(parents=True, exist_ok=True)
    with _file(data, connection.name, ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
