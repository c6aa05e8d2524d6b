"""A small made-up pack, of which some texts would do harm if they were taken for more than texts."""

from datetime import date, datetime

from dashboard.pack.pack import (
    Compared,
    Decision,
    Driver,
    Pack,
    Part,
    Point,
    Restated,
    Risk,
    Section,
    Source,
    Step,
    Told,
)

HOSTILE = [
    "=1+1",
    "@SUM(A1)",
    "#panic()",
    "*bold* $x$ @ref <b>",
    "[link](http://a.example)",
    "line\nbreak",
    "x" * 300,
]


def metric(name: str, values: list[float | None], **more) -> Told:
    points = tuple(
        Point(
            period=f"2026-{month:02d}", label=f"M{month} 2026", value=value, text="–" if value is None else f"{value} h",
            whole=month < len(values), target=10.0,
        )
        for month, value in enumerate(values, 1)
    )  # fmt: skip
    told = {
        "metric": name, "title": name.replace("_", " ").capitalize(), "unit": "hours", "kind": "span", "better": "lower",
        "text": points[-1].text, "before": "7.5 h", "change": "−2.1 h", "interval": "", "target": "≤ 10 h",
        "verdict": "better", "status": "on target", "n": 1234, "left_out": {"no service": 2}, "bars": True,
        "sentence": f"Down for {points[-1].text}.", "finding": "It fell", "points": points, "pace": "3.3 h a month", "usual": (1.0, 12.0),
        "parts": {"service": tuple(Part(name=n, value=1.0, text="1 h", n=1, status="at risk") for n in HOSTILE)},
        "notes": ("1 · 1 Aug 2026: =cmd()",), "definition": {"Question": "How long?", "Counted": "#let x = 1"},
        "sql": "select 1", "facts": {"value": values[-1], "low": None, "high": None, "previous": 7.5, "change": -2.1,
                                     "target": 10.0},
    }  # fmt: skip
    return Told(**(told | more))


def made(**more) -> Pack:
    told = {
        "downtime": metric("downtime", [9.25, 7.5, 5.4]),
        "cost": metric(
            "cost", [None, None, None], bars=False, text="–", status=None, verdict=None, points=(), parts={}
        ),
        "share": metric("share", [80.0, None, 92.5], bars=False, unit="percent", status="off target"),
    }
    pack = {
        "id": "2026-Q3-board-1", "template": "board", "title": "Board quarterly", "organisation": "Example & Sons",
        "classification": "Confidential", "currency": "EUR", "timezone": "Europe/Berlin", "period": "2026-Q3",
        "period_label": "Quarter 3, 2026", "starts": datetime(2026, 7, 1), "ends": datetime(2026, 10, 1),
        "closed": True, "data_through": datetime(2026, 10, 2), "snapshot": 7, "frozen_at": datetime(2026, 10, 3, 9),
        "frozen_by": "Robin Example (unverified)", "verdict": "Downtime improved by 28 %.", "tally": "1 of 2 targets met",
        "memo": ("=HYPERLINK(1)", *HOSTILE), "since": ("Downtime: 7.5 h before, 5.4 h now",),
        "drivers": (Driver(metric="downtime", text="#import", detail="7 before"),),
        "decisions": (Decision(key="d:1", text="+1 decide", owner="CISO", due=date(2026, 11, 1), reason="@why",
                               standing="asked 1 Jul 2026, 94 days ago, first in 2026-Q2-board-1"),),
        "settled": (Decision(key="d:2", text="-1 decided", owner="CIO", status="done", outcome="=yes()", by="Board",
                             decided=date(2026, 7, 14), done=date(2026, 9, 2), age=30, standing="done 2 Sep 2026"),),
        "compared": (Compared(metric="downtime", title="Downtime", unit="hours", then=7.4, now=5.4, then_text="7.4 h", now_text="5.4 h",
                              change="−2.0 h", verdict="better"),),
        "before": "2026-Q2-board-1", "before_label": "Quarter 2, 2026 (April–June)",
        "risks": (Risk(title="-2 flood", owner="CIO", services=("Claims",), likelihood=3, consequence=5, score=15,
                       loss="€1m to €3m", treatment="reduce", due=None),),
        "sections": (Section(title="Few", metrics=("downtime", "share")), Section(title="More", metrics=("cost",))),
        "told": told, "missing": (), "outlook": "Nothing is overdue.", "settings": {}, "marts": {},
        "sources": (Source(title="A tool", record="incident", instance="a", complete=datetime(2026, 10, 2), loads=1,
                           overdue=False, ended=False),),
        "restated": (Restated(metric="downtime", title="Downtime", then=6.0, now=5.4, then_text="6 h", now_text="5.4 h",
                              steps=(Step(metric="downtime", kind="load", what="load 9", before=6.0, after=5.4,
                                          text="−0.6 h"),)),),
    }  # fmt: skip
    return Pack(**(pack | more))
