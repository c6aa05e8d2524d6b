"""Places over the servers that organisations run: OpenSSH's sshd and Dovecot, on loopback, as the account of the tests."""

import getpass
import grp
import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.pull import run
from pipelines.pull.history import read_history
from tests.pipelines.pull.test_mailbox import HEAD, ROW, mail

EXPORT = (HEAD + ROW.format("INC-1")).encode()
PASSWORD = "correct-horse-battery"


def found(program: str, package: str) -> str:
    """The path of a server's program; without it the test is skipped, or fails where it is required."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if path is None:
        said = f"No {program} is found: this test needs one (Debian: apt install {package})."
        (pytest.fail if os.environ.get("REQUIRE_SERVERS") == "1" else pytest.skip)(said)
    return path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


@contextmanager
def standing(command: list[str], port: int, log: Path):
    """A server from when it answers until the block ends."""
    with log.open("wb") as told, subprocess.Popen(command, stdout=told, stderr=told) as server:
        try:
            for _ in range(200):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    assert server.poll() is None, log.read_text()
                    time.sleep(0.05)
            else:
                pytest.fail(f"It does not answer: {log.read_text()}")
            yield server
        finally:
            server.terminate()
            server.wait(20)


def pulled(data: Path):
    (one,) = run.pull(data, run.chosen(data))
    return one


@pytest.fixture
def sshd(tmp_path):
    """A server of SFTP for this account by its key, with exports in `out`; the data folder with a connection to it."""
    program, keys = found("sshd", "openssh-server"), tmp_path / "keys"
    keys.mkdir(mode=0o700)
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", keys / name], check=True)
    (keys / "authorized").write_text((keys / "client.pub").read_text())
    if os.geteuid() == 0:  # what the system's own service makes as it starts
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    port, out = free_port(), tmp_path / "out"
    (keys / "config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {keys}/host\nPidFile none\nUsePAM no\nStrictModes no\n"
        f"AuthorizedKeysFile {keys}/authorized\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
        "Subsystem sftp internal-sftp\n"
    )
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", keys / "host"], capture_output=True, text=True, check=True
    )
    (out / "deeper").mkdir(parents=True)
    data = tmp_path / "data"
    data.mkdir()
    (data / "connections.toml").write_text(
        f'[sftp]\nkind = "store"\nurl = "sftp://127.0.0.1:{port}{out}"\nlogin = "{getpass.getuser()}"\nfiles = "*.csv"\n'
        f'below = true\nprivate_key = "secret:KEY"\nhost_key = "{shown.stdout.split()[1]}"\n'
    )
    held = (keys / "client").read_text()
    (data / "secrets.toml").write_text(f'KEY = """{held}"""\n')
    (data / "secrets.toml").chmod(0o600)
    with standing([program, "-D", "-e", "-f", str(keys / "config")], port, tmp_path / "sshd.log"):
        yield data, out


def put(file: Path, content: bytes, age: float = 3600):
    file.write_bytes(content)
    os.utime(file, (time.time() - age,) * 2)


def test_exports_come_from_a_real_server_of_sftp(sshd, taken):
    data, out = sshd
    large = EXPORT + ROW.format("INC-2").encode() * 50_000  # many requests of SFTP
    put(out / "one.csv", EXPORT)
    put(out / "deeper" / "Ünïcödé \u202e.csv", large, 3000)
    put(out / "new.csv", EXPORT, 0)  # it may still be written
    put(out / ".hidden.csv", EXPORT)
    (out / "link.csv").symlink_to("/etc/passwd")
    (out / "folder.csv").mkdir()
    os.mkfifo(out / "pipe.csv")
    assert not pulled(data).failed
    assert taken == [("one.csv", EXPORT), ("deeper/Ünïcödé  .csv", large)]
    assert not pulled(data).outcomes
    (out / "deeper" / "one more.csv").symlink_to(out / "one.csv")
    put(out / "one.csv", large[:-1], 2000)  # the export of the next day
    assert [one.file for one in pulled(data).outcomes] == ["one.csv"]
    shutil.rmtree(out)
    assert f"{out} on the server cannot be read: No such file" in pulled(data).run.error
    held = b"".join(path.read_bytes() for path in (data / "pulls").iterdir())
    assert b"PRIVATE KEY" not in held


def test_a_real_server_of_sftp_refuses_and_is_refused(sshd, taken):
    data, out = sshd
    put(out / "one.csv", EXPORT)
    file = data / "connections.toml"
    sound = file.read_text()
    file.write_text(sound.replace(f'login = "{getpass.getuser()}"', 'login = "somebody"'))
    assert "refused the login of somebody" in pulled(data).run.error
    file.write_text(sound.replace("SHA256:", "SHA256:A"))
    assert "is not the server of host_key: it shows SHA256:" in pulled(data).run.error
    file.write_text(sound)
    assert not pulled(data).failed and len(taken) == 1


@pytest.fixture
def dovecot(tmp_path, certificate):
    """A server of IMAP with an empty mailbox: (data folder with a connection to it, its Maildir, its port)."""
    program = found("dovecot", "dovecot-imapd")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if not version.startswith("2.3."):
        pytest.skip(
            f"This is Dovecot {version.split()[0]}, whose settings are others; the test is written for 2.3."
        )
    # Its sockets' paths may be no longer than a hundred letters, and root neither signs in nor has a mailbox.
    base, box, port = (
        Path(f"/tmp/dovecot-{os.getpid()}"),
        Path(f"/tmp/dovecot-{os.getpid()}/box"),
        free_port(),
    )
    own = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    for folder in (base, box, *(box / name for name in ("new", "cur", "tmp"))):
        folder.mkdir()
        os.chown(folder, own.pw_uid, own.pw_gid)
    (base / "users").write_text(f"metrics:{{PLAIN}}{PASSWORD}:{own.pw_uid}:{own.pw_gid}::{box}::\n")
    shutil.copy(certificate / "cert.pem", base)
    shutil.copy(certificate / "key.pem", base)
    as_own = (
        ""
        if os.geteuid() == 0
        else (
            f"default_internal_user = {own.pw_name}\ndefault_login_user = {own.pw_name}\n"
            f"default_internal_group = {grp.getgrgid(own.pw_gid).gr_name}\n"
            + "".join(f"service {name} {{\n  chroot =\n}}\n" for name in ("anvil", "imap-login", "stats"))
        )
    )
    (base / "config").write_text(
        f"base_dir = {base}/run\nlog_path = /dev/stderr\nprotocols = imap\nauth_failure_delay = 0\nlisten = 127.0.0.1\n"
        f"first_valid_uid = {own.pw_uid}\nfirst_valid_gid = {own.pw_gid}\n{as_own}"
        f"ssl = required\nssl_cert = <{base}/cert.pem\nssl_key = <{base}/key.pem\nmail_location = maildir:{box}\n"
        f"passdb {{\n  driver = passwd-file\n  args = {base}/users\n}}\n"
        f"userdb {{\n  driver = passwd-file\n  args = {base}/users\n}}\n"
        "service imap-login {\n  inet_listener imap {\n    port = 0\n  }\n"
        f"  inet_listener imaps {{\n    port = {port}\n    ssl = yes\n  }}\n}}\n"
    )
    data = tmp_path / "data"
    data.mkdir()
    (data / "connections.toml").write_text(
        f'[post]\nkind = "mailbox"\nhost = "127.0.0.1"\nport = {port}\nuser = "metrics"\npassword = "secret:MAILBOX"\n'
        'senders = ["*@tool.example.com"]\nsubject = "*report*"\nfiles = "*.csv"\nverified_by = "mx.example.com"\n'
        f'ca = "{certificate}/cert.pem"\n'
    )
    (data / "secrets.toml").write_text(f'MAILBOX = "{PASSWORD}"\n')
    (data / "secrets.toml").chmod(0o600)
    try:
        with standing([program, "-F", "-c", str(base / "config")], port, tmp_path / "dovecot.log"):
            yield data, box, port
    finally:
        shutil.rmtree(base)


def deliver(box: Path, raw: bytes, name: str):
    (box / "tmp" / name).write_bytes(raw)
    os.chown(box / "tmp" / name, box.stat().st_uid, box.stat().st_gid)
    (box / "tmp" / name).rename(box / "new" / name)


def test_attachments_come_from_a_real_mailbox_and_nothing_is_changed_there(dovecot, taken, certificate):
    data, box, port = dovecot
    assert not pulled(data).run.error  # an empty mailbox
    deliver(box, mail(EXPORT), "1")
    deliver(box, mail(EXPORT, "../../again.csv"), "2")  # the same content
    named = mail(EXPORT + b"1", "NAME.csv").replace(b"NAME", b"=?utf-8?q?../../etc/passwd=0D=0ABcc=3A_x=00?=")
    deliver(box, named, "3")
    deliver(box, mail(EXPORT + b"2", subject="Week 5 =?utf-8?q?report=0D=0AX=3A_y?= <b>"), "4")
    deliver(box, mail(EXPORT + b"9", results="mx.example.com; dmarc=fail header.from=tool.example.com"), "5")
    deliver(box, mail(EXPORT + b"9", sender="a@elsewhere.example"), "6")
    deliver(box, mail(EXPORT + b"9", "winmail.dat"), "7")
    first = pulled(data)
    assert [content for _, content in taken] == [EXPORT, EXPORT + b"1", EXPORT + b"2"]
    assert all("\n" not in name and name.endswith(")") for name, _ in taken)
    assert "nothing says that its sender is true" in first.run.error and "1 more" in first.run.error
    assert not pulled(data).failed  # it is said once
    deliver(box, mail(EXPORT + b"3"), "8")
    assert len(pulled(data).outcomes) == 1
    # No mail was read, moved or deleted: all of them are unseen still.
    context = ssl.create_default_context(cafile=certificate / "cert.pem")
    with imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=context) as server:
        server.login("metrics", PASSWORD)
        server.select("INBOX", readonly=True)
        assert len(server.uid("SEARCH", "UNSEEN")[1][0].split()) == 8


def test_a_real_mailbox_that_counts_anew_gives_what_is_new_and_no_more(dovecot, taken):
    data, box, _ = dovecot
    deliver(box, mail(EXPORT), "1")
    assert len(pulled(data).outcomes) == 1
    before = read_history(data, "post").marks["looked"]
    # Its index is lost, as after it was restored from a backup.
    for file in box.glob("dovecot*"):
        file.unlink()
    time.sleep(1.1)  # the new count begins with another second
    deliver(box, mail(EXPORT + b"1"), "2")
    assert len(pulled(data).outcomes) == 1 and len(taken) == 2
    assert read_history(data, "post").marks["looked"][0] != before[0]


def test_a_real_mailbox_refuses_in_one_line_without_the_password(dovecot, taken):
    data, _, _ = dovecot
    (data / "secrets.toml").write_text('MAILBOX = "wrong-horse-battery"\n')
    error = pulled(data).run.error
    assert error.startswith("127.0.0.1 refuses the sign-in of metrics: ") and "horse" not in error
    (data / "secrets.toml").write_text(f'MAILBOX = "{PASSWORD}"\n')
    file = data / "connections.toml"
    file.write_text(file.read_text() + 'folder = "Entwürfe & mehr"\n')
    assert "There is no folder 'Entwürfe & mehr': " in pulled(data).run.error
