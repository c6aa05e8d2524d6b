"""One file by its address: taken when it changed, and called by a name that is no path."""

import pytest

from pipelines import warehouse
from pipelines.pull.connection import read_connections
from tests.pipelines.pull.standin import Reply

FILE = 'kind = "https"\nurl = "{url}/out/incidents.csv"\n'
INCIDENTS = (
    "number,opened_at,priority,incident_state,sys_updated_at\n"
    "INC1,2026-01-01 08:00:00,1 - Critical,New,2026-01-01 08:00:00\n"
)


@pytest.fixture
def held(server):
    """The text that the stand-in holds and the headers that it sends with it; it knows its ETag."""
    held = {"text": INCIDENTS, "headers": {"ETag": '"1"'}}

    def answer(asked):
        same = asked.headers.get("If-None-Match") == held["headers"].get("ETag") is not None
        return Reply(status=304) if same else Reply(held["text"], headers=held["headers"])

    server.routes["/out/incidents.csv"] = answer
    return held


def test_a_file_is_taken_when_it_changed(server, connect, held):
    pulled = connect(FILE)
    assert [o.accepted for o in pulled().outcomes] == [1]
    assert not pulled().outcomes and server.requests[-1].headers["If-None-Match"] == '"1"'
    # The same content under another mark is nothing new either.
    held["headers"] = {"ETag": '"2"'}
    assert not pulled().outcomes and not pulled().outcomes
    assert server.requests[-1].headers["If-None-Match"] == '"2"'
    held |= {"text": INCIDENTS.replace("INC1", "INC2"), "headers": {"ETag": '"3"'}}
    assert [o.accepted for o in pulled().outcomes] == [1]
    assert [row["file"] for row in warehouse.loads(pulled.data)] == ["incidents.csv", "incidents.csv"]


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ('attachment; filename="June.csv"', "June.csv"),
        ('attachment; filename="../../etc/cron.d/x"', "x"),
        ('attachment; filename="..\\\\..\\\\x.csv"', "x.csv"),
        ("attachment; filename*=UTF-8''J%C3%BCni%0a.csv", "Jüni .csv"),
        ('attachment; filename=".."', "incidents.csv"),
        ("", "incidents.csv"),
    ],
)
def test_its_name_is_never_a_path(connect, fetched, held, told, name):
    held["headers"] = {"Content-Disposition": told}
    ((one, text),), visit = fetched(connect(FILE))
    assert one.name == name and text == INCIDENTS and one.path.parent == visit.work


def test_a_signed_address_is_a_secret(connect, fetched, held, server, monkeypatch):
    monkeypatch.setenv("REPORT", f"{server.url}/out/incidents.csv?sig=hunter2-hunter2")
    pulled = connect('kind = "https"\nurl = "secret:REPORT"\nfile = "june.csv"\n')
    ((one, _),), _ = fetched(pulled)
    assert one.name == "june.csv" and server.requests[0].query == {"sig": "hunter2-hunter2"}
    (place,) = read_connections(pulled.data).values()
    assert place.where == "the address in REPORT" and place.secrets() == ["REPORT"]
    server.faults[:] = [Reply("no such file: sig=hunter2-hunter2", 400)]
    assert "sig=•••" not in pulled().run.error and "hunter2" not in pulled().run.error
