"""A REST API, declared in TOML: one pull makes one export, the records as they were received, a JSON line each.

`pipelines/pull/apis/<name>.toml` states the fields of one API; a connection that names it adds its address and its sign-in,
and may state any field differently.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pipelines.asked import Asked
from pipelines.pull.answers import at, found
from pipelines.pull.connection import Failed, Fetched, Span, Visit
from pipelines.pull.online import Online
from pipelines.pull.paging import Page, Paging, pages

if TYPE_CHECKING:
    from pipelines.pull.wire import Answer, Wire

APIS = Path(__file__).parents[1] / "apis"
HELD = 20_000  # records of which a pull remembers that they came


class Since(BaseModel):
    """What makes a pull ask only for what changed; {since} and {until} stand in params, body or path.

    format: how the API writes a time, as strftime does, or "unix" or "unix ms". overlap: how far before the last pull it
    asks again, for what was written late. first: how far back the first pull goes; all without it. window: the longest time
    that is asked for at once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str
    overlap: Span = timedelta(hours=1)
    first: Span | None = None
    window: Span | None = None

    def told(self, moment: datetime) -> str:
        match self.format:
            case "unix":
                return str(int(moment.timestamp()))
            case "unix ms":
                return str(int(moment.timestamp() * 1000))
        return moment.strftime(self.format)


class Place(Online):
    """path: behind the url. records: where the answer holds them; "" where it is the list itself. key: what tells two apart.

    params, body, headers: what is sent with each request.
    """

    kind: Literal["rest"]
    api: str = ""
    documentation: str = ""
    path: str
    method: Literal["GET", "POST"] = "GET"
    records: str = ""
    key: str
    params: dict[str, str] = Field(default_factory=dict)
    body: dict[str, Any] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    paging: Paging = Paging()
    since: Since | None = None

    @model_validator(mode="before")
    @classmethod
    def of_its_api(cls, told: Any) -> Any:
        if not isinstance(told, dict) or not (api := told.get("api")):
            return told
        if api not in (known := sorted(file.stem for file in APIS.glob("*.toml"))):
            raise ValueError(f"there is no api {api!r}, only {', '.join(known)}")
        return _over(tomllib.loads((APIS / f"{api}.toml").read_text("utf-8")), told)

    @field_validator("path")
    @classmethod
    def absolute(cls, value: str) -> str:
        if not value.startswith("/"):
            raise ValueError("path begins with /")
        return value

    @property
    def where(self) -> str:
        return f"{self.url.rstrip('/')}{self.path}"

    def test(self, visit: Visit) -> list[str]:
        from pipelines.pull.wire import Wire

        with Wire(self, visit, self.url) as wire:
            pull = Pull(self, wire, visit)
            page = next(pages(self.paging, pull.asker(*pull.spans()[-1])))
        total = page.told(self.paging.total) if self.paging.total else None
        count = (
            f"{int(total):,}"
            if str(total).isdecimal()
            else f"{len(page.keys):,}" + (" or more" if page.keys else "")
        )
        since = f" since {pull.begin:%Y-%m-%d %H:%M} UTC" if self.since else ""
        names = sorted(json.loads(page.fresh[0])) if page.fresh else []
        said = [f"{wire.host} answers: {count} records{since}."]
        return said + ([f"  with {', '.join(names[:30])}"] if names else [])

    def fetch(self, visit: Visit) -> Iterator[Fetched]:
        from pipelines.pull.wire import Wire

        export = visit.work / f"{self.name}.jsonl"
        with Wire(self, visit, self.url) as wire, export.open("w", encoding="utf-8") as file:
            pull = Pull(self, wire, visit)
            for span in pull.spans():
                for page in pages(self.paging, pull.asker(*span)):
                    file.writelines(f"{record}\n" for record in pull.taken(page))
        if not pull.written:
            visit.noted.update(pull.marks())
            return
        name = f"{self.name} {pull.started:%Y-%m-%d %H.%M.%S}.jsonl"
        yield Fetched(export, name, Asked(as_of=pull.started.replace(tzinfo=None)), pull.marks())


@dataclass
class Pull:
    """One pull of an API: what was asked, what came, and what it knows next time."""

    place: Place
    wire: "Wire"
    visit: Visit
    started: datetime | None = None  # by the server's clock
    written: int = 0
    came: dict[str, int] = field(default_factory=dict)  # key -> hash of the record
    held: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        told = self.place.model_dump_json(include={"url", "path", "params", "body", "records"})
        self.of = hashlib.blake2b(told.encode(), digest_size=8).hexdigest()
        # What was asked otherwise says nothing of how far this has come.
        self.known = self.visit.marks if self.visit.marks.get("of") == self.of else {}
        self.before = set(self.known.get("held", ()))

    @property
    def begin(self) -> datetime:
        if mark := self.known.get("since"):
            return datetime.fromisoformat(mark)
        first = self.place.since and self.place.since.first
        return self.visit.now - first if first else datetime(1970, 1, 1, tzinfo=UTC)

    def spans(self) -> list[tuple[datetime, datetime]]:
        """From when to when is asked, one after the other; the last is open: clocks differ."""
        begin, end = self.begin, self.visit.now + timedelta(days=1)
        window = self.place.since and self.place.since.window
        if not window:
            return [(begin, end)]
        starts = [begin]
        while starts[-1] + window < end:
            starts.append(starts[-1] + window)
        return [(start, min(start + window, end)) for start in starts]

    def asker(self, begin: datetime, end: datetime):
        """How a page of this span is asked for."""
        place, since = self.place, self.place.since
        told = {"{since}": since.told(begin), "{until}": since.told(end)} if since else {}
        params, body = _filled(place.params, told), _filled(place.body, told)
        address = place.url.rstrip("/") + _filled(place.path, told)

        def ask(fields: dict[str, Any], url: str) -> Page:
            if place.paging.into == "body":
                sent = {"params": params, "body": body | fields}
            else:
                sent = {"params": params | {name: str(value) for name, value in fields.items()}}
                sent |= {"body": body} if body else {}
            if url:
                sent["params"] = {}
            return self.page(url or address, sent)

        return ask

    def page(self, url: str, sent: dict[str, Any]) -> Page:
        headers = {"Accept": "application/json", **self.place.headers}
        for last in (False, True):
            answer = self.wire.ask(self.place.method, url, headers=headers, **sent)
            self.started = self.started or answer.at or self.visit.now
            try:
                return self._read(answer)
            except ValueError as error:
                if last:
                    what = answer.headers.get("content-type", "something else").partition(";")[0]
                    raise Failed(
                        f"{self.wire.host} answers with {what} that is no JSON: {error}.",
                        "Check url and path, and that the account may use the API.",
                    ) from None
        raise AssertionError

    def _read(self, answer: "Answer") -> Page:
        took = found(answer.body.decode("utf-8-sig"), self.place.records)
        if took.lost:
            there = (
                f"it holds {', '.join(sorted(took.beside)[:10])}"
                if isinstance(took.beside, dict)
                else "it holds a list"
            )
            raise Failed(
                f"The answer of {self.wire.host} has no {self.place.records or 'list of records'}: {there}.",
                f"The API may have changed: check path and records of [{self.place.name}].",
            )
        keys, fresh, met = [], [], False
        for record, text in took.records:
            key = at(record, self.place.key)
            if key is None or isinstance(key, dict | list):
                raise Failed(
                    f"A record of {self.wire.host} has no {self.place.key}, by which it is known.",
                    f"The API may have changed, or the account may not read it: check key of [{self.place.name}].",
                )
            key = str(key)
            met = met or (not keys and key in self.came)
            keys.append(key)
            if self.came.get(key) != (content := hash(text)):
                self.came[key] = content
                fresh.append(text if "\n" not in text and "\r" not in text else json.dumps(record))
        return Page(keys, met, fresh, took.beside, answer.headers, answer.links.get("next", ""))

    def taken(self, page: Page) -> Iterator[str]:
        """The records of a page that the last pull did not bring as they are."""
        if not (self.place.since and self.known):
            self.written += len(page.fresh)
            yield from page.fresh
            return
        for text in page.fresh:
            mark = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
            self.held[mark] = None
            if mark not in self.before:
                self.written += 1
                yield text

    def marks(self) -> dict[str, Any]:
        """What the next pull wants to know."""
        if not self.place.since:
            return {}
        since = (self.started - self.place.since.overlap).isoformat(timespec="seconds")
        return {"of": self.of, "since": since, "held": list(self.held)[:HELD]}


def _over(base: dict, told: dict) -> dict:
    """What a connection states, over what its API states; tables are joined."""
    both = {
        name: _over(base[name], told[name])
        for name in base.keys() & told.keys()
        if isinstance(base[name], dict) and isinstance(told[name], dict)
    }
    return {**base, **told, **both}


def _filled(value: Any, told: dict[str, str]) -> Any:
    match value:
        case str():
            for name, text in told.items():
                value = value.replace(name, text)
            return value
        case dict():
            return {name: _filled(one, told) for name, one in value.items()}
        case list():
            return [_filled(one, told) for one in value]
    return value
