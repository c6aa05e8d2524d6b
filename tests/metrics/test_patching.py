"""What the Patching page tells, against counts made by hand."""

from datetime import datetime

from dashboard import patching

AS_OF = {"tool": datetime(2026, 8, 20)}


def patch(key: str, asset: str, seen: str = "2026-07-01", fixed: str | None = None, **more) -> dict:
    """A critical one that is due on 11 July."""
    state = "fixed" if fixed else "open"
    return {"key": key, "asset": asset, "patch": key, "severity": 1, "first_seen_at": seen, "fixed_at": fixed,
            "due_at": "2026-07-10", "state": state, **more}  # fmt: skip


def test_overdue_patches_are_told_by_service_and_owner(world):
    assets = [
        {"name": "web1", "services": ["Payments"], "owner": "Ann"},
        {"name": "web2", "services": ["Payments", "Cards"], "owner": "Bo"},
        {"name": "web3", "services": ["Cards"]},
    ]
    rows = [
        patch("KB1", "web1"),
        patch("KB2", "web1"),
        patch("KB1", "web2") | {"key": "x"},  # under both of its services
        patch("KB1", "web3") | {"key": "y"},
        patch("KB3", "web1", fixed="2026-08-03"),  # overdue in July
        patch("KB4", "web1", fixed="2026-07-03"),  # not counted: in time
    ]
    world.given({"patch": rows, "asset": assets}, AS_OF)
    opened = world.opened
    told = patching.crossed(
        opened.cursor(),
        opened.shape("overdue_patches"),
        world.calendar.period("2026-07"),
        "service",
        "owner",
        {},
    )
    assert [tuple(row) for row in told.itertuples(index=False)] == [
        ("Payments", "Ann", 3),
        ("Cards", "Bo", 1),
        ("Cards", "Unknown", 1),
        ("Payments", "Bo", 1),
    ]
    only = patching.crossed(
        opened.cursor(), opened.shape("overdue_patches"), world.calendar.period("2026-08"), "service", "owner",
        {"service": "Cards"},
    )  # fmt: skip
    assert sorted(only["n"]) == [1, 1, 1]  # web2 stands under Payments too


def test_known_exploited_patches_are_listed_by_age_with_the_machines_that_lack_them(world):
    exploited = [
        {"cve": "CVE-2026-1", "added_at": "2026-06-01", "due_at": "2026-07-10"},
        {"cve": "CVE-2026-2", "added_at": "2026-06-01", "due_at": "2026-08-01"},
    ]
    rows = [
        patch("KB1", "web1", cves=["CVE-2026-1"], title="Of July"),
        patch("KB1", "web2", cves=["CVE-2026-1"], title="Of July") | {"key": "x"},
        patch("KB2", "web1", cves=["CVE-2026-2", "CVE-2026-3"], title="Of August"),
        patch("KB3", "web1", cves=["CVE-2026-3"]),  # not listed: nobody is known to use it
        patch("KB4", "web1", cves=["CVE-2026-1"], fixed="2026-07-05"),  # not listed: in place
    ]
    world.given({"patch": rows, "known_exploited": exploited}, AS_OF)
    opened, month = world.opened, world.calendar.period("2026-08")
    told = patching.exploited(opened.cursor(), opened.shape("known_exploited_overdue"), month, {})
    assert [
        tuple(row)
        for row in told[["patch", "title", "missing_on", "days_past", "of"]].itertuples(index=False)
    ] == [
        ("KB1", "Of July", 2, 40, 2),  # from the end of 10 July to 20 August, where the data ends
        ("KB2", "Of August", 1, 18, 2),
    ]
    assert list(told["cves"].iloc[1]) == ["CVE-2026-2", "CVE-2026-3"]
    assert opened.reading("known_exploited_overdue", month, {}).n == told["missing_on"].sum()


def test_a_curve_for_each_severity_ends_where_its_reading_says(world):
    rows = [patch(f"KB{n}", "web1", fixed=f"2026-07-{1 + n:02d}") for n in range(1, 5)]
    rows += [patch(f"KB{n}", "web1", severity=2) for n in (7, 8)]
    world.given({"patch": rows}, AS_OF)
    opened, month = world.opened, world.calendar.period("2026-07")
    told = patching.curves(opened.cursor(), opened.shape("time_to_patch"), month, "severity", {})
    assert list(told) == ["1", "2"]
    assert list(told["1"].times / 24) == [0, 1, 2, 3, 4]
    assert list(told["1"].share) == [1, 0.75, 0.5, 0.25, 0]
    assert list(told["2"].share) == [1]  # none of them is in place
    assert told["2"].last == 50 * 24  # open from 1 July to 20 August
