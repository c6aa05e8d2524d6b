"""What a person sees and does, in a real browser."""

import re
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Page, expect

from pipelines.warehouse import load, withdraw
from tests.browser.conftest import MARKUP, outage, table_text, write

pytestmark = pytest.mark.browser
# The first page of a server imports what it computes with, on a machine that may be busy.
expect.set_options(timeout=20_000)

QUARTER = "period=2026-Q3"


def card(page: Page, name: str):
    return page.locator(f".st-key-card-{name}")


def settled(page: Page) -> None:
    """All of a page is there."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def large(page: Page):
    return page.locator(".standing .value")


def test_a_bare_address_opens_the_newest_closed_quarter_and_says_so(page, site):
    page.goto(site)
    expect(page).to_have_url(re.compile(QUARTER))
    expect(page.locator(".heading")).to_contain_text("Quarter 3, 2026 (July–September) · closed")
    expect(page.locator(".verdict-line")).to_be_visible()
    expect(card(page, "downtime")).to_contain_text("12 h")
    expect(card(page, "downtime")).to_contain_text("on target")


def test_the_board_fits_one_screen(page, site):
    page.goto(f"{site}/?{QUARTER}")
    expect(page.get_by_text("Each card opens its definition")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    for value in page.locator(".value").all():
        assert value.evaluate("e => e.scrollWidth <= e.clientWidth"), value.inner_text()


def test_a_card_leads_down_to_its_rows(page, site):
    page.goto(f"{site}/?{QUARTER}&service=Payments")
    expect(card(page, "downtime")).to_contain_text("6 h")
    card(page, "downtime").click()
    expect(page).to_have_url(re.compile(r"/metric\?(?=.*metric=downtime)(?=.*2026-Q3)(?=.*service=Payments)"))
    expect(large(page)).to_have_text("6 h")
    page.get_by_text("The rows behind the number").scroll_into_view_if_needed()
    cells = table_text(page)
    assert "Payments outage 2026-09-05" in cells
    assert "Portal" not in cells


def test_filters_in_an_address_hold_when_it_is_opened_cold_and_between_pages(page, site):
    page.goto(f"{site}/metric?metric=downtime&period=2026-08&service=Portal")
    expect(large(page)).to_have_text("2 h")
    page.get_by_text("The SQL that ran").click()
    expect(page.get_by_test_id("stCode")).to_contain_text("select")
    expect(page.get_by_text("Limited to service Portal.")).to_be_visible()
    page.get_by_test_id("stTopNavLink").filter(has_text="Board").click()
    expect(page).to_have_url(re.compile(r"period=2026-08&service=Portal"))
    expect(card(page, "downtime")).to_contain_text("2 h")


def test_a_choice_goes_into_the_address(page, site):
    page.goto(f"{site}/?{QUARTER}")
    page.locator(".st-key-choose-service").get_by_role("combobox").click()
    page.get_by_role("option", name="Portal").click()
    expect(page).to_have_url(re.compile("service=Portal"))
    expect(card(page, "downtime")).to_contain_text("6 h")


@pytest.mark.parametrize(
    "wrong", ["period=1st", "period=2026-Q3&service=Nowhere", "period=2026-Q3&metric=beauty"]
)
def test_an_unknown_value_in_an_address_is_named_with_a_way_back(page, site, wrong):
    page.goto(f"{site}/metric?{wrong}")
    expect(page.get_by_text("This link asks for something that is not here")).to_be_visible()
    page.get_by_role("link", name="Show the newest closed quarter").click()
    expect(large(page)).to_be_visible()


def test_dark_mode_is_dark_and_keeps_its_states_legible(page, site):
    page.emulate_media(color_scheme="dark")
    page.goto(f"{site}/?{QUARTER}")
    state = card(page, "downtime").locator(".state")
    expect(state).to_be_visible()
    assert page.locator(".stApp").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(18, 22, 28)"
    expect(state).to_have_css("color", "rgb(95, 195, 146)")  # the style sheet may come after the words


def test_a_page_is_printed_light_on_one_sheet_without_what_only_a_screen_can_do(page, site, tmp_path):
    page.emulate_media(color_scheme="dark")
    page.goto(f"{site}/?{QUARTER}&service=Payments")
    expect(card(page, "downtime")).to_contain_text("6 h")
    settled(page)
    expect(card(page, "downtime").locator(".state")).to_have_css("color", "rgb(154, 165, 180)")
    page.pdf(path=tmp_path / "board.pdf", format="A4", prefer_css_page_size=True, print_background=True)
    (sheet,) = pypdf.PdfReader(tmp_path / "board.pdf").pages
    assert [*map(float, sheet.mediabox[2:])] == pytest.approx([842, 595], abs=2)  # A4, lying
    said = " ".join(sheet.extract_text().split())
    assert "Quarter 3, 2026 (July–September) · closed · Payments" in said, "the filters are not on it"
    assert "Hours of downtime" in said and "Decisions asked for" in said
    assert not [word for word in ("Joint KPIs", "Upload", "Present") if word in said]
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator(".stApp").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
    state = card(page, "downtime").locator(".value")
    assert state.evaluate("e => getComputedStyle(e).color") == "rgb(29, 36, 48)"
    assert card(page, "downtime").evaluate("e => getComputedStyle(e).breakInside") == "avoid"


def test_what_a_file_says_is_shown_as_it_stands(page, site):
    asked = []

    def hears(request):
        asked.append(request.url)

    page.on("request", hears)
    page.goto(f"{site}/metric?metric=major_incidents&period=2026-Q4")
    expect(large(page)).to_contain_text("1")
    page.get_by_text("The rows behind the number").scroll_into_view_if_needed()
    assert MARKUP in table_text(page)
    page.remove_listener("request", hears)
    assert not [url for url in asked if not url.startswith((site, "data:", "blob:"))]


def test_downloads_hold_the_rows_and_no_formula(page, site):
    page.goto(f"{site}/metric?metric=major_incidents&period=2026-Q2")
    with page.expect_download() as held:
        page.get_by_role("button", name="Download CSV").click()
    said = held.value.path().read_text("utf-8-sig")
    assert held.value.suggested_filename == "major_incidents-2026-Q2-counted.csv"
    assert "'=1+1" in said
    assert said.count("servicenow_incident:") == 7
    with page.expect_download() as held:
        page.get_by_role("button", name="Download XLSX").click()
    assert held.value.path().read_bytes().startswith(b"PK")
    with page.expect_download() as held:
        page.locator(".st-key-pictures-major_incidents").get_by_role("button", name="Chart as PNG").click()
    assert held.value.suggested_filename == "major_incidents-2026-Q2.png"
    assert held.value.path().read_bytes().startswith(b"\x89PNG")


def test_a_snapshot_made_elsewhere_appears_by_itself(page, site, company, tmp_path):
    page.goto(f"{site}/?{QUARTER}")
    expect(card(page, "downtime")).to_contain_text("12 h")
    [outcome] = load(
        [write(tmp_path / "x.csv", [outage("INC400", datetime(2026, 9, 21, 8), 1, "Portal")])], company
    )
    expect(card(page, "downtime")).to_contain_text("13 h", timeout=10_000)
    withdraw(outcome.load, company, why="a test")
    expect(card(page, "downtime")).to_contain_text("12 h", timeout=10_000)


def test_an_analyst_asks_in_sql_and_is_told_what_is_wrong(page, site):
    page.goto(f"{site}/ask")
    question, button = page.get_by_role("textbox"), page.get_by_test_id("stBaseButton-primaryFormSubmit")
    question.fill(
        "select service, count(*) as outages from downtime where left_out is null group by all order by all"
    )
    button.click()
    expect(page.get_by_text("rows of snapshot")).to_be_visible()
    cells = table_text(page)
    assert "Payments 9" in cells and MARKUP in cells
    question.fill("drop table incident")
    button.click()
    expect(page.get_by_text("a snapshot can only be read")).to_be_visible()


def test_a_number_is_written_in_one_way_whatever_the_language_of_the_browser(browser, site):
    context = browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 720})
    page = context.new_page()
    # What a table draws: what it tells screen readers is not as it is shown.
    page.add_init_script(
        """const drawn = window.drawn = new Set(), draw = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (text, ...more) { drawn.add(text); return draw.call(this, text, ...more) }"""
    )
    page.goto(f"{site}/ask")
    page.get_by_role("textbox").fill(
        "select 1234.5678::double as number, 1234567 as whole, 2.5::double as small, 2026 as year, 9007199254740993 as id"
    )
    page.get_by_test_id("stBaseButton-primaryFormSubmit").click()
    expect(page.get_by_text("row of snapshot")).to_be_visible()
    written = ("1,234.568", "1,234,567", "2.5", "2026", "9007199254740993")
    page.wait_for_function("written => written.every(text => drawn.has(text))", arg=written)
    context.close()


def test_what_is_promised_together_is_told_with_where_it_stands(page, site):
    page.goto(f"{site}/kpis?{QUARTER}")
    expect(page.locator(".verdict-line")).to_have_text("The joint target is met.")
    panel = page.locator(".st-key-panel-kpi-downtime")
    expect(panel.locator(".value")).to_have_text("12 h")
    expect(panel).to_contain_text("≤ 15 h, at risk up to 20 h, from 1 Jan 2026")
    expect(panel.locator(".parts").first).to_contain_text("Payments6 h")
    expect(panel).to_contain_text("dotted: target a month ≤ 5 h")
    panel.get_by_role("button", name="Change the target").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Target (hours)")).to_have_value("15.00")
    expect(dialog.get_by_role("spinbutton", name="At risk up to")).to_have_value("20.00")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    panel.get_by_role("link", name="Hours of downtime").click()
    expect(page).to_have_url(re.compile(r"/metric\?(?=.*metric=downtime)(?=.*2026-Q3)"))


def test_a_definition_is_found_by_its_words_and_leads_to_its_reading(page, site):
    page.goto(f"{site}/definitions")
    page.get_by_placeholder("Search in names").fill("unqualified opinion")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"^1 of \d+ metrics"))).to_be_visible()
    expect(page.locator(".term").filter(has_text="Statistics")).to_contain_text("Wilson")
    page.get_by_role("link", name="Open its reading and rows").click()
    expect(page).to_have_url(re.compile(r"/metric\?(?=.*metric=clean_opinions)"))


def test_a_card_leads_to_its_definition(page, site):
    page.goto(f"{site}/?{QUARTER}")
    card(page, "downtime").get_by_role("link", name="definition").click()
    expect(page).to_have_url(re.compile(r"/definitions\?metric=downtime"))
    expect(page.locator(".term").filter(has_text="Target")).to_contain_text("≤ 15 h")


def test_a_part_of_a_measure_is_reached_with_the_keyboard_alone(page, site):
    page.goto(f"{site}/metric?metric=downtime&{QUARTER}&by=severity")
    part = page.get_by_role("link", name="1 critical")
    part.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("part=severity%3A1"))
    expect(page.get_by_text("only severity 1 critical")).to_be_visible()
    page.get_by_role("button", name="Show all of it").press("Enter")
    expect(page).not_to_have_url(re.compile("part="))


def test_what_is_supposed_of_a_service_stands_beside_what_is(page, site):
    page.goto(f"{site}/metric?metric=downtime&{QUARTER}&service=Payments")
    page.get_by_role("link", name="What if services had been restored").click()
    expect(page).to_have_url(
        re.compile(r"/what-if\?(?=.*2026-Q3)(?=.*service=Payments)(?=.*suppose=restored)")
    )
    hours = page.get_by_role("spinbutton", name="Restored within hours")
    hours.fill("1")
    hours.press("Enter")
    expect(page.locator(".verdict-line")).to_have_text(
        "What if Payments had been restored within 1 h in every major incident?"
    )
    row = page.locator("table.what-if tr").filter(has_text="Hours of downtime")
    expect(row.locator("td").nth(1)).to_contain_text("6 h")
    expect(row.locator(".supposed")).to_contain_text("what if 3 h")
    expect(page.get_by_text("3 incidents of the period took longer.")).to_be_visible()
    expect(page).to_have_url(re.compile("hours=1"))


def test_a_service_to_suppose_something_of_can_be_chosen_on_the_page(page, site):
    page.goto(f"{site}/what-if?{QUARTER}")
    page.get_by_role("button", name="Payments").click()
    expect(page.locator(".verdict-line")).to_contain_text("What if Payments had been restored")
    expect(page).to_have_url(re.compile("service=Payments"))


def test_nothing_that_falls_due_leads_to_the_upload(page, site):
    page.goto(f"{site}/outlook")
    expect(page.locator(".verdict-line")).to_have_text("Nothing is loaded that falls due.")
    page.get_by_role("link", name="Load patches, findings").click()
    expect(page).to_have_url(re.compile("/upload"))


def test_the_board_is_presented_with_keys_from_slide_to_slide(page, site):
    page.goto(f"{site}/?{QUARTER}&service=Payments")
    expect(card(page, "downtime")).to_contain_text("6 h")
    expect(page.get_by_role("button", name="Present")).to_be_visible()
    page.keyboard.press("p")
    expect(page).to_have_url(re.compile(r"/present\?(?=.*2026-Q3)(?=.*service=Payments)"))
    expect(card(page, "downtime")).to_contain_text("6 h")
    expect(page.locator(".stAppHeader")).to_be_hidden()
    expect(page.locator(".st-key-clicker button")).to_have_count(2)  # the last of the page: keys are heard
    assert page.evaluate("document.querySelector('.stMain').scrollHeight") <= 720
    settled(page)  # before that, nobody listens to the keys
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("slide=downtime"))
    expect(large(page)).to_have_text("6 h")
    page.keyboard.press("PageDown")
    expect(page).to_have_url(re.compile("slide=time_to_restore"))
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("Hours of downtime · 2 of")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"/\?(?!.*slide)(?=.*service=Payments)"))
    expect(page.locator(".stAppHeader")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (640, 360)])  # a phone; a notebook at 200 %
def test_a_slide_on_a_small_screen_ends_above_the_remote(page, site, width, height):
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{site}/present?{QUARTER}&slide=downtime")
    chart, remote = page.locator(".st-key-wall"), page.locator(".st-key-remote")
    expect(chart.locator(".main-svg").first).to_be_visible()
    settled(page)
    page.locator(".stMain").evaluate("e => e.scrollTo(0, e.scrollHeight)")
    expect(remote.get_by_role("button", name="Next")).to_be_in_viewport()
    assert chart.evaluate("e => e.getBoundingClientRect().bottom") <= remote.evaluate(
        "e => e.getBoundingClientRect().top"
    )
    assert page.locator(".stMain").evaluate("e => e.scrollWidth <= e.clientWidth")
    remote.get_by_role("button", name="Next").click()
    expect(page).to_have_url(re.compile("slide=time_to_restore"))


@pytest.mark.parametrize("part", ["lanes", "calendar"])
def test_what_is_too_wide_for_a_phone_begins_at_its_newest_end(page, site, part):
    edges = "e => { const b = e.getBoundingClientRect(); return [Math.round(b.left), Math.round(b.right)] }"
    for width, newest in ((390, True), (1280, False)):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(f"{site}/incidents?{QUARTER}")
        chart = page.locator(f".st-key-{part} .js-plotly-plot").first
        expect(chart.locator(".main-svg").first).to_be_visible()
        settled(page)
        left, right = page.locator(f".st-key-{part}").evaluate(edges)
        begins, ends = chart.evaluate(edges)
        assert (begins < left and ends == right) if newest else begins == left


def test_the_names_of_lanes_stay_in_sight_while_a_phone_moves_the_timeline(page, site):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site}/incidents?{QUARTER}")
    lanes = page.locator(".st-key-lanes")
    name = lanes.locator(".ytick text").first
    expect(name).to_be_visible()
    settled(page)
    for moved in (0, -100, -10_000):
        lanes.evaluate("(e, moved) => { e.scrollLeft = moved }", moved)
        settled(page)
        part, seen = name.bounding_box(), lanes.bounding_box()
        assert seen["x"] <= part["x"] and part["x"] + part["width"] < seen["x"] + seen["width"] / 2


def marks(page: Page, chart: str):
    return page.locator(f".st-key-{chart} .scatterlayer .points path")


def click_mark(page: Page, chart: str) -> None:
    """The first mark of a chart: the chart itself takes the clicks."""
    settled(page)
    mark = marks(page, chart).first
    mark.evaluate("e => e.scrollIntoView({block: 'center'})")
    box = mark.bounding_box()
    at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*at, steps=3)
    page.mouse.click(*at)


def test_incidents_are_told_by_service_and_lead_to_their_records_and_days(page, site):
    page.goto(f"{site}/incidents?{QUARTER}")
    expect(page.locator(".question")).to_have_text(
        "What went wrong, what did it cost, and did one cause the other?"
    )
    expect(page.locator(".verdict-line")).to_be_visible()
    expect(page.get_by_text("6 major incidents, 0 of security")).to_be_visible()
    restored = page.locator(".bars tr").filter(has_text="Restored")
    expect(restored).to_contain_text(re.compile("2 h.*0 of 6"))
    expect(page.locator(".bars tr").filter(has_text="Occurred")).to_contain_text("6 of 6")

    expect(marks(page, "timeline")).to_have_count(6)
    click_mark(page, "timeline")
    expect(page).to_have_url(re.compile("record=servicenow_incident"))
    panel = page.locator(".st-key-panel-record")
    expect(panel).to_contain_text("It names no cause, and no other incident names it as theirs.")
    assert "incidents.csv" in table_text(panel)

    box = page.locator(".st-key-brush .nsewdrag").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 40, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile("from=2026-07-0.&to=2026-07-2."))
    expect(page.get_by_text("2 major incidents from")).to_be_visible()
    page.get_by_role("button", name="Show the whole period").click()
    expect(page.get_by_text("6 major incidents, 0 of security")).to_be_visible()

    page.goto(f"{site}/incidents?{QUARTER}&day=2026-09-05&service=Payments")
    expect(page.locator(".st-key-panel-day")).to_contain_text("5 Sep 2026, 1 outage")


@contextmanager
def loaded(company, *files: Path):
    """What is loaded for one test, and taken out after it."""
    outcomes = load(list(files), company)
    try:
        assert [outcome.error for outcome in outcomes] == [None] * len(files)
        yield
    finally:
        for outcome in (one for one in outcomes if one.load):
            withdraw(outcome.load, company, why="a test")


def test_a_year_before_is_compared_with_and_kept_between_pages(page, site, company, tmp_path):
    page.goto(f"{site}/?{QUARTER}")
    expect(card(page, "downtime")).to_contain_text("was 13 h")
    page.locator(".st-key-choose-against").get_by_role("combobox").click()
    page.get_by_role("option", name="against Q3, 2025").click()
    expect(page).to_have_url(re.compile("against=year"))
    said = "Not compared with Quarter 3, 2025: its data begins on 5 Jan 2026."
    expect(card(page, "downtime")).to_contain_text(said)
    with loaded(
        company, write(tmp_path / "x.csv", [outage("INC25", datetime(2025, 7, 5, 8), 5, "Payments")])
    ):
        expect(card(page, "downtime")).to_contain_text(" 5 h a year before", timeout=10_000)
        page.get_by_test_id("stTopNavLink").filter(has_text="Incidents").click()
        expect(page).to_have_url(re.compile(r"/incidents\?(?=.*against=year)"))
        expect(card(page, "downtime")).to_contain_text(" 5 h a year before")
        card(page, "downtime").click()
        expect(page).to_have_url(re.compile(r"/metric\?(?=.*against=year)"))
        expect(page.locator(".standing")).to_contain_text(" 5 h a year before")
        page.goto(f"{site}/?{QUARTER}&against=year")  # opened cold
        expect(page.get_by_role("combobox", name="Against")).to_have_value("against Q3, 2025")
        expect(card(page, "downtime")).to_contain_text(" 5 h a year before")


def test_patching_teaches_what_to_load_and_tells_who_is_overdue(page, site, company, tmp_path):
    page.goto(f"{site}/patching?{QUARTER}")
    expect(page.locator(".verdict-line")).to_have_text("Nothing of this is loaded yet.")
    header = ("Asset", "Patch", "Severity", "First seen", "Due", "State", "Installed", "As of")
    rows = [
        (f"web{n}", "KB1", "high", "2026-07-01", "2026-07-31", "open", "", "2026-10-02") for n in range(3)
    ]
    rows.append(("web9", "KB1", "high", "2026-07-01", "2026-07-31", "fixed", "2026-07-11", "2026-10-02"))
    with loaded(company, write(tmp_path / "patches.csv", rows, header)):
        expect(page.get_by_text("Unassigned carries 3 of 3 overdue patches")).to_be_visible()
        line = page.locator(".bars tr").filter(has_text="2 high")
        expect(line).to_contain_text("30 days")
        line.get_by_role("link").click()
        expect(page).to_have_url(re.compile("metric=time_to_patch.*part=severity%3A2"))
        expect(page.get_by_text("only severity 2 high")).to_be_visible()
        assert "web9" in table_text(page)


def test_audits_tell_what_fails_what_is_open_and_what_comes_next(page, site, company, tmp_path):
    header = ("Control", "Frameworks", "Scope", "Result", "Tested")
    tests = [
        ("A.8.9", "ISO 27001", "Group", "fail", "2026-07-01"),
        ("A.8.24", "ISO 27001", "Group", "pass", "2026-07-01"),
    ]
    audits = [
        ("AU1", "ISO 27001", "Surveillance", "2026-12-04", "", "", "Northgate", "2026-10-02"),
        ("AU0", "ISO 27001", "Certification", "", "2026-03-02", "qualified", "Northgate", "2026-10-02"),
    ]
    files = (
        write(tmp_path / "tests.csv", tests, header),
        write(
            tmp_path / "audits.csv",
            audits,
            ("Reference", "Framework", "Audit", "Planned for", "Completed", "Opinion", "Auditor", "As of"),
        ),
    )
    with loaded(company, *files):
        page.goto(f"{site}/audits?{QUARTER}")
        expect(page.locator(".question")).to_have_text("Will we pass, and what stands open?")
        expect(page.locator(".bars tr").filter(has_text="A.8")).to_contain_text("1 of 2")
        expect(
            page.get_by_text("Next audit: ISO 27001, Surveillance, planned for 4 Dec 2026")
        ).to_be_visible()
        click_mark(page, "audits")
        expect(page.locator(".st-key-panel-record")).to_contain_text("version by version")
