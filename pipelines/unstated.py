"""What an export leaves unsaid: its moment, and columns that its source fills from the load (`unstated`)."""

import hashlib
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.readers.table import literal
from pipelines.source import Source


def first_taken(con: duckdb.DuckDBPyConnection, file: Path, row: dict) -> datetime:
    """The moment of an export that is not dated: when it was first loaded, so that loading it again changes nothing."""
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    before = con.execute(
        "select min(moment) from load where hash = ? and instance = ? and withdrawn_at is null",
        [digest, row["instance"]],
    ).fetchall()[0][0]
    return before or row["loaded_at"]


def fills(source: Source, row: dict) -> dict[str, str]:
    """Column -> SQL value it holds where the export does not say."""
    said = {
        "moment": row["moment"].strftime("timestamp '%Y-%m-%d %H:%M:%S.%f'"),
        "instance": literal(row["instance"]),
    }
    return {"effective_at": said["moment"], **{c: said[what] for c, what in source.unstated.items()}}


def unsaid(con: duckdb.DuckDBPyConnection, staged: str, source: Source, row: dict, dated: bool) -> list[str]:
    """For people: what was filled, and what to say where it does not hold."""
    notes = []
    if not dated:
        notes.append(
            f"it does not say when it was made: taken as it stood at {row['moment']:%Y-%m-%d %H:%M} UTC "
            "(--as-of says otherwise)"
        )
    for column in [c for c, what in source.unstated.items() if what == "instance"]:
        empty = f"select 1 from ({staged}) where {column} is null and not set_aside and not rejected limit 1"
        if con.execute(empty).fetchall():
            notes.append(
                f"it does not name the {column} of every row: {row['instance']} stands for it "
                f"(give each {column} its own --instance)"
            )
    return notes
