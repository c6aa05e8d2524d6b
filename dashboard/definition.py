"""What a metric means, in words: the same on its page, on the definitions page and in print."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.metric import Metric
from dashboard.period import day
from dashboard.reading import Reading, Target, facts

# Of each kind: the value, its interval, and how a change is told from noise.
MONTHS = (
    "No interval. A change is told by a t test of the period's months against the twelve closed months before, with their XmR "
    "spread, where at least half of it shows against the same months of the year before too."
)
STATISTICS = {
    "total": f"The sum of the amounts. {MONTHS}",
    "span": f"The sum of the hours that fall in the period. {MONTHS}",
    "count": "The number of records, with its exact Poisson interval. A change is told by comparing two counts, with as much more "
    "spread than Poisson as the months before show, where at least half of it shows against the same months of the year before too.",
    "share": "Those that meet it out of all counted, with Wilson's interval. A change is told by comparing two proportions; where rows "
    "hang together, such as patches of one machine, by these clusters.",
    "rate": f"One sum divided by another. {MONTHS}",
    "duration": "The median by Kaplan–Meier, in which what is still open counts as open, with Greenwood's interval; beside it the "
    "time within which nine in ten are done. A change is told by the log-rank test.",
    "score": "The mean, with the t interval. A change is told by Welch's test.",
}
JOINT = ("CIO", "CISO")


def joint(metric: Metric) -> bool:
    """Whether the CIO and the CISO answer for it together."""
    return set(JOINT) <= set(metric.owners)


def terms(metric: Metric) -> dict[str, str]:
    """What a metric's header says of it, by the name of the term; what it does not say is left out."""
    told = {
        "Question": metric.question,
        "Also called": ", ".join(metric.also),
        "Counted": metric.method,
        "Dated by": metric.dated_by,
        "Statistics": f"{STATISTICS[metric.kind]} Called better or worse from a change of {_smallest(metric)} on.",
        "Read with care": metric.pitfalls,
        "Told by": ", ".join(name.replace("_", " ") for name in metric.by),
        "Owners": " and ".join(metric.owners),
        "Changed": "; ".join(f"from {one.at:%-d %b %Y} on, {one.what}" for one in metric.changed),
    }
    return {name: said for name, said in told.items() if said}


def stated(metric: Metric, reading: Reading) -> dict[str, Any]:
    """A reading as JSON tells it, with when its definition changed, and how."""
    return facts(reading) | {"changed": [one.model_dump(mode="json") for one in metric.changed]}


def agreed(metric: Metric, target: Target, zone: ZoneInfo) -> str:
    """A target in one line: what, since when (in the organisation's time zone), by whom."""
    sign = "≥" if metric.better == "higher" else "≤"
    risk = f", at risk up to {metric.text(target.at_risk)}" if target.at_risk is not None else ""
    by = f", agreed by {target.agreed_by}" if target.agreed_by else ""
    return f"{sign} {metric.text(target.value)}{risk}, from {day(target.since, zone)}{by}"


def found(metrics: Mapping[str, Metric], words: str) -> list[Metric]:
    """The metrics in whose definition every word stands, whatever its case; those with the most in their names first."""
    asked = words.casefold().split()

    def texts(metric: Metric) -> tuple[str, str]:
        names = " ".join([metric.name, metric.title, *metric.also]).casefold()
        return names, f"{names} {' '.join(terms(metric).values())} {metric.sql}".casefold()

    held = [(metric, *texts(metric)) for metric in metrics.values()]
    fit = [(metric, names) for metric, names, whole in held if all(word in whole for word in asked)]
    return [m for m, _ in sorted(fit, key=lambda one: -sum(word in one[1] for word in asked))]


def _smallest(metric: Metric) -> str:
    """The smallest change worth saying, in words."""
    share, size = metric.matters.endswith(" %"), metric.matters.split()[0]
    if share:
        return f"{size} % of the value before"
    return f"{size} {'point' if size == '1' else 'points'}"
