"""What the timelines draw: bounded lanes, marks where they belong, and texts as texts."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from dashboard import lanes
from dashboard.incidents import CAUSED, Timeline
from dashboard.timeline import beside, brush, timeline

LONDON = ZoneInfo("Europe/London")
HOSTILE = "<b>bold</b>"


def row(record: str, services: list[str], domain: str = "operational", **more) -> dict:
    at, until = datetime(2026, 7, 3, 12), datetime(2026, 7, 3, 14)
    return {"record_id": record, "at": at, "severity": 2, "domain": domain, "services": services, "title": HOSTILE,
            "status": "closed", "until": until, "still_open": False, "causes": None, **more}  # fmt: skip


def seen(*rows: dict, links=()) -> Timeline:
    return Timeline(pd.DataFrame(rows), list(links), len(rows))


def test_an_incident_stands_in_the_lane_of_each_service_at_the_organisations_clocks():
    told = seen(row("a", ["Cards", "Payments"]), row("b", ["Payments"], "security", severity=1))
    marks, _ = lanes.incidents(told, ["Payments", "Cards"], LONDON)
    assert [(m.key, m.lane, m.at.hour, m.lift > 0, m.symbol) for m in marks] == [
        ("a", "Cards", 13, False, "circle"),
        ("a", "Payments", 13, False, "circle"),
        ("b", "Payments", 13, True, "diamond"),
    ]
    assert marks[2].size > marks[0].size


def test_services_beyond_the_twelfth_share_the_last_lane_and_an_incident_stands_there_once():
    told = seen(*(row(f"i{n}", [f"S{n:02d}"]) for n in range(11)), row("x", ["S11", "S12"]))
    named = lanes.services(told)
    assert len(named) == 12
    assert named[-1] == "2 other services"
    marks, _ = lanes.incidents(told, named, LONDON)
    assert [m.lane for m in marks if m.key == "x"] == ["2 other services"]
    assert lanes.services(told, "S05") == ["S05"]


def test_links_are_drawn_between_marks_that_are_there():
    links = [("a", "b", CAUSED), ("a", "gone", CAUSED), ("a", "b", "PRB1")]
    told = seen(row("a", ["Cards"]), row("b", ["Payments"]), links=links)
    marks, ties = lanes.incidents(told, ["Cards", "Payments"], LONDON)
    assert [(t.one, t.other, t.certain) for t in ties] == [
        (("a", "Cards"), ("b", "Payments"), True),
        (("a", "Cards"), ("b", "Payments"), False),
    ]
    drawn = timeline(["Cards", "Payments"], marks, datetime(2026, 7, 1), datetime(2026, 8, 1), ties)
    assert sum(trace.line.dash == "dot" for trace in drawn.data) == 1


def test_what_a_file_says_is_no_markup_in_a_chart():
    marks, _ = lanes.incidents(seen(row("a", [HOSTILE])), [HOSTILE], LONDON)
    drawn = timeline([HOSTILE], marks, datetime(2026, 7, 1), datetime(2026, 8, 1))
    texts = [*drawn.layout.yaxis.ticktext, *(text for trace in drawn.data for text in trace.hovertext or ())]
    assert len(texts) == 2
    assert not any("<b>" in text for text in texts)


def test_audits_are_told_in_shape_word_and_state():
    table = pd.DataFrame(
        [
            {
                "record_id": n,
                "framework": "SOC 2",
                "title": None,
                "key": n,
                "auditor": None,
                "at": at,
                "state": state,
            }
            for n, (at, state) in enumerate(
                [
                    (datetime(2026, 3, 1), "qualified"),
                    (datetime(2026, 5, 1), "no opinion given"),
                    (datetime(2026, 9, 1), "planned"),
                    (pd.NaT, "planned"),  # not drawn: nobody knows when
                ]
            )
        ]
    )
    assert [(m.symbol, m.label, m.state) for m in lanes.audits(table, LONDON)] == [
        ("triangle-up", "qualified", "at risk"),
        ("circle-open", "", None),
        ("diamond-open", "planned", ""),
    ]


def test_the_strip_stands_in_line_with_the_lanes():
    first, last = datetime(2026, 7, 1), datetime(2026, 8, 1)
    strip = brush([(first, 3)], last - first, first, last, margin=beside(["Payments"]))
    assert strip.layout.margin.l == timeline(["Payments"], [], first, last).layout.margin.l
