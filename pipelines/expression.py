"""Whether the SQL of a source file is a plain expression over the columns of its export, and nothing else.

Source files are passed on and written by hand: theirs is no way to other tables, files or the network.
"""

import json
from collections.abc import Iterator
from functools import cache

import duckdb

OUTSIDE = {"getenv", "getvariable", "current_setting", "query", "query_table"}


@cache  # every load looks at the sources of the data folder; a connection takes 12 ms
def fault(sql: str) -> str:
    """What is wrong with an expression, for people; "" where nothing is."""
    # An open comment would swallow what stands behind the expression.
    with duckdb.connect() as con:  # the one that the module shares serves a single thread
        told = json.loads(con.execute("select json_serialize_sql(?)", [f"select ({sql}\n)"]).fetchall()[0][0])
    if told["error"]:
        return told["error_message"].splitlines()[0]
    nodes = [statement["node"] for statement in told["statements"]]
    if len(nodes) != 1 or nodes[0]["type"] != "SELECT_NODE" or len(nodes[0]["select_list"]) != 1:
        return "it is not one expression"
    for part in _parts(nodes[0]):
        if part.get("class") == "SUBQUERY" or part.get("type") in (
            "TABLE_FUNCTION",
            "BASE_TABLE",
            "SUBQUERY",
        ):
            return "it reads from elsewhere than the export's columns"
        if part.get("function_name") in OUTSIDE:
            return f"{part['function_name']} looks outside the export"
    return (
        "it holds a comment that does not end" if sql.rpartition("\n")[2].count("--") and _open(sql) else ""
    )


def _open(sql: str) -> bool:
    """Whether the last line ends in a comment: without a line break behind it the bracket is lost."""
    with duckdb.connect() as con:
        told = con.execute("select json_serialize_sql(?)", [f"select ({sql})"]).fetchall()[0][0]
    return json.loads(told)["error"]


def _parts(value: object) -> Iterator[dict]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _parts(one)
