"""Handing a mail to a server: its settings, an address as people write it, and what the server answers, in one line."""

import re
import smtplib
import ssl
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from ipaddress import ip_address
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipelines.errors import NotReady

PORTS = {"starttls": 587, "tls": 465, "none": 25}
PATIENCE = 30  # seconds for each answer of the server
SUBJECT = 180
CONTROL = ("Cc", "Zl", "Zp")
TURNS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


class Partly(NotReady):
    """A mail that some have and others were refused."""


class Smtp(BaseSettings):
    """The server that mail is handed to: DASHBOARD_SMTP_HOST, _PORT, _USER, _PASSWORD, _FROM and _SECURITY.

    port: that of `security` unless said. user: "" where the server asks for none. sender (_FROM): the address that mail
    comes from. security: starttls; tls from the first byte on; or none. Certificates are checked, against
    SSL_CERT_FILE where an organisation has its own.
    """

    model_config = SettingsConfigDict(
        env_prefix="DASHBOARD_SMTP_", env_ignore_empty=True, populate_by_name=True, frozen=True
    )

    host: str = ""
    port: int | None = Field(None, ge=1, le=65_535)
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = Field("", validation_alias="DASHBOARD_SMTP_FROM")
    security: Literal["starttls", "tls", "none"] = "starttls"

    @property
    def place(self) -> tuple[str, int]:
        return self.host, self.port or PORTS[self.security]


def smtp() -> Smtp:
    """The settings of the environment. NotReady names what is wrong with one, and never a value."""
    try:
        return Smtp()
    except ValidationError as error:
        wrong = "; ".join(
            f"DASHBOARD_SMTP_{str(e['loc'][0]).upper().removeprefix('DASHBOARD_SMTP_')}: {e['msg']}"
            for e in error.errors()
        )
        raise NotReady(f"Mail cannot be sent. {wrong}.") from None


def begun(to: Sequence[str], subject: str, settings: Smtp) -> EmailMessage:
    """A mail without its body: every text of it is one line of a header. NotReady where it cannot be sent."""
    if not settings.host or not settings.sender:
        raise NotReady("Mail cannot be sent: set DASHBOARD_SMTP_HOST and DASHBOARD_SMTP_FROM.")
    if not to:
        raise NotReady("Mail cannot be sent: nobody is named to send it to.")
    sender = address(settings.sender)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = tuple({one.addr_spec: one for one in map(address, to)}.values())
    mail["Subject"] = short(subject, SUBJECT)
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain=sender.domain)
    return mail


def deliver(mail: EmailMessage, settings: Smtp) -> None:
    """Hand a mail over. NotReady says why it could not be sent, Partly who was refused it."""
    if settings.user and settings.security == "none" and not _here(settings.host):
        raise NotReady(
            "A password is not sent unencrypted. Set DASHBOARD_SMTP_SECURITY to starttls or tls, or no user."
        )
    where = "{}:{}".format(*settings.place)
    try:
        refused = _hand_over(mail, settings)
    except smtplib.SMTPAuthenticationError as error:
        raise NotReady(
            f"{where} refused the login of {settings.user}: {_answer(error)}. Check DASHBOARD_SMTP_USER and _PASSWORD."
        ) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise NotReady(f"Nothing was sent: {where} refused {_refusals(error.recipients)}.") from error
    except smtplib.SMTPResponseException as error:
        raise NotReady(f"Nothing was sent: {where} answered {_answer(error)}.") from error
    except smtplib.SMTPException as error:
        raise NotReady(
            f"Nothing was sent: {where} says {one_line(error)} Check DASHBOARD_SMTP_SECURITY and _PORT."
        ) from error
    except (OSError, UnicodeError) as error:
        raise NotReady(
            f"Nothing was sent: {where} cannot be reached: {one_line(error)}. "
            "Check DASHBOARD_SMTP_HOST, _PORT and _SECURITY."
        ) from error
    if refused:
        raise Partly(f"It was sent, but {where} refused {_refusals(refused)}; the others have it.")


def _hand_over(mail: EmailMessage, settings: Smtp) -> dict[str, tuple[int, bytes]]:
    """Hand a mail to the server: those it refused, where it took it for others."""
    secure = ssl.create_default_context()
    if settings.security == "tls":
        server = smtplib.SMTP_SSL(*settings.place, timeout=PATIENCE, context=secure)
    else:
        server = smtplib.SMTP(*settings.place, timeout=PATIENCE)
    with server:
        if settings.security == "starttls":
            server.starttls(context=secure)
        if settings.user:
            server.login(settings.user, settings.password.get_secret_value())
        return server.send_message(mail)


def address(told: str) -> Address:
    """An address as a person writes it: a@example.com, or Name <a@example.com>. NotReady where it is anything else."""
    match = re.fullmatch(r'"?([^<>"]*?)"? *<([^<>]+)>|([^<>]+)', told.strip())
    try:
        if not match or told.strip() != one_line(told) or not (match[2] or match[3]).isascii():
            raise ValueError
        name, spec, bare = match.groups()
        return Address(display_name=name or "", addr_spec=spec or bare)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise NotReady(f"{short(told, 80)!r} is no address of mail. Write it like a@example.com.") from error


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _answer(error: smtplib.SMTPResponseException) -> str:
    said = error.smtp_error
    said = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return short(f"{error.smtp_code} {said}", 300).rstrip(".")


def _refusals(refused: dict[str, tuple[int, bytes]]) -> str:
    said = ((who, f"{code} {answer.decode('utf-8', 'replace')}") for who, (code, answer) in refused.items())
    return "; ".join(f"{short(who, 80)} ({short(answer, 200)})" for who, answer in said)


def one_line(text: object) -> str:
    """A text on one line, without what controls a terminal, ends a line or turns the letters after it."""
    plain = str(text).encode("utf-8", "replace").decode("utf-8")
    unseen = {
        c for c in set(plain) if unicodedata.category(c) in CONTROL or unicodedata.bidirectional(c) in TURNS
    }
    return " ".join("".join(" " if c in unseen else c for c in plain).split())


def short(text: str, most: int) -> str:
    plain = one_line(text)
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"
