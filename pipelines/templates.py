"""An empty workbook to fill in, for each kind of record that has a source of our own: made from that source and records.py.

It is recognised as that source once it is filled in, and refused as holding no rows until then.
"""

import io
from datetime import date, datetime

from xlsxwriter import Workbook

from pipelines.errors import NotReady
from pipelines.fields import Field, fields
from pipelines.records import RECORDS
from pipelines.source import NOTES, Source, sources

LAST_ROW = 1_048_575  # of a sheet, from 0
DATE = "yyyy-mm-dd"
WIDTHS = {"text": 24, "list": 30, "time": 14, "number": 14, "integer": 12, "flag": 12}
INK, PAPER, LINE = "#1F3A5F", "#E8EDF3", "#B8C4D2"


def kinds() -> dict[str, Source]:
    """The kinds of record that have a template, in the order of records.py, and the source that reads each."""
    own = {source.record: source for source in sources().values() if source.verified == "template"}
    return {record: own[record] for record in RECORDS if record in own}


def template(record: str) -> bytes:
    """The workbook (XLSX) for a kind of record; NotReady where it has none."""
    source = kinds().get(record)
    if source is None:
        raise NotReady(f"There is no template for {record!r}; there is one for {', '.join(kinds())}.")
    held = io.BytesIO()
    with Workbook(held, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": source.title, "created": datetime(2026, 1, 1)})
        _sheet(book, source)
        _notes(book, source)
    return held.getvalue()


def _sheet(book: Workbook, source: Source) -> None:
    sheet = book.add_worksheet(source.title[:31])
    look = {"text_wrap": True, "valign": "vcenter", "border": 1, "border_color": LINE}
    needed = book.add_format({**look, "bold": True, "font_color": "#FFFFFF", "bg_color": INK})
    other = book.add_format({**look, "font_color": INK, "bg_color": PAPER})
    written = {"time": DATE, "text": "@", "list": "@"}
    cells = {kind: book.add_format({"num_format": number}) for kind, number in written.items()}
    for place, field in enumerate(fields(source)):
        width = max(WIDTHS[field.column.type], len(field.title) + 4)
        # A choice may be a number, which text would keep from being one.
        sheet.set_column(place, place, width, None if field.choices else cells.get(field.column.type))
        sheet.write_string(0, place, field.title, needed if field.needed else other)
        box = {"author": "", "x_scale": 2.2, "y_scale": 1.6, "font_size": 9}
        sheet.write_comment(0, place, _comment(field), box)
        if rule := _rule(field):
            sheet.data_validation(1, place, LAST_ROW, place, rule)
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _comment(field: Field) -> str:
    told = [field.help, f"{field.form}.", "needed." if field.needed else ""]
    return "\n".join(map(_sentence, filter(None, told)))


def _rule(field: Field) -> dict | None:
    """What the spreadsheet lets a person type into the column."""
    column = field.column
    rule = {"criteria": "between"}
    match column.type:
        case _ if field.choices:
            rule = {"validate": "list", "source": list(field.choices)}
        case "time":
            rule |= {"validate": "date", "minimum": date(1970, 1, 2), "maximum": date(2099, 12, 31)}
        case "number" | "integer":
            rule["validate"] = "integer" if column.type == "integer" else "decimal"
            rule["minimum"] = -1e12 if column.low is None else column.low
            rule["maximum"] = 1e12 if column.high is None else column.high
        case _:
            return None
    return rule | {"error_title": field.title[:32], "error_message": f"{_sentence(field.form)}."[:255]}


def _notes(book: Workbook, source: Source) -> None:
    """A sheet that explains the columns. Its own header is no source's, so it never becomes records."""
    sheet = book.add_worksheet("Notes")
    top = {"text_wrap": True, "valign": "top"}
    plain, bold = book.add_format(top), book.add_format({**top, "bold": True})
    head = book.add_format({"bold": True, "font_color": "#FFFFFF", "bg_color": INK, "valign": "vcenter"})
    title = book.add_format({"bold": True, "font_size": 14, "font_color": INK})
    for line, text in enumerate(_how(source)):
        sheet.write_string(line, 0, text, None if line else title)
    start = len(_how(source)) + 1
    for place, (name, width) in enumerate(zip(NOTES, (24, 10, 48, 64), strict=True)):
        sheet.write_string(start, place, name, head)
        sheet.set_column(place, place, width)
    for line, field in enumerate(fields(source), start + 1):
        told = (field.title, "yes" if field.needed else "no", field.form, field.help)
        for place, text in enumerate(told):
            sheet.write_string(line, place, text, bold if not place and field.needed else plain)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _how(source: Source) -> list[str]:
    return [
        f"{source.title}: how to fill them in",
        f"{RECORDS[source.record].title}: one row each. Columns with a dark header are needed, the others may stay empty.",
        "Drop the file on the Upload page when it is filled in, or run: pipelines load FILE",
    ]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
