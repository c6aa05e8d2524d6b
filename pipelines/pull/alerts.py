"""Alerts: a mail and a POST to a webhook when something goes wrong, once, and once more when it is well again.

What each way has been told is kept in DATA/pulls/alerts.json, and only after it was handed over: what could not be
told is told with the next pull.
"""

import fcntl
import json
import os
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, field_validator

from pipelines.errors import NotReady
from pipelines.pull.connection import ALERTS, FILE, Connection, read_facts, stated
from pipelines.pull.history import folder
from pipelines.pull.secrets import Secret, Secrets
from pipelines.pull.standing import standing
from pipelines.readers.table import called, cut

LINE = 600  # letters

# known: what a way was told before, by name -> the lines to tell, and what is known from then on.
Decide = Callable[[Mapping[str, Any]], tuple[list[str], dict[str, Any]]]


class Alerts(BaseModel):
    """[alerts] of connections.toml.

    to: addresses of mail, through the server of DASHBOARD_SMTP_HOST. webhook: the secret that holds its address.
    link: where the dashboard is reached ("https://metrics.example.com"), for links in what is told.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: tuple[str, ...] = ()
    webhook: Secret | None = None
    link: str = ""

    @field_validator("link")
    @classmethod
    def plain_link(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("https", "http") or "@" in value or "?" in value):
            raise ValueError("it has to be an address such as https://metrics.example.com")
        return value.rstrip("/")

    @property
    def ways(self) -> list[str]:
        return [way for way, stated in (("mail", self.to), ("webhook", self.webhook)) if stated]

    def page(self, name: str, **view: str) -> str:
        """The address of a page of the dashboard; "" where no link is stated."""
        asked = f"?{urlencode(view)}" if view else ""
        return f"{self.link}/{name}{asked}" if self.link else ""


def read_alerts(data: Path) -> Alerts:
    """What connections.toml says of alerts; nobody is told anything where it says nothing. NotReady where it is wrong."""
    return stated(data / FILE, ALERTS, Alerts, read_facts(data).get(ALERTS, {}))


def tell_pulls(data: Path, connections: Mapping[str, Connection], failed: Mapping[str, str]) -> list[str]:
    """Tell of connections that fail or are overdue, and of those that work again; what went wrong with telling.

    failed: by connection, what this pull says of it beside its history.
    """
    alerts = read_alerts(data)
    if not alerts.ways:
        return []
    asked = {name: one for name, one in connections.items() if not one.paused or name in failed}
    wrong = {name: said for name, one in asked.items() if (said := failed.get(name) or _wrong(data, one))}
    link = alerts.page("data")
    return tell(data, alerts, "pull", lambda known: pulls_told(known, wrong, {*asked, FILE}, link))


def tell_unready(data: Path, reason: str) -> list[str]:
    """Tell that nothing is pulled, once, as long as connections.toml can still say whom to tell."""
    alerts = read_alerts(data)

    def decide(known: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
        return [] if FILE in known else [f"Nothing is pulled. {reason}"], {**known, FILE: reason}

    return tell(data, alerts, "pull", decide) if alerts.ways else []


def pulls_told(
    known: Mapping[str, Any], wrong: Mapping[str, str], names: set[str], link: str
) -> tuple[list[str], dict[str, Any]]:
    """One line for what goes wrong since it last went well, one for what works again; of what is gone or paused none."""
    lines = [f"{name} {said} {link}".strip() for name, said in wrong.items() if name not in known]
    lines += [f"{name} works again." for name in known if name not in wrong and name in names]
    return lines, {name: known.get(name, said) for name, said in wrong.items()}


def _wrong(data: Path, connection: Connection) -> str:
    facts = standing(data, connection)
    if facts["failed"]:
        return f"failed. {facts['failed']}"
    return "is overdue: no pull went well for two of its cadences." if facts["overdue"] else ""


def tell(data: Path, alerts: Alerts, topic: str, decide: Decide) -> list[str]:
    """Tell each way what it does not know yet of a topic; what went wrong with it, in words."""
    try:
        return _tell(data, alerts, topic, decide)
    except OSError as error:
        return [f"What was told of alerts cannot be kept: {(error.strerror or str(error)).lower()}."]


def _tell(data: Path, alerts: Alerts, topic: str, decide: Decide) -> list[str]:
    wrong, secrets = [], Secrets(data)
    with _known(data) as known:
        for way in alerts.ways:
            of_way = known.setdefault(way, {})
            lines, kept = decide(of_way.get(topic, {}))
            lines = [cut(called(secrets.masked(line)), LINE) for line in lines]
            try:
                wrong += send(alerts, way, lines, secrets) if lines else []
            except NotReady as error:
                wrong.append(f"An alert could not be sent. {secrets.masked(str(error))}")
                continue
            of_way[topic] = kept
    return wrong


def send(alerts: Alerts, way: str, lines: list[str], secrets: Secrets) -> list[str]:
    """Hand lines over to one way. NotReady says why that failed; where only some have it, that is said."""
    if way == "webhook":
        from pipelines.pull.post import (
            post,
        )  # as mail, below: a tenth of a second, of pulls that tell nothing

        told = json.dumps({"text": "\n".join(map(_harmless, lines))}).encode()
        post(secrets[alerts.webhook], told, "application/json")
        return []
    from pipelines.smtp import Partly, begun, deliver, smtp

    settings = smtp()
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    mail = begun(alerts.to, f"Executive metrics: {cut(lines[0], 120)}{more}", settings)
    mail.set_content("\n\n".join(lines) + "\n", cte="quoted-printable")
    try:
        deliver(mail, settings)
    except Partly as error:
        return [f"An alert did not come to all. {error}"]
    return []


def _harmless(line: str) -> str:
    """A line that calls nobody by name and hides no link, where a chat shows it."""
    return line.replace("<", "‹").replace(">", "›").replace("@", "＠").replace("](", "] (")


@contextmanager
def _known(data: Path):
    """What each way was told, for one process at a time; kept as it stands at the end."""
    folder(data).mkdir(parents=True, exist_ok=True)
    path = folder(data) / f"{ALERTS}.json"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            known = {way: dict(topics) for way, topics in json.loads(path.read_text("utf-8")).items()}
        except (FileNotFoundError, ValueError, AttributeError, TypeError):
            known = {}  # at worst something is told twice
        yield known
        beside = path.with_suffix(".writing")
        with beside.open("w", encoding="utf-8") as file:
            json.dump(known, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
