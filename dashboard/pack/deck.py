"""Slides as a template lays them out: its title, footer and number, and texts, tables and charts in the room it leaves.

Colours and fonts are those of the theme, so that another template changes them all; only states have colours of their own.
"""

import unicodedata
from collections.abc import Sequence
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple
from zipfile import BadZipFile

from lxml import etree
from pptx import Presentation
from pptx.dml.color import ColorFormat, RGBColor
from pptx.enum.dml import MSO_THEME_COLOR as THEME
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.shapes import PP_PLACEHOLDER as KIND
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.exc import PythonPptxError
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.presentation import Presentation as Show
from pptx.slide import Slide, SlideLayout
from pptx.text.text import TextFrame
from pptx.util import Emu, Inches, Pt

from dashboard.pack.look import STATES
from pipelines.errors import NotReady

LOOKS = {
    "ink": (THEME.TEXT_1, 0),
    "soft": (THEME.TEXT_1, 0.35),
    "line": (THEME.BACKGROUND_1, -0.15),
    "accent": (THEME.ACCENT_1, 0),
    "pale": (THEME.ACCENT_1, 0.6),
}
COLOURS = {
    "dk1": "1D2430", "lt1": "FFFFFF", "dk2": "24507A", "lt2": "F4F2EE", "accent1": "24507A", "accent2": "8A93A0",
    "accent3": "5B6472", "accent4": "8F5A00", "accent5": "1F7A4D", "accent6": "B3261E", "hlink": "24507A", "folHlink": "5B6472",
}  # fmt: skip
FONT = "Calibri"
WIDE = 12_192_000
# Of most fonts, so that a text has room in a template's own: a letter's width and a line's height, in sizes.
LETTER, LINE = 0.53, 1.22
PLAIN = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # PowerPoint's table style without fills and lines
INSET, GUTTER = Inches(0.05), Inches(0.12)
UNDER = 2
WIDER = "\ufffe"  # stands behind a wide letter while lines are counted


class Box(NamedTuple):
    """A place on a slide."""

    left: int
    top: int
    width: int
    height: int


class Line(NamedTuple):
    """A paragraph: its text, size in points and look, and the room above it in points."""

    text: str
    size: float = 12
    look: str = "ink"
    bold: bool = False
    above: float = 0


class Cell(NamedTuple):
    """A text in a table that stands out, and a quieter one under it."""

    text: str
    look: str = "ink"
    bold: bool = False
    under: str = ""


class Column(NamedTuple):
    """A column of a table: its heading, its part of the width, and whether it holds numbers."""

    head: str
    part: float
    right: bool = False


class Deck:
    """Slides of one template, each with the same foot."""

    def __init__(self, foot: str, template: Path | None = None):
        self.show = _opened(template) if template else _ours()
        # A thumbnail shows a slide that is gone.
        package = self.show.part.package
        for name in [rel.rId for rel in package._rels.values() if rel.reltype == RT.THUMBNAIL]:
            package._rels.pop(name)
        self.foot = foot
        self.layout = _layout(self.show, template)
        self.placed = {p.placeholder_format.type: p for p in self.layout.placeholders}
        self.area = self._area()

    def slide(self, title: str, notes: str) -> Slide:
        """A new slide with its title, foot, number and notes."""
        slide = self.show.slides.add_slide(self.layout)
        head = slide.shapes.title
        for other in [p for p in slide.placeholders if p.placeholder_format.idx]:
            other.element.getparent().remove(other.element)
        size, said = fit(title, head.width, head.height, (24, 22, 20, 18, 16, 14, 12))
        head.text_frame.text = said.replace("\n", " ")
        head.text_frame.word_wrap = True
        for run in head.text_frame.paragraphs[0].runs:
            run.font.size = Pt(size)
        self._foot(slide)
        frame = slide.notes_slide.notes_text_frame
        if frame is not None:
            frame.text = notes
        return slide

    def text(self, slide: Slide, box: Box, lines: Sequence[Line]) -> None:
        frame = slide.shapes.add_textbox(*box).text_frame
        _lines(frame, lines)

    def card(self, slide: Slide, box: Box, lines: Sequence[Line]) -> None:
        """Lines in a frame."""
        shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *box)
        shape.fill.background()
        shape.element.remove(shape.element.find(qn("p:style")))  # of which the shadow comes
        paint(shape.line.color, "line")
        shape.line.width = Pt(0.75)
        _lines(shape.text_frame, lines, Inches(0.12))

    def table(
        self,
        slide: Slide,
        box: Box,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str | Cell]],
        size: float = 11,
        grouped: bool = False,
        title: str = "",
    ) -> None:
        """A real table; what has no room in the box goes on over further slides of the same title and notes.

        grouped: rows that begin alike say so once on each slide. title: of the further slides, where it is another.
        """
        while rows:
            widths = _widths(columns, box.width)
            rooms = _rooms(columns, widths)
            heights, taken = [_height([c.head for c in columns], rooms, size - 1, box.height)], 0
            for row in rows:
                height = _height(row, rooms, size, box.height - heights[0])
                if taken and sum(heights) + height > box.height:
                    break
                heights.append(height)
                taken += 1
            shown = [
                ["", *row[1:]] if grouped and n and row[0] == rows[n - 1][0] else row
                for n, row in enumerate(rows[:taken])
            ]
            self._table(slide, box, columns, shown, widths, heights, size)
            rows = rows[taken:]
            if rows:
                title = title or slide.shapes.title.text_frame.text
                notes = slide.notes_slide.notes_text_frame
                title = f"{title.removesuffix(', continued')}, continued"
                slide, box = self.slide(title, notes.text if notes is not None else ""), self.area

    def needs(
        self, columns: Sequence[Column], rows: Sequence[Sequence[str | Cell]], width: int, size: float = 11
    ) -> int:
        """How high a table stands in a width."""
        rooms = _rooms(columns, _widths(columns, width))
        head = _height([c.head for c in columns], rooms, size - 1, self.area.height)
        return head + sum(_height(row, rooms, size, self.area.height) for row in rows)

    def _table(self, slide, box, columns, rows, widths, heights, size) -> None:
        frame = slide.shapes.add_table(
            len(rows) + 1, len(columns), box.left, box.top, box.width, sum(heights)
        )
        table = frame.table
        table._tbl.tblPr.find(qn("a:tableStyleId")).text = PLAIN
        table.horz_banding = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        heads = [Cell(c.head, "soft", bold=True) for c in columns]
        for number, (row, told, height) in enumerate(zip(table.rows, [heads, *rows], heights, strict=True)):
            row.height = height
            points = size if number else size - 1
            most = box.height if not number else box.height - heights[0]
            for cell, one, column, width, room in zip(
                row.cells, told, columns, widths, _rooms(columns, widths), strict=True
            ):
                held = one if isinstance(one, Cell) else Cell(one)
                cell.margin_left, cell.margin_right = width - room - INSET, INSET
                cell.margin_top = cell.margin_bottom = INSET // 2
                cell.vertical_anchor = MSO_ANCHOR.TOP if number else MSO_ANCHOR.BOTTOM
                _, said = fit(held.text, room, most - INSET, (points,))
                cell.text_frame.text = said
                first = len(cell.text_frame.paragraphs)
                if held.under and said == held.text:
                    left = most - INSET - Pt(len(lines(said, room, points)) * points * LINE)
                    if left >= Pt(points * LINE):
                        under = fit(held.under, room, left, (points - UNDER,))[1]
                        cell.text_frame.add_paragraph().add_run().text = under.replace("\n", " ")
                for n, paragraph in enumerate(cell.text_frame.paragraphs):
                    paragraph.alignment = PP_ALIGN.RIGHT if column.right else PP_ALIGN.LEFT
                    for run in paragraph.runs:
                        if n < first:
                            _font(run.font, points, "" if held.look == "ink" else held.look, held.bold)
                        else:
                            _font(run.font, points - UNDER, "soft", bold=False)
                    # An empty paragraph stands as high as its end mark, which is large where nothing says otherwise.
                    paragraph._p.get_or_add_endParaRPr().set("sz", str(int(points * 100)))
                _underline(cell, strong=not number)

    def _area(self) -> Box:
        """The room below the title and above the foot."""
        high, wide = self.show.slide_height, self.show.slide_width
        title = self.placed.get(KIND.TITLE) or self.placed[KIND.CENTER_TITLE]
        top = title.top + title.height + Inches(0.08)
        feet = [self.placed[k].top for k in (KIND.FOOTER, KIND.SLIDE_NUMBER) if k in self.placed]
        bottom = min([high - Inches(0.42), *(f for f in feet if f > high * 0.75)]) - Inches(0.08)
        left, right = max(title.left, 0), min(title.left + title.width, wide)
        if bottom - top < high * 0.5 or right - left < wide * 0.6:
            margin = Inches(0.5)
            left, right, top = margin, wide - margin, min(top, int(high * 0.25))
        return Box(left, top, right - left, bottom - top)

    def _foot(self, slide: Slide) -> None:
        """The foot and the number of the slide, where the template has them, or else at the bottom."""
        high, strip = self.show.slide_height, Inches(0.36)
        number = Inches(0.7)
        spots = {
            KIND.FOOTER: Box(self.area.left, high - strip, self.area.width - number, strip),
            KIND.SLIDE_NUMBER: Box(self.area.left + self.area.width - number, high - strip, number, strip),
        }
        for kind, free in spots.items():
            spot = free
            place = self.placed.get(kind)
            if place is not None:
                element = deepcopy(place.element)
                slide.shapes._spTree.append(element)
                shape = slide.shapes[-1]
                spot = Box(place.left, place.top, place.width, place.height)
            else:
                shape = slide.shapes.add_textbox(*spot)
            shape.element.nvSpPr.cNvPr.set("id", str(max(s.shape_id for s in slide.shapes) + 1))
            frame = shape.text_frame
            if place is None and kind == KIND.SLIDE_NUMBER:
                frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
            if kind == KIND.FOOTER:
                size, said = fit(self.foot, spot.width - Inches(0.2), spot.height, (10, 9, 8, 7, 6))
                frame.text = said
                frame.word_wrap = True
                for run in frame.paragraphs[0].runs:
                    run.font.size = Pt(size)
            else:
                frame.text = ""
                paragraph = frame.paragraphs[0]._p
                field = (
                    f'<a:fld {nsdecls("a")} id="{{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}}" type="slidenum">'
                    f'<a:rPr lang="en-GB" sz="1000"/><a:t>{len(self.show.slides)}</a:t></a:fld>'
                )
                paragraph.insert_element_before(parse_xml(field), "a:endParaRPr")


def paint(colour: ColorFormat, look: str) -> None:
    """Give a colour its look: of the theme, or of a state."""
    if look in STATES:
        colour.rgb = RGBColor.from_string(STATES[look][1:].upper())
        return
    colour.theme_color, brightness = LOOKS[look]
    if brightness:
        colour.brightness = brightness


@lru_cache(maxsize=4096)
def lines(text: str, width: int, size: float) -> tuple[str, ...]:
    """A text as it breaks in a width; wide letters count twice."""
    letters = max(int(Emu(width).pt / (LETTER * size)), 1)
    if not text.isascii():
        text = "".join(c + WIDER if unicodedata.east_asian_width(c) in "WF" else c for c in text)
    broken = [line for part in text.split("\n") for line in wrap(part, letters) or [""]]
    return tuple(line.replace(WIDER, "") for line in broken)


def cut(text: str, width: int, size: float, most: int) -> tuple[str, str]:
    """The first lines of a text and what is left of it, as it stands."""
    held = sum(not c.isspace() for line in lines(text, width, size)[:most] for c in line)
    for place, letter in enumerate(text):
        if not letter.isspace():
            if not held:
                return text[:place].rstrip(), text[place:]
            held -= 1
    return text, ""


def fit(text: str, width: int, height: int, sizes: Sequence[float]) -> tuple[float, str]:
    """The largest size in which a text has room, and the text, cut where it has none in the smallest."""
    for size in sizes:
        if len(lines(text, width, size)) * size * LINE <= Emu(height).pt:
            return size, text
    most = max(int(Emu(height).pt / (sizes[-1] * LINE)), 1)
    return sizes[-1], cut(text, width, sizes[-1], most)[0][:-2].rstrip() + "…"


def height(told: Sequence[Line], width: int) -> int:
    """How high lines stand in a width."""
    return sum(Pt(len(lines(t.text, width, t.size)) * t.size * LINE + t.above) for t in told)


def _lines(frame: TextFrame, told: Sequence[Line], inset: int = 0) -> None:
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = inset
    frame.margin_top = frame.margin_bottom = inset * 2 // 3
    for number, line in enumerate(told):
        paragraph = frame.add_paragraph() if number else frame.paragraphs[0]
        paragraph.alignment = PP_ALIGN.LEFT
        paragraph.space_before = Pt(line.above)
        run = paragraph.add_run()
        run.text = line.text.replace("\n", " ")
        _font(run.font, line.size, line.look, line.bold)


def _font(font, size: float, look: str, bold: bool) -> None:
    font.size = Pt(size)
    font.bold = bold
    if look:
        paint(font.color, look)


def _widths(columns: Sequence[Column], width: int) -> list[int]:
    whole = sum(c.part for c in columns)
    return [int(width * c.part / whole) for c in columns]


def _rooms(columns: Sequence[Column], widths: Sequence[int]) -> list[int]:
    """What each column has for its text; one of words stands apart from numbers that end where it begins."""
    before = [False, *(c.right for c in columns)]
    return [
        width - 2 * INSET - (GUTTER if right and not column.right else 0)
        for column, width, right in zip(columns, widths, before, strict=False)
    ]


def _height(row: Sequence[str | Cell], rooms: Sequence[int], size: float, most: int) -> int:
    highest = 0.0
    for cell, room in zip(row, rooms, strict=True):
        held = cell if isinstance(cell, Cell) else Cell(cell)
        points = len(lines(held.text, room, size)) * size * LINE
        if held.under:
            points += len(lines(held.under, room, size - UNDER)) * (size - UNDER) * LINE
        highest = max(highest, points)
    return min(Pt(highest) + INSET, most)


def _underline(cell, strong: bool) -> None:
    """A thin line below a cell, which python-pptx has no words for."""
    look = (
        '<a:schemeClr val="tx1"><a:lumMod val="65000"/><a:lumOff val="35000"/></a:schemeClr>'
        if strong
        else '<a:schemeClr val="bg1"><a:lumMod val="85000"/></a:schemeClr>'
    )
    line = f'<a:lnB {nsdecls("a")} w="6350"><a:solidFill>{look}</a:solidFill></a:lnB>'
    cell._tc.get_or_add_tcPr().insert(0, parse_xml(line))


def _opened(template: Path) -> Show:
    """A company's template without its slides."""
    wrong = f"The template {template} is not a PowerPoint presentation"
    todo = "Open it in PowerPoint, save it as .pptx without a password, and name that file."
    if not template.exists():
        raise NotReady(f"There is no template {template}. Name a .pptx that is there.")
    try:
        show = Presentation(str(template))
        for number in list(show.slides._sldIdLst):
            show.part.drop_rel(number.rId)
            show.slides._sldIdLst.remove(number)
    except (PythonPptxError, BadZipFile, KeyError, ValueError, AttributeError, SyntaxError, OSError) as error:
        raise NotReady(f"{wrong}. {todo}") from error
    # Sections and shows name the slides that are gone: PowerPoint would offer to repair the file.
    element = show.part._element
    for tag in ("p:custShowLst", "p:extLst"):
        for found in element.findall(qn(tag)):
            element.remove(found)
    return show


def _layout(show: Show, template: Path | None) -> SlideLayout:
    """The layout that has a title and the least besides; the highest title where several are alike."""
    own = (KIND.TITLE, KIND.CENTER_TITLE, KIND.DATE, KIND.FOOTER, KIND.SLIDE_NUMBER)
    found = []
    for number, layout in enumerate(show.slide_layouts):
        kinds = {p.placeholder_format.type: p for p in layout.placeholders}
        title = kinds.get(KIND.TITLE) or kinds.get(KIND.CENTER_TITLE)
        if title is not None and title.width and title.height:
            others = sum(p.placeholder_format.type not in own for p in layout.placeholders)
            found.append((KIND.TITLE not in kinds, others, title.top, number, layout))
    if not found:
        raise NotReady(
            f"The template {template} has no layout with a title. Add one in its slide master, with a title at the top."
        )
    return min(found, key=lambda one: one[:4])[4]


def _ours() -> Show:
    """The default master, made 16:9 with our colours and fonts."""
    show = Presentation()
    stretch = WIDE / show.slide_width
    show.slide_width = Emu(WIDE)
    master = show.slide_master
    for shape in (*master.placeholders, *(p for layout in show.slide_layouts for p in layout.placeholders)):
        if shape.element.spPr.xfrm is not None:
            shape.left, shape.width = int(shape.left * stretch), int(shape.width * stretch)
    margin, width = Inches(0.55), WIDE - 2 * Inches(0.55)
    spots = {
        KIND.TITLE: Box(margin, Inches(0.32), width, Inches(0.86)),
        KIND.BODY: Box(margin, Inches(1.3), width, Inches(5.6)),
        KIND.FOOTER: Box(margin, Inches(7.02), width - Inches(0.9), Inches(0.3)),
        KIND.SLIDE_NUMBER: Box(WIDE - margin - Inches(0.8), Inches(7.02), Inches(0.8), Inches(0.3)),
    }
    for shape in master.placeholders:
        if spot := spots.get(shape.placeholder_format.type):
            shape.left, shape.top, shape.width, shape.height = spot
            props = shape.text_frame._txBody.bodyPr
            props.set("lIns", "0")
            props.set("rIns", "0")
    styles = master.element.find(qn("p:txStyles"))
    title = styles.find(qn("p:titleStyle")).find(qn("a:lvl1pPr"))
    title.set("algn", "l")
    title.find(qn("a:defRPr")).set("sz", "2400")
    title.find(qn("a:defRPr")).set("b", "1")
    for shape in master.placeholders:
        if shape.placeholder_format.type == KIND.FOOTER:
            for level in shape.element.iter(qn("a:lvl1pPr")):
                level.set("algn", "l")
    theme = master.part.part_related_by(RT.THEME)
    root = etree.fromstring(theme.blob)
    for name, colour in COLOURS.items():
        spot = root.find(f".//{qn('a:clrScheme')}/{qn(f'a:{name}')}")
        spot[:] = [spot.makeelement(qn("a:srgbClr"), {"val": colour})]
    for latin in root.iterfind(f".//{qn('a:fontScheme')}/*/{qn('a:latin')}"):
        latin.set("typeface", FONT)
    theme._blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return show
