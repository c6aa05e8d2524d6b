"""The outlook: what falls due, on the smallest rows and against a second, naive implementation on random rows."""

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.outlook import BUCKETS, KINDS, due, outlook

NOW = datetime(2026, 9, 30, 12)
AS_OF = {"tool": NOW}
DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)


def finding(key: str, due_at: str | None, **more: str) -> dict:
    told = {"key": key, "title": "Something", "status": "open", "raised_at": "2026-01-01"}
    return told | ({"due_at": due_at} if due_at else {}) | more


def test_each_kind_falls_due_once_and_in_its_days(world):
    patch = {"severity": 1, "state": "open", "first_seen_at": "2026-06-01"}
    world.given(
        {
            "finding": [
                finding("F1", "2026-09-30"),  # today is not over
                finding("F2", "2026-09-29"),  # overdue
                finding("F3", "2026-10-30"),  # in 30 days, to the end of the day in more
                finding("F4", None),  # not included: no due date
                finding("F5", "2026-10-05", status="closed", closed_at="2026-09-01"),  # not included: closed
                finding("F6", "2026-08-01"),  # under an exception until 15 November
                finding("F7", "2027-06-01"),  # not included: later
            ],
            "patch": [
                patch | {"asset": "web1", "patch": "KB1", "due_at": "2026-10-02"},
                patch | {"asset": "web1", "patch": "KB2", "due_at": "2026-10-02", "state": "excepted"},  # not included
            ],
            "asset": [{"name": "web1", "services": ["Payments"]}],
            "audit": [
                {"key": "A1", "framework": "SOC 2", "due_at": "2026-12-01"},
                {"key": "A2", "framework": "SOC 2", "due_at": "2026-10-01", "completed_at": "2026-09-20"},  # not included
            ],
            "exception": [
                {"key": "E1", "approver": "CIO", "finding": "F6", "from_at": "2026-09-01", "until_at": "2026-11-15"},
                {"key": "E2", "approver": "CIO", "finding": "F2", "from_at": "2026-01-01", "until_at": "2026-09-10"},  # not included: over
            ],
        },
        AS_OF,
    )  # fmt: skip
    ahead = outlook(world.con)

    assert ahead.now == NOW
    assert {kind: [*counts.values()] for kind, counts in ahead.counts.items()} == {
        "patch": [0, 1, 0, 0],
        "finding": [1, 1, 2, 0],
        "audit": [0, 0, 0, 1],
        "exception": [0, 0, 1, 0],
    }
    assert [*due(world.con, "finding", "31–60 days")["item"]] == ["F3: Something", "F6: Something"]
    assert [*due(world.con, "finding")["bucket"]] == ["overdue", "0–30 days", "31–60 days", "31–60 days"]
    assert outlook(world.con, "Payments").counts["patch"]["0–30 days"] == 1
    assert outlook(world.con, "Payments").counts["finding"] == dict.fromkeys(["overdue", *BUCKETS], 0)


def test_without_anything_loaded_there_is_no_outlook(world):
    world.given({}, {})

    ahead = outlook(world.con)

    assert ahead.now is None
    assert {number for counts in ahead.counts.values() for number in counts.values()} == {0}
    assert [len(due(world.con, kind)) for kind in KINDS] == [0, 0, 0, 0]


days = st.integers(-60, 130).map(lambda day: datetime(2026, 9, 30) + day * DAY)


@settings(max_examples=20, deadline=None)
@given(
    dates=st.lists(days, max_size=3),
    terms=st.lists(st.tuples(st.integers(0, 2), days, st.integers(0, 60)), max_size=4),
)
def test_findings_under_exceptions(world, dates, terms):
    register = [
        {"approver": "CIO", "finding": f"F{of}", "from_at": start, "until_at": (start + length * DAY).date()}
        for of, start, length in terms
    ]
    world.given(
        {
            "finding": [finding(f"F{n}", f"{at:%Y-%m-%d}") for n, at in enumerate(dates)],
            "exception": register,
        },
        AS_OF,
    )
    expected = Counter()
    for number, at in enumerate(dates):
        own = [(start, start + (length + 1) * DAY) for of, start, length in terms if of == number]
        falls = at + DAY - INSTANT
        moment = max(falls, NOW)
        while held := [end for start, end in own if start <= moment < end]:
            moment = max(held)
            falls = moment - INSTANT
        left = (falls - NOW) / DAY
        name = next((name for name, last in BUCKETS.items() if left <= last), None)
        if name:
            expected["overdue" if left < 0 else name] += 1
    found = outlook(world.con).counts["finding"]
    assert {name: number for name, number in found.items() if number} == {
        name: number for name, number in expected.items() if number
    }
