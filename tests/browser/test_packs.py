"""A pack is frozen on its page, downloaded, and told to be true or restated; decisions are asked for and settled beside it."""

from datetime import datetime

import openpyxl
import pytest
from playwright.sync_api import expect

from pipelines.warehouse import load
from tests.browser.conftest import outage, served, write

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)


def test_a_pack_is_frozen_downloaded_and_restated_and_a_decision_is_asked_for_and_settled(page, tmp_path):
    rows = [outage(f"INC{month}", datetime(2026, month, 5, 8), 2, "Payments") for month in range(4, 11)]
    (done,) = load([write(tmp_path / "incidents.csv", rows)], tmp_path / "data")
    assert done.error is None
    with served(tmp_path / "data") as site:
        page.goto(f"{site}/packs?period=2026-Q3")
        expect(page.locator(".verdict-line")).to_have_text("Nothing has been frozen yet.")
        page.get_by_role("button", name="Freeze Quarter 3").click()
        words = page.get_by_label("The memo: a paragraph a line")
        expect(words).not_to_be_empty()
        words.fill("Our own words\n=1+1 **bold**")
        words.press("Control+Enter")
        page.get_by_role("button", name="Freeze it").click()
        expect(page.locator(".verdict-line")).to_have_text("What the board was told is still true.")
        expect(page.get_by_text("2026-Q3-board-1")).to_be_visible()
        with page.expect_download() as held:
            page.get_by_role("button", name="Workbook (XLSX)").click()
        held.value.save_as(tmp_path / "pack.xlsx")
        book = openpyxl.load_workbook(tmp_path / "pack.xlsx")
        lines = list(book["Summary"].iter_rows(max_col=2, values_only=True))
        memo = next(number for number, (name, _) in enumerate(lines) if name == "Memo")
        # What stands under one name has the name once.
        assert [said for _, said in lines[memo : memo + 2]] == ["Our own words", "=1+1 **bold**"]
        assert not lines[memo + 1][0] and lines[memo + 2][0]
        late = [outage("INC99", datetime(2026, 8, 20, 8), 3, "Payments"), rows[-1]]
        load([write(tmp_path / "late.csv", late)], tmp_path / "data")
        expect(page.locator(".verdict-line")).to_have_text(
            "1 of 1 pack has numbers that were restated since."
        )
        expect(page.get_by_text("numbers have been restated since.")).to_be_visible()
        page.get_by_role("button", name="Tell why").click()
        expect(page.get_by_text("late.csv, loaded").first).to_be_visible()
        page.get_by_role("button", name="Freeze Quarter 3").click()
        corrects = page.get_by_label("What does it correct in 2026-Q3-board-1?")
        corrects.fill("An outage was missing")
        corrects.press("Enter")
        page.get_by_role("button", name="Freeze it").click()
        expect(page.get_by_text("corrected by 2026-Q3-board-2")).to_be_visible()
        expect(page.locator(".verdict-line")).to_have_text("What the board was told is still true.")
        (tmp_path / "data" / "packs" / "2026-Q3-board-1" / "pack.json").write_text("", "utf-8")
        page.reload()
        expect(page.locator(".verdict-line")).to_have_text("Not all of what the board was told can be read.")
        expect(page.get_by_text("2026-Q3-board-1/pack.json cannot be read")).to_be_visible()
        log = page.locator(".st-key-panel-log")
        expect(log).to_contain_text("None is waiting for the board.")
        log.get_by_role("button", name="Ask for a decision").click()
        page.get_by_label("What is the board to decide?").fill("Fund **backups** <b>now</b>")
        page.get_by_label("What is the board to decide?").press("Enter")
        page.get_by_role("button", name="Ask for it").click()
        expect(log).to_contain_text("Fund **backups** <b>now</b>")
        log.get_by_role("button", name="What became of it").click()
        page.get_by_label("What was decided").fill("Yes, for £90k")
        page.get_by_label("What was decided").press("Enter")
        page.get_by_role("button", name="Record it").click()
        expect(log).to_contain_text("Settled (1)")
        expect(log).to_contain_text("None is waiting for the board.")
