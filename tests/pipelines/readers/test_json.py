"""JSON: rows wherever they stand, columns by path."""

import json

import pytest

from pipelines.errors import Refused

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
