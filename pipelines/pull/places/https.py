"""One file by its address: taken when it changed, each content once."""

import hashlib
import re
from collections.abc import Iterator
from email.message import Message
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import field_validator

from pipelines.pull.connection import Failed, Fetched, Visit
from pipelines.pull.files import BLOCK
from pipelines.pull.online import Online, address
from pipelines.pull.secrets import PREFIX
from pipelines.readers.table import called, cut

if TYPE_CHECKING:
    from pipelines.pull.wire import Answer


class Place(Online):
    """url: of the file; where it holds a signature or a key, the name of a secret that holds it. file: what it is called."""

    kind: Literal["https"]
    file: str = ""

    @field_validator("url")
    @classmethod
    def safe(cls, value: str) -> str:
        if not value.startswith(PREFIX):
            address(value)
        return value

    @property
    def where(self) -> str:
        if self.url.startswith(PREFIX):
            return f"the address in {self.url.removeprefix(PREFIX)}"
        url = urlsplit(self.url)
        return f"{url.scheme}://{url.netloc}{url.path}"

    def test(self, visit: Visit) -> list[str]:
        path, answer = self._got(visit, visit.marks)
        if answer.status == 304:
            return [f"{self.where} answers: nothing new."]
        return [f"{self.where} answers: {self._name(answer)}, {path.stat().st_size:,} bytes."]

    def fetch(self, visit: Visit) -> Iterator[Fetched]:
        path, answer = self._got(visit, visit.marks)
        if answer.status == 304:
            return
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        marks: dict[str, Any] = {
            "etag": answer.headers.get("etag"),
            "modified": answer.headers.get("last-modified"),
            "digest": digest,
        }
        if digest == visit.marks.get("digest"):
            visit.noted.update(marks)
            return
        yield Fetched(path, self._name(answer), marks=marks)

    def _got(self, visit: Visit, marks: Any) -> tuple[Any, "Answer"]:
        from pipelines.pull.wire import Wire

        url = self.url
        if url.startswith(PREFIX):
            url = visit.secrets[url].strip()
            try:
                address(url)
            except ValueError as error:
                raise Failed(f"{self.where} is not usable: {error}.", "Keep a whole address there.") from None
            visit.secrets.guard(urlsplit(url).query)
        known = {"If-None-Match": marks.get("etag"), "If-Modified-Since": marks.get("modified")}
        path = visit.work / "file"
        with Wire(self, visit, url) as wire, path.open("wb", buffering=BLOCK) as file:
            answer = wire.ask("GET", url, headers={k: v for k, v in known.items() if v}, to=file)
        return path, answer

    def _name(self, answer: "Answer") -> str:
        """What the load is called: as stated, as the answer calls it, or the end of the address; never a path."""
        told = Message()
        told["content-disposition"] = answer.headers.get("content-disposition", "")
        address = "" if self.url.startswith(PREFIX) else unquote(urlsplit(self.url).path)
        for name in (self.file, told.get_filename() or "", address):
            if bare := re.split(r"[/\\]", name)[-1].strip(". "):
                return cut(called(bare), 120)
        return self.name
