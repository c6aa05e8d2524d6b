"""What parts a metric's trend: its definition changed, one of its sources ended, or another target was agreed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from dashboard.metric import Metric
from dashboard.period import day
from dashboard.reading import Break, Target
from dashboard.rows import Complete
from dashboard.verdict import agreed

TICK = timedelta(microseconds=1)


def of_values(metric: Metric, sources: Iterable[Complete], zone: ZoneInfo) -> Iterator[Break]:
    """What changed what is counted. sources: those that a metric reads; what one counted until it ended is missing then."""
    for one in metric.changed:
        begins = datetime.combine(one.at, time.min, zone).astimezone(UTC).replace(tzinfo=None)
        yield Break(begins, day(begins, zone), f"the definition changed ({one.what})", True)
    for one in sources:
        if one.ended:
            yield Break(one.at, day(one.at, zone), f"the exports of {one.title} ended", True)


def of_targets(
    metric: Metric,
    targets: Sequence[tuple[dict[str, str], Target]],
    scope: dict[str, str],
    adds_up: bool,
    zone: ZoneInfo,
) -> Iterator[Break]:
    """When another target took the place of one. targets: of the metric, oldest first; adds_up: agreed for a quarter."""
    begins = sorted({target.since for _, target in targets})
    held = [(since, agreed(list(targets), since + TICK, scope, adds_up)) for since in begins]
    sign, each = "≥" if metric.better == "higher" else "≤", " a quarter" if adds_up else ""
    for (_, before), (since, after) in pairwise(held):
        if before and after and before.value != after.value:
            told = f"{sign} {metric.text(before.value)} to {sign} {metric.text(after.value)}{each}"
            yield Break(since, day(since, zone), f"the target changed from {told}", False)
