"""What made a number of a pack another one, in words for a board."""

from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from dashboard.metric import Metric
from dashboard.narrative import change_text
from dashboard.pack.pack import Pack, Restated, Step, Told
from dashboard.period import day
from dashboard.reading import Target
from dashboard.verdict import status
from pipelines.replay import Event

GONE = "it is no metric of this program any more."
READ_OTHERWISE = "exports that are read otherwise than when they were loaded"
CALCULATED = "another way to calculate in this version of the program"
# So many steps are told one by one; the smaller ones are told together.
SHOWN = 6


def difference(
    was: Metric, metric: Metric, before: float | None, after: float | None, n: int, n_after: int, unit: str
) -> str:
    """A step in words: "+1.5 h", "−3 points", "same value, other rows (12 before, 13 now)". was: the metric that told the value
    before; amounts of two currencies have no difference.
    """
    if before is None or after is None:
        if before is after:
            return f"no value as before, of other rows ({n:,} before, {n_after:,} now)"
        return (
            f"no value, {metric.text(after)} now" if before is None else f"{was.text(before)}, no value now"
        )
    if metric.unit == unit == "money" and was.currency != metric.currency:
        return f"{was.text(before)}, {metric.text(after)} now"
    change = after - before
    if abs(change) <= 1e-9 * max(1, abs(after)):
        return f"same value, other rows ({n:,} before, {n_after:,} now)"
    if metric.unit != unit:
        return f"{before:,.6g} {unit}, {metric.text(after)} now"
    size = change_text(metric, abs(change))
    if not any(digit in size for digit in "123456789"):
        return f"{'more' if change > 0 else 'less'}, in digits not shown"
    return f"{'+' if change > 0 else '−'}{size}"


def cause(event: Event) -> str:
    """What was done: "incidents-oct.csv, loaded", "incidents-oct.csv, withdrawn: it was a test"."""
    file = event.load["file"]
    match event.kind:
        case "withdrawal":
            return f"{file}, withdrawn: {event.load['withdrawn_why']}"
        case "program":
            return READ_OTHERWISE
    return f"{file}, loaded"


def maturing(told: Told, pack: Pack, zone: ZoneInfo) -> str:
    """What was not wrong then: time has gone on from the moment up to which the data was complete."""
    stated = told.facts["as_of"]
    since = datetime.fromisoformat(stated).astimezone(UTC).replace(tzinfo=None) if stated else pack.frozen_at
    return f"what was still open on {day(since, zone)} or happened since"


def settings(changes: Mapping[str, tuple]) -> str:
    """Settings that are others: "the setting patch days: severity 1 14 → 7"."""
    told = []
    for name, (then, now) in changes.items():
        if isinstance(then, dict):
            each = [(f"severity {k} ", then.get(k), now.get(k)) for k in sorted(then.keys() | now.keys())]
        else:
            each = [("", then, now)]
        moved = ", ".join(f"{of}{_value(a)} → {_value(b)}" for of, a, b in each if a != b)
        told.append(f"the setting {name.replace('_', ' ')}: {moved}")
    return "; ".join(told)


def _value(value: object) -> str:
    return "none" if value in (None, "") else str(value)


def definition(
    then: Metric, now: Metric, held: Mapping[str, str], marts: Mapping[str, str], behind: Set[str]
) -> str:
    """What of a definition is not as it was; empty where all is."""
    same = {"name", "sql", "currency", "board", "changed"}
    noted = [one.what for one in now.changed if one not in then.changed]
    header = [
        name for name in Metric.model_fields if name not in same and getattr(then, name) != getattr(now, name)
    ]
    named = {
        file.partition(".")[0] for file in held.keys() | marts.keys() if held.get(file) != marts.get(file)
    }
    other = sorted(named & behind)
    parts = [
        "how it is counted" if then.sql != now.sql else "",
        f"its header ({', '.join(header)})" if header else "",
        f"what it is made of ({', '.join(other)})" if other else "",
    ]
    said = [part for part in parts if part]
    told = f" ({'; '.join(noted)})" if noted else ""
    return f"a changed definition: {' and '.join(said)}{told}" if said else ""


def target(metric: Metric, aim: Target | None) -> str:
    """A target with its sign: "≤ 30 h"."""
    return _aim(metric, (aim.value, aim.at_risk)) if aim else ""


def _aim(metric: Metric, aim: tuple[float | None, float | None]) -> str:
    sign = "≥" if metric.better == "higher" else "≤"
    return f"{sign} {metric.text(aim[0])}" if aim[0] is not None else "none"


def aims(
    metric: Metric, then: tuple[float | None, float | None], now: Target | None, value: float | None
) -> str:
    """A step to another target, and where the number stands by each of them."""
    after = (now.value, now.at_risk) if now else (None, None)
    before = Target(then[0], then[1], datetime.min) if then[0] is not None else None
    stood, stands = (status(metric, value, aim) for aim in (before, now))
    moved = f"target {_aim(metric, then)} → {_aim(metric, after)}"
    if then[0] == after[0]:
        moved = f"{moved}, at risk up to {metric.text(then[1])} → {metric.text(after[1])}"
    return moved if stood == stands else f"{moved}: {stood or 'no target'} → {stands or 'no target'}"


def gone(told: Told) -> str:
    return f"{told.title} was told as {told.text}. It is not read any more: {GONE}"


def sentence(one: Restated, pack: Pack) -> str:
    """All of it: "Downtime was told as 14.2 h; it is 16.0 h now: +1.5 h from …, +0.3 h since 30 Sep …"."""
    moved = one.then_text != one.now_text
    begins = f"{one.title} was told as {one.then_text}; it is {one.now_text} now" if moved else (
        f"{one.title} was told as {one.then_text}, and is that now"
    )  # fmt: skip
    if one.because:
        return f"{begins}. Why cannot be told: {one.because}"
    zone = ZoneInfo(pack.timezone)
    return f"{begins}: {'; '.join(_told(step, zone) for step in one.brief)}."


def _told(step: Step, zone: ZoneInfo) -> str:
    match step.kind, step.file:
        case "load", str(file):
            return f"{step.text} from {file} (loaded {day(step.when, zone)} by {step.who})"
        case "target", str(file):
            return f"{step.text} ({file}, {by_whom(step, zone)})"
        case _, str():
            return f"{step.text} from {step.what} ({by_whom(step, zone)})"
    return f"{step.text} from {step.what}"


def by_whom(step: Step, zone: ZoneInfo) -> str:
    """Who did it and when: "Ann, 3 Nov 2026"."""
    return ", ".join(filter(None, [step.who, day(step.when, zone) if step.when else ""]))


def brief(steps: Sequence[Step], metric: Metric) -> tuple[Step, ...]:
    """Steps as people read them: where loads are many, the smaller ones are told as one, behind the others."""
    sizes = {
        number: step.after - step.before
        for number, step in enumerate(steps)
        if step.kind in ("load", "withdrawal") and None not in (step.before, step.after)
    }
    few = max(SHOWN - (len(steps) - len(sizes)) - 1, 1)
    if len(steps) <= SHOWN or len(sizes) <= few + 1:
        return tuple(steps)
    small = set(sorted(sizes, key=lambda number: -abs(sizes[number]))[few:])
    first, last = min(small), max(small)
    together = steps[last].model_copy(
        update={
            "kind": "load", "what": f"{len(small)} more loads and withdrawals", "before": None, "after": None,
            "text": difference(metric, metric, 0.0, sum(sizes[n] for n in small), 0, 0, metric.unit),
            "load": None, "file": None, "who": None,
            "n_before": steps[first].n_before, "n_after": steps[last].n_after,
        }
    )  # fmt: skip
    told = [step for number, step in enumerate(steps) if number not in small]
    place = sum(step.kind in ("load", "withdrawal") for step in told)
    return (*told[:place], together, *told[place:])
