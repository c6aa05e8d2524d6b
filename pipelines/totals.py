"""The totals that an export states above its header or below its last record, to hold against what was read."""

import re

from pipelines.source import Recognition

# A count of rows, not of hosts and no sum: a label that says so and one whole number, or the number and what it counts.
ROWS = "rows|records|items|entries|results|incidents|findings|vulnerabilities|detections|tickets|issues|changes|alerts|checks"
NUMBER = r"(\d{1,3}(?:[,.' ]\d{3})+|\d+)"
STATED = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?:(?:grand|report|overall)\s+)?total(?:\s+(?:number\s+of\s+|of\s+)?(?:{ROWS}))?\s*[:=]\s*{NUMBER}$",
        rf"^(?:total|number of|count of)\s+(?:{ROWS})\s*[:=]?\s*{NUMBER}$",
        rf"^(?:row|record|item|incident|finding|result|vulnerability)s?\s+count\s*[:=]?\s*{NUMBER}$",
        rf"^(?:total\s*[:=]?\s*)?{NUMBER}\s+(?:{ROWS})(?:\s+(?:in\s+)?(?:total|found|returned|exported|selected))?\.?$",
    )
]
SAID = 60  # rows at most are looked at for totals


def totals(recognition: Recognition) -> list[tuple[str, int]]:
    """The counts of rows that an export states above its header or below its last record: the text, the number."""
    found = []
    for table in (mapping.table for mapping in recognition.mappings):
        # Several figures beside a label are sums of their columns.
        below = [line for line in table.below[-SAID:] if sum(bool(cell.strip()) for cell in line) <= 2]
        for line in [*table.preamble[:SAID], *below]:
            text = " ".join(cell.strip() for cell in line if cell.strip())
            for pattern in STATED:
                if match := pattern.match(text):
                    found.append((text, int(re.sub(r"\D", "", match[1]))))
                    break
    return found
