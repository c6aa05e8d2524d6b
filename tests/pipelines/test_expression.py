"""The SQL of a source file is an expression over the export's columns; a source that asks for more is not read."""

import pytest

from pipelines.errors import NotReady
from pipelines.expression import fault
from pipelines.source import sources

SOURCE = 'title = "Tool"\nrecord = "incident"\nrecognise = ["id"]\n[columns]\nkey = ["id"]\nopened_at = ["at"]\n[compute]\n'


@pytest.mark.parametrize("source", sources().values(), ids=lambda s: s.name)
def test_every_source_of_ours_keeps_to_it(source):
    asked = {**source.compute, "set_aside": source.set_aside or "false"}
    assert {name: fault(sql) for name, sql in asked.items() if fault(sql)} == {}


@pytest.mark.parametrize(
    "sql",
    [
        "(select content from read_text('/etc/passwd'))",
        "1) from read_text('/etc/passwd') where (true",
        "exists (select 1 from incident)",
        "1) as x; drop table incident; --",
        "1), (2",
        "1) union select (2",
        "getenv('HOME')",
        "title -- and so on",
        "no such fn(((",
    ],
)
def test_what_reaches_further_is_not_read(tmp_path, sql):
    assert fault(sql)
    path = tmp_path / "sources" / "incident" / "tool.toml"
    path.parent.mkdir(parents=True)
    path.write_text(SOURCE + f'title = """{sql}"""\n')
    with pytest.raises(NotReady, match=r"tool.toml cannot be used: its SQL for title"):
        sources(tmp_path)


@pytest.mark.parametrize(
    "sql", ["coalesce(a, 'it -- is')", "list_transform(a, lambda x: x)", "max(a) over ()"]
)
def test_what_is_an_expression_is(sql):
    assert fault(sql) == ""
