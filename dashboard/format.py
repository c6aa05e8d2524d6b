"""How a number is written: once, the same on every page and in every pack."""

from decimal import ROUND_HALF_UP, Decimal
from math import floor, log10

SYMBOLS = {"GBP": "£", "USD": "$", "EUR": "€", "JPY": "¥", "INR": "₹", "AUD": "A$", "CAD": "C$", "NZD": "NZ$"}
SIGNS = {"hours": " h", "days": " d", "percent": " %"}
PLAIN = ("hours", "days", "percent", "money", "score")
SCALES = ((1e9, "bn", 1e9), (1e5, "m", 1e6), (1e3, "k", 1e3))
MOST = 2


def text(
    value: float | None, unit: str, low: float | None = None, high: float | None = None, currency: str = "USD"
) -> str:
    """A value as people read it: "22.9 h", "93 %", "£0.4m", "71"; "–" for None.

    low, high: its interval; the last digit shown is no finer than half of its width.
    """
    if value is None:
        return "–"
    if unit == "money":
        return money(value, currency)
    half = (high - low) / 2 if low is not None and high is not None else None
    return number(value, _decimals(value, unit, half)) + SIGNS.get(unit, "")


def money(value: float, currency: str) -> str:
    """An amount to two digits or to the unit of its scale: "£0.4m", "£84k", "CHF 1.2m"."""
    sign = SYMBOLS.get(currency, f"{currency} ")
    size = abs(value)
    for start, suffix, scale in SCALES:
        # What would be rounded up to the next scale is written in it: £0.1m, not £100k.
        if size >= start * 0.995:
            shown = number(size / scale, _significant(size / scale, 2))
            return ("−" if value < 0 else "") + sign + shown + suffix
    shown = number(size, 0)
    return ("−" if value < 0 and shown != "0" else "") + sign + shown


def number(value: float, decimals: int) -> str:
    """With thousands commas, halves rounded up, without trailing zeros."""
    rounded = Decimal(repr(abs(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    shown = f"{rounded:,f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return ("−" if value < 0 and shown != "0" else "") + shown


def _decimals(value: float, unit: str, half: float | None) -> int:
    if unit not in PLAIN or value == 0:
        return 0
    if half:
        return min(MOST, max(floor(-log10(half)), _significant(value, 1), 0))
    if unit == "percent" and 0 < value < 100:
        return min(_significant(min(value, 100 - value), 2), MOST)
    return min(_significant(value, 3), MOST)


def _significant(value: float, digits: int) -> int:
    """Decimals that show so many significant digits, none below zero."""
    return max(0, digits - 1 - floor(log10(abs(value)))) if value else 0
