"""Files on their way in, as a person takes them: checked, asked about, loaded, undone."""

import fcntl
import io
import re
from contextlib import suppress
from datetime import datetime

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Error, Page, expect

from pipelines import warehouse
from tests.browser.conftest import HEADER, MARKUP, outage, table_text, write

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)


@pytest.fixture(autouse=True)
def as_it_was(company):
    """The other tests find the company as they left it."""
    yield
    for row in warehouse.loads(company)[2:]:
        if row["withdrawn_at"] is None:
            warehouse.withdraw(row["load"], company, why="a test")


def drop(page: Page, site: str, *files) -> None:
    page.goto(f"{site}/upload")
    page.locator("input[type=file]").set_input_files([*files])


def panel(page: Page, name: str):
    """What the page says of one file."""
    return page.locator("[class*=st-key-panel-file-]").filter(has_text=name)


def came_of(page: Page, name: str):
    """What the page says came of loading a file."""
    return page.locator("[class*=st-key-panel-job-]").filter(has_text=name)


def drawn(page: Page) -> None:
    """Wait until the page has been drawn: what is clicked meanwhile may be gone."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def put_away(page: Page, *names: str) -> None:
    for name in names:
        button = came_of(page, name).get_by_role("button", name="Put away")
        while (
            button.count()
        ):  # a click on a page that is being drawn anew may be lost, or there may be two for a while
            drawn(page)
            with suppress(AssertionError, Error):
                button.first.click(timeout=1000)
                expect(button).to_have_count(0, timeout=1000)


def go(page: Page, title: str) -> None:
    page.get_by_test_id("stTopNavLink").filter(has_text=re.compile(f"^{title}$")).click()


def test_a_recognised_file_tells_what_it_changes_is_loaded_and_undone(page, site, company, tmp_path):
    rows = [outage("INC300", datetime(2026, 9, 20, 8), 5, "Payments"), ("", *["x"] * (len(HEADER) - 1))]
    held = len(warehouse.loads(company))
    drop(page, site, write(tmp_path / "late.csv", rows))
    late = panel(page, "late.csv")
    expect(late).to_contain_text("ServiceNow incident list: adds 1, refuses 1 row")
    expect(late).to_contain_text("11 of 11 columns known")
    downtime = page.locator(".changes tr").filter(has_text="Hours of downtime")
    expect(downtime).to_contain_text(re.compile("4 h → 9 hSeptember 2026.*12 h → 17 hQuarter 3, 2026"))
    assert len(warehouse.loads(company)) == held, "nothing is saved before it is confirmed"
    late.get_by_role("tab", name="Refused").click()
    assert "is empty" in table_text(page, 2)  # after the columns and the first rows

    page.get_by_role("textbox", name="Who are you?").fill("Ada")
    page.get_by_role("button", name="Load it").click()
    expect(came_of(page, "late.csv")).to_contain_text("2 rows read, 1 accepted and 1 refused")
    expect(late).to_have_count(0)
    go(page, "Board")
    expect(page.locator(".st-key-card-downtime")).to_contain_text("17 h")

    go(page, "Data")
    assert "Ada (unverified)" in table_text(page)
    page.get_by_test_id("stDataFrame").first.locator("canvas").first.click(
        position={"x": 15, "y": 50}, force=True
    )
    page.get_by_role("button", name="Undo this load").click()
    page.get_by_label("Why?").fill("a test")
    page.get_by_label("Why?").press("Enter")
    page.get_by_role("button", name="Undo it").click()
    expect(page.get_by_text(re.compile(r"Load \d+ was undone"))).to_be_visible()
    put_away(page, "was undone")
    expect(page.get_by_text(re.compile("Undone on .*: a test"))).to_be_visible()
    go(page, "Board")
    expect(page.locator(".st-key-card-downtime")).to_contain_text("12 h")
    go(page, "Upload")
    expect(came_of(page, "late.csv")).to_contain_text("has been undone since")
    put_away(page, "late.csv")


def test_several_files_are_checked_on_top_of_each_other_and_a_refused_one_keeps_none_out(
    page, site, tmp_path
):
    one = write(tmp_path / "one.csv", [outage("INC310", datetime(2026, 9, 20, 8), 4, "Payments")])
    other = write(tmp_path / "other.csv", [outage("INC311", datetime(2026, 9, 20, 10), 4, "Payments")])
    strange = write(tmp_path / "strange.csv", [("1", MARKUP)], ("height", MARKUP))
    drop(page, site, one, other, strange)
    refused = panel(page, "strange.csv")
    expect(refused).to_contain_text("No source recognises it")
    expect(refused).to_contain_text(MARKUP.replace("://", ":\u2060//"))
    expect(refused.locator("a, img")).to_have_count(0)
    expect(refused.locator("code")).to_have_text("pipelines sources")
    expect(refused).to_contain_text("Map its columns below")
    expect(page.get_by_text("1 more cannot be taken in yet")).to_be_visible()
    downtime = page.locator(".changes tr").filter(has_text="Hours of downtime")
    expect(downtime).to_contain_text("12 h → 18 h")  # eight hours that overlap by two
    panel(page, "other.csv").get_by_role("button", name="Leave it out").click()
    expect(downtime).to_contain_text("12 h → 16 h")
    page.get_by_role("button", name="Load it").click()
    expect(came_of(page, "one.csv")).to_contain_text("1 row read, 1 accepted")
    expect(refused).to_be_visible()
    put_away(page, "one.csv")


def test_a_file_that_does_not_say_when_it_was_made_asks_for_it(page, site, tmp_path):
    undated = [("INC320", "2026-09-20 08:00", "New", "1 - Critical")]
    drop(page, site, write(tmp_path / "undated.csv", undated, ("number", "opened_at", "state", "priority")))
    asked = panel(page, "undated.csv")
    expect(asked).to_contain_text("It does not say when it was made")
    asked.get_by_role("spinbutton", name="year, When was it exported?").click()
    page.keyboard.type("20260930")
    asked.get_by_role("button", name="Use this day").click()
    expect(asked).to_contain_text("adds 1")


def test_dates_that_may_be_read_two_ways_are_asked_about(page, site, tmp_path):
    row = ("INC325", "05/09/2026 08:00", "06/09/2026 08:00", "New", "1 - Critical")
    drop(
        page,
        site,
        write(tmp_path / "either.csv", [row], ("number", "opened_at", "sys_updated_on", "state", "priority")),
    )
    asked = panel(page, "either.csv")
    expect(asked).to_contain_text("whether the day or the month comes first")
    asked.get_by_role("button", name="Day first: 31/12/2026").click()
    expect(asked).to_contain_text("adds 1")
    asked.get_by_role("tab", name="First rows").click()
    assert "2026-09-05 08:00:00" in table_text(page, 1)


def test_dates_that_may_be_read_two_ways_are_asked_about_while_they_are_mapped(page, site, tmp_path):
    header = ("Ticket no.", "Raised on", "Urgency")
    drop(page, site, write(tmp_path / "tickets.csv", [("T-1", "05/09/2026 08:00", "P1")], header))
    panel(page, "tickets.csv").get_by_role("button", name="Map its columns").click()
    page.get_by_role("combobox", name="What is a row of it?").click()
    page.get_by_role("option", name="Incidents, of security").click()
    expect(page.get_by_text("whether the day or the month comes first")).to_be_visible()
    expect(page.get_by_text("--dates")).to_have_count(0)
    page.get_by_role("button", name="Day first: 31/12/2026").click()
    expect(page.get_by_text("Of its 1 row, 1 can be used")).to_be_visible()
    assert "2026-09-05 08:00:00" in table_text(page, 1)
    page.get_by_role("button", name="Back to the files").click()
    panel(page, "tickets.csv").get_by_role("button", name="Leave it out").click()


def test_files_wait_in_the_tray_while_another_page_is_looked_at_and_after_a_reload(page, site, tmp_path):
    drop(page, site, write(tmp_path / "kept.csv", [outage("INC330", datetime(2026, 9, 20, 8), 1, "Portal")]))
    expect(panel(page, "kept.csv")).to_contain_text("adds 1")
    go(page, "Data")
    expect(page.get_by_text("Sources and freshness")).to_be_visible()
    go(page, "Upload")
    expect(panel(page, "kept.csv")).to_contain_text("adds 1")
    page.reload()
    expect(panel(page, "kept.csv")).to_contain_text("adds 1")


def test_a_long_load_goes_on_while_another_page_is_looked_at(page, site, company, tmp_path):
    drop(page, site, write(tmp_path / "slow.csv", [outage("INC340", datetime(2026, 9, 20, 8), 1, "Portal")]))
    expect(panel(page, "slow.csv")).to_contain_text("adds 1")
    with open(company / "warehouse" / "lock", "a+", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a load waits as long as somebody else writes
        page.get_by_role("button", name="Load it").click()
        expect(page.get_by_text("Loading slow.csv: Waiting for")).to_be_visible()
        go(page, "Board")
        expect(page.locator(".st-key-card-downtime")).to_contain_text("12 h")
        page.goto(f"{site}/upload")  # as after a reload: another session
        expect(page.get_by_text("Loading slow.csv: Waiting for")).to_be_visible()
    expect(came_of(page, "slow.csv")).to_contain_text("1 row read, 1 accepted")
    put_away(page, "slow.csv")


def test_refused_rows_are_mended_and_uploaded_again(page, site, tmp_path):
    wrong = list(outage("INC350", datetime(2026, 9, 20, 8), 3, "Payments"))
    wrong[1] = "soon"  # a row without the date it needs
    drop(
        page,
        site,
        write(tmp_path / "wrong.csv", [outage("INC351", datetime(2026, 10, 1), 0, "Portal"), wrong]),
    )
    expect(panel(page, "wrong.csv")).to_contain_text("adds 1, refuses 1 row")
    page.get_by_role("button", name="Load it").click()
    expect(came_of(page, "wrong.csv")).to_contain_text("2 rows read, 1 accepted and 1 refused")
    drawn(page)
    with page.expect_download() as held:
        page.get_by_role("button", name="Download what was refused, to mend").click()
    book = load_workbook(io.BytesIO(held.value.path().read_bytes()))
    assert [cell.value for cell in book.active[2]][1:3] == ["INC350", "soon"]
    book.active["C2"] = "2026-09-20 08:00"
    book.save(tmp_path / "mended.xlsx")
    page.locator("input[type=file]").set_input_files(tmp_path / "mended.xlsx")
    expect(panel(page, "mended.xlsx")).to_contain_text("ServiceNow incident list: adds 1")
    downtime = page.locator(".changes tr").filter(has_text="Hours of downtime")
    expect(downtime).to_contain_text("12 h → 15 h")
    page.get_by_role("button", name="Load it").click()
    expect(came_of(page, "mended.xlsx")).to_contain_text("1 row read, 1 accepted and 0 refused")
    put_away(page, "wrong.csv", "mended.xlsx")


def test_an_unknown_file_is_mapped_saved_and_recognised_from_then_on(page, site, company, tmp_path):
    header = ("Ticket no.", "Raised on", "Sorted out on", "Urgency", "Where it stands")
    rows = [
        ("T-1", "2026-09-01 08:00", "2026-09-01 12:00", "P1", "Resolved"),
        ("T-2", "2026-09-02 08:00", "", "P4", "Resolved"),
        ("T-3", "2026-09-02 08:00", "", "P9", "Resolved"),
    ]
    drop(page, site, write(tmp_path / "tickets 2026-09.csv", rows, header))
    panel(page, "tickets 2026-09.csv").get_by_role("button", name="Map its columns").click()
    page.get_by_role("combobox", name="What is a row of it?").click()
    page.get_by_role("option", name="Incidents, of security").click()
    expect(page.get_by_text("Of its 3 rows, 3 can be used; 1 of their cells cannot.")).to_be_visible()
    expect(page.get_by_text(re.compile("1 cell, Urgency: .*: P9"))).to_be_visible()
    # Without a column that it needs, it cannot be saved.
    page.get_by_role("combobox", name="Opened at (needed)").click()
    page.get_by_role("option", name="not in this export").click()
    expect(page.get_by_text("Still needed: a column for opened at")).to_be_visible()
    save = page.get_by_role("button", name="Save the mapping")
    expect(save).to_have_count(1)  # while the page is made anew, the one before stands beside it
    expect(save).to_be_disabled()
    page.get_by_role("combobox", name="Opened at (needed)").click()
    page.get_by_role("option", name="Raised on").click()
    page.get_by_text("on the day it is loaded").click()
    page.get_by_role("textbox", name="Title").fill("Tickets of the desk")
    page.get_by_role("textbox", name="Title").press("Enter")
    drawn(page)  # what is entered in the very moment in which a page is left may be lost with its run
    # Another page may be looked at before it is saved.
    go(page, "Data")
    expect(page.get_by_role("heading", name="Loads")).to_be_visible()
    go(page, "Upload")
    expect(page.get_by_text("Of its 3 rows, 3 can be used; 1 of their cells cannot.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Title")).to_have_value("Tickets of the desk")
    expect(page.get_by_role("radio", name="on the day it is loaded")).to_be_checked()
    with page.expect_download() as held:
        page.get_by_role("button", name="Download it as TOML").click()
    assert held.value.suggested_filename == "tickets.toml"
    expect(page.get_by_role("button", name="Save the mapping")).to_have_count(1)
    page.get_by_role("button", name="Save the mapping").click()
    expect(panel(page, "tickets 2026-09.csv")).to_contain_text("Tickets of the desk: adds 3, refuses 1 cell")
    path = company / "sources" / "incident" / "tickets.toml"
    assert held.value.path().read_text("utf-8") == path.read_text("utf-8")

    drop(page, site, write(tmp_path / "october.csv", [("T-4", "2026-10-01", "", "P1", "Resolved")], header))
    later = panel(page, "october.csv")
    expect(later).to_contain_text("Tickets of the desk: adds 1")
    later.get_by_role("tab", name="Columns").click()
    later.get_by_role("button", name="Change the mapping").click()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("tickets")
    page.get_by_role("textbox", name="Title").fill("Desk tickets")
    page.get_by_role("textbox", name="Title").press("Enter")
    expect(page.get_by_role("button", name="Save the mapping")).to_have_count(1)
    page.get_by_role("button", name="Save the mapping").click()
    expect(later).to_contain_text("Desk tickets: adds 1")
    path.unlink()
