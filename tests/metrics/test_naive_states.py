"""Controls, tests, coverage and survey answers against a second, naive implementation on random rows."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

START = datetime(2026, 7, 1)
AS_OF = {"tool": datetime(2026, 8, 20)}
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CONTROL = ("control", "scope", "assurance")
PERIODS = ("2026-07", "2026-08", "2026-Q3", "all")
days = st.integers(0, 50).map(lambda day: START + day * DAY)


def looked_at(world, name: str) -> datetime:
    """The moment whose state a period shows: its end, or the end of what is known."""
    return min(world.calendar.period(name).end - timedelta(microseconds=1), AS_OF["tool"])


control_test = st.fixed_dictionaries(
    {
        "control": st.sampled_from(["MFA", "Logs"]),
        "scope": st.sampled_from(["acct1", "acct2"]),
        "resource": st.sampled_from(["root", "vpc", "db"]),
        "assurance": st.sampled_from(["monitoring", "audit"]),
        "result": st.sampled_from(
            ["pass", "pass", "pass", "fail", "informational", "not applicable", "manual", "not tested"]
        ),
        # Within one run, hours apart, and days apart.
        "tested_at": st.tuples(st.sampled_from([0, 12, 24, 36]), st.sampled_from([0, 1, 5, 6, 7, 12])).map(
            lambda apart: START + apart[0] * DAY + apart[1] * HOUR
        ),
    }
)


def runs(rows: list[dict]) -> list[list[dict]]:
    """The tests of one control in runs: a pause of six hours ends one, and a resource that is tested again does."""
    found: list[list[dict]] = []
    for moment in sorted({row["tested_at"] for row in rows}):
        tests = [row for row in rows if row["tested_at"] == moment]
        run = found[-1] if found else []
        seen = {row["resource"] for row in run}
        if not run or moment - run[-1]["tested_at"] >= 6 * HOUR or seen & {row["resource"] for row in tests}:
            found.append([])
        found[-1].extend(tests)
    return found


def told(row: dict, terms: list[dict], moment: datetime) -> str:
    """The result of a test, or that an exception holds for it at a moment."""
    held = any(
        term["control"].lower() == row["control"].lower()
        and (not term["assets"] or row["resource"] in [name.lower() for name in term["assets"]])
        and (term["assets"] or not term["services"])
        and term["from_at"] <= moment.date() <= term["until_at"]
        for term in terms
    )
    return "accepted" if held and row["result"] in ("pass", "fail") else row["result"]


def latest(rows: list[dict], terms: list[dict], same: tuple[str, ...], moment: datetime) -> list[list[str]]:
    """For each group of rows that are the same in some columns, the results of its newest run over at a moment."""
    newest: dict[tuple, list[str]] = {}
    controls: dict[tuple, list[dict]] = {}
    for row in rows:
        controls.setdefault(tuple(row[column] for column in CONTROL), []).append(row)
    for run in [run for several in controls.values() for run in runs(several)]:
        if run[-1]["tested_at"] <= moment:
            groups: dict[tuple, list[str]] = {}
            for row in run:
                groups.setdefault(tuple(row[column] for column in same), []).append(told(row, terms, moment))
            newest |= groups
    return [*newest.values()]


exception = st.fixed_dictionaries(
    {
        "control": st.sampled_from(["mfa", "Logs"]),
        "assets": st.sampled_from([None, ["ROOT"], ["vpc", "db"]]),
        "services": st.sampled_from([None, None, ["Payments"]]),
        "from_at": days.map(datetime.date),
        "days": st.integers(0, 40),
        "approver": st.just("CISO"),
    }
)


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(control_test, max_size=25), terms=st.lists(exception, max_size=3))
@example(  # an exception that ends with the last day of a period
    rows=[
        {
            "control": "MFA",
            "scope": "acct1",
            "resource": "root",
            "assurance": "audit",
            "result": "pass",
            "tested_at": START,
        }
    ],
    terms=[
        {
            "control": "mfa",
            "assets": None,
            "services": None,
            "from_at": START.date(),
            "days": 30,
            "approver": "CISO",
        }
    ],
)
def test_controls_and_tests(world, rows, terms):
    for term in terms:
        term["until_at"] = term["from_at"] + term.pop("days", 0) * DAY
    world.given({"control_test": rows, "exception": terms}, AS_OF)
    for name in PERIODS:
        for metric, same in (("controls_passing", CONTROL), ("tests_passing", (*CONTROL, "resource"))):
            states = latest(rows, terms, same, looked_at(world, name))
            tested = [results for results in states if {"pass", "fail"} & set(results)]
            met = [results for results in tested if "fail" not in results]
            read = world.read(metric, name, {})
            assert read.n == len(tested)
            assert read.value == (pytest.approx(100 * len(met) / len(tested)) if tested else None)
            assert sum(read.left_out.values()) == len(states) - len(tested)


version = st.fixed_dictionaries(
    {
        # Two of the keys of one source, and one of another, are one asset, whatever its capitals.
        "key": st.sampled_from(["a", "b", "A", "other/a", "other/c"]),
        "effective_at": days,
        "last_seen_at": st.none() | days,
        "retired_at": st.none() | days,
    }
)


@settings(max_examples=60, deadline=None)
@given(versions=st.lists(version, max_size=14, unique_by=lambda v: (v["key"], v["effective_at"])))
def test_asset_coverage(world, versions):
    ordered = sorted(versions, key=lambda v: v["effective_at"])
    newest = {v["key"]: v for v in ordered}
    named = [
        {"source": "other" if "/" in v["key"] else "tool", "name": v["key"].split("/")[-1], **v}
        for v in ordered
    ]
    world.given(
        {
            "asset": [v for v in named if newest[v["key"]]["effective_at"] == v["effective_at"]],
            "asset_past": [v for v in named if newest[v["key"]]["effective_at"] != v["effective_at"]],
        },
        AS_OF | {"other": AS_OF["tool"]},
    )
    for name in PERIODS:
        moment = looked_at(world, name)
        assets: dict[str, list[str]] = {}
        for v in {v["key"]: v for v in named if v["effective_at"] <= moment}.values():
            if v["retired_at"] and v["retired_at"] <= moment:
                state = "retired"
            else:
                state = "seen" if v["last_seen_at"] and moment < v["last_seen_at"] + 14 * DAY else "unseen"
            assets.setdefault(v["name"].lower(), []).append(state)
        seen = [states for states in assets.values() if "seen" in states]
        unseen = [states for states in assets.values() if set(states) == {"unseen"}]
        active = len(seen) + len(unseen)
        read = world.read("asset_coverage", name, {})
        assert read.n == active
        assert read.value == (pytest.approx(100 * len(seen) / active) if active else None)
        assert sum(read.left_out.values()) == len(assets) - active


answer = st.fixed_dictionaries(
    {
        "answered_at": days,
        "measure": st.sampled_from(["NPS", "CSAT", None]),
        "score": st.integers(0, 100).map(float),
    }
)


@settings(max_examples=30, deadline=None)
@given(answers=st.lists(answer, max_size=15), asked_for_trust=st.booleans())
def test_client_trust(world, answers, asked_for_trust):
    if asked_for_trust:
        answers = [*answers, {"answered_at": START, "measure": "Trust in us", "score": 50.0}]
    world.given({"client_score": answers}, AS_OF)
    counts = Counter(a["measure"] or "" for a in answers)
    measure = min(counts, key=lambda m: ("Trust" not in m, -counts[m], m), default=None)
    for name in PERIODS:
        period = world.calendar.period(name)
        scores = [
            a["score"]
            for a in answers
            if (a["measure"] or "") == measure and period.start <= a["answered_at"] < period.end
        ]
        read = world.read("client_trust", name, {})
        assert read.n == len(scores)
        assert read.value == (pytest.approx(sum(scores) / len(scores)) if scores else None)
