"""Crossings: told once, from the first look on, and not where a new quarter begins at nothing."""

from datetime import datetime

from typer.testing import CliRunner

from dashboard import cli
from dashboard.crossings import Standing, crossed, standings
from dashboard.reading import Period, Reading
from tests.dashboard.conftest import AS_OF

QUARTERS = {
    name: Period(name, f"Quarter {name[-1]}", datetime(2026, month, 1), datetime(2026, month + 3, 1))
    for name, month in (("2026-Q1", 1), ("2026-Q2", 4), ("2026-Q3", 7))
}


def at(period, status, anew=False):
    reading = Reading(
        "measure",
        "Measure",
        "hours",
        QUARTERS[period],
        {},
        5.0,
        9,
        status=status,
        text="5 h",
        sentence="It is 5 h.",
    )
    return Standing(reading, "4 h", anew)


def page(name, **view):
    return f"at {name} {view['period']}"


def followed(*looks, anew=False):
    """What each look tells; a look is a list of (period, status)."""
    known, told = {}, []
    for look in looks:
        lines, known = crossed(known, [at(period, status, anew) for period, status in look], page)
        told.append(lines)
    return told


OFF = "Measure, Quarter 2 so far: 5 h, which misses its target of 4 h (off target). It is 5 h. at metric 2026-Q2"
AGAIN = "Measure, Quarter 2 so far: 5 h, which meets its target of 4 h again. It is 5 h. at metric 2026-Q2"


def test_a_crossing_is_told_once():
    q2 = "2026-Q2"
    assert followed(
        [(q2, "off target")],  # the first look: nothing crossed since
        [(q2, "on target")],
        [(q2, "on target")],
        [(q2, "off target")],
        [],  # not known well enough: it stands where it stood
        [(q2, "at risk")],  # still missed
        [(q2, "on target")],
    ) == [[], [AGAIN], [], [OFF], [], [], [AGAIN]]


def test_a_quarter_goes_on_from_the_one_before():
    assert followed([("2026-Q1", "on target")], [("2026-Q1", "on target"), ("2026-Q2", "off target")]) == [
        [],
        [OFF],
    ]
    assert followed([("2026-Q1", "at risk")], [("2026-Q2", "off target")]) == [[], []]
    assert followed([("2026-Q1", "at risk")], [("2026-Q2", "on target")]) == [[], [AGAIN]]
    # An amount begins at nothing: that it is within its target is no news, that it leaves it is.
    begun = [("2026-Q1", "at risk")], [("2026-Q2", "on target")], [("2026-Q2", "off target")]
    assert followed(*begun, anew=True) == [[], [], [OFF]]


def test_what_may_not_hold_is_not_told(folder):
    rows = [{"at": datetime(2026, 9, 1 + n), "met": n < 3} for n in range(4)]
    given = {
        "as_of": AS_OF,
        "better": "higher",
        "targets": ({"value": 90.0, "from_at": datetime(2026, 1, 1)},),
    }
    assert standings(folder.given("share", rows, **given)) == []  # four rows are too few
    (one,) = standings(folder.given("share", [*rows, {"at": datetime(2026, 9, 9), "met": True}], **given))
    assert (one.reading.period.name, one.met, one.target, one.anew) == ("2026-Q3", False, "90 %", False)


def test_the_command_tells_and_says_when_nobody_is_named(folder, monkeypatch):
    told = CliRunner().invoke(cli.app, ["alerts", "--data", str(folder.data)])
    assert "names nobody to tell" in str(told.exception)
    (folder.data / "connections.toml").write_text('[alerts]\nto = ["a@example.com"]\n')
    sent = []
    monkeypatch.setattr(
        "pipelines.pull.alerts.send", lambda alerts, way, lines, secrets: sent.append((way, lines)) or []
    )
    given = {"targets": ({"value": 2.0, "from_at": datetime(2026, 1, 1)},)}
    for number, lines in ((1, 0), (3, 1), (4, 0)):
        sent.clear()
        readings = folder.given("count", [{"at": datetime(2026, 9, 1)}] * number, title="Things", **given)
        monkeypatch.setattr(cli, "Readings", lambda _, readings=readings: readings)
        told = CliRunner().invoke(cli.app, ["alerts", "--data", str(folder.data)])
        assert told.exit_code == 0, told.output
        assert [(way, len(said)) for way, said in sent] == [("mail", 1)] * lines
        assert ("3, which misses its target of 2" in told.output) == bool(lines)
    assert CliRunner().invoke(cli.app, ["alerts", "--test", "--data", str(folder.data)]).exit_code == 0
    assert sent == [("mail", ["This is a test of the alerts. Nothing is wrong."])]
