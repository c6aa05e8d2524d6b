"""What changed since the pack before: its numbers as they were told then, beside those of this pack. Why they differ is not asked."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from dashboard import narrative
from dashboard.metric import Metric
from dashboard.pack.pack import Compared, Pack, Told
from dashboard.period import dates
from dashboard.verdict import TOLD

# Periods of which one is so many times as long as the other have amounts that say nothing beside each other.
LONGER = 1.2


def change(metric: Metric, amount: float | None) -> str:
    """A change with its sign: "+11.2 h", "−7 points", "no change"."""
    if not amount:
        return "" if amount is None else "no change"
    return f"{'+' if amount > 0 else '−'}{narrative.change_text(metric, amount)}"


def compared(
    told: Mapping[str, Told], metrics: Mapping[str, Metric], now: Pack, last: Pack
) -> tuple[Compared, ...]:
    """Each number that the pack before told too, where either has a value."""
    found = []
    for one in told.values():
        then = last.told.get(one.metric)
        if then is None or (then.facts["value"] is None and one.facts["value"] is None):
            continue
        note = _unlike(then, one, now, last) or _anew(metrics[one.metric], now, last)
        values = (one.facts["value"], then.facts["value"])
        shown = not note and None not in values and one.text != then.text
        found.append(
            Compared(
                metric=one.metric,
                title=one.title,
                unit=one.unit,
                then=then.facts["value"],
                now=one.facts["value"],
                then_text=then.text,
                now_text=one.text,
                change=change(metrics[one.metric], values[0] - values[1]) if shown else "",
                verdict=one.verdict if last.days[1] == now.days[0] and not note else None,
                note=note,
            )
        )
    return tuple(found)


def _unlike(then: Told, now: Told, pack: Pack, last: Pack) -> str:
    """Why two numbers of one name cannot be compared; "" where they can."""
    spans = sorted(((pack.ends - pack.starts), (last.ends - last.starts)))
    if (then.sql, then.unit, then.kind) != (now.sql, now.unit, now.kind):
        return "defined anew since"
    if now.unit == "money" and pack.currency != last.currency:
        return "told in another currency"
    return "told of a period of another length" if spans[1] > LONGER * spans[0] else ""


def _anew(metric: Metric, now: Pack, last: Pack) -> str:
    """The same of a definition that itself counts otherwise from a day on between the two periods."""
    zone = ZoneInfo(now.timezone)
    first, end = dates(last.starts, now.ends, zone)
    return "defined anew since" if any(first < one.at < end for one in metric.changed) else ""


def lines(few: Sequence[Told], then: Sequence[Compared], last: Pack | None) -> tuple[str, ...]:
    """The critical few in words, one line each: beside the pack before; without one, what has clearly changed since the
    period before.
    """
    if last is None:
        return tuple(
            f"{one.title}: {one.before} before, {one.text} now, clearly {one.verdict}"
            for one in few
            if one.verdict in TOLD
        )
    named = {one.metric: one for one in then}
    return tuple(_line(named[one.metric]) for one in few if one.metric in named)


def _line(one: Compared) -> str:
    judged = f"clearly {one.verdict}" if one.verdict in TOLD else one.verdict
    then, now = ("no value" if text == "–" else text for text in (one.then_text, one.now_text))
    return ", ".join(filter(None, [f"{one.title}: {then} then", f"{now} now", one.note or judged]))
