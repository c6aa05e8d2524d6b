"""Decisions are asked for, made and done; every step is a load, and the steps before it stay in the history."""

import json
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from dashboard.decisions import ask, facts, find, settle
from dashboard.reading import Unknown
from dashboard.readings import Readings
from pipelines.errors import NotReady
from pipelines.warehouse import withdraw

TODAY = date(2026, 11, 20)


def asked_for(data) -> str:
    """The reference of the first decision."""
    return min(one["reference"] for one in facts(Readings(data), TODAY))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    data = tmp_path_factory.mktemp("decisions") / "data"
    data.mkdir()
    (data / "settings.toml").write_text('timezone = "Europe/London"\n', "utf-8")
    said = ask(
        "Fund  =offline\nbackups", "CIO", date(2026, 12, 15), "For Payments", date(2026, 7, 6), data, "Ann"
    )(print)
    assert str(said).startswith("Load 1: D-2026-07-06-")
    assert str(said).endswith("is asked for: Fund =offline backups. Undo the load to take it back.")
    return data


def test_a_decision_is_asked_made_and_done_and_nothing_of_it_is_lost(data):
    (asked,) = facts(Readings(data), TODAY)
    assert asked.pop("reference").startswith("D-2026-07-06-")
    assert {name: asked[name] for name in ("text", "owner", "asked", "due", "open", "age_days")} == {
        "text": "Fund =offline backups", "owner": "CIO", "asked": "2026-07-06", "due": "2026-12-15", "open": True,
        "age_days": 137,
    }  # fmt: skip
    row = find(Readings(data), asked_for(data))
    said = {"outcome": "Yes, for £90k", "by": "Board", "do_by": date(2026, 12, 31)}
    settle(row, "made", date(2026, 7, 14), TODAY, data, "Bob", **said)(print)
    settle(find(Readings(data), asked_for(data)), "done", date(2026, 11, 2), TODAY, data, "Ann")(print)
    (done,) = facts(Readings(data), TODAY)
    expected = {
        "text": "Fund =offline backups", "reason": "For Payments", "status": "done", "outcome": "Yes, for £90k",
        "decided_by": "Board", "decided": "2026-07-14", "do_by": "2026-12-31", "done": "2026-11-02", "due": "2026-12-15",
        "open": False,
    }  # fmt: skip
    assert {name: done[name] for name in expected} == expected
    steps = [
        (one["status"], one["decided_by"], one["done"], one["entered_by"], one["load"])
        for one in done["history"]
    ]
    assert steps == [
        ("asked", "", None, "Ann", 1), ("made", "Board", None, "Bob", 2), ("done", "Board", "2026-11-02", "Ann", 3),
    ]  # fmt: skip
    # An entry is undone like any other load.
    withdraw(3, data, why="not yet")
    (made,) = facts(Readings(data), TODAY)
    assert (made["status"], made["open"], made["outcome"]) == ("made", True, "Yes, for £90k")
    assert len(made["history"]) == 2
    # What is asked for again was not decided.
    settle(find(Readings(data), asked_for(data)), "asked", TODAY, TODAY, data, "Ann", due=date(2027, 1, 31))(
        print
    )
    (again,) = facts(Readings(data), TODAY)
    assert (again["status"], again["outcome"], again["decided"], again["due"]) == (
        "asked",
        "",
        None,
        "2027-01-31",
    )


def test_what_cannot_be_entered_says_why(data, tmp_path):
    row = find(Readings(data), asked_for(data))
    with pytest.raises(NotReady, match="Say what was decided"):
        settle(row, "made", TODAY, TODAY, data, None)
    with pytest.raises(NotReady, match="still to come"):
        settle(row, "dropped", date(2026, 11, 21), TODAY, data, None)
    with pytest.raises(Unknown, match="only asked, made, done, dropped"):
        settle(row, "maybe", TODAY, TODAY, data, None)
    with pytest.raises(NotReady, match="kept in the exports of other_list"):
        settle(row | {"source": "other_list"}, "dropped", TODAY, TODAY, data, None)
    with pytest.raises(NotReady, match="Say what the board"):
        ask(" \n", "", None, "", TODAY, data, None)
    with pytest.raises(NotReady, match="is over"):
        ask("Buy", "", date(2026, 11, 19), "", TODAY, data, None)
    with pytest.raises(NotReady, match="before its start"):
        settle(row, "dropped", date(2026, 7, 1), TODAY, data, None)(print)
    with pytest.raises(Unknown, match="There is no decision 'D-0': D-2026"):
        find(Readings(data), "D-0")
    assert len(facts(Readings(data), TODAY)[0]["history"]) == 3


def test_the_command_asks_settles_and_lists(tmp_path):
    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["decisions", *words, "--data", str(tmp_path / "data")])
        assert done.exit_code == code, done.output
        return done.stdout if not code else str(done.exception)

    due = str(date.today() + timedelta(days=30))
    reference = run("--ask", "Fund [red]backups", "--owner", "CIO", "--by", due).split()[2]
    assert "Fund [red]backups" in run() and due in run()
    assert "Say which decision" in run("--key", reference, code=1)
    assert "There is no decision" in run("--key", "D-0", "--status", "done", code=1)
    run("--key", reference, "--status", "made", "--outcome", "Yes", "--decided-by", "Board", "--do-by", due)
    (told,) = json.loads(run("--json"))
    assert (told["reference"], told["status"], told["outcome"], told["do_by"]) == (
        reference,
        "made",
        "Yes",
        due,
    )
    assert [one["status"] for one in told["history"]] == ["asked", "made"] and told["decided"] == str(
        date.today()
    )


def test_the_same_asked_twice_is_one_decision(data):
    (before,) = facts(Readings(data), TODAY)
    for text in ("Buy a scanner", "buy  a scanner"):
        ask(text, "CISO", None, "", TODAY, data, "Ann")(print)
    assert len(facts(Readings(data), TODAY)) == 2
    assert before in facts(Readings(data), TODAY)


def test_signs_that_nobody_sees_do_not_stop_what_is_entered(tmp_path):
    ask("Buy\x00 a\u202elarm", "CIO", None, "", TODAY, tmp_path, "Ann")(print)
    (one,) = facts(Readings(tmp_path), TODAY)
    assert one["text"] == "Buy\ufffd a\ufffdlarm"
