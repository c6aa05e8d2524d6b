"""A frozen pack stays as it was told, whatever is loaded, changed or removed afterwards."""

import csv
import json
import shutil
import signal
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import openpyxl
import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from dashboard.pack import frozen, reports
from dashboard.reading import Unknown
from dashboard.readings import Readings
from pipelines.errors import NotReady
from pipelines.snapshot import numbers
from pipelines.warehouse import load, withdraw

HEADINGS = ["Reference", "Incident", "Opened", "Impact", "Outage from", "Outage until", "Service", "As of"]
BEGIN = datetime(2026, 8, 3, 8)
ASKED = datetime(2026, 10, 3)


def outages(path: Path, hours: list[float], first: int = 0) -> Path:
    """An export of outages of Payments, one a day from 3 August 2026 on."""
    with path.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(HEADINGS)
        for number, length in enumerate(hours, first):
            at = BEGIN + timedelta(days=number)
            end = at + timedelta(hours=length)
            writer.writerow([f"INC{number}", "=1+1", at, "Outage", at, end, "Payments", ASKED])
        last = datetime(2026, 10, 2, 8)
        writer.writerow(
            ["INC900", "Later", last, "Outage", last, last + timedelta(hours=1), "Payments", ASKED]
        )
    return path


@pytest.fixture(scope="module")
def began(tmp_path_factory) -> Path:
    data = tmp_path_factory.mktemp("packs") / "data"
    (done,) = load([outages(data.parent / "first.csv", [2, 3.5])], data)
    assert done.error is None, done
    return data


def test_what_is_frozen_stays_as_it_was_told(began):
    with reports.asked(began, "2026-Q3", "board") as (told, rows):
        assert told.id == "2026-Q3-board-1"
        assert told.told["downtime"].facts["value"] == pytest.approx(5.5)
        assert told.told["downtime"].text == "5.5 h"
        found = duckdb.sql(f"select record_id, services from '{rows['downtime']}' order by all").fetchall()
    assert found == [(f"Payments outage 2026-08-0{day} 08:00:00 UTC", ["Payments"]) for day in (3, 4)]
    load([outages(began.parent / "second.csv", [9], first=7)], began)
    withdraw(1, began, why="a trial")
    assert Readings(began).reading("downtime", Readings(began).period("2026-Q3")).value == pytest.approx(9)
    with reports.asked(began, "2026-Q3", "board") as (again, _):
        assert again == told
    with reports.asked(began, "2026-Q3", "board", anew=True) as (draft, _):
        assert (draft.id, draft.told["downtime"].facts["value"]) == ("", pytest.approx(9))
    assert frozen.ids(began) == ["2026-Q3-board-1"]
    # The snapshot outlives those of the warehouse.
    for day in (20, 21, 22):
        load([outages(began.parent / f"{day}.csv", [1], first=day)], began)
    assert told.snapshot not in numbers(began)
    with duckdb.connect(str(frozen.folder(began) / told.id / "snapshot.duckdb"), read_only=True) as con:
        assert con.execute("select count(*) from incident").fetchall() == [(3,)]


def test_a_correction_is_a_new_revision_that_says_why(began, tmp_path):
    with reports.asked(began, "2026-08", "monthly") as (first, _):
        pass
    readings = Readings(began)
    with pytest.raises(NotReady, match="cannot be changed"):
        frozen.freeze(readings, reports.drafted(readings, "2026-08", "monthly", began), began)
    with reports.asked(began, "2026-08", "monthly", why="An outage\nwas missing") as (second, _):
        pass
    assert (second.id, second.revision, second.replaces, second.why) == (
        "2026-08-monthly-2", 2, first.id, "An outage was missing",
    )  # fmt: skip
    assert frozen.read(first.id, began) == first
    assert frozen.latest(began, "monthly", "2026-08", first.days) == second


def test_the_pack_before_is_the_newest_revision_of_an_earlier_period(began):
    def before(month: str, template: str = "monthly") -> str | None:
        found = frozen.before(began, template, Readings(began).period(month).start.date())
        return found and found.id

    assert (before("2026-08"), before("2026-09"), before("2026-09", "audit")) == (
        None,
        "2026-08-monthly-2",
        None,
    )


def test_the_next_pack_tells_the_numbers_of_the_one_before(began):
    last = frozen.read("2026-08-monthly-2", began)
    pack = reports.drafted(Readings(began), "2026-09", "monthly", began)
    (downtime,) = [one for one in pack.compared if one.metric == "downtime"]
    told = last.told["downtime"]
    assert (pack.before, downtime.then, downtime.then_text) == (last.id, told.facts["value"], told.text)
    assert (downtime.now, downtime.verdict) == (0, pack.told["downtime"].verdict)
    assert pack.since_title == "What changed since the pack of August 2026"
    assert any(line.startswith(f"Hours of downtime: {told.text} then, 0 h now") for line in pack.since)


def test_nothing_is_left_of_a_pack_that_could_not_be_made(began, monkeypatch):
    readings = Readings(began)
    draft = reports.drafted(readings, "2026-09", "monthly", began)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Readings, "keep", full)
    with pytest.raises(NotReady, match="No space left on device"):
        frozen.freeze(readings, draft, began)
    assert not list(began.glob(".work-*"))
    assert frozen.latest(began, "monthly", "2026-09", draft.days) is None


def test_a_freeze_that_is_killed_has_not_happened_and_leaves_nothing_to_the_next(began, tmp_path):
    data = Path(shutil.copytree(began, tmp_path / "data"))
    script = f"""
import os, signal
from pathlib import Path
from dashboard.pack import frozen, reports
from dashboard.readings import Readings
frozen.Pack.model_dump_json = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
with reports.asked(Path({str(data)!r}), "2026-Q3", "monthly"):
    pass
"""
    before = frozen.ids(data)
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[3], check=False)
    assert done.returncode == -signal.SIGKILL and frozen.ids(data) == before
    assert list(data.glob(".work-*/2026-Q3-monthly-1/rows/*.parquet"))
    with reports.asked(data, "2026-Q3", "monthly") as (pack, files):
        assert frozen.ids(data) == sorted([*before, pack.id]) and files.keys() == pack.told.keys()
    assert not list(data.glob(".work-*"))


def test_two_at_once_freeze_one(began, tmp_path):
    data = Path(shutil.copytree(began, tmp_path / "data"))
    readings = Readings(data)
    draft = reports.drafted(readings, "2026-09", "monthly", data)

    def meanwhile() -> datetime:
        frozen.freeze(readings, draft, data, who="Bob")
        return ASKED

    with pytest.raises(NotReady, match="2026-09-monthly-1 was frozen by somebody else just now"):
        frozen.freeze(readings, draft, data, who="Ann", clock=meanwhile)
    assert frozen.read("2026-09-monthly-1", data).frozen_by == "Bob"


def test_numbers_that_have_changed_since_are_not_frozen(began):
    readings = Readings(began)
    draft = reports.drafted(readings, "2026-Q2", "board", began)
    with pytest.raises(NotReady, match="have changed"):
        frozen.freeze(readings, draft.model_copy(update={"snapshot": draft.snapshot - 1}), began)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ("", "cannot be read: Expecting value: line 1"),
        ("[]", "cannot be read"),
        ('{"format": 1}', "does not hold a pack as it was frozen: template: Field required. Restore it"),
        ('{"format": 99}', "newer version of this program"),
    ],
)
def test_a_pack_that_was_damaged_is_named(tmp_path, held, said):
    (tmp_path / "packs" / "2026-Q3-board-1").mkdir(parents=True)
    (tmp_path / "packs" / "2026-Q3-board-1" / "pack.json").write_text(held, "utf-8")
    with pytest.raises(NotReady, match=said):
        frozen.packs(tmp_path)


def test_a_damaged_pack_stops_what_would_tell_of_it_and_nothing_else(began, tmp_path):
    data = Path(shutil.copytree(began, tmp_path / "data"))
    (sound,) = [one for one in frozen.packs(data) if one.id == "2026-08-monthly-2"]
    held = frozen.folder(data) / "2026-08-monthly-1" / "pack.json"
    held.write_bytes(held.read_bytes()[:1000])
    kept, damaged = frozen.readable(data)
    assert sound in kept and len(kept) == len(frozen.ids(data)) - 1
    assert (
        len(damaged) == 1
        and f"{held} cannot be read" in damaged[0]
        and "move its folder elsewhere" in damaged[0]
    )
    # It may be the very one that is asked for, or the one to tell of.
    for asked in (("2026-08", "monthly"), ("2026-09", "monthly"), ("2026-09", "audit")):
        with pytest.raises(NotReady, match="2026-08-monthly-1"), reports.asked(data, *asked):
            pass
    with reports.asked(data, "2026-Q3", "board") as (told, _):
        assert told in kept
    listed = CliRunner().invoke(app, ["packs", "--data", str(data)])
    assert (
        listed.exit_code == 2 and sound.id in listed.stdout and str(held) in listed.stderr.replace("\n", "")
    )
    shutil.move(held.parent, tmp_path)
    with reports.asked(data, "2026-08", "monthly") as (told, _):
        assert told == sound


def test_a_name_that_means_other_days_under_another_fiscal_year_is_another_pack(began, tmp_path):
    data = Path(shutil.copytree(began, tmp_path / "data"))
    first = frozen.read("2026-Q3-board-1", data)
    (data / "settings.toml").write_text("fiscal_year_starts = 12\n", "utf-8")
    with reports.asked(data, "2026-Q3", "board") as (other, _):
        pass
    assert (other.id, other.revision, other.replaces, other.before) == ("2026-Q3-board-2", 1, None, None)
    assert other.days == (date(2026, 6, 1), date(2026, 9, 1)) != first.days
    with reports.asked(data, "2026-Q3", "board", why="A word") as (revised, _):
        assert (revised.id, revised.revision, revised.replaces) == ("2026-Q3-board-3", 2, other.id)
    (data / "settings.toml").unlink()
    with reports.asked(data, "2026-Q3", "board") as (again, _):
        assert again == first


def test_a_revision_in_another_time_zone_does_not_follow_the_pack_that_it_revises(began, tmp_path):
    data = Path(shutil.copytree(began, tmp_path / "data"))
    (data / "settings.toml").write_text('timezone = "America/New_York"\n', "utf-8")
    with reports.asked(data, "2026-08", "monthly", why="Days are those of New York") as (pack, _):
        assert (pack.replaces, pack.before) == ("2026-08-monthly-2", None)


@pytest.mark.parametrize("name", ["../packs/2026-Q3-board-1", "nothing", ""])
def test_a_pack_is_found_by_its_id_only(began, name):
    with pytest.raises(Unknown, match="There is no pack"):
        frozen.read(name, began)


def test_the_command_tells_the_numbers_that_the_readings_tell(began, tmp_path):
    def run(*words: str) -> str:
        done = CliRunner().invoke(app, [*words, "--data", str(began)])
        assert done.exit_code == 0, done.output
        return done.stdout

    files = [tmp_path / "pack.xlsx", tmp_path / "pack.pdf"]
    out = [word for file in files for word in ("--out", str(file))]
    told = json.loads(run("pack", "--period", "2026-08", "--template", "board", "--json", *out))
    read = {one["metric"]: one for one in json.loads(run("metrics", "--period", "2026-08", "--json"))}
    assert {name: one["facts"] for name, one in told["told"].items()} == {n: read[n] for n in told["told"]}
    sheet = openpyxl.load_workbook(files[0])["Readings"]
    assert [row[:4] for row in sheet.iter_rows(min_row=2, values_only=True)] == [
        (one["title"], one["facts"]["value"], one["unit"], one["text"]) for one in told["told"].values()
    ]
    assert files[1].read_bytes().startswith(b"%PDF")
    assert told["id"] in run("packs")
    assert told["id"] in [one["id"] for one in json.loads(run("packs", "--json"))]


def test_a_period_without_data_is_not_frozen(began):
    with pytest.raises(NotReady, match="nothing to freeze"), reports.asked(began, "2030-Q1", "board"):
        pass
    assert not [name for name in frozen.ids(began) if name.startswith("2030")]


def test_without_a_period_it_tells_of_the_newest_closed_one_of_its_templates_length(began):
    readings = Readings(began)
    told = {name: reports.drafted(readings, None, name, began).period for name in ("board", "monthly")}
    assert told == {"board": "2026-Q3", "monthly": "2026-09"}


def test_a_source_that_has_gone_quiet_is_told_and_nothing_is_called_better(tmp_path):
    load([outages(tmp_path / "one.csv", [2, 3.5])], tmp_path / "data")
    quiet = [
        f"X{day},Down,2026-06-0{day} 08:00,Outage,2026-06-0{day} 08:00,2026-06-0{day} 10:00,Portal,2026-06-05"
        for day in (1, 2)
    ]
    (tmp_path / "two.csv").write_text("\n".join([",".join(HEADINGS), *quiet]), "utf-8")
    load([tmp_path / "two.csv"], tmp_path / "data", instance="other")
    pack = reports.drafted(Readings(tmp_path / "data"), "2026-Q3", "board", tmp_path / "data")
    assert {one.instance: one.overdue for one in pack.sources} == {"incident_list": False, "other": True}
    assert pack.memo[-1].startswith("Not everything is in: nothing of Incidents since 5 Jun 2026.")
    assert pack.memo[0] == "Hours of downtime 5.5 h."
    assert (pack.closed, pack.data_through, pack.since) == (False, datetime(2026, 6, 5), ())
    assert {one.verdict for one in pack.told.values()} == {None}
    assert "stale: nothing of Incidents since 5 Jun 2026" in pack.told["downtime"].notes


def test_a_pack_of_all_time_or_of_an_unknown_template_is_refused(began):
    readings = Readings(began)
    with pytest.raises(NotReady, match="a month, a quarter or a year"):
        reports.drafted(readings, "all", "board", began)
    with pytest.raises(Unknown, match="only audit, board, monthly"):
        reports.drafted(readings, "2026-Q3", "bored", began)


def test_a_template_of_ones_own_names_a_metric_that_is_gone(began):
    (began / "templates").mkdir(exist_ok=True)
    (began / "templates" / "own.toml").write_text(
        'title = "Own"\n[[sections]]\ntitle = "All"\nmetrics = ["downtime", "gone"]\n', "utf-8"
    )
    pack = reports.drafted(Readings(began), "2026-Q3", "own", began)
    assert (pack.missing, pack.sections[0].metrics) == (("gone",), ("downtime",))
    (began / "templates" / "own.toml").write_text('title = "Own"\n', "utf-8")
    with pytest.raises(NotReady, match="sections"):
        reports.drafted(Readings(began), "2026-Q3", "own", began)
    (began / "templates" / "own.toml").unlink()
