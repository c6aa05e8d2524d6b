"""A pack as a workbook: readings, trends with charts, definitions, what was left out, sources, and the rows themselves.

Every sheet is an Excel table with filters; text stays text, whatever it begins with.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from dashboard.pack.beside import beside
from dashboard.pack.pack import Pack, Told

MOST = 1_048_575
TEXT = 32_767
BATCH = 5_000
# Beyond so many rows a workbook is written row by row in little memory, in which Excel's tables cannot be: filters serve.
MANY = 50_000
ACCENT = "#24507a"
FORMATS = {
    "percent": '0.0" %"',
    "hours": '#,##0.0" h"',
    "days": '#,##0.0" d"',
    "money": "#,##0",
    "score": "0.0",
}
FACTS = ("low", "high", "previous", "change", "target")
CHART_ROWS, CHARTS = 15, 6


def write(pack: Pack, to: Path, rows: Mapping[str, Path]) -> None:
    """Write the workbook. rows: the Parquet file of the rows behind each number, by metric."""
    with beside(to) as made:
        many = sum(_count(file) for metric, file in rows.items() if metric in pack.told) > MANY
        options = {
            "constant_memory": many,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "default_date_format": "yyyy-mm-dd hh:mm",
        }
        with xlsxwriter.Workbook(str(made), options) as book:
            Written(book, pack, many).all(rows)


class Written:
    """The sheets of one workbook, in their order."""

    def __init__(self, book: Workbook, pack: Pack, many: bool):
        self.book, self.pack, self.many = book, pack, many
        self.names: set[str] = set()
        self.tables = 0
        self.bold = book.add_format({"bold": True})
        self.large = book.add_format({"bold": True, "font_size": 16, "font_color": ACCENT})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.numbers = {unit: book.add_format({"num_format": style}) for unit, style in FORMATS.items()}
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        book.set_properties(
            {
                "title": f"{pack.organisation}: {pack.title}, {pack.period_label}",
                "subject": pack.verdict[:255],
                "category": pack.classification,
                "keywords": pack.classification,
            }
        )

    def all(self, rows: Mapping[str, Path]) -> None:
        pack = self.pack
        self.summary()
        self.readings()
        self.trends()
        told = pack.told.values()
        terms = [
            (t.title, term, said) for t in told for term, said in (*t.definition.items(), ("SQL", t.sql))
        ]
        self.table("Definitions", ["Metric", "Term", "What it says"], terms, [34, 18, 110])
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
            "Sources", ["Source", "Records", "Instance", "Complete until (UTC)", "Loads", "State"], sources,
            [34, 16, 24, 20, 8, 12],
        )  # fmt: skip
        if pack.restated:
            steps = [
                (r.title, r.then, r.now, s.kind, s.what, s.text, s.file, s.who, s.when)
                for r in pack.restated
                for s in r.steps
            ]
            self.table(
                "Restated", ["Metric", "Then", "Now", "Kind", "What", "Difference", "File", "Who", "When (UTC)"], steps,
                [34, 12, 12, 12, 44, 16, 24, 20, 18],
            )  # fmt: skip
        for metric, file in rows.items():
            if metric in pack.told:
                self.behind(pack.told[metric], file)

    def sheet(self, name: str) -> Worksheet:
        """A sheet of a name that Excel takes, and that no other has."""
        plain = re.sub(r"[\[\]:*?/\\]", " ", name).strip("' ")[:31] or "Sheet"
        free, number = plain, 1
        while free.casefold() in self.names:
            number += 1
            free = f"{plain[: 31 - len(str(number)) - 1]} {number}"
        self.names.add(free.casefold())
        sheet = self.book.add_worksheet(free)
        line = f"{self.pack.organisation} · {self.pack.period_label} · {self.pack.classification}".replace(
            "&", "&&"
        )
        sheet.set_header(f"&L{line[:200]}")
        sheet.set_footer("&R&P of &N")
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet

    def summary(self) -> None:
        pack, sheet = self.pack, self.sheet("Summary")
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 1, 110)
        frozen = (
            f"{pack.frozen_at:%Y-%m-%d %H:%M} UTC by {pack.frozen_by}"
            if pack.frozen_at
            else "draft, not frozen"
        )
        through = f"{pack.data_through:%Y-%m-%d %H:%M} UTC" if pack.data_through else "no data"
        lines = [
            ("Period", f"{pack.period_label}{'' if pack.closed else ', so far'}"),
            ("Classification", pack.classification),
            ("All data complete through", through),
            ("Frozen", frozen),
            *([("Corrects", f"{pack.replaces}: {pack.why}")] if pack.replaces else []),
            ("Verdict", pack.verdict),
            *(("Memo", paragraph) for paragraph in pack.memo),
            *(("Changed", line) for line in pack.since),
            *(("Driver", f"{d.text} · {d.detail}") for d in pack.drivers),
            *(("Decision asked for", _decision(d)) for d in pack.decisions),
            *(
                ("Risk", f"{r.title} ({' · '.join(filter(None, [r.owner, r.loss, r.treatment]))})")
                for r in pack.risks
            ),
            ("Falls due", pack.outlook),
        ]
        sheet.write_string(0, 0, _cell(f"{pack.organisation}: {pack.title}"), self.large)
        for number, (name, said) in enumerate(lines, 2):
            sheet.write_string(number, 0, name, self.bold)
            sheet.write_string(number, 1, _cell(said), self.wrapped)

    def readings(self) -> None:
        names = ["Metric", "Value", "Unit", "As told", "Low", "High", "Before", "Change", "Target", "Status", "Verdict",
                 "n", "Left out", "What it says"]  # fmt: skip
        rows = []
        for t in self.pack.told.values():
            number = self.numbers.get(t.unit)
            low, high, before, change, target = ((t.facts.get(name), number) for name in FACTS)
            rows.append([t.title, (t.facts["value"], number), t.unit, t.text, low, high, before, change, target, t.status,
                         t.verdict, t.n, sum(t.left_out.values()), t.sentence])  # fmt: skip
        self.table("Readings", names, rows, [34, 12, 10, 12, 10, 10, 10, 10, 10, 12, 16, 9, 9, 100])

    def trends(self) -> None:
        """Every point of every trend, and beside it a chart of each of the critical few."""
        rows, place = [], {}
        for t in self.pack.told.values():
            place[t.metric] = (len(rows) + 1, len(rows) + len(t.points))
            number = self.numbers.get(t.unit)
            rows += [[t.title, p.label, (p.value, number), p.text, (p.target, number), "yes" if p.whole else "so far"]
                     for p in t.points]  # fmt: skip
        widths = [34, 14, 12, 14, 12, 10]
        sheet = self.table(
            "Trends", ["Metric", "Period", "Value", "As told", "Target", "Whole"], rows, widths
        )
        if sheet is None:
            return
        for number, t in enumerate(one for one in self.pack.few[:CHARTS] if one.points):
            first, last = place[t.metric]
            chart = self.book.add_chart({"type": "column" if t.bars else "line"})
            name = sheet.get_name()
            series = {"name": t.title, "categories": [name, first, 1, last, 1]}
            chart.add_series(
                series
                | {"values": [name, first, 2, last, 2], "fill" if t.bars else "line": {"color": ACCENT}}
            )
            if any(p.target is not None for p in t.points):
                goal = self.book.add_chart({"type": "line"})
                look = {"color": "#8a93a0", "dash_type": "round_dot", "width": 1.25}
                goal.add_series(
                    series | {"name": "Target", "values": [name, first, 4, last, 4], "line": look}
                )
                chart.combine(goal)
            chart.set_title({"name": t.finding, "name_font": {"size": 11, "bold": True}, "overlay": False})
            chart.set_legend({"none": True})
            chart.set_y_axis(
                {
                    "min": 0 if t.bars else None,
                    "major_gridlines": {"visible": True, "line": {"color": "#e3e6ea"}},
                }
            )
            chart.set_size({"width": 560, "height": 280})
            sheet.insert_chart(number * CHART_ROWS + 1, 7, chart)

    def table(
        self, name: str, names: Sequence[str], rows: Sequence[Sequence], widths: Sequence[float]
    ) -> Worksheet | None:
        """A sheet that is one table; none where it would be empty."""
        return self.stream(name, names, iter(rows), widths) if rows else None

    def stream(
        self, name: str, names: Sequence[str], rows: Iterator[Sequence], widths: Sequence[float]
    ) -> Worksheet:
        """A sheet that is one table, written row by row."""
        sheet = self.sheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        heads = _unlike(names)
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, self.bold)
        last = 0
        for last, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                self.put(sheet, last, column, cell)
        if self.many:
            sheet.autofilter(0, 0, max(last, 1), len(heads) - 1)
            sheet.freeze_panes(1, 0)
            return sheet
        self.tables += 1
        sheet.add_table(
            0, 0, max(last, 1), len(heads) - 1,
            {"name": f"Table{self.tables}", "style": "Table Style Light 1", "columns": [{"header": h} for h in heads]},
        )  # fmt: skip
        sheet.freeze_panes(1, 0)
        return sheet

    def behind(self, told: Told, file: Path) -> None:
        """The rows behind a number, those that count and those left out with their reason."""
        with _reader() as con:
            result = con.execute("from read_parquet($file) limit $most", {"file": str(file), "most": MOST})
            names = [column[0].replace("_", " ") for column in result.description]

            def every() -> Iterator[Sequence]:
                while batch := result.fetchmany(BATCH):
                    yield from batch

            self.stream(told.metric, names, every(), [22] * len(names))

    def put(self, sheet: Worksheet, row: int, column: int, cell: object) -> None:
        """One cell, by what it is; (number, format) is a number that is written so."""
        look = None
        if isinstance(cell, tuple):
            cell, look = cell
        if cell is None or cell == "":
            return
        if isinstance(cell, bool):
            sheet.write_boolean(row, column, cell)
        elif isinstance(cell, int | float | Decimal):
            sheet.write_number(row, column, cell, look)
        elif isinstance(cell, datetime):
            sheet.write_datetime(row, column, cell.replace(tzinfo=None))
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), self.day)
        else:
            sheet.write_string(row, column, _cell(cell))


def _reader() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")  # it would be drawn into what a command prints
    return con


def _count(file: Path) -> int:
    with _reader() as con:
        return con.execute(
            "select sum(num_rows) from parquet_file_metadata($file)", {"file": str(file)}
        ).fetchall()[0][0]


def _cell(value: object) -> str:
    """A text as a cell holds it; what is longer is cut and says so."""
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= TEXT else f"{text[: TEXT - 1]}…"


def _unlike(names: Sequence[str]) -> list[str]:
    """Headings of which no two are the same, as a table needs them."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name.casefold()] = 0
    told = []
    for name in names:
        seen[name.casefold()] += 1
        told.append(name if seen[name.casefold()] == 1 else f"{name} {seen[name.casefold()]}")
    return told


def _decision(d) -> str:
    due = f"by {d.due:%-d %b %Y}" if d.due else ""
    return " · ".join(filter(None, [d.text, d.owner, due, d.reason]))
