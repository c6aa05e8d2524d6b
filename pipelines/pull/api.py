"""One pull of an API: what is asked, what comes, and what it wants to know the next time."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.pull.answers import at, counted, found, stands
from pipelines.pull.connection import Failed, Visit
from pipelines.pull.online import filled
from pipelines.pull.paging import REPEATING, Ask, Page, pages
from pipelines.readers.table import cut

if TYPE_CHECKING:
    from pipelines.pull.places.rest import Place
    from pipelines.pull.wire import Answer, Wire

HELD = 20_000  # records of which a pull remembers that they came
QUIET = timedelta(days=1)  # after so long a pull that finds nothing new says that there was nothing
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PAGES = 10_000  # of XML


@dataclass
class Pull:
    """One pull of an API: what was asked, what came, and what it knows next time."""

    place: "Place"
    wire: "Wire"
    visit: Visit
    started: datetime | None = None  # by the server's clock, or by ours where that is behind
    written: int = 0
    came: dict[str, int] = field(default_factory=dict)  # key -> hash of the record
    held: dict[str, None] = field(default_factory=dict)
    again: str = ""  # a record that came as it is held
    oldest: datetime | None = None  # when the oldest record began that may still change

    def __post_init__(self) -> None:
        told = self.place.model_dump_json(include={"url", "path", "params", "body", "records", "fill"})
        self.of = hashlib.blake2b(told.encode(), digest_size=8).hexdigest()
        # What was asked otherwise says nothing of how far this has come.
        self.known = self.visit.marks if self.visit.marks.get("of") == self.of else {}
        self.before = set(self.known.get("held", ()))
        self.lacking = set(self.place.needs)

    @property
    def begin(self) -> datetime:
        # A mark that lies ahead is of a clock that was wrong, and says nothing.
        if (mark := self.known.get("since")) and (since := datetime.fromisoformat(mark)) <= self.visit.now:
            return since
        first = self.place.since and self.place.since.first
        return self.visit.now - first if first else EPOCH

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

    def records(self) -> Iterator[Path]:
        """The records as a file of JSON lines; none where nothing is new."""
        export = self.visit.work / f"{self.place.name}.jsonl"
        with export.open("w", encoding="utf-8") as file:
            for span in self.spans():
                for page in (
                    self.chunks(*span) if self.place.export else pages(self.place.paging, self.asker(*span))
                ):
                    file.writelines(f"{record}\n" for record in self.taken(page))
            if not self.written and self.quiet and (text := self.still()):
                file.write(f"{text}\n")
                self.written = 1
        if not self.came and (rows := self.known.get("rows")):
            raise self.gone(f", and had {rows:,} at the last pull")
        if self.came and self.lacking:
            raise Failed(
                f"No record of {self.wire.host} has {' or '.join(sorted(self.lacking))}, which it cannot do without.",
                f"The API may have changed, or the account may not read it: check [{self.place.name}].",
            )
        if self.written:
            yield export

    @property
    def quiet(self) -> bool:
        """Whether the last load lies so far back that nothing new is worth a load of its own."""
        told = self.known.get("told")
        return bool(told) and self.started - datetime.fromisoformat(told) >= QUIET

    def still(self) -> str:
        """A record that is loaded as it is: its load says up to when there was nothing new. "" where that cannot be known.

        Where none came it is asked for without a date: an account that lost its rights sees nothing new either.
        """
        place = self.place
        if not self.came and not place.export and not place.since.window:
            few = place.paging.model_copy(update={"size": 2})
            if not (page := next(pages(few, self.asker(EPOCH, self.visit.now)))).fresh:
                raise self.gone()
            return page.fresh[0]
        return self.again

    def gone(self, before: str = "") -> Failed:
        return Failed(
            f"{self.wire.host} has no records any more{before}.",
            "Check that the account may still read them.",
        )

    def chunks(self, begin: datetime, end: datetime) -> Iterator[Page]:
        """The parts of an export that the tool makes by itself."""
        place, export, wire = self.place, self.place.export, self.wire
        address, sent = self.request(begin, end)
        answer = self.answer(address, sent)
        told, waited = {**place.fill, "id": at(answer, export.id)}, 0.0
        if not told["id"]:
            raise Failed(
                f"{wire.host} names no {export.id} of the export that was asked for.",
                f"The API may have changed: check export of [{place.name}].",
            )
        while (state := at(answer, export.state)) not in export.done:
            if state in export.failed or waited > export.patience.total_seconds():
                raise Failed(f"{wire.host} does not finish its export: it is {state}.", "Pull again later.")
            if waited:
                self.visit.say(f"{wire.host} makes the export: {state}.")
            wire.wait(export.every if state else 0)
            waited += export.every
            answer = self.answer(place.url.rstrip("/") + filled(export.status, told), {}, "GET")
        for chunk in at(answer, export.chunks) or []:
            yield self.page(place.url.rstrip("/") + filled(export.chunk, {**told, "chunk": chunk}), {}, "GET")

    def documents(self) -> Iterator[Path]:
        """The pages of an API that answers in XML, each a file; those without records are left out."""
        url, sent = self.request(*self.spans()[-1])
        asked: set[str] = set()
        for number in count(1):
            path = self.visit.work / f"{number}.xml"
            with path.open("wb") as file:
                answer = self.wire.ask(self.place.method, url, headers=self.place.headers, to=file, **sent)
            self.started = self.started or min(answer.at or self.visit.now, self.visit.now)
            records, url_ = counted(path, self.place.records, self.place.paging.cursor, self.wire.host)
            if records:
                self.written += records
                yield path
            if not url_:
                return
            if url_ in asked or number == PAGES:
                raise Failed(*REPEATING)
            asked.add(url_)
            url, sent = url_, {}

    def reach(self) -> None:
        """Ask for something small that shows whether the API answers."""
        if self.place.export:
            next(self.chunks(*self.spans()[-1]), None)
        else:
            next(self.documents(), None)

    def request(self, begin: datetime, end: datetime) -> tuple[str, dict[str, Any]]:
        """The address and the fields of the request for a span."""
        place, since = self.place, self.place.since
        told = {**place.fill, **({"since": since.told(begin), "until": since.told(end)} if since else {})}
        params = {
            name: value if isinstance(value, list) else str(value)
            for name, value in filled(place.params, told).items()
        }
        body = filled(place.body, told)
        return place.url.rstrip("/") + filled(place.path, told), {
            "params": params,
            **({"body": body} if body else {}),
        }

    def asker(self, begin: datetime, end: datetime) -> Ask:
        """How a page of this span is asked for."""
        address, sent = self.request(begin, end)

        def ask(fields: dict[str, Any], url: str) -> Page:
            if url:
                return self.page(url, {**sent, "params": {}})
            if self.place.paging.into == "body":
                return self.page(address, {**sent, "body": sent.get("body", {}) | fields})
            more = {name: str(value) for name, value in fields.items()}
            return self.page(address, {**sent, "params": sent["params"] | more})

        return ask

    def answer(self, url: str, sent: dict[str, Any], method: str = "") -> Any:
        """An answer that holds no records."""
        return self._asked(url, sent, method, lambda answer: json.loads(answer.body))

    def page(self, url: str, sent: dict[str, Any], method: str = "") -> Page:
        return self._asked(url, sent, method, self._read)

    def _asked(self, url: str, sent: dict[str, Any], method: str, read: Callable[["Answer"], Any]) -> Any:
        """What an answer says; asked for once more where it is no JSON, which may have been cut off on its way."""
        headers = {"Accept": "application/json", **self.place.headers}
        for last in (False, True):
            answer = self.wire.ask(method or self.place.method, url, headers=headers, **sent)
            self.started = self.started or min(answer.at or self.visit.now, self.visit.now)
            try:
                return read(answer)
            except (ValueError, RecursionError) as error:
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
            if self.place.since and self.place.since.begun:
                self._still(record)
            if self.lacking:
                self.lacking = {path for path in self.lacking if not stands(record, path)}
            key = str(key)
            content = hash(text)
            met = met or (not keys and self.came.get(key) == content)
            keys.append(key)
            if self.came.get(key) != content:
                self.came[key] = content
                fresh.append(text if "\n" not in text and "\r" not in text else json.dumps(record))
        return Page(keys, met, fresh, took.beside, answer.headers, answer.links.get("next", ""))

    def _still(self, record: Any) -> None:
        """Note when a record began that may still change."""
        since = self.place.since
        if str(at(record, since.state)) not in since.ended:
            told = at(record, since.begun)
            try:
                began = datetime.fromisoformat(str(told)).astimezone(UTC)
            except ValueError:
                raise Failed(
                    f"A record of {self.wire.host} says in {since.begun} no time when it began: {cut(str(told))!r}.",
                    f"The API may have changed: check begun of [{self.place.name}].",
                ) from None
            self.oldest = min(began, self.oldest or began)

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
            else:
                self.again = self.again or text

    def marks(self) -> dict[str, Any]:
        """What the next pull wants to know."""
        if not self.place.since:
            return {"of": self.of, "rows": len(self.came)}
        since = self.started - self.place.since.overlap
        since = min(since, self.oldest or since).isoformat(timespec="seconds")
        told = self.started.isoformat(timespec="seconds") if self.written else self.known.get("told")
        return {"of": self.of, "since": since, "held": list(self.held)[:HELD], "told": told}
