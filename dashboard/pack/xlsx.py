"""A pack as a workbook: readings, trends with charts, definitions, what was left out, sources, and the rows themselves.

Every sheet is an Excel table with filters; text stays text, whatever it begins with.
"""

import io
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from textwrap import wrap
from types import MappingProxyType
from zoneinfo import ZoneInfo

import duckdb
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_range
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from dashboard.pack.beside import beside
from dashboard.pack.look import ACCENT, LINE, SOFT, STATES
from dashboard.pack.pack import Compared, Pack, Told
from dashboard.period import day

MOST = 1_048_575  # rows of a sheet below its heading
TEXT = 32_767  # what a cell holds, in units of UTF-16
EXACT = 10**15  # beyond it a number of a workbook loses digits
YEARS = range(1901, 9999)  # before them Excel's days are not those of the calendar
BATCH = 5_000
PALE = "#b3c4d6"
FORMATS = {
    "percent": '0.0" %"',
    "hours": '#,##0.0" h"',
    "days": '#,##0.0" days"',
    "score": "0.0",
}
FACTS = ("low", "high", "previous", "change", "target")
NARROW, WIDE = 10, 60
CHART_ROWS, CHART_COLUMNS, CHARTS = 16, 10, 6
SIZE, VERDICT, HEADING = 11, 13, 32  # points
LINES = 45  # of the summary, that have room on one page
TALLEST = 409  # of a row, in points
LETTERS = 1.12  # of a text, to one digit of a column's width
LEFT = {"align": "left", "indent": 1}


def write(pack: Pack, to: Path, rows: Mapping[str, Path] = MappingProxyType({})) -> None:
    """Write the workbook. rows: the Parquet file of the rows behind each number, by metric."""
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd hh:mm",
    }
    with beside(to) as made:
        try:
            # Written at once: a ZIP that stops half-way complains of it a second time, on its own.
            held = io.BytesIO()
            with xlsxwriter.Workbook(held, options) as book:
                book.use_zip64()
                Written(book, pack).all({metric: rows[metric] for metric in pack.told if metric in rows})
        except FileCreateError as error:
            raise error.args[0] from error
        made.write_bytes(held.getbuffer())


class Written:
    """The sheets of one workbook, in their order."""

    def __init__(self, book: Workbook, pack: Pack):
        self.book, self.pack, self.zone = book, pack, ZoneInfo(pack.timezone)
        self.names: set[str] = set()
        self.tables = 0
        self.bold = book.add_format({"bold": True, "valign": "top"})
        heading = {"bold": True, "font_color": ACCENT, "bottom": 2, "bottom_color": ACCENT, "text_wrap": True}
        self.head = book.add_format(heading | {"valign": "bottom"} | LEFT)
        self.right = book.add_format(heading | {"valign": "bottom", "align": "right"})
        self.large = book.add_format({"bold": True, "font_size": 16, "font_color": ACCENT})
        self.verdict = book.add_format(
            {"bold": True, "font_size": VERDICT, "font_color": ACCENT, "text_wrap": True, "valign": "top"}
        )
        # Apart from numbers, which end where the next column begins.
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"} | LEFT)
        self.plain = book.add_format({"valign": "top"} | LEFT)
        self.whole = book.add_format({"valign": "top"})
        self.fraction = book.add_format({"num_format": "#,##0.0###", "valign": "top"})
        money = f'#,##0 "{re.sub(r"[^A-Za-z]", "", pack.currency)}"'
        self.numbers = {
            unit: book.add_format({"num_format": style, "valign": "top"})
            for unit, style in (FORMATS | {"money": money, "": "#,##0"}).items()
        }
        self.states = {
            name: book.add_format({"font_color": color, "valign": "top"} | LEFT)
            for name, color in STATES.items()
        }
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        self.through = day(pack.data_through, self.zone) if pack.data_through else "no data"
        book.set_properties(
            {
                "title": _cell(f"{pack.organisation}: {pack.title}, {pack.period_label}")[:255],
                "subject": _cell(pack.verdict)[:255],
                "category": _cell(pack.classification)[:255],
                "keywords": _cell(pack.classification)[:255],
                "company": _cell(pack.organisation)[:255],
            }
        )

    def all(self, rows: Mapping[str, Path]) -> None:
        pack = self.pack
        counts = {metric: _count(file) for metric, file in rows.items()}
        self.summary([_cut(metric, n) for metric, n in counts.items() if n > MOST])
        self.readings()
        self.decisions()
        self.risks()
        self.compared()
        self.trends()
        told = pack.told.values()
        terms = [
            (t.title, term, said) for t in told for term, said in (*t.definition.items(), ("SQL", t.sql))
        ]
        self.table("Definitions", ["Metric", "Term", "What it says"], terms, [34, 18, 110], long=(2,))
        left = [(t.title, why, n) for t in told for why, n in t.left_out.items()]
        self.table("Left out", ["Metric", "Left out because", "Records"], left, [34, 44, 12])
        sources = [
            (
                s.title,
                s.record,
                s.instance,
                s.complete,
                s.loads,
                "ended" if s.ended else "overdue" if s.overdue else "",
            )
            for s in pack.sources
        ]
        self.table(
            "Sources", ["Source", "Records", "Instance", "Complete until", "Loads", "State"], sources,
            [34, 16, 24, 20, 8, 12],
        )  # fmt: skip
        if pack.restated:
            steps = [
                (
                    r.title,
                    r.then_text,
                    r.now_text,
                    s.kind,
                    s.what,
                    s.before,
                    s.after,
                    s.text,
                    s.file,
                    s.who,
                    s.when,
                )
                for r in pack.restated
                for s in r.steps or r.lines
            ]
            self.table(
                "Restated", ["Metric", "Then", "Now", "Kind", "Cause", "Value before", "Value after", "Difference", "File",
                             "Who", "When"], steps, [34, 12, 12, 14, 44, 13, 13, 16, 28, 22, 18], long=(4,),
            )  # fmt: skip
        for metric, file in rows.items():
            self.behind(pack.told[metric], file, counts[metric])

    def sheet(self, name: str, sparing: bool = False) -> Worksheet:
        """A sheet of a name that Excel takes, and that no other has. sparing: its rows are written as they come."""
        plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name)[:31].strip("' ") or "Sheet"
        plain = f"{plain} rows" if plain.casefold() == "history" else plain  # Excel keeps that name to itself
        free, number = plain, 1
        while free.casefold() in self.names:
            number += 1
            free = f"{plain[: 31 - len(str(number)) - 1]} {number}"
        self.names.add(free.casefold())
        self.book.constant_memory = sparing
        sheet = self.book.add_worksheet(free)
        self.book.constant_memory = False
        pack = self.pack
        left = (
            f"{_line(f'{pack.organisation} · {pack.period_label}', 100)} · {_line(pack.classification, 50)}"
        )
        sheet.set_header(f"&L{left}&R{_line(pack.title, 60)}")
        sheet.set_footer(f"&L{_line(f'All data complete through {self.through}', 130)}&R&P of &N")
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.4, right=0.4, top=0.75, bottom=0.65)
        sheet.fit_to_pages(1, 0)
        return sheet

    def summary(self, cut: Sequence[str]) -> None:
        """The pack in words. cut: what is said of sheets that do not hold all of their rows."""
        pack, sheet = self.pack, self.sheet("Summary")
        sheet.hide_gridlines(2)
        sheet.freeze_panes(2, 0)
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 1, 110)
        frozen = (
            f"{pack.frozen_at:%Y-%m-%d %H:%M} UTC by {pack.frozen_by}"
            if pack.frozen_at
            else "draft, not frozen"
        )
        lines = [
            ("Verdict", pack.verdict),
            ("", pack.tally),
            ("Period", f"{pack.period_label}{'' if pack.closed else ', so far'}"),
            ("Classification", pack.classification),
            ("Data through", self.through),
            ("Frozen", frozen),
            *([("Corrects", f"{pack.replaces}: {pack.why}")] if pack.replaces else []),
            *(("Memo", paragraph) for paragraph in pack.memo),
            *(("Changed", line) for line in pack.since),
            *(("Driver", f"{d.text} · {d.detail}") for d in pack.drivers),
            *(("Decision asked for", _decision(d)) for d in pack.decisions),
            *(("Decision", _decision(d)) for d in pack.settled),
            *(
                ("Risk", f"{r.title} ({' · '.join(filter(None, [r.owner, r.loss, r.treatment]))})")
                for r in pack.risks
            ),
            ("Falls due", pack.outlook),
            *(("Restated", line) for line in pack.restated_lines),
            *([("Not known any more", ", ".join(pack.missing))] if pack.missing else []),
            *(("Cut", line) for line in cut),
        ]
        sheet.write_string(0, 0, _cell(f"{pack.organisation}: {pack.title}"), self.large)
        sheet.fit_to_pages(1, 1 if len(lines) <= LINES else 0)
        told = None
        for number, (name, said) in enumerate(((name, said) for name, said in lines if said), 2):
            sheet.write_string(number, 0, "" if name == told else name, self.bold)
            sheet.write_string(number, 1, _cell(said), self.verdict if name == "Verdict" else self.wrapped)
            size = VERDICT if name == "Verdict" else SIZE
            sheet.set_row(number, _height([(said, 110 * SIZE // size)], size))
            told = name

    def readings(self) -> None:
        names = ["Metric", "Value", "Unit", "As told", "Low", "High", "Before", "Change", "Target", "Status", "Verdict",
                 "n", "Left out", "Data through", "What it says"]  # fmt: skip
        rows = []
        for t in self.pack.told.values():
            number = self.number(t)
            low, high, before, change, target = ((t.facts.get(name), number) for name in FACTS)
            status = (t.status, self.states.get(t.status or ""))
            rows.append([t.title, (t.facts.get("value"), number), t.unit, t.text, low, high, before, change, target,
                         status, t.verdict, (t.n, self.numbers[""]), (sum(t.left_out.values()), self.numbers[""]),
                         _moment(t.facts.get("as_of")), t.sentence])  # fmt: skip
        widths = [29, 13, 9, 11, 13, 13, 13, 13, 13, 12, 15, 8, 9, 17, 42]
        self.table("Readings", names, rows, widths, long=(0, 10, 14), fixed=1)

    def decisions(self) -> None:
        names = ["Reference", "Decision asked for", "Owner", "Asked on", "Decide by", "Status", "What was decided", "Decided by",
                 "Decided on", "Do by", "Done on", "First asked in", "Age in days", "Reason"]  # fmt: skip
        rows = [
            (d.key.partition(":")[2] or d.key, d.text, d.owner, d.asked, d.due, d.status, d.outcome, d.by, d.decided, d.do_by,
             d.done, d.first, d.age, d.reason)
            for d in (*self.pack.decisions, *self.pack.settled)
        ]  # fmt: skip
        widths = [17, 34, 13, 12, 12, 9, 26, 14, 12, 12, 12, 19, 9, 32]
        self.table("Decisions", names, rows, widths, long=(0, 1, 2, 6, 7, 11, 13), fixed=1)

    def risks(self) -> None:
        names = [
            "Risk",
            "Score",
            "Likelihood",
            "Consequence",
            "Owner",
            "Services",
            "May cost",
            "Treatment",
            "Treated by",
        ]
        rows = [
            (
                r.title,
                r.score,
                r.likelihood,
                r.consequence,
                r.owner,
                list(r.services),
                r.loss,
                r.treatment,
                r.due,
            )
            for r in self.pack.risks
        ]
        self.table("Risks", names, rows, [48, 8, 11, 13, 16, 28, 18, 12, 12], long=(0, 4, 5))

    def compared(self) -> None:
        rows = [
            (c.title, (c.then, self.number(c)), (c.now, self.number(c)), c.then_text, c.now_text,
             c.change, c.note or c.verdict)
            for c in self.pack.compared
        ]  # fmt: skip
        names = ["Metric", "Then", "Now", "Then as told", "Now as told", "Change", "Verdict"]
        self.table("Since the pack before", names, rows, [34, 14, 14, 14, 14, 14, 30])

    def number(self, told: Told | Compared):
        return self.numbers.get(told.unit, self.numbers[""])

    def trends(self) -> None:
        """Every point of every trend."""
        rows, place = [], {}
        for t in self.pack.told.values():
            place[t.metric] = (len(rows) + 1, len(rows) + len(t.points))
            number = self.number(t)
            rows += [[t.title, p.label, (p.value, number), p.text, (p.target, number), "yes" if p.whole else "so far", p.anew]
                     for p in t.points]  # fmt: skip
        widths = [34, 14, 12, 14, 12, 10, 44]
        sheet = self.table(
            "Trends",
            ["Metric", "Period", "Value", "As told", "Target", "Whole", "Begins anew"],
            rows,
            widths,
            long=(6,),
        )
        if sheet is None:
            return
        self.charts(sheet.get_name(), place)

    def charts(self, name: str, place: Mapping[str, tuple[int, int]]) -> None:
        """A chart of each of the critical few, on one page; name, place: the sheet of the trends and the rows of each."""
        drawn = [one for one in self.pack.few[:CHARTS] if one.points]
        if not drawn:
            return
        sheet = self.sheet("Charts")
        sheet.hide_gridlines(2)
        sheet.fit_to_pages(1, 1)
        for number, t in enumerate(drawn):
            first, last = place[t.metric]
            chart = self.book.add_chart({"type": "column" if t.bars else "line"})
            series = {"name": t.title, "categories": [name, first, 1, last, 1]}
            # What is not a whole period yet is pale; a lone point of a line is seen by its marker.
            fill, pale = {"color": ACCENT}, {"color": PALE}
            bars = {
                "fill": fill,
                "gap": 60,
                "points": [None if p.whole else {"fill": pale} for p in t.points],
            }
            dots = [None if p.whole else {"fill": pale, "border": pale} for p in t.points]
            dot = {"type": "circle", "size": 5, "fill": fill, "border": fill}
            line = {"line": {"color": ACCENT, "width": 2}, "marker": dot, "points": dots}
            chart.add_series(series | {"values": [name, first, 2, last, 2]} | (bars if t.bars else line))
            if any(p.target is not None for p in t.points):
                goal = self.book.add_chart({"type": "line"})
                look = {"color": SOFT, "dash_type": "round_dot", "width": 1.25}
                goal.add_series(
                    series | {"name": "Target", "values": [name, first, 4, last, 4], "line": look}
                )
                chart.combine(goal)
            chart.set_title(
                {"name": f"{t.title}: {t.finding}"[:255], "name_font": {"size": SIZE, "color": ACCENT}}
            )
            chart.set_legend({"none": True})
            chart.set_x_axis({"num_font": {"color": SOFT}, "line": {"color": SOFT}})
            chart.set_y_axis(
                {
                    "min": 0 if t.bars else None,
                    "num_font": {"color": SOFT},
                    "line": {"none": True},
                    "major_gridlines": {"visible": True, "line": {"color": LINE}},
                }
            )
            chart.show_na_as_empty_cell()
            chart.set_chartarea({"border": {"none": True}})
            chart.set_size({"width": 620, "height": 300})
            sheet.insert_chart(number // 2 * CHART_ROWS, number % 2 * CHART_COLUMNS, chart)

    def table(
        self,
        name: str,
        names: Sequence[str],
        rows: Sequence[Sequence],
        widths: Sequence[float],
        long: Sequence[int] = (),
        fixed: int = 0,
    ) -> Worksheet | None:
        """A sheet that is one table; none where it would be empty. long: columns of text that is wrapped."""
        if not rows:
            return None
        sheet = self.sheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width, self.wrapped if column in long else None)
        sheet.set_row(0, HEADING)
        self.fill(sheet, names, rows, len(rows), {column: widths[column] for column in long}, _numbers(rows))
        sheet.freeze_panes(1, fixed)
        return sheet

    def behind(self, told: Told, file: Path, count: int) -> None:
        """The rows behind a number, those that count and those left out with their reason."""
        with _reader() as con:
            # Without a limit, for which the database would hold all rows first.
            result = con.execute("select * from read_parquet($file)", {"file": str(file)})
            names = [column[0].replace("_", " ") for column in result.description]
            first = result.fetchmany(BATCH)
            rest = iter(lambda: result.fetchmany(BATCH), [])
            sheet = self.sheet(told.metric, sparing=True)
            for column, name in enumerate(names):
                longest = max((len(_shown(row[column])) for row in islice(first, 200)), default=0)
                sheet.set_column(column, column, min(max(longest, len(name) + 3, NARROW) + 2, WIDE))
            if count > MOST:
                sheet.write_comment(0, 0, _cut(told.metric, count), {"visible": True, "width": 320})
            every = islice(chain(first, chain.from_iterable(rest)), MOST)
            self.fill(sheet, names, every, min(count, MOST))
            sheet.freeze_panes(1, 1)

    def fill(
        self,
        sheet: Worksheet,
        names: Sequence[str],
        rows: Iterable[Sequence],
        count: int,
        long: Mapping[int, float] = MappingProxyType({}),
        right: Collection[int] = (),
    ) -> None:
        """One table of so many rows, from the first cell of a sheet on; in order, so that few rows are held at once.

        long: columns of text that is wrapped, and their widths. right: columns of numbers.
        """
        heads = _unlike([_cell(name) for name in names])
        self.tables += 1
        # A sheet written row by row takes a table only before its first row, and its headings once more as they are.
        # The table is made of two rows and then given its range, since add_table remembers each cell of its range.
        sparing, sheet.constant_memory = sheet.constant_memory, False
        columns = [{"header": head} for head in heads]
        look = {"name": f"Table{self.tables}", "style": "Table Style Light 1", "columns": columns}
        sheet.add_table(0, 0, 1, len(heads) - 1, look)
        whole = xl_range(0, 0, max(count, 1), len(heads) - 1)
        sheet.tables[-1].update(range=whole, a_range=whole, autofilter=whole)
        sheet.constant_memory = sparing
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, self.right if column in right else self.head)
        sheet.repeat_rows(0)
        for number, row in enumerate(rows, 1):
            if long:
                sheet.set_row(number, _height([(row[column], width) for column, width in long.items()]))
            for column, cell in enumerate(row):
                self.put(sheet, number, column, cell, self.wrapped if column in long else self.plain)

    def put(self, sheet: Worksheet, row: int, column: int, cell: object, look) -> None:
        """One cell, by what it is; (number, format) is a number that is written so."""
        if isinstance(cell, tuple):
            cell, look = cell[0], cell[1] or look
        if cell is None or cell == "":
            return
        if isinstance(cell, bool):
            sheet.write_boolean(row, column, cell, look)
        elif isinstance(cell, int | float | Decimal) and math.isfinite(cell) and abs(cell) < EXACT:
            if look in (self.plain, self.wrapped):
                look = self.fraction if isinstance(cell, float) else self.whole
            sheet.write_number(row, column, cell, look)
        elif isinstance(cell, date) and cell.year in YEARS:
            moment = _naive(cell, self.zone)
            sheet.write_datetime(row, column, moment, self.moment if isinstance(cell, datetime) else self.day)
        else:
            sheet.write_string(row, column, _cell(cell), look)


def _numbers(rows: Sequence[Sequence]) -> set[int]:
    """The columns that hold numbers."""
    held = (
        ((column, cell[0] if isinstance(cell, tuple) else cell) for column, cell in enumerate(row))
        for row in rows
    )
    return {
        column
        for row in held
        for column, cell in row
        if isinstance(cell, int | float) and not isinstance(cell, bool)
    }


def _height(cells: Iterable[tuple[object, float]], size: int = SIZE) -> float:
    """How high a row stands with these wrapped texts, each in its width: programs other than Excel do not see to it."""
    most = max(
        sum(len(wrap(line, max(int(width * LETTERS), 1))) or 1 for line in _cell(text or "").split("\n"))
        for text, width in cells
    )
    return min(most * size * 1.37 + 2, TALLEST)


def _reader() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")  # it would be drawn into what a command prints
    return con


def _count(file: Path) -> int:
    with _reader() as con:
        return con.execute(
            "select sum(num_rows) from parquet_file_metadata($file)", {"file": str(file)}
        ).fetchall()[0][0]


def _cut(metric: str, count: int) -> str:
    return f"Only the first {MOST:,} of the {count:,} rows behind {metric} are here: a sheet holds no more."


def _naive(cell: date, zone: ZoneInfo) -> datetime:
    """A day or a moment (UTC) as a workbook holds it, a moment as the clocks of a time zone show it and to its second: the
    last of a day is not the next day.
    """
    if not isinstance(cell, datetime):
        return datetime(cell.year, cell.month, cell.day)
    moment = cell if cell.tzinfo else cell.replace(tzinfo=UTC)
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0)


def _moment(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


def _shown(value: object) -> str:
    """A value as text, as wide as it stands in its cell."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:.10g}"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _cell(value: object) -> str:
    """A text as a cell holds it; what is longer is cut and says so."""
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    units = text.encode("utf-16-le", "replace")
    if len(units) <= 2 * TEXT:
        return units.decode("utf-16-le")
    return units[: 2 * (TEXT - 1)].decode("utf-16-le", "ignore") + "…"


def _line(text: str, most: int) -> str:
    """A text as a line of a printed page's margin, where & begins an instruction; a longer margin would be left out."""
    plain = " ".join(_cell(text).split())
    room = most - plain[:most].count("&")
    return (plain if len(plain) <= room else f"{plain[: room - 1]}…").replace("&", "&&")


def _unlike(names: Sequence[str]) -> list[str]:
    """Headings of which no two are the same and none is empty or too long, as a table needs them."""
    told: dict[str, str] = {}
    for name in names:
        head = free = name.strip()[:240] or "Column"
        number = 1
        while free.casefold() in told:
            number += 1
            free = f"{head} {number}"
        told[free.casefold()] = free
    return list(told.values())


def _decision(d) -> str:
    due = f"by {d.due:%-d %b %Y}" if d.due and d.status == "asked" else ""
    return " · ".join(filter(None, [d.text, d.outcome, d.owner, due, d.standing, d.reason]))
