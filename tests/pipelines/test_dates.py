"""Dates in every style that exports have: the same moment, or none; which figure is the day is never guessed."""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import warehouse
from pipelines.asked import Asked
from pipelines.dates import beyond, macros
from pipelines.snapshot import open_snapshot

MOMENT = datetime(2025, 11, 28, 17, 3)
HEADER = "number,opened_at,sys_updated_on,state,priority,short_description\n"


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as con:
        yield con


made: list[tuple] = []


def read(con, text: str, zone: str = "UTC", order: str | None = None, since: int = 1900) -> datetime | None:
    if made != [(zone, order, since)]:
        made[:] = [(zone, order, since)]
        for statement in macros(zone, order, since):
            con.execute(statement)
    return con.execute("select time_of(?)", [text]).fetchone()[0]


@pytest.mark.parametrize(
    "text",
    [
        "2025-11-28 17:03",
        "2025-11-28T17:03:00Z",
        "2025-11-28T17:03:00.000000000Z",
        "2025-11-28T18:03:00+01:00",
        "2025-11-28T11:33:00-0530",
        "2025-11-28 19:03+02",
        "2025-11-28 17:03:00 UTC",
        "2025-11-28 17:03:00 GMT",
        "2025-11-28 19:03:00 (UTC+02:00)",
        "2025-11-28T18:03:00+01:00[Europe/Berlin]",
        "2025-11-28 18:03 Europe/Berlin",
        "2025-11-28 18:03:00 CET",
        "2025-11-28 12:03:00 EST",
        "2025/11/28 17:03",
        "2025.11.28 17:03:00",
        "2025年11月28日 17:03",
        "20251128T170300Z",
        "20251128170300.0Z",
        "20251128180300.000000+060",
        "28/Nov/25 5:03 PM",
        "28-NOV-2025 17:03:00",
        "28 Nov 2025 17:03",
        "28. November 2025 17:03 Uhr",
        "28 de noviembre de 2025 17:03",
        "28 nov. 2025 17:03",
        "Nov 28, 2025 5:03:00 PM",
        "Nov 28, 2025, 5:03:00\u202fPM",
        "Nov 28, 2025 @ 17:03:00.000",
        "November 28th, 2025 at 5:03 p.m.",
        "Fri Nov 28 17:03:00 2025",
        "Fri Nov 28 18:03:00 CET 2025",
        "Fri, 28 Nov 2025 17:03:00 +0000",
        "Fri Nov 28 2025 18:03:00 GMT+0100 (Central European Standard Time)",
        "1764349380",
        "1764349380000",
        "1764349380000000",
        "1764349380000000000",
        "134088229800000000",
        "/Date(1764349380000)/",
        "45989.7104166667",
        "45989,7104166667",
    ],
)
def test_one_moment_in_many_styles(con, text: str):
    assert read(con, text) == MOMENT


@pytest.mark.parametrize(
    "text",
    [
        "28/11/2025 17:03",  # in figures: only once the order is settled
        "2025-11-28 17:03:00 CST",  # of Chicago, Shanghai or Havana
        "2025-11-28 17:03 Middle/Earth",
        "2025-02-30",
        "2025-11-28 25:03",
        "2025-11-28 24:01",
        "28 Nov 2025 24:00 PM",
        "28 Nov 2025 13:05 AM",
        "2025-11",
        "1969-12-31",
        "0025-11-28",
        "17:03",
        "Today 5:03 PM",
        "10.0.12.5",
        "1",
        "123456",
        "infinity",
        "",
    ],
)
def test_what_has_no_one_meaning_is_none(con, text: str):
    assert read(con, text) is None


@pytest.mark.parametrize(
    "text",
    ["2025-11-28 24:00", "2025-11-28T24:00:00.000Z", "29 Nov 2025 01:00 CET", "28. November 2025 24:00 Uhr"],
)
def test_24_00_is_the_end_of_its_day(con, text: str):
    assert read(con, text) == datetime(2025, 11, 29)


@pytest.mark.parametrize(
    "text", ["28/11/2025 17:03", "28.11.25 17:03:00", "28-11-2025, 5:03 p. m.", "Fri 28/11/2025 17.03"]
)
def test_figures_by_their_order(con, text: str):
    assert read(con, text, order="dmy") == MOMENT
    assert read(con, text, order="mdy") is None


def test_a_time_without_a_zone_is_of_its_source(con):
    assert read(con, "28 Nov 2025 18:03", zone="Europe/Berlin") == MOMENT
    assert read(con, "45989.752083", zone="Europe/Berlin") == MOMENT.replace(microsecond=0) - timedelta(
        milliseconds=29
    )
    assert read(con, "28 Nov 2025 17:03 UTC", zone="Europe/Berlin") == MOMENT
    assert read(con, "1764349380", zone="Europe/Berlin") == MOMENT


def test_days_of_a_workbook_that_counts_from_1904(con):
    assert read(con, "44527", since=1904) == datetime(2025, 11, 28)


STYLES = [
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S", "%d/%b/%y %I:%M:%S %p",
    "%d %B %Y %H:%M:%S", "%b %d, %Y %I:%M:%S %p", "%b %d, %Y @ %H:%M:%S.000", "%a %b %d %H:%M:%S %Y",
    "%a, %d %b %Y %H:%M:%S +0000", "%d/%m/%Y %H:%M:%S", "%d.%m.%y %H:%M:%S", "%d-%m-%Y %I:%M:%S %p",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    moment=st.datetimes(datetime(1970, 1, 2), datetime(2069, 12, 31)).map(lambda m: m.replace(microsecond=0)),
    style=st.sampled_from(STYLES),
)
def test_a_date_in_any_style_reads_back_to_its_moment(con, moment: datetime, style: str):
    assert read(con, moment.strftime(style), order="dmy") == moment


def load(folder: Path, rows: str, header: str = HEADER, **asked) -> warehouse.Outcome:
    export = folder / "incidents.csv"
    export.write_text(header + rows, "utf-8")
    (outcome,) = warehouse.load([export], folder / "data", asked=Asked(**asked))
    return outcome


def opened(folder: Path) -> list[datetime]:
    _, con = open_snapshot(folder / "data")
    with con:
        return [at for (at,) in con.execute("select opened_at from incident order by key").fetchall()]


def row(number: int, opened: str, updated: str = "2026-06-30 10:00:00") -> str:
    return f'INC{number},"{opened}","{updated}",New,2 - High,x\n'


def test_one_date_of_the_file_shows_the_order_of_all(tmp_path):
    outcome = load(tmp_path, row(1, "02/01/2026 10:00") + row(2, "03/01/2026 10:00", "01/20/2026 08:00"))
    assert opened(tmp_path) == [datetime(2026, 2, 1, 10), datetime(2026, 3, 1, 10)]
    assert (
        "dates in figures read month first: row 3, sys_updated_on, '01/20/2026 08:00' fits only so"
        in outcome.notes
    )


def test_what_nothing_shows_is_asked(tmp_path):
    rows = row(1, "02/01/2026 10:00") + row(2, "03/03/2026 10:00")
    outcome = load(tmp_path, rows)
    assert outcome.asks == {"dates": ["dmy", "mdy"]}
    assert "row 2, opened_at, '02/01/2026 10:00'" in outcome.error
    load(tmp_path, rows, dates="dmy")
    assert opened(tmp_path) == [datetime(2026, 1, 2, 10), datetime(2026, 3, 3, 10)]
    before = opened(tmp_path)
    warehouse.rebuild(tmp_path / "data")
    assert opened(tmp_path) == before


@pytest.mark.parametrize("day", ["sáb., ", "Mié ", "måndag, "])
def test_a_date_in_figures_may_follow_the_name_of_its_day(tmp_path, day):
    assert load(tmp_path, row(1, f"{day}03/04/2026 10:00")).asks == {"dates": ["dmy", "mdy"]}
    load(tmp_path, row(1, f"{day}03/04/2026 10:00"), dates="dmy")
    assert opened(tmp_path) == [datetime(2026, 4, 3, 10)]


def test_dates_that_say_the_same_both_ways_are_not_asked_about(tmp_path):
    load(tmp_path, row(1, "03/03/2026 10:00"))
    assert opened(tmp_path) == [datetime(2026, 3, 3, 10)]


def test_a_file_that_contradicts_itself_is_refused(tmp_path):
    rows = row(1, "28/01/2026 10:00") + row(2, "01/28/2026 10:00")
    error = load(tmp_path, rows).error
    assert "row 2, opened_at, '28/01/2026 10:00'" in error and "row 3, opened_at, '01/28/2026 10:00'" in error
    outcome = load(tmp_path, rows, dates="dmy")
    assert (outcome.accepted, outcome.rejected) == (1, 1)


def test_a_file_that_contradicts_the_person_is_refused(tmp_path):
    assert (
        "row 2, opened_at, '01/28/2026 10:00'"
        in load(tmp_path, row(1, "01/28/2026 10:00"), dates="dmy").error
    )


def test_a_year_of_two_figures_in_front_is_not_taken_for_a_day(tmp_path):
    rows = row(1, "25-11-28 10:00")
    outcome = load(tmp_path, rows)
    assert outcome.asks == {"dates": ["dmy", "mdy"]} and "'25-11-28 10:00'" in outcome.error
    rows += row(2, "28-11-2025 10:00")  # shows it
    assert load(tmp_path, rows).accepted == 2


def test_figures_far_down_a_file_are_seen(tmp_path):
    rows = "".join(row(n, "2026-01-01 10:00:00") for n in range(300)) + row(999, "02/01/2026 10:00")
    assert load(tmp_path, rows).asks == {"dates": ["dmy", "mdy"]}
    rows += row(1000, "28/01/2026 10:00")
    assert load(tmp_path, rows).accepted == 302
    assert opened(tmp_path)[-1] == datetime(2026, 1, 2, 10)


def test_the_zone_that_a_header_states_holds_for_its_column(tmp_path):
    header = "number,Opened (UTC+2),Updated [UTC],state,priority,short_description\n"
    rows = row(1, "2026-01-01 10:00:00") + row(2, "2026-01-01T10:00:00Z") + row(3, "today")
    assert load(tmp_path, rows, header).rejected == 1
    assert opened(tmp_path) == [datetime(2026, 1, 1, 8), datetime(2026, 1, 1, 10)]
    (refused,) = warehouse.rejects(tmp_path / "data", 1)
    assert refused["value"] == "today"


def test_a_broken_line_does_not_hide_the_order(tmp_path):
    rows = row(1, "02/01/2026 10:00") + '5,"a"b,c\n' + row(2, "28/01/2026 10:00")
    outcome = load(tmp_path, rows)
    assert (outcome.accepted, outcome.rejected) == (2, 1)
    assert opened(tmp_path)[0] == datetime(2026, 1, 2, 10)


def test_what_stands_above_the_header_is_the_moment_of_the_export(tmp_path):
    source = tmp_path / "data" / "sources" / "patch" / "own_scanner.toml"
    source.parent.mkdir(parents=True)
    source.write_text(
        """title = "Own scanner"
record = "patch"
recognise = ["Machine", "Own check"]
stated = ["Report date: (.+)"]
[columns]
key = ["Own check"]
asset = ["Machine"]
first_seen_at = ["Seen"]
[compute]
state = "'open'"
"""
    )
    export = tmp_path / "scan.csv"
    table = "Machine,Own check,Seen\na1,c1,2026-01-02 10:00:00\na2,c2,2026-01-03 10:00:00\n"
    export.write_text(f"Own scanner\nReport date: 28 Jan 2026 12:00 GMT-0500\n\n{table}")
    (outcome,) = warehouse.load([export], tmp_path / "data")
    assert outcome.error is None
    (load,) = warehouse.loads(tmp_path / "data")
    assert load["moment"] == datetime(2026, 1, 28, 17)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1969-12-31", False),
        ("31 Dec 1965 10:00", False),
        ("15/03/1950", False),
        ("2150-01-01 00:00:00", False),
        ("0001-01-01T00:00:00Z", False),
        ("1970-01-01", False),
        ("1970-13-45", True),
        ("2026-02-30", True),
        ("soon", True),
        ("12345", True),
    ],
)
def test_a_year_that_is_not_read_is_told_from_what_is_no_date(con, text, read):
    assert con.execute(f"select {beyond('$text')}", {"text": text}).fetchone()[0] is not read
