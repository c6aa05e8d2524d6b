"""What each page says where it has nothing, too little, too old or nothing sound to tell: none is blank, none claims more."""

import os
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.readings import Readings
from dashboard.view import shared_readings
from pipelines.errors import NotReady
from pipelines.warehouse import load
from tests.browser.conftest import write

APP = Path(__file__).parents[2] / "dashboard" / "app.py"
PAGES = ("board", "kpis", "incidents", "patching", "audits", "outlook", "packs", "upload", "data", "metric",
         "what_if", "definitions", "ask", "present")  # fmt: skip
FIRST, MISSING = (
    "Nothing is loaded yet Numbers appear here once an export is taken in",
    "Nothing of this is loaded yet. It is told from",
)
BEYOND = (
    "Nothing that is loaded reaches into this period. What is loaded tells of January 2026 to October 2026."
)
COVERED, STALE = "is covered up to {} 2026", "tale: nothing of {} since 20 Jul 2026"
# What holds on every page that is about loads, and not about a period.
ALWAYS = {
    "upload": "What is recognised, whatever the file is called",
    "data": "Sources and freshness",
    "definitions": "39 of 39 metrics",
    "ask": "One select over snapshot 1",
}
FAILED = "This page failed. It is a fault of the program, not of your data"
TOLD = {
    "nothing": {**dict.fromkeys(PAGES, FIRST), "upload": ALWAYS["upload"]},
    "another subject": {
        **dict.fromkeys(PAGES, MISSING),
        **ALWAYS,
        "outlook": "Nothing is loaded that falls due.",
        "packs": "Nothing has been frozen yet.",
        "data": "No list of assets is loaded",
    },
    "running": {
        **dict.fromkeys(PAGES, COVERED.format("2 October")),
        **ALWAYS,
        "kpis": "The joint target is met so far.",
        "patching": "It needs a catalogue of weaknesses known to be exploited",
        "metric": "on target so far",
        "outlook": "Where Quarter 4, 2026 ends, if nothing changes",
        "packs": "Freeze Quarter 4, 2026",
        "what_if": "October–December) · supposed, not measured",
    },
    "stale": {
        **dict.fromkeys(PAGES, STALE.format("Incidents")),
        **ALWAYS,
        "board": "Audits and 4 more end before the period does (20 Jul 2026)",
        "present": "Audits and 4 more end before the period does (20 Jul 2026)",
        "patching": STALE.format("Patches by asset"),
        "audits": STALE.format("Tests of controls"),
        "outlook": STALE.format("Patches by asset"),
        "packs": "Freeze Quarter 3, 2026",
        "data": "stale, next export missing",
        "what_if": "July–September) · supposed, not measured",
    },
    "before": {**dict.fromkeys(PAGES, BEYOND), **ALWAYS, "outlook": "counted from 2 Oct 2026", "packs": "choose another"},
    "after": {**dict.fromkeys(PAGES, BEYOND), **ALWAYS, "outlook": "counted from 2 Oct 2026", "packs": "choose another"},
    "not ready": dict.fromkeys(PAGES, "The warehouse is of a newer version."),
    "failing": dict.fromkeys(PAGES, FAILED),
}  # fmt: skip
# The data folder of each state, the period that is asked for, and what reading it raises.
STATES = {
    "nothing": ("empty", "", None),
    "another subject": ("training", "2026-Q3", None),
    "running": ("whole", "2026-Q4", None),
    "stale": ("short", "2026-Q3", None),
    "before": ("whole", "2019-Q1", None),
    "after": ("whole", "2030-Q1", None),
    "not ready": ("whole", "2026-Q3", lambda: NotReady("The warehouse is of a newer version.")),
    "failing": ("whole", "2026-Q3", ZeroDivisionError),
}


def training(folder: Path) -> Path:
    rows = [(f"P-{n}", "Phishing", "2026-06-01", "2026-07-01", "2026-06-12", "2026-10-02") for n in range(3)]
    return write(folder / "training.csv", rows, ("Person", "Course", "Assigned", "Due", "Completed", "As of"))


def subjects(folder: Path, end: date) -> Iterator[Path]:
    """Something of each subject in every month of 2026, up to a day."""
    days = [on for on in (date(2026, month, 5) for month in range(1, 13)) if on < end]
    outages = [
        (f"I-{on.month}", "Down", "Operational", "Critical", "Resolved", "Payments", f"{on} 08:00", f"{on} 08:00", f"{on} 08:10",
         f"{on} 10:00", "Outage", f"{on} 08:00", f"{on} 10:00", end)
        for on in days
    ]  # fmt: skip
    yield write(
        folder / "incidents.csv", outages,
        ("Reference", "Incident", "Domain", "Severity", "Status", "Service", "Opened", "Occurred", "Detected", "Restored",
         "Impact", "Outage from", "Outage until", "As of"),
    )  # fmt: skip
    patches = [
        (f"pay-{on.month}", "KB1", "Critical", on, *(("Fixed", on + timedelta(9)) if on.month % 2 else ("Open", "")), end)
        for on in days
    ]  # fmt: skip
    yield write(
        folder / "patches.csv", patches, ("Asset", "Patch", "Severity", "First seen", "State", "Installed", "As of")
    )  # fmt: skip
    assets = [(f"pay-{on.month}", "Payments", "Retail", "Head of Payments", on, end) for on in days]
    yield write(
        folder / "assets.csv", assets, ("Asset", "Service", "Business unit", "Owner", "Last seen", "As of")
    )
    tests = [
        ("A.8.13", "ISO 27001", "Group", *told, end) for told in (("Backups", "Fail"), ("Cards", "Pass"))
    ]
    yield write(
        folder / "tests.csv", tests, ("Control", "Framework", "Scope", "Resource", "Result", "Tested")
    )
    audits = [
        ("AU-1", "Report", "SOC 2", "Harrow", "2026-05-01", "2026-05-28", "Qualified", end),
        ("AU-2", "Surveillance", "ISO 27001", "Northgate", "2026-11-10", "", "", end),
        ("Total: 2 audits", *[""] * 7),
    ]
    yield write(
        folder / "audits.csv", audits,
        ("Reference", "Audit", "Framework", "Auditor", "Planned for", "Completed", "Opinion", "As of"),
    )  # fmt: skip
    finding = (
        "F-1",
        "Keys",
        "ISO 27001",
        "AU-1",
        "High",
        "Open",
        "2026-01-10",
        "2026-03-01",
        "Head",
        "Payments",
        end,
    )
    yield write(
        folder / "findings.csv", [finding],
        ("Reference", "Finding", "Framework", "Audit", "Severity", "Status", "Raised", "Due", "Owner", "Service", "As of"),
    )  # fmt: skip
    target = ("downtime", 15, 20, "2026-01-01")
    yield write(folder / "targets.csv", [target], ("Metric", "Target", "At risk from", "From"))


@pytest.fixture(scope="module")
def worlds(tmp_path_factory) -> Path:
    """Data folders: empty, of another subject alone, whole up to October, and without assets and what came after July."""
    folder = tmp_path_factory.mktemp("worlds")
    ends = {"training": None, "whole": date(2026, 10, 2), "short": date(2026, 7, 20)}
    (folder / "empty").mkdir()
    for name, end in ends.items():
        files = folder / f"{name}-files"
        files.mkdir()
        given = [training(files), *(subjects(files, end) if end else ())]
        if name == "short":
            given = [file for file in given if file.name != "assets.csv"]
        outcomes = load(given, folder / name)
        assert [outcome.error for outcome in outcomes] == [None] * len(outcomes)
    return folder


@pytest.fixture(scope="module")
def session(worlds):
    """A person who looks at the pages in one state after the other: begins a session on a data folder."""
    with pytest.MonkeyPatch.context() as patch:

        def begin(data: str) -> AppTest:
            if os.environ.get("DASHBOARD_DATA") != str(worlds / data):
                patch.setenv("DASHBOARD_DATA", str(worlds / data))
                shared_readings.clear()
            return AppTest.from_file(APP, default_timeout=60).run()

        yield begin
    shared_readings.clear()


@pytest.fixture(scope="module", params=STATES)
def state(session, request):
    """The name of a state of the data, and a session in it."""
    return request.param, session(STATES[request.param][0])


def look(seen: AppTest, name: str, **address: str) -> AppTest:
    """A page at an address, as a link opens it."""
    seen.switch_page(f"app_pages/{name}.py")
    seen.query_params.clear()
    for one, value in address.items():
        seen.query_params[one] = value
    return seen.run()


def words(seen: AppTest) -> str:
    """All that a page says, in its order."""

    def each(block) -> Iterator[str]:
        for one in block.children.values():
            if hasattr(one, "children"):
                yield from each(one)
            elif one.type == "html":
                yield re.sub("<[^>]*>", " ", one.proto.body)
            elif one.type == "dataframe":
                yield one.value.to_string()
            else:
                yield str(getattr(one, "label", "") or getattr(one, "value", ""))

    return " ".join(" ".join(each(seen.main)).replace("\\", "").split())


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_it_has_and_what_is_missing(state, name, monkeypatch):
    told, seen = state
    _, period, raised = STATES[told]
    if raised:

        def fail(self):
            raise raised()

        monkeypatch.setattr(Readings, "_now", fail)
    supposed = {"service": "Payments"} if name == "what_if" and told in ("running", "stale") else {}
    look(seen, name, **({"period": period, **supposed} if period else {}))
    assert not seen.exception
    assert TOLD[told][name] in words(seen)
    assert bool(seen.error) is (told == "failing")
    if TOLD[told][name] in (FIRST, MISSING, BEYOND):
        assert not seen.get("plotly_chart"), "no chart of nothing"
        assert seen.get("button") or seen.get("page_link"), "there is a way on"


def test_a_fault_is_logged_with_its_traceback(session, monkeypatch, caplog):
    seen = session("whole")
    monkeypatch.setattr(Readings, "several", lambda *_: 1 / 0)
    assert FAILED in words(look(seen, "incidents", period="2026-Q3"))
    assert "ZeroDivisionError" in caplog.text


PICTURES = {
    "metric": {"downtime", "downtime-by-service"},
    "kpis": {"downtime"},
    "incidents": {"timeline", "from-occurrence-to-restore", "downtime-days"},
    "patching": {"overdue-by-owner", "patches-still-open", "time-to-patch", "assets-seen"},
    "audits": {"controls-by-framework", "controls-by-family", "overdue-findings-by-age", "audits"},
}


@pytest.mark.parametrize("name", PICTURES)
def test_each_chart_of_a_page_is_offered_as_a_picture(session, name):
    seen = look(session("whole"), name, period="2026")
    offered = [one.proto.id for one in seen.get("download_button") if one.proto.label.startswith("Chart as")]
    expected = {f"{kind}-{file}" for kind in ("PNG", "SVG") for file in PICTURES[name]}
    assert {one.split("-", 2)[2] for one in offered} == expected


def test_the_counts_of_a_load_add_up_in_its_line(session):
    seen = look(session("whole"), "data")
    loads = next(one.value for one in seen.dataframe if "rows_read" in one.value)
    parts = ["accepted", "unchanged", "superseded", "rejected", "set_aside"]
    assert len(loads) and loads[parts].sum(axis=1).tolist() == loads["rows_read"].tolist()
    assert loads["set_aside"].any(), "the totals row of the list of audits"
