"""Findings, audits and overdue patches, under exceptions, against a second, naive implementation on random rows."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

START = datetime(2026, 6, 1)
AS_OF = {"tool": datetime(2026, 8, 20, 12)}
ZONE = ZoneInfo("America/New_York")
DAY, HOUR, INSTANT = timedelta(days=1), timedelta(hours=1), timedelta(microseconds=1)
PERIODS = ("2026-06", "2026-07", "2026-08", "all")
BANDS = {"0–30 days": (0, 30), "31–90 days": (30, 90), "91–180 days": (90, 180), "over 180 days": (180, 9999)}
midnights = st.integers(0, 70).map(lambda day: START + day * DAY)
# A date is a day in New York; a time is one in UTC, also where it is midnight.
days = midnights.map(datetime.date)
moments = days | midnights.flatmap(lambda day: st.sampled_from([day, day + 15 * HOUR]))


def midnight(day: date) -> datetime:
    """When a day begins in New York, in UTC."""
    return datetime.combine(day, time.min, ZONE).astimezone(UTC).replace(tzinfo=None)


def day_end(told: date | None) -> datetime | None:
    """A date without a time of day is over when its day is over in New York."""
    return told if told is None or isinstance(told, datetime) else midnight(told + DAY) - INSTANT


def placed(told: date | None) -> datetime | None:
    """A date without a time of day begins when it does in New York."""
    return told if told is None or isinstance(told, datetime) else midnight(told)


def looked_at(world, name: str) -> datetime:
    return min(world.calendar.period(name).end - INSTANT, AS_OF["tool"])


def held(terms: list[dict], moment: datetime) -> bool:
    return any(midnight(t["from_at"]) <= moment < midnight(t["until_at"] + DAY) for t in terms)


def free_from(terms: list[dict], moment: datetime) -> datetime:
    """The first moment after another at which none of some exceptions holds."""
    while held(terms, moment):
        moment = min(end for t in terms if (end := midnight(t["until_at"] + DAY)) > moment)
    return moment


def believable(row: dict) -> dict:
    if row["status"] != "closed" or (row["closed_at"] and placed(row["closed_at"]) < row["raised_at"]):
        row["closed_at"] = None
    return row


finding = st.fixed_dictionaries(
    {
        "title": st.just("Something"),
        "framework": st.sampled_from(["ISO", "SOC"]),
        "control": st.sampled_from(["A.1", "A.2", None]),
        "services": st.sampled_from([None, ["Cards"], ["Cards", "Payments"]]),
        "status": st.sampled_from(
            ["open", "open", "closed", "closed", "closed", "excepted", "not applicable", None]
        ),
        "raised_at": st.just(START - 20 * DAY),
        "due_at": st.none() | moments | moments,
        "closed_at": st.none() | moments | moments,
    }
).map(believable)
exception = st.fixed_dictionaries(
    {
        "finding": st.sampled_from([None, None, "finding0", "FINDING1"]),
        "control": st.sampled_from(["a.1", "A.2", None]),
        "services": st.sampled_from([None, None, ["payments"]]),
        "assets": st.sampled_from([None, None, None, ["web1"]]),
        "from_at": days,
        "days": st.integers(0, 40),
        "approver": st.just("CIO"),
    }
)


def about(term: dict, number: int, row: dict) -> bool:
    """Whether an exception is about a finding."""
    if term["finding"]:
        return term["finding"].lower() == f"finding{number}"
    served = {service.lower() for service in row["services"] or []}
    return bool(
        term["control"]
        and (row["control"] or "").lower() == term["control"].lower()
        and not term["assets"]
        and (not term["services"] or served & {*term["services"]})
    )


@settings(max_examples=20, deadline=None)
@given(rows=st.lists(finding, max_size=10), terms=st.lists(exception, max_size=5))
def test_findings(world, rows, terms):
    for term in terms:
        term["until_at"] = term["from_at"] + term.pop("days", 0) * DAY
    world.given({"finding": rows, "exception": terms}, AS_OF, timezone=ZONE.key)
    told = []
    for number, row in enumerate(rows):
        own = [term for term in terms if about(term, number, row)]
        counts = (
            row["status"] == "open" or row["closed_at"] is not None or (row["status"] == "excepted" and own)
        )
        if counts and row["due_at"]:
            due, closed = day_end(row["due_at"]), placed(row["closed_at"])
            put_off = due
            if not (closed and closed <= due) and held(own, due):
                put_off = free_from(own, due) - INSTANT
            told.append(
                {"due": due, "put_off": put_off, "closed": closed, "own": own, "framework": row["framework"]}
            )
    for name in PERIODS:
        period = world.calendar.period(name)
        for scope in ({}, {"framework": "ISO"}):
            inside = [f for f in told if set(scope.values()) <= {f["framework"]}]
            due = [
                f
                for f in inside
                if period.start <= f["put_off"] < period.end and f["put_off"] <= AS_OF["tool"]
            ]
            met = [f for f in due if f["closed"] and f["closed"] <= f["put_off"]]
            read = world.read("findings_closed_on_time", name, scope)
            assert read.n == len(due)
            assert read.value == (pytest.approx(100 * len(met) / len(due)) if due else None)

        moment = looked_at(world, name)
        late = [
            (moment - f["due"]) / DAY
            for f in told
            if f["due"] < moment
            and not (f["closed"] and f["closed"] <= moment)
            and not held(f["own"], moment)
        ]
        assert world.read("overdue_findings", name, {}).n == len(late)
        for age, (low, high) in BANDS.items():
            read = world.read("overdue_findings", name, {"age": age})
            assert read.n == len([d for d in late if low <= d - INSTANT / DAY < high])


raised = st.fixed_dictionaries(
    {
        "title": st.just("Something"),
        "framework": st.sampled_from(["ISO", "SOC", None]),
        "audit": st.sampled_from(["I1", "i2", "I3", "S1", None]),
        "control": st.sampled_from(["A.1", "a.1", "A.2", None]),
        "status": st.sampled_from(["open", "open", "open", "not applicable"]),
        "raised_at": midnights,
        "repeat_of": st.sampled_from([None, None, None, "No", "finding0"]),
    }
)
KNOWN = {"i1": ("iso", START), "i2": ("iso", START + 20 * DAY), "i3": ("iso", START + 40 * DAY)}


def repeating(audit: str, framework: str = "ISO") -> dict:
    """A finding on the one control."""
    return {"title": "Something", "framework": framework, "audit": audit, "control": "A.1", "status": "open",
            "raised_at": START, "repeat_of": None}  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(raised, max_size=12))
# I2 of ISO found nothing, though a finding of another framework names it.
@example(rows=[repeating("I1"), repeating("i2", "SOC"), repeating("I3")])
def test_repeat_findings(world, rows):
    audits = [{"key": k.upper(), "framework": f.upper(), "completed_at": at} for k, (f, at) in KNOWN.items()]
    world.given({"finding": rows, "audit": audits}, AS_OF)
    for row in rows:
        of = (row["audit"] or "").lower()
        row["of"] = of, (row["framework"] or KNOWN.get(of, (None,))[0] or "").lower()
    when = {(key, framework): at for key, (framework, at) in KNOWN.items()}
    for of in {row["of"] for row in rows if row["audit"]} - set(when):
        own = min(row["raised_at"] for row in rows if row["of"] == of)
        when[of] = KNOWN[of[0]][1] if of[0] in KNOWN else own
    repeats, unknown = [], 0
    for row in rows:
        if row["status"] == "not applicable":
            continue
        key, framework = row["of"]
        said = row["repeat_of"] not in (None, "No")
        found = False
        if row["audit"] and row["control"]:
            order = sorted((at, k) for (k, f), at in when.items() if f == framework)
            place = [k for _, k in order].index(key)
            before = order[place - 1][1] if place else None
            found = any(
                r["of"] == (before, framework)
                and (r["control"] or "").lower() == row["control"].lower()
                and r["status"] != "not applicable"
                for r in rows
            )
        elif not said:
            unknown += 1
        if said or found:
            repeats.append(row["raised_at"])
    read = world.read("repeat_findings", "all", {})
    assert read.n == len(repeats)
    july = world.calendar.period("2026-07")
    assert world.read("repeat_findings", "2026-07", {}).n == len(
        [at for at in repeats if july.start <= at < july.end]
    )
    assert read.left_out.get("no control or audit named", 0) == unknown


weakness = st.fixed_dictionaries(
    {
        "asset": st.sampled_from(["web1", "web2", "web3"]),
        "patch": st.sampled_from(["KB1", "KB2"]),
        "cves": st.sampled_from([["CVE-1"], ["cve-2"], ["CVE-3"], ["CVE-9"]]),
        "severity": st.sampled_from([1, 2, None]),
        "first_seen_at": days,
        "due_at": st.none() | moments,
        "state": st.sampled_from(["open", "open", "fixed", "excepted"]),
        "fixed_at": moments,
    }
)
LISTED = {"CVE-1": (START + 25 * DAY).date(), "CVE-2": (START - 300 * DAY).date(), "CVE-3": None}
TIER_1 = {"web1", "web2"}
accepted = st.fixed_dictionaries(
    {
        "assets": st.sampled_from([None, ["WEB1"]]),
        "patch": st.sampled_from(["kb1", "KB2"]),
        "from_at": days,
        "days": st.integers(0, 30),
        "approver": st.just("CIO"),
    }
)


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(weakness, max_size=8, unique_by=lambda row: (row["asset"], row["patch"])),
    terms=st.lists(accepted, max_size=3),
    policy=st.sampled_from(["catalogue", "own"]),
)
def test_overdue_patches(world, rows, terms, policy):
    for row in rows:
        if row["state"] != "fixed":
            row["fixed_at"] = None
        elif placed(row["fixed_at"]) < placed(row["first_seen_at"]):
            row["fixed_at"] = row["first_seen_at"]
    for term in terms:
        term["until_at"] = term["from_at"] + term.pop("days", 0) * DAY
    services = [{"name": "Payments", "tier": 1}, {"name": "Intranet", "tier": 2}]
    assets = [
        {"name": "WEB1", "services": ["Payments", "Intranet"]},
        {"name": "web2", "tier": 1},
        {"name": "web3", "services": ["intranet"], "tier": 1},
    ]
    exploited = [{"cve": cve, "added_at": START, "due_at": due} for cve, due in LISTED.items()]
    world.given(
        {
            "patch": rows,
            "asset": assets,
            "service": services,
            "known_exploited": exploited,
            "exception": terms,
        },
        AS_OF,
        timezone=ZONE.key,
        known_exploited_due=policy,
        patch_days={1: 10, 2: 20},
    )
    told = []
    for row in rows:
        own = [
            t
            for t in terms
            if t["patch"].lower() == row["patch"].lower() and (not t["assets"] or row["asset"] == "web1")
        ]
        seen, cve = row["first_seen_at"], row["cves"][0].upper()
        listed = LISTED.get(cve) if policy == "catalogue" else None
        listed = listed and max(day_end(listed), placed(seen))
        agreed = {1: seen + 10 * DAY, 2: seen + 20 * DAY, None: None}[row["severity"]]
        due = day_end(row["due_at"]) or listed or day_end(agreed)
        if row["state"] != "excepted" or own:
            told.append({**row, "own": own, "due": due, "listed": listed or due, "exploited": cve in LISTED})

    for name in PERIODS:
        moment = looked_at(world, name)
        late = [
            w
            for w in told
            if w["exploited"] and w["listed"] and w["listed"] < moment
            and not (placed(w["fixed_at"]) and placed(w["fixed_at"]) <= moment) and not held(w["own"], moment)
        ]  # fmt: skip
        assert world.read("known_exploited_overdue", name, {}).n == len(late)

    hours = 0
    july = world.calendar.period("2026-07")
    for asset in TIER_1:
        own = [w for w in told if w["asset"] == asset and w["due"] and w["severity"]]
        moment = july.start
        while moment < july.end:
            middle = moment + HOUR / 2  # everything begins and ends on the hour
            hours += any(
                w["due"] < middle < (placed(w["fixed_at"]) or AS_OF["tool"]) and not held(w["own"], middle)
                for w in own
            )
            moment += HOUR
    read = world.read("overdue_exposure", "2026-07", {})
    assert (read.value or 0) == pytest.approx(hours / 24)
