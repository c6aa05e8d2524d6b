"""Long work of the server: it goes on when the page is left or reloaded, and is told on return."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from pipelines.errors import NotReady

KEPT = 8  # finished jobs that are told until somebody has read them
FAULT = "It failed by a fault of the program, not of your data: the log of the server has the details."

Say = Callable[[str], None]


@dataclass
class Job:
    """One piece of work: said is its last word on how far it is; result or error is set once it is done."""

    kind: str
    title: str
    said: str = ""
    result: Any = None
    error: str | None = None
    id: str = field(default_factory=lambda: token_hex(4))
    started: float = field(default_factory=time.monotonic)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def done(self) -> bool:
        return self.ended.is_set()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def run(self, work: Callable[[Say], Any]) -> None:
        try:
            self.result = work(self._say)
        except NotReady as reason:
            self.error = str(reason)
        except Exception:
            logging.getLogger("dashboard").exception("%s failed", self.title)
            self.error = FAULT
        finally:
            self.ended.set()

    def _say(self, text: str) -> None:
        self.said = text


def begin(kind: str, title: str, work: Callable[[Say], Any]) -> Job:
    """Work in the background that one page alone waits for."""
    job = Job(kind, title)
    # What the end of the server cuts off has not happened: a snapshot is published whole or not at all.
    threading.Thread(target=job.run, args=[work], name=title, daemon=True).start()
    return job


class Jobs:
    """The work of one server, newest last. Loads wait for each other by the warehouse's own lock."""

    def __init__(self):
        self._jobs: list[Job] = []
        self._lock = threading.Lock()

    def start(self, kind: str, title: str, work: Callable[[Say], Any]) -> Job:
        """Begin it in the background. kind: what pages look for it by."""
        with self._lock:
            done = [one for one in self._jobs if one.done]
            self._jobs = [one for one in self._jobs if one not in done[:-KEPT]]
            self._jobs.append(job := begin(kind, title, work))
        return job

    def told(self, *kinds: str) -> list[Job]:
        """The jobs of these kinds that run, or are done and nobody has put away."""
        with self._lock:
            return [job for job in self._jobs if job.kind in kinds]

    def put_away(self, job: Job) -> None:
        with self._lock:
            self._jobs = [one for one in self._jobs if one is not job]
