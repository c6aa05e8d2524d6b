"""Numbers, durations and yes or no as exports write them."""

import duckdb
import pytest

from pipelines.numbers import macros


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as con:
        for statement in macros():
            con.execute(statement)
        yield con


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("27m 56s", 1676),
        ("1:04:35", 3875),
        ("2649:58:45", 9539925),
        ("3 days 04:00", 273600),
        ("3 days, 4:05:06.5", 273906.5),
        ("1.04:35:00", 102900),
        ("PT5M", 300),
        ("P1DT2H", 93600),
        ("1,5 Stunden", 5400),
        ("1 day 2 hours and 3 minutes", 93780),
        ("90 min", 5400),
        ("3600", 3600),
        ("04:35", None),  # hours or minutes
        ("1,234", None),  # thousands or a fraction
        ("1,234 min", None),
        ("2 h 1.234 min", None),
        ("0,125 h", 450),
        ("1234,5 min", 74070),
        ("1.2345 h", 4444.2),
        ("1 mon", None),
        ("1 h 5 parsecs", None),
        ("1:99:00", None),
        ("P", None),
        ("soon", None),
    ],
)
def test_durations(con, text: str, seconds: float | None):
    assert con.execute("select seconds_of(?)", [text]).fetchone() == (seconds,)
