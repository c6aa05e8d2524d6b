"""Dates that a spreadsheet has written in another style are the same dates: no source compares times as texts."""

import csv
import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines import warehouse
from pipelines.asked import Asked
from pipelines.source import sources
from tests.pipelines.sources.test_examples import EXPORTS, records

TOOLS = [source.name for source in sources().values() if source.verified != "template"]
EXAMPLES = [path for path in sorted(EXPORTS.glob("*.csv")) if path.name.partition(".")[0] in TOOLS]
ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?")
AS_OF = datetime(2026, 11, 1)  # where an export does not say it itself


def restyled(cell: str) -> str:
    """2026-03-14T09:05:00Z as 14 Mar 2026 09:05:00.000000 UTC."""
    if not ISO.fullmatch(cell):
        return cell
    try:
        at = datetime.fromisoformat(cell)
    except ValueError:
        return cell
    zone = " UTC" if at.tzinfo else ""
    at = at.astimezone(UTC) if at.tzinfo else at
    return f"{at:%d %b %Y %H:%M:%S.%f}{zone}" if ":" in cell else f"{at:%d %b %Y}"


def rewritten(path: Path, folder: Path) -> Path:
    text = path.read_bytes().decode("utf-8-sig")
    delimiter = max(",;\t", key=text.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    file = folder / path.name
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, delimiter=delimiter).writerows([[*map(restyled, line)] for line in lines])
    return file


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_dates_in_another_style_are_the_same_dates(tmp_path, path: Path):
    told = []
    for file in (path, rewritten(path, tmp_path)):
        with warehouse.trial([file], tmp_path / "data", asked=Asked(as_of=AS_OF)) as trial:
            (checked,) = trial.checked
            assert checked.outcome.error is None
            told.append(sorted(records(trial.following.con, checked.outcome), key=str))
    as_it_is, other = told
    assert other == as_it_is
