"""A stand-in server, and a connection to it that nobody waits for."""

import pytest

from pipelines.pull import run, wire
from pipelines.pull.connection import Visit, read_connections
from pipelines.pull.secrets import Secrets
from pipelines.readers.table import called
from pipelines.warehouse import Outcome
from tests.pipelines.pull.standin import standing


@pytest.fixture
def waited(monkeypatch):
    """The seconds that were waited for, without waiting."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    seconds = []
    monkeypatch.setattr(wire, "sleep", seconds.append)
    return seconds


@pytest.fixture
def server(waited):
    with standing() as one:
        yield one


@pytest.fixture
def connect(tmp_path, server, monkeypatch):
    """connect(text) writes the connection of this name; {url} in it is the stand-in's. -> how it is pulled."""
    monkeypatch.setenv("PASSWORD", "hunter2-hunter2")

    def connecting(text: str, name: str = "tool"):
        data = tmp_path / "data"
        data.mkdir(exist_ok=True)
        (data / "connections.toml").write_text(f"[{name}]\n" + text.replace("{url}", server.url))

        def pulled():
            (one,) = run.pull(data, run.chosen(data))
            return one

        pulled.data = data
        return pulled

    return connecting


@pytest.fixture
def fetched(tmp_path):
    """fetched(pulled, marks) -> the texts that a place brings, and the visit, without a load."""

    def fetching(pulled, marks=None):
        (place,) = read_connections(pulled.data).values()
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        visit = Visit(marks or {}, work, Secrets(pulled.data))
        return [(one, one.path.read_text()) for one in place.fetch(visit)], visit

    return fetching


@pytest.fixture
def taken(monkeypatch):
    """(name, content) of what pulls bring, where it is the place that is tried: taken in by nobody, which takes no time.

    A file that begins with "no export" is refused.
    """
    came = []

    def take_in(data, connection, batch, *_):
        outcomes = []
        for one in batch:
            content, name = one.path.read_bytes(), called(one.name)
            refused = content.startswith(b"no export")
            if not refused:
                came.append((name, content))
            outcomes.append(
                Outcome(name, error="It is no export.", todo="Map it.")
                if refused
                else Outcome(name, load=len(came))
            )
        return outcomes

    monkeypatch.setattr(run, "_take_in", take_in)
    return came
