"""`dashboard metrics` on a folder loaded by hand, with the metrics that the product ships."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dashboard.cli import main
from dashboard.metric import read_metrics
from pipelines.marts import build_marts
from pipelines.snapshot import create_tables, path

PROMISED = {
    "metric", "period", "value", "unit", "n", "low", "high", "left_out", "previous", "verdict", "target", "status",
    "as_of", "snapshot",
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six months of one service's outages of an hour, one a day."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "warehouse").mkdir()
    with duckdb.connect(str(path(folder, 7))) as con:
        create_tables(con)
        con.execute("insert into setting values ('currency', 'GBP')")
        con.execute("insert into as_of values ('incident', 'tool', 'tool', '2026-07-02')")
        con.execute(
            """insert into incident by name
            select 'tool:' || i as record_id, i::varchar as key, 'tool' as source, 'tool' as instance, 1 as severity,
                   timestamp '2026-01-01 10:00' + to_days(i::integer) as opened_at, opened_at as effective_at,
                   opened_at + interval 1 hour as restored_at, 'resolved' as status, 'outage' as impact,
                   ['Claims'] as services
            from range(182) as day(i)"""
        )
        build_marts(con)
    return folder


@pytest.fixture
def run(monkeypatch, capsys):
    """run(folder, words...) -> what `dashboard metrics` came to, in this process: another takes its seconds to import."""

    def running(data: Path, *words: str) -> subprocess.CompletedProcess:
        monkeypatch.setattr(sys, "argv", ["dashboard", "metrics", "--data", str(data), *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return subprocess.CompletedProcess(sys.argv, ended.value.code or 0, said.out, said.err)

    return running


def started(data: Path, *words: str) -> subprocess.CompletedProcess:
    """The same in a process of its own."""
    command = [
        sys.executable,
        "-c",
        "from dashboard.cli import main; main()",
        "metrics",
        "--data",
        str(data),
        *words,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_json_is_a_list_of_readings_of_the_newest_closed_quarter(data):
    done = started(data, "--json")
    readings = json.loads(done.stdout)
    assert done.returncode == 0
    assert [r["metric"] for r in readings] == list(read_metrics())
    assert all(set(r) >= PROMISED for r in readings)
    downtime = readings[0]
    assert (downtime["period"], downtime["value"], downtime["n"], downtime["snapshot"]) == (
        "2026-Q2",
        91,
        91,
        7,
    )
    assert (downtime["as_of"], downtime["text"], downtime["previous"]) == ("2026-07-02T00:00:00Z", "91 h", 90)


def test_one_metric_by_service(run, data):
    done = run(data, "--metric", "time_to_restore", "--by", "service", "--period", "2026-05", "--json")
    (reading,) = json.loads(done.stdout)
    assert (reading["scope"], reading["value"], reading["n"]) == ({"service": "Claims"}, 1, 31)


def test_for_people_it_is_a_table(run, data):
    done = run(data, "--period", "2026-Q2", "--service", "Claims")
    assert done.returncode == 0
    assert "Quarter 2, 2026 (April–June)" in done.stdout


def test_a_year_before_is_compared_with_where_it_is_asked_for(run, data):
    asked = ("--metric", "downtime", "--period", "2026-Q2", "--against", "year")
    (reading,) = json.loads(run(data, *asked, "--json").stdout)
    assert (reading["value"], reading["previous"]) == (91, None)
    said = "Not compared with Quarter 2, 2025: its data begins on 1 Jan 2026."
    assert reading["not_compared"] == said
    told = run(data, *asked).stdout
    assert "Quarter 2, 2026 (April–June), against Quarter 2, 2025 (April–June)" in told
    assert f"Hours of downtime: {said}" in told


def test_a_period_without_readings_is_named(run, data):
    done = run(data, "--by", "service", "--metric", "downtime", "--period", "2020-Q1")
    assert done.returncode == 0
    assert "Quarter 1, 2020 (January–March): no readings" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--period", "Q3"], "'Q3' is not a period: write 2026-Q3"),
        (["--metric", "uptime"], "There is no metric 'uptime', only downtime, "),
        (["--by", "colour"], "There is no dimension 'colour', only "),
        (["--metric", "controls_passing", "--by", "service"], "controls_passing cannot be told by service"),
        (["--service", "Portal"], "There is no service 'Portal', only Claims."),
        (["--against", "decade"], "'decade' is not one of 'before'"),
        (["--color"], "No such option: --color"),
    ],
)
def test_what_is_unknown_is_said_in_a_line_and_exits_2(run, data, words, said):
    done = run(data, *words, "--json")
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_without_a_snapshot_it_names_the_command_that_mends_it(run, tmp_path):
    done = run(tmp_path)
    assert done.returncode == 2
    assert "pipelines load FILE" in done.stderr


def test_a_target_is_for_its_service_however_written_and_one_for_nothing_is_told(run, data, tmp_path):
    (tmp_path / "warehouse").mkdir()
    shutil.copy(path(data, 7), path(tmp_path, 7))
    with duckdb.connect(str(path(tmp_path, 7))) as con:
        con.execute(
            """insert into target by name
            select metric as key, metric, service, 30.0 as value, timestamp '2026-01-01' as from_at
            from (values ('downtime', 'CLAIMS'), ('Downtime', null), ('major_incidents', 'Cards')) as t(metric, service)"""
        )
        con.execute(
            """insert into target by name
            select metric as key, metric, value, timestamp '2026-01-01' as from_at
            from (values ('patches_on_time', 101.0), ('major_incidents', -3.0), ('availability', 100.0), ('money_lost', 0.0))
                as t(metric, value)"""
        )
    done = run(tmp_path, "--metric", "downtime", "--service", "Claims", "--json")
    assert json.loads(done.stdout)[0]["target"] == 30.0
    assert "the metric 'Downtime', which there is not" in done.stderr
    assert "the service 'Cards', which there is not" in done.stderr
    assert "CLAIMS" not in done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("A target of")]
    assert said == [
        "A target of 101 % is none of Patches installed on time: it is always between 0 % and 100 %.",
        "A target of −3 is none of Major incidents: it is always 0 or more.",
    ]
