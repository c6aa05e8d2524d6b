"""A source file that says what cannot be honoured is refused by name, never read in part."""

import pytest

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
