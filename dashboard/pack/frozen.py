"""Frozen packs: DATA/packs/<id>, written once and never changed.

pack.json holds the pack, rows/<metric>.parquet the observations behind each of its numbers, and snapshot.duckdb is the
snapshot it was made of (a second name of the same file where the file system can). All can be read without this program.
"""

import json
import os
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from pydantic import ValidationError

from dashboard.pack.pack import FORMAT, Pack
from dashboard.reading import Unknown
from dashboard.readings import Readings
from pipelines import snapshot
from pipelines.archive import workspace
from pipelines.errors import NotReady
from pipelines.warehouse import now, this_user

HELD = "pack.json"
RESTORE = "Restore it from a backup, or move its folder elsewhere: then no pack tells of it any more."


def folder(data: Path) -> Path:
    """Where the frozen packs of a data folder are."""
    return data / "packs"


def ids(data: Path) -> list[str]:
    """The frozen packs by id."""
    return sorted(p.parent.name for p in folder(data).glob(f"*/{HELD}") if not p.parent.name.startswith("."))


def packs(data: Path) -> list[Pack]:
    """The frozen packs, the newest first. NotReady where one cannot be read: what was told before is in what is told next."""
    found, damaged = readable(data)
    for reason in damaged:
        raise NotReady(reason)
    return found


def readable(data: Path) -> tuple[list[Pack], list[str]]:
    """The frozen packs that can be read, the newest first; and what is wrong with the others."""
    found, damaged = [], []
    for name in ids(data):
        try:
            found.append(read(name, data))
        except NotReady as reason:
            damaged.append(str(reason))
    return sorted(found, key=lambda p: (p.frozen_at, p.id), reverse=True), damaged


def read(name: str, data: Path) -> Pack:
    """A frozen pack as it was told. Unknown where there is none; NotReady where it cannot be read."""
    if name not in ids(data):
        known = ", ".join(ids(data)) or "none is frozen yet"
        raise Unknown(f"There is no pack {name!r}: {known}.")
    path = folder(data) / name / HELD
    try:
        held = json.loads(path.read_text("utf-8"))
        newer = int(held.get("format", 0)) > FORMAT
        pack = None if newer else Pack.model_validate(held)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise NotReady(
            f"{path} does not hold a pack as it was frozen: {where}: {first['msg']}. {RESTORE}"
        ) from error
    except (OSError, ValueError, AttributeError) as error:
        raise NotReady(
            f"{path} cannot be read: {str(error).splitlines()[0].rstrip('.')}. {RESTORE}"
        ) from error
    if pack is None:
        raise NotReady(f"{path} was made by a newer version of this program. Update it: uv sync.")
    return pack


def latest(data: Path, template: str, period: str, days: tuple[date, date]) -> Pack | None:
    """The newest revision of a template's pack for a period. days: those of the period; under another fiscal year a name
    means others.
    """
    several = [read(name, data) for name in _numbered(data, template, period)]
    return max((p for p in several if p.days == days), key=lambda p: p.revision, default=None)


def _numbered(data: Path, template: str, period: str) -> dict[str, int]:
    """The packs that bear a period's and a template's name, with the number that tells them apart."""
    begins = f"{period}-{template}-"
    rest = {name: name.removeprefix(begins) for name in ids(data) if name.startswith(begins)}
    return {name: int(number) for name, number in rest.items() if number.isdecimal()}


def before(data: Path, template: str, first: date) -> Pack | None:
    """The last pack of a template for a period that began before a day, in its newest revision."""
    earlier = [p for p in packs(data) if p.template == template and p.days[0] < first]
    return max(earlier, key=lambda p: (p.starts, p.ends, p.revision), default=None)


def rows(name: str, data: Path) -> dict[str, Path]:
    """The files of the rows behind a pack's numbers, by metric."""
    return {path.stem: path for path in sorted((folder(data) / name / "rows").glob("*.parquet"))}


def freeze(
    readings: Readings,
    draft: Pack,
    data: Path,
    *,
    who: str | None = None,
    why: str = "",
    clock: Callable[[], datetime] = now,
) -> Pack:
    """Freeze a draft of these readings: the pack as it is kept from now on.

    Where the period has a pack of this template already, the new one is its next revision, and `why` has to say what
    was wrong. It is there whole or not at all.
    """
    if draft.snapshot != readings.snapshot:
        raise NotReady("The numbers have changed since this was drafted. Draft it anew.")
    old = latest(data, draft.template, draft.period, draft.days)
    number = max(_numbered(data, draft.template, draft.period).values(), default=0) + 1
    if old and not why.strip():
        raise NotReady(
            f"{old.id} is frozen already, and cannot be changed. Say what a new revision corrects (--why)."
        )
    pack = draft.model_copy(
        update={
            "id": f"{draft.period}-{draft.template}-{number}",
            "revision": old.revision + 1 if old else 1,
            "replaces": old.id if old else None,
            "why": " ".join(why.split()) if old else "",
            "frozen_at": clock(),
            "frozen_by": who or this_user(),
        }
    )
    try:
        folder(data).mkdir(parents=True, exist_ok=True)
        with workspace(data) as work:
            made = work / pack.id
            _fill(made, readings, pack, data)
            made.rename(folder(data) / pack.id)
    except OSError as error:
        if (folder(data) / pack.id).exists():
            raise NotReady(
                f"{pack.id} was frozen by somebody else just now. Look at it before you revise it."
            ) from error
        raise NotReady(
            f"The pack cannot be kept in {folder(data)}: {error.strerror}. Nothing was frozen."
        ) from error
    return pack


def _fill(made: Path, readings: Readings, pack: Pack, data: Path) -> None:
    """Everything that a frozen pack holds, into a folder that nobody reads yet."""
    (made / "rows").mkdir(parents=True)
    for metric in pack.told:
        readings.keep(metric, readings.period(pack.period), made / "rows" / f"{metric}.parquet")
    of = snapshot.path(data, pack.snapshot)
    try:
        os.link(of, made / "snapshot.duckdb")
    except FileNotFoundError as error:
        raise NotReady("Newer data has been loaded since this was drafted. Draft it anew.") from error
    except OSError:
        shutil.copyfile(of, made / "snapshot.duckdb")
    with open(made / HELD, "w", encoding="utf-8") as file:
        file.write(pack.model_dump_json(indent=1))
        file.flush()
        os.fsync(file.fileno())
