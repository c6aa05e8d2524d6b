"""How numbers are written."""

import pytest

from dashboard.format import text


@pytest.mark.parametrize(
    ("value", "unit", "interval", "shown"),
    [
        (22.93, "hours", (), "22.9 h"),
        (1240.4, "hours", (), "1,240 h"),
        (0, "hours", (), "0 h"),
        (92.96, "percent", (92.4, 93.5), "93 %"),  # half the interval is 0.55: no tenths
        (98.23, "percent", (98.16, 98.3), "98.2 %"),  # 0.07: hundredths would be finer
        (99.95, "percent", (), "99.95 %"),  # what is missing from 100 counts
        (95, "percent", (), "95 %"),
        (58.5, "hours", (46.6, 89.2), "59 h"),
        (0.42, "hours", (0.1, 0.9), "0.4 h"),  # never without a digit that says something
        (71.2, "score", (67, 75), "71"),
        (1204, "incidents", (1137, 1274), "1,204"),
        (None, "hours", (), "–"),
        (-1.5, "hours", (), "−1.5 h"),
        (-0.001, "hours", (), "0 h"),
    ],
)
def test_no_more_digits_than_the_interval_supports(value, unit, interval, shown):
    assert text(value, unit, *interval) == shown


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (402_000, "GBP", "£0.4m"),
        (1_234_567, "GBP", "£1.2m"),
        (84_200, "EUR", "€84k"),
        (99_900, "GBP", "£0.1m"),  # would round up to £100k
        (999_999_999, "USD", "$1bn"),
        (840, "USD", "$840"),
        (1_200_000, "CHF", "CHF 1.2m"),
        (-84_200, "GBP", "−£84k"),
        (0, "GBP", "£0"),
    ],
)
def test_money_in_the_scale_that_reads_best(amount, currency, shown):
    assert text(amount, "money", currency=currency) == shown
