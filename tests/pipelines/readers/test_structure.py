"""Where the tables of a sheet are: each with its header, its records and what stands under them."""

import datetime
import io

import pytest
import xlsxwriter

from pipelines.errors import Refused

DAY = datetime.datetime(2026, 9, 1)
LIST = [["key", "opened", "owner", "cost"], *([f"A{n}", DAY, "Ann", n] for n in range(1, 5))]


def sheet(rows, merged=()):
    """A workbook of one sheet; merged: (first row, first column, last row, last column, value), from 0."""
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet("Sheet")
    for at, row in enumerate(rows):
        for place, cell in enumerate(row):
            if cell is not None:
                page.write(at, place, cell)
    for *corners, value in merged:
        page.merge_range(*corners, value)
    book.close()
    return packed.getvalue()


def set_aside(read, table):
    """The numbers of the rows that are no records."""
    read.con.execute(
        f"create or replace table stage as select {table.aside or 'false'} as aside from {table.relation}"
    )
    return [
        row for row, aside in read.con.execute(f"select {table.row}, aside from stage").fetchall() if aside
    ]


@pytest.mark.parametrize(
    ("under", "rows"),
    [
        ([["Total", None, None, 10]], [6]),
        ([[], ["Grand total:", None, None, 10]], [7]),
        ([["Summe", None, None, 10]], [6]),
        ([[None, None, "Total", 10]], [6]),
        ([[None, None, None, 10]], [6]),  # no label, but it adds up
        ([["Total (4)"]], [6]),
        ([["4 records"]], [6]),
        ([["Costs are estimates and not booked yet."]], [6]),
        ([[], ["Estimates"], ["Internal"]], [7, 8]),
        ([[], ["Generated:", DAY], ["By:", "Ann"]], [7, 8]),
        ([["Average", None, None, 2.5], ["Total", None, None, 10], [], ["Source: finance"]], [6, 7, 9]),
        (LIST[:1], [6]),  # the header again
        ([["Summe", "8 Vorfälle"]], [6]),
        ([["Summe", "8 Vorfälle, davon 2 offen"]], [6]),
        ([[], ["Total", "8 incidents", None, 10]], [7]),
        ([["Gesamt: 8"]], [6]),
        ([["Summe: 8 Vorfälle", None, None, 10]], [6]),
        ([["Anzahl der Vorfälle", 8]], [6]),
        ([["Nombre d'incidents : 8"]], [6]),
        ([["Total général", "1 234 lignes"]], [6]),
        ([["Número de incidentes: 8"]], [6]),
        ([["Totale", "8 incidenti"]], [6]),
        ([["Total geral", "8 ocorrências"]], [6]),
        ([["Totaal: 8 storingen"], ["Som", "45.018,00 EUR"]], [6, 7]),
        ([["8 Vorfälle insgesamt"]], [6]),
    ],
)
def test_totals_and_notes_under_a_table_are_set_aside(read, under, rows):
    table = read.table(sheet([*LIST, *under]))
    assert set_aside(read, table) == rows
    assert [row[1] for row in read.rows(table)[:4]] == ["A1", "A2", "A3", "A4"]
    assert all(f"row {row} (" in table.notes[-1] for row in rows)


def test_subtotals_between_records_are_set_aside(read):
    more = [
        ["Subtotal", "", "", 10],
        ["B1", "2026-09-05", "Bob", 5],
        ["B2", "2026-09-05", "Bob", 6],
        ["Total", "", "", 11],
        ["Zwischensumme", "2 Vorfälle"],
    ]
    assert set_aside(
        read, read.table(sheet([*LIST, *more, ["C1", "2026-09-06", "Cy", 7], ["C2", "2026-09-06", "Cy", 8]]))
    ) == [6, 9, 10]


@pytest.mark.parametrize(
    "last",
    [
        ["Total", DAY, "Ann", 5],  # a client of that name
        ["A5"],  # a record of which only the key is known
        [None, None, None, 7],  # a record without a key: it does not add up
        ["Sum", None, "Ann", 5],
        ["Max", None, None, 5],
        ["Total Services", "8 incidents"],  # a company
        ["Total 360 Protection"],
        ["Summe", "8 Vorfälle", "Ann", 5],
        ["Summe", "8. Oktober 2026"],
        ["Number of incidents", 5, "01.10.2026"],
        ["Total", "12.10.2026 14:05"],
        ["Total", "10.0.0.1"],
        ["Summe", "Ann"],
        ["Summe", "3rd floor"],
        ["8 Vorfälle offen"],
    ],
)
def test_a_record_is_not_taken_for_a_total(read, last):
    assert set_aside(read, read.table(sheet([*LIST, last]))) == []


@pytest.mark.parametrize("between", [["Summe", "8 Vorfälle"], ["Subtotal", "2026-09-01", "Ann", "3 hours"]])
def test_a_record_called_like_a_total_stays_among_others(read, between):
    assert set_aside(read, read.table(sheet([*LIST, between, ["A5", DAY, "Ann", 5]]))) == []


def test_a_total_of_full_width_must_add_up(read):
    rows = [["service", "cost"], ["Mail", 5], ["Shop", 7]]
    assert set_aside(read, read.table(sheet([*rows, ["Total", 12]]))) == [4]
    assert set_aside(read, read.table(sheet([*rows, ["Total", 13]]))) == []


def test_tables_below_each_other_have_their_own_headers_and_rows(read):
    rows = [
        *LIST,
        [],
        ["By severity"],
        ["severity", "count"],
        ["high", 3],
        ["low", 1],
        [],
        ["team", "lead", "phone", "room", "floor"],
        ["a", "Ann", "x", "y", "z"],
        ["b", "Bob", "x", "y", "z"],
    ]
    first, second, third = read.tables(sheet(rows))
    assert [t.name for t in (first, second, third)] == ["Sheet", "Sheet, from A8", "Sheet, from A12"]
    assert [row[0] for row in read.rows(first)] == [2, 3, 4, 5]
    assert (second.columns, second.preamble[-1]) == (["severity", "count"], ["By severity"])
    assert read.rows(second) == [(9, "high", "3"), (10, "low", "1")]
    assert read.rows(third, "team", "floor") == [(13, "a", "z"), (14, "b", "z")]


def test_a_small_table_above_the_main_one_is_a_table_too(read):
    rows = [["Report"], [], ["severity", "count"], ["high", 3], ["low", 1], [], *LIST]
    main, small = read.tables(sheet(rows))
    assert (main.columns, read.rows(main, "key")[0]) == (LIST[0], (8, "A1"))
    assert (small.name, read.rows(small)) == ("Sheet, from A3", [(4, "high", "3"), (5, "low", "1")])
    assert main.preamble[:3] == [["Report"], [], ["severity", "count"]]


@pytest.mark.parametrize(
    "rows",
    [
        [*LIST, [], ["A5", DAY, "Bob", 5], ["A6", DAY, "Bob", 6]],  # blank rows between records
        [["name", "owner"], ["Mail", "Ann"], [], ["Shop", "Bob"], ["Pay", "Eve"]],
        [["name", "owner", "cost"], ["Mail", "Ann", 5], [], ["Shop", "Bob"], ["Pay", "Eve", 7]],
        [["Owner:", "Ann"], ["Scope:", "all"], ["Made:", DAY], [], *LIST],  # lines of a preamble
    ],
)
def test_blank_rows_do_not_part_what_belongs_together(read, rows):
    table = read.table(sheet(rows))
    assert set_aside(read, table) == []


def test_the_same_header_again_begins_another_table(read):
    first, second = read.tables(sheet([*LIST, [], *LIST]))
    assert (read.rows(first, "key")[-1], read.rows(second, "key")[0]) == ((5, "A4"), (8, "A1"))


@pytest.mark.parametrize(
    ("right", "names"),
    [
        ([["key", "cost"], ["B1", 1], ["B2", 2], ["B3", 3], ["B4", 4]], ["Sheet", "Sheet, from F1"]),
        ([["team", "lead"], ["x", "Ann"]], ["Sheet", "Sheet, from F1"]),
        ([["team", "lead"], *([["x", "Ann"]] * 4)], ["Sheet"]),  # a blank column within one table
        ([["note"], ["late"]], ["Sheet"]),
    ],
)
def test_tables_beside_each_other_are_parted_where_they_have_rows_or_names_of_their_own(read, right, names):
    beside = [*right, *[[]] * 5]
    rows = [[*row, None, *more] for row, more in zip(LIST, beside, strict=False)]
    found = read.tables(sheet(rows))
    assert [table.name for table in found] == names
    assert read.rows(found[0], "key") == [(2, "A1"), (3, "A2"), (4, "A3"), (5, "A4")]
    if len(found) > 1:
        assert read.rows(found[1]) == [(n, *map(str, row)) for n, row in enumerate(right[1:], 2)]


def test_a_merged_cell_counts_for_each_row_it_spans(read):
    rows = [["service", "host", "cost"], [None, "a", 1], [None, "b", 2], ["Shop", "c", 3]]
    table = read.table(sheet(rows, [(1, 0, 2, 0, "Mail")]))
    assert read.rows(table) == [(2, "Mail", "a", "1"), (3, "Mail", "b", "2"), (4, "Shop", "c", "3")]
    assert "merged cells count for each row they span: A2 to row 3" in table.notes


def test_names_merged_over_two_header_rows_are_joined_with_those_under_groups(read):
    rows = [[], [None, "opened", "closed", None], ["A", DAY, DAY, 5], ["B", DAY, DAY, 6], ["C", DAY, DAY, 7]]
    merged = [(0, 0, 1, 0, "key"), (0, 1, 0, 2, "Dates"), (0, 3, 1, 3, "cost")]
    table = read.table(sheet(rows, merged))
    assert table.columns == ["key", "opened", "closed", "cost"]
    assert read.rows(table, "key", "cost")[0] == (3, "A", "5")


def test_refuses_groups_whose_columns_have_the_same_names(read):
    rows = [["Plan", None, "Done", None], ["opened", "closed"] * 2, [DAY] * 4, [DAY] * 4, [DAY] * 4]
    with pytest.raises(Refused, match='sheet "Sheet" has two header rows: row 1 and row 2'):
        read.tables(sheet(rows))


def test_blank_columns_around_a_table_are_none_of_it(read):
    rows = [["Costs of the services"], [], *([None, None, *row, None] for row in LIST)]
    assert read.table(sheet(rows)).columns == LIST[0]
