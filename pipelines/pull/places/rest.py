"""A REST API, declared in TOML: one pull makes one export, the records as they were received, a JSON line each.

`pipelines/pull/apis/<name>.toml` states the fields of one API; a connection that names it adds its address and its sign-in,
and may state any field differently.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pipelines.asked import Asked
from pipelines.pull.api import Pull
from pipelines.pull.connection import Fetched, Span, Visit
from pipelines.pull.online import Online
from pipelines.pull.paging import Paging, pages

APIS = Path(__file__).parents[1] / "apis"


class Since(BaseModel):
    """What makes a pull ask only for what changed; {since} and {until} stand in params, body or path.

    format: how the API writes a time, as strftime does, or "unix" or "unix ms". overlap: how far before the last pull it
    asks again, for what was written late. first: how far back the first pull goes; all without it. window: the longest time
    that is asked for at once.

    begun, state, ended: where the API knows only when a record began: the paths of that time and of its state, and the states in
    which it changes no more. The oldest record in another state is asked for again, however long ago it began.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str
    overlap: Span = timedelta(hours=1)
    first: Span | None = None
    window: Span | None = None
    begun: str = ""
    state: str = ""
    ended: tuple[str, ...] = ()

    def told(self, moment: datetime) -> str | int:
        match self.format:
            case "unix":
                return int(moment.timestamp())
            case "unix ms":
                return int(moment.timestamp() * 1000)
        return moment.strftime(self.format)


class Export(BaseModel):
    """An export that the tool makes by itself once `path` has asked for it: its state is asked for, then its parts.

    id, state, chunks: where the answers hold the export's id, its state and the numbers of its parts. status, chunk: paths, with
    {id} and {chunk}. done, failed: states. every: how often it is asked; patience: how long in all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    status: str
    state: str
    done: list[str]
    failed: list[str]
    chunks: str
    chunk: str
    every: int = Field(10, gt=0)
    patience: Span = timedelta(hours=2)


class Place(Online):
    """path: behind the url. records: where the answer holds them; "" where it is the list itself. key: what tells two apart.
    needs: what a record cannot do without: where none has it, the API has changed.

    params, body, headers: what is sent with each request. answers: of XML, each page is an export of its own, and `records` and
    the cursor are paths of elements, such as "RESPONSE/HOST_LIST/HOST".
    """

    kind: Literal["rest"]
    api: str = ""
    documentation: str = ""
    path: str
    method: Literal["GET", "POST"] = "GET"
    records: str = ""
    key: str = ""
    needs: tuple[str, ...] = ()
    params: dict[str, str | list[str]] = Field(default_factory=dict)
    body: dict[str, Any] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    paging: Paging = Paging()
    since: Since | None = None
    export: Export | None = None
    answers: Literal["json", "xml"] = "json"

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

    @model_validator(mode="after")
    def all_filled(self) -> "Place":
        sent = self.model_dump_json(include={"path", "params", "body", "auth"})
        lacking = sorted(
            set(re.findall(r"\{([a-z_]+)\}", sent)) - {*self.fill, "since", "until", "key", "secret"}
        )
        if self.answers == "json" and not self.key:
            raise ValueError("key is needed: the path by which one record is told from another")
        if lacking:
            raise ValueError(f"it lacks fill = {{{', '.join(f'{name} = …' for name in lacking)}}}")
        return self

    @property
    def where(self) -> str:
        return f"{self.url.rstrip('/')}{self.path}"

    def test(self, visit: Visit) -> list[str]:
        from pipelines.pull.wire import Wire

        with Wire(self, visit, self.url) as wire:
            pull = Pull(self, wire, visit)
            if self.answers == "xml" or self.export:
                pull.reach()
                return [f"{wire.host} answers."]
            begin, end = pull.spans()[-1]
            page = next(pages(self.paging, pull.asker(begin, end)))
        total = page.told(self.paging.total) if self.paging.total else None
        number = (
            f"{int(total):,}"
            if str(total).isdecimal()
            else f"{len(page.keys):,}" + (" or more" if page.keys else "")
        )
        since = f" since {begin:%Y-%m-%d %H:%M} UTC" if self.since else ""
        names = sorted(json.loads(page.fresh[0])) if page.fresh else []
        said = [f"{wire.host} answers: {number} records{since}."]
        return said + ([f"  with {', '.join(names[:30])}"] if names else [])

    def fetch(self, visit: Visit) -> Iterator[Fetched]:
        from pipelines.pull.wire import Wire

        with Wire(self, visit, self.url) as wire:
            pull = Pull(self, wire, visit)
            exports = pull.documents() if self.answers == "xml" else pull.records()
            # Only once the last one is loaded it is known how far all have come.
            held = None
            for number, export in enumerate(exports, 1):
                if held:
                    yield held
                name = f"{self.name} {pull.started:%Y-%m-%d %H.%M.%S}{f' {number}' * (number > 1)}{export.suffix}"
                # What changed is far less than what came first, and whole all the same: all of its pages came.
                asked = Asked(as_of=pull.started.replace(tzinfo=None), complete=self.since is not None)
                held = Fetched(export, name, asked)
        if held:
            yield replace(held, marks=pull.marks(), last=True)
        else:
            visit.noted.update(pull.marks())


def _over(base: dict, told: dict) -> dict:
    """What a connection states, over what its API states; tables are joined."""
    both = {
        name: _over(base[name], told[name])
        for name in base.keys() & told.keys()
        if isinstance(base[name], dict) and isinstance(told[name], dict)
    }
    return {**base, **told, **both}
