"""Pictures of every page on the demo company, in all sizes, light and dark: `make screenshots`, to be looked at.

They go to tests/browser/screenshots; two of them are those of the README.
"""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, expect, sync_playwright

from dashboard.server import prepare_demo
from tests.browser.conftest import FLAGS, served

HERE = Path(__file__).with_suffix("")
README = Path(__file__).parents[2] / "data"
SIZES = {"1280x720": (1280, 720), "1920x1080": (1920, 1080), "phone": (390, 844)}
STILL = 400  # milliseconds in which nothing is drawn anew
# Every page of dashboard/app.py by its address, and slides of the presentation.
PAGES = {
    "board": "",
    "present": "present",
    "present-metric": "present?slide=patches_on_time",
    "present-decisions": "present?slide=decisions",
    "kpis": "kpis",
    "incidents": "incidents",
    "patching": "patching",
    "audits": "audits",
    "outlook": "outlook",
    "what-if": "what-if",
    "metric": "metric?metric=downtime",
    "packs": "packs",
    "definitions": "definitions",
    "upload": "upload",
    "data": "data",
    "ask": "ask",
}


def settled(page: Page) -> None:
    """Wait until a page is there as a whole."""
    page.locator(".stMainBlockContainer :is(h1, h2, h3, .heading, .stMarkdown)").first.wait_for(
        timeout=90_000
    )
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for(timeout=90_000)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)  # stands where a chart is to come
    still(page)


def still(page: Page) -> None:
    """Wait until nothing moves on a page."""
    page.evaluate(
        """still => new Promise(done => {
            // What follows a scroll bar always runs.
            const moves = one => one.playState === "running" && one.timeline instanceof DocumentTimeline;
            const moved = new MutationObserver(() => { clearTimeout(waited); waited = wait(); });
            const wait = () => setTimeout(() => {
                if (document.getAnimations().some(moves)) waited = wait();
                else { moved.disconnect(); done(); }
            }, still);
            let waited = wait();
            moved.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
        })""",
        STILL,
    )


def shoot(site: str, browser, only: list[str]) -> None:
    """A picture of each page in each size and theme; a page longer than its window as a whole."""
    for theme in ("light", "dark"):
        for size, (width, height) in SIZES.items():
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
            for name, address in PAGES.items():
                if only and name not in only:
                    continue
                page.goto(f"{site}/{address}")
                settled(page)
                # What scrolls is a part of the page: the window is made as tall as that.
                tall = page.evaluate("document.querySelector('.stMain').scrollHeight")
                page.set_viewport_size({"width": width, "height": max(height, min(tall, 6000))})
                still(page)
                page.screenshot(path=HERE / f"{name}-{size}-{theme}.png")
                page.set_viewport_size({"width": width, "height": height})
                print(f"{name}-{size}-{theme}", flush=True)
            page.close()


def main(only: list[str]) -> None:
    """All pages, or those that are named."""
    HERE.mkdir(exist_ok=True)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("No Chromium is found (Debian: apt install chromium).")
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        prepare_demo(Path(folder), lambda text: print(text, flush=True))
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        with served(Path(folder)) as site:
            shoot(site, browser, only)
        browser.close()
    if not only:
        shutil.copyfile(HERE / "board-1280x720-light.png", README / "board.png")
        shutil.copyfile(HERE / "present-metric-1280x720-dark.png", README / "present.png")


if __name__ == "__main__":
    main(sys.argv[1:])
