"""A pack as a mail: handed to a real server, whole or not at all, and every text of it is words."""

import socket
import ssl
import sys
from email import message_from_bytes
from email.policy import default
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from dashboard.pack.mail import as_text, message, send
from pipelines.errors import NotReady
from pipelines.smtp import Smtp, smtp

sys.path.insert(0, str(Path(__file__).parent))
from made import HOSTILE, made


class Kept:
    """A handler that keeps what it is handed, and refuses who is named so."""

    def __init__(self):
        self.envelopes = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.envelopes.append(envelope)
        return "250 OK"

    def mail(self):
        (envelope,) = self.envelopes
        return message_from_bytes(envelope.content, policy=default)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def served():
    """Start a server; the handler that keeps its mail, and the settings that reach it."""
    started = []

    def start(security="none", context=None, user="", password="", **more):
        kept, port = Kept(), free_port()
        if context:
            more["ssl_context" if security == "tls" else "tls_context"] = context
        controller = Controller(kept, hostname="127.0.0.1", port=port, **more)
        controller.start()
        started.append(controller)
        return kept, Smtp(
            host="127.0.0.1", port=port, sender="Metrics <metrics@example.com>", security=security,
            user=user, password=password,
        )  # fmt: skip

    yield start
    for controller in started:
        controller.stop()


@pytest.fixture
def trusted(certificate):
    """What a server shows, and the file that names it as trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return context, certificate / "cert.pem"


def test_the_body_tells_the_pack_and_the_files_are_attached(served, tmp_path):
    kept, settings = served()
    files = [tmp_path / "pack.pdf", tmp_path / "Bericht März.xlsx"]
    for file in files:
        file.write_bytes(bytes(range(256)) * 20)
    pack = made()
    send(pack, files, ["Board <board@example.com>", "ciso@example.com", "ciso@example.com"], settings)
    mail = kept.mail()
    assert kept.envelopes[0].rcpt_tos == ["board@example.com", "ciso@example.com"]
    assert kept.envelopes[0].mail_from == "metrics@example.com"
    assert mail["Subject"] == "Example & Sons: Board quarterly, Quarter 3, 2026 (Confidential)"
    assert mail["Date"] and mail["Message-ID"].endswith("@example.com>")
    attached = list(mail.iter_attachments())
    assert [one.get_filename() for one in attached] == ["pack.pdf", "Bericht März.xlsx"]
    assert [one.get_content() for one in attached] == [file.read_bytes() for file in files]
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    page = mail.get_body(("html",)).get_content()
    assert text == as_text(pack)
    assert pack.verdict in text and pack.verdict in page
    for told in pack.few:
        for said in (told.text, told.before, told.change, told.target, told.status):
            assert said in text and said in page
    for line in (
        "+1 decide · CISO · by 1 Nov 2026 · asked 1 Jul 2026, 94 days ago, first in 2026-Q2-board-1 · @why",
        "-1 decided · =yes() · CIO · done 2 Sep 2026",
        pack.since[0],
    ):
        assert f"- {line}" in text.splitlines() and f">{line}</li>" in page
    assert "What changed since the pack of Quarter 2, 2026" in page
    told = pack.restated[0].model_copy(update={"text": "Downtime was told as 6 h: −0.6 h from <b>.csv"})
    revision = made(
        revision=2, replaces="2026-Q3-board-1", why="An outage <b>was</b> missing", restated=(told,)
    )
    mail = message(revision, [], ["a@example.com"], settings)
    assert mail["Subject"].endswith("Quarter 3, 2026, revision 2 (Confidential)")
    for said in (revision.corrects, "Restated since 2026-Q3-board-1", told.text):
        assert said in mail.get_body(("plain",)).get_content()
        assert escape(said) in mail.get_body(("html",)).get_content()


class Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.said = set(), ""

    def handle_starttag(self, tag, attrs):
        self.found.add(tag)

    def handle_data(self, data):
        self.said += data + "\n"


def test_no_text_is_markup_or_a_header():
    evil = [
        "<script>alert(1)</script>",
        '"><img src=x>',
        "a\r\nBcc: thief@example.com",
        "\u2028x\x00\x1b[31m\u202egnp.exe\u2066",
        "\ud800",
    ]
    first = made().told["downtime"].model_copy(update={"title": evil[1] + "x" * 5000, "text": evil[0]})
    pack = made(
        organisation=evil[2] + "y" * 3000, title=evil[3], period_label=evil[4], classification=evil[2],
        verdict=evil[0], memo=(*evil, *HOSTILE), told=made().told | {"downtime": first},
    )  # fmt: skip
    mail = message(pack, [], ["a@example.com"], Smtp(host="h", sender="b@example.com"))
    again = message_from_bytes(mail.as_bytes(), policy=default)
    assert set(again.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert "Bcc: thief@example.com" in again["Subject"] and len(again["Subject"]) <= 180
    assert max(map(len, mail.as_bytes().splitlines())) < 998
    elements = Elements()
    elements.feed(again.get_body(("html",)).get_content())
    assert not elements.found & {"script", "img", "a", "b"}
    assert evil[0] in elements.said
    for kind in ("plain", "html"):
        assert not {"\x1b", "\u202e", "\u2066"} & set(again.get_body((kind,)).get_content())


@pytest.mark.parametrize(
    "to",
    [
        "a@example.com\nBcc: b@example.com",
        "a@example.com, b@example.com",
        "nobody",
        "a@b@c",
        "",
        "ä@example.com",
    ],
)
def test_what_is_no_address_is_refused(to):
    with pytest.raises(NotReady, match="is no address of mail"):
        message(made(), [], ["ok@example.com", to], Smtp(host="h", sender="b@example.com"))


def test_a_pack_without_anything_can_be_mailed(served):
    kept, settings = served()
    send(
        made(
            told={},
            sections=(),
            memo=(),
            decisions=(),
            settled=(),
            compared=(),
            data_through=None,
            frozen_at=None,
        ),
        [],
        ["a@b.c"],
        settings,
    )
    assert "no data" in kept.mail().get_body(("plain",)).get_content()
    assert "<table" not in kept.mail().get_body(("html",)).get_content()


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_it_is_encrypted_and_certificates_are_checked(served, trusted, monkeypatch, security):
    context, certificate = trusted
    kept, settings = served(
        security, context, **({"require_starttls": True} if security == "starttls" else {})
    )
    with pytest.raises(NotReady, match=r"127.0.0.1:\d+ cannot be reached: .*certificate verify failed"):
        send(made(), [], ["a@example.com"], settings)
    assert not kept.envelopes
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    send(made(), [], ["a@example.com"], settings)
    assert kept.mail()["To"] == "a@example.com"


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_it_logs_in_and_says_when_it_may_not(served):
    def allow(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"metrics", b"right"), handled=False)

    more = {"authenticator": allow, "auth_required": True, "auth_require_tls": False, "user": "metrics"}
    kept, settings = served(password="right", **more)
    send(made(), [], ["a@example.com"], settings)
    assert kept.mail()["To"] == "a@example.com"
    kept, settings = served(password="wrong-secret", **more)
    with pytest.raises(
        NotReady, match=r"refused the login of metrics: 535 .*Check DASHBOARD_SMTP_USER"
    ) as told:
        send(made(), [], ["a@example.com"], settings)
    assert "wrong-secret" not in str(told.value) + repr(settings)
    assert not kept.envelopes
    with pytest.raises(NotReady, match="A password is not sent unencrypted"):
        send(made(), [], ["a@example.com"], settings.model_copy(update={"host": "mail.example.com"}))


def test_who_is_refused_is_named(served):
    kept, settings = served()
    with pytest.raises(
        NotReady, match=r"Nothing was sent: .* refused gone@b\.c \(550 5\.1\.1 no such user\)\."
    ):
        send(made(), [], ["gone@b.c"], settings)
    assert not kept.envelopes
    with pytest.raises(NotReady, match=r"It was sent, but .* refused gone@b\.c .*; the others have it"):
        send(made(), [], ["gone@b.c", "a@b.c"], settings)
    assert kept.envelopes[0].rcpt_tos == ["a@b.c"]


def test_what_cannot_be_sent_says_why(served, tmp_path):
    kept, settings = served(data_size_limit=5000)
    (tmp_path / "pack.pdf").write_bytes(b"x" * 20_000)
    with pytest.raises(NotReady, match=r"Nothing was sent: 127.0.0.1:\d+ answered 552 "):
        send(made(), [tmp_path / "pack.pdf"], ["a@b.c"], settings)
    with pytest.raises(NotReady, match=r"Nothing was sent: .*gone\.pdf cannot be read: No such file"):
        send(made(), [tmp_path / "gone.pdf"], ["a@b.c"], settings)
    with pytest.raises(NotReady, match=r"Nothing was sent: .*STARTTLS.* Check DASHBOARD_SMTP_SECURITY"):
        send(made(), [], ["a@b.c"], settings.model_copy(update={"security": "starttls"}))
    with pytest.raises(NotReady, match="nobody is named"):
        send(made(), [], [], settings)
    with pytest.raises(NotReady, match=r"cannot be reached: .*refused\. Check DASHBOARD_SMTP_HOST"):
        send(made(), [], ["a@b.c"], settings.model_copy(update={"port": free_port()}))
    assert not kept.envelopes


def test_the_settings_come_from_the_environment(monkeypatch):
    for name in ("HOST", "PORT", "USER", "PASSWORD", "FROM", "SECURITY"):
        monkeypatch.delenv(f"DASHBOARD_SMTP_{name}", raising=False)
    with pytest.raises(NotReady, match="set DASHBOARD_SMTP_HOST and DASHBOARD_SMTP_FROM"):
        message(made(), [], ["a@b.c"], smtp())
    monkeypatch.setenv("DASHBOARD_SMTP_HOST", "mail.example.com")
    monkeypatch.setenv("DASHBOARD_SMTP_FROM", "metrics@example.com")
    monkeypatch.setenv("DASHBOARD_SMTP_PASSWORD", "secret")
    monkeypatch.setenv("DASHBOARD_SMTP_PORT", "")
    assert (smtp().place, smtp().sender) == (("mail.example.com", 587), "metrics@example.com")
    for security, port in (("tls", 465), ("none", 25)):
        monkeypatch.setenv("DASHBOARD_SMTP_SECURITY", security)
        assert smtp().place == ("mail.example.com", port)
    monkeypatch.setenv("DASHBOARD_SMTP_PORT", "2525")
    assert smtp().place == ("mail.example.com", 2525)
    monkeypatch.setenv("DASHBOARD_SMTP_SECURITY", "ssl3-secret")
    monkeypatch.setenv("DASHBOARD_SMTP_FROM", "")
    with pytest.raises(NotReady, match=r"DASHBOARD_SMTP_SECURITY: Input should be") as told:
        smtp()
    assert "secret" not in str(told.value)
