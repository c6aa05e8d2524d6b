"""What versions and the register of exceptions tell, against a second, naive implementation on random rows."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

START = datetime(2026, 6, 20)
AS_OF = {"tool": datetime(2026, 7, 20)}
DAY = timedelta(days=1)
PERIODS = ("2026-06", "2026-07", "all")
days = st.integers(0, 40).map(lambda day: START + day * DAY)


def told(rows: list[dict], record: str) -> dict[str, list[dict]]:
    """Rows as a snapshot holds them: the newest of each key, and those before it."""
    rows = sorted(rows, key=lambda row: row["effective_at"])
    newest = {row["key"]: row for row in rows}
    past = [row for row in rows if newest[row["key"]] is not row]
    return {record: [*newest.values()], f"{record}_past": past}


def histories(rows: list[dict]) -> list[list[dict]]:
    ordered = sorted(rows, key=lambda row: row["effective_at"])
    return [[row for row in ordered if row["key"] == key] for key in {row["key"] for row in rows}]


def check(world, metric: str, events: list[tuple[str, datetime]], part: dict) -> None:
    """A count of records, each once in a period, by (record, when)."""
    for name in PERIODS:
        period = world.calendar.period(name)
        known = {record for record, at in events if period.start <= at < period.end}
        assert world.read(metric, name, part).n == len(known)


version = st.fixed_dictionaries(
    {
        "key": st.sampled_from(["a", "b"]),
        "effective_at": days.map(lambda day: day + timedelta(hours=12)),
        "state": st.sampled_from(["open", "open", "closed", "excepted", None]),
        "due_at": st.none() | days,
    }
)


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(version, max_size=8, unique_by=lambda row: (row["key"], row["effective_at"])))
def test_reopened_and_moved(world, rows):
    findings, patches = [], []
    for row in rows:
        due = row["due_at"] and row["due_at"].date()
        common = {"key": row["key"], "effective_at": row["effective_at"], "due_at": due}
        findings.append(common | {"title": "Something", "status": row["state"], "raised_at": START})
        state = "fixed" if row["state"] == "closed" else row["state"]
        patch = {"asset": row["key"], "patch": "KB1", "severity": 1, "state": state, "first_seen_at": START}
        patches.append(common | patch)
    world.given(told(findings, "finding") | told(patches, "patch"), AS_OF)
    reopened, moved = [], []
    for history in histories(rows):
        for number, row in enumerate(history):
            before = history[:number]
            stood = [r["state"] for r in before if r["state"] in ("open", "closed")]
            if row["state"] == "open" and stood and stood[-1] == "closed":
                reopened.append((row["key"], row["effective_at"]))
            dates = [r["due_at"] for r in before if r["due_at"]]
            if row["state"] == "closed" or not dates or row["effective_at"] < dates[-1] + DAY:
                continue
            if (row["due_at"] and row["due_at"] > dates[-1]) or (not row["due_at"] and before[-1]["due_at"]):
                moved.append((row["key"], row["effective_at"]))
    check(world, "reopened_findings", reopened, {})
    check(world, "reopened_patches", reopened, {})
    for kind in ("finding", "patch"):
        check(world, "moved_due_dates", moved, {"kind": kind})


term = st.fixed_dictionaries(
    {"of": st.sampled_from(["f0", "f1"]), "from_at": days, "days": st.integers(0, 30)}
)
finding = st.fixed_dictionaries({"due_at": st.none() | days, "closed_at": st.none() | days})


@settings(max_examples=25, deadline=None)
@given(terms=st.lists(term, max_size=4), findings=st.tuples(finding, finding))
def test_exceptions(world, terms, findings):
    register = [
        {
            "approver": "CIO",
            "finding": t["of"],
            "from_at": t["from_at"],
            "until_at": (t["from_at"] + t["days"] * DAY).date(),
        }
        for t in terms
    ]
    rows = [
        {"key": f"F{number}", "title": "Something", "raised_at": START - 90 * DAY, "status": "closed" if f["closed_at"] else "open", **f, "due_at": f["due_at"] and f["due_at"].date()}
        for number, f in enumerate(findings)
    ]  # fmt: skip
    world.given({"exception": register, "finding": rows}, AS_OF)
    for name in PERIODS:
        moment = min(world.calendar.period(name).end - timedelta(microseconds=1), AS_OF["tool"])
        ends = {number: t["from_at"] + (t["days"] + 1) * DAY for number, t in enumerate(terms)}
        held = [number for number, t in enumerate(register) if t["from_at"] <= moment < ends[number]]
        assert world.read("expiring_exceptions", name, {}).n == len(held)  # none is longer than 31 days
        soon = [number for number in held if moment >= ends[number] - 30 * DAY]
        assert world.read("expiring_exceptions", name, {"ends_in": "0–30 days"}).n == len(soon)

        late = {
            f"f{number}"
            for number, f in enumerate(findings)
            if f["due_at"]
            and f["due_at"] + DAY <= moment
            and not (f["closed_at"] and f["closed_at"] <= moment)
        } - {register[number]["finding"] for number in held}
        expired = [
            number for number, t in enumerate(register) if ends[number] <= moment and t["finding"] in late
        ]
        assert world.read("expired_exceptions", name, {}).n == len(expired)
