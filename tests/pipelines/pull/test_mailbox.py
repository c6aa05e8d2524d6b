"""A mailbox as a place: attachments of true senders, each once, and nothing that a stranger writes does harm."""

import io
import re
import socket
import ssl
import threading
import zipfile
from contextlib import suppress
from email.message import EmailMessage

import pytest

from pipelines.pull import mime, run
from pipelines.pull.history import read_history
from pipelines.pull.imap import _quoted

HEAD = "number,opened_at,priority,incident_state,sys_updated_at\n"
ROW = "{0},2026-01-01 08:00:00,1 - Critical,New,2026-01-01 08:00:00\n"
TRUE = "mx.example.com; dmarc=pass (p=none) header.from=tool.example.com; spf=pass"


def export(*numbers):
    return (HEAD + "".join(ROW.format(number) for number in numbers)).encode()


def mail(
    content,
    name="report.csv",
    sender="Tool <reports@tool.example.com>",
    subject="Weekly report",
    results=TRUE,
):
    told = EmailMessage()
    if results:
        told["Authentication-Results"] = results
    told["From"], told["To"], told["Subject"] = sender, "metrics@example.com", subject
    told.set_content("See the file.")
    if content is not None:
        told.add_attachment(content, maintype="text", subtype="csv", filename=name)
    return told.as_bytes()


class Imap:
    """A mailbox over TLS, with the commands that are used; it refuses every other one, so nothing can be changed."""

    def __init__(self, context):
        self.mails, self.validity, self.asked = {}, 7, []
        self._context = context
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._listening.close()

    def _serve(self):
        while True:
            try:
                talk = self._listening.accept()[0]
            except OSError:
                return
            with suppress(OSError), self._context.wrap_socket(talk, server_side=True) as secure:
                self._talk(secure.makefile("rwb"))

    def _talk(self, file):
        def say(line):
            file.write(line + b"\r\n")
            file.flush()

        say(b"* OK ready")
        for line in file:
            tag, command, *rest = line.rstrip().split(b" ", 2)
            told = rest[0] if rest else b""
            self.asked.append((command + b" " + told).decode())
            if command == b"CAPABILITY":
                say(b"* CAPABILITY IMAP4rev1")
            elif command == b"LOGIN" and told != b'metrics "open sesame"':
                say(tag + b" NO [AUTHENTICATIONFAILED] wrong: " + told)
                continue
            elif command == b"EXAMINE":
                say(b"* OK [UIDVALIDITY %d] valid" % self.validity)
            elif command == b"UID" and told.startswith(b"SEARCH"):
                first = re.search(rb"UID (\d+):", told)
                # "n:*" names the last one in any case.
                found = [uid for uid in self.mails if not first or uid >= int(first[1])] or [max(self.mails)]
                say(b"* SEARCH " + b" ".join(b"%d" % uid for uid in found))
            elif command == b"UID" and told.startswith(b"FETCH"):
                self._fetch(file, told)
            elif command not in (b"LOGIN", b"LOGOUT"):
                say(tag + b" BAD no such command")
                continue
            say(tag + b" OK done")

    def _fetch(self, file, told):
        for uid in map(int, told.split(b" ")[1].split(b",")):
            raw = self.mails.get(uid)
            if raw is None:
                continue
            part, most = re.search(rb"BODY\.PEEK\[(\w*)\]<0\.(\d+)>", told).groups()
            sent = (re.split(rb"\r?\n\r?\n", raw)[0] + b"\r\n\r\n" if part else raw)[: int(most)]
            file.write(
                b"* 1 FETCH (UID %d RFC822.SIZE %d BODY[%s]<0> {%d}\r\n" % (uid, len(raw), part, len(sent))
            )
            file.write(sent + b' INTERNALDATE "01-Feb-2026 08:00:00 +0000")\r\n')
        file.flush()


@pytest.fixture
def box(certificate, tmp_path, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    served = Imap(context)
    monkeypatch.setenv("MAILBOX", "open sesame")
    (tmp_path / "connections.toml").write_text(
        f'[post]\nkind = "mailbox"\nhost = "127.0.0.1"\nport = {served.port}\nuser = "metrics"\n'
        f'password = "secret:MAILBOX"\nsenders = ["*@tool.example.com"]\nsubject = "*report*"\nfiles = "*.*"\nmost = 1\n'
        f'verified_by = "mx.example.com"\nca = "{(certificate / "cert.pem").as_posix()}"\n'
    )
    yield served
    served.close()


def pulled(data):
    (one,) = run.pull(data, run.chosen(data))
    return one


def test_attachments_of_true_senders_are_taken_once(box, tmp_path, taken):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../inside.csv", export("INC-3"))
    box.mails = {
        3: mail(export("INC-1")),
        4: mail(export("INC-2")),  # of the same name
        5: mail(packed.getvalue(), "report.zip"),
        6: mail(export("INC-1"), "again.csv"),  # the same content
        7: mail(export("INC-9"), sender="Tool <reports@elsewhere.example>"),  # another sender
        8: mail(export("INC-9"), subject="Out of office"),  # another subject
        9: mail(None),  # nothing attached
    }
    first = pulled(tmp_path)
    assert not first.failed, first.run
    assert taken == [
        ("report.csv (mail 3 of 2026-02-01)", export("INC-1")),
        ("report.csv (mail 4 of 2026-02-01)", export("INC-2")),
        ("report.zip (mail 5 of 2026-02-01)", packed.getvalue()),
    ]
    box.asked.clear()
    box.mails[10] = mail(export("INC-4"))
    assert [o.file for o in pulled(tmp_path).outcomes] == ["report.csv (mail 10 of 2026-02-01)"]
    assert sum("BODY.PEEK[]" in line for line in box.asked) == 1
    # The server counts anew: the same mails, of which everything is known.
    box.validity = 8
    assert not pulled(tmp_path).outcomes
    changing = ("SELECT", "STORE", "EXPUNGE", "COPY", "MOVE", "BODY[")
    assert not [line for line in box.asked if any(word in line for word in changing)]
    assert len(taken) == 4


def test_what_is_refused_is_looked_at_again_and_what_is_unfit_said_once(box, tmp_path, taken):
    cut_off = mail(export("INC-7") * 50)
    box.mails = {
        1: mail(b"no export\n1\n", "bad\u202e.csv"),
        2: mail(export("INC-1"), results=None),
        3: mail(export("INC-2"), results="mx.example.com; dmarc=fail header.from=tool.example.com"),
        4: cut_off[: len(cut_off) * 2 // 3],
        5: mail(b"x" * (2 << 20)),
        6: mail(export("INC-5")),
        7: mail(export("INC-6"), "winmail.dat"),
    }
    first = pulled(tmp_path)
    assert [(o.file, bool(o.error)) for o in first.outcomes] == [
        ("bad .csv (mail 1 of 2026-02-01)", True), ("report.csv (mail 6 of 2026-02-01)", False)
    ]  # fmt: skip
    assert first.run.error == (
        "The mail “Weekly report” of 2026-02-01 from reports@tool.example.com was left out: "
        "nothing says that its sender is true (verified_by). So it is with 4 more."
    )
    again = pulled(tmp_path)
    assert [o.file for o in again.outcomes] == ["bad .csv (mail 1 of 2026-02-01)"]
    assert again.run.error.startswith("bad .csv (mail 1 of 2026-02-01) was refused: ")
    del box.mails[1]  # a person has moved it away
    assert not pulled(tmp_path).failed


def test_a_server_that_sends_more_than_it_was_asked_for_is_left(box, tmp_path, taken, monkeypatch):
    box.mails = {1: mail(export("INC-1"))}

    def endless(file, told):
        file.write(b"* 1 FETCH (UID 1 BODY[HEADER]<0> {99999999999}\r\n")
        file.flush()

    monkeypatch.setattr(box, "_fetch", endless)
    error = pulled(tmp_path).run.error
    assert error.startswith("127.0.0.1 broke off: ")
    assert error.endswith("an answer of 99,999,999,999 bytes, which is not taken.")


def test_what_is_known_of_mails_does_not_grow_for_ever(box, tmp_path, taken, monkeypatch):
    monkeypatch.setattr("pipelines.pull.places.mailbox.KEPT", 4)
    box.mails = {n: mail(export(f"INC-{n}")) for n in range(1, 10)} | {10: mail(b"no export\n", "bad.csv")}
    assert len(pulled(tmp_path).outcomes) == 10
    for _ in range(2):
        assert [one.file for one in pulled(tmp_path).outcomes] == ["bad.csv (mail 10 of 2026-02-01)"]
        marks = read_history(tmp_path, "post").marks
        assert sorted(mark.partition(":")[0] for mark in marks) == [*["held"] * 4, "looked", "mail"]
    assert len(taken) == 9


def test_a_server_that_cannot_be_used_is_said_without_the_password(box, tmp_path, taken, monkeypatch):
    box.mails = {1: mail(export("INC-1"))}
    monkeypatch.setenv("MAILBOX", "wrong horse")
    error = pulled(tmp_path).run.error
    assert error.startswith("127.0.0.1 refuses the sign-in of metrics: ") and "wrong horse" not in error
    file = tmp_path / "connections.toml"
    file.write_text(re.sub("ca = .*", "", file.read_text()))
    assert "The certificate of 127.0.0.1 is not trusted: self" in pulled(tmp_path).run.error
    box.close()
    file.write_text(re.sub("port = .*", "port = 1", file.read_text()))
    assert "127.0.0.1 cannot be reached: " in pulled(tmp_path).run.error


@pytest.mark.parametrize(
    ("results", "true"),
    [
        ([TRUE], True),
        (["MX.example.com 1; dmarc=pass header.from=tool.example.com"], True),
        (["mx.example.com; dkim=pass header.d=tool.example.com"], False),
        (["mx.example.com; dmarc=pass header.from=evil.example"], False),
        (["other.example; dmarc=pass header.from=tool.example.com"], False),
        # Only the uppermost of that server counts; what a stranger wrote stands below.
        (["mx.example.com; dmarc=fail header.from=tool.example.com", TRUE], False),
        (["mx.example.com; spf=fail (a; dmarc=pass header.from=tool.example.com) smtp.mailfrom=x"], False),
        (['mx.example.com; spf=fail smtp.mailfrom="a; dmarc=pass header.from=tool.example.com"@x'], False),
        (["mx.example.com; spf=fail (a (b; dmarc=pass header.from=tool.example.com) c"], False),
    ],
)
def test_whose_word_on_a_sender_counts(results, true):
    told = mime.headers("".join(f"Authentication-Results: {one}\n" for one in results).encode() + b"\n")
    assert mime.verified(told, "mx.example.com", "reports@tool.example.com") == true


def test_the_uppermost_word_where_the_server_does_not_name_itself():
    def told(first):
        return mime.headers(f"Authentication-Results: {first}\nAuthentication-Results: {TRUE}\n\n".encode())

    good = "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=x; dmarc=pass action=none header.from=tool.example.com;compauth=pass"
    assert mime.verified(told(good), "topmost", "reports@tool.example.com")
    assert not mime.verified(
        told(good.replace("dmarc=pass", "dmarc=fail")), "topmost", "reports@tool.example.com"
    )


@pytest.mark.parametrize(
    "head",
    [
        "From: a@tool.example.com, b@tool.example.com",
        "From: a@tool.example.com\nFrom: b@evil.example",
        "From: nobody",
        "Subject: x",
    ],
)
def test_a_mail_has_one_sender_or_none(head):
    assert mime.sender(mime.headers(f"{head}\n\n".encode())) == ""


def test_a_mail_within_a_mail_and_what_no_program_sends_give_nothing():
    outer = EmailMessage()
    outer.set_content("forwarded")
    inner = EmailMessage()
    inner.add_attachment(b"a", maintype="text", subtype="csv", filename="a.csv")
    outer.add_attachment(inner)
    assert mime.attachments(outer.as_bytes()) == []
    assert mime.attachments(b"\xff\x00") == []
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))
    with pytest.raises(mime.Damaged):
        mime.attachments(deep)
    name = b'Content-Disposition: attachment; filename="=?x-none?q?a?=\r\n ../../b"\n\nx'
    ((told, content),) = mime.attachments(name)
    assert "\n" not in told and content == b"x"


def test_folders_are_named_as_imap_writes_them():
    assert _quoted('A "b" & Entwürfe') == '"A \\"b\\" &- Entw&APw-rfe"'
