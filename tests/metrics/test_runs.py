"""What one run of a tool wrote into several files, or at several moments, is read as one state of each control."""

import json
from datetime import datetime
from pathlib import Path

from dashboard.readings import Readings
from pipelines.warehouse import load


def finding(control: str, resource: str, status: str, updated: str) -> dict:
    return {
        "Id": f"{control}/{resource}",
        "GeneratorId": control,
        "AwsAccountId": "111122223333",
        "Compliance": {"Status": status},
        "RecordState": "ACTIVE",
        "Resources": [{"Id": resource}],
        "UpdatedAt": f"2026-07-01T{updated}:00Z",
    }


def controls_passing(data: Path, *exports: Path) -> tuple[float | None, int]:
    for outcome in load([*exports], data, who="test"):
        assert outcome.error is None
    readings = Readings(data)
    reading = readings.reading("controls_passing", readings.period("2026-07"))
    return reading.value, reading.n


def test_the_pages_of_one_security_hub_export_are_one_run(tmp_path):
    pages = [
        [finding("X", "r1", "FAILED", "10:00"), finding("Y", "r1", "PASSED", "09:00")],
        [finding("X", "r2", "PASSED", "10:05")],
    ]
    exports = [tmp_path / f"page{number}.json" for number in range(len(pages))]
    for export, page in zip(exports, pages, strict=True):
        export.write_text(json.dumps({"Findings": page}), "utf-8")

    assert controls_passing(tmp_path / "data", *exports) == (50, 2)


def test_prowler_tests_of_one_control_a_second_apart_are_one_run(tmp_path):
    lines = ["FINDING_UID;CHECK_ID;CHECK_TITLE;STATUS;TIMESTAMP;COMPLIANCE;ACCOUNT_UID;RESOURCE_UID"]
    for number, result in enumerate(["PASS", "FAIL", "PASS"]):
        lines.append(
            f"f{number};mfa;MFA is on;{result};2026-07-01 10:00:0{number};CIS: 1.1;111122223333;r{number}"
        )
    export = tmp_path / "prowler.csv"
    export.write_text("\n".join(lines) + "\n", "utf-8")

    assert controls_passing(tmp_path / "data", export) == (0, 1)


def test_a_resource_tested_again_after_a_pause_does_not_part_the_run_it_is_in(world):
    tests = [("root", "pass", 1, 0), ("vpc", "pass", 13, 0), ("root", "informational", 13, 1)]
    rows = [
        {
            "control": "MFA",
            "scope": "a",
            "resource": resource,
            "result": result,
            "tested_at": datetime(2026, 7, day, hour),
        }
        for resource, result, day, hour in tests
    ]
    world.given({"control_test": rows}, {"tool": datetime(2026, 8, 1)})
    reading = world.read("controls_passing", "2026-07", {})
    assert (reading.value, reading.n, reading.left_out) == (100, 1, {})
