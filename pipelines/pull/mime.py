"""What a mail says: its sender, its subject, who verified it, its attachments. All of it is text of a stranger."""

import re
from collections.abc import Iterator
from email import errors, message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

from pipelines.readers.table import called

TOPMOST = "topmost"
# After one of these a part may be cut off, or hold other bytes than were sent.
BROKEN = (
    errors.StartBoundaryNotFoundDefect,
    errors.CloseBoundaryNotFoundDefect,
    errors.MultipartInvariantViolationDefect,
    errors.NoBoundaryInMultipartDefect,
    errors.InvalidBase64PaddingDefect,
    errors.InvalidBase64CharactersDefect,
    errors.InvalidBase64LengthDefect,
)


class Damaged(Exception):
    """A mail of which nothing is taken; why, in words."""


def headers(raw: bytes) -> Message:
    return message_from_bytes(raw)


def sender(told: Message) -> str:
    """The one address that a mail says it is from; "" where it names none or several."""
    stated = told.get_all("From", [])
    found = getaddresses([str(one) for one in stated])
    return found[0][1] if len(stated) == len(found) == 1 and "@" in found[0][1] else ""


def subject(told: Message) -> str:
    return decoded(told.get("Subject", ""))


def decoded(text: object) -> str:
    """A header in letters, in one line; as it stands where it is coded wrongly."""
    try:
        return called(str(make_header(decode_header(str(text))))) if text else ""
    except (LookupError, ValueError, errors.HeaderParseError):
        return called(str(text))


def verified(told: Message, server: str, address: str) -> bool:
    """Whether a server found that a mail comes from the domain it says: dmarc=pass in its Authentication-Results (RFC 8601).

    Only its uppermost word counts: a server writes above what it was given. server: as it names itself there, or TOPMOST
    for one that does not.
    """
    for stated in told.get_all("Authentication-Results", []):
        parts = [part.split() for part in _bare(str(stated)).lower().split(";")]
        if server == TOPMOST or parts[0][:1] == [server.lower()]:
            domain = address.rpartition("@")[2].lower()
            return any(
                words[:1] == ["dmarc=pass"] and {f"header.from={domain}"} & set(words) for words in parts
            )
    return False


def _bare(stated: str) -> str:
    """What a server found, without quoted text and comments, in which it may repeat what a stranger has written."""
    text = re.sub(r'"(?:[^"\\]|\\.)*"', " ", stated)
    while (without := re.sub(r"\([^()]*\)", " ", text)) != text:
        text = without
    return "" if set(text) & set('"()') else text


def attachments(raw: bytes) -> list[tuple[str, bytes]]:
    """The attachments of a mail with their names, in order. Damaged where one may not be whole."""
    try:
        return list(_attached(message_from_bytes(raw)))
    except Damaged:
        raise
    except Exception as error:  # whatever the library makes of what no mail program would send
        raise Damaged(f"it cannot be read as a mail ({type(error).__name__})") from error


def _attached(part: Message) -> Iterator[tuple[str, bytes]]:
    if part.get_content_maintype() == "multipart":
        _check(part)
        for inside in part.get_payload():
            yield from _attached(inside)
        return
    # A mail within a mail was verified by nobody.
    name = part.get_filename()
    if part.get_content_maintype() == "message" or not (
        name or part.get_content_disposition() == "attachment"
    ):
        return
    if part.get_content_type() == "application/ms-tnef" or decoded(name).lower() == "winmail.dat":
        raise Damaged("its attachments are in a winmail.dat, which only Outlook reads; have it sent as HTML")
    content = part.get_payload(decode=True)
    _check(part)
    yield decoded(name) or "attachment", content or b""


def _check(part: Message) -> None:
    if any(isinstance(defect, BROKEN) for defect in part.defects):
        raise Damaged("an attachment is cut off or damaged")
