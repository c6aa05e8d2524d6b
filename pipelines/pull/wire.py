"""The one HTTP client of all places: which hosts it calls, what it waits for, how much it takes.

Only the hosts that the connection names are called. Credentials go to its own address alone, and never into a message.
"""

import json
import random
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event, Timer
from time import sleep
from typing import IO, Any

from pipelines.errors import NotReady
from pipelines.pull.auth import OAuth, Signed
from pipelines.pull.connection import Failed, Visit
from pipelines.pull.online import Online, filled
from pipelines.pull.secrets import PREFIX
from pipelines.readers.table import cut

try:
    import httpx

    from pipelines.pull.hosts import Hosts, origin
except ImportError:
    raise NotReady(
        "Pulling over HTTP needs a package that is not installed. Run: uv sync --inexact --extra pull, or pip install httpx."
    ) from None

TRIES, PATIENCE, ALL = (
    6,
    300,
    3600,
)  # how often one answer is asked for; seconds of waiting for it, and for all of a pull
PAGE = 256 * 1024**2  # bytes that an answer held in memory may have
HOPS = 5
LONGEST = 20  # times the timeout, in which an answer has to have ended


@dataclass(frozen=True)
class Answer:
    """What came. body: empty where it was written to a file. at: the server's clock, in UTC."""

    status: int
    headers: Any
    links: dict[str, str]
    body: bytes
    size: int
    at: datetime | None


class Wire:
    """One pull's way to a connection's hosts; to be closed, as `with Wire(...)`."""

    def __init__(self, place: Online, visit: Visit, url: str):
        self._place, self._visit = place, visit
        self._home = httpx.URL(url)
        own = [self._home]
        if isinstance(place.auth, OAuth):
            own.append(httpx.URL(filled(place.auth.url, place.fill)))
        self._hosts = Hosts(place, own)
        self._left = place.most * 1024**2
        self._waited = 0.0
        self._signed: Signed | None = None
        proxy = place.proxy
        if proxy.startswith(PREFIX):
            proxy = visit.secrets[proxy]
        self._client = httpx.Client(
            verify=self._context(),
            timeout=httpx.Timeout(place.timeout, connect=min(place.timeout, 20)),
            proxy=proxy or None,
            headers={"User-Agent": "executive-metrics", "Accept-Encoding": "gzip, deflate"},
        )

    def __enter__(self) -> "Wire":
        return self

    def wait(self, seconds: float) -> None:
        sleep(seconds)

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def host(self) -> str:
        return self._home.host

    def ask(
        self,
        method: str,
        url: str,
        *,
        params: dict[str, str] | None = None,
        body: Any = None,
        form: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        to: IO[bytes] | None = None,
        signed: bool = True,
    ) -> Answer:
        """The answer to one request, asked for again where that helps. Failed says why there is none.

        url: a path of the connection's own address, or a whole address. to: a file that takes the body, instead of memory.
        """
        try:
            target = self._home.join(url)
        except httpx.InvalidURL:
            raise Failed(
                f"{self.host} names an address that is none.", "Check the paging of the connection."
            ) from None
        request = Request(method, target, params or {}, body, form, headers or {}, signed)
        tries, waited, renewed = 0, 0.0, not isinstance(self._place.auth, OAuth)
        while True:
            tries += 1
            try:
                with self._in_time(target.host):
                    got = self._once(request, to)
            except (httpx.LocalProtocolError, UnicodeEncodeError):
                raise Failed(
                    f"The request to {target.host} holds a sign that none may hold.",
                    f"Check {' and '.join(self._place.secrets()) or 'the connection'} for line ends and letters with accents.",
                ) from None
            except httpx.InvalidURL:
                raise Failed(
                    f"{target.host} names an address that is none.",
                    "Check the url and the path of the connection.",
                ) from None
            except (httpx.TransportError, httpx.DecodingError) as error:
                if "CERTIFICATE" in str(error).upper():
                    raise Failed(
                        f"The certificate of {target.host} is not trusted: {self._plain(error)}.",
                        'If a private authority made it, name its certificate: ca = "authority.pem".',
                    ) from None
                got = Again(self._plain(error) or type(error).__name__)
            if isinstance(got, Answer):
                return got
            if got.unsigned and not renewed:
                renewed, self._signed = True, None
            elif got.unsigned:
                raise self._refused(401, target.host, b"")
            else:
                waited += self._pause(target.host, got, tries, waited)

    @contextmanager
    def _in_time(self, host: str) -> Iterator[None]:
        """Cut the line to an answer that trickles in without end, be it in its headers or in what unpacks to nothing."""
        seconds, late = LONGEST * self._place.timeout, Event()
        timer = Timer(seconds, lambda: (late.set(), self._client.close()))
        timer.daemon = True
        timer.start()
        try:
            yield
        except (
            httpx.TransportError,
            RuntimeError,
        ):  # the latter where the line was cut between two of its addresses
            if late.is_set():
                raise Failed(
                    f"{host} has not ended its answer after {seconds // 60:,} minutes.",
                    f"Ask for less at once, or raise timeout in [{self._place.name}].",
                ) from None
            raise
        finally:
            timer.cancel()

    def _once(self, request: "Request", to: IO[bytes] | None) -> "Answer | Again":
        for _ in range(HOPS):
            signs = self._sign() if request.signed and origin(request.url) == origin(self._home) else Signed()
            url, headers, extensions = self._hosts.pinned(request.url)
            params = request.params | signs.params
            with self._client.stream(
                request.method,
                url.copy_merge_params(params) if params else url,
                headers={**request.headers, **signs.headers, **headers},
                json=request.body,
                data=request.form,
                extensions=extensions,
            ) as response:
                status = response.status_code
                if response.has_redirect_location:
                    request = self._followed(request, response.headers["location"])
                    continue
                packed = response.headers.get("content-encoding", "").lower().replace("identity", "")
                if packed.strip(", ") not in (
                    "",
                    "gzip",
                    "deflate",
                ):  # unpacked twice, a little is without end
                    return Again("its answer is packed in a way that was not asked for")
                if status == 401 and request.signed:
                    return Again("it refuses the sign-in", unsigned=True)
                if status in (408, 429) or status >= 500:
                    return Again(f"it answers {status}", _wait(response.headers))
                if status >= 400:
                    raise self._refused(status, request.url.host, next(response.iter_bytes(4096), b""))
                return self._taken(response, to)
        raise Failed(
            f"{request.url.host} sends the request on again and again.", "Check the url of the connection."
        )

    def _taken(self, response: httpx.Response, to: IO[bytes] | None) -> Answer:
        most, size, held = min(self._left, PAGE if to is None else self._left), 0, []
        if to is not None:
            to.seek(0)
            to.truncate()
        for block in response.iter_bytes():
            size += len(block)
            if size > most:
                raise Failed(
                    f"{response.url.host} answers with more than the {most / 1024**2:,.0f} MB that are taken.",
                    f"Ask for less at once, or raise most in [{self._place.name}].",
                )
            held.append(block) if to is None else to.write(block)
        self._left -= size
        links = {rel: link["url"] for rel, link in response.links.items() if "url" in link}
        return Answer(
            response.status_code, response.headers, links, b"".join(held), size, _clock(response.headers)
        )

    def _followed(self, request: "Request", location: str) -> "Request":
        """The request that a redirect asks for; its address is checked like any other."""
        host, there = request.url.host, request.url.join(location)
        if request.method != "GET":
            raise Failed(f"{host} sends the request on to {there.host}.", "Check the url of the connection.")
        self._hosts.check(there, f"{host} sends the request on to {there.host}, which is not called.")
        return replace(request, url=there, params={})

    def _sign(self) -> Signed:
        if self._signed is None:
            auth = self._place.auth
            self._signed = auth.sign(self._visit.secrets, self._exchange) if auth else Signed()
        return self._signed

    def _exchange(self, url: str, told: dict[str, str], as_json: bool) -> str:
        sent = {"body": told} if as_json else {"form": told}
        url = filled(url, self._place.fill)
        answer = self.ask("POST", url, signed=False, headers={"Accept": "application/json"}, **sent)
        try:
            return str(json.loads(answer.body)["access_token"])
        except (ValueError, KeyError, TypeError):
            raise Failed(
                f"{httpx.URL(url).host} gives no token.", "Check the url of auth, the client and its secret."
            ) from None

    def _refused(self, status: int, host: str, body: bytes) -> Failed:
        if status == 401:
            return Failed(
                f"{host} refuses the sign-in (401): it is wrong, or has expired.",
                f"Renew {' and '.join(self._place.secrets()) or 'the sign-in of the connection'}.",
            )
        if status == 403:
            return Failed(
                f"{host} does not let this account read that (403).",
                "Give the account the right to read it, or use another one.",
            )
        if status == 404:
            return Failed(
                f"{host} has nothing at this address (404).", "Check url and path of the connection."
            )
        said = self._plain(body.decode("utf-8", "replace"))
        return Failed(
            f"{host} refuses the request ({status}){': ' if said else ''}{said}.",
            "Check the fields of the connection.",
        )

    def _pause(self, host: str, got: "Again", tries: int, waited: float) -> float:
        """Wait before the next try, as long as there is patience, and Failed where there is no more; the seconds."""
        wait = got.wait if got.wait is not None else random.uniform(0.5, 1) * 2 ** (tries - 1)
        if tries == TRIES or waited + wait > PATIENCE or self._waited + wait > ALL:
            more = f" and asks to wait {wait:,.0f} seconds" if got.wait else ""
            raise Failed(
                f"{host} gives no answer: {got.reason}, {tries} times{more}."
                if tries > 1
                else f"{host} gives no answer: {got.reason}{more}.",
                "What is new comes with the next pull; if it stays so, ask those who run it.",
            )
        self._visit.say(f"{host}: {got.reason}; asking again in {wait:,.0f} s.")
        self._waited += wait
        sleep(wait)
        return wait

    def _plain(self, said: object) -> str:
        """A text from elsewhere as one short line, without a secret."""
        told = self._visit.secrets.masked(str(said))
        line = " ".join("".join(c if c.isprintable() else " " for c in told).split())
        return cut(self._visit.secrets.masked(line), 200).rstrip(".")

    def _context(self) -> ssl.SSLContext:
        context = httpx.create_ssl_context()
        if self._place.ca:
            try:
                context.load_verify_locations(self._place.ca)
            except (OSError, ssl.SSLError) as error:
                raise Failed(
                    f"The certificate {self._place.ca} cannot be used: {error.strerror or error}.",
                    "Name a file of certificates in PEM.",
                ) from None
        return context


@dataclass(frozen=True)
class Request:
    method: str
    url: httpx.URL
    params: dict[str, str]
    body: Any
    form: dict[str, str] | None
    headers: dict[str, str]
    signed: bool


@dataclass(frozen=True)
class Again:
    """Why there was no answer. wait: seconds that the server asks for."""

    reason: str
    wait: float | None = None
    unsigned: bool = False


def _clock(headers: Any) -> datetime | None:
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None


def _wait(headers: Any) -> float | None:
    """The seconds that Retry-After asks to wait, in figures or as a date."""
    told = headers.get("retry-after", "")
    if told.isdecimal():
        return float(told)
    try:
        until = parsedate_to_datetime(told).astimezone(UTC)
    except ValueError:
        return None
    return max(0.0, (until - (_clock(headers) or datetime.now(UTC))).total_seconds())
