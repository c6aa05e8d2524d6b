"""Rows of many kilobytes each, as scanners write them, go in within the memory that a load may take."""

import json
from pathlib import Path

import pytest

from pipelines import warehouse

EXAMPLE = Path(__file__).parents[1] / "exports" / "prowler_ocsf.json"


@pytest.mark.usefixtures("marts")
def test_thousands_of_wide_rows_go_in(tmp_path):
    finding = json.loads(EXAMPLE.read_text("utf-8"))[0]
    finding["risk_details"] = "why " * 2500
    with (tmp_path / "wide.json").open("w", encoding="utf-8") as file:
        for number in range(4000):
            finding["finding_info"]["uid"] = f"wide-{number}"
            file.write(json.dumps(finding) + "\n")

    (outcome,) = warehouse.load([tmp_path / "wide.json"], tmp_path / "data")

    assert (outcome.error, outcome.accepted) == (None, 4000)
