"""A stand-in server, and a connection to it that nobody waits for."""

import pytest

from pipelines.pull import run, wire
from pipelines.pull.connection import Visit, read_connections
from pipelines.pull.secrets import Secrets
from tests.pipelines.pull.standin import standing


@pytest.fixture
def waited(monkeypatch):
    """The seconds that were waited for, without waiting."""
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
