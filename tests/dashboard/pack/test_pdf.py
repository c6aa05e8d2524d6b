"""A pack as PDF: whole, tagged, with its own fonts, and with every text as it stands."""

import re
import sys

import pytest

from dashboard.pack import pdf
from pipelines.errors import NotReady
from tests.dashboard.pack.made import made


def pages(held: bytes) -> list[bytes]:
    """The paper's size of every page."""
    return re.findall(rb"/Type ?/Page\b.*?/MediaBox ?\[([^\]]+)\]", held, re.DOTALL)


@pytest.mark.parametrize(("paper", "size"), [("a4", b"0 0 595.2756 841.8898"), ("us-letter", b"0 0 612 792")])
def test_a_pdf_is_tagged_has_bookmarks_and_its_fonts_and_survives_any_text(tmp_path, paper, size):
    to = tmp_path / "pack.pdf"
    pdf.write(made(), to, paper)
    held = to.read_bytes()
    assert held.startswith(b"%PDF-1.7")
    assert 7 <= len(pages(held)) <= 12
    assert set(pages(held)) == {size}
    for part in (b"/StructTreeRoot", b"/MarkInfo", b"/Outlines", b"/FontFile", b"/Alt", b"pdfuaid:part"):
        assert part in held, part
    assert b"SourceSansPro" in held
    for title in (
        b"Late patches got worse by 18 points, *and* #panic().",
        b"Assurance #panic()",
        b"Top risks",
    ):
        assert b"/Title(%b)/" % title in held, title
    assert "M4 2026: 12 h; M5 2026: 30.2 h (not whole)".encode("utf-16-be").hex().upper().encode() in held
    assert [one.name for one in tmp_path.iterdir()] == ["pack.pdf"]


def test_a_pack_of_nothing_is_a_memo_and_an_appendix(tmp_path):
    nothing = {
        "sections": (),
        "told": {},
        "risks": (),
        "decisions": (),
        "sources": (),
        "drivers": (),
        "since": (),
    }
    more = {"memo": (), "restated": (), "verdict": "", "tally": "", "outlook": "", "data_through": None}
    pdf.write(made().model_copy(update=nothing | more), tmp_path / "pack.pdf")
    assert 2 <= len(pages((tmp_path / "pack.pdf").read_bytes())) <= 3


def test_what_cannot_be_seen_is_left_out_and_a_long_word_can_be_broken():
    assert pdf._clean("a\x00\u202eb\nc\ufeff") == "ab c"
    assert pdf._clean("y" * 30).replace("\u200b", "") == "y" * 30
    assert pdf._clean("INC-12345 of Payments") == "INC-12345 of Payments"


def test_a_missing_font_or_an_unknown_paper_is_told_and_nothing_is_left(tmp_path, monkeypatch):
    with pytest.raises(NotReady, match="a4, us-letter"):
        pdf.write(made(), tmp_path / "pack.pdf", "a5")
    monkeypatch.setitem(sys.modules, "font_source_sans_pro", None)
    with pytest.raises(NotReady, match="Source Sans Pro is not installed"):
        pdf.write(made(), tmp_path / "pack.pdf")
    assert not list(tmp_path.iterdir())
