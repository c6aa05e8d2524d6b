"""An incident that two tools tell of: the page says why it counts once, and a person cuts the link."""

from playwright.sync_api import expect

from pipelines.warehouse import load
from tests.browser.conftest import served, write

TICKETS = (
    "number",
    "opened_at",
    "sys_updated_on",
    "state",
    "priority",
    "short_description",
    "correlation_id",
)
PAGES = (
    "id",
    "description",
    "service_name",
    "created_at",
    "resolved_at",
    "seconds_to_first_ack",
    "priority_name",
)


def test_a_link_is_shown_with_its_reason_and_can_be_cut(page, tmp_path, browser_type_launch_args):
    day = "2026-01-31"
    ticket = (
        "INC0010001",
        f"{day} 09:40:00",
        f"{day} 12:05:00",
        "Resolved",
        "1 - Critical",
        "Down",
        "PXMPL1",
    )
    alert = ("PXMPL1", "Down", "Payments", f"{day}T09:36:00", f"{day}T12:03:00", 95, "P1")
    files = [
        write(tmp_path / "tickets.csv", [ticket], TICKETS),
        write(tmp_path / "pages.csv", [alert], PAGES),
    ]
    assert [done.error for done in load(files, tmp_path / "data")] == [None, None]
    with served(tmp_path / "data") as site:
        page.goto(f"{site}/metric?metric=major_incidents&period=2026-01")
        expect(page.get_by_text("counted · 1")).to_be_visible(timeout=60_000)
        page.get_by_test_id("stDataFrame").first.click(position={"x": 12, "y": 52})
        expect(page.get_by_text("servicenow_incident:INC0010001 names PXMPL1")).to_be_visible()
        expect(page.get_by_text("pagerduty_report:PXMPL1 leads")).to_be_visible()

        page.get_by_role("button", name="Cut this link …").click()
        page.get_by_label("Why?").fill("two faults in one night")
        page.get_by_label("Why?").press("Tab")
        page.get_by_role("button", name="Cut it").click()

        expect(page.get_by_text("counted · 2")).to_be_visible(timeout=60_000)
