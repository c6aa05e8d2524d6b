"""What is told beside the numbers: loads that may not be whole, values corrected by hand, names of no known service."""

from datetime import datetime, timedelta

import pytest

from dashboard.period import ALL
from dashboard.readings import Readings
from pipelines import warehouse
from pipelines.asked import Asked

HEADER = "number,opened_at,sys_updated_at,state,priority,short_description,business_service"
SERVICES = "Service,Owner,Business unit,Tier,Customer facing\nPayments,Ada,Retail,1,yes\n"


@pytest.fixture
def month(tmp_path):
    """month(number, count, service) -> the outcome of loading the incidents of a month of 2026."""
    made = iter(range(100))

    def loading(number: int, count: int, service: str = "Payments", **asked):
        start, lines = datetime(2026, number, 1), [HEADER]
        for n in range(count):
            at = start + timedelta(hours=n * 27 * 24 / max(count - 1, 1))
            lines.append(f"INC{number}-{n},{at},{at},New,1 - Critical,x,{service}")
        file = tmp_path / f"{next(made)}.csv"
        file.write_text("\n".join(lines) + "\n")
        (outcome,) = warehouse.load([file], tmp_path, asked=Asked(**asked))
        assert outcome.error is None
        return outcome

    return loading


def test_half_an_export_never_looks_like_an_improvement(month, tmp_path):
    for number in (1, 2, 3):
        month(number, 60)
    month(4, 20)  # cut off
    month(5, 60)
    month(6, 1)  # reaches past the end of May; too few rows to span as long as the others
    readings = Readings(tmp_path)
    april, may = (readings.reading("major_incidents", readings.period(f"2026-{m}")) for m in ("04", "05"))
    assert (april.value, april.verdict, april.doubts) == (20, None, ("load 4 may not be whole",))
    assert (may.verdict, may.doubts) == (None, ("load 4 may not be whole",))  # nor does the next look worse
    march = readings.reading("major_incidents", readings.period("2026-03"))
    assert march.verdict and march.doubts == ()
    month(4, 20, complete=True)
    readings.refresh()
    april = readings.reading("major_incidents", readings.period("2026-04"))
    assert (april.verdict, april.doubts) == ("better", ())


def test_an_export_that_spans_as_much_makes_a_doubtful_one_good(month, tmp_path):
    for number in (1, 2):
        month(number, 60)
    month(3, 20)
    month(3, 60)
    readings = Readings(tmp_path)
    assert readings.reading("major_incidents", readings.period("2026-03")).doubts == ()


def test_a_corrected_value_is_marked_with_who_when_and_why(month, tmp_path):
    month(1, 3)
    file = tmp_path / "corrections.csv"
    key = "servicenow_incident:INC1-1"
    file.write_text(
        f"Kind of record,Record,Column,Right value,Reason\nincident,{key},severity,2,Only one client\n"
    )
    warehouse.load([file], tmp_path, who="Ada (unverified)")
    readings = Readings(tmp_path)
    (version,) = readings.records("major_incidents", key).to_dict("records")
    day = f"{datetime.now():%Y}"
    assert version["severity"] == 2
    assert version["corrected"].startswith("severity: 1 → 2, by Ada (unverified) on ")
    assert version["corrected"].endswith(f"{day} (load 2): Only one client")
    found = readings.rows("major_incidents", ALL).set_index("record_id")["corrected"]
    assert found[key] == version["corrected"] and found.drop(key).isna().all()


def test_times_that_were_corrected_are_told_by_the_organisations_clocks(month, tmp_path):
    (tmp_path / "settings.toml").write_text('timezone = "Europe/Berlin"\n', "utf-8")
    month(7, 3)
    file = tmp_path / "corrections.csv"
    key = "servicenow_incident:INC7-1"
    told = [
        ("opened_at", "2026-07-02T09:00+09:00"),
        ("detected_at", "2026-07-02"),
        ("closed_at", "2026-07-02 23:30"),
    ]
    rows = "".join(f"incident,{key},{column},{value},Seen\n" for column, value in told)
    file.write_text(f"Kind of record,Record,Column,Right value,Reason\n{rows}")
    warehouse.load([file], tmp_path, who="Ada")
    (version,) = Readings(tmp_path).records("major_incidents", key).to_dict("records")
    said = [one.partition(", by")[0] for one in version["corrected"].split("; ")]
    assert [one.partition(" → ")[2] for one in said] == ["2026-07-03 01:30", "2026-07-02", "2026-07-02 02:00"]
    assert said[2].startswith("opened_at: 2026-07-14 14:00 → "), "12:00 in UTC"


def test_names_of_no_known_service_are_counted(month, tmp_path):
    month(1, 3)
    assert Readings(tmp_path).nameless() == ""
    assert Readings(tmp_path).reporting().empty, "no catalogue"
    catalogue = tmp_path / "services.csv"
    catalogue.write_text(f"{SERVICES}Claims,Ada,Retail,1,yes\n")
    (outcome,) = warehouse.load([catalogue], tmp_path)
    assert outcome.error is None
    month(2, 12, "db-pay-01")
    readings = Readings(tmp_path)
    assert readings.nameless() == "No known service is named by 12 of 15 incidents"
    assert readings.unmapped().to_dict("records") == [
        {"kind": "incident", "name": "db-pay-01", "records": 12}
    ]
    (told,) = readings.reporting().to_dict("records")
    assert (told["kind"], told["reporting"], told["services"], [*told["silent"]]) == (
        "incidents",
        1,
        2,
        ["Claims"],
    )
