"""What the CIO and the CISO have promised together, in a sentence; and how a new promise is entered."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from dashboard.entered import Entered, enter
from dashboard.jobs import Say
from dashboard.metric import Metric
from dashboard.narrative import lower
from dashboard.reading import Reading, Target
from pipelines.errors import NotReady


def kept(readings: Sequence[Reading]) -> str:
    """Whether the promises are kept: how many, then those that are not, worst first."""
    promised = [r for r in readings if r.target]
    if not promised:
        return "Nothing has been promised together yet."
    judged = [r for r in promised if r.status]
    met = sum(r.status == "on target" for r in judged)
    s = "s" * (len(promised) != 1)
    if not judged:
        return f"Nothing is known yet of {_the(len(promised))} joint target{s}."
    # A title may be singular or plural: no verb goes with it.
    parts = [
        f"{state or 'not known yet'}: {_listed(titles)}"
        for state in ("off target", "at risk", None)
        if (titles := [lower(r.title) for r in promised if r.status == state])
    ]
    so_far = "" if all(r.closed for r in judged) else " so far"
    if met == len(promised):
        return f"{'The joint target is' if met == 1 else f'All {met} joint targets are'} met{so_far}."
    head = f"{met} of {len(promised)} joint targets {'is' if met == 1 else 'are'} met{so_far}"
    if len(promised) == 1:
        head = f"The joint target is not met{so_far}"
    return f"{'; '.join([head, *parts])}."


def present(agreed: Sequence[tuple[dict[str, str], Target]], scope: dict[str, str]) -> Target | None:
    """Of what was ever agreed, oldest first, the newest for exactly this scope: what a change of it begins from."""
    return next((target for of, target in reversed(agreed) if of == scope), None)


def promise(
    metric: Metric,
    scope: dict[str, str],
    value: float,
    at_risk: float | None,
    since: date,
    owners: Sequence[str],
    agreed_by: str,
    data: Path,
    who: str | None,
) -> Callable[[Say], Entered]:
    """The work of entering a target; periods that ended before it begins keep what held then."""
    for name, one in (("A target", value), ("A bound", at_risk)):
        if one is not None and (why := metric.impossible(one)):
            raise NotReady(f"{name} of {metric.text(one)} is none of {lower(metric.title)}: {why}.")
    sign = 1 if metric.better == "higher" else -1
    if at_risk is not None and sign * at_risk > sign * value:
        raise NotReady(
            f"At risk up to {metric.text(at_risk)} is better than the target of {metric.text(value)}: say where it turns "
            "from at risk to off target."
        )
    row = {
        "metric": metric.name,
        "value": value,
        "at_risk": at_risk,
        "from_at": since,
        **scope,
        "owners": list(owners),
        "agreed_by": agreed_by,
    }
    of = f" for {', '.join(scope.values())}" if scope else ""
    said = f"the target of {lower(metric.title)}{of} is {metric.text(value)} from {since:%-d %b %Y} on."
    return enter("target_list", [row], said, data, who)


def annotate(
    text: str,
    since: date,
    until: date | None,
    metric: str | None,
    service: str | None,
    data: Path,
    who: str | None,
) -> Callable[[Say], Entered]:
    """The work of entering what happened at a time; it is marked on the trends that it concerns."""
    row = {"text": text, "happened_at": since, "until_at": until, "metric": metric, "service": service}
    return enter("annotation_list", [row], f"“{' '.join(text.split())}” is marked on trends.", data, who)


def _the(count: int) -> str:
    return "the" if count == 1 else f"the {count}"


def _listed(titles: list[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
