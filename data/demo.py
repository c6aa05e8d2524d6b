"""The exports of a company that does not exist, over 24 months up to the end of September 2026.

They are files as an analyst would hand them over and are loaded like any other. In the third quarter of 2026
customers lose a third fewer hours than in the second, which had a ransomware outage of Payments; the audit
controls come near their target; patches fall behind on two services; the rest does not move.
"""

from pathlib import Path

from data import assurance, controls, incidents, lists, patches
from data.company import ORGANISATION

SETTINGS = f"""\
organisation = "{ORGANISATION}"
currency = "GBP"
timezone = "Europe/London"
fiscal_year_starts = 1
regimes = ["GDPR 72 h", "Client contracts 48 h"]
"""


def write_exports(folder: Path, seed: int = 7) -> list[Path]:
    """Write all exports into a folder; their paths in the order to load them. The same seed gives the same content."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        *lists.write(folder, seed),
        *incidents.write(folder, seed),
        *patches.write(folder, seed),
        *controls.write(folder, seed),
        *assurance.write(folder, seed),
    ]


def write_settings(folder: Path) -> Path:
    """Write the company's settings.toml into a data folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "settings.toml"
    path.write_text(SETTINGS, "utf-8")
    return path
