"""A mailbox that tools send their reports to: attachments by sender and subject, over IMAP with TLS.

Whoever knows the address can write any sender into a mail. `verified_by` names the mail server of your own that checks
senders, and only mails that it found to be true (DMARC) are taken; without it a forged mail is taken like a true one.
The mailbox is opened for reading only: nothing is deleted, moved or marked as read.
"""

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from pipelines.pull.auth import OAuth
from pipelines.pull.connection import Connection, Failed, Fetched, Visit
from pipelines.pull.imap import Letter, Mailbox, mailbox
from pipelines.pull.mime import Damaged, attachments, verified
from pipelines.pull.secrets import Secret

MEGABYTE = 1024**2
KEPT = 20_000  # attachments that are known by their content


class Place(Connection):
    """host, port, folder: the mailbox. user: with its password, or with auth = {by = "oauth", …} where the provider wants tokens.

    senders: patterns of addresses ("reports@tool.example.com", "*@tool.example.com"). subject, files: patterns of the
    subject and of the names of attachments. verified_by: the server whose word on senders counts, as it names itself in
    Authentication-Results, or "topmost": whoever wrote the uppermost one (Microsoft 365 does, and does not name itself).
    days: how far back the first look goes. most: megabytes a mail may have. ca: the certificate of a private authority.
    """

    kind: Literal["mailbox"]
    host: str
    port: int = Field(993, ge=1, le=65_535)
    user: str
    password: Secret | None = None
    auth: OAuth | None = None
    folder: str = "INBOX"
    senders: tuple[str, ...] = Field(min_length=1)
    subject: str = "*"
    files: str = "*"
    verified_by: str = ""
    days: int = Field(31, ge=1, le=3650)
    most: int = Field(50, gt=0, le=1024)
    ca: Path | None = None

    @field_validator("senders")
    @classmethod
    def addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [one for one in value if "@" not in one]:
            raise ValueError(f"{wrong[0]!r} is no address, such as reports@example.com or *@example.com")
        return value

    @model_validator(mode="after")
    def signs_in(self) -> "Place":
        if bool(self.password) == bool(self.auth):
            raise ValueError("state either password or auth")
        return self

    @property
    def where(self) -> str:
        return f"{self.user} at {self.host}, mails of {', '.join(self.senders)}"

    def test(self, visit: Visit) -> list[str]:
        with mailbox(self, visit) as box:
            new = [letter for letter in self._new(visit, box) if not self._other(letter)]
        told = f"{self.folder} of {self.where}: {len(new):,} new {'mail' if len(new) == 1 else 'mails'}."
        return [told, *(f"  {letter.told}" for letter in new[:20])]

    def fetch(self, visit: Visit) -> Iterator[Fetched]:
        known = _held(visit)
        left_out: list[str] = []
        visit.noted.update(dict.fromkeys(_forgotten(visit)))
        with mailbox(self, visit) as box:
            for letter in self._new(visit, box):
                try:
                    taken = [] if self._other(letter) else self._attached(box, letter)
                except Damaged as error:
                    left_out.append(f"{letter.told} was left out: {error}")
                    taken = []
                for number, (name, content) in enumerate(taken):
                    digest = hashlib.sha256(content).hexdigest()
                    if digest in known:
                        continue
                    known.add(digest)
                    copy = visit.work / f"mail-{letter.uid}-{number}"
                    copy.write_bytes(content)
                    os.utime(copy, (letter.at.timestamp(),) * 2)
                    # Tools give every report the same name.
                    named = f"{name} (mail {letter.uid} of {letter.at:%Y-%m-%d})"
                    yield Fetched(copy, named, marks={f"held:{digest}": letter.uid})
                # By these it is looked at again as long as one of them was not taken in.
                if taken:
                    digests = [hashlib.sha256(content).hexdigest() for _, content in taken]
                    visit.noted[f"mail:{box.validity}:{letter.uid}"] = digests
                visit.noted["looked"] = [box.validity, max(letter.uid, _looked(visit, box))]
        if left_out:
            more = f" So it is with {len(left_out) - 1:,} more." if len(left_out) > 1 else ""
            raise Failed(
                f"{left_out[0]}.{more}", "It is said this once; load its file by hand if it is a true one."
            )

    def _new(self, visit: Visit, box: Mailbox) -> Iterator[Letter]:
        """The mails since the last look, and those of which something was not taken; oldest first."""
        held = _held(visit)
        begins = f"mail:{box.validity}:"
        again = {
            int(key.removeprefix(begins))
            for key, digests in visit.marks.items()
            if key.startswith(begins) and not held.issuperset(digests)
        }
        last = _looked(visit, box)
        first = visit.now - timedelta(days=self.days)
        uids = {uid for uid in box.uids(last, first) if uid > last} | again
        yield from box.letters(sorted(uids))

    def _other(self, letter: Letter) -> bool:
        """Whether a mail is none that is waited for."""
        senders = (fnmatch(letter.sender.lower(), one.lower()) for one in self.senders)
        return not any(senders) or not fnmatch(letter.subject.lower(), self.subject.lower())

    def _attached(self, box: Mailbox, letter: Letter) -> list[tuple[str, bytes]]:
        """The attachments that are taken. Damaged says why those of a mail are not."""
        if self.verified_by and not verified(letter.headers, self.verified_by, letter.sender):
            raise Damaged("nothing says that its sender is true (verified_by)")
        if letter.size > self.most * MEGABYTE:
            raise Damaged(f"it has {letter.size / MEGABYTE:,.0f} MB, more than the {self.most:,} of most")
        found = attachments(box.whole(letter))
        return [(name, content) for name, content in found if fnmatch(name.lower(), self.files.lower())]


def _held(visit: Visit) -> set[str]:
    return {key.removeprefix("held:") for key in visit.marks if key.startswith("held:")}


def _forgotten(visit: Visit) -> list[str]:
    """The marks of mails of which all is held, and of what came so long ago that no mail holds it any more."""
    held = _held(visit)
    mails = [mark for mark, of in visit.marks.items() if mark.startswith("mail:") and held.issuperset(of)]
    return [*mails, *[mark for mark in visit.marks if mark.startswith("held:")][:-KEPT]]


def _looked(visit: Visit, box: Mailbox) -> int:
    """The highest UID that was looked at; a mailbox that counts anew is looked at anew."""
    told = visit.noted.get("looked") or visit.marks.get("looked") or [None, 0]
    return told[1] if told[0] == box.validity else 0
