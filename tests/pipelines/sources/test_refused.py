"""A source file that says what cannot be honoured is refused by name, never read in part."""

import pytest

from pipelines import warehouse
from pipelines.errors import NotReady
from pipelines.source import read_source

WHOLE = 'title = "Tool"\nrecord = "incident"\nrecognise = ["id"]\n{more}\n[columns]\nkey = ["id"]\n'


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ('order = "ymd"', "order"),
        ('[values.severity]\n"high" = 9', "severity cannot be 9"),
        ('[compute]\nowner = "1"', "incident has no column owner"),
        ('dated_by = "title"', "incident has no time title"),
    ],
)
def test_what_cannot_be_honoured_is_named(tmp_path, more, named):
    path = tmp_path / "tool.toml"
    path.write_text(WHOLE.format(more=more))
    with pytest.raises(NotReady, match=named):
        read_source(path)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("trivy_report", '{"SchemaVersion": 2, "ArtifactName": "app:1", "Results": [{"Target": "app:1", "Type": "alpine"}]}'),
        ("trivy_report", '{"SchemaVersion": 2, "ArtifactName": "app:1", "ArtifactType": "container_image"}'),
        ("nexpose_xml", '<NexposeReport version="2.0"><nodes><node address="a"/><node address="b"/></nodes></NexposeReport>'),
    ],
)  # fmt: skip
def test_a_report_in_which_nothing_was_found_is_told_as_such(tmp_path, source, text):
    path = tmp_path / "report"
    path.write_text(text)
    outcome = warehouse.check(path, tmp_path / "data").outcome
    assert outcome.error.startswith(f"It holds no records: it is {source}, with nothing at ")
