"""Serving the dashboard on this machine, and the demo that it can be tried on."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pipelines.errors import NotReady
from pipelines.snapshot import numbers
from pipelines.warehouse import load, refresh

ADDRESS = "127.0.0.1"
ROOT = Path(__file__).parents[1]
PATIENCE = 60


def prepare_demo(folder: Path, say: Callable[[str], None]) -> None:
    """A data folder with the demo company's exports, loaded as any others are; nothing to do where it stands already."""
    if numbers(folder):
        return
    from data.demo import write_exports, write_settings

    say(
        "Writing the demo company's exports: incidents, patches, audits, services, client survey, targets ..."
    )
    write_settings(folder)
    files = write_exports(folder / "exports")
    say(f"Loading {len(files)} exports through the pipeline ...")
    outcomes = load(files, folder, who="demo", say=lambda text: say(f"  {text}"))
    for outcome in outcomes:
        if outcome.error:
            raise NotReady(f"The demo export {outcome.file} was refused: {outcome.error} {outcome.todo}")
    read, accepted = sum(o.rows_read for o in outcomes), sum(o.accepted for o in outcomes)
    refused = sum(o.rejected + o.cells_refused for o in outcomes)
    say(
        f"{read:,} rows read, {accepted:,} accepted; {refused} bad rows and cells were refused, as they should be."
    )


def serve(data: Path, port: int, say: Callable[[str], None]) -> int:
    """Serve a data folder until interrupted; the exit code. NotReady where the port is taken."""
    if _answers(port):
        raise NotReady(f"Port {port} is in use already. Choose another: dashboard --port {port + 1}.")
    refresh(data, say=say)
    # Not by `streamlit run`: the socket that it opens holds an answer back until what went before it is acknowledged.
    command = [sys.executable, "-m", "uvicorn", "dashboard.web:app", "--host", ADDRESS, "--port", str(port)]
    command += ["--ws", "websockets-sansio", "--no-access-log"]
    command += ["--log-level", "warning"]
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"DASHBOARD_DATA": str(data.absolute())},
        stdout=subprocess.DEVNULL,
    )
    previous = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    try:
        _await(child, port)
        say(f"The dashboard is on http://{ADDRESS}:{port} (Ctrl-C ends it).")
        return 0 if child.wait() in (0, -signal.SIGTERM) else 2
    except KeyboardInterrupt:
        say("Ended.")
        return 0
    finally:
        signal.signal(signal.SIGTERM, previous)
        _end(child)


def _answers(port: int) -> bool:
    with socket.socket() as knock:
        knock.settimeout(1)
        return knock.connect_ex((ADDRESS, port)) == 0


def _await(child: subprocess.Popen, port: int) -> None:
    for _ in range(PATIENCE * 5):
        if child.poll() is not None:
            raise NotReady("The server did not start; what it said stands above.")
        if _answers(port):
            return
        time.sleep(0.2)
    raise NotReady(f"The server did not answer on port {port} within {PATIENCE} seconds.")


def _end(child: subprocess.Popen) -> None:
    """Let the child end by itself after Ctrl-C, which it hears too; else end it."""
    try:
        child.wait(3)
    except subprocess.TimeoutExpired:
        child.terminate()
        child.wait(5)
