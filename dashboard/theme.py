"""The theme's colours as style-sheet variables, so that config.toml stays the only place that names them."""

from pathlib import Path

SHEET = Path(__file__).with_suffix(".css")
VARIABLES = {
    "accent": "primaryColor",
    "page": "backgroundColor",
    "surface": "secondaryBackgroundColor",
    "ink": "textColor",
    "line": "borderColor",
    "good": "greenTextColor",
    "risk": "orangeTextColor",
    "bad": "redTextColor",
    "soft": "grayTextColor",
    "quiet": "grayColor",
}
STATE = {"on target": "good", "at risk": "risk", "off target": "bad"}
SHAPE = {"on target": "●", "at risk": "▲", "off target": "■", None: "○"}


def apply() -> None:
    """Put the variables and the style sheet on the page; the browser picks the light or the dark of each pair."""
    import streamlit as st  # packs read the states from here, and wait for no page

    pairs = (
        f"--{name}: light-dark({st.get_option(f'theme.light.{option}')}, {st.get_option(f'theme.dark.{option}')});"
        for name, option in VARIABLES.items()
    )
    st.html(f"<style>:root {{ {' '.join(pairs)} }}\n{SHEET.read_text('utf-8')}</style>")
