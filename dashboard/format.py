"""How a number is written: once, the same on every page and in every pack."""

from decimal import ROUND_HALF_UP, Decimal
from math import floor, log10

SYMBOLS = {"GBP": "£", "USD": "$", "EUR": "€", "JPY": "¥", "INR": "₹", "AUD": "A$", "CAD": "C$", "NZD": "NZ$"}
SIGNS = {"hours": " h", "days": " days", "percent": " %"}
PLAIN = ("hours", "days", "percent", "money", "score")
SCALES = ((1e9, "bn", 1e9), (1e5, "m", 1e6), (1e3, "k", 1e3))
MOST = 2
# Hours of a duration beyond which days say more.
LONG = 72
# What is so near to a round number is one.
EXACT = 1e-6


def text(
    value: float | None,
    unit: str,
    low: float | None = None,
    high: float | None = None,
    currency: str = "USD",
    beside: float | None = None,
) -> str:
    """A value as people read it: "22.9 h", "93 %", "£0.40m", "71"; "–" for None.

    unit: of Metric, or "duration": hours, which are days where they are many. low, high: the value's interval; the
    last digit shown is no finer than half of its width, except that a duration has two digits in any case.
    beside: the value that this one stands beside and takes its scale and decimals from; where nothing would be left of
    it, it keeps its own.
    """
    if value is None:
        return "–"
    like = beside or value
    if unit == "money":
        shown = money(value, currency, like)
        return shown if _tells(shown) else money(value, currency, value)
    if unit == "duration":
        if value and like > LONG and value / 24 < 0.5:
            like = value
        unit, scale = ("days", 24) if abs(like) > LONG else ("hours", 1)
        decimals = min(_significant(like / scale, 2), MOST)
        return _signed(number(value / scale, decimals), unit)
    half = (high - low) / 2 if low is not None and high is not None else None
    return _signed(number(value, _decimals(like, unit, half)), unit)


def _signed(shown: str, unit: str) -> str:
    return f"{shown} day" if (shown, unit) == ("1", "days") else shown + SIGNS.get(unit, "")


def money(value: float, currency: str, like: float) -> str:
    """An amount to two digits or to the unit of its scale, which is that of another: "£0.40m", "£84k", "CHF 1.2m"."""
    sign = ("−" if value < 0 else "") + SYMBOLS.get(currency, f"{currency} ")
    for start, suffix, scale in SCALES:
        # What would be rounded up to the next scale is written in it: £0.10m, not £100k.
        if abs(like) >= start * 0.995:
            decimals = _significant(float(f"{abs(like) / scale:.1e}"), 2)
            return f"{sign}{abs(value) / scale:,.{decimals}f}{suffix}"
    shown = number(abs(value), 0)
    return (sign if shown != "0" else sign.removeprefix("−")) + shown


def number(value: float, decimals: int) -> str:
    """With thousands commas, halves rounded up, no zeros after what a value is exactly."""
    while decimals and abs(value - round(value, decimals - 1)) < EXACT:
        decimals -= 1
    rounded = Decimal(repr(abs(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return ("−" if value < 0 and rounded else "") + (f"{rounded:,f}" if rounded else "0")


def _tells(shown: str) -> bool:
    """Whether a digit is left that is no zero."""
    return any(digit in shown for digit in "123456789")


def _decimals(value: float, unit: str, half: float | None) -> int:
    if unit not in PLAIN or value == 0:
        return 0
    if half:
        return min(MOST, max(floor(-log10(half)), _significant(value, 1), 0))
    if unit == "percent" and 0 < value < 100:
        return min(_significant(min(value, 100 - value), 2), MOST)
    # Three digits, but not hundredths of what is one or more: 22.9, 2.7, 0.42.
    return min(_significant(value, 3), max(_significant(value, 2), 1), MOST)


def _significant(value: float, digits: int) -> int:
    """Decimals that show so many significant digits, none below zero."""
    return max(0, digits - 1 - floor(log10(abs(value)))) if value else 0
