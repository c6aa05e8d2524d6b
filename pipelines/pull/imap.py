"""The few commands of IMAP that reading a mailbox needs."""

import base64
import imaplib
import json
import re
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pipelines.errors import NotReady
from pipelines.pull import mime
from pipelines.pull.connection import Failed, Visit
from pipelines.pull.post import post
from pipelines.readers.table import called, cut

if TYPE_CHECKING:
    from pipelines.pull.places.mailbox import Place

PATIENCE = 60  # seconds for each answer
HEADER = 1 << 16  # bytes; what is longer is read no further


@dataclass(frozen=True)
class Letter:
    """A mail by its header. size: bytes, as the server says. at: when it arrived."""

    uid: int
    size: int
    at: datetime
    headers: Message

    @property
    def sender(self) -> str:
        return mime.sender(self.headers)

    @property
    def subject(self) -> str:
        return mime.subject(self.headers)

    @property
    def told(self) -> str:
        return f"The mail “{cut(self.subject, 60)}” of {self.at:%Y-%m-%d} from {cut(called(self.sender), 60)}"


class Mailbox:
    """A folder that is open for reading. validity: as long as it stays, a UID names the same mail."""

    def __init__(self, server: imaplib.IMAP4, folder: str, most: int):
        self._server, self._most = server, most
        answer, said = server.select(_quoted(folder), readonly=True)
        if answer != "OK":
            raise Failed(
                f"There is no folder {folder!r}: {_words(said)}.", "Check the folder of the connection."
            )
        validity = server.response("UIDVALIDITY")[1]
        if not validity or not validity[0]:
            raise Failed(
                "The server does not number its mails so that they stay known.", "Use another mailbox."
            )
        self.validity = int(validity[0])

    def uids(self, last: int, first: datetime) -> list[int]:
        """Those above `last`, or where nothing was looked at yet those since a day."""
        day = f"{first.day}-{MONTHS[first.month - 1]}-{first.year}"
        asked = f"UID {last + 1}:*" if last else f"SINCE {day}"
        found = self._asked("SEARCH", asked)
        return [
            int(uid) for line in found if isinstance(line, bytes) for uid in line.split() if uid.isdigit()
        ]

    def letters(self, uids: Sequence[int]) -> Iterator[Letter]:
        """The headers of mails, in this order; of those that are there no more, none."""
        for some in _batched(uids, 200):
            wanted = ",".join(map(str, some))
            answers = self._asked(
                "FETCH", wanted, f"(UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER]<0.{HEADER}>)"
            )
            found = {}
            for told, raw in _literals(answers):
                uid, size = (re.search(rb"\b%s (\d+)" % word, told) for word in (b"UID", b"RFC822\\.SIZE"))
                if uid:
                    found[int(uid[1])] = Letter(
                        int(uid[1]), int(size[1]) if size else 0, _arrived(told), mime.headers(raw)
                    )
            yield from (found[uid] for uid in some if uid in found)

    def whole(self, letter: Letter) -> bytes:
        """A mail as it was sent. Damaged where more comes than it was said to have."""
        most = self._most
        for _, raw in _literals(self._asked("FETCH", str(letter.uid), f"(UID BODY.PEEK[]<0.{most + 1}>)")):
            if len(raw) > most:
                raise mime.Damaged("it is larger than it was said to be")
            return raw
        raise mime.Damaged("it is there no more")

    def _asked(self, *words: str) -> list[Any]:
        answer, found = self._server.uid(*words)
        if answer != "OK":
            raise Failed(
                f"The server refuses to {words[0].lower()}: {_words(found)}.", "Ask those who run it."
            )
        return found


class _Server(imaplib.IMAP4_SSL):
    """most: bytes that one answer may have, whatever the server says."""

    most = 1 << 30

    def read(self, size: int) -> bytes:
        if size > self.most:
            raise self.abort(f"an answer of {size:,} bytes, which is not taken")
        return super().read(size)


@contextmanager
def mailbox(place: "Place", visit: Visit) -> Iterator[Mailbox]:
    """The folder of a connection, opened for reading. Failed where that cannot be done, or where the server breaks off."""
    visit.say(f"Looking into the mailbox of {place.user}.")
    try:
        context = ssl.create_default_context()
        if place.ca:
            context.load_verify_locations(place.ca)
        server = _Server(place.host, place.port, ssl_context=context, timeout=PATIENCE)
        server.most = max(HEADER, place.most * 1024**2) + 1
    except ssl.SSLCertVerificationError as error:
        raise Failed(
            f"The certificate of {place.host} is not trusted: {error.verify_message}.",
            'If a private authority made it, name its certificate: ca = "authority.pem".',
        ) from None
    except (OSError, imaplib.IMAP4.error) as error:
        raise Failed(
            f"{place.host} cannot be reached: {_words(error)}.", "Check host, port and ca."
        ) from None
    try:
        _sign_in(server, place, visit)
        yield Mailbox(server, place.folder, place.most * 1024**2)
    except (imaplib.IMAP4.abort, OSError) as error:
        raise Failed(
            f"{place.host} broke off: {_words(error)}.", "What was not loaded comes with the next pull."
        ) from None
    except imaplib.IMAP4.error as error:
        raise Failed(
            f"{place.host} answers what cannot be used: {_words(error)}.", "Ask those who run it."
        ) from None
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            server.logout()


def _sign_in(server: imaplib.IMAP4, place: "Place", visit: Visit) -> None:
    secrets = visit.secrets
    try:
        if place.auth:
            token = place.auth.sign(secrets, _token).headers["Authorization"]
            told = f"user={place.user}\x01auth={token}\x01\x01".encode()
            secrets.guard(base64.b64encode(told).decode())
            # What is wrong comes as a question, to which an empty line is the answer.
            given = iter((told,))
            server.authenticate("XOAUTH2", lambda _: next(given, b""))
        else:
            server.login(place.user, secrets[place.password])
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise Failed(
            f"{place.host} refuses the sign-in of {place.user}: {_words(error)}.",
            f"Renew {' and '.join(place.secrets())}, and see that the account may use IMAP.",
        ) from None


def _token(url: str, told: dict[str, str], as_json: bool) -> str:
    body = json.dumps(told) if as_json else urlencode(told)
    kind = "application/json" if as_json else "application/x-www-form-urlencoded"
    try:
        return str(json.loads(post(url, body.encode(), kind))["access_token"])
    except (ValueError, KeyError, TypeError):
        raise NotReady("The address of auth gives no token. Check url, client and secret of auth.") from None


def _literals(answers: list[Any]) -> Iterator[tuple[bytes, bytes]]:
    """What the server says of each mail, and the bytes it sends with it; what it says after them belongs to them, too."""
    for place, one in enumerate(answers):
        if isinstance(one, tuple):
            after = answers[place + 1] if place + 1 < len(answers) else b""
            yield one[0] + (after if isinstance(after, bytes) else b""), one[1]


def _arrived(told: bytes) -> datetime:
    at = imaplib.Internaldate2tuple(told)
    return datetime.fromtimestamp(time.mktime(at) if at else 0, UTC)


def _quoted(folder: str) -> str:
    """A folder's name as IMAP writes it: in quotes, and letters beyond ASCII in its own UTF-7."""

    def coded(match: re.Match) -> str:
        raw = base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        return f"&{raw}-"

    name = re.sub(r"[^\x20-\x7e]+", coded, folder.replace("&", "&-"))
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _words(said: object) -> str:
    if isinstance(said, list | tuple):
        said = b" ".join(one for one in said if isinstance(one, bytes))
    if isinstance(said, BaseException):
        said = getattr(said, "strerror", None) or (said.args[0] if said.args else type(said).__name__)
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return cut(called(text), 200).rstrip(".")


def _batched(uids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), size):
        yield uids[start : start + size]


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
