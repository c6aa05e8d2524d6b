"""What an export states above its header is its moment."""

from datetime import datetime
from pathlib import Path

import pytest

from pipelines import warehouse

EXPORTS = Path(__file__).parents[1] / "exports"
TOOL = """title = "Tool"
record = "asset"
recognise = ["machine", "seen"]
stated = ['As of ([^|]+)']
[columns]
key = ["machine"]
name = ["machine"]
effective_at = ["seen"]
"""
TABLE = "machine,seen\ndb-01,2026-09-01\ndb-02,2026-09-02\ndb-03,2026-09-02\n"


@pytest.mark.parametrize(
    ("above", "moment"),
    [
        ("As of 2026-09-04 08:00,\n", datetime(2026, 9, 4, 8)),
        ("As of 2026-09-04T08:00:00+02:00,\n", datetime(2026, 9, 4, 6)),
        ("As of yesterday,\n", datetime(2026, 9, 2)),  # no date: the newest update
        ("", datetime(2026, 9, 2)),
    ],
)
def test_the_moment_is_the_stated_one(tmp_path, above, moment):
    (tmp_path / "sources" / "asset").mkdir(parents=True)
    (tmp_path / "sources" / "asset" / "tool.toml").write_text(TOOL)
    (tmp_path / "export.csv").write_text(above + TABLE)
    (outcome,) = warehouse.load([tmp_path / "export.csv"], tmp_path)
    assert outcome.error is None
    assert [line["moment"] for line in warehouse.loads(tmp_path)] == [moment]


def test_a_vmdr_report_is_as_of_its_own_date(tmp_path):
    warehouse.load([EXPORTS / "qualys_vmdr.csv"], tmp_path)
    assert [line["moment"] for line in warehouse.loads(tmp_path)] == [datetime(2026, 2, 4, 15)]
