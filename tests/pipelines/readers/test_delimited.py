"""Delimited text: cut rightly, numbered as a spreadsheet does, no line lost."""

import csv
import io
import re

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import Refused
from pipelines.readers import delimited, tables


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_finds_the_delimiter(read, delimiter):
    table = read.table(f'key{delimiter}cost\nA{delimiter}"1{delimiter}5"\nB{delimiter}2\n')
    assert read.rows(table) == [(2, "A", f"1{delimiter}5"), (3, "B", "2")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_reads_each_encoding(read, encoding):
    table = read.table("key,wer\r\nA,Jürgen – Café\r\n".encode(encoding))
    assert table.columns == ["key", "wer"]
    assert read.rows(table) == [(2, "A", "Jürgen – Café")]
    assert any("1252" in note for note in table.notes) == (encoding == "cp1252")


def test_refuses_text_that_no_encoding_explains(read):
    with pytest.raises(Refused, match="neither UTF-8 nor text in another encoding"):
        read.table(b"key,name\nA,\x81\x8d\xa5z\x9d\xb1\xd7\x9dz\n")


def test_cells_stay_as_they_stand_and_empty_ones_are_null(read):
    table = read.table('key,a,b,c\n00123, 1.50 ,NULL,\n"",",","say ""hi""","two\nlines"\n')
    assert read.rows(table) == [
        (2, "00123", " 1.50 ", "NULL", None),
        (3, None, ",", 'say "hi"', "two\nlines"),
    ]


def test_the_header_stands_under_title_rows(read):
    table = read.table('Incidents of 2026,,\n"Made by, for us",,\n,,\nkey,opened,cost\nA,2026-01-01,5\n')
    assert table.columns == ["key", "opened", "cost"]
    assert table.preamble == [["Incidents of 2026", "", ""], ["Made by, for us", "", ""], ["", "", ""]]
    assert read.rows(table) == [(5, "A", "2026-01-01", "5")]


def test_a_blank_line_above_the_header_counts_as_a_row(read):
    assert read.rows(read.table("Report\n\nkey,cost\nA,5\n")) == [(4, "A", "5")]


def test_a_delimiter_stated_for_spreadsheets_is_taken(read):
    table = read.table("sep=;\r\nkey;cost\r\nA;1,5\r\n")
    assert read.rows(table) == [(3, "A", "1,5")]
    assert "its row numbers are one less" in table.notes[-1]
    assert "sep=" not in read.table("key;cost\r\nA;1,5\r\n").notes[-1]


def test_names_are_made_unique(read):
    table = read.table("Sprint,Sprint,,Sprint (2)\n1,2,3,4\n")
    assert table.columns == ["Sprint", "Sprint (2)", "column 3", "Sprint (2) (2)"]


def test_a_header_alone_is_a_table_without_rows(read):
    table = read.table("key,opened,cost\n")
    assert (table.columns, read.rows(table)) == (["key", "opened", "cost"], [])


def test_one_column_needs_no_delimiter(read):
    assert read.rows(read.table("value\n01\n\n1,5\n")) == [(2, "01"), (3, None), (4, "1,5")]


def test_blank_lines_stay_and_trailing_ones_do_not(read):
    table = read.table("key,cost\nA,1\n\nB,2\n\n\n")
    assert read.rows(table) == [(2, "A", "1"), (3, None, None), (4, "B", "2")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "end"])
def test_one_blank_line_is_a_row_however_the_file_ends(read, end, last):
    table = read.table(end.join(["key,cost", "A,1", "", "B,2"]) + (last and end))
    assert read.rows(table) == [(2, "A", "1"), (3, None, None), (4, "B", "2")]


@pytest.mark.parametrize("last", ["", "\n"])
def test_a_cell_of_megabytes_is_read(read, last):
    table = read.table("key,text\nA,x\nB," + "y" * 3_000_000 + last)
    assert [(row, key, len(text)) for row, key, text in read.rows(table)] == [
        (2, "A", 1),
        (3, "B", 3_000_000),
    ]


def test_a_line_too_long_to_read_is_rejected_by_its_row(read):
    table = read.table("key,text\nA,x\nB," + "y" * 70_000_000 + "\n")
    assert [(row, reason) for row, _, reason in table.rejects] == [(3, "longer than 16,000,000 characters")]
    assert read.rows(table) == [(2, "A", "x")]


def test_blank_lines_inside_quotes_are_part_of_the_cell(read):
    table = read.table('key,text\nA,"one\n\ntwo"\nB,x\n')
    assert read.rows(table) == [(2, "A", "one\n\ntwo"), (3, "B", "x")]


def test_a_line_with_too_many_cells_is_rejected_and_the_next_keep_their_numbers(read):
    table = read.table("key,cost\nA,1\nB,2,3\n\nC,4\nD,5,6\nE,7\n")
    assert table.rejects == [
        (3, "B,2,3", "3 cells where the header has 2"),
        (6, "D,5,6", "3 cells where the header has 2"),
    ]
    assert read.rows(table) == [(2, "A", "1"), (4, None, None), (5, "C", "4"), (7, "E", "7")]


def test_missing_cells_are_null_and_noted(read):
    table = read.table("key,cost,note\nA,1\nB,2,x\n")
    assert read.rows(table) == [(2, "A", "1", None), (3, "B", "2", "x")]
    assert any("1 line has fewer cells" in note for note in table.notes)


def test_cells_too_many_that_are_empty_do_no_harm(read):
    assert read.rows(read.table("key,cost\nA,1,,\nB,2\n")) == [(2, "A", "1"), (3, "B", "2")]


def test_a_quote_that_does_not_close_costs_its_own_line_only(read):
    table = read.table('key,text\nA,x\nB,"open\nC,y\nD,"z"\n')
    assert table.rejects == [(3, 'B,"open', "a quote in this line does not close")]
    assert read.rows(table) == [(2, "A", "x"), (4, "C", "y"), (5, "D", "z")]


def test_a_cell_of_many_lines_may_hold_quotes(read):
    table = read.table('key,text,more\nA,"one\n""two"" three\nfour",x\nB,"a\nb","c\nd"\nC,6" x 7",y\n')
    assert read.rows(table) == [
        (2, "A", 'one\n"two" three\nfour', "x"),
        (3, "B", "a\nb", "c\nd"),
        (4, "C", '6" x 7"', "y"),
    ]


def test_refuses_quotes_that_open_and_never_close(read):
    with pytest.raises(Refused, match=r"export.csv: quotes do not close in too many lines"):
        read.table("key,text\n" + "A,b\n" * 300 + 'A,"x\n' + 'y","z\n' * 20_000)


def test_a_quote_inside_a_cell_is_text(read):
    assert read.rows(read.table('key,text\nA,5" pipe\nB,x\n')) == [(2, "A", '5" pipe'), (3, "B", "x")]


def test_line_ends_may_be_mixed(read):
    assert read.rows(read.table("key,cost\r\nA,1\nB,2\r\n")) == [(2, "A", "1"), (3, "B", "2")]


def test_refuses_where_nearly_nothing_fits(read):
    lines = "".join(f"A,{i},x\n" for i in range(1002))
    with pytest.raises(Refused, match="more than 1,000 lines do not fit the header, the first in row 1002"):
        read.table("key,cost\n" + "A,1\n" * 1000 + lines)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("Number,Opened,State\nnumber,opened_at,state\nA,2026-01-01,New\n", "row 1 and row 2"),
        ("Plan,,Done,\nopened,closed,opened,closed\n2026-01-01,,2026-01-02,\n", "row 1 and row 2"),
        ("key,cost,hours\nid,money,time\nA,5,1\nB,6,2\nC,7,3\n", "row 1 and row 2"),
        ("key,opened,cost\nstring,datetime,number\nA,2026-01-01,5\n", "row 1 and row 2"),
        ("Report\n\nkey,cost,state\nkey,cost,state\nA,5,New\n", "row 3 and row 4"),
    ],
)
def test_refuses_two_header_rows(read, text, where):
    with pytest.raises(Refused, match=f"export.csv has two header rows: {where}"):
        read.table(text)


@pytest.mark.parametrize(
    "text",
    [
        "Incident,,Dates,\nkey,state,opened,closed\nA,New,2026-01-01,2026-01-02\n",
        "Incident,State,,Dates,\nkey,state,by,opened,closed\nA,New,Ann,2026-01-01,2026-01-02\nB,New,Bob,2026-01-01,\n"
        "C,New,Bob,2026-01-01,2026-01-02\nD,New,Bob,2026-01-01,2026-01-02\n",
    ],
)
def test_a_row_above_that_only_groups_the_columns_is_a_title(read, text):
    table = read.table(text)
    assert (table.columns[:2], table.columns[-1], len(table.preamble)) == (["key", "state"], "closed", 1)
    assert read.rows(table)[0][:3] == (3, "A", "New")


@pytest.mark.parametrize(
    "text",
    [
        "key,state,cost\nA,New,unknown\nB,New,5\nC,New,6\nD,New,7\n",  # a null among numbers
        "name,owner\nPayments,Ann\nPayments,Bob\n",  # nothing but words
        "Status,Note\nStatus page down,x\nOther,y\n",  # a cell that holds its column's name
        "n,m\n1, A\n1, A\n1, A\n",
    ],
)
def test_a_first_row_of_words_is_no_second_header(read, text):
    assert read.table(text).preamble == []


def test_a_title_row_with_a_date_is_no_header(read):
    table = read.table("Made,2026-01-01,\nkey,owner,state\nA,Ann,New\n")
    assert table.columns == ["key", "owner", "state"]


def test_refuses_too_many_columns(read):
    with pytest.raises(Refused, match="2,001 columns"):
        read.table(",".join(f"c{i}" for i in range(2001)) + "\n")


@pytest.mark.parametrize("name", ["it's; drop table x.csv", "a[1]*.csv", "plain.csv.gz", "export.json"])
def test_a_file_name_is_only_a_name(read, name):
    assert read.rows(read.table("key,cost\nA,1\n", name)) == [(2, "A", "1")]


def test_a_bad_number_is_null_in_a_typed_column(read):
    table = read.table("key,cost\nA,5\nB,abc\n")
    sql = f"select {table.cells['key']}, try(cast({table.cells['cost']} as double)) from {table.relation}"
    assert read.con.execute(sql).fetchall() == [("A", 5.0), ("B", None)]
    cast = sql.replace("try(cast(", "(try_cast(")
    assert read.con.execute(cast).fetchall() == [("A", 5.0), ("B", None)]


CELL = st.text(st.sampled_from('ab1,;"\n\r é'), max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_csv_writes_is_read_back(read, rows, quoting):
    rows = [("key", *row) for row in rows]
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoting).writerows([("id", "name", "owner", "state"), *rows])
    table = read.table(text.getvalue())
    assert table.rejects == []
    given = [
        [re.sub("\r\n?", "\n", c) if c.strip() else None for c in row] for row in rows
    ]  # line breaks are one kind
    kept = [
        [re.sub("\r\n?", "\n", c) if c and c.strip() else None for c in row[1:]] for row in read.rows(table)
    ]
    assert kept == given
    assert [row[0] for row in read.rows(table)] == list(range(2, len(rows) + 2))


RAGGED = st.text(st.sampled_from('ab,"\n\r '), max_size=40)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RAGGED)
def test_whatever_stands_under_the_header_is_in_a_row_or_a_reject(read, body):
    main, *others = read.tables("id,name\nX,Y\n" + body + "\nEND,one\n")
    kept = [c for row in read.rows(main)[1:] for c in row[1:] if c]
    for table in others:  # lines of three columns and more under a blank one
        kept += [*table.columns, *(c for row in read.rows(table) for c in row[1:] if c)]
    kept += [text for table in (main, *others) for _, text, _ in table.rejects]
    assert sorted(c for cell in kept for c in cell if c in "ab") == sorted(c for c in body if c in "ab")


LIST = "key,opened,owner,cost\n" + "".join(f"A{n},2026-09-0{n},Ann,{n}\n" for n in range(1, 5))


def set_aside(read, table):
    read.con.execute(
        f"create or replace table stage as select {table.aside or 'false'} as aside from {table.relation}"
    )
    return [
        row for row, aside in read.con.execute(f"select {table.row}, aside from stage").fetchall() if aside
    ]


@pytest.mark.parametrize(
    ("under", "rows"),
    [
        ("Total,,,10\n", [6]),
        ("\nSumme,,,10", [7]),
        (",,,10\n", [6]),
        ("4 rows selected.\n", [6]),
        (
            "\nGenerated by the tool, for Ann, on 1 September, in Basel, at noon\n",
            [7],
        ),  # more cells than columns
        ("Average,,,2.5\nTotal,,,10\n\n* estimated\n", [6, 7, 9]),
        ("key,opened,owner,cost\n", [6]),  # two exports, one after the other
        ("Summe,8 Vorfälle,,\n", [6]),
        ("Total, 8 incidents\n", [6]),
    ],
)
@pytest.mark.parametrize("before", [0, 200_000])  # also at the end of a large file
def test_totals_and_notes_at_the_end_are_set_aside(read, under, rows, before):
    if before and under == ",,,10\n":
        pytest.skip("whether it adds up is seen in small files only")
    more = "".join(f"B{n},2026-09-01,Bob,\n" for n in range(before // 20))
    table = read.table(LIST + more + under)
    assert set_aside(read, table) == [row + before // 20 for row in rows]
    assert table.rejects == []


@pytest.mark.parametrize(
    ("between", "rows"),
    [
        ("Subtotal,,,99\n", [6]),
        ("Zwischensumme:,,,\nB1,2026-09-05,Bob,3\nB2,2026-09-05,Bob,4\nTotal,,,7\n", [6, 9]),
        ("Total,,,11\n", []),  # adds up to nothing: it may be a record
        ("Total,2026-09-05,,10\n", []),  # opened on a day
    ],
)
def test_subtotals_between_records_are_set_aside(read, between, rows):
    text = LIST + between + "C1,2026-09-06,Cy,5\nC2,2026-09-06,Cy,6\n"
    assert set_aside(read, read.table(text)) == rows


@pytest.mark.parametrize("text", [LIST + "A5\nA6,,,7\n", "1,A\n1,A\n1,A\n", "value\n1\n2\n3\n"])
def test_records_like_totals_notes_or_a_header_stay(read, text):
    assert set_aside(read, read.table(text)) == []


def test_tables_below_each_other_are_parted(read):
    first, second = read.tables(LIST + '\nBy severity\nseverity,count,of\nhigh,"3",4\n"lo\nw",1,4\nx,1,2,3\n')
    assert (read.rows(first, "key")[-1], first.rejects) == ((5, "A4"), [])
    assert (second.name, second.columns) == ("from row 8", ["severity", "count", "of"])
    assert read.rows(second) == [(9, "high", "3", "4"), (10, "lo\nw", "1", "4")]
    assert second.rejects == [(11, "x,1,2,3", "4 cells where the header has 3")]


def test_a_delimiter_that_a_person_names_is_taken(tmp_path):
    con = duckdb.connect()
    file = tmp_path / "x.csv"
    file.write_text("a,b;c\n1,2;3\n4,5;6\n", "utf-8")
    [found] = tables(file, con, tmp_path, "x.csv", delimiter="semicolon")
    assert found.columns == ["a,b", "c"]
    [found] = tables(file, con, tmp_path, "x.csv", delimiter="comma")
    assert found.columns == ["a", "b;c"]
    with pytest.raises(Refused, match="no delimiter 'x'"):
        tables(file, con, tmp_path, "x.csv", delimiter="x")


def test_a_table_below_another_in_a_text_that_is_too_large_to_look_through_is_named(read, monkeypatch):
    text = "key,cost\nA,1\nB,2\n\nchange,kind,outcome\nC,normal,good\n"
    assert not read.tables(text)[0].unread
    monkeypatch.setattr(delimited, "SAMPLE", 20)
    first = read.tables(text)[0]
    first = first.otherwise(None) or first
    assert [note.partition(",")[0] for note in first.unread] == ["Another table may begin in row 5"]
