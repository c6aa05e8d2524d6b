"""What a draft says beside its numbers."""

from datetime import datetime
from types import SimpleNamespace

import pandas as pd

from dashboard.pack.draft import sources


def test_a_source_is_overdue_by_what_other_tools_report_not_by_a_list_that_was_loaded_today():
    rows = [
        ("incident", "ITSM", datetime(2026, 10, 2), datetime(2026, 11, 2), False),
        (
            "patch",
            "Scanner",
            datetime(2026, 7, 2),
            datetime(2026, 8, 2),
            False,
        ),  # of which nothing has come for long
        ("patch", "Old scanner", datetime(2025, 7, 2), datetime(2025, 8, 2), True),  # reports no more
        ("target", "Targets", datetime(2026, 11, 25), pd.NaT, False),
        ("risk", "Risks", datetime(2026, 1, 1), pd.NaT, False),  # not read by these metrics
    ]
    table = pd.DataFrame(rows, columns=["record", "source_title", "at", "overdue", "ended"]).assign(
        instance="a", loads=1
    )
    readings = SimpleNamespace(freshness=lambda: table)
    told = sources(readings, {"incident", "patch", "target"})
    assert {one.title: (one.overdue, one.ended) for one in told} == {
        "ITSM": (False, False), "Scanner": (True, False), "Old scanner": (False, True), "Targets": (False, False),
    }  # fmt: skip
    only = SimpleNamespace(freshness=lambda: table[table["record"] == "target"])
    assert [one.overdue for one in sources(only, {"target"})] == [False]
