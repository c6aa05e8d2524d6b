"""Files on their way in: they lie in a tray until they are loaded, checked as often as something is said of them.

A tray belongs to one browser session, and its name stands in the address, so that it outlives a change of page and a reload.
"""

import hashlib
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from secrets import token_urlsafe

from dashboard.change import Change
from dashboard.jobs import Job, Say, begin
from dashboard.readings import Readings
from pipelines.archive import work_folder
from pipelines.asked import UNASKED, Asked
from pipelines.warehouse import Checked, Outcome, load, refresh, trial

# A tray that nobody has looked at for so long is emptied.
FORGOTTEN = timedelta(hours=12).total_seconds()


@dataclass
class Held:
    """One file in a tray. name: what its sender called it, which is no path. asked: what a person says of it."""

    id: str
    name: str
    path: Path
    asked: Asked = UNASKED


@dataclass(frozen=True)
class Tried:
    """What a load of a tray's files would do, by file; changes: on the board, of all of them together."""

    checked: dict[str, Checked]
    changes: list[Change]


@dataclass
class Tray:
    """The files of one session, in the order in which they would be loaded.

    mapping: the file that is being mapped; base: the source whose mapping is changed.
    """

    id: str
    folder: Path
    files: list[Held] = field(default_factory=list)
    touched: float = field(default_factory=time.monotonic)
    mapping: str | None = None
    base: str | None = None
    _checked: tuple[tuple, Job] | None = None

    def add(self, name: str, content: memoryview | bytes) -> bool:
        """Put a file in; False where the same one lies there already."""
        digest = hashlib.sha256(content).hexdigest()[:16]
        if any(held.id == digest for held in self.files):
            return False
        path = self.folder / digest
        path.write_bytes(content)
        self.files.append(Held(digest, name, path))
        return True

    def held(self, file: str) -> Held | None:
        return next((held for held in self.files if held.id == file), None)

    def answer(self, file: str, **said) -> None:
        """What a person says of a file, a field of Asked each."""
        if held := self.held(file):
            held.asked = replace(held.asked, **said)

    def map(self, file: str, base: str | None = None) -> None:
        """Begin to map a file, from a source that it is recognised as."""
        self.mapping, self.base = file, base

    def take(self, files: list[str]) -> list[Held]:
        """Take files out of the tray; they stay on the disk until `forget`."""
        taken = [held for held in self.files if held.id in files]
        self.files = [held for held in self.files if held not in taken]
        return taken

    def check(self, data: Path, readings: Readings) -> Job:
        """The job that tries all files together; another one once something else is said or loaded."""
        readings.refresh()  # what the files are tried on is the newest snapshot
        key = (readings.snapshot, _sources_stamp(data), *((held.id, held.asked) for held in self.files))
        if self._checked is None or self._checked[0] != key:
            files = list(self.files)
            job = begin("check", "Checking", lambda say: try_out(files, data, readings, say))
            self._checked = (key, job)
        return self._checked[1]


class Trays:
    """The trays of one server, each a folder of its own that the next server removes where this one was killed."""

    def __init__(self, data: Path):
        self._data = data
        self._trays: dict[str, Tray] = {}

    def tray(self, name: str | None) -> Tray:
        """The tray of a name, or a new one."""
        now = time.monotonic()
        for tray in [t for t in self._trays.values() if now - t.touched > FORGOTTEN]:
            shutil.rmtree(self._trays.pop(tray.id).folder, ignore_errors=True)
        if name not in self._trays:
            made = Tray(token_urlsafe(9), work_folder(self._data))
            self._trays[made.id] = made
            return made
        self._trays[name].touched = now
        return self._trays[name]


def try_out(files: list[Held], data: Path, readings: Readings, say: Say) -> Tried:
    """What a load of these files would do, without doing it."""
    refresh(data, say=say, marts=False)  # a snapshot of an older version cannot be compared with
    readings.refresh()
    paths, names = [held.path for held in files], [held.name for held in files]
    with trial(paths, data, asked=[held.asked for held in files], names=names, say=say) as tried:
        checked = dict(zip((held.id for held in files), tried.checked, strict=True))
        if all(one.outcome.error for one in tried.checked):
            return Tried(checked, [])
        say("Computing what would change on the board.")
        return Tried(checked, readings.changes(*tried.snapshot()))


def take_in(files: list[Held], data: Path, who: str | None) -> Callable[[Say], list[Outcome]]:
    """The work of loading files and publishing them together; afterwards they are gone from the disk."""

    def work(say: Say) -> list[Outcome]:
        try:
            return load(
                [held.path for held in files],
                data,
                who=who,
                asked=[held.asked for held in files],
                names=[held.name for held in files],
                say=say,
            )
        finally:
            for held in files:
                held.path.unlink(missing_ok=True)

    return work


def signed(name: str) -> str | None:
    """Who a person says they are, as it is recorded; None, for the system's user, where nothing is typed."""
    typed = " ".join(name.split())
    return f"{typed} (unverified)" if typed else None


def told(done: Outcome) -> str:
    """What became of a load, in one line: its rows, those that are no records, and the cells refused in rows that were kept."""
    aside = f", {done.set_aside:,} set aside" if done.set_aside else ""
    cells = f" Cells refused in rows that were kept: {done.cells_refused:,}." if done.cells_refused else ""
    return (
        f"Load {done.load}: {done.rows_read:,} row{_s(done.rows_read)} read, {done.accepted:,} accepted{aside} "
        f"and {done.rejected:,} refused.{cells}"
    )


def foretold(one: Checked) -> str:
    """What a load would do to the records: “adds 212, updates 40, leaves 3 as they are, refuses 2 rows and 1 cell”."""
    done = one.outcome
    older = done.accepted + done.superseded - one.added - one.updated
    parts = [
        f"adds {one.added:,}" if one.added else "",
        f"updates {one.updated:,}" if one.updated else "",
        f"keeps {older:,} older update{_s(older)}" if older > 0 else "",
        f"leaves {done.unchanged:,} as they are" if done.unchanged else "",
        f"closes {done.closed:,} that it no longer lists" if done.closed else "",
        f"sets {done.set_aside:,} row{_s(done.set_aside)} aside" if done.set_aside else "",
    ]
    refused = [
        f"{count:,} {noun}{_s(count)}"
        for count, noun in ((done.rejected, "row"), (done.cells_refused, "cell"))
        if count
    ]
    parts.append(f"refuses {' and '.join(refused)}" if refused else "")
    return ", ".join(filter(None, parts)) or "changes nothing"


def _s(count: int) -> str:
    return "s" * (count != 1)


def _sources_stamp(data: Path) -> tuple:
    """The organisation's own sources as they stand: another mapping is another check."""
    files = sorted((data / "sources").glob("*/*.toml"))
    return tuple((file.name, file.stat().st_mtime_ns) for file in files)
