"""A pack as slides: opened again, they hold the numbers of the pack, within the slides, and texts that stay texts."""

import io
import re
import sys
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from lxml import etree
from PIL import Image
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.util import Inches, Pt

from dashboard.pack import deck, pptx
from dashboard.pack.pack import Decision, Part, Section
from pipelines.errors import NotReady

sys.path.insert(0, str(Path(__file__).parent))
from made import made, metric
from package import faults

LONG = "Überlange Bezeichnung " * 40
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


@pytest.fixture(scope="module")
def pack():
    """The made-up pack with more to tell than a slide holds."""
    parts = {
        "service": tuple(
            Part(
                name=f"Part {n} {'long ' * (n % 9)}",
                value=n / 7,
                text=f"{n}.5 h",
                n=n,
                verdict="too few to say",
            )
            for n in range(30)
        )
    }
    told = made().told | {
        "many_parts": metric("many_parts", [3.0, -1.5, 2.0], parts=parts, interval="1.25 h to 2.75 h"),
        "hostile": metric(
            "hostile", [1.0, 2.0], title="=1+1", finding=f"<b>{LONG}", sentence=LONG * 3, notes=(LONG, "\x00\x0b|"),
            verdict=None, status=None, before="", change="", target="", definition={"=term": LONG * 9, "x" * 900: "<b>"},
        ),
        "not_reached": metric("not_reached", [None, None], text="not reached", bars=False),
    }  # fmt: skip
    return made(
        told=told,
        sections=(
            Section(
                title="Few", metrics=("downtime", "cost", "share", "many_parts", "hostile", "not_reached")
            ),
            Section(title="=More", metrics=tuple(told) * 4),
        ),
        decisions=tuple(
            Decision(
                key=str(n), text=f"Decide {n} {LONG[: n * 40]}", owner=f"Owner {n}", due=date(2026, 11, n)
            )
            for n in range(1, 13)
        ),
        memo=("=HYPERLINK(1)", "熊猫" * 300, *["A paragraph that somebody wrote. " * 12] * 8, LONG * 8),
        missing=("gone_metric",),
    )


@pytest.fixture(scope="module")
def file(pack, tmp_path_factory):
    to = tmp_path_factory.mktemp("slides") / "pack.pptx"
    pptx.write(pack, to)
    assert [one.name for one in to.parent.iterdir()] == ["pack.pptx"]
    return to


@pytest.fixture(scope="module")
def show(file):
    return Presentation(str(file))


def texts(slide) -> str:
    return "\n".join("".join(t.text or "" for t in p.iter(f"{A}t")) for p in slide.element.iter(f"{A}p"))


def charts(slide) -> list:
    return [shape.chart for shape in slide.shapes if shape.has_chart]


def inside(show) -> None:
    """No shape beyond its slide or over its foot, and no table longer than what its rows need."""
    for slide in show.slides:
        for shape in slide.shapes:
            right, bottom = shape.left + shape.width, shape.top + shape.height
            assert shape.left >= 0 and shape.top >= 0 and shape.width > 0 and shape.height > 0, shape.name
            assert right <= show.slide_width and bottom <= show.slide_height, (texts(slide)[:60], shape.name)
            if shape.has_text_frame and not shape.is_placeholder:
                width = shape.width - shape.text_frame.margin_left - shape.text_frame.margin_right
                told = [
                    deck.Line(
                        p.text, p.runs[0].font.size.pt, above=p.space_before.pt if p.space_before else 0
                    )
                    for p in shape.text_frame.paragraphs
                    if p.runs and p.runs[0].font.size
                ]
                assert deck.height(told, width) <= shape.height, (slide.shapes.title.text_frame.text, told)
            if shape.has_table:
                assert shape.height == sum(row.height for row in shape.table.rows)
                for row in shape.table.rows:
                    for cell, column in zip(row.cells, shape.table.columns, strict=True):
                        high = sum(
                            len(deck.lines(p.text, column.width - 2 * deck.INSET, p.runs[0].font.size.pt))
                            * p.runs[0].font.size.pt
                            for p in cell.text_frame.paragraphs
                            if p.runs
                        )
                        assert Pt(high) <= row.height, cell.text[:60]


def test_the_first_slide_asks_and_the_dashboard_tells_the_few(show, pack):
    slides = list(show.slides)
    assert slides[0].shapes.title.text_frame.text == pack.verdict
    dashboard = next(s for s in slides if s.shapes.title.text_frame.text == "Few")
    for told in pack.few:
        assert told.text in texts(dashboard) and told.title in texts(dashboard)
    assert "target ≤ 10 h (3.3 h a month)" in texts(dashboard)
    assert len(charts(dashboard)) == 4  # two of the six have no value in any period
    assert "■ off target" in texts(dashboard) and "○ no target" in texts(dashboard)
    small = made()
    assert len(small.few) < 3


def test_every_number_stands_in_it(show, pack):
    words = "\n".join(map(texts, show.slides))
    for t in pack.told.values():
        for text in (t.text, t.before, t.change, t.interval, t.target, t.title, *t.left_out):
            assert text in words, (t.metric, text)
    for t in pack.few:
        for part in (p for parts in t.parts.values() for p in parts):
            assert part.text in words
    for text in (
        "Part 29",
        "Owner 12",
        "11 Nov 2026",
        "€1m to €3m",
        "−0.6 h",
        "load 9",
        "gone_metric",
        "Decide 12",
        "-1 decided",
        "=yes()",
        "done 2 Sep 2026",
        "7.4 h",
        "What changed since the pack of Quarter 2, 2026",
    ):
        assert text in words, text
    assert sum("somebody wrote" in line for line in words.split("\n")) >= 8


def test_charts_hold_the_raw_values_and_no_formula(show, pack):
    found = {}
    for slide in show.slides:
        for chart in charts(slide):
            series = [one for plot in chart.plots for one in plot.series]
            found.setdefault(series[0].name, []).append((chart, series))
    for told in pack.few:
        if all(p.value is None for p in told.points):
            assert told.title not in found
            continue
        assert len(found[told.title]) == 2  # its card and its slide
        for chart, (values, goal) in found[told.title]:
            assert list(values.values) == [p.value for p in told.points]
            assert list(goal.values) == [p.target for p in told.points] and goal.name == "Target"
            assert list(chart.plots[0].categories) == [p.label for p in told.points]
            from_zero = told.bars and min(p.value or 0 for p in told.points) >= 0
            least = chart.value_axis.minimum_scale
            if told.bars:
                assert least == (0 if from_zero else None)
            else:
                assert least < min(p.value for p in told.points if p.value is not None)
            tags = [plot._element.tag for plot in chart.plots]
            assert tags == ([f"{C}barChart", f"{C}lineChart"] if told.bars else [f"{C}lineChart"])
            assert goal._element.find(f"{C}marker/{C}symbol").get("val") == "none"
            order = [
                "idx",
                "order",
                "tx",
                "spPr",
                "invertIfNegative",
                "marker",
                "dPt",
                "dLbls",
                "cat",
                "val",
                "smooth",
            ]
            for one in (values, goal):
                tags = [etree.QName(child).localname for child in one._element]
                assert tags == sorted(tags, key=order.index)
            book = openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))
            head, *rows = book.active.iter_rows(values_only=True)
            assert head[1:] == (told.title, "Target")
            assert rows == [(p.label, p.value, p.target) for p in told.points]
            assert not [c for row in book.active.iter_rows() for c in row if c.data_type == "f"]


def test_no_line_leads_to_what_begins_anew(tmp_path):
    line = metric("share", [80.0, None, 92.5, 93.0], bars=False)
    points = tuple(
        p.model_copy(update={"anew": "1 Feb 2026: another target" * (n == 1)})
        for n, p in enumerate(line.points)
    )
    pack = made(
        told={"share": line.model_copy(update={"points": points})},
        sections=(Section(title="Few", metrics=("share",)),),
    )
    pptx.write(pack, tmp_path / "pack.pptx")
    for chart in (c for slide in Presentation(tmp_path / "pack.pptx").slides for c in charts(slide)):
        without = chart._chartSpace.findall(f".//{C}dPt[{C}spPr]")
        hidden = [
            p.find(f"{C}idx").get("val") for p in without if p.find(f"{C}spPr/{A}ln/{A}noFill") is not None
        ]
        assert hidden == ["2"], "the next value, since there is none where it begins"
    assert "begins anew, 1 Feb 2026: another target" in "".join(
        shape._element.xpath("string(.//p:cNvPr/@descr)")
        for slide in Presentation(tmp_path / "pack.pptx").slides
        for shape in slide.shapes
    )


def test_nothing_stands_outside_of_a_slide(show):
    inside(show)
    assert (show.slide_width, show.slide_height) == (Inches(40 / 3), Inches(7.5))


def test_each_slide_has_its_title_foot_number_and_notes(show, pack):
    for number, slide in enumerate(show.slides, 1):
        assert slide.shapes.title.text_frame.text
        foot = next(p for p in slide.placeholders if p.placeholder_format.type == PP_PLACEHOLDER.FOOTER)
        for said in ("Confidential", "Example & Sons", "Quarter 3, 2026", "data complete through 2 Oct 2026"):
            assert said in foot.text_frame.text
        field = slide.element.find(f".//{A}fld")
        assert field.get("type") == "slidenum" and field.find(f"{A}t").text == str(number)
        assert "A tool, incident, complete through 2 Oct 2026" in slide.notes_slide.notes_text_frame.text
        ids = [shape.shape_id for shape in slide.shapes]
        assert len(ids) == len(set(ids))
    notes = "".join(slide.notes_slide.notes_text_frame.text for slide in show.slides)
    assert "Question: How long?" in notes and "Counted: #let x = 1" in notes


def test_the_properties_and_the_size(show, file, pack):
    held = show.core_properties
    assert held.title == "Example & Sons: Board quarterly, Quarter 3, 2026"
    assert held.subject.startswith("Confidential: ") and "Confidential" in held.keywords
    assert file.stat().st_size < 2_000_000


def test_the_package_is_whole(file):
    with ZipFile(file) as held:
        names = held.namelist()
        assert not [name for name in names if "thumbnail" in name]
        assert len(names) == len(set(names))
        for name in names:
            if name.endswith((".xml", ".rels")):
                root = etree.fromstring(held.read(name))
                assert not [e for e in root.iter() if "hlinkClick" in str(e.tag)]
                if name.endswith(".rels"):
                    assert not root.findall("*[@TargetMode='External']"), name


def test_powerpoint_finds_nothing_to_repair(file):
    assert faults(file) == []


def test_what_powerpoint_would_repair_is_found(file, tmp_path):
    """The look at a package sees what it is for."""
    broken = tmp_path / "broken.pptx"
    with ZipFile(file) as held, ZipFile(broken, "w") as out:
        chart = next(name for name in held.namelist() if name.startswith("ppt/charts/chart"))
        for name in held.namelist():
            content = held.read(name)
            if name == "ppt/slides/slide1.xml":
                content = re.sub(rb'<p:cNvPr id="\d+"', b'<p:cNvPr id="2"', content)
            if name != chart:
                out.writestr(name, content)
        out.writestr("ppt/slides/slide999.xml", "<a/>")
    found = " ".join(faults(broken))
    for said in (f"leads to {chart}, which is not there", f"{chart} has a type and is not there",
                 "slide999.xml is reached from nowhere", "two shapes have the id 2"):  # fmt: skip
        assert said in found, (said, found)


def design(to: Path, wide: bool, foot: bool) -> Path:
    """A company's template: a slide of its own, a picture on its master, and a title lower than ours."""
    own = Presentation()
    if wide:
        own.slide_width, own.slide_height = Inches(16), Inches(9)
    picture = io.BytesIO()
    Image.new("RGB", (9, 9), "red").save(picture, "png")
    own.slides.add_slide(own.slide_layouts[1]).shapes.title.text = "OLD SLIDE"
    own.slides[0].shapes.add_picture(picture, 0, 0)
    if not foot:
        for layout in own.slide_layouts:
            for one in [p for p in layout.placeholders if p.placeholder_format.idx >= 10]:
                one.element.getparent().remove(one.element)
    own.save(str(to))
    return to


@pytest.mark.parametrize(("wide", "foot"), [(True, True), (False, False)])
def test_a_template_gives_its_size_and_layouts_and_keeps_none_of_its_slides(tmp_path, pack, wide, foot):
    template = design(tmp_path / "own.pptx", wide, foot)
    before = template.read_bytes()
    pptx.write(pack, tmp_path / "pack.pptx", template)
    show = Presentation(str(tmp_path / "pack.pptx"))
    assert show.slide_width == Inches(16 if wide else 10)
    assert "OLD SLIDE" not in "".join(map(texts, show.slides))
    assert faults(tmp_path / "pack.pptx") == []
    assert all("Confidential" in texts(slide) for slide in show.slides)
    inside(show)
    assert template.read_bytes() == before
    with ZipFile(tmp_path / "pack.pptx") as held:
        assert not [name for name in held.namelist() if name.startswith("ppt/media")]
        theme = held.read("ppt/theme/theme1.xml").decode()
    assert 'lastClr="000000"' in theme and "24507A" not in theme


def test_a_template_that_is_none_is_named(tmp_path):
    text, book = tmp_path / "notes.pptx", tmp_path / "book.pptx"
    text.write_text("no presentation", "utf-8")
    openpyxl.Workbook().save(book)
    for wrong in (text, book, tmp_path):
        with pytest.raises(NotReady, match=r"is not a PowerPoint presentation\. Open it in PowerPoint"):
            pptx.write(made(), tmp_path / "pack.pptx", wrong)
    with pytest.raises(NotReady, match="There is no template"):
        pptx.write(made(), tmp_path / "pack.pptx", tmp_path / "gone.pptx")
    bare = Presentation()
    for layout in bare.slide_layouts:
        for one in list(layout.placeholders):
            one.element.getparent().remove(one.element)
    bare.save(str(tmp_path / "bare.pptx"))
    with pytest.raises(NotReady, match="no layout with a title"):
        pptx.write(made(), tmp_path / "pack.pptx", tmp_path / "bare.pptx")
    assert not [one for one in tmp_path.iterdir() if "pack" in one.name]


def test_a_pack_without_anything_is_written_too(tmp_path):
    empty = made(
        told={}, sections=(), memo=(), since=(), drivers=(), decisions=(), settled=(), compared=(), risks=(), sources=(), restated=(), frozen_at=None,
        data_through=None, closed=False, outlook="",
    )  # fmt: skip
    pptx.write(empty, tmp_path / "pack.pptx")
    (slide,) = Presentation(str(tmp_path / "pack.pptx")).slides
    assert "Quarter 3, 2026, so far · no data · draft" in texts(slide)


def test_a_heading_goes_on_with_what_it_is_of():
    slides = pptx.Slides(made(), None)
    slide = slides.deck.slide("Title", "")
    told = [deck.Line("First"), deck.Line("Ahead", 11, "accent", bold=True), deck.Line("Nothing is overdue.")]
    box = slides.area._replace(height=deck.height(told[:2], slides.area.width) + Pt(4))
    assert [line.text for line in slides.flow(slide, box, told)] == ["Ahead", "Nothing is overdue."]
    assert slide.shapes[-1].text_frame.text == "First"
    assert slides.flow(slide, slides.area, told) == []
