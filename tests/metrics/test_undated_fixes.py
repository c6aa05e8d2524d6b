"""A tool that does not say when a patch was installed: it was by the export that first says so, if one before said it was missing."""

from datetime import datetime

AS_OF = {"tool": datetime(2026, 7, 31)}


def version(key: str, day: int, state: str) -> dict:
    """What an export of a day in July said of a critical patch that was seen on the first, and is due ten days later."""
    seen = {"asset": "web1", "patch": key, "severity": 1, "first_seen_at": datetime(2026, 7, 1)}
    return {"key": key, "effective_at": datetime(2026, 7, day), "state": state, **seen}


def test_the_export_that_says_so_dates_the_fix(world):
    past = [
        version("on time", 1, "open"),
        version("said twice", 1, "open"),
        version("said twice", 9, "fixed"),
        version("came back", 1, "fixed"),
        version("came back", 5, "open"),
        version("late", 1, "open"),
        version("never open", 1, "fixed"),
        version("accepted", 1, "excepted"),
    ]
    present = [
        version("on time", 8, "fixed"),
        version("said twice", 25, "fixed"),
        version("came back", 20, "fixed"),  # late
        version("late", 20, "fixed"),
        version("never open", 25, "fixed"),  # left out: nobody knows when
        version("accepted", 8, "fixed"),  # left out: it was not open before
    ]
    world.given({"patch": present, "patch_past": past}, AS_OF, patch_days={1: 10})

    read = world.read("patches_on_time", "2026-07", {})

    assert (read.n, read.value) == (4, 50)
    assert read.left_out == {"no fix date": 2}


def test_the_clock_stops_at_that_export(world):
    world.given({"patch": [version("a", 8, "fixed")], "patch_past": [version("a", 1, "open")]}, AS_OF)
    assert world.read("time_to_patch", "2026-07", {}).value == 7 * 24
