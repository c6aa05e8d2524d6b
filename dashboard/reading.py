"""What a metric says for a period and a scope: the one shape that pages, packs and the command line show."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

AGAINST = ("before", "year")


class Unknown(ValueError):
    """A metric, period, dimension or value that is asked for and is not there; the message says what there is."""


@dataclass(frozen=True)
class Period:
    """A month, quarter, year or all time, cut in the organisation's time zone and fiscal year.

    name: "2026-09", "2026-Q3", "2026" or "all"; label: as people read it.
    start, end: UTC, half open; for "all" datetime.min and datetime.max.
    against: what it is compared with, one of AGAINST: the period before, or the same one a year before.
    """

    name: str
    label: str
    start: datetime
    end: datetime
    against: str = "before"


@dataclass(frozen=True)
class Target:
    """What was agreed for a metric, in force at the reading's period."""

    value: float
    at_risk: float | None
    since: datetime
    owners: tuple[str, ...] = ()
    agreed_by: str = ""


@dataclass(frozen=True)
class Annotation:
    """What happened at a time that a reader of trends should know. metric, service: what alone it concerns, or None."""

    text: str
    since: datetime
    until: datetime | None = None
    metric: str | None = None
    service: str | None = None

    def concerns(self, metric: str, scope: dict[str, str]) -> bool:
        """Whether it is to be told on a trend of this metric within this scope."""
        asked, own = scope.get("service"), self.service
        return self.metric in (None, metric) and (not own or not asked or own.casefold() == asked.casefold())


@dataclass(frozen=True)
class Break:
    """What parts a trend: what ended before it says nothing of what is usual from then on.

    at: UTC; on: that day, for people. what: what happened, in words. values: what is counted changed, so values of before
    are compared with none of after; a new target leaves values as they are.
    """

    at: datetime
    on: str
    what: str
    values: bool


@dataclass(frozen=True)
class Reading:
    """A metric's value for a period and scope.

    value: in `unit`; None where nothing counts, or nothing that happened could be counted (downtime without a
        rate), or a median is not reached: then detail["not_reached"].
        Shares are percent, 0-100.
    n: distinct records counted; low, high: 95 % interval in `unit`, None where the kind has none.
    left_out: reason -> distinct records not counted; left_out_amount: the same in `unit`, kinds span and total.
    previous: the value of the period that it is compared with, None where there is none; previous_name: that period;
        previous_text: the value as it stands where that period is read itself.
    change: value - previous where both are closed and comparable, else None.
    verdict: "better", "worse", "no clear change", "too few to say", or None where nothing is compared.
    why: the test behind the verdict, for people ("two proportions by cluster, p = 0.03").
    p: how likely chance alone shows such a change; None where the test has none, or nothing is compared.
    status: "on target", "at risk", "off target", or None without a target or value.
    closed: the period ended before every source's data did; else the reading is "so far".
    begins: the day, of the organisation's time zone, on which the data begins, where that leaves a part of the period
        uncovered.
    as_of: up to when the metric's sources that still report are complete (the oldest), None without data; through: that
        day, of the organisation's time zone.
    text: the value as it stands on every page and in every pack ("22.9 h", "93 %", "£0.40m"), made once.
    sentence: what the metric says, in words, from its header's `says`.
    doubts: loads behind it that may not be whole, in words; what they touch is compared with nothing.
    stale: sources behind it of which the next export is missing, in words; then it is compared with nothing.
    breaks: what parts trends within the period or at its start. not_compared: in a sentence, which of them keeps it
        from being compared, or that the data does not reach back a year; then it has no previous.
    detail: figures of the kind: met, p90, open, not_reached, recorded, modelled...
    """

    metric: str
    title: str
    unit: str
    period: Period
    scope: dict[str, str]
    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    left_out: dict[str, int] = field(default_factory=dict)
    left_out_amount: dict[str, float] = field(default_factory=dict)
    previous: float | None = None
    previous_name: str | None = None
    previous_text: str = "–"
    change: float | None = None
    verdict: str | None = None
    why: str = ""
    p: float | None = None
    target: Target | None = None
    status: str | None = None
    closed: bool = False
    begins: date | None = None
    as_of: datetime | None = None
    through: date | None = None
    snapshot: int = 0
    text: str = "–"
    sentence: str = ""
    doubts: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    breaks: tuple[Break, ...] = ()
    not_compared: str = ""
    detail: dict[str, float | int | bool | None] = field(default_factory=dict)


def facts(reading: Reading) -> dict[str, Any]:
    """A reading as JSON tells it; `definition.stated` adds what its metric says."""
    target = reading.target
    return {
        "metric": reading.metric,
        "period": reading.period.name,
        "scope": reading.scope,
        "value": reading.value,
        "unit": reading.unit,
        "text": reading.text,
        "n": reading.n,
        "low": reading.low,
        "high": reading.high,
        "left_out": reading.left_out,
        "left_out_amount": reading.left_out_amount,
        "previous": reading.previous,
        "previous_period": reading.previous_name,
        "change": reading.change,
        "verdict": reading.verdict,
        "why": reading.why,
        "not_compared": reading.not_compared,
        "breaks": [{"at": moment(one.at), "what": one.what} for one in reading.breaks],
        "target": target.value if target else None,
        "at_risk": target.at_risk if target else None,
        "target_since": moment(target.since) if target else None,
        "status": reading.status,
        "closed": reading.closed,
        "stale": list(reading.stale),
        "as_of": moment(reading.as_of),
        "snapshot": reading.snapshot,
        "sentence": reading.sentence,
        "detail": reading.detail,
    }


def moment(at: datetime | None) -> str | None:
    """A moment (UTC) as JSON tells it."""
    return at.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z") if at else None
