"""What the demo company found out and did around its incidents: when they had begun, who was told, and what caused them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import log
from random import Random

from data.company import EXPORTED
from data.incident import Incident, hours

LEAKS = ("Data loss", "Ransomware", "Exposure", "Credential theft")
SUPPLIER = "Northgrid Hosting"


def tell(chance: Random, incidents: Sequence[Incident]) -> None:
    """Give incidents, in the order in which they were opened, what is known of them besides their life."""
    for i in incidents:
        security = i.category == "Security"
        if i.detected and chance.random() < (0.7 if security else 0.2):
            i.occurred = i.detected - (hours(chance, 30, 1.3) if security else hours(chance, 0.4, 0.8))
        if i.subcategory == "Release" and not i.cause and chance.random() < 0.6:
            i.caused_by = f"CHG{300_000 + i.number % 10_000:07}"
        if i.subcategory in ("DNS", "Connectivity") and chance.random() < 0.4:
            i.supplier = SUPPLIER
        leak = (i.severity <= 2 and i.subcategory in LEAKS) or i.subcategory == "Data loss"
        if security and leak and not i.cancelled and chance.random() < (0.8 if i.severity <= 2 else 0.35):
            _report(chance, i)
        moved = chance.random()
        if moved < 0.18:
            i.first_severity = min(4, max(1, i.severity + (-1 if moved < 0.12 else 1)))
    # One whose deadline still runs when the last list is taken.
    last = next(i for i in incidents if i.category == "Security" and i.opened > datetime(2026, 9, 29, 12))
    _report(chance, last)
    last.reported = None


def _report(chance: Random, i: Incident) -> None:
    """A leak of personal data: found reportable within hours; most of the time told in time."""
    aware = i.detected or i.opened
    i.found_reportable = aware + hours(chance, 4, 0.5)
    i.reportable_under = "GDPR; Client contracts" if chance.random() < 0.3 else "GDPR"
    i.records = 10 + round(chance.lognormvariate(log(300), 1.2))
    reported = aware + hours(chance, 32, 0.55)
    # What is still being looked into was told to nobody yet.
    over = i.resolved or i.closed_without_time
    i.reported = reported if over and reported < EXPORTED - timedelta(hours=1) else None
