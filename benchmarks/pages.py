"""How soon the first screen of a page of the demo stands, and how soon a filter has changed it, in headless Chromium.

The first screen is all that is seen at 1280 × 720 without scrolling: navigation and filters, verdict, every card with its
trend, what stands beside them; of a metric, its value, its trend and the top of the breakdown and of the definition. Rows
and loads below are not waited for. A change is over when its last element has come, and the script has ended.

Baseline: a bare Streamlit page with the same number of plotly charts, all of it, in the same browser, in turn with ours.
Both servers have served each page before: readings are known.
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from benchmarks.exports import WORK
from benchmarks.measure import held, two_threads
from dashboard.server import prepare_demo
from tests.browser.conftest import FLAGS, served

DATA = WORK / "pages"
BARE = Path(__file__).with_name("bare_page.py")
PORT = 8699
LOADS = 10
FRAME = {"[data-testid=stTopNavLink]": 9, ".st-key-filters input": 4}
# Our pages, their charts, and their first screen: how many of what are seen.
PAGES = {
    "board": (
        "?period=2026-Q3",
        0,
        FRAME
        | {
            "h1.verdict-line": 1,
            "[class*=st-key-card-] a": 12,
            "[class*=st-key-card-] svg": 6,
            ".st-key-panel-drivers .who": 3,
            ".st-key-panel-drivers a": 3,
            ".st-key-panel-decisions .decision": 2,
            ".st-key-panel-decisions a": 1,
            ".note": 2,
            ".st-key-panel-freshness a": 1,
            ".st-key-to-present button": 1,
        },
    ),
    "metric": (
        "metric?metric=downtime&period=2026-Q3",
        2,
        FRAME
        | {
            ".st-key-choose-metric input": 1,
            ".standing .state": 1,
            ".st-key-trend .bars .point": 12,
            ".st-key-pictures-downtime button": 2,
            ".st-key-choose-by button": 5,
            ".st-key-breakdown .bars .point": 2,
            ".term": 3,
        },
    ),
}
SEEN = """wanted => Object.entries(wanted).every(([what, many]) => [...document.querySelectorAll(what)].filter(
    one => one.checkVisibility({visibilityProperty: true, opacityProperty: true})).length >= many)"""
ENDED = "[data-testid=stApp][data-test-script-state=notRunning]"


def bare_screen(charts: int) -> dict[str, int]:
    """All of the baseline: its heading, its choice and the bars of its charts."""
    return {"h2": 1, "input": 1} | ({".js-plotly-plot .bars .point": 12 * charts} if charts else {})


def opened(page: Page, address: str, screen: dict[str, int]) -> float:
    """Seconds until a first screen is seen."""
    page.goto("about:blank")
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_function(SEEN, arg=screen)
    return time.perf_counter() - start


def changed(page: Page, box: str, option: str, seen: str, text: str) -> float:
    """Seconds from the choice of an option in a select box to the text that it changes, and the end of the script."""
    page.locator(box).get_by_role("combobox").first.click()
    choice = page.get_by_role("option", name=option, exact=True)
    choice.wait_for()
    start = time.perf_counter()
    choice.click()
    page.locator(seen, has_text=text).first.wait_for()
    page.locator(ENDED).wait_for()
    return time.perf_counter() - start


def main() -> int:
    """Ten loads of each page and its baseline, in turn; then ten changes of the period; medians."""
    two_threads()
    shutil.rmtree(DATA, ignore_errors=True)
    prepare_demo(DATA, lambda _: None)
    command = [sys.executable, "-m", "streamlit", "run", str(BARE), "--server.port", str(PORT)]
    command += [
        "--server.address",
        "127.0.0.1",
        "--server.headless",
        "true",
        "--browser.gatherUsageStats",
        "false",
    ]
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    bare = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    kept = []
    try:
        with served(DATA) as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.set_default_timeout(60_000)
            for name, (address, charts, screen) in PAGES.items():
                there = f"http://127.0.0.1:{PORT}/?charts={charts}"
                ours, theirs = [], []
                for _ in range(LOADS + 1):  # the first is not counted: it fills caches
                    ours.append(opened(page, f"{site}/{address}", screen))
                    theirs.append(opened(page, there, bare_screen(charts)))
                ours, theirs = median(ours[1:]), median(theirs[1:])
                print(f"{name}: {ours * 1000:.0f} ms, bare {theirs * 1000:.0f} ms")
                kept.append(held(f"the {name} page to a bare one", ours / theirs, 1.2))
            opened(page, f"{site}/?period=2026-Q3", PAGES["board"][2])
            other = browser.new_page(viewport={"width": 1280, "height": 720})
            opened(other, f"http://127.0.0.1:{PORT}/", bare_screen(0))
            ours, theirs = [], []
            for number in range(LOADS + 2):
                quarter, months = (("2", "April–June"), ("3", "July–September"))[number % 2]
                period, ordinal = f"Quarter {quarter}, 2026", ("second", "first")[number % 2]
                heading = f"{period} ({months})"
                ours.append(changed(page, ".st-key-choose-period", period, ".heading", heading))
                theirs.append(changed(other, ".stSelectbox", ordinal, "h2", f"The {ordinal} one"))
            ours, theirs = median(ours[2:]), median(theirs[2:])
            print(f"filter: {ours * 1000:.0f} ms, bare {theirs * 1000:.0f} ms")
            kept.append(held("a change of the period to a bare one", ours / theirs, 1.1))
            browser.close()
    finally:
        bare.terminate()
        bare.wait(20)
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
