"""Connection: where exports arrive from, declared in connections.toml of the data folder; the base of every place.

A kind is a module of `pipelines/pull/places` with a class `Place`; it is imported only where a connection names it.
"""

import re
import tomllib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, field_validator

from pipelines.asked import UNASKED, Asked
from pipelines.errors import NotReady
from pipelines.pull.secrets import PREFIX, Secrets
from pipelines.readers.table import called

FILE = "connections.toml"
ALERTS = "alerts"  # the one table of it that is no connection
PLACES = Path(__file__).parent / "places"
UNITS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")

Stated = TypeVar("Stated", bound=BaseModel)


class Failed(Exception):
    """A pull that could not be made: why, and what to do next, each one line for people; never a secret."""

    def __init__(self, reason: str, todo: str):
        super().__init__(f"{reason} {todo}")
        self.reason = reason
        self.todo = todo


def span(told: object) -> timedelta:
    """A length of time as people write it: "15 minutes", "1 day", "2 weeks"."""
    if isinstance(told, timedelta):
        return told
    match = re.fullmatch(r"([1-9]\d{0,3}) (minute|hour|day|week)s?", str(told))
    if not match:
        raise ValueError(f"{told!r} is no length of time, such as '6 hours' or '1 day'")
    return timedelta(seconds=int(match[1]) * UNITS[match[2]])


def spelled(length: timedelta) -> str:
    """A length of time as `span` reads it."""
    unit = max((u for u in UNITS if length % timedelta(seconds=UNITS[u]) == timedelta(0)), key=UNITS.get)
    count = length // timedelta(seconds=UNITS[unit])
    return f"{count} {unit}{'s' * (count != 1)}"


Span = Annotated[timedelta, BeforeValidator(span)]


@dataclass(frozen=True)
class Fetched:
    """One export that a place has brought: a file in the work folder.

    name: what the load is called. marks: what the place wants to know next time, kept once the file is loaded.
    last: they tell how far all files of the visit have come, so they are kept only if none of them was refused.
    """

    path: Path
    name: str
    asked: Asked = UNASKED
    marks: dict[str, Any] = field(default_factory=dict)
    last: bool = False


@dataclass(frozen=True)
class Visit:
    """What a place gets for one pull.

    marks: what earlier pulls wanted to know again, by name. work: an empty folder. say: tells what is being done.
    noted: gets the marks that hold whatever becomes of the files; None for one that is needed no more.
    """

    marks: Mapping[str, Any]
    work: Path
    secrets: Secrets
    say: Callable[[str], None] = lambda _: None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    noted: dict[str, Any] = field(default_factory=dict)


class Connection(BaseModel, ABC):
    """What every connection states.

    source: what its files are read as; "" to recognise them. instance: which of several installations of the tool it is.
    cadence: how often it is asked. paused: it is not asked unless it is named.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kind: str
    source: str = ""
    instance: str = ""
    cadence: Span = timedelta(days=1)
    paused: bool = False

    @field_validator("name")
    @classmethod
    def plain_name(cls, value: str) -> str:
        if not NAME.fullmatch(value):
            raise ValueError(f"{value!r} is no name of lower-case letters, figures, - and _")
        return value

    @property
    def wrong(self) -> str:
        """Why it cannot be used; "" where it can."""
        return ""

    @property
    @abstractmethod
    def where(self) -> str:
        """The place in a few words, without a secret: "https://example.service-now.com, table incident"."""

    def secrets(self) -> list[str]:
        """The names of the secrets that it needs, without their prefix."""
        return sorted(
            named.removeprefix(PREFIX) for named in _strings(self.model_dump()) if named.startswith(PREFIX)
        )

    @abstractmethod
    def fetch(self, visit: Visit) -> Iterator[Fetched]:
        """Bring what is new since the marks. Failed where that cannot be done; what was yielded before is still loaded."""

    @abstractmethod
    def test(self, visit: Visit) -> list[str]:
        """What was reached and what would be fetched, in lines for people; nothing is changed. Failed like fetch."""


class Unusable(Connection):
    """A table that is no sound connection: whatever is asked of it says why, and the others are not kept from running."""

    reason: str

    @field_validator("name")
    @classmethod
    def plain_name(cls, value: str) -> str:
        return called(value)

    @property
    def wrong(self) -> str:
        return self.reason

    @property
    def where(self) -> str:
        return FILE

    def fetch(self, visit: Visit) -> Iterator[Fetched]:
        raise NotReady(self.reason)

    def test(self, visit: Visit) -> list[str]:
        raise NotReady(self.reason)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)


def kinds() -> list[str]:
    """The kinds of places there are."""
    return sorted(file.stem for file in PLACES.glob("*.py") if not file.stem.startswith("_"))


def read_connections(data: Path) -> dict[str, Connection]:
    """The connections of a data folder by name, as they stand in its connections.toml; none where there is no such file.

    One that is not sound is Unusable. NotReady where the file cannot be read.
    """
    found = [_read(data / FILE, name, facts) for name, facts in read_facts(data).items() if name != ALERTS]
    return {one.name: one for one in found}


def _read(path: Path, name: str, facts: object) -> Connection:
    try:
        return _connection(path, name, facts)
    except NotReady as error:
        told = facts if isinstance(facts, dict) else {}
        kind, paused = str(told.get("kind", "")), told.get("paused") is True
        return Unusable(name=name, kind=kind, paused=paused, reason=str(error))


def read_facts(data: Path) -> dict[str, Any]:
    """What connections.toml states, by table. NotReady where it cannot be read."""
    path = data / FILE
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NotReady(f"{path} cannot be used: {error}. Mend it; it is written in UTF-8.") from error
    except OSError as error:
        raise NotReady(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error


def _connection(path: Path, name: str, facts: object) -> Connection:
    if not isinstance(facts, dict):
        raise NotReady(f"{path}: {name} is no connection. Each is a table: [{name}], then kind = …")
    if (kind := facts.get("kind")) not in kinds():
        raise NotReady(f"{path}: [{name}] states the kind {kind!r}, not one of {', '.join(kinds())}.")
    place = import_module(f"pipelines.pull.places.{kind}").Place
    return stated(path, name, place, {"name": name, **facts})


def stated(path: Path, name: str, model: type[Stated], facts: object) -> Stated:
    """What a table states. NotReady says what is wrong with it, and never a value: it may be a password where none belongs."""
    try:
        return model.model_validate(facts)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'it'}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors(include_input=False)
        )
        raise NotReady(f"{path}: [{name}] cannot be used. {wrong}. Mend it.") from None
