"""JSON: rows wherever they stand, columns by path."""

import json

import duckdb
import pytest

from pipelines.errors import Refused
from pipelines.readers.json import taken

FINDINGS = [
    {"Id": "a", "Compliance": {"Status": "PASSED"}, "Resources": [{"Id": "r1"}, {"Id": "r2"}], "Tags": ["x"]},
    {"Id": "b", "Compliance": None, "Resources": [], "Score": 1.5, "Open": True},
]
AS_LINES = "\n".join(map(json.dumps, FINDINGS))


@pytest.mark.parametrize(
    "text", [json.dumps(FINDINGS), json.dumps(FINDINGS, indent=2), AS_LINES, AS_LINES + "\n"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_array_and_lines_give_the_same_rows(read, text, encoding):
    table = read.table(text.encode(encoding), "findings.txt")
    assert table.name == ""
    assert table.columns == [
        *("Id", "Compliance", "Compliance.Status", "Resources", "Resources.0", "Resources.0.Id", "Tags"),
        *("Score", "Open"),
    ]
    assert read.rows(table, "Id", "Compliance.Status", "Resources.0.Id", "Tags", "Score", "Open") == [
        (1, "a", "PASSED", "r1", '["x"]', None, None),
        (2, "b", None, None, None, "1.5", "true"),
    ]


def test_a_path_that_first_occurs_late_is_read_all_the_same(read):
    lines = [{"Id": str(n)} for n in range(300)] + [{"Id": "last", "Fix": {"Version": "2"}}]
    table = read.table("\n".join(map(json.dumps, lines)))
    assert "Fix.Version" not in table.columns
    assert read.rows(table, "Id", "Fix.Version")[-2:] == [(300, "299", None), (301, "last", "2")]


def test_a_key_is_only_a_key(read):
    table = read.table(json.dumps([{"it's.a/b~c": "1", "') or ('": "2"}]))
    assert read.rows(table) == [(1, "1", "2")]


HALVES = r"""[{"Id": "a\ud83d", "x": "\ud83d\ude00"},
{"Id": "\\ud83d \ude00b", "x": "\uD83D\uD83D\uDE00"}]"""


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (HALVES, ""),
        (HALVES[1:-1].replace("},", "}"), ""),
        (f'{{"found": {{"of": {HALVES}}}}}', "found.of"),
    ],
)
def test_half_a_sign_keeps_no_row_out(read, text, rows):
    """Tools count an emoji as two, and cut texts between them."""
    table = read.table(text, rows=rows)
    told = [(1, "a\ufffd", "\U0001f600"), (2, "\\ud83d \ufffdb", "\ufffd\U0001f600")]
    assert read.rows(table, "Id", "x") == told
    assert any(note.startswith("half a sign in it") for note in table.notes)


def test_half_a_sign_in_what_is_no_json_is_not_what_is_wrong_with_it(read):
    with pytest.raises(Refused, match="is not sound JSON"):
        read.table(HALVES.replace("},", "}"))


DOCUMENT = {
    "version": "3",
    "Results": [
        {"Target": "db", "Vulnerabilities": [{"ID": "v1"}, {"ID": "v2"}]},
        {"Target": "app", "Vulnerabilities": [{"ID": "v3"}]},
        {"Target": "web"},
    ],
}


def test_rows_inside_a_document_carry_what_they_stand_in(read):
    table = read.table(json.dumps(DOCUMENT, indent=1), rows="Results.Vulnerabilities")
    assert read.rows(table, "$.version", "Results.Target", "ID") == [
        (1, "3", "db", "v1"),
        (2, "3", "db", "v2"),
        (3, "3", "app", "v3"),
    ]


def test_rows_carry_the_simple_values_of_objects_beside_them(read):
    document = {
        "meta": {"title": "May", "by": {"name": "Ann"}},
        "one": {"of": {"n": 1}, "rows": [{"id": "a"}]},
    }
    table = read.table(json.dumps(document), rows="one.rows")
    assert table.columns == ["$", "$.meta", "$.meta.title", "one", "one.of", "one.of.n", "id"]
    assert read.rows(table, "$.meta.title", "one.of.n", "id") == [(1, "May", "1", "a")]


PLAN = {
    "risks": [
        {"uuid": "r1", "status": "open", "deadline": "2026-05-01", "factors": [{"uuid": "f1", "text": "t"}]},
        {"uuid": "r2", "status": "closed", "seen": [{"seen-uuid": "s1"}]},
    ],
    "seen": [{"uuid": "s1", "at": "2026-04-01"}],
    "items": [
        {"id": "a", "risk-uuid": "r1", "of": [{"seen-uuid": "s1"}, {"seen-uuid": "none"}]},
        {"id": "b", "risk-uuid": "f1"},
        {"id": "c", "risk-uuid": "r2", "risk": "its own"},
        {"id": "d", "risk-uuid": 5},
    ],
}


def test_references_by_uuid_are_followed(read):
    table = read.table(json.dumps(PLAN), rows="items")
    assert read.rows(table, "id", "risk.status", "risk", "of.0.seen.at") == [
        (1, "a", "open", json.dumps(PLAN["risks"][0], separators=(",", ":")), "2026-04-01"),
        (2, "b", "open", json.dumps(PLAN["risks"][0], separators=(",", ":")), None),  # of a part of it
        (3, "c", None, "its own", None),
        (4, "d", None, None, None),
    ]


@pytest.mark.parametrize("rows", [None, "not.there", ["", "not.there"]])
def test_looks_for_arrays_where_no_path_fits(read, rows):
    tables = read.tables(json.dumps(DOCUMENT, indent=1), rows=rows)
    assert [(table.name, len(read.rows(table, "ID"))) for table in tables] == [
        ("Results", 3),
        ("Results.Vulnerabilities", 3),
    ]


def test_takes_those_of_several_paths_that_are_there(read):
    tables = read.tables(json.dumps(DOCUMENT, indent=1), rows=["", "Results", "Findings"])
    assert [table.name for table in tables] == ["Results"]


def test_a_row_carries_what_stands_one_object_further_in(read):
    answer = {
        "took": 3,
        "hits": {"total": {"value": 2, "of": {"no": 1}}, "hits": [{"_id": "a"}, {"_id": "b"}]},
    }
    table = read.table(json.dumps(answer, indent=1), rows=["hits.hits"])
    shown = ("_id", "$.took", "hits.total.value", "hits.total.of.no")
    assert read.rows(table, *shown) == [(1, "a", "3", "2", None), (2, "b", "3", "2", None)]


def test_an_array_of_reports_is_read_at_both_levels(read):
    reports = [
        {"Target": "a", "Found": [{"ID": 1}, {"ID": 2}]},
        {"Target": "b", "Found": None},  # nothing was found in it
        {"Target": "c"},
    ]
    top, found = read.tables(json.dumps(reports), rows=["", "Found", "Elsewhere"])
    assert read.rows(top, "Target") == [(1, "a"), (2, "b"), (3, "c")]
    assert read.rows(found, "$.Target", "ID") == [(1, "a", "1"), (2, "a", "2")]


def test_an_empty_array_is_a_table_without_rows(read):
    table = read.table('{\n"value": []\n}\n')
    assert (table.name, table.columns) == ("value", [])


def test_one_line_may_be_the_only_record_of_json_lines(read):
    updates, record = read.tables('{"Id": "a", "updates": [{"at": "1"}, {"at": "2"}]}\n')
    assert (updates.name, record.name) == ("updates", "")
    assert read.rows(record, "Id", "updates.0.at") == [(1, "a", "1")]


def test_a_document_without_arrays_is_one_row(read):
    assert read.rows(read.table('{"Id": "a", "Cost": {"Sum": 5}}'), "Id", "Cost.Sum") == [(1, "a", "5")]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[{"a": 1},\n {"a": }]', "not sound JSON.*line 2"),
        ('{"a": 1}\n{"a": 2}\n{"a": \n', "not sound JSON.*line 3"),
        ('{"value": [\n{"a": 1},\n{"a" 2}]}', "not sound JSON: .* in line 3, column 6"),
        ('[{"a": 1}', "not sound JSON"),
    ],
)
def test_refuses_what_is_not_sound_naming_the_place(read, text, place):
    with pytest.raises(Refused, match=place) as refused:
        read.tables(text)
    assert "export.csv" in refused.value.reason


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000 + "]" * 200_000,
        '{"a": 1}\n{"a": ' + "[" * 200_000 + "]" * 200_000 + "}\n",
        '{"Id": "a"}\n' + '{"a": ' * 990 + "1" + "}" * 990 + "\n",
        '{"Id": "a", "Rows": [' + '{"a": ' * 990 + "1" + "}" * 990 + "]}",
    ],
    ids=["arrays", "in a line", "objects in a line", "in a document"],
)
def test_refuses_what_is_nested_too_deeply(read, text):
    with pytest.raises(Refused, match=r"export.csv is nested too deeply"):
        read.tables(text)


def test_refuses_an_array_without_records(read):
    with pytest.raises(Refused, match=r"export.csv holds an empty array"):
        read.tables("[]\n")


def test_refuses_references_that_unfold_beyond_the_limit(read):
    # A megabyte that six hundred rows name: such a file is made to fill the disk.
    document = {"of": {"uuid": "u", "text": "x" * 2**20}, "items": [{"of-uuid": "u"}] * 600}
    with pytest.raises(Refused, match=r"export.csv unpacks to more than 2\d\d MB, from 1.0 MB"):
        read.tables(json.dumps(document), rows="items")


def as_loaded(read, table, *columns):
    """The rows as a load reads them, and whether they were read as those of a table, without a look into each."""
    try:
        return read.rows(taken(table, [*columns]), *columns), True
    except duckdb.Error:
        return read.rows(taken(table.otherwise(None), [*columns]), *columns), False


LONG = "x" * 20_000_000
NONE = (None, None, None)
END = "\n{}"  # a single line would be a document
TEXTS = {
    "integers": (
        '{"a":9007199254740993,"b":9223372036854775808,"c":-123456789012345678901234567890}' + END,
        [("9007199254740993", "9223372036854775808", "-123456789012345678901234567890"), NONE],
    ),
    "decimals": ('{"a":0.10,"b":1.0,"c":-0.0}' + END, [("0.1", "1.0", "-0.0"), NONE]),
    "more digits than count": (
        '{"a":0.1234567890123456789,"b":1.5e2}' + END,
        [("0.12345678901234568", "150.0", None), NONE],
    ),
    "beyond any number": ('{"a":1e400,"b":-1e400}' + END, [("1e400", "-1e400", None), NONE]),
    "flags": ('{"a":true,"b":false}' + END, [("true", "false", None), NONE]),
    "null, absent, empty": (
        '{"a":null,"c":""}\n{"a":"null","c":" "}',
        [(None, None, ""), ("null", None, " ")],
    ),
    "objects and arrays": (
        '{"a":{"x": 0.10, "y":[1e22, null]},"b":[ ],"c":[{"q" : "\\u00e9"}]}' + END,
        [('{"x":0.1,"y":[1e22,null]}', "[]", '[{"q":"é"}]'), NONE],
    ),
    "a key twice within": ('{"a":{"x":1,"x":2}}' + END, [('{"x":1,"x":2}', None, None), NONE]),
    "a key twice that is not read": ('{"z":1,"z":2,"b":3}' + END, [(None, "3", None), NONE]),
    "JSON in a text": (r'{"a":"{\"x\":1}","b":"[1]"}' + END, [('{"x":1}', "[1]", None), NONE]),
    "escapes": (
        r'{"a":"\u00e9\n\t\"\\\/","b":"\ud83d\ude00","\u0063":"x\u0000y"}' + END,
        [('é\n\t"\\/', "\U0001f600", "x\0y"), NONE],
    ),
    "texts like numbers and dates": (
        '{"a":"00123","b":"2026-01-01T00:00:00Z","c":"1e22"}' + END,
        [("00123", "2026-01-01T00:00:00Z", "1e22"), NONE],
    ),
    "a mark of the order of bytes": ('\ufeff{"a":1}\n{"a":2}', [("1", None, None), ("2", None, None)]),
    "carriage returns": ('{"a":1}\r\n{"a":"x"}\r\n', [("1", None, None), ("x", None, None)]),
    "blank lines": ('\n{"a":1}\n\n  \n{"a":2}\n\n', [("1", None, None), ("2", None, None)]),
    "empty records": ('{"a":1}\n{}\n{"a":2}', [("1", None, None), (None, None, None), ("2", None, None)]),
    "line breaks that are none": (
        '{"a":"x\u2028y"}\n{"a":"\x85"}',
        [("x\u2028y", None, None), ("\x85", None, None)],
    ),
    "a long line": (f'{{"a":"{LONG}"}}\n{{"a":"x"}}', [(LONG, None, None), ("x", None, None)]),
    "other cases": ('{"A":1,"a":2,"B":3}\n{"C":4}', [("2", None, None), (None, None, None)]),
    "an array": ('[{"a":\n1.50},\n{"b":"x"}]', [("1.5", None, None), (None, "x", None)]),
}
LOOKED_UP = {
    "large and small": (
        '{"a":1e22,"b":-1.5e+300,"c":0.000012}\n{"a":5e-324}',
        [("1e22", "-1.5e300", "0.000012"), ("5e-324", None, None)],
    ),
    "a text like a large number": ('{"a":"1e+22"}' + END, [("1e+22", None, None), NONE]),
    "a key twice": ('{"a":1,"a":2,"b":3}' + END, [("1", "3", None), NONE]),
    "lines that are no objects": (
        '{"a":1}\n5\n[{"a":5}]\n"a"\n{"a":2}',
        [("1", None, None), *[(None, None, None)] * 3, ("2", None, None)],
    ),
}


@pytest.mark.parametrize(
    ("text", "cells", "at_once"),
    [(*case, True) for case in TEXTS.values()] + [(*case, False) for case in LOOKED_UP.values()],
    ids=[*TEXTS, *LOOKED_UP],
)
def test_a_cell_is_the_same_text_whichever_way_it_is_read(read, text, cells, at_once):
    table = read.tables(text, rows="")[0]
    rows = [(number, *line) for number, line in enumerate(cells, 1)]
    assert read.rows(table, "a", "b", "c") == rows
    assert as_loaded(read, table, "a", "b", "c") == (rows, at_once)


def test_keys_that_differ_in_case_alone_are_told_apart(read):
    table = read.table('{"a":1,"A":2,"á":3,"Á":4}\n{"A":5}')
    told = [(1, "1", "2", "3", "4"), (2, None, "5", None, None)]
    assert as_loaded(read, table, "a", "A", "á", "Á") == (told, True)


@pytest.mark.parametrize(
    "key", ["filename", "rowid", "json", "held", "c1", "it's", 'a "b"', "columns", "", "a/b~c"]
)
def test_a_key_may_be_any_word(read, key):
    table = read.table(f'{json.dumps({"a": 1, key: "x"})}\n{{"a": 2}}')
    assert as_loaded(read, table, "a", key)[0] == [(1, "1", "x"), (2, "2", None)]


def test_a_folder_named_like_a_value_says_nothing_of_it(read, tmp_path):
    folder = tmp_path / "a=9"
    folder.mkdir()
    (folder / "b=8.jsonl").write_text('{"a": 1}\n{"a": 2, "b": 3}')
    table = read.table(folder / "b=8.jsonl")
    assert as_loaded(read, table, "a", "b") == ([(1, "1", None), (2, "2", "3")], True)


def test_what_first_occurs_late_is_loaded_all_the_same(read):
    lines = [{"a": n} for n in range(300)] + [{"a": 300, "late": "x", "in": {"of": {"it": 1.5}}}]
    table = read.table("\n".join(map(json.dumps, lines)))
    wanted = ("a", "late", "never", "in.of.it", "a.never")
    assert as_loaded(read, table, *wanted)[0][-2:] == [
        (300, "299", None, None, None, None),
        (301, "300", "x", None, "1.5", None),
    ]


def test_columns_that_no_record_holds_leave_the_rows(read):
    assert as_loaded(read, read.table('{"a":1}\n{"a":2}'), "b", "c.d") == (
        [(1, None, None), (2, None, None)],
        True,
    )


def test_too_many_keys_to_know_are_looked_up(read):
    lines = [{"a": n, f"key {n}": n} for n in range(10_001)]
    table = read.table("\n".join(map(json.dumps, lines)))
    rows, _ = as_loaded(read, table, "a", "key 10000", "never")
    assert rows[-2:] == [(10_000, "9999", None, None), (10_001, "10000", "10000", None)]
