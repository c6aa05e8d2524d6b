"""A trend as a chart of a presentation: native, with its data, and a target as its own series."""

import io
from itertools import pairwise

import xlsxwriter
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_MARK,
)
from pptx.enum.dml import MSO_LINE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.slide import Slide
from pptx.util import Emu, Pt

from dashboard.pack.deck import LETTER, Box, paint
from dashboard.pack.look import every
from dashboard.pack.pack import Told

LABEL = 9


def chart(slide: Slide, box: Box, told: Told, large: bool) -> bool:
    """Draw a trend; False where it has no value. large: with its labels and a legend."""
    if all(p.value is None for p in told.points):
        return False
    goal = any(p.target is not None for p in told.points)
    series = [(told.title, [p.value for p in told.points])]
    if goal:
        series.append(("Target", [p.target for p in told.points]))
    labels = [p.label for p in told.points]
    data = CategoryChartData()
    data.categories = labels
    for name, values in series:
        data.add_series(name, values)
    kind = XL_CHART_TYPE.COLUMN_CLUSTERED if told.bars else XL_CHART_TYPE.LINE_MARKERS
    frame = slide.shapes.add_chart(kind, *box, data)
    figure = frame.chart
    figure.part.chart_workbook.update_from_xlsx_blob(_workbook(labels, series))
    frame.name = f"Trend: {told.title}"
    said = ", ".join(
        f"{p.label} {p.text}{'' if p.whole else ' so far'}{f' (begins anew, {p.anew})' * bool(p.anew)}"
        for p in told.points
    )
    frame._element.nvGraphicFramePr.cNvPr.set("descr", f"{told.title}: {said}")
    figure.has_title = False
    figure.font.size = Pt(LABEL)
    paint(figure.font.color, "soft")
    figure.has_legend = goal and large
    if figure.has_legend:
        figure.legend.position = XL_LEGEND_POSITION.BOTTOM
        figure.legend.include_in_layout = False
    _axes(figure, told, large)
    _values(figure, told, box, large)
    if goal:
        _goal(figure, told)
    return True


def _axes(figure, told: Told, large: bool) -> None:
    values, names = figure.value_axis, figure.category_axis
    values.visible = False
    values.has_major_gridlines = False
    if not told.bars:
        # A line need not begin at zero: what moves in it is to be seen.
        drawn = [v for p in told.points for v in (p.value, p.target) if v is not None]
        room = (max(drawn) - min(drawn)) or abs(max(drawn)) or 1
        values.minimum_scale, values.maximum_scale = min(drawn) - 0.15 * room, max(drawn) + 0.25 * room
    elif all((p.value or 0) >= 0 for p in told.points):
        values.minimum_scale = 0
    names.visible = large
    names.has_major_gridlines = False
    names.major_tick_mark = XL_TICK_MARK.NONE
    paint(names.format.line.color, "line")


def _values(figure, told: Told, box: Box, large: bool) -> None:
    """The values: what is not whole is pale, the newest stands out, and labels say the texts of the pack."""
    series = figure.series[0]
    held = [n for n, p in enumerate(told.points) if p.value is not None]
    if told.bars:
        figure.plots[0].gap_width = 45
        series.invert_if_negative = False
        series.format.fill.solid()
        paint(series.format.fill.fore_color, "accent")
    else:
        # A trend of quarters has months without a value: its line goes on over them.
        figure._chartSpace.chart.find(qn("c:dispBlanksAs")).set("val", "span")
        series.smooth = False
        series.format.line.width = Pt(2)
        paint(series.format.line.color, "accent")
        series.marker.style = XL_MARKER_STYLE.CIRCLE
        series.marker.size = 5
        _marker(series.marker, "accent")
        for before, number in pairwise(held):
            if any(p.anew for p in told.points[before + 1 : number + 1]):
                series.points[number].format.line.fill.background()
                _marker(series.points[number].marker, "accent")
    for number in held:
        if not told.points[number].whole:
            point = series.points[number]
            if told.bars:
                point.format.fill.solid()
                paint(point.format.fill.fore_color, "pale")
            else:
                _marker(point.marker, "pale")
    longest = max(len(told.points[n].text) for n in held) * LETTER * LABEL + 6
    step = every(len(told.points), longest, Emu(box.width).pt) if large else len(told.points)
    for number in held[::-1][::step]:
        label = series.points[number].data_label
        label.text_frame.text = told.points[number].text
        label.text_frame.word_wrap = False
        font = label.text_frame.paragraphs[0].runs[0].font
        font.size, font.bold = Pt(LABEL), number == held[-1]
        paint(font.color, "ink")
        label.position = XL_LABEL_POSITION.OUTSIDE_END if told.bars else XL_LABEL_POSITION.ABOVE


def _marker(marker, look: str) -> None:
    marker.format.fill.solid()
    paint(marker.format.fill.fore_color, look)
    paint(marker.format.line.color, "accent")


def _goal(figure, told: Told) -> None:
    """The target as a dotted line, over bars too, which python-pptx cannot mix by itself."""
    goal = figure.series[1]
    goal.format.line.width = Pt(1.25)
    goal.format.line.dash_style = MSO_LINE.ROUND_DOT
    paint(goal.format.line.color, "soft")
    if not told.bars:
        goal.marker.style = XL_MARKER_STYLE.NONE
        goal.smooth = False
        return
    bars = figure._chartSpace.find(f".//{qn('c:barChart')}")
    lines = parse_xml(
        f'<c:lineChart {nsdecls("c")}><c:grouping val="standard"/><c:varyColors val="0"/></c:lineChart>'
    )
    moved = bars.findall(qn("c:ser"))[1]
    for old in moved.findall(qn("c:invertIfNegative")):
        moved.remove(old)
    unmarked = f'<c:marker {nsdecls("c")}><c:symbol val="none"/></c:marker>'
    moved.find(qn("c:cat")).addprevious(parse_xml(unmarked))
    moved.append(parse_xml(f'<c:smooth {nsdecls("c")} val="0"/>'))
    lines.append(moved)
    lines.append(parse_xml(f'<c:marker {nsdecls("c")} val="1"/>'))
    for axis in bars.findall(qn("c:axId")):
        lines.append(parse_xml(f'<c:axId {nsdecls("c")} val="{axis.get("val")}"/>'))
    bars.addnext(lines)


def _workbook(labels: list[str], series: list[tuple[str, list[float | None]]]) -> bytes:
    """The chart's data, laid out as python-pptx does, in which a name that begins with = stays a name."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(
        held, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet()
        for row, label in enumerate(labels, 1):
            sheet.write_string(row, 0, label)
        for column, (name, values) in enumerate(series, 1):
            sheet.write_string(0, column, name[:32_767])
            for row, value in enumerate(values, 1):
                if value is not None:
                    sheet.write_number(row, column, value)
    return held.getvalue()
