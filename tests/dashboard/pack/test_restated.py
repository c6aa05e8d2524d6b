"""What was restated of a frozen pack: every cause is read back with its amount, and the amounts add up."""

import csv
import json
import shutil
import sys
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import openpyxl
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx import Presentation
from typer.testing import CliRunner

from dashboard.cli import app
from dashboard.metric import read_metrics
from dashboard.pack import causes, frozen, reports
from dashboard.pack.pack import Pack, Restated, Step
from dashboard.pack.restated import restated, same, span
from dashboard.pack.write import write as write_pack
from dashboard.readings import Readings
from pipelines import snapshot
from pipelines.archive import Archive
from pipelines.snapshot import numbers, open_snapshot
from pipelines.warehouse import Outcome, load, refresh, withdraw

sys.path.insert(0, str(Path(__file__).parent))
from made import made

INCIDENTS = ["Reference", "Incident", "Severity", "Status", "Opened", "Restored", "Impact", "Outage from", "Outage until",
             "Service", "As of"]  # fmt: skip
PATCHES = ["Asset", "Patch", "Severity", "First seen", "Due", "State", "Installed", "As of"]
TARGETS = ["Metric", "Target", "From"]
FEW = """title = "Few"
[[sections]]
title = "Few"
metrics = ["downtime", "major_incidents", "time_to_restore", "patches_on_time"]
"""
METRICS = {
    name: metric
    for name, metric in read_metrics().items()
    if name in ("downtime", "major_incidents", "time_to_restore", "patches_on_time")
}


def at(day: str, hour: str = "00:00") -> str:
    """5 September 2026: "9-5"."""
    month, number = day.split("-")
    return f"2026-{int(month):02d}-{int(number):02d} {hour}"


def outage(key: str, since: str, until: str, **more: str) -> dict[str, str]:
    """An outage of Payments; still open without an end."""
    row = {"Reference": key, "Incident": "Down", "Severity": "Low", "Status": "Resolved" if until else "Open",
           "Opened": since, "Restored": until, "Impact": "Outage", "Outage from": since, "Outage until": until,
           "Service": "Payments"}  # fmt: skip
    return row | more


def write(path: Path, headings: list[str], rows: list[dict[str, str]], as_of: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, headings)
        writer.writeheader()
        writer.writerows(row | ({"As of": as_of} if as_of else {}) for row in rows)
    return path


def take(data: Path, file: Path, who: str = "Ann") -> Outcome:
    (done,) = load([file], data, who=who)
    assert done.error is None, done
    return done


def freeze(data: Path, period: str = "2026-Q3") -> Pack:
    (data / "templates").mkdir(exist_ok=True)
    (data / "templates" / "few.toml").write_text(FEW, "utf-8")
    with reports.asked(data, period, "few") as (pack, _):
        return pack


def asked(pack: Pack, data: Path, metrics=METRICS) -> dict[str, Restated]:
    """What was restated, by metric; whatever it is, it adds up and ends where the present is."""
    found = {one.metric: one for one in restated(pack, data, metrics=metrics)}
    now = Readings(data, metrics)
    for name, one in found.items():
        assert one.because == "", one
        reading = now.reading(name, span(pack, now.settings.zone))
        assert (one.now, one.n_now) == (reading.value, reading.n)
        path = [(pack.told[name].facts["value"], pack.told[name].n)]
        for step in one.steps:
            assert (step.before, step.n_before) == path[-1]
            path.append((step.after, step.n_after))
        assert same(path[-1][0], one.now) and path[-1][1] == one.n_now, one
    for name in pack.told.keys() - found.keys():
        reading = now.reading(name, span(pack, now.settings.zone))
        assert same(reading.value, pack.told[name].facts["value"]) and reading.n == pack.told[name].n
    return found


def amounts(one: Restated) -> list[tuple[str, str | None, str | None, float]]:
    """kind, file, who and amount of each step."""
    return [(s.kind, s.file, s.who, round(s.after - s.before, 6)) for s in one.steps]


def test_every_cause_is_read_back_with_its_amount(tmp_path):
    data, files = tmp_path / "data", tmp_path
    first = [
        outage("1", at("9-3", "08:00"), at("9-3", "10:00")),
        outage("2", at("9-28", "06:00"), ""),
        outage("8", at("9-5", "08:00"), at("9-5", "08:45"), Impact="", Severity="Critical"),  # an outage only by a setting
    ]  # fmt: skip
    take(data, write(files / "sep.csv", INCIDENTS, first, at("9-28", "12:00")))
    trial = [outage("5", at("9-10", "08:00"), at("9-10", "09:00"))]
    take(data, write(files / "trial.csv", INCIDENTS, trial, at("9-20")))
    pack = freeze(data)
    assert pack.told["downtime"].facts["value"] == pytest.approx(2 + 6 + 1)
    assert asked(pack, data) == {}

    second = [
        outage("1", at("9-3", "08:00"), at("9-3", "11:30")),  # corrected: 1.5 h more
        outage("2", at("9-28", "06:00"), at("9-28", "20:00")),  # has closed since: 8 h more
        outage("6", at("9-29", "10:00"), at("9-29", "13:00")),  # happened since: 3 h
        outage("7", at("9-12", "08:00"), at("9-12", "12:00")),  # was not known: 4 h
        outage("9", at("10-1", "08:00"), at("10-1", "09:00")),  # of another period
    ]
    take(data, write(files / "oct.csv", INCIDENTS, second, at("10-3")), "Bob")
    withdraw(2, data, why="it was a test", who="Eve")
    goals = [{"Metric": "downtime", "Target": "20", "From": "2026-07-01"}]
    take(data, write(files / "goals.csv", TARGETS, goals), "Cy")
    (data / "settings.toml").write_text("outage_severity = 1\n", "utf-8")
    refresh(data)
    downtime = METRICS["downtime"]
    earlier = downtime.sql.replace("since, until", "since - interval 30 minutes as since, until")
    assert earlier != downtime.sql
    metrics = METRICS | {"downtime": downtime.model_copy(update={"sql": earlier})}

    one = asked(pack, data, metrics)["downtime"]
    assert amounts(one) == [
        ("load", "oct.csv", "Bob", 5.5),
        ("withdrawal", "trial.csv", "Eve", -1),
        ("maturing", None, None, 11),
        ("settings", None, None, 0.75),
        ("definition", None, None, 2.5),  # half an hour for each of five
        ("target", "goals.csv", "Cy", 0),
    ]
    what = [step.what for step in one.steps]
    assert what[1] == "trial.csv, withdrawn: it was a test"
    assert what[3] == "the setting outage severity: 0 → 1"
    assert what[4] == "a changed definition: how it is counted"
    assert one.steps[5].text == "target none → ≤ 20 h: no target → off target"
    assert one.text.startswith(
        f"Hours of downtime was told as 9 h; it is {one.now_text} now: +5.5 h from oct.csv (loaded "
    )
    assert frozen.read(pack.id, data) == pack

    # The next pack tells it in its appendix, by the definitions of now.
    (told,) = [each for each in freeze(data, "2026-10").restated if each.metric == "downtime"]
    assert amounts(told) == [step for step in amounts(one) if step[0] != "definition"]
    shown = CliRunner().invoke(app, ["packs", pack.id, "--data", str(data)])
    assert told.text in shown.stdout, shown.output
    held = CliRunner().invoke(app, ["packs", pack.id, "--json", "--data", str(data)])
    assert told.model_dump(mode="json") in json.loads(held.stdout)["restated"]


TELLS = 'title = "Few"\n[[sections]]\ntitle = "Few"\nmetrics = ["downtime", "money_lost"]\n'


@pytest.fixture(scope="module")
def priced(tmp_path_factory) -> Path:
    """A pack of a quarter, told in UTC and dollars, of outages before, across and at the end of it."""
    folder = tmp_path_factory.mktemp("priced")
    data = folder / "data"
    (data / "templates").mkdir(parents=True)
    (data / "templates" / "told.toml").write_text(TELLS, "utf-8")
    outages = [
        outage("1", at("5-10", "08:00"), at("5-10", "11:00")),
        outage("2", at("6-30", "22:30"), at("7-1", "02:00")),  # of July: 2 h in UTC, 3.5 h in Moscow
        outage("3", at("9-30", "18:00"), at("10-1", "01:30")),  # of September: 6 h in UTC, 3 h in Moscow
    ]
    take(data, write(folder / "all.csv", INCIDENTS, outages, at("10-20")))
    rates = [{"Service": "Payments", "Cost per hour": "100", "From": at("1-1")}]
    take(data, write(folder / "rates.csv", ["Service", "Cost per hour", "From"], rates))
    goals = [{"Metric": "downtime", "Target": "20", "From": at("1-1")}]
    take(data, write(folder / "goals.csv", TARGETS, goals))
    with reports.asked(data, "2026-Q3", "told"):
        return data


@pytest.mark.parametrize("year", ["", "fiscal_year_starts = 2\n", "fiscal_year_starts = 7\n"])
@pytest.mark.parametrize(
    ("settings", "downtime", "money"),
    [
        ("", [], []),
        ('timezone = "Europe/Moscow"\n', ["−1.5 h"], ["−$150"]),
        ('currency = "EUR"\n', [], ["$800, €800 now"]),
        ('timezone = "Europe/Moscow"\ncurrency = "EUR"\n', ["−1.5 h"], ["$800, €650 now"]),
    ],
)
def test_settings_by_which_time_and_money_are_told(priced, tmp_path, settings, year, downtime, money):
    data = Path(shutil.copytree(priced, tmp_path / "data"))
    (data / "settings.toml").write_text(settings + year, "utf-8")
    refresh(data)
    (pack,) = frozen.packs(data)
    now = {name: metric for name, metric in read_metrics().items() if name in pack.told}
    # Whatever the fiscal year calls them today, the days of July to September were told.
    found = asked(pack, data, now)
    assert {name: [step.text for step in one.steps] for name, one in found.items()} == {
        name: texts for name, texts in (("downtime", downtime), ("money_lost", money)) if texts
    }
    assert {step.kind for one in found.values() for step in one.steps} <= {"settings"}


def test_a_patch_installed_later_is_told_apart_from_one_that_was_told_wrongly(tmp_path):
    data = tmp_path / "data"

    def patch(asset: str, due: str, installed: str = "") -> dict[str, str]:
        return {"Asset": asset, "Patch": "KB1", "Severity": "High", "First seen": at("9-1"), "Due": at(due),
                "State": "Fixed" if installed else "Open", "Installed": installed}  # fmt: skip

    told = [patch("a", "9-10", at("9-5")), patch("b", "9-12"), patch("c", "9-20"), patch("d", "9-30")]
    take(data, write(tmp_path / "sep.csv", PATCHES, told, at("9-26")))
    pack = freeze(data)
    assert pack.told["patches_on_time"].facts["value"] == pytest.approx(100 / 3)  # d is not due yet
    late = [patch("a", "9-10", at("9-5")), patch("b", "9-12", at("9-11")), patch("c", "9-20", at("9-28")),
            patch("d", "9-30", at("9-29"))]  # fmt: skip
    take(data, write(tmp_path / "oct.csv", PATCHES, late, at("10-2")), "Bob")
    one = asked(pack, data)["patches_on_time"]
    # b had been installed in time and was told as missed; d fell due since; c was and is late.
    assert [(s.kind, round(s.before), round(s.after), s.n_before, s.n_after) for s in one.steps] == [
        ("load", 33, 67, 3, 3),
        ("maturing", 67, 75, 3, 4),
    ]


ROW = st.tuples(st.integers(1, 5), st.integers(1, 30), st.integers(0, 60), st.booleans())
EXPORT = st.tuples(st.lists(ROW, min_size=1, max_size=4), st.integers(20, 36))


def export(path: Path, rows: list[tuple[int, int, int, bool]], day: int) -> Path:
    """Outages by key, day of September, hours and whether they are over, as of a day counted from 1 September."""

    def moment(day: int, hours: int = 0) -> str:
        return str(datetime(2026, 9, 1) + timedelta(days=day - 1, hours=hours))

    told = {
        key: outage(
            f"{key}", moment(min(since, day)), moment(min(since, day), hours) if over else "",
            Severity="High" if key % 2 else "Low",
        )
        for key, since, hours, over in rows
    }  # fmt: skip
    return write(path, INCIDENTS, list(told.values()), moment(day, 23))


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Path:
    """A data folder with two loads and a pack of September."""
    folder = tmp_path_factory.mktemp("begun")
    first = [(1, 3, 2, True), (2, 9, 30, False), (3, 20, 5, True)]
    second = [(2, 9, 30, False), (4, 24, 12, True), (5, 26, 1, False)]
    take(folder / "data", export(folder / "1.csv", first, 22))
    take(folder / "data", export(folder / "2.csv", second, 28))
    freeze(folder / "data", "2026-09")
    return folder / "data"


@settings(max_examples=2, deadline=None)
@given(after=st.lists(EXPORT, min_size=1, max_size=2), withdrawn=st.integers(1, 4))
def test_steps_add_up_whatever_is_loaded_and_withdrawn(begun, tmp_path_factory, after, withdrawn):
    folder = tmp_path_factory.mktemp("random")
    data = shutil.copytree(begun, folder / "data")
    files = [export(folder / f"{number}.csv", *one) for number, one in enumerate(after, 3)]
    assert not [done for done in load(files, data) if done.error]
    if withdrawn <= 2 + len(files):
        withdraw(withdrawn, data, why="random")
    found = asked(frozen.packs(data)[0], data)
    # What was done again came to the very records that are loaded.
    assert "program" not in {step.kind for one in found.values() for step in one.steps}


def test_the_same_value_of_other_rows_is_said_and_kept_for_its_snapshot_alone(tmp_path):
    data = tmp_path / "data"
    first = [outage("1", at("9-3", "08:00"), at("9-3", "10:00"))]
    take(data, write(tmp_path / "one.csv", INCIDENTS, first, at("10-3")))
    pack = freeze(data)
    second = [
        outage("1", at("9-3", "08:00"), at("9-3", "09:00")),
        outage("2", at("9-4", "08:00"), at("9-4", "09:00")),
    ]
    take(data, write(tmp_path / "two.csv", INCIDENTS, second, at("10-4")))
    one = asked(pack, data)["downtime"]
    assert [step.text for step in one.steps] == ["same value, other rows (1 before, 2 now)"]
    assert one.text.startswith("Hours of downtime was told as 2 h, and is that now: same value")

    kept = frozen.folder(data) / ".restated" / f"{pack.id}.json"
    held = json.loads(kept.read_text("utf-8"))
    held["restated"][0]["now_text"] = "from what is kept"
    kept.write_text(json.dumps(held), "utf-8")
    assert restated(pack, data, metrics=METRICS)[0].now_text == "from what is kept"
    withdraw(2, data, why="no")
    assert restated(pack, data, metrics=METRICS) == ()
    kept.write_text("no json", "utf-8")
    assert restated(pack, data, metrics=METRICS) == ()
    assert frozen.ids(data) == [pack.id]


def test_what_cannot_be_done_again_is_said_with_the_numbers(begun, tmp_path):
    data = Path(shutil.copytree(begun, tmp_path / "data"))
    pack = frozen.packs(data)[0]
    done = take(data, export(tmp_path / "late.csv", [(6, 5, 5, True)], 27))
    told = asked(pack, data)["downtime"]
    assert [(step.kind, step.load) for step in told.steps] == [("load", done.load)]

    def because(given: Pack = pack) -> str:
        (one,) = [one for one in restated(given, data, metrics=METRICS) if one.metric == "downtime"]
        assert (one.then_text, one.now_text, one.steps) == (told.then_text, told.now_text, ())
        assert one.because in one.text
        assert [step.what for step in one.lines] == [f"cannot be explained, because {one.because}"]
        return one.because

    bare = pack.told["downtime"].model_copy(update={"header": {}})
    shutil.rmtree(frozen.folder(data) / ".restated")
    assert "did not keep how" in because(pack.model_copy(update={"told": {**pack.told, "downtime": bare}}))
    broken = pack.told["downtime"].model_copy(update={"sql": "select 1 from nowhere"})
    assert "nowhere" in because(pack.model_copy(update={"told": {**pack.told, "downtime": broken}}))
    with open_snapshot(data)[1] as con:
        ((digest,),) = con.execute("select hash from load where load = ?", [done.load]).fetchall()
    Archive(data).path(digest).unlink()
    assert "late.csv) is missing from the archive" in because()
    pinned = frozen.folder(data) / pack.id / "snapshot.duckdb"
    pinned.unlink()
    assert f"Restore {pinned}" in because()
    gone = pack.model_copy(
        update={"told": {**pack.told, "gone": pack.told["downtime"].model_copy(update={"metric": "gone"})}}
    )
    assert [one.text for one in restated(gone, data, metrics=METRICS) if one.metric == "gone"] == [
        f"Hours of downtime was told as {told.then_text}. It is not read any more: it is no metric of this program any more."
    ]


def test_a_snapshot_with_tables_of_another_version_is_made_anew_from_the_archive(begun, tmp_path):
    data = Path(shutil.copytree(begun, tmp_path / "data"))
    pack = frozen.packs(data)[0]
    take(data, export(tmp_path / "late.csv", [(6, 5, 5, True)], 27))
    before = amounts(asked(pack, data)["downtime"])
    with duckdb.connect(str(frozen.folder(data) / pack.id / "snapshot.duckdb")) as con:
        con.execute("update setting set value = 'tables of another version' where name = 'tables'")
    shutil.rmtree(frozen.folder(data) / ".restated")
    assert amounts(asked(pack, data)["downtime"]) == before


def test_an_answer_is_of_one_snapshot_while_others_are_published(begun, tmp_path, monkeypatch):
    monkeypatch.setattr(snapshot, "KEEP", 1)
    data = Path(shutil.copytree(begun, tmp_path / "data"))
    pack = frozen.packs(data)[0]
    take(data, export(tmp_path / "late.csv", [(6, 5, 5, True)], 27))
    expected = restated(pack, data, metrics=METRICS)
    shutil.rmtree(frozen.folder(data) / ".restated")
    first = numbers(data)

    def publish(_: str) -> None:
        take(data, export(tmp_path / "later.csv", [(7, 7, 2, True)], 27))

    assert restated(pack, data, metrics=METRICS, say=publish) == expected
    assert not {*numbers(data)} & {*first}  # that which was read is pruned
    assert asked(pack, data)["downtime"].now > expected[0].now
    assert not list(data.glob(".work-*"))


def step(number: int, amount: float, kind: str = "load") -> Step:
    return Step(
        metric="downtime", kind=kind, what=f"{number}.csv, loaded", before=0.0, after=amount, text=f"{amount:+g} h",
        n_before=number, n_after=number + 1, load=number, file=f"{number}.csv", who="Ann", when=datetime(2026, 11, 3),
    )  # fmt: skip


def test_where_loads_are_many_the_smaller_ones_are_told_as_one():
    steps = [step(n, n / 10) for n in range(1, 10)] + [step(10, 5.0, "maturing"), step(11, -1.0, "target")]
    told = causes.brief(steps, METRICS["downtime"])
    assert [one.file for one in told] == ["7.csv", "8.csv", "9.csv", None, "10.csv", "11.csv"]
    assert (told[3].what, told[3].text) == ("6 more loads and withdrawals", "+2.1 h")
    assert causes.brief(steps[5:], METRICS["downtime"]) == tuple(steps[5:])


def test_the_appendix_tells_it_in_every_format(tmp_path):
    known = Restated(
        metric="downtime", title="Downtime", then=6.0, now=5.4, then_text="6 h", now_text="5.4 h", steps=(step(9, -0.6),),
        brief=(step(9, -0.6),), text="Downtime was told as 6 h.",
    )  # fmt: skip
    unknown = known.model_copy(
        update={"title": "Share", "steps": (), "brief": (), "because": "load 3 (=1+1 <b>.csv) is gone."}
    )
    pack = made(restated=(known, unknown), before="2026-Q2-board-1", before_label="Quarter 2, 2026")
    said = "cannot be explained, because load 3 (=1+1 <b>.csv) is gone."
    for ending in (".pdf", ".pptx", ".xlsx"):
        write_pack(pack, tmp_path / f"pack{ending}", {})
    paper = " ".join(
        " ".join(page.extract_text().split()) for page in pypdf.PdfReader(tmp_path / "pack.pdf").pages
    )
    assert "restated since 2026-q2-board-1" in paper.lower()
    assert "-0.6 h: 9.csv, loaded Ann · 3 Nov 2026" in paper
    assert said in paper
    cells = [
        [cell.text for cell in row.cells]
        for slide in Presentation(str(tmp_path / "pack.pptx")).slides
        for shape in slide.shapes if shape.has_table and slide.shapes.title.text == "Restated since 2026-Q2-board-1"
        for row in shape.table.rows
    ]  # fmt: skip
    assert cells[1:] == [
        ["Downtime", "6 h", "5.4 h", "-0.6 h", "9.csv, loaded", "Ann · 3 Nov 2026"],
        ["Share", "6 h", "5.4 h", "", said, ""],
    ]
    sheet = openpyxl.load_workbook(tmp_path / "pack.xlsx")["Restated"]
    rows = [list(row) for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert rows[0][:9] == ["Downtime", "6 h", "5.4 h", "load", "9.csv, loaded", 0, -0.6, "-0.6 h", "9.csv"]
    assert rows[1][3:5] == ["unknown", said]
