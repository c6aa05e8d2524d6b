"""A pack as a mail: what it says in the body, as text and as HTML, and its files attached."""

import mimetypes
from collections.abc import Iterable, Sequence
from email.message import EmailMessage
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from dashboard.pack.look import ACCENT, INK, LINE, SOFT, STATES
from dashboard.pack.pack import Decision, Pack, Told
from dashboard.period import day
from dashboard.theme import SHAPE
from pipelines.errors import NotReady
from pipelines.smtp import Smtp, begun, deliver, one_line

TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".pdf": "application/pdf",
}
COLUMNS = ("Metric", "Value", "Before", "Change", "Target", "Status")


def send(pack: Pack, files: Sequence[Path], to: Sequence[str], settings: Smtp) -> None:
    """Send a pack with its files. NotReady says why it could not be sent."""
    deliver(message(pack, files, to, settings), settings)


def message(pack: Pack, files: Sequence[Path], to: Sequence[str], settings: Smtp) -> EmailMessage:
    """The mail of a pack: every text of it is one line of a header or words of the body, never more."""
    revised = f", revision {pack.revision}" if pack.revision > 1 else ""
    subject = f"{pack.organisation}: {pack.title}, {pack.period_label}{revised} ({pack.classification})"
    mail = begun(to, subject, settings)
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
            held, *kind.split("/", 1), filename=one_line(file.name), disposition="attachment"
        )  # fmt: skip
    return mail


def as_text(pack: Pack) -> str:
    """The body for those who read mail as plain text."""
    blocks = [
        [_headline(pack)],
        [one_line(pack.verdict), *filter(None, map(one_line, (pack.tally, pack.corrects)))],
    ]
    blocks += [[one_line(paragraph)] for paragraph in pack.memo]
    few = []
    for told in pack.few:
        beside = [
            f"{name.lower()} {said}" for name, said in zip(COLUMNS[2:], _cells(told)[2:], strict=True) if said
        ]
        few.append(f"- {one_line(told.title)}: {' · '.join([one_line(told.text), *beside])}")
    blocks.append(few)
    if pack.decisions:
        blocks.append(["Decisions asked for", *(f"- {_decision(d)}" for d in pack.decisions)])
    if pack.settled:
        blocks.append(["What became of decisions", *(f"- {_settled(d)}" for d in pack.settled)])
    if pack.compared:
        blocks.append([one_line(pack.since_title), *(f"- {one_line(line)}" for line in pack.since)])
    if pack.restated:
        blocks.append([_restated(pack), *(f"- {one_line(line)}" for line in pack.restated_lines)])
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
    decisions += _list(_restated(pack), pack.restated_lines)
    corrects = f'<p style="margin:0 0 16px">{_safe(pack.corrects)}</p>' * bool(pack.corrects)
    quiet = f"font-size:12px;color:{SOFT};margin:0"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{_safe(_headline(pack))}</title></head>"
        f'<body style="margin:0;background:#ffffff;color:{INK};font:15px/1.5 Source Sans Pro,Segoe UI,Arial,sans-serif">'
        '<div style="max-width:760px;padding:20px;overflow-wrap:anywhere">'
        f'<p style="{quiet}">{_safe(_headline(pack))}</p>'
        f'<h1 style="font-size:22px;line-height:1.3;margin:8px 0 4px;color:{ACCENT}">{_safe(pack.verdict)}</h1>'
        f'<p style="color:{SOFT};margin:0 0 16px">{_safe(pack.tally)}</p>{corrects}{memo}{table}{decisions}'
        f'<p style="{quiet};margin-top:24px;border-top:1px solid {LINE};padding-top:10px">{_safe(_foot(pack))}</p>'
        "</div></body></html>"
    )


def _cells(told: Told) -> list[str]:
    status = f"{SHAPE.get(told.status, '')} {told.status}".strip() if told.status else ""
    return list(map(one_line, (told.title, told.text, told.before, told.change, told.target, status)))


def _list(title: str, lines: Iterable[str]) -> str:
    """A heading and its lines as HTML; nothing where there are none."""
    items = "".join(f'<li style="margin:0 0 6px">{_safe(line)}</li>' for line in lines)
    head = f'<h2 style="font-size:15px;margin:20px 0 8px;color:{ACCENT}">{_safe(title)}</h2>'
    return f'{head}<ul style="margin:0;padding-left:20px">{items}</ul>' * bool(items)


def _decision(asked: Decision) -> str:
    due = f"by {asked.due.day} {asked.due:%b %Y}" if asked.due else ""
    said = (asked.text, asked.owner, due, asked.standing, asked.reason)
    return " · ".join(one_line(one) for one in said if one)


def _settled(one: Decision) -> str:
    said = (one.text, one.outcome, one.owner, one.standing, one.reason)
    return " · ".join(one_line(one) for one in said if one)


def _restated(pack: Pack) -> str:
    return f"Restated since {one_line(pack.restated_of[0])}"


def _headline(pack: Pack) -> str:
    parts: Iterable[str] = (pack.organisation, pack.title, pack.period_label, pack.classification)
    return " · ".join(map(one_line, parts))


def _foot(pack: Pack) -> str:
    through = day(pack.data_through, ZoneInfo(pack.timezone)) if pack.data_through else "no data"
    frozen = f"frozen {pack.frozen_at:%Y-%m-%d %H:%M} UTC" if pack.frozen_at else "draft, not frozen"
    return " · ".join(filter(None, [f"All data complete through {through}", one_line(pack.id), frozen]))


def _safe(text: object) -> str:
    return escape(one_line(text))
