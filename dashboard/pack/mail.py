"""A pack as a mail: what it says in the body, as text and as HTML, and its files attached."""

import mimetypes
import re
import smtplib
import ssl
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from html import escape
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from dashboard.pack.look import ACCENT, INK, LINE, SOFT, STATES
from dashboard.pack.pack import Decision, Pack, Told
from dashboard.theme import SHAPE
from pipelines.errors import NotReady

PORTS = {"starttls": 587, "tls": 465, "none": 25}
PATIENCE = 30  # seconds for each answer of the server
SUBJECT = 180
CONTROL = ("Cc", "Zl", "Zp")
TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".pdf": "application/pdf",
}
COLUMNS = ("Metric", "Value", "Before", "Change", "Target", "Status")


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


def send(pack: Pack, files: Sequence[Path], to: Sequence[str], settings: Smtp) -> None:
    """Send a pack with its files. NotReady says why it could not be sent."""
    mail = message(pack, files, to, settings)
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
            f"Nothing was sent: {where} says {_one_line(error)} Check DASHBOARD_SMTP_SECURITY and _PORT."
        ) from error
    except (OSError, UnicodeError) as error:
        raise NotReady(
            f"Nothing was sent: {where} cannot be reached: {_one_line(error)}. "
            "Check DASHBOARD_SMTP_HOST, _PORT and _SECURITY."
        ) from error
    if refused:
        raise NotReady(f"It was sent, but {where} refused {_refusals(refused)}; the others have it.")


def message(pack: Pack, files: Sequence[Path], to: Sequence[str], settings: Smtp) -> EmailMessage:
    """The mail of a pack: every text of it is one line of a header or words of the body, never more."""
    if not settings.host or not settings.sender:
        raise NotReady("Mail cannot be sent: set DASHBOARD_SMTP_HOST and DASHBOARD_SMTP_FROM.")
    if not to:
        raise NotReady("Mail cannot be sent: nobody is named to send it to.")
    sender = _address(settings.sender)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = tuple({one.addr_spec: one for one in map(_address, to)}.values())
    mail["Subject"] = _short(
        f"{pack.organisation}: {pack.title}, {pack.period_label} ({pack.classification})", SUBJECT
    )
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain=sender.domain)
    mail.set_content(as_text(pack), cte="quoted-printable")
    mail.add_alternative(as_html(pack), subtype="html", cte="quoted-printable")
    for file in files:
        kind = (
            TYPES.get(file.suffix.lower()) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        )
        try:
            held = file.read_bytes()
        except OSError as error:
            raise NotReady(f"Nothing was sent: {file} cannot be read: {error.strerror}.") from error
        mail.add_attachment(
            held, *kind.split("/", 1), filename=_one_line(file.name), disposition="attachment"
        )  # fmt: skip
    return mail


def as_text(pack: Pack) -> str:
    """The body for those who read mail as plain text."""
    blocks = [[_headline(pack)], [_one_line(pack.verdict), *filter(None, [_one_line(pack.tally)])]]
    blocks += [[_one_line(paragraph)] for paragraph in pack.memo]
    few = []
    for told in pack.few:
        beside = [
            f"{name.lower()} {said}" for name, said in zip(COLUMNS[2:], _cells(told)[2:], strict=True) if said
        ]
        few.append(f"- {_one_line(told.title)}: {' · '.join([_one_line(told.text), *beside])}")
    blocks.append(few)
    if pack.decisions:
        blocks.append(["Decisions asked for", *(f"- {_decision(d)}" for d in pack.decisions)])
    if pack.settled:
        blocks.append(["What became of decisions", *(f"- {_settled(d)}" for d in pack.settled)])
    if pack.compared:
        blocks.append([_one_line(pack.since_title), *(f"- {_one_line(line)}" for line in pack.since)])
    blocks.append([_foot(pack)])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def as_html(pack: Pack) -> str:
    """The body with its table; styles stand at each element, since programs for mail drop style sheets."""
    cell = f"padding:8px 10px 8px 0;border-bottom:1px solid {LINE};text-align:left;vertical-align:top"
    tight, small = "white-space:nowrap", f"font-size:12px;font-weight:400;color:{SOFT}"
    rows = ""
    for told in pack.few:
        title, value, before, change, target, status = map(_safe, _cells(told))
        color = STATES.get(told.status or "", SOFT)
        rows += (
            f'<tr><td style="{cell};min-width:110px">{title}<br><span style="color:{color};{tight}">{status}</span></td>'
            f'<td style="{cell};{tight};font-size:20px;line-height:1.2;font-weight:600">{value}</td>'
            f'<td style="{cell};{tight}">{before}<br><span style="{small}">{change}</span></td>'
            f'<td style="{cell};{tight}">{target}</td></tr>'
        )
    heads = "".join(
        f'<th style="{cell};{small}">{name}</th>' for name in ("Metric", "Value", "Before, change", "Target")
    )
    table = f'<table style="border-collapse:collapse;margin:20px 0"><tr>{heads}</tr>{rows}</table>' * bool(
        rows
    )
    memo = "".join(f'<p style="margin:0 0 10px">{_safe(paragraph)}</p>' for paragraph in pack.memo)
    decisions = _list("Decisions asked for", map(_decision, pack.decisions))
    decisions += _list("What became of decisions", map(_settled, pack.settled))
    decisions += _list(pack.since_title, pack.since if pack.compared else ())
    quiet = f"font-size:12px;color:{SOFT};margin:0"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{_safe(_headline(pack))}</title></head>"
        f'<body style="margin:0;background:#ffffff;color:{INK};font:15px/1.5 Source Sans Pro,Segoe UI,Arial,sans-serif">'
        '<div style="max-width:760px;padding:20px;overflow-wrap:anywhere">'
        f'<p style="{quiet}">{_safe(_headline(pack))}</p>'
        f'<h1 style="font-size:22px;line-height:1.3;margin:8px 0 4px;color:{ACCENT}">{_safe(pack.verdict)}</h1>'
        f'<p style="color:{SOFT};margin:0 0 16px">{_safe(pack.tally)}</p>{memo}{table}{decisions}'
        f'<p style="{quiet};margin-top:24px;border-top:1px solid {LINE};padding-top:10px">{_safe(_foot(pack))}</p>'
        "</div></body></html>"
    )


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


def _address(told: str) -> Address:
    """An address as a person writes it: a@example.com, or Name <a@example.com>. NotReady where it is anything else."""
    match = re.fullmatch(r'"?([^<>"]*?)"? *<([^<>]+)>|([^<>]+)', told.strip())
    try:
        if not match or told.strip() != _one_line(told) or not (match[2] or match[3]).isascii():
            raise ValueError
        name, spec, bare = match.groups()
        return Address(display_name=name or "", addr_spec=spec or bare)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise NotReady(f"{_short(told, 80)!r} is no address of mail. Write it like a@example.com.") from error


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _answer(error: smtplib.SMTPResponseException) -> str:
    said = error.smtp_error
    said = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return _short(f"{error.smtp_code} {said}", 300).rstrip(".")


def _refusals(refused: dict[str, tuple[int, bytes]]) -> str:
    said = ((who, f"{code} {answer.decode('utf-8', 'replace')}") for who, (code, answer) in refused.items())
    return "; ".join(f"{_short(who, 80)} ({_short(answer, 200)})" for who, answer in said)


def _cells(told: Told) -> list[str]:
    status = f"{SHAPE.get(told.status, '')} {told.status}".strip() if told.status else ""
    return list(map(_one_line, (told.title, told.text, told.before, told.change, told.target, status)))


def _list(title: str, lines: Iterable[str]) -> str:
    """A heading and its lines as HTML; nothing where there are none."""
    items = "".join(f'<li style="margin:0 0 6px">{_safe(line)}</li>' for line in lines)
    head = f'<h2 style="font-size:15px;margin:20px 0 8px;color:{ACCENT}">{_safe(title)}</h2>'
    return f'{head}<ul style="margin:0;padding-left:20px">{items}</ul>' * bool(items)


def _decision(asked: Decision) -> str:
    due = f"by {asked.due.day} {asked.due:%b %Y}" if asked.due else ""
    said = (asked.text, asked.owner, due, asked.standing, asked.reason)
    return " · ".join(_one_line(one) for one in said if one)


def _settled(one: Decision) -> str:
    said = (one.text, one.outcome, one.owner, one.standing, one.reason)
    return " · ".join(_one_line(one) for one in said if one)


def _headline(pack: Pack) -> str:
    parts: Iterable[str] = (pack.organisation, pack.title, pack.period_label, pack.classification)
    return " · ".join(map(_one_line, parts))


def _foot(pack: Pack) -> str:
    through = f"{pack.data_through:%Y-%m-%d %H:%M} UTC" if pack.data_through else "no data"
    frozen = f"frozen {pack.frozen_at:%Y-%m-%d %H:%M} UTC" if pack.frozen_at else "draft, not frozen"
    return " · ".join(filter(None, [f"All data complete through {through}", _one_line(pack.id), frozen]))


def _one_line(text: object) -> str:
    """A text on one line, without what controls a terminal or ends a line."""
    plain = str(text).encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(" " if unicodedata.category(c) in CONTROL else c for c in plain).split())


def _short(text: str, most: int) -> str:
    plain = _one_line(text)
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _safe(text: object) -> str:
    return escape(_one_line(text))
