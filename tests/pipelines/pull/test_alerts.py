"""Alerts of pulls: once for each streak of failures, once when it works again, and no secret in them."""

import json
import os
import socket
import threading
import time
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aiosmtpd.controller import Controller
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.errors import NotReady
from pipelines.pull import alerts
from pipelines.pull.alerts import pulls_told, read_alerts
from pipelines.pull.connection import read_connections
from pipelines.pull.history import History, Run, write_history
from pipelines.warehouse import now

EXPORT = (
    "number,opened_at,priority,incident_state,sys_updated_at\n"
    "INC1,2026-01-01 08:00:00,1 - Critical,New,2026-01-01 08:00:00\n"
)


def test_one_line_for_a_streak_and_one_when_it_works_again():
    known = {}
    told = []
    for wrong in ({"crm": "failed. A."}, {"crm": "failed. B."}, {}, {}, {"crm": "failed. C."}):
        lines, known = pulls_told(known, wrong, {"crm", "erp"}, "")
        told.append(lines)
    assert told == [["crm failed. A."], [], ["crm works again."], [], ["crm failed. C."]]
    # Paused or removed since: nothing works again.
    assert pulls_told(known, {}, {"erp"}, "") == ([], {})


def test_overdue_is_told_and_paused_is_not(tmp_path, monkeypatch):
    table = '[{0}]\nkind = "folder"\npath = "."\n{1}\n'
    (tmp_path / "connections.toml").write_text(
        '[alerts]\nto = ["a@example.com"]\n'
        + table.format("old", 'cadence = "6 hours"')
        + table.format("kept", 'cadence = "8 weeks"')
        + table.format("idle", "paused = true")
    )
    for name in ("old", "kept", "idle"):
        write_history(tmp_path, name, History(runs=(Run(now() - timedelta(days=9)),)))
    told = []
    monkeypatch.setattr(alerts, "send", lambda alerts, way, lines, secrets: told.extend(lines) or [])
    for _ in range(2):
        assert alerts.tell_pulls(tmp_path, read_connections(tmp_path), {}) == []
    assert told == ["old is overdue: no pull went well for two of its cadences."]


class Hook(BaseHTTPRequestHandler):
    """Takes what is posted, answers as it is told to."""

    def do_POST(self):
        self.server.posted.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.answers)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def hook():
    server = HTTPServer(("127.0.0.1", 0), Hook)
    server.posted, server.answers = [], 200
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def mails(monkeypatch):
    """What a server of mail was handed."""
    kept = []

    class Kept:
        async def handle_DATA(self, server, session, envelope):
            kept.append(message_from_bytes(envelope.content, policy=default))
            return "250 OK"

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    controller = Controller(Kept(), hostname="127.0.0.1", port=port)
    controller.start()
    for name, value in {
        "HOST": "127.0.0.1",
        "PORT": port,
        "SECURITY": "none",
        "FROM": "m@example.com",
    }.items():
        monkeypatch.setenv(f"DASHBOARD_SMTP_{name}", str(value))
    yield kept
    controller.stop()


def test_a_pull_that_fails_is_told_by_mail_and_webhook_and_again_where_that_failed(
    tmp_path, hook, mails, taken, monkeypatch
):
    data, inbox = tmp_path / "data", tmp_path / "in"
    data.mkdir()
    hidden = "hooks-9f3b"
    monkeypatch.setenv("HOOK", f"http://127.0.0.1:{hook.server_port}/{hidden}")
    (data / "connections.toml").write_text(
        f'[alerts]\nto = ["a@example.com", "b@example.com"]\nwebhook = "secret:HOOK"\nlink = "https://m.example.com/"\n'
        f'[crm]\nkind = "folder"\npath = "{inbox.as_posix()}"\nfiles = "*.csv"\n'
        f'[idle]\nkind = "folder"\npath = "{inbox.as_posix()}"\npaused = true\n'
    )

    def pull():
        told = CliRunner().invoke(app, ["pull", "--data", str(data)])
        assert hidden not in told.output
        return told

    hook.answers = 307  # a redirect is not followed
    first = pull()
    assert first.exit_code == 1
    assert "An alert could not be sent. 127.0.0.1 answers 307." in first.output
    hook.answers = 200
    assert pull().exit_code == 1  # the mail is not sent again, the POST is
    assert pull().exit_code == 1
    (mail,) = mails
    assert mail["To"] == "a@example.com, b@example.com"
    line = f"crm failed. {inbox} cannot be read: no such file or directory. Check that the folder is there"
    assert mail.get_content().startswith(line) and "https://m.example.com/data" in mail.get_content()
    assert mail["Subject"].startswith("Executive metrics: crm failed. ")
    assert [path for path, _ in hook.posted] == [f"/{hidden}"] * 2
    assert json.loads(hook.posted[1][1])["text"].startswith(line)
    inbox.mkdir()
    # What stands in a file calls nobody and hides no link.
    bad = inbox / "<!channel> @all [x](http:a).csv"
    bad.write_text("no export\n1\n")
    os.utime(bad, (time.time() - 3600,) * 2)
    (data / "pulls" / "alerts.json").unlink()
    pull()
    said = json.loads(hook.posted[-1][1])["text"]
    assert said.startswith("crm failed. ‹!channel› ＠all [x] (http:a).csv was refused: ")
    bad.write_text(EXPORT)
    os.utime(bad, (time.time() - 1800,) * 2)
    assert pull().exit_code == 0
    assert json.loads(hook.posted[-1][1]) == {"text": "crm works again."}
    assert mails[-1].get_content().strip() == "crm works again."
    held = b"".join(path.read_bytes() for path in (data / "pulls").iterdir())
    assert hidden.encode() not in held


def test_connections_that_cannot_be_read_are_told_once(tmp_path, mails):
    file = tmp_path / "connections.toml"
    table = '[alerts]\nto = ["a@example.com"]\n'
    sound = f'[crm]\nkind = "folder"\npath = "{tmp_path.as_posix()}"\nfiles = "*.csv"\n'
    for text in (
        table,
        table,
        table + sound.replace("folder", "ftp"),
        table + sound.replace("folder", "ftp"),
        table + sound,
    ):
        file.write_text(text)
        CliRunner().invoke(app, ["pull", "--data", str(tmp_path)])
    told = [mail.get_content().strip() for mail in mails]
    assert told[0].startswith("Nothing is pulled. ")
    first, again = told[1].splitlines()[::2]
    assert first.startswith("crm failed. ") and "[crm] states the kind 'ftp'" in first
    assert [again, *told[2:]] == ["connections.toml works again.", "crm works again."]
    # A disk that is full keeps nobody from pulling.
    (tmp_path / "pulls" / "alerts.writing").mkdir()
    told = CliRunner().invoke(app, ["pull", "--data", str(tmp_path)])
    assert "cannot be kept: is a directory" in told.output and "crm: nothing new." in told.output


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ('webhook = "https://hooks.example.com/hunter2"', "a secret is not stated here"),
        ('link = "metrics.example.com"', "https://metrics.example.com"),
        ('too = ["a@example.com"]', "too: Extra inputs"),
    ],
)
def test_alerts_that_cannot_be_used_are_said(tmp_path, stated, said):
    (tmp_path / "connections.toml").write_text(f"[alerts]\n{stated}\n")
    with pytest.raises(NotReady, match=r"connections\.toml: \[alerts\] cannot be used") as error:
        read_alerts(tmp_path)
    assert said in str(error.value) and "hunter2" not in str(error.value)
