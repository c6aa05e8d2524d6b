"""The light colours of the theme (.streamlit/config.toml), in which every pack is written."""

ACCENT, INK, SOFT, LINE = "#24507a", "#1d2430", "#5b6472", "#e4e1db"
STATES = {"on target": "#1f7a4d", "at risk": "#8f5a00", "off target": "#b3261e"}
