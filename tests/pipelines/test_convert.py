"""Cells as they are taken from a table."""

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.convert import trimmed

SPACES = " \t\n\r\x0b\x0c\x85\xa0\u1680\u2003\u2028\u202f\u205f\u3000"


@settings(deadline=None)
@given(st.lists(st.text(SPACES + "!a~\x7fé\U0001f600", max_size=6), min_size=1))
def test_a_cell_is_trimmed_as_trim_does(texts):
    with duckdb.connect() as con:
        con.execute(
            "create table export as select unnest($texts::varchar[]) as c0", {"texts": [*texts, None]}
        )
        alike = f"select count(*) from export where {trimmed('c0')} is distinct from trim(c0)"
        assert con.execute(alike).fetchall() == [(0,)]
