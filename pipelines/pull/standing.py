"""How a connection stands: its last and next run, whether it is overdue; and whether its secrets are there."""

from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines import warehouse
from pipelines.errors import NotReady
from pipelines.pull.connection import Connection, spelled
from pipelines.pull.history import History, read_history
from pipelines.pull.secrets import Missing, Secrets


def standing(data: Path, connection: Connection, now: datetime | None = None) -> dict[str, Any]:
    """The facts of a connection, for people and programs; never a secret."""
    now, unsound = now or warehouse.now(), ""
    try:
        history = read_history(data, connection.name)
    except NotReady as error:
        history, unsound = History(), str(error)
    last, paused = history.last, connection.paused
    overdue = not paused and history.overdue(connection.cadence, now)
    wrong = connection.wrong or unsound
    failed = wrong or (f"{last.error} {last.todo}".strip() if last else "")
    if failed:
        state = f"failed: {wrong or last.error}"
    elif last is None:
        state = "never pulled"
    else:
        state = f"{last.rows:,} accepted" if last.files else "nothing new"
    before = [word for word, holds in (("paused", paused), ("overdue", overdue)) if holds]
    return {
        "name": connection.name,
        "kind": connection.kind,
        "where": connection.where,
        "last": last and last.at,
        "state": "; ".join([*before, state]),
        "next": None if paused or not last else history.due(connection.cadence, now),
        "cadence": spelled(connection.cadence),
        "paused": paused,
        "overdue": overdue,
        "failed": failed,
    }


def secrets_told(data: Path, connection: Connection) -> str:
    """The names of the secrets that a connection needs, and what keeps one from being read."""
    secrets = Secrets(data)
    return ", ".join(_secret(secrets, name) for name in connection.secrets())


def _secret(secrets: Secrets, name: str) -> str:
    try:
        return name if secrets[name] else ""
    except Missing:
        return f"{name} (missing)"
    except NotReady as error:
        return f"{name} ({error})"
