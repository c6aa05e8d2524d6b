"""What a page opens with: nothing is asked for in vain, below whatever address it stands."""

from http.client import HTTPConnection

import pytest
from playwright.sync_api import Page

from dashboard.web import PAGES


@pytest.mark.parametrize("address", ["", "metric?metric=downtime", "what-if", "upload"])
def test_a_page_asks_its_server_for_nothing_that_is_not_there(page: Page, site, address):
    asked = []
    page.on("response", lambda response: asked.append((response.status, response.url.removeprefix(site))))
    page.goto(f"{site}/{address}")
    page.locator(".stMainBlockContainer :is(.heading, h1, h2, h3)").first.wait_for()
    page.wait_for_load_state("networkidle")
    assert [one for one in asked if one[0] >= 400] == []
    assert [url for _, url in asked if "_stcore/health" in url] == ["/_stcore/health"]


def test_every_page_opens_with_the_same_document(site, page: Page):
    opened = {name: page.request.get(f"{site}/{name}") for name in PAGES}
    assert "what-if" in opened and "present" in opened
    assert {answer.status for answer in opened.values()} == {200}
    assert len({answer.text() for answer in opened.values()}) == 1
    assert "BACKEND_BASE_URL" in opened[""].text()


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("{here}", "http://{here}", 101),
        ("{here}", "http://elsewhere.example", 403),
        ("elsewhere.example", "http://elsewhere.example", 403),
    ],
)
def test_only_pages_of_this_address_are_told_anything(site, host, origin, status):
    here = site.removeprefix("http://")
    asked = {"Host": host.format(here=here), "Origin": origin.format(here=here)}
    asked |= {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    asked |= {"Sec-WebSocket-Key": "c2l4dGVlbiBvY3RldHMhIQ==", "Sec-WebSocket-Protocol": "streamlit"}
    wire = HTTPConnection(here, timeout=20)
    wire.request("GET", "/_stcore/stream", headers=asked)
    assert wire.getresponse().status == status
    wire.close()
