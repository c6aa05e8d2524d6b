"""How soon a page of the demo stands, and how soon a filter has changed it, in headless Chromium.

Baseline: a bare Streamlit page with the same number of plotly charts, in the same browser, in turn with ours. Both
servers have served each page before: readings are known.
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
# Our pages with their charts, and what stands last on each.
PAGES = {
    "board": ("?period=2026-Q3", 0, ".st-key-panel-freshness .note"),
    "metric": ("metric?metric=downtime&period=2026-Q3", 2, ".st-key-trend .main-svg .bars .point"),
}


def opened(page: Page, address: str, last: str) -> float:
    """Seconds until what stands last is seen."""
    page.goto("about:blank")
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator(last).first.wait_for()
    return time.perf_counter() - start


def changed(page: Page, option: str, seen: str) -> float:
    """Seconds from the choice of an option in the first select box to what it shows."""
    page.get_by_role("combobox").first.click()
    choice = page.get_by_role("option", name=option, exact=True)
    choice.wait_for()
    start = time.perf_counter()
    choice.click()
    page.get_by_text(seen, exact=True).first.wait_for()
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
            for name, (address, charts, last) in PAGES.items():
                there = f"http://127.0.0.1:{PORT}/?charts={charts}"
                end = ".js-plotly-plot .bars .point" if charts else "h2"
                ours, theirs = [], []
                for _ in range(LOADS + 1):  # the first is not counted: it fills caches
                    ours.append(opened(page, f"{site}/{address}", last))
                    theirs.append(opened(page, there, end))
                ours, theirs = median(ours[1:]), median(theirs[1:])
                print(f"{name}: {ours * 1000:.0f} ms, bare {theirs * 1000:.0f} ms")
                kept.append(held(f"the {name} page to a bare one", ours / theirs, 1.2))
            ours, theirs = [], []
            for number in range(LOADS + 2):
                period = ("Quarter 2, 2026", "Quarter 3, 2026")[number % 2]
                if not number:
                    page.goto(f"{site}/?period=2026-Q3")
                    page.locator(PAGES["board"][2]).first.wait_for()
                    other = browser.new_page(viewport={"width": 1280, "height": 720})
                    other.goto(f"http://127.0.0.1:{PORT}/")
                    other.locator("h2").wait_for()
                months = ("(April–June)", "(July–September)")[number % 2]
                ours.append(changed_board(page, period, f"{period} {months}"))
                theirs.append(
                    changed(
                        other, ("second", "first")[number % 2], f"The {('second', 'first')[number % 2]} one"
                    )
                )
            ours, theirs = median(ours[2:]), median(theirs[2:])
            print(f"filter: {ours * 1000:.0f} ms, bare {theirs * 1000:.0f} ms")
            kept.append(held("a change of the period to a bare one", ours / theirs, 1.1))
            browser.close()
    finally:
        bare.terminate()
        bare.wait(20)
    return 0 if all(kept) else 1


def changed_board(page: Page, option: str, heading: str) -> float:
    """Seconds from the choice of a period to the heading that names it."""
    page.locator(".st-key-choose-period").get_by_role("combobox").click()
    choice = page.get_by_role("option", name=option, exact=True)
    choice.wait_for()
    start = time.perf_counter()
    choice.click()
    page.locator(".heading", has_text=heading).first.wait_for()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
