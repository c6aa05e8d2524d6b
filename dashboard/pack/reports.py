"""What is asked of packs, on the command line and on the page: the frozen one of a period, or one made now."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dashboard.pack import frozen
from dashboard.pack.draft import draft
from dashboard.pack.pack import Pack
from dashboard.pack.restated import Say, restated, unsaid
from dashboard.pack.template import template
from dashboard.period import Calendar, dates, grain
from dashboard.readings import Readings
from pipelines.errors import NotReady
from pipelines.settings import read_settings
from pipelines.warehouse import refresh


def drafted(readings: Readings, period: str | None, name: str, data: Path) -> Pack:
    """The pack of a period as it would be told now; of the newest closed one of its template's length where none is named."""
    made = template(name, data)
    asked = readings.period(period) if period else readings.default_period(made.grain)
    if grain(asked) == "all":
        raise NotReady("A pack is of a month, a quarter or a year: --period 2026-Q3.")
    return draft(
        readings,
        asked,
        made,
        frozen.packs(data),
        frozen.before(data, name, dates(asked.start, asked.end, readings.settings.zone)[0]),
    )


def beside_the_last(
    readings: Readings, draft: Pack, data: Path, revises: Pack | None = None, say: Say = unsaid
) -> Pack:
    """A draft with what was restated of the pack that it revises, or else of the pack before.

    It takes as long as what was loaded since took to load.
    """
    last = revises or (frozen.read(draft.before, data) if draft.before else None)
    if last is None:
        return draft
    found = restated(last, data, metrics=readings.metrics(), number=readings.snapshot, say=say)
    return draft.model_copy(update={"restated": found})


def _frozen(data: Path, period: str, name: str) -> Pack | None:
    """The frozen pack of a period; nothing that is loaded is asked for it."""
    calendar = Calendar.of(read_settings(data))
    asked = calendar.period(period)
    if grain(asked) == "all":
        return None
    return frozen.latest(data, name, period, dates(asked.start, asked.end, calendar.zone))


@contextmanager
def asked(
    data: Path,
    period: str | None,
    name: str,
    *,
    anew: bool = False,
    why: str = "",
    who: str | None = None,
    say: Say = unsaid,
) -> Iterator[tuple[Pack, Mapping[str, Path]]]:
    """The frozen pack of a period and the files of its rows; frozen now where it is not yet, or where `why` is said.

    anew: the draft of now instead, and nothing is frozen.
    """
    if not anew and not why and period and (told := _frozen(data, period, name)):
        yield told, frozen.rows(told.id, data)  # asks nothing of what is loaded now
        return
    refresh(data)
    readings = Readings(data)
    now = drafted(readings, period, name, data)
    if anew:
        now = beside_the_last(readings, now, data, say=say)
        with tempfile.TemporaryDirectory() as folder:
            files = {metric: Path(folder) / f"{metric}.parquet" for metric in now.told}
            for metric, file in files.items():
                readings.keep(metric, readings.period(now.period), file)
            yield now, files
        return
    if not any(one.n for one in now.told.values()):
        raise NotReady(f"Nothing that is loaded reaches into {now.period_label}: there is nothing to freeze.")
    old = frozen.latest(data, name, now.period, now.days)
    told = None if why else old
    if told is None:
        now = beside_the_last(readings, now, data, old, say)
        told = frozen.freeze(readings, now, data, who=who, why=why)
    yield told, frozen.rows(told.id, data)
