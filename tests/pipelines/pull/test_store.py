"""Stores as places: S3 from a stand-in that answers as its documentation says, SFTP from a real server."""

import json
import os
import socket
import stat
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import paramiko
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pipelines.errors import NotReady
from pipelines.pull import run
from pipelines.pull.connection import Failed, Visit, read_connections
from pipelines.pull.history import read_history
from pipelines.pull.secrets import Secrets
from tests.pipelines.pull.standin import Reply, standing

INCIDENT = (
    "number,opened_at,priority,incident_state,sys_updated_at\n"
    "{0},2026-01-01 08:00:00,1 - Critical,New,2026-01-01 08:00:00\n"
)
OLD = datetime(2026, 2, 1, tzinfo=UTC)


class Stored(BaseHTTPRequestHandler):
    """ListObjectsV2, two keys a page, HeadObject and GetObject with a range; nothing else."""

    protocol_version = "HTTP/1.1"
    keys: dict[str, tuple[bytes, datetime]]
    asked: list[str]

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        self.asked.append(self.headers.get("Authorization", ""))
        url = urlsplit(self.path)
        bucket, _, key = unquote(url.path).lstrip("/").partition("/")
        if bucket != "exports":
            self.answer(404, b"<Error><Code>NoSuchBucket</Code><Message>There is none.</Message></Error>")
        elif not key:
            self.answer(200, self.listed({name: held[0] for name, held in parse_qs(url.query).items()}))
        elif key not in self.keys:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            body, at = self.keys[key]
            status, length = 200, len(body)
            if told := self.headers.get("Range"):
                start, end = told.removeprefix("bytes=").split("-")
                body, status = body[int(start) : int(end) + 1], 206
            self.answer(status, body, {"Last-Modified": format_datetime(at, usegmt=True)}, length)

    def listed(self, asked):
        prefix, delimiter, after = (asked.get(n, "") for n in ("prefix", "delimiter", "continuation-token"))
        names = sorted(k for k in self.keys if k.startswith(prefix) and k > after)
        page, more = names[:2], names[2:]
        found, inside = "", set()
        for key in page:
            rest = key[len(prefix) :]
            if delimiter and "/" in rest:
                inside.add(prefix + rest.split("/")[0] + "/")
                continue
            body, at = self.keys[key]
            found += (
                f"<Contents><Key>{escape(key)}</Key><LastModified>{at:%Y-%m-%dT%H:%M:%S}.000Z</LastModified>"
                f"<ETag>e</ETag><Size>{len(body)}</Size></Contents>"
            )
        for one in inside:
            found += f"<CommonPrefixes><Prefix>{escape(one)}</Prefix></CommonPrefixes>"
        going = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        return (
            f"<ListBucketResult><IsTruncated>{str(bool(more)).lower()}</IsTruncated>{going}{found}</ListBucketResult>"
        ).encode()

    def answer(self, status, body, headers=None, length=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length if self.command == "HEAD" and length else len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@pytest.fixture
def bucket(tmp_path):
    """Serve keys; (data folder with a connection to them, keys, what was asked with)."""
    keys, asked = {}, []
    handler = type("Served", (Stored,), {"keys": keys, "asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    data = tmp_path / "data"
    data.mkdir()
    (data / "connections.toml").write_text(
        f"""[s3]
kind = "store"
url = "s3://exports/drop"
files = "*.csv"
below = true
most = 1
endpoint = "http://127.0.0.1:{server.server_port}"
login = "an-id"
password = "secret:S3_KEY"
"""
    )
    (data / "secrets.toml").write_text('S3_KEY = "correct-horse-battery"\n')
    (data / "secrets.toml").chmod(0o600)
    yield data, keys, asked
    server.shutdown()
    server.server_close()


def pulled(data):
    (one,) = run.pull(data, run.chosen(data))
    return one


def test_a_bucket_gives_its_settled_objects_each_content_once(bucket, taken):
    data, keys, asked = bucket
    one = INCIDENT.format("INC1").encode()
    keys["drop/a.csv"] = one, OLD
    keys["drop/copy of a.csv"] = one, OLD + timedelta(hours=1)  # the same content
    keys["drop/large.csv"] = b"x" * (1024**2 + 1), OLD
    keys["drop/new.csv"] = INCIDENT.format("INC8").encode(), datetime.now(UTC)  # not settled
    keys["drop/notes.txt"] = b"x", OLD  # of another name
    keys["drop/..x/y?#\u202e.csv"] = INCIDENT.format("INC2").encode(), OLD + timedelta(hours=2)
    keys["elsewhere/b.csv"] = INCIDENT.format("INC9").encode(), OLD
    first = pulled(data)
    assert taken == [("a.csv", one), ("..x/y?# .csv", INCIDENT.format("INC2").encode())]
    assert first.run.error == "large.csv has 1 MB, more than the 1 of most in [s3]."
    del keys["drop/large.csv"]
    asked.clear()
    assert not pulled(data).outcomes
    assert asked and all("an-id" in told for told in asked)
    assert all(b"correct-horse" not in path.read_bytes() for path in (data / "pulls").iterdir())
    keys["drop/a.csv"] = INCIDENT.format("INC3").encode(), OLD + timedelta(days=1)
    assert [o.file for o in pulled(data).outcomes] == ["a.csv"]
    assert len(taken) == 3


def test_a_bucket_that_is_not_there_is_said_in_one_line(bucket):
    data, _, _ = bucket
    one = pulled(data)
    assert one.run.error == "There is nothing at s3://exports/drop."
    file = data / "connections.toml"
    file.write_text(file.read_text().replace("s3://exports", "s3://another"))
    error = pulled(data).run.error
    assert error.startswith("s3://another/drop cannot be used: ") and "NO_SUCH_BUCKET" in error
    assert "\n" not in error
    (data / "secrets.toml").chmod(0o644)
    assert "can be read by others. Run: chmod 600" in pulled(data).run.error


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ('url = "ftp://a/b"', "it has to be an address of s3://"),
        ('url = "sftp://me:hunter2@a/b"', "an address holds no password"),
        ('url = "s3://a/b"\nlogin = "x"', "stated both or neither"),
        ('url = "s3://a/b"\nlogin = "x"\npassword = "hunter2"', "a secret is not stated here"),
        ('url = "s3://a/b"\nendpoint = "http://example.com"', "it has to begin with https://"),
        ('url = "abfs://account/b"', "abfs://container@account"),
        ('url = "gs://a/b"\nlogin = "x"\npassword = "secret:X"', "the whole key of a service account"),
        ('url = "sftp://a/b"\nhost_key = "ab:cd"', "SHA256:"),
    ],
)
def test_an_address_that_cannot_be_used_is_said(tmp_path, stated, said):
    (tmp_path / "connections.toml").write_text(f'[one]\nkind = "store"\n{stated}\n')
    wrong = read_connections(tmp_path)["one"].wrong
    assert said in wrong and "hunter2" not in wrong


@pytest.fixture
def google(tmp_path, monkeypatch):
    """A stand-in for Google's bucket `exports`: (a connection to it with more lines, what it was signed with)."""
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("GCE_METADATA_HOST", "127.0.0.1:1")
    body = INCIDENT.format("INC1").encode()
    facts = {"kind": "storage#object", "bucket": "exports", "size": str(len(body)), "generation": "1"}
    facts |= {"timeCreated": "2026-01-01T00:00:00Z", "updated": "2026-01-01T00:00:00Z"}
    with standing() as server:
        server.routes["/storage/v1/b/exports/o"] = lambda asked: Reply(
            {"items": [{"name": "drop/a.csv", **facts}]}
        )
        server.routes["/exports/drop/a.csv"] = lambda asked: Reply(body)
        server.routes["/storage/v1/b/exports/o/drop%2Fa.csv"] = server.routes["/exports/drop/a.csv"]

        def connecting(more=""):
            (tmp_path / "connections.toml").write_text(
                f'[gs]\nkind = "store"\nurl = "gs://exports/drop"\nfiles = "*.csv"\nendpoint = "{server.url}"\n{more}\n'
            )
            return tmp_path

        yield connecting, server.requests


def test_google_is_signed_in_to_with_a_key_that_is_a_secret(google, taken, monkeypatch):
    connecting, asked = google
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    told = {
        "type": "service_account",
        "client_email": "metrics@p.example",
        "private_key_id": "k",
        "project_id": "p",
    }
    told |= {"private_key": key.decode(), "token_uri": "https://oauth2.googleapis.com/token"}
    monkeypatch.setenv("KEY", json.dumps(told))
    data = connecting('password = "secret:KEY"')
    one = pulled(data)
    assert not one.run.error and [name for name, _ in taken] == ["a.csv"]
    assert asked and all("Bearer ey" in str(request.headers) for request in asked)
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in os.environ
    assert b"PRIVATE KEY" not in b"".join(file.read_bytes() for file in (data / "pulls").iterdir())
    monkeypatch.setenv("KEY", "hunter2")
    assert pulled(data).run.error == "The password of gs:// is no key of a service account."


def test_no_identity_at_google_is_said_at_once(google, taken):
    connecting, asked = google
    begun = time.monotonic()
    assert pulled(connecting()).run.error == "This machine has no identity at Google."
    assert time.monotonic() - begun < 5 and not asked


class Account(paramiko.ServerInterface):
    def get_allowed_auths(self, username):
        return "password,publickey"

    def check_auth_password(self, username, password):
        return paramiko.AUTH_FAILED if password != "pass phrase" else paramiko.AUTH_SUCCESSFUL

    def check_auth_publickey(self, username, key):
        return paramiko.AUTH_SUCCESSFUL if key == CLIENT else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, channel):
        return paramiko.OPEN_SUCCEEDED


class Held(paramiko.SFTPServerInterface):
    """A folder as an unfriendly server tells of it."""

    def list_folder(self, path):
        if path.rstrip("/") == "/gone":
            return paramiko.SFTP_NO_SUCH_FILE
        inside = {
            "a.csv": stat.S_IFREG,
            "../../up.csv": stat.S_IFREG,
            "link.csv": stat.S_IFLNK,
            "below": stat.S_IFDIR,
        }
        found = []
        for name, kind in inside.items():
            one = paramiko.SFTPAttributes()
            one.filename, one.st_mode, one.st_size, one.st_mtime = (
                name,
                kind | 0o644,
                len(FILE),
                OLD.timestamp(),
            )
            one.st_atime = one.st_mtime = int(OLD.timestamp())
            found.append(one)
        return found

    def stat(self, path):
        return self.list_folder("/")[0]

    def open(self, path, flags, attr):
        return Content(flags)


class Content(paramiko.SFTPHandle):
    def read(self, offset, length):
        return FILE[offset : offset + length]

    def stat(self):
        return Held.list_folder(None, "/")[0]


FILE = INCIDENT.format("INC1").encode()
SERVER, CLIENT = (paramiko.ECDSAKey.generate() for _ in range(2))


@pytest.fixture
def served():
    """A server of SFTP; its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    talks = []

    def serve():
        while True:
            try:
                talk = paramiko.Transport(listening.accept()[0])
            except OSError:
                return
            talk.add_server_key(SERVER)
            talk.set_subsystem_handler("sftp", paramiko.SFTPServer, Held)
            talks.append(talk)
            # With an event it does not wait until the two have agreed, or have not.
            talk.start_server(threading.Event(), Account())

    threading.Thread(target=serve, daemon=True).start()
    yield listening.getsockname()[1]
    listening.close()
    for talk in talks:
        talk.close()


def visited(tmp_path, url, secrets, **stated):
    """What a pull of an SFTP server brings, and how it fails."""
    from pipelines.pull.places.store import Place

    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    place = Place(name="sftp", kind="store", url=url, login="reports", files="*.csv", **stated)
    visit = Visit({}, work, Secrets(tmp_path, secrets))
    try:
        return [(one.name, one.path.read_bytes()) for one in place.fetch(visit)], ""
    except Failed as error:
        return [], str(error)


def test_a_server_of_sftp_is_the_one_that_is_stated(tmp_path, served, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    url, secret = f"sftp://127.0.0.1:{served}/out", {"SFTP": "pass phrase", "WRONG": "not it"}
    shown = SERVER.fingerprint.rstrip("=")
    # Known by its fingerprint: one file, neither a link nor a name that leads elsewhere.
    found, wrong = visited(tmp_path, url, secret, password="secret:SFTP", host_key=shown)
    assert (found, wrong) == ([("a.csv", FILE)], "")
    assert (
        "refused the login of reports"
        in visited(tmp_path, url, secret, password="secret:WRONG", host_key=shown)[1]
    )
    other = CLIENT.fingerprint.rstrip("=")
    assert f"it shows {shown}" in visited(tmp_path, url, secret, password="secret:SFTP", host_key=other)[1]
    # By known_hosts, or not at all.
    unknown = visited(tmp_path, url, secret, password="secret:SFTP")[1]
    assert f"is not in known_hosts; it shows {shown}" in unknown
    (tmp_path / ".ssh").mkdir()
    hosts = paramiko.HostKeys()
    hosts.add(f"[127.0.0.1]:{served}", SERVER.get_name(), SERVER)
    hosts.save(str(tmp_path / ".ssh" / "known_hosts"))
    assert visited(tmp_path, url, secret, password="secret:SFTP") == ([("a.csv", FILE)], "")
    hosts.add(f"[127.0.0.1]:{served}", CLIENT.get_name(), CLIENT)
    hosts.save(str(tmp_path / ".ssh" / "known_hosts"))
    assert (
        "is not the server that known_hosts names"
        in visited(tmp_path, url, secret, password="secret:SFTP")[1]
    )


def test_a_private_key_opens_sftp_and_what_is_gone_is_said(tmp_path, served):
    from io import StringIO

    held = StringIO()
    CLIENT.write_private_key(held)
    stated = {"private_key": "secret:KEY", "host_key": SERVER.fingerprint}
    secret = {"KEY": held.getvalue(), "BROKEN": "x"}
    url = f"sftp://127.0.0.1:{served}"
    assert visited(tmp_path, f"{url}/out", secret, **stated)[0] == [("a.csv", FILE)]
    assert (
        "/gone on the server cannot be read: No such file"
        in visited(tmp_path, f"{url}/gone", secret, **stated)[1]
    )
    with pytest.raises(NotReady, match="is no private key"):
        visited(tmp_path, url, secret, **stated | {"private_key": "secret:BROKEN"})
    assert read_history(tmp_path, "sftp").marks == {}
