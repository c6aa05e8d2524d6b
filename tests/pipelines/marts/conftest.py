"""Snapshots with a few records, whose marts are made."""

from datetime import datetime

import duckdb
import pytest

from pipelines.marts import build_marts
from pipelines.records import table_columns
from pipelines.snapshot import create_tables

AT = datetime(2026, 1, 1)


@pytest.fixture
def build():
    """build(record=rows, …) -> a connection on a snapshot in which the marts are made."""
    with duckdb.connect() as con:
        create_tables(con)
        con.execute(
            "insert into setting values ('timezone', 'UTC'), ('outage_severity', '0'), ('seen_days', '14')"
        )

        def building(**given):
            for record, rows in given.items():
                for number, told in enumerate(rows):
                    row = {
                        "key": str(number),
                        "record_id": f"{record}:{number}",
                        "instance": "tool",
                        "effective_at": AT,
                    } | told
                    names = ", ".join(f'"{n}"' for n in row)
                    assert row.keys() <= table_columns(record).keys()
                    con.execute(
                        f"insert into {record} ({names}) values ({', '.join('?' * len(row))})",
                        [*row.values()],
                    )
            build_marts(con)
            return con

        yield building
