"""What files and people have put in is shown as text and nothing else, in the order in which it is written."""

import pandas as pd
import pytest

from dashboard.shown import cell, escape, legible, message, plain

TURNED = "invoice\u202egnp.exe"


def test_what_turns_or_controls_a_text_is_seen_as_a_sign():
    assert legible(TURNED) == "invoice\ufffdgnp.exe"
    assert legible("a\x1b[31mb\u2066c\u2069") == "a\ufffd[31mb\ufffdc\ufffd"
    assert legible("שלום \u200f(1)\tعربى\nzwei Zeilen") == "שלום \u200f(1)\tعربى\nzwei Zeilen"


def test_it_holds_in_html_markdown_and_tables():
    assert escape(f"<b>{TURNED}</b>") == "&lt;b&gt;invoice\ufffdgnp.exe&lt;/b&gt;"
    assert plain(TURNED) == "invoice\ufffdgnp\\.exe"
    rows = pd.Series([TURNED, ["a", TURNED], None, 3.5, b"ab", {"a": 1}], dtype=object)
    told = [legible(TURNED), ["a", legible(TURNED)], None, 3.5, b"ab", {"a": 1}]
    assert rows.map(cell, na_action="ignore").tolist() == told


def test_commands_in_messages_are_code_and_nothing_else_is():
    assert message("`pipelines sources` lists *it*.") == "`pipelines sources` lists \\*it\\*\\."
    assert message("a ` alone") == plain("a ` alone")


@pytest.mark.parametrize(
    "address",
    ["https://a.example/x", "HTTP://a.example", "www.a.example", "ada@a.example", "mailto:ada@a.example"],
)
def test_an_address_is_no_link(address):
    """Markdown makes links of addresses, and looks for them once escapes are read."""
    read = plain(address).replace("\\", "")
    assert read.replace("\u2060", "") == address
    assert not any(mark in read.lower() for mark in ("http://", "https://", "www.")) and "a@" not in read
