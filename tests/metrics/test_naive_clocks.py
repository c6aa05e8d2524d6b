"""Times to detect, acknowledge and contain against a second, naive implementation on random rows."""

from collections import Counter
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.metrics.test_naive_incidents import AS_OF, HOUR, half_done, maybe, moments

PERIODS = ("2026-07", "all")
incident = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["tool", "stale"]),
        "domain": st.sampled_from(["security", "security", "operational", None]),
        "severity": st.sampled_from([1, 2, 3, 4, None]),
        "status": st.sampled_from(["open", "open", "resolved", "closed", "cancelled", None]),
        "impact": st.sampled_from(["outage", "none", None, None, "maintenance"]),
        "opened_at": moments,
        "occurred_at": maybe,
        "detected_at": maybe,
        "acknowledged_at": maybe,
        "contained_at": maybe,
        "restored_at": maybe,
    }
).map(lambda row: row if row["status"] in ("resolved", "closed") else row | {"restored_at": None})


def started(row: dict) -> datetime:
    return row["detected_at"] or row["opened_at"]


def happened(row: dict) -> bool:
    return row["status"] != "cancelled" and row["impact"] != "maintenance"


def until(row: dict, name: str) -> tuple[float, bool] | None:
    """Hours from detection to a time of the incident, and whether it has come; None where neither can be said."""
    if row[name]:
        return ((row[name] - started(row)) / HOUR, True) if row[name] >= started(row) else None
    if row["status"] == "open":
        return max((AS_OF[row["source"]] - started(row)) / HOUR, 0), False
    return None


def detected(row: dict) -> tuple[float, bool] | None:
    known = row["occurred_at"] and row["detected_at"]
    hours = (row["detected_at"] - row["occurred_at"]) / HOUR if known else -1
    return (hours, True) if hours >= 0 else None


CLOCKS = {
    "time_to_detect": (detected, lambda row: True),
    "time_to_acknowledge": (lambda row: until(row, "acknowledged_at"), lambda row: True),
    "time_to_contain": (
        lambda row: until(row, "contained_at") if row["domain"] else None,
        lambda row: row["domain"] != "operational",
    ),
}


@settings(max_examples=20, deadline=None)
@given(rows=st.lists(incident, max_size=15))
def test_clocks(world, rows):
    world.given({"incident": rows}, AS_OF)
    for name in PERIODS:
        period = world.calendar.period(name)
        inside = [row for row in rows if period.start <= started(row) < period.end]
        for metric, (clock, counts) in CLOCKS.items():
            several = [row for row in inside if counts(row)]
            times = [clock(row) if happened(row) else None for row in several]
            known = [time for time in times if time]
            read = world.read(metric, name, {})
            assert read.n == len(known)
            assert read.value == pytest.approx(half_done(known))
            assert read.detail.get("open", 0) == Counter(over for _, over in known)[False]
            assert sum(read.left_out.values()) == len(several) - len(known)
