"""A stand-in for tools' APIs on 127.0.0.1, after their documented behaviour, with faults on request.

What it answers is made of routes: (method, path) -> a function of the request that gives a reply. `faults` is a list of what goes
wrong with the next requests, one each; None: nothing.
"""

import gzip
import json
import ssl
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

SIGNS = x509.KeyUsage(
    **dict.fromkeys(
        [
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ],
        False,
    ),
    key_cert_sign=True,
    crl_sign=True,
)


@dataclass
class Asked:
    """A request as it came. query, form: their last value by name. body: what JSON it held."""

    method: str
    path: str
    query: dict
    headers: dict
    text: str = ""

    @property
    def body(self):
        return json.loads(self.text)

    @property
    def form(self) -> dict:
        return dict(parse_qsl(self.text))


@dataclass
class Reply:
    """body: bytes, a text, or what becomes JSON. cut: the connection ends after half of it. drip: seconds before it begins."""

    body: object = b""
    status: int = 200
    headers: dict = field(default_factory=dict)
    cut: bool = False
    drip: float = 0


EMPTY = (
    "business_service cmdb_ci category subcategory assignment_group resolved_at closed_at caused_by problem_id rfc "
    "correlation_id time_worked start_date work_start work_end end parent task_number close_code risk"
)


def tables(rows: dict[str, list[dict]]):
    """ServiceNow's Table API over these rows, in the order of their creation, with both values of each field.

    A pair is what people see and what is stored; anything else is both. A field that may be empty is answered all the same.
    """

    def answer(asked: Asked) -> Reply:
        empty = {name: "" for name in asked.query["sysparm_fields"].split(",") if name in EMPTY.split()}
        held = rows[asked.path.rpartition("/")[2]]
        since = asked.query["sysparm_query"].partition("sys_updated_on>=")[2].partition("^")[0]
        found = [row for row in held if row["sys_updated_on"] >= since]
        first, size = int(asked.query["sysparm_offset"]), int(asked.query["sysparm_limit"])
        both = ({k: v if isinstance(v, tuple) else (v, v) for k, v in (empty | row).items()} for row in found)
        shown = [{k: {"display_value": d, "value": v} for k, (d, v) in row.items()} for row in both]
        return Reply({"result": shown[first : first + size]}, headers={"X-Total-Count": str(len(found))})

    return answer


class Server(ThreadingHTTPServer):
    """One that does not mind who hangs up."""

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class StandIn:
    """requests: what was asked, in order. routes: path -> function. faults: what the next requests meet, one each."""

    def __init__(self, certificate: Path | None = None):
        self.requests: list[Asked] = []
        self.routes: dict = {}
        self.faults: list[Reply | None] = []
        self.now: str | None = None

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(handler):
                self._handle(handler)

            do_GET = do_POST = handle_one

            def log_message(self, *_):
                pass

            def date_time_string(handler, timestamp=None):
                return self.now or super().date_time_string(timestamp)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http{'s' * bool(certificate)}://127.0.0.1:{self.server.server_port}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        length = int(handler.headers.get("content-length", 0))
        text = handler.rfile.read(length).decode()
        asked = Asked(handler.command, parts.path, dict(parse_qsl(parts.query)), dict(handler.headers), text)
        self.requests.append(asked)
        fault = self.faults.pop(0) if self.faults else None
        route = self.routes.get(asked.path)
        reply = fault or (route(asked) if route else Reply("nothing here", 404))
        if callable(reply):
            reply = reply(asked)
        time.sleep(reply.drip)
        body = (
            reply.body
            if isinstance(reply.body, bytes)
            else (
                reply.body if isinstance(reply.body, str) else json.dumps(reply.body, separators=(",", ":"))
            ).encode()
        )
        headers = {"Content-Type": "application/json"} | reply.headers
        if headers.get("Content-Encoding") == "gzip":
            body = gzip.compress(body)
        handler.send_response(reply.status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body[: len(body) // 2] if reply.cut else body)
        if reply.cut:
            handler.close_connection = True


@contextmanager
def standing(certificate: Path | None = None):
    """A stand-in that answers until the block ends. certificate: with its key, for HTTPS."""
    one = StandIn(certificate)
    thread = Thread(target=one.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield one
    finally:
        one.server.shutdown()
        one.server.server_close()


def certified(folder: Path) -> Path:
    """Make a private authority and, in server.pem, what it certifies for 127.0.0.1; the authority's certificate."""
    day, now = timedelta(days=1), datetime.now(UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("authority", "127.0.0.1")
    ]
    made = []
    for n, (name, key) in enumerate(zip(names, keys, strict=True)):
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(names[0])
            .public_key(key.public_key())
            .serial_number(n + 1)
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(x509.BasicConstraints(ca=n == 0, path_length=None), critical=True)
        )
        # Newer Pythons want these too.
        whose = keys[0].public_key()
        if not n:
            certificate = certificate.add_extension(SIGNS, critical=True).add_extension(
                x509.SubjectKeyIdentifier.from_public_key(whose), critical=False
            )
        else:
            certificate = certificate.add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(whose), critical=False
            )
            there = x509.IPAddress(ip_address("127.0.0.1"))
            certificate = certificate.add_extension(x509.SubjectAlternativeName([there]), critical=False)
        made.append(certificate.sign(keys[0], hashes.SHA256()).public_bytes(Encoding.PEM))
    private = keys[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(private + made[1])
    (folder / "authority.pem").write_bytes(made[0])
    return folder / "authority.pem"
