"""A pack written to a file: the format is told by the file's name."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from dashboard.pack.pack import Pack
from pipelines.errors import NotReady

FORMATS = (".pptx", ".pdf", ".xlsx")


def known(files: Sequence[Path]) -> None:
    """NotReady where a file's name tells none of the formats, or its folder is not there."""
    for file in files:
        if file.suffix.lower() not in FORMATS:
            raise NotReady(f"{file} ends in none of {', '.join(FORMATS)}, so its format is not known.")
        if not file.absolute().parent.is_dir():
            raise NotReady(
                f"There is no folder {file.absolute().parent} to write {file.name} to. Make it first."
            )


def write(
    pack: Pack, to: Path, rows: Mapping[str, Path], paper: str = "a4", design: Path | None = None
) -> None:
    """Write a pack as PPTX, PDF or XLSX, whole or not at all.

    rows: the Parquet files of the rows behind its numbers, which a workbook holds. paper: a4 or us-letter, of a PDF.
    design: a company's own PPTX, of which slides take fonts, colours and logo.
    """
    known([to])
    try:
        match to.suffix.lower():
            case ".pptx":
                from dashboard.pack import pptx

                pptx.write(pack, to, design)
            case ".pdf":
                from dashboard.pack import pdf

                pdf.write(pack, to, paper)
            case _:
                from dashboard.pack import xlsx

                xlsx.write(pack, to, rows)
    except OSError as error:
        raise NotReady(
            f"{to} cannot be written: {error.strerror or error}. Nothing was left of it."
        ) from error
