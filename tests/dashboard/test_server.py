"""Serving: the port, and the demo that is made once."""

import socket

import pytest

from dashboard.server import prepare_demo, serve
from pipelines.errors import NotReady
from pipelines.snapshot import numbers


def test_a_port_in_use_is_named_with_another(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(NotReady, match=rf"Port {port} is in use already. .* --port {port + 1}"):
            serve(tmp_path, port, print)


def test_the_demo_is_loaded_through_the_pipeline_once(tmp_path):
    said = []
    prepare_demo(tmp_path, said.append)
    assert numbers(tmp_path) == [1]
    assert any("Reading" in line for line in said)
    said.clear()
    prepare_demo(tmp_path, said.append)
    assert numbers(tmp_path) == [1] and said == []
