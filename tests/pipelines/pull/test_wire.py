"""The client of all places on bad days: what it waits for, what it refuses, and what it says."""

import gzip
import socket
import sys
import time
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from threading import Thread

import pytest

from pipelines.pull import wire
from pipelines.pull.connection import Failed, read_connections
from pipelines.pull.history import read_history
from tests.pipelines.pull.standin import Reply, certified, standing

LIST = """
kind = "rest"
url = "{url}"
path = "/list"
key = "id"
auth = {by = "bearer", token = "secret:PASSWORD"}
"""
ROWS = [{"id": n, "name": f"No. {n}"} for n in range(40)]


@pytest.fixture
def listed(server, connect, fetched):
    """listed(more, faults) -> the lines that come, once the faults are over."""
    server.routes["/list"] = lambda asked: Reply(ROWS)

    def listing(more="", *faults):
        server.faults[:] = faults
        found, _ = fetched(connect(LIST + more))
        return "".join(text for _, text in found).splitlines()

    return listing


@pytest.mark.parametrize(
    "fault", [Reply(status=500), Reply(status=503), Reply(ROWS, cut=True), Reply("<html>")]
)
def test_what_passes_is_asked_for_again(listed, server, waited, fault):
    assert len(listed("", fault, fault if fault.body != "<html>" else None)) == 40
    assert len(server.requests) in (2, 3) and sum(waited) < 5


def test_it_waits_as_long_as_it_is_told(listed, waited):
    assert len(listed("", Reply(status=429, headers={"Retry-After": "7"}))) == 40
    assert waited == [7]
    dates = {"retry-after": "Sat, 03 Jan 2026 00:00:30 GMT", "date": "Sat, 03 Jan 2026 00:00:00 GMT"}
    assert wire._wait(dates) == 30


@pytest.mark.parametrize(
    ("faults", "said", "requests"),
    [
        ([Reply(status=500)] * 9, "127.0.0.1 gives no answer: it answers 500, 6 times.", 6),
        ([Reply(status=429, headers={"Retry-After": "7200"})], "asks to wait 7,200 seconds", 1),
        ([Reply(status=401)], "refuses the sign-in (401): it is wrong, or has expired. Renew PASSWORD.", 1),
        ([Reply(status=403)], "does not let this account read that (403).", 1),
        ([Reply(status=404)], "has nothing at this address (404).", 1),
        ([Reply({"error": "no\n\tsuch column: hunter2-hunter2"}, 400)], "no\\n\\tsuch column: •••", 1),
        (
            [Reply("<html>", headers={"Content-Type": "text/html"})] * 2,
            "answers with text/html that is no JSON",
            2,
        ),
        ([Reply({"rows": []})], "has no list of records: it holds rows.", 1),
        ([Reply([{"number": 1}])], "has no id, by which it is known.", 1),
        ([Reply(["text"])], "has no id, by which it is known.", 1),
        ([Reply(b"\xff\xfe\x00")] * 2, "that is no JSON", 2),
    ],
)
def test_what_does_not_pass_is_said_in_one_line(listed, server, faults, said, requests):
    with pytest.raises(Failed) as error:
        listed("", *faults)
    assert said in str(error.value) and "\n" not in str(error.value)
    assert "hunter2" not in str(error.value) and len(server.requests) == requests


def test_a_token_that_expired_is_asked_for_again_once(server, connect, fetched):
    tokens = iter(["first", "second", "third", "fourth"])
    valid = {"Bearer second"}

    def answer(asked):
        return Reply(ROWS) if asked.headers["Authorization"] in valid else Reply(status=401)

    server.routes |= {"/list": answer, "/token": lambda asked: Reply({"access_token": next(tokens)})}
    oauth = LIST.replace(
        '{by = "bearer", token = "secret:PASSWORD"}',
        '{by = "oauth", url = "{url}/token", client = "me", secret = "secret:PASSWORD", scope = "read"}',
    )
    assert len(fetched(connect(oauth))[0]) == 1
    assert [r.path for r in server.requests] == ["/token", "/list", "/token", "/list"]
    assert server.requests[0].form == {
        "grant_type": "client_credentials",
        "client_id": "me",
        "client_secret": "hunter2-hunter2",
        "scope": "read",
    }
    valid.clear()
    with pytest.raises(Failed, match="refuses the sign-in"):
        fetched(connect(oauth))


@pytest.mark.parametrize("more", ["", 'allow = ["*.example.com"]'])
def test_another_host_is_not_called(listed, server, more):
    with standing() as other:
        server.routes["/list"] = lambda asked: Reply(status=302, headers={"Location": other.url + "/list"})
        with pytest.raises(Failed, match=r"sends the request on to 127\.0\.0\.1, which is not called"):
            listed(more)
        assert not other.requests


def test_another_host_that_is_allowed_gets_no_credentials(listed, server):
    with standing() as other:
        other.routes["/there"] = lambda asked: Reply(ROWS)
        server.routes["/list"] = lambda asked: Reply(status=302, headers={"Location": other.url + "/there"})
        assert len(listed(f'allow = ["{other.url.removeprefix("http://")}"]')) == 40
        assert server.requests[0].headers["Authorization"] == "Bearer hunter2-hunter2"
        assert "Authorization" not in other.requests[0].headers


def test_a_redirect_within_the_host_is_followed_and_one_in_a_circle_is_not(listed, server):
    server.routes["/new"] = server.routes["/list"]
    server.routes["/list"] = lambda asked: Reply(status=301, headers={"Location": "/new"})
    assert len(listed()) == 40
    server.routes["/new"] = lambda asked: Reply(status=301, headers={"Location": "/list"})
    with pytest.raises(Failed, match="again and again"):
        listed()


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "::1", "fd00::1"])
def test_a_pattern_does_not_lead_into_our_own_network(listed, server, monkeypatch, address):
    server.routes["/list"] = lambda asked: Reply(status=302, headers={"Location": "http://in.example.com/"})
    monkeypatch.setattr(socket, "getaddrinfo", _only(socket.getaddrinfo, "in.example.com", address))
    with pytest.raises(Failed, match="leads to an address inside a network"):
        listed('allow = ["*.example.com"]')


def _only(real, name, address):
    def look(host, *args, **kwargs):
        return [(2, 1, 6, "", (address, 80))] if host == name else real(host, *args, **kwargs)

    return look


@pytest.mark.parametrize("zipped", [False, True])
def test_an_answer_without_end_is_not_taken(listed, zipped):
    huge = b"[" + b" " * 3_000_000 + b"]"
    reply = Reply(huge, headers={"Content-Encoding": "gzip"} if zipped else {})
    with pytest.raises(Failed, match="more than the 1 MB that are taken"):
        listed("most = 1", reply)


@pytest.mark.parametrize(("secret", "said"), [("hunter2\n", "holds a sign"), ("hünter2", "holds a sign")])
def test_a_secret_that_cannot_be_sent_is_not_shown(listed, server, monkeypatch, secret, said):
    monkeypatch.setenv("PASSWORD", secret)
    server.routes["/list"] = lambda asked: Reply(ROWS)
    with pytest.raises(Failed, match=said) as error:
        listed("")
    assert "nter2" not in str(error.value) and "Check PASSWORD" in str(error.value)


@pytest.mark.parametrize(
    "there", ["http://[", "ftp://127.0.0.1/", "//evil.example.com/x", "javascript:alert(1)"]
)
def test_an_address_that_is_none_is_said(listed, server, there):
    server.routes["/list"] = lambda asked: Reply(status=302, headers={"Location": there})
    with pytest.raises(Failed, match=r"names an address that is none|which is not called"):
        listed("")


def test_an_answer_that_cannot_be_unpacked_is_asked_for_again(listed, server):
    broken = Reply(b"no gzip", headers={"Content-Encoding": "br, identity"})
    assert len(listed("", broken)) == 40


def test_all_pages_together_are_no_more_than_is_taken(server, connect, fetched):
    server.routes["/list"] = lambda asked: Reply([{"id": asked.query["offset"], "more": "x" * 700_000}])
    told = LIST + 'most = 1\npaging = {by = "offset", param = "offset", size = 2}\n'
    with pytest.raises(Failed, match="MB that are taken"):
        fetched(connect(told))


def test_without_its_package_it_says_what_to_install(server, connect, monkeypatch):
    pulled = connect(LIST)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "httpx", None)
        patch.delitem(sys.modules, "pipelines.pull.wire")
        assert "Run: uv sync --inexact --extra pull" in pulled().run.error
    assert not server.requests


def test_a_server_that_says_nothing_is_given_up(listed, monkeypatch):
    monkeypatch.setattr(wire, "TRIES", 1)
    with pytest.raises(Failed, match=r"gives no answer: (timed out|ReadTimeout)"):
        listed("timeout = 1", Reply(ROWS, drip=1.5))


EMPTY = zlib.compressobj(wbits=31)
TRICKLES = {
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X-More: yes\r\n"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n[", b" "),
    "nothing": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 100000\r\n\r\n"
        + EMPTY.compress(b"[") + EMPTY.flush(zlib.Z_SYNC_FLUSH),
        b"\x00\x00\x00\xff\xff",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TRICKLES)
def test_an_answer_that_trickles_in_without_end_is_given_up(connect, fetched, monkeypatch, what):
    monkeypatch.setattr(wire, "LONGEST", 1)
    first, more = TRICKLES[what]
    listening = socket.create_server(("127.0.0.1", 0))

    def trickle():
        talk = listening.accept()[0]
        with suppress(OSError), talk:
            talk.recv(65_536)
            talk.sendall(first)
            while True:
                talk.sendall(more)
                time.sleep(0.05)

    Thread(target=trickle, daemon=True).start()
    told = LIST.replace("{url}", f"http://127.0.0.1:{listening.getsockname()[1]}")
    begun = time.monotonic()
    with listening, pytest.raises(Failed, match="has not ended its answer after"):
        fetched(connect(told + "timeout = 1\n"))
    assert time.monotonic() - begun < 10


def test_what_is_packed_several_times_over_is_not_unpacked(listed, waited):
    twice = gzip.compress(gzip.compress(b"[" + b" " * 3_000_000 + b"]"))
    for encoding in ("gzip, gzip", "br", "zstd"):
        with pytest.raises(Failed, match="packed in a way that was not asked for, 6 times"):
            listed("", *[Reply(twice, headers={"Content-Encoding": encoding})] * 6)


def test_nothing_is_loaded_or_remembered_of_a_pull_that_broke_off(server, connect):
    server.routes["/list"] = lambda asked: Reply([*ROWS, {"number": 1}])
    pulled = connect(LIST)
    assert pulled().failed and read_history(pulled.data, "tool").marks == {}
    assert not (pulled.data / "archive").exists()


def test_a_certificate_of_a_private_authority_is_named(connect, fetched, tmp_path):
    authority = certified(tmp_path)
    with standing(tmp_path / "server.pem") as server:
        server.routes["/list"] = lambda asked: Reply(ROWS)
        told = LIST.replace("{url}", server.url)
        with pytest.raises(Failed, match=r"certificate of 127\.0\.0\.1 is not trusted.*name its certificate"):
            fetched(connect(told))
        assert not server.requests
        assert len(fetched(connect(f'{told}ca = "{authority}"\n'))[0]) == 1
    with pytest.raises(Failed, match=r"nowhere\.pem cannot be used: No such file"):
        fetched(connect(f'{told}ca = "nowhere.pem"\n'))


@pytest.mark.parametrize("way", ["stated", "secret", "environment"])
def test_a_proxy_is_asked_instead(server, connect, fetched, monkeypatch, way):
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with standing() as proxy:
        proxy.routes["/list"] = lambda asked: Reply(ROWS)
        monkeypatch.setenv("HTTP_PROXY" if way == "environment" else "PROXY", proxy.url)
        more = {"stated": f'proxy = "{proxy.url}"', "secret": 'proxy = "secret:PROXY"', "environment": ""}[
            way
        ]
        assert len(fetched(connect(LIST + more))[0]) == 1
    assert len(proxy.requests) == 1 and not server.requests


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (LIST.replace("{url}", "http://tool.example.com"), "begins with https://"),
        (LIST.replace("{url}", "https://me:hunter2@tool.example.com"), "holds a user or a password"),
        (LIST.replace("secret:PASSWORD", "hunter2"), "a secret is not stated here"),
        (LIST + 'proxy = "http://me:hunter2@proxy"', "keep it as a secret"),
        (LIST + 'api = "nothing"', "there is no api 'nothing', only"),
    ],
)
def test_a_connection_that_is_not_safe_is_refused(connect, told, said):
    pulled = connect(told)
    one = pulled()
    assert "[tool] cannot be used" in one.run.error and said in one.run.error
    assert "hunter2" not in one.run.error


def test_what_a_connection_reaches_is_told_without_a_load(server, connect, tmp_path):
    from pipelines.pull.connection import Visit
    from pipelines.pull.secrets import Secrets

    server.routes["/list"] = lambda asked: Reply(ROWS)
    (place,) = read_connections(connect(LIST).data).values()
    assert place.test(Visit({}, tmp_path, Secrets(tmp_path), now=datetime.now(UTC))) == [
        "127.0.0.1 answers: 40 or more records.",
        "  with id, name",
    ]
    assert place.where == f"{server.url}/list" and place.secrets() == ["PASSWORD"]
