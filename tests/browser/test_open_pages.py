"""What happens under pages that are open: another session, a snapshot that is pruned, a server that starts anew, many rows."""

import csv
import re
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from pipelines.snapshot import numbers, path
from pipelines.warehouse import load, withdraw
from tests.browser.conftest import free_port, outage, served, write

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)

QUARTER = "period=2026-Q3"
MANY = 200_000


def card(page: Page, name: str):
    return page.locator(f".st-key-card-{name}")


def choose(page: Page, name: str, value: str) -> None:
    page.locator(f".st-key-choose-{name}").get_by_role("combobox").click()
    page.get_by_role("option", name=value, exact=True).click()


def go(page: Page, title: str) -> None:
    page.get_by_test_id("stTopNavLink").filter(has_text=re.compile(f"^{title}$")).click()


def sound(page: Page) -> None:
    """Nothing on it failed."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)


@contextmanager
def slow_network(context: BrowserContext):
    """A page, and in what is done meanwhile on it: what the server says arrives only at the end; what people do is sent at once."""
    page, held, slow = context.new_page(), [], []

    def between(browser):
        def arrives(message):
            held.append((browser, message)) if slow else browser.send(message)

        browser.connect_to_server().on_message(arrives)

    page.route_web_socket(re.compile("_stcore/stream"), between)

    @contextmanager
    def meanwhile():
        slow.append(True)
        yield
        while held:  # what arrives meanwhile comes after them
            browser, message = held.pop(0)
            browser.send(message)
        slow.clear()

    yield page, meanwhile


def test_what_is_chosen_in_turn_on_a_slow_network_is_all_kept(context, site):
    with slow_network(context) as (page, meanwhile):
        page.goto(f"{site}/?{QUARTER}")
        sound(page)
        with meanwhile():
            choose(page, "service", "Payments")
            page.wait_for_timeout(500)
            choose(page, "period", "Quarter 2, 2026")
            page.wait_for_timeout(500)
        expect(page).to_have_url(re.compile("period=2026-Q2&service=Payments"))
        expect(card(page, "downtime")).to_contain_text("6 h")
        page.go_back()
        expect(page).to_have_url(re.compile("period=2026-Q3"))


def test_the_way_back_from_a_measure_leads_to_the_board_as_it_was(page, site):
    page.goto(f"{site}/?{QUARTER}")
    sound(page)
    before = page.url
    # By its name: what draws it can be there later than the link to the definition, which is then the first.
    card(page, "downtime").get_by_role("link", name="Hours of downtime").click()
    expect(page).to_have_url(re.compile("/metric.*metric=downtime"))
    sound(page)
    page.go_back()
    expect(page).to_have_url(before)


def test_a_view_stands_under_its_address_after_going_back_on_a_slow_network(context, site):
    with slow_network(context) as (page, meanwhile):
        page.goto(f"{site}/?{QUARTER}")
        sound(page)
        choose(page, "service", "Payments")
        expect(page).to_have_url(re.compile("service=Payments"))
        expect(card(page, "downtime")).to_contain_text("6 h")
        with meanwhile():
            choose(page, "period", "Quarter 2, 2026")
            page.wait_for_timeout(500)
            page.evaluate("history.back()")
            page.wait_for_timeout(500)
        expect(card(page, "downtime")).to_contain_text("12 h")
        sound(page)
        expect(page).to_have_url(re.compile(rf"\?{QUARTER}$"))
        choose(page, "service", "Payments")
        expect(page).to_have_url(re.compile(f"{QUARTER}&service=Payments$"))
        expect(card(page, "downtime")).to_contain_text("6 h")
        with meanwhile():
            # The second is sent with the label of what the first has replaced: against the quarter before.
            choose(page, "period", "Quarter 2, 2026")
            page.wait_for_timeout(500)
            choose(page, "service", "Portal")
            page.wait_for_timeout(500)
        expect(page).to_have_url(re.compile("period=2026-Q2&service=Portal$"))
        sound(page)
        with meanwhile():
            for _ in range(3):  # to the period, to Payments, to the beginning
                page.evaluate("history.back()")
                page.wait_for_timeout(500)
        expect(card(page, "downtime")).to_contain_text("12 h")
        expect(page).to_have_url(re.compile(rf"\?{QUARTER}$"))


def test_a_view_that_is_left_and_returned_to_on_a_slow_network_is_shown_again(context, site):
    with slow_network(context) as (page, meanwhile):
        page.goto(f"{site}/incidents?{QUARTER}")
        sound(page)
        with meanwhile():
            for period in ("Quarter 2, 2026", "Quarter 1, 2026", "August 2026", "Quarter 3, 2026"):
                choose(page, "period", period)
                page.wait_for_timeout(1000)  # each is drawn before the next is chosen
        sound(page)
        choose(page, "service", "Payments")
        expect(page).to_have_url(re.compile(f"{QUARTER}&service=Payments"))
        expect(page.locator(".heading")).to_contain_text("Payments")
        sound(page)


def test_an_address_says_only_what_was_chosen_though_its_page_asks_for_news_on_a_slow_network(context, site):
    with slow_network(context) as (page, meanwhile):
        page.goto(f"{site}/?{QUARTER}")
        sound(page)
        with meanwhile():
            choose(page, "period", "Quarter 2, 2026")
            page.wait_for_timeout(4000)  # it asks with the comparison of the quarter before: its label
        expect(page.locator(".heading")).to_contain_text("Quarter 2")
        page.wait_for_timeout(4000)  # and again with its own
        expect(page).to_have_url(re.compile(r"\?period=2026-Q2$"))


def test_what_is_supposed_is_kept_where_choices_follow_each_other_on_a_slow_network(context, site):
    with slow_network(context) as (page, meanwhile):
        page.goto(f"{site}/what-if?{QUARTER}&suppose=restored&hours=3")
        sound(page)
        with meanwhile():
            for number in (2, 1):
                choose(page, "period", f"Quarter {number}, 2026")
                page.wait_for_timeout(500)
        expect(page).to_have_url(re.compile("period=2026-Q1&suppose=restored&hours=3$"))
        sound(page)


def test_what_is_chosen_while_the_next_snapshot_arrives_on_a_slow_network_is_kept(
    context, site, company, tmp_path
):
    with slow_network(context) as (page, meanwhile):
        page.goto(f"{site}/?{QUARTER}")
        sound(page)
        late = write(tmp_path / "late.csv", [outage("INC520", datetime(2026, 9, 22, 8), 4, "Payments")])
        with meanwhile():
            choose(page, "service", "Payments")
            [outcome] = load([late], company)
            page.wait_for_timeout(
                8000
            )  # the page asks for news every three seconds, with the address it knows
        try:
            expect(card(page, "downtime")).to_contain_text("10 h")
            expect(page).to_have_url(re.compile("service=Payments"))
            expect(page.locator(".st-key-choose-service").get_by_role("combobox")).to_have_value("Payments")
        finally:
            withdraw(outcome.load, company, why="a test")


def test_two_sessions_keep_their_own_filters(browser, site):
    contexts = [browser.new_context() for _ in range(2)]
    one, other = (context.new_page() for context in contexts)
    one.goto(f"{site}/?{QUARTER}&service=Payments", wait_until="commit")
    other.goto(f"{site}/?period=2026-08", wait_until="commit")
    expect(card(one, "downtime")).to_contain_text("6 h")
    expect(card(other, "downtime")).to_contain_text("4 h")
    choose(other, "service", "Portal")
    choose(one, "period", "Quarter 2, 2026")
    expect(card(other, "downtime")).to_contain_text("2 h")
    expect(card(one, "downtime")).to_contain_text("6 h")
    for page, address in ((one, "period=2026-Q2&service=Payments"), (other, "period=2026-08&service=Portal")):
        expect(page).to_have_url(re.compile(address))
        go(page, "Incidents")
        expect(page).to_have_url(re.compile(f"/incidents.{address}"))
    expect(card(one, "downtime")).to_contain_text("6 h")
    expect(card(other, "downtime")).to_contain_text("2 h")
    for context in contexts:
        context.close()


def test_a_snapshot_that_is_pruned_is_read_on_until_the_next_one_is_there(page, site, company, tmp_path):
    page.goto(f"{site}/metric?metric=downtime&{QUARTER}")
    value = page.locator(".standing .value")
    expect(value).to_have_text("12 h")
    late = write(tmp_path / "late.csv", [outage("INC500", datetime(2026, 9, 22, 8), 4, "Payments")])
    [outcome] = load([late], company)
    try:
        for number in numbers(company)[:-1]:
            path(company, number).unlink()
        choose(page, "service", "Payments")  # whichever of the two is being read
        expect(value).to_have_text("10 h")
        page.get_by_text("The rows behind the number").scroll_into_view_if_needed()
        cells = page.get_by_test_id("stDataFrame").first.locator("canvas td")
        expect(cells.filter(has_text="Payments outage 2026-09-22")).to_be_attached()
        sound(page)
    finally:
        withdraw(outcome.load, company, why="a test")
    expect(value).to_have_text("6 h")
    sound(page)


def test_a_page_goes_on_where_it_was_when_the_server_starts_anew(page, company, tmp_path):
    port = free_port()
    with served(company, port) as site:
        page.goto(f"{site}/?{QUARTER}")
        choose(page, "service", "Payments")
        expect(card(page, "downtime")).to_contain_text("6 h")
    late = write(tmp_path / "late.csv", [outage("INC510", datetime(2026, 9, 22, 8), 4, "Payments")])
    [outcome] = load([late], company)
    try:
        with served(company, port):
            # Nobody loads the page anew.
            expect(card(page, "downtime")).to_contain_text("10 h", timeout=60_000)
            sound(page)
            choose(page, "period", "August 2026")
            expect(card(page, "downtime")).to_contain_text("2 h")
            go(page, "Patching")
            expect(page).to_have_url(re.compile("/patching.period=2026-08&service=Payments"))
            expect(page.locator(".verdict-line")).to_have_text("Nothing of this is loaded yet.")
    finally:
        withdraw(outcome.load, company, why="a test")


def test_many_rows_are_looked_at_quickly_and_downloaded_whole(page, tmp_path):
    begin = datetime(2026, 7, 1)
    rows = [
        outage(f"INC{n:06d}", begin + timedelta(seconds=30 * n), 0.02, f"Service {n % 7}")
        for n in range(MANY)
    ]
    rows.append(outage("LAST", datetime(2026, 10, 2), 1, "Portal"))  # what closes the quarter
    assert [done.error for done in load([write(tmp_path / "many.csv", rows)], tmp_path / "data")] == [None]
    with served(tmp_path / "data") as site:
        page.goto(f"{site}/metric?metric=major_incidents&{QUARTER}")
        expect(page.locator(".standing .value")).to_contain_text(f"{MANY:,}", timeout=60_000)
        expect(page.get_by_text("the newest 1,000 rows; a download holds all")).to_be_visible()
        sound(page)
        with page.expect_download(timeout=60_000) as held:
            page.get_by_role("button", name="Download CSV").click()
            # Meanwhile another part is looked at.
            choose(page, "service", "Service 3")
            expect(page.locator(".standing .value")).to_contain_text(f"{MANY // 7:,}", timeout=10_000)
        with held.value.path().open(newline="", encoding="utf-8-sig") as file:
            every = [row["record_id"] for row in csv.DictReader(file)]
        assert len(every) == len(set(every)) == MANY
