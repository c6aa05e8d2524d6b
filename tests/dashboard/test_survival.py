"""The curves and the test hold scipy's numbers."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dashboard.survival import Durations, curve, log_rank, quantiles

HOURS = st.integers(0, 40).map(lambda n: n / 4)  # few values, so that many are equal
GROUPS = st.tuples(st.lists(HOURS, min_size=1, max_size=30), st.lists(HOURS, max_size=30))


def durations(group) -> Durations:
    return Durations(*map(np.array, group))


def censored(group) -> stats.CensoredData:
    return stats.CensoredData(uncensored=group[0], right=group[1])


@given(GROUPS)
def test_the_median_and_its_interval_are_those_of_scipys_curve(group):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # limits that are not defined
        curve = stats.ecdf(censored(group)).sf
        limits = curve.confidence_interval(method="log-log")

    def first(shares, level):
        return next((t for t, s in zip(curve.quantiles, shares, strict=True) if s <= level + 1e-12), None)

    found = quantiles(durations(group))
    assert found.median == first(curve.probabilities, 0.5)
    assert found.p90 == first(curve.probabilities, 0.1)
    assert found.low == first(limits.low.probabilities, 0.5)
    assert found.high == first(limits.high.probabilities, 0.5)


@given(GROUPS)
def test_the_curve_and_its_limits_are_scipys(group):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # limits that are not defined
        theirs = stats.ecdf(censored(group)).sf
        limits = theirs.confidence_interval(method="log-log")
    ours = curve(durations(group))
    assert ours.times[0] == 0 and ours.share[0] == 1
    at = np.searchsorted(theirs.quantiles, ours.times[1:])
    for found, expected in (
        (ours.share, theirs.probabilities),
        (ours.low, limits.low.probabilities),
        (ours.high, limits.high.probabilities),
    ):
        # Where they have no limits, ours are the share itself.
        known = np.where(np.isnan(expected[at]), theirs.probabilities[at], expected[at])
        assert found[1:] == pytest.approx(known)
    assert (ours.n, ours.last) == (len(group[0]) + len(group[1]), max(group[0] + group[1]))


def test_a_curve_of_many_durations_keeps_few_points_its_first_and_its_last():
    ours = curve(durations((list(range(1, 5001)), [6000])), most=50)
    assert len(ours.times) == 51
    assert (ours.times[1], ours.times[-1], ours.last) == (1, 5000, 6000)
    assert ours.share[-1] == pytest.approx(1 / 5001)


@given(GROUPS, GROUPS)
def test_the_log_rank_test_is_scipys(a, b):
    statistic, p = log_rank(durations(a), durations(b))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = stats.logrank(censored(a), censored(b))
    if np.isnan(expected.statistic):  # all finished at one time, or nothing to compare
        assert (statistic, p) == (0, 1)
    else:
        assert statistic == pytest.approx(expected.statistic, abs=1e-9)
        assert p == pytest.approx(expected.pvalue, abs=1e-9)


def test_a_curve_that_stays_above_half_has_no_median():
    assert quantiles(durations(([1.0], [2.0, 3.0, 4.0]))).median is None


def test_exactly_half_is_reached():
    # 1 − 1/4, then × (1 − 1/3): a hair off a half in floating point.
    assert quantiles(durations(([1.0, 2.0], [3.0, 4.0]))).median == 2.0
