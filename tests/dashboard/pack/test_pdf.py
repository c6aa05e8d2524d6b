"""A pack as PDF: its pages, bookmarks and drawings, and that no text of it can fail it."""

import re
import sys

import pytest

from dashboard.pack import pdf
from dashboard.pack.pack import Part, Section
from pipelines.errors import NotReady
from tests.dashboard.pack.made import HOSTILE, made, metric

# Among these are an emoji, one with a joiner, Chinese, a mark of Sinhala, and letters with signs that stand on them.
SCRIPTS = "🔥 ⚠️ 👩‍💻 熊猫 ෴ मी বাংলা が مرحبا \x00\x07\u202e\ufeff"


def pages(held: bytes) -> list[bytes]:
    """The paper's size of every page."""
    return re.findall(rb"/Type ?/Page\b.*?/MediaBox ?\[([^\]]+)\]", held, re.DOTALL)


def gaps() -> dict:
    """A pack in which metrics have no value, one value, only zeros or one below it, and a text is anything."""
    parts = tuple(
        Part(
            name=f"{text} {i}", value=i, text=f"{i} h", n=i, status=("off target", "at risk", "on target", None)[i % 4]
        )
        for i, text in enumerate((*HOSTILE, SCRIPTS) * 4)
    )  # fmt: skip
    told = [
        metric("downtime", [50, 41.5, 0, 12, 30.2], parts={"business_unit": parts}),
        metric("nothing", [None, None], text="–", status=None, verdict=None, before="", change="", target=""),
        metric("zeros", [0, 0, 0], title=SCRIPTS),
        metric("credit", [-5, 20, 40], text="CHF 40k"),
        metric("one", [None, 71, None], bars=False, title="x" * 300),
        metric("flat", [70, 70, 70], bars=False, text="not reached", left_out={SCRIPTS: 1}),
        metric("further", [1, 2, None], bars=False, sentence=SCRIPTS, points=()),
    ]
    names = [one.metric for one in told]
    sections = (Section(title="Few", metrics=names[:6]), Section(title="Further #panic()", metrics=names[6:]))
    return {
        "told": {one.metric: one for one in told}, "sections": sections, "missing": ("gone",),
        "verdict": "Downtime got *worse* and #panic().", "memo": (*HOSTILE, SCRIPTS),
    }  # fmt: skip


def test_every_text_is_set_as_it_stands(tmp_path):
    pdf.write(made(**gaps()), tmp_path / "pack.pdf")
    held = (tmp_path / "pack.pdf").read_bytes()
    assert 7 <= len(pages(held)) <= 12
    assert set(pages(held)) == {b"0 0 595.2756 841.8898"}
    assert b"SourceSansPro" in held
    for title in (b"Downtime got *worse* and #panic().", b"Further #panic()", b"Top risks", b"Definitions"):
        assert b"/Title(%b)/" % title in held, title
    drawn = "M4 2026: 12 h; M5 2026: 30.2 h (not whole)"
    assert drawn.encode("utf-16-be").hex().upper().encode() in held
    assert b"/Keywords(Confidential, 2026-Q3)" in held


def test_a_pack_fits_us_letter_too(tmp_path):
    pdf.write(made(), tmp_path / "pack.pdf", "us-letter")
    found = pages((tmp_path / "pack.pdf").read_bytes())
    assert 6 <= len(found) <= 8 and set(found) == {b"0 0 612 792"}


def test_what_cannot_be_seen_is_left_out_and_a_long_word_can_be_broken():
    assert pdf.clean("a\x00\u202eb\nc\ufeff") == "ab c"
    assert pdf.clean("y" * 30).split("\u200b") == ["y" * 12, "y" * 12, "y" * 6]
    assert pdf.clean("INC-12345 of Payments") == "INC-12345 of Payments"


def test_a_font_not_installed_or_an_unknown_paper_is_told_and_nothing_is_left(tmp_path, monkeypatch):
    with pytest.raises(NotReady, match="a4, us-letter"):
        pdf.write(made(), tmp_path / "pack.pdf", "a5")
    monkeypatch.setitem(sys.modules, "font_source_sans_pro", None)
    with pytest.raises(NotReady, match="Source Sans Pro is not installed"):
        pdf.write(made(), tmp_path / "pack.pdf")
    assert not list(tmp_path.iterdir())


def test_a_failure_inside_of_typst_is_told_and_nothing_is_left(tmp_path, monkeypatch):
    class PanicException(BaseException):
        pass

    def failing(*_, **__):
        raise PanicException("index out of bounds")

    monkeypatch.setattr(pdf.typst, "compile", failing)
    with pytest.raises(NotReady, match="typst fails on one of its texts"):
        pdf.write(made(), tmp_path / "pack.pdf")
    assert not list(tmp_path.iterdir())
