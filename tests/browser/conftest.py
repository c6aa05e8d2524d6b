"""One small company, loaded through the pipeline and served as people serve it, for all browser tests."""

import csv
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from pipelines.warehouse import load

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip
HEADER = ("number", "opened_at", "sys_updated_on", "state", "priority", "business_service", "short_description",
          "u_service_impact", "u_outage_start", "u_outage_end", "resolved_at")  # fmt: skip
MARKUP = "<b>bold</b> ![x](http://x.invalid/y.png)"


def outage(number: str, start: datetime, hours: float, service: str) -> tuple:
    """One resolved outage, as ServiceNow lists it."""
    end = start + timedelta(hours=hours)
    return (number, start, end, "Resolved", "1 - Critical", service, "Down", "Outage", start, end, end)


def write(path: Path, rows: list[tuple], header: tuple = HEADER) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def table_text(page, number: int = 0) -> str:
    """A table draws on a canvas; its cells stand beside it for screen readers."""
    cells = page.get_by_test_id("stDataFrame").nth(number).locator("canvas td, canvas th")
    cells.first.wait_for(state="attached")
    return " ".join(cells.all_inner_texts())


@pytest.fixture(scope="session")
def browser_type_launch_args():
    """Debian's Chromium where it is found; Playwright's own is not relied upon."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        said = "No Chromium is found: the browser tests need one (Debian: apt install chromium)."
        (pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip)(said)
    return {"executable_path": found, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args():
    return {"viewport": {"width": 1280, "height": 720}, "color_scheme": "light"}


@pytest.fixture(scope="session")
def tab(browser, browser_context_args) -> Iterator[Page]:
    with browser.new_context(**browser_context_args) as context:
        yield context.new_page()


@pytest.fixture
def page(tab, browser_context_args) -> Iterator[Page]:
    """One tab for all tests: what Chromium has read and compiled of the dashboard, half of the work of opening it, is
    kept from one to the next, and nothing else is. `context` and `browser` give tabs that are new.
    """
    yield tab
    tab.evaluate("location.origin === 'null' || (localStorage.clear(), sessionStorage.clear())")
    tab.goto("about:blank")  # which ends its session
    tab.context.clear_cookies()
    tab.set_viewport_size(browser_context_args["viewport"])
    tab.emulate_media(media="null", color_scheme=browser_context_args["color_scheme"])
    tab.mouse.move(0, 0)


@pytest.fixture(scope="session")
def company(tmp_path_factory) -> Path:
    """A data folder: two outages a month in 2026, of two hours each, one of Payments and one of Portal."""
    folder = tmp_path_factory.mktemp("company")
    rows = [
        outage(f"INC{month:02d}{n}", datetime(2026, month, 5 + n, 8), 2, service)
        for month in range(1, 10)
        for n, service in enumerate(("Payments", "Portal"))
    ]
    rows.append(outage("INC100", datetime(2026, 6, 20, 8), 1, "=1+1"))  # a formula to a spreadsheet
    rows.append(outage("INC200", datetime(2026, 10, 2, 8), 1, MARKUP))  # and what closes the third quarter
    incidents = write(folder / "incidents.csv", rows)
    targets = write(
        folder / "targets.csv",
        [("downtime", 15, 20, "2026-01-01")],
        ("Metric", "Target", "At risk from", "From"),
    )
    outcomes = load([incidents, targets], folder / "data")
    assert [outcome.error for outcome in outcomes] == [None, None]
    return folder / "data"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def served(data: Path, port: int | None = None) -> Iterator[str]:
    """The address of a server on a data folder, started by the command that people use. port: a free one, else."""
    port = port or free_port()
    main = "from dashboard.cli import main; main()"
    command = [sys.executable, "-c", main, "--data", str(data), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert "The dashboard is on" in server.stdout.readline()
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="session")
def site(company, browser_type_launch_args):
    """The address of a server on the company."""
    with served(company) as address:
        yield address
