"""A target is agreed and what happened is marked on the Joint KPIs page; both show there at once, and stay."""

from datetime import datetime

import pytest
from playwright.sync_api import expect

from pipelines.warehouse import load
from tests.browser.conftest import outage, served, write

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)


def day(dialog, label: str, digits: str) -> None:
    """Type a day (its figures alone, the year first) into a field of a dialog, which has a part for each of the three."""
    dialog.get_by_role("group", name=label, exact=True).get_by_role("spinbutton").first.focus()
    dialog.page.keyboard.type(digits)
    dialog.page.keyboard.press("Escape")  # the calendar, which lies over what stands below
    expect(dialog).to_be_visible()


def test_a_target_is_agreed_and_what_happened_is_marked_with_its_date(page, tmp_path):
    rows = [outage(f"INC{month}", datetime(2026, month, 5, 8), 2, "Payments") for month in range(1, 11)]
    targets = write(tmp_path / "targets.csv", [("downtime", 15, "2026-01-01")], ("Metric", "Target", "From"))
    files = [write(tmp_path / "incidents.csv", rows), targets]
    assert [done.error for done in load(files, tmp_path / "data")] == [None, None]
    with served(tmp_path / "data") as site:
        page.goto(f"{site}/kpis?period=2026-Q3")
        panel = page.locator(".st-key-panel-kpi-downtime")
        expect(panel).to_contain_text("≤ 15 h, from 1 Jan 2026")
        expect(panel).to_contain_text("on target")
        panel.get_by_role("button", name="Change the target").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Target (hours)").fill("4")
        dialog.get_by_label("Target (hours)").press("Tab")
        day(dialog, "From", "20260701")
        dialog.get_by_label("Agreed by").fill("The <b>board</b>")
        dialog.get_by_label("Agreed by").press("Tab")
        dialog.get_by_role("button", name="Agree it").click()
        expect(panel).to_contain_text("≤ 4 h, from 1 Jul 2026")
        expect(panel).to_contain_text("off target")
        page.get_by_role("button", name="Mark what happened").click()
        dialog.get_by_label("What happened").fill("Moved **everything** <b>out</b>")
        dialog.get_by_label("What happened").press("Tab")
        day(dialog, "On", "20260815")
        dialog.get_by_role("button", name="Mark it").click()
        expect(panel).to_contain_text("Moved **everything** <b>out</b>")
        expect(panel).to_contain_text("15 Aug 2026")
        page.goto(f"{site}/kpis?period=2026-Q2")  # a period that ended before keeps what held then
        expect(panel).to_contain_text("≤ 15 h, from 1 Jan 2026")
        expect(panel).to_contain_text("on target")
