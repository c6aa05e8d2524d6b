"""An exception loaded after the patches it is about changes their numbers, and withdrawing it changes them back."""

from datetime import datetime

from dashboard.readings import Readings
from pipelines.warehouse import load, withdraw

PATCHES = """Asset,Patch,Severity,First seen,Due,State,Installed,As of
web1,KB1,Critical,2026-06-01,2026-06-15,Open,,2026-09-30
web2,KB1,Critical,2026-06-01,2026-06-15,Installed,2026-06-10,2026-09-30
"""
REGISTER = """Reference,Exception,Assets,Patch,Approved by,From,Until
EX-1,No downtime before the audit,web1,kb1,CIO,2026-06-01,2026-08-31
"""


def on_time(data) -> dict[str, tuple[float | None, int]]:
    readings = Readings(data)
    found = {
        name: readings.reading("patches_on_time", readings.period(name)) for name in ("2026-06", "2026-08")
    }
    return {name: (reading.value, reading.n) for name, reading in found.items()}


def test_it_excuses_until_it_is_withdrawn(tmp_path):
    data = tmp_path / "data"
    for name, text in (("patches.csv", PATCHES), ("register.csv", REGISTER)):
        (tmp_path / name).write_text(text)
    late = {"2026-06": (50, 2), "2026-08": (None, 0)}

    (taken,) = load([tmp_path / "patches.csv"], data, clock=lambda: datetime(2026, 10, 1))
    assert taken.error is None
    assert on_time(data) == late

    (taken,) = load([tmp_path / "register.csv"], data, clock=lambda: datetime(2026, 10, 1))
    assert (taken.error, taken.rejected) == (None, 0)
    assert on_time(data) == {"2026-06": (100, 1), "2026-08": (0, 1)}
    assert Readings(data).outlook().counts["patch"]["overdue"] == 1

    withdraw(2, data, why="entered twice")
    assert on_time(data) == late
