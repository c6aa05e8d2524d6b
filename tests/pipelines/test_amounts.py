"""Numbers in every style that exports have; which mark is the decimal one is never guessed against the file."""

from pathlib import Path

import duckdb
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import warehouse
from pipelines.amounts import Reading, macro, plain, read, why_not
from pipelines.numbers import NO, YES
from pipelines.records import Column
from pipelines.snapshot import open_snapshot

POINT = Reading({kind: "." for kind in (".", ",?", ".?")})
COMMA = Reading({kind: "," for kind in (",", ",?", ".?")})
MONEY, PERCENT, NUMBER = (Column("number", unit=unit) for unit in ("money", "percent", ""))


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as con:
        con.execute(macro())
        yield con


def number(con, text: str, reading: Reading = POINT, column: Column = MONEY) -> float | None:
    return con.execute(f"select {read('$text', reading, column)}", {"text": text}).fetchone()[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("98,2", 98.2),
        ("0,5", 0.5),
        (",5", 0.5),
        ("1.234,56", 1234.56),
        ("1.234", 1234),
        ("1.234.567", 1234567),
        ("1 234,5", 1234.5),
        ("1\u202f234\u00a0567,5 €", 1234567.5),
        ("1'234", 1234),
        ("1,234", 1.234),
        ("1,5E+03", 1500),
        ("1,234E+03", 1234),
        ("(1.234,50)", -1234.5),
        ("1.234,50-", -1234.5),
        ("\u22125,5", -5.5),
        ("€ -5,50", -5.5),
        ("5,50 EUR", 5.5),
        ("12 kr.", 12),
        ("1234.5", None),  # does not fit
        ("1,234.5", None),
    ],
)
def test_decimal_commas(con, text: str, value: float | None):
    assert number(con, text, COMMA) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234", 1234),
        ("1.234", 1.234),
        ("1,234.5", 1234.5),
        ("1,23,45,678.9", 12345678.9),
        ("CHF 1’234.50", 1234.5),
        ("$1,234 USD", 1234),
        ("1e5", 100000),
        ("12,34.5", None),
        ("98,2", None),  # does not fit
        ("--5", None),
        ("(-5)", None),
        ("(5", None),
        ("inf", None),
        ("-Infinity", None),
        ("NaN", None),
        ("1_000", None),
        ("0x10", None),
        ("12.5.2025", None),
        ("5 apples", None),
        ("5 %", None),  # of what?
        ("€ 5 %", None),
        ("1,234,56", None),
    ],
)
def test_decimal_points(con, text: str, value: float | None):
    assert number(con, text, POINT) == value


def test_what_is_no_plain_number_is_left_to_the_macro(con):
    for text in ("inf", "nan", "1_000", "0x1", "1,5", "", "5 "):
        assert con.execute(f"select {plain('$text')}", {"text": text}).fetchone() == (None,)
    assert con.execute(f"select {plain('$text')}", {"text": "-1.5e-05"}).fetchone() == (-1.5e-05,)


@settings(max_examples=60, deadline=None)
@given(
    cents=st.integers(-(10**13), 10**13),
    decimal=st.sampled_from(",."),
    group=st.sampled_from(["", " ", "\u00a0", "\u202f", "'", "’", "other"]),
    minus=st.sampled_from(["-{}", "({})", "{}-", "\u2212{}"]),
    unit=st.sampled_from(["{}", "{} €", "€{}", "EUR {}", "{} EUR"]),
)
def test_a_number_written_in_a_style_reads_back(
    con, cents: int, decimal: str, group: str, minus: str, unit: str
):
    group = {",": ".", ".": ","}[decimal] if group == "other" else group
    figures = f"{abs(cents) // 100:,}".replace(",", group) + f"{decimal}{abs(cents) % 100:02}"
    text = unit.format(minus.format(figures) if cents < 0 else figures)
    assert number(con, text, COMMA if decimal == "," else POINT) == cents / 100


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.sampled_from("0123456789., '-()%€e"), max_size=14))
def test_no_text_is_read_a_thousand_times_too_large(con, text: str):
    point, comma = (number(con, text, reading, PERCENT) for reading in (POINT, COMMA))
    kind = con.execute("select figure_of(?).kind", [text]).fetchone()[0]
    if point is not None and comma is not None and point != comma:
        assert kind in (",?", ".?")
    if kind is None:
        assert point is None and comma is None


@pytest.mark.parametrize(
    ("text", "currency", "value"),
    [
        ("€ 5", "EUR", 5),
        ("€ 5", "USD", None),
        ("5 CHF", "EUR", None),
        ("$ 5", "USD", 5),
        ("$ 5", "CAD", 5),
        ("US$ 5", "CAD", None),
        ("$ 5", "EUR", None),
        ("kr 5", "SEK", 5),
        ("kr 5", "NOK", 5),
        ("5", "EUR", 5),
    ],
)
def test_another_currency_is_not_summed(con, text: str, currency: str, value: float | None):
    reading = Reading(POINT.decimal, currency=currency)
    assert number(con, text, reading) == value
    why = con.execute(f"select {why_not('$text', reading, MONEY, 'no number')}", {"text": text}).fetchone()[0]
    assert (currency in why) == (value is None)


def test_percents_belong_where_a_percentage_does(con):
    assert number(con, "98,2 %", COMMA, PERCENT) == 98.2
    assert number(con, "98,2 %", COMMA, NUMBER) is None
    assert number(con, "€ 98", COMMA, PERCENT) is None


def test_no_word_means_both_yes_and_no():
    assert {*YES.split()}.isdisjoint(NO.split())


def survey(tmp_path: Path, scores: list[str], delimiter: str = ";"):
    lines = [f"R{n}{delimiter}2026-01-{n:02}{delimiter}{score}" for n, score in enumerate(scores, 1)]
    return taken(tmp_path, delimiter.join(["Response", "Answered", "Score"]), lines, "client_score", "score")


def rates(tmp_path: Path, costs: list[str]):
    lines = [f'S{n},"{cost}",2026-01-01' for n, cost in enumerate(costs, 1)]
    return taken(tmp_path, "Service,Cost per hour,From", lines, "rate", "cost_per_hour")


def risks(tmp_path: Path, rows: list[tuple[str, str]]):
    lines = [f'R{n},A risk,2026-01-01,3,3,"{low}","{high}"' for n, (low, high) in enumerate(rows, 1)]
    header = "Reference,Risk,Raised,Likelihood,Consequence,Loss from,Loss to"
    return taken(tmp_path, header, lines, "risk", "loss_low, loss_high")


def taken(tmp_path: Path, header: str, lines: list[str], record: str, columns: str):
    export = tmp_path / f"{record}.csv"
    export.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    return loaded(tmp_path, export, record, columns)


def loaded(tmp_path: Path, export: Path, record: str, columns: str):
    data = tmp_path / "data"
    (outcome,) = warehouse.load([export], data)
    assert outcome.error is None
    with open_snapshot(data)[1] as con:
        rows = con.execute(f"select {columns} from {record} order by key").fetchall()
    refused = {r["row"]: r["reason"] for r in warehouse.rejects(data, 1)}
    (load,) = warehouse.loads(data)
    return [row[0] if len(row) == 1 else row for row in rows], refused, load["notes"]


def test_a_csv_with_semicolons_and_decimal_commas(tmp_path):
    scores, refused, notes = survey(tmp_path, ["98,2", "75", "60,5 %"])
    assert (scores, refused) == ([98.2, 75, 60.5], {})
    assert "numbers read with decimal commas: row 2, Score, '98,2' fits only so" in notes


def test_alone_a_comma_parts_thousands_and_a_point_is_a_point(tmp_path):
    costs, refused, notes = rates(tmp_path, ["1,234", "1.234", "5"])
    assert (costs, refused) == ([1234, 1.234, 5], {})
    assert any("commas for thousands" in note and "nothing in it says otherwise" in note for note in notes)


def test_a_column_shows_that_points_part_thousands(tmp_path):
    assert rates(tmp_path, ["1.234", "1.234.567", "500"])[0] == [1234, 1234567, 500]


def test_one_column_shows_the_mark_of_the_whole_file(tmp_path):
    losses, refused, notes = risks(tmp_path, [("1.234", "2.500"), ("2.000", "98.200,50")])
    assert (losses, refused) == ([(1234, 2500), (2000, 98200.5)], {})
    assert any("row 3, Loss to, '98.200,50' fits only so" in note for note in notes)


def test_a_column_that_contradicts_itself_refuses_what_does_not_fit(tmp_path):
    losses, refused, _ = risks(
        tmp_path, [("98,2", "2000"), ("97,5", "2000"), ("96.25", "2000"), ("1.234", "2000")]
    )
    assert losses == [(98.2, 2000), (97.5, 2000), (None, 2000), (None, 2000)]
    assert "has a decimal point, where row 2, Loss from, '98,2' has a decimal comma" in refused[4]
    assert "could be thousands or a fraction" in refused[5]


def test_columns_that_contradict_each_other_are_read_each_by_itself(tmp_path):
    losses, refused, _ = risks(tmp_path, [("1.234", "1,234.50"), ("98,2", "2,000")])
    assert (losses, refused) == ([(1234, 1234.5), (98.2, 2000)], {})


def test_a_style_far_down_a_file_is_seen_and_read_alike_again(tmp_path):
    costs = ["1.234"] * 300 + ["0,5"]
    read_first, refused, _ = rates(tmp_path, costs)
    assert refused == {} and sorted(read_first) == [0.5] + [1234] * 300
    warehouse.rebuild(tmp_path / "data")
    with open_snapshot(tmp_path / "data")[1] as con:
        assert [
            c for (c,) in con.execute("select cost_per_hour from rate order by key").fetchall()
        ] == read_first


def test_whole_numbers_with_points_have_thousands(tmp_path):
    header = "Response;Answered;Score;Invited"
    lines = ["R1;2026-01-01;90;1.250", "R2;2026-01-02;80;1.000"]
    assert taken(tmp_path, header, lines, "client_score", "invited")[0] == [1250, 1000]


def test_an_amount_whose_sum_no_number_could_hold_is_refused(tmp_path):
    read, refused, _ = rates(tmp_path, ["12.50", "1e308", "1e15", "999999999999999"])
    assert sorted(read) == [12.5, 999999999999999]
    assert all("not a number from 0 below 1e15" in why for why in refused.values()) and len(refused) == 2


def test_an_amount_in_another_currency_is_refused(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.toml").write_text('currency = "EUR"\n')
    losses, refused, _ = risks(tmp_path, [("€ 5", "10 EUR"), ("$ 5", "10")])
    assert losses == [(5, 10), (None, 10)]
    assert "not in EUR" in refused[3]
    (told,) = warehouse.rejects(tmp_path / "data", 1)
    assert told["todo"].startswith(
        "The row was kept without it. Amounts are not converted here: write it in EUR"
    )


def test_a_row_whose_amount_is_in_another_currency_is_not_taken_and_says_what_to_do(tmp_path):
    _, refused, _ = rates(tmp_path, ["12.50", "13 EUR"])
    assert "not in USD" in refused[3]
    (told,) = warehouse.rejects(tmp_path / "data", 1)
    assert told["todo"].startswith(
        "The row was not taken. If all amounts are in its currency, say so in settings.toml"
    )


@pytest.mark.parametrize(
    ("header", "setting", "value"),
    [
        ("Cost (EUR)", 'currency = "EUR"', 1234.5),
        ("Cost (EUR)", 'currency = "GBP"', None),
        ("Cost (EUR)", "", None),  # nobody has said that amounts are in euros
        ("Cost £", 'currency = "GBP"', 1234.5),
        ("Cost in USD", 'currency = "GBP"', None),
    ],
)
def test_a_currency_in_a_header_is_one_in_each_cell(tmp_path, header, setting, value):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.toml").write_text(setting)
    export = tmp_path / "x.csv"
    filler = "".join(
        f"R{n},fault,2026-09-01,2026-09-01,2026-09-30,\n" for n in range(250)
    )  # beyond the first look
    export.write_text(
        f"Reference,Incident,Opened,Outage from,As of,{header}\n{filler}A,x,2026-09-01,2026-09-01,2026-09-30,1234.5\n"
    )
    (outcome,) = warehouse.load([export], tmp_path / "data")
    _, con = open_snapshot(tmp_path / "data")
    with con:
        assert con.execute("select recorded_cost from incident where key = 'A'").fetchall() == [(value,)]
        refused = con.execute('select "column", "value", reason from reject').fetchall()
    assert any(note.startswith(f"amounts of {header} taken") for note in outcome.notes)
    assert [(c, v) for c, v, _ in refused] == ([] if value else [(header, "1234.5")])
    assert all(("names as the currency" if setting else "until settings.toml") in why for *_, why in refused)


def test_percentages_and_numbers_of_a_workbook(tmp_path):
    path = tmp_path / "survey.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet, percent = book.add_worksheet(), book.add_format({"num_format": "0.0%"})
        sheet.write_row(0, 0, ["Response", "Answered", "Score"])
        cells = [(0.982, percent), (1.234, None), ("98,2", None), (0.07, percent), ("60,5 %", None)]
        for n, (cell, shown) in enumerate(cells, 1):
            sheet.write_row(n, 0, [f"R{n}", f"2026-01-{n:02}"])
            sheet.write(n, 2, cell, shown)
    scores, refused, _ = loaded(tmp_path, path, "client_score", "score")
    assert scores == [98.2, 98.2, 7, 60.5]
    assert "could be thousands or a fraction" in refused[3]  # 1.234: a number, or a text with thousands


def test_a_bare_day_of_a_workbook_that_counts_from_1904(tmp_path):
    path = tmp_path / "survey.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Response", "Answered", "Score"])
        sheet.write_row(1, 0, ["R1", 44561, 90])
    answered, _, _ = loaded(tmp_path, path, "client_score", "answered_at")
    assert str(answered[0]) == "2026-01-01 00:00:00"


@pytest.mark.parametrize(("text", "value"), [("ja", True), ("Non", False), ("✓", True), ("enabled", None)])
def test_flags_in_usual_words(tmp_path, text: str, value: bool | None):
    lines = [f"Payments,Payments,{text},1"]
    flags, refused, _ = taken(
        tmp_path, "Service,Business unit,Customer facing,Tier", lines, "service", "customer_facing"
    )
    assert flags == [value] and bool(refused) == (value is None)
