"""A pack as files: the numbers of the pack to the last digit, and texts that stay texts."""

import subprocess
import sys
from pathlib import Path

import duckdb
import openpyxl
import pytest

from dashboard.pack import pdf, xlsx
from dashboard.pack.write import FORMATS, known, write
from pipelines.errors import NotReady

sys.path.insert(0, str(Path(__file__).parent))
from made import made


@pytest.fixture
def rows(tmp_path):
    file = tmp_path / "downtime.parquet"
    duckdb.sql(
        f"""copy (select '=2+2' as record_id, timestamp '2026-07-01 10:00' as since, ['a', '=b'] as services,
            repeat('y', 40000) as note, 1.25 as hours, null as left_out) to '{file}' (format parquet)"""
    )
    return {"downtime": file, "gone": file}


def test_a_workbook_holds_the_numbers_and_no_formula(tmp_path, rows):
    pack, file = made(), tmp_path / "pack.xlsx"
    write(pack, file, rows)
    book = openpyxl.load_workbook(file)
    assert not [
        cell.coordinate
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    assert not [
        cell.hyperlink for sheet in book for row in sheet.iter_rows() for cell in row if cell.hyperlink
    ]
    head, *body = book["Readings"].iter_rows(values_only=True)
    told = {row[0]: dict(zip(head, row, strict=True)) for row in body}
    for one in pack.told.values():
        row = told[one.title]
        assert (row["Value"], row["As told"], row["Before"], row["Target"]) == (
            one.facts["value"], one.text, one.facts["previous"], one.facts["target"],
        )  # fmt: skip
    points = [p.value for one in pack.told.values() for p in one.points]
    assert [row[2] for row in book["Trends"].iter_rows(min_row=2, values_only=True)] == points
    (_, behind) = book["downtime"].iter_rows(values_only=True)
    assert behind[0] == "=2+2" and behind[2] == "a, =b" and behind[4] == 1.25
    assert len(behind[3]) == 32_767 and behind[3].endswith("y…")
    assert "gone" not in book.sheetnames
    assert [list(sheet.tables) for sheet in book if sheet.title not in ("Summary",)] != []
    assert book.properties.category == "Confidential"
    assert book["Readings"].oddHeader.left.text.endswith("Example && Sons · Quarter 3, 2026 · Confidential")


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process is read from /proc")
def test_many_rows_take_little_memory(tmp_path):
    file = tmp_path / "downtime.parquet"
    duckdb.sql(
        f"""copy (select concat('R-', range) as record_id, timestamp '2026-07-01' + to_minutes(range) as since,
            range % 7 as severity, range / 3 as hours, ['Claims'] as services, 'text' as note
            from range(200_000)) to '{file}' (format parquet)"""
    )
    code = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from dashboard.pack import xlsx
from made import made
xlsx.write(made(), Path({str(tmp_path / "many.xlsx")!r}), {{"downtime": Path({str(file)!r})}})
# Not getrusage: that of a child begins with what its parent held.
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
    run = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
    )
    peak = int(run.stdout.split()[-1]) / 1024
    assert peak < 500, f"{peak:.0f} MB"
    assert (tmp_path / "many.xlsx").stat().st_size > 1_000_000


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
def test_a_pdf_is_tagged_and_its_texts_are_no_markup(tmp_path, paper):
    file = tmp_path / "pack.pdf"
    write(made(), file, {}, paper)
    held = file.read_bytes()
    assert held.startswith(b"%PDF-")
    for part in (b"/StructTreeRoot", b"/MarkInfo", b"/Outlines", b"/FontFile", b"pdfuaid"):
        assert part in held, part
    assert b"/Launch" not in held and b"/URI" not in held


def test_a_pack_without_anything_is_written_too(tmp_path):
    empty = made(
        told={}, sections=(), memo=(), since=(), drivers=(), decisions=(), settled=(), compared=(), risks=(), sources=(), restated=(), frozen_at=None,
        data_through=None, closed=False,
    )  # fmt: skip
    for name in ("empty.pdf", "empty.xlsx"):
        write(empty, tmp_path / name, {})
        assert (tmp_path / name).stat().st_size > 1000


def test_what_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    with pytest.raises(NotReady, match=r"pack\.docx ends in none of"):
        known([tmp_path / "pack.docx"])
    with pytest.raises(NotReady, match="There is no folder"):
        known([tmp_path / "nowhere" / "pack.pdf"])
    (tmp_path / "pack.pdf").write_text("the old one", "utf-8")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pdf.typst, "compile", full)
    with pytest.raises(NotReady, match="No space left on device"):
        write(made(), tmp_path / "pack.pdf", {})
    assert (tmp_path / "pack.pdf").read_text("utf-8") == "the old one"
    assert [one.name for one in tmp_path.iterdir()] == ["pack.pdf"]


@pytest.mark.parametrize("ending", FORMATS)
def test_a_folder_that_may_not_be_written_to_is_named_and_holds_what_it_held(tmp_path, monkeypatch, ending):
    file = tmp_path / f"pack{ending}"
    file.write_text("the old one", "utf-8")

    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(NotReady, match=r"cannot be written: Permission denied\. Nothing was left of it"):
        write(made(), file, {})
    assert [(one.name, one.read_text("utf-8")) for one in tmp_path.iterdir()] == [(file.name, "the old one")]


def test_a_missing_font_is_named(tmp_path, monkeypatch):
    import font_source_sans_pro

    monkeypatch.setattr(font_source_sans_pro, "font_directory", str(tmp_path))
    with pytest.raises(NotReady, match="Source Sans Pro is missing"):
        write(made(), tmp_path / "pack.pdf", {})


def test_names_of_sheets_are_unlike_and_short(tmp_path):
    long = "a" * 40
    told = {f"{long}{n}": made().told["downtime"].model_copy(update={"metric": f"{long}{n}"}) for n in (1, 2)}
    file = tmp_path / "downtime.parquet"
    duckdb.sql(f"copy (select 1 as record_id, 2 as \"RECORD_id\") to '{file}' (format parquet)")
    xlsx.write(made(told=told, sections=()), tmp_path / "pack.xlsx", dict.fromkeys(told, file))
    names = openpyxl.load_workbook(tmp_path / "pack.xlsx").sheetnames[-2:]
    assert names == ["a" * 31, f"{'a' * 29} 2"]
