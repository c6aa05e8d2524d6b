"""axe-core over every page, light and dark: no serious violation; and nothing is cut at 200 %."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.screenshots import PAGES, settled, still

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)
SERIOUS = ("serious", "critical")
# Texts that reach past the right edge; what is moved sideways may.
CUT = """[...document.querySelectorAll('.stMain *')].filter(e => e.offsetParent && e.innerText && !e.children.length
    && !e.closest('.stDataFrame, .st-key-lanes, .st-key-calendar') && e.getBoundingClientRect().right > 641)
    .map(e => e.outerHTML.slice(0, 200))"""


def serious(page) -> list[str]:
    """The serious violations of a page as it stands, with the first element of each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:300]} {one['nodes'][0]['failureSummary']}"
        for one in found
        if one["impact"] in SERIOUS
    ]


def test_every_page_is_looked_at():
    app = Path("dashboard/app.py").read_text("utf-8")
    assert {address.split("?")[0] for address in PAGES.values()} == {
        "",
        *re.findall(r'url_path="([^"]+)"', app),
    }


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_serious_violation(page, site, name):
    page.goto(f"{site}/{PAGES[name]}")
    settled(page)
    assert serious(page) == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".stApp")).to_have_css("background-color", "rgb(18, 22, 28)")
    still(page)
    assert serious(page) == []
    page.set_viewport_size({"width": 640, "height": 360})  # a notebook's window at 200 %
    still(page)
    assert page.locator(".stMain").evaluate("e => e.scrollWidth") <= 640
    assert page.evaluate(CUT) == []
