"""How packs and pictures look: the light colours of the theme (.streamlit/config.toml), and labels that have room."""

from math import ceil

ACCENT, INK, SOFT, LINE = "#24507a", "#1d2430", "#5b6472", "#e4e1db"
STATES = {"on target": "#1f7a4d", "at risk": "#8f5a00", "off target": "#b3261e"}


def every(count: int, needed: float, room: float) -> int:
    """Each how many of a row of labels have room."""
    return max(ceil(needed * count / room), 1) if room else 1
