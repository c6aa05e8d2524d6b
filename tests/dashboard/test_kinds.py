"""The tests behind verdicts, against scipy called directly and against figures worked out by hand."""

from datetime import datetime
from math import sqrt

import numpy as np
import pytest
from scipy import stats

from dashboard import kinds
from dashboard.kinds import Figures, Side, Test, by_months, limits, overdispersion
from dashboard.metric import Metric
from dashboard.reading import Target
from dashboard.tallies import Tally
from dashboard.verdict import in_force, status, verdict

Test.__test__ = False  # not a test of pytest's


def side(n: int = 0, value: float | None = None, days: float = 90, **sums) -> Side:
    return Side(Tally(n, sums), Figures(value), days)


def metric(kind: str = "share", **header) -> Metric:
    base = {
        "title": "M",
        "question": "?",
        "unit": "percent",
        "better": "higher",
        "says": "",
        "reads": ["incident"],
    }
    return Metric(name="m", sql="", kind=kind, **(base | header))


def p_of(test: Test) -> float:
    return float(test.why.rsplit("= ")[-1])


def test_two_proportions():
    test = kinds.two_shares(side(100, 60, met=60), side(120, 50, met=60))
    assert p_of(test) == pytest.approx(
        stats.chi2_contingency([[60, 40], [60, 60]], correction=False).pvalue, abs=0.005
    )
    assert kinds.two_shares(side(100, 80, met=80), side(120, 50, met=60)).direction == 1
    assert kinds.two_shares(side(100, 100, met=100), side(120, 100, met=120)).direction == 0


def clustered(clusters: list[tuple[int, int]]) -> Side:
    """clusters: (rows, met) of each."""
    n, met = (sum(c[i] for c in clusters) for i in (0, 1))
    return side(
        n,
        100 * met / n,
        met=met,
        clusters=len(clusters),
        rows_rows=sum(r * r for r, _ in clusters),
        rows_met=sum(r * m for r, m in clusters),
        met_met=sum(m * m for _, m in clusters),
    )


def test_clusters_of_one_row_give_the_variance_of_a_simple_sample():
    one_each = clustered([(1, 1)] * 30 + [(1, 0)] * 10)
    assert kinds.cluster_variance(one_each.tally) == pytest.approx(np.var([1] * 30 + [0] * 10, ddof=1) / 40)


def test_rows_that_stand_or_fall_together_are_not_told_from_noise():
    # 400 rows each, 60 % against 50 %: clear were they apart, but there are 10 assets whose rows are all alike.
    now, before = clustered([(40, 40)] * 6 + [(40, 0)] * 4), clustered([(40, 40)] * 5 + [(40, 0)] * 5)
    assert kinds.two_shares(now, before).direction == 0
    apart = kinds.two_shares(side(400, 60, met=240), side(400, 50, met=200))
    assert apart.direction == 1


def test_clusters_that_are_all_alike_are_not_certain():
    full, short = clustered([(25, 25)] * 8), clustered([(25, 24)] * 8)
    assert kinds.two_shares(short, full).direction == 0
    many = clustered([(25, 25)] * 800), clustered([(25, 24)] * 800)
    assert kinds.two_shares(*many).direction == 1


def test_fewer_than_five_clusters_are_too_few_to_say():
    assert kinds.two_shares(clustered([(40, 40)] * 4), clustered([(40, 0)] * 10)).direction is None


def test_two_counts_without_history_are_exact():
    test = kinds.two_counts(side(20, days=90), side(40, days=92), [])
    assert p_of(test) == pytest.approx(stats.binomtest(20, 60, 90 / 182).pvalue, abs=0.0005)
    assert test.direction == -1
    assert "exact Poisson" in test.why


def test_two_counts_carry_the_spread_of_the_months():
    months = [side(n, days=30) for n in (2, 40, 5, 38, 3, 41, 4, 35)]
    counts = [2, 40, 5, 38, 3, 41, 4, 35]
    assert overdispersion(counts, [30] * 8) == pytest.approx(np.var(counts, ddof=1) / np.mean(counts))
    assert kinds.two_counts(side(20), side(40), months).direction == 0
    steady = [side(10, days=30)] * 8
    assert kinds.two_counts(side(20), side(40), steady).direction == -1


def test_welch_is_scipys():
    a, b = [70.0, 72, 75, 80, 71, 69], [60.0, 65, 62, 70, 61, 58]
    sides = [side(len(x), mean=np.mean(x), deviation=np.std(x, ddof=1)) for x in (a, b)]
    assert p_of(kinds.welch(*sides)) == pytest.approx(
        stats.ttest_ind(a, b, equal_var=False).pvalue, abs=0.0005
    )


def test_the_interval_of_a_score_is_scipys():
    scores = [70.0, 72, 75, 80, 71]
    tally = Tally(5, {"mean": np.mean(scores), "deviation": np.std(scores, ddof=1)})
    figures = kinds.figures(metric("score", unit="score"), tally)
    expected = stats.ttest_1samp(scores, 0).confidence_interval()
    assert (figures.low, figures.high) == pytest.approx((expected.low, expected.high))


def test_the_log_rank_test_says_which_way_it_went():
    fast, slow = np.arange(1.0, 21), np.arange(31.0, 51)
    sides = [side(20, finished=hours, running=None) for hours in (fast, slow)]
    assert kinds.log_rank(*sides).direction == -1
    assert kinds.log_rank(*sides[::-1]).direction == 1


def test_xmr_limits_by_hand():
    months = [10.0, 12, 11, 13, 9, 11]
    found = limits(months)
    assert found.mean == 11
    assert found.high - found.mean == pytest.approx(2.66 * (2 + 1 + 2 + 4 + 2) / 5)
    assert found.trial
    assert not limits(months * 2).trial
    assert limits(months[:5]) is None


def test_skewed_amounts_are_judged_by_their_logs():
    months = [1.0, 1, 2, 1, 1, 2, 1, 90]
    found = limits(months)
    assert found.mean == pytest.approx(stats.gmean(months))
    assert found.low > 0


YEAR = [10.0, 12, 11, 13, 9, 11, 10, 12, 11, 13, 9, 11]


@pytest.mark.parametrize(
    ("past", "months", "direction"),
    [
        (YEAR, [16, 17, 15], 1),
        (YEAR, [6, 7, 6.5], -1),
        (YEAR, [11, 30, 10], 1),  # one month carries it
        (YEAR, [11, 12, 10], 0),
        (YEAR, [5, 24, 11], 0),  # both ways
        (YEAR, [20, *[10, 12] * 5, 11], 0),  # one of a year's twelve
        ([0, *YEAR[1:]], [30, 31, 29], 1),  # a month without any: no logs
        (YEAR[:5], [30], None),  # five months before
        (YEAR, [None], None),
        ([0, 0, 9, 0, 0, 0, 12, 0], [10], None),  # rare: most months are empty
    ],
)
def test_months_are_judged_by_those_before(past, months, direction):
    assert by_months(past, months).direction == direction


def test_the_test_of_months_by_hand():
    months = [14.0, 15, 13]
    past, now = np.log(YEAR), np.log(months)
    spread = max(np.abs(np.diff(past)).mean() / 1.128, np.std(past, ddof=1))
    t = (now.mean() - past.mean()) / (spread * np.sqrt(1 / 3 + 1 / 12))
    assert by_months(YEAR, months).p == pytest.approx(2 * stats.t.sf(t, 11))


def test_a_season_is_no_change():
    # Every summer is busier, month for month as the year before.
    season = [20.0, 21, 19, 12, 11, 12, 11, 12, 11, 12, 11, 12]
    told = by_months(season, [20, 22, 19])
    assert (told.direction, told.p < 0.05) == (0, True)
    assert told.why.endswith("but it hardly shows against the same months of the year before")
    assert by_months(season, [40, 43, 38]).direction == 1
    months = [side(round(n * 10), days=30) for n in season]
    now, before = side(610, days=90), side(350, days=90)
    assert kinds.two_counts(now, before, months).direction == 0
    assert kinds.two_counts(side(1200, days=90), before, months).direction == 1


def test_months_against_those_of_the_year_before_by_hand():
    months, then = [14.0, 15, 13], YEAR[:3]
    past, now, base = np.log(YEAR), np.log(months), np.log(then)
    spread = max(np.abs(np.diff(past)).mean() / 1.128, np.std(past, ddof=1))
    t = (now.mean() - base.mean()) / (spread * np.sqrt(1 / 3 + 1 / 3))
    told = by_months(YEAR, months, then)
    assert told.p == pytest.approx(2 * stats.t.sf(t, 11))
    assert "(against the same months of the year before, by the spread of 12 months): p" in told.why


@pytest.mark.parametrize(
    ("past", "months", "then", "direction"),
    [
        (YEAR, [17.0, 18, 16], YEAR[:3], 1),
        ([20, 21, 19, *[11.0, 12, 10] * 3], [10, 12, 11], [20, 21, 19], -1),  # as before, and half of then
        ([20, 21, 19, *[11.0, 12, 10] * 3], [21, 20, 19], [20, 21, 19], 0),  # twice as before, and as then
        (YEAR[:5], [30], YEAR[:1], None),  # five months before
        (YEAR, [30], [None], None),
    ],
)
def test_months_are_judged_by_those_of_a_year_before_where_these_are_asked_for(past, months, then, direction):
    assert by_months(past, months, then).direction == direction


def test_why_is_said_in_plain_words():
    assert by_months(YEAR[:6], [11, 12, 10]).why.startswith("chance alone would show such a change")
    assert "(against the 6 months before): p = " in by_months(YEAR[:6], [11, 12, 10]).why
    chance = kinds.two_shares(side(100, 60, met=60), side(120, 50, met=60)).why
    assert chance == "chance alone would show such a change 14 in 100 times (two proportions): p = 0.14"


def test_fewer_than_five_on_either_side_are_too_few_to_say():
    test = kinds.compare(metric(), side(4, 100, met=4), side(50, 0, met=0), [], [])
    assert verdict(metric(), 100, 0, test) == "too few to say"


@pytest.mark.parametrize(
    ("better", "value", "before", "direction", "said"),
    [
        ("higher", 95, 90, 1, "better"),
        ("lower", 95, 90, 1, "worse"),
        ("lower", 80, 90, -1, "better"),
        ("higher", 95, 90, 0, "no clear change"),
        ("higher", 90.5, 90, 1, "no clear change"),  # less than matters
        ("higher", 88, 90, 1, "no clear change"),  # the test and the value disagree
        ("lower", None, 90, 1, "worse"),  # a median no longer reached
    ],
)
def test_a_verdict_needs_the_test_the_value_and_a_change_that_matters(better, value, before, direction, said):
    assert verdict(metric(better=better, matters="1 point"), value, before, Test(direction, "")) == said


@pytest.mark.parametrize(
    ("better", "value", "at_risk", "said"),
    [
        ("higher", 95, 90, "on target"),
        ("higher", 94.9, 90, "at risk"),
        ("higher", 90, 90, "at risk"),
        ("higher", 89.9, 90, "off target"),
        ("higher", 94.9, None, "off target"),
        ("lower", 95, 100, "on target"),
        ("lower", 96, 100, "at risk"),
        ("lower", 101, 100, "off target"),
        ("lower", None, 100, None),
    ],
)
def test_against_a_target(better, value, at_risk, said):
    assert status(metric(better=better), value, Target(95, at_risk, datetime(2026, 1, 1))) == said


def test_the_standard_error_behind_a_clustered_test():
    now, before = clustered([(2, 2)] * 9 + [(2, 0)]), clustered([(2, 2)] * 5 + [(2, 0)] * 5)
    variance = kinds.cluster_variance(now.tally) + kinds.cluster_variance(before.tally)
    expected = 2 * stats.t.sf((0.9 - 0.5) / sqrt(variance), 18)
    assert p_of(kinds.two_shares(now, before)) == pytest.approx(expected, abs=0.0005)


def target(value: float, since: datetime, at_risk: float | None = None) -> Target:
    return Target(value, at_risk, since)


def test_the_newest_target_agreed_by_the_periods_end_is_in_force():
    from dashboard.period import Calendar
    from pipelines.settings import Settings

    period = Calendar.of(Settings()).period("2026-Q1")
    targets = [
        ({}, target(90, datetime(2025, 1, 1))),
        ({}, target(95, datetime(2026, 2, 1))),
        ({}, target(99, datetime(2026, 5, 1))),  # not yet agreed
        ({"service": "Claims"}, target(80, datetime(2025, 1, 1))),
        ({"business_unit": "Retail"}, target(70, datetime(2025, 1, 1))),
    ]
    assert in_force(targets, period, {}, adds_up=False).value == 95
    assert in_force(targets, period, {"service": "Claims"}, adds_up=False).value == 80
    assert in_force(targets, period, {"service": "Portal"}, adds_up=False).value == 95
    assert in_force(targets, period, {"business_unit": "retail"}, adds_up=False).value == 70
    assert (
        in_force(targets, period, {"service": "Claims", "business_unit": "Retail"}, adds_up=False).value == 95
    )
    assert in_force(targets, period, {"service": "Portal"}, adds_up=True) is None  # an amount of the whole
    assert in_force(targets, period, {"severity": "1"}, adds_up=False) is None


def test_targets_of_amounts_are_stated_for_a_quarter():
    from dashboard.period import Calendar
    from pipelines.settings import Settings

    calendar = Calendar.of(Settings())
    targets = [({}, target(30, datetime(2025, 1, 1), at_risk=36))]
    found = {
        name: in_force(targets, calendar.period(name), {}, True)
        for name in ("2026-Q1", "2026-01", "2026", "all")
    }
    assert [(t.value, t.at_risk) if t else None for t in found.values()] == [
        (30, 36),
        (10, 12),
        (120, 144),
        None,
    ]
