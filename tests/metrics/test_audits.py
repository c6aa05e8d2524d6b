"""What the Audits page tells, against counts made by hand."""

from datetime import datetime

from dashboard import audits

AS_OF = {"tool": datetime(2026, 8, 1)}


def test_audits_are_told_with_their_opinion_or_when_they_are_planned(world):
    world.given(
        {
            "audit": [
                {"key": "A", "framework": "SOC 2", "completed_at": "2026-03-01", "opinion": "qualified"},
                {"key": "B", "framework": "ISO 27001", "completed_at": "2026-05-01"},
                {"key": "C", "framework": "SOC 2", "due_at": "2026-09-01"},
                {"key": "D", "framework": "PCI DSS", "due_at": "2026-07-01"},
            ]
        },
        AS_OF,
    )
    told = audits.audits(world.con.cursor(), AS_OF["tool"])
    assert list(zip(told["key"], told["state"], strict=True)) == [
        ("C", "planned"),
        ("D", "overdue"),
        ("B", "no opinion given"),
        ("A", "qualified"),
    ]


def test_controls_stand_by_family_those_with_the_most_failing_first(world):
    def test(control: str, result: str, scope: str = "acct1") -> dict:
        return {
            "key": f"{control} {scope}",
            "control": control,
            "scope": scope,
            "result": result,
            "tested_at": datetime(2026, 7, 1),
        }

    world.given(
        {
            "control_test": [
                test("A.8.24", "pass"),
                test("A.8.9", "fail"),
                test("AC-2", "fail"),
                test("AC-2", "fail", "acct2"),
                test("AC-17(1)", "pass"),
                test("CC6.1", "manual"),
                test("iam_root_mfa", "pass"),
                test("iam_user_keys", "pass"),
            ]
        },
        AS_OF,
    )
    by = world.opened.by("controls_passing", world.calendar.period("2026-07"), "family", {})
    told = audits.standings(by)
    assert [(one.part, one.passing, one.failing, one.untested) for one in told] == [
        ("AC", 1, 2, 0),
        ("A.8", 1, 1, 0),
        ("CC6", 0, 0, 1),
        ("iam", 2, 0, 0),
    ]
