"""How numbers are written."""

import pytest

from dashboard.format import text


@pytest.mark.parametrize(
    ("value", "unit", "interval", "shown"),
    [
        (22.93, "hours", (), "22.9 h"),
        (2.704, "hours", (), "2.7 h"),
        (0.421, "hours", (), "0.42 h"),
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
        (2.51, "duration", (1.2, 9.0), "2.5 h"),  # told apart from 2.6 h beside it
        (3.0931, "duration", (3.08, 3.1), "3.1 h"),  # the same with and without its interval
        (3.0931, "duration", (), "3.1 h"),
        (72, "duration", (), "72 h"),
        (674, "duration", (600, 700), "28 days"),
        (91, "hours", (), "91 h"),  # an amount
    ],
)
def test_no_more_digits_than_the_interval_supports(value, unit, interval, shown):
    assert text(value, unit, *interval) == shown


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (402_000, "GBP", "£0.40m"),
        (1_234_567, "GBP", "£1.2m"),
        (84_200, "EUR", "€84k"),
        (99_900, "GBP", "£0.10m"),  # would round up to £100k
        (999_999_999, "USD", "$1.0bn"),
        (840, "USD", "$840"),
        (1_200_000, "CHF", "CHF 1.2m"),
        (-84_200, "GBP", "−£84k"),
        (0, "GBP", "£0"),
    ],
)
def test_money_in_the_scale_that_reads_best(amount, currency, shown):
    assert text(amount, "money", currency=currency) == shown


@pytest.mark.parametrize(
    ("value", "beside", "unit", "interval", "shown"),
    [
        (94.9, 91.34, "percent", (88, 94.9), "95 %"),
        (120, 674, "duration", (), "5 days"),
        (60, 674, "duration", (), "3 days"),
        (51.23, 2.51, "duration", (), "51.2 h"),
        (700_000, 340_000, "money", (), "£0.70m"),
        (1_500_000, 84_000, "money", (), "£1,500k"),
        (9.5, 0, "hours", (), "9.5 h"),
        (16, 4_200, "money", (), "£16"),  # not £0.0k
        (60, 4_200, "money", (), "£0.1k"),
        (340, 1_500_000, "money", (), "£340"),
        (0, 1_500_000, "money", (), "£0"),
        (2.51, 674, "duration", (), "2.5 h"),  # not 0 days
        (0, 674, "duration", (), "0 days"),
    ],
)
def test_what_stands_beside_a_value_is_written_like_it(value, beside, unit, interval, shown):
    low, high = interval or (None, None)
    assert text(value, unit, low, high, currency="GBP", beside=beside) == shown


def test_the_ends_of_an_interval_have_the_decimals_of_its_value():
    shown = [text(v, "percent", 91.96, 92.12, beside=92.04) for v in (91.96, 92.04, 92.12, 95)]
    assert shown == ["92.0 %", "92.0 %", "92.1 %", "95 %"]
