"""Rows into files: CSV and Excel, the same bytes for the same rows."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

from xlsxwriter import Workbook

MADE = datetime(2026, 10, 2, 7, 0)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def write_xlsx(
    path: Path,
    sheet: str,
    header: Sequence[str],
    rows: Iterable[Sequence],
    above: Sequence[str] = (),
    below: Sequence[str] = (),
) -> Path:
    """One sheet. above: lines over the header, then a blank one; below: lines under the rows, after a blank one."""
    with Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    ) as book:
        book.set_properties({"created": MADE})
        formats = {
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        bold, page = book.add_format({"bold": True}), book.add_worksheet(sheet)
        page.set_column(0, len(header) - 1, 18)
        lines = [
            *([text] for text in above),
            *([[]] if above else []),
            header,
            *rows,
            *([[]] if below else []),
            *([text] for text in below),
        ]
        head = len(above) + bool(above)
        for number, line in enumerate(lines):
            for column, value in enumerate(line):
                if value is not None and value != "":
                    page.write(number, column, value, bold if number == head else formats.get(type(value)))
    return path
