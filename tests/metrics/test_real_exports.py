"""Readings of real exports against figures computed apart from this project."""

from itertools import permutations
from pathlib import Path

import pytest

from dashboard.readings import Readings
from pipelines.warehouse import load

EXPORTS = Path(__file__).parents[3] / "shared" / "exports"
pytestmark = pytest.mark.skipif(not EXPORTS.exists(), reason="the real exports are not here")


@pytest.fixture(scope="module")
def readings_of(tmp_path_factory):
    """readings_of(path under the exports): the readings of a warehouse that holds this one export."""
    made: dict[str, Readings] = {}

    def readings(export: str) -> Readings:
        if export not in made:
            data = tmp_path_factory.mktemp("data")
            (outcome,) = load([EXPORTS / export], data, who="test")
            assert outcome.error is None
            made[export] = Readings(data)
        return made[export]

    return readings


SERVICENOW = "incident/servicenow/incident_event_log.csv.gz"
STATUSPAGE = "incident/statuspage/incidents.jsonl"
SECURITY_HUB = "audit/security_hub/prowler-output.asff.json"


@pytest.mark.parametrize(
    ("export", "metric", "period", "value", "n", "left_out"),
    [
        (SERVICENOW, "time_to_restore", "all", 58.5, 557, {}),
        (SERVICENOW, "time_to_resolve", "all", None, 19_351, {"no restore time": 1_418}),
        (SERVICENOW, "downgraded_incidents", "all", 100 * 85 / 20_769, 20_769, {}),
        (SERVICENOW, "upgraded_incidents", "all", 100 * 225 / 20_769, 20_769, {}),
        (STATUSPAGE, "downtime", "2025", 115.650, None, None),
        (SECURITY_HUB, "controls_passing", "2023", 100 * 36 / 97, 97, {"informational": 4}),
    ],
)
def test_figures(readings_of, export, metric, period, value, n, left_out):
    readings = readings_of(export)

    reading = readings.reading(metric, readings.period(period))

    assert value is None or reading.value == pytest.approx(value)
    assert n is None or reading.n == n
    assert left_out is None or reading.left_out == left_out


def test_nine_in_ten_major_incidents_are_restored_within_486_hours(readings_of):
    readings = readings_of(SERVICENOW)

    assert readings.reading("time_to_restore", readings.period("all")).detail["p90"] == pytest.approx(
        486, abs=0.5
    )


def test_one_incident_is_open(readings_of):
    readings = readings_of(SERVICENOW)

    assert readings.reading("time_to_resolve", readings.period("all")).detail["open"] == 1


def test_downtime_by_service_adds_up_and_degradations_stand_apart(readings_of):
    readings = readings_of(STATUSPAGE)
    year = readings.period("2025")

    by_service = {service: r.value for service, r in readings.by("downtime", year, "service")}

    assert by_service["Unassigned"] == pytest.approx(25.183, abs=0.001)
    named = sum(hours for service, hours in by_service.items() if service != "Unassigned")
    assert named == pytest.approx(90.467, abs=0.001)
    assert readings.reading("downtime", year).left_out_amount["degradation"] == pytest.approx(
        600.817, abs=0.001
    )


PAGE = ("incidents.jsonl", "downtime_windows.csv", "segments.csv")


@pytest.mark.parametrize("order", [*permutations(PAGE), PAGE[:2], PAGE[1::-1], PAGE[::2]], ids=" ".join)
def test_what_belongs_to_the_status_page_is_never_counted_twice(order, tmp_path, readings_of):
    for name in order:
        (outcome,) = load([EXPORTS / "incident" / "statuspage" / name], tmp_path, who="test")
        assert outcome.error is None
    together, alone = Readings(tmp_path), readings_of(STATUSPAGE)
    for metric in ("downtime", "major_incidents", "time_to_restore", "time_to_resolve"):
        for period in ("2025", "all"):
            one = together.reading(metric, together.period(period))
            other = alone.reading(metric, alone.period(period))
            assert (one.value, one.n) == (pytest.approx(other.value), other.n)
            assert one.left_out == other.left_out
