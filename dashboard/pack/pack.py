"""Pack: a report of one period as it is told, complete in itself: no writer of it asks readings, metrics or settings again.

Every number stands here once as its raw value and once as its text. Moments are UTC without an offset; days are written
in the organisation's time zone.
"""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from dashboard.period import dates

FORMAT = 2


class Frozen(BaseModel):
    """What cannot be changed, and goes to JSON and back as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Point(Frozen):
    """One period of a trend. whole: it is closed and covered by data from its start; the others are pale.

    anew: why it begins anew, in words ("1 Apr 2026: the target changed …"); then no line leads to it from what is before.
    """

    period: str
    label: str
    value: float | None
    text: str
    whole: bool
    target: float | None = None
    anew: str = ""


class Part(Frozen):
    """One value of a dimension: a service, a severity, …"""

    name: str
    value: float | None
    text: str
    n: int
    verdict: str | None = None
    status: str | None = None


class Told(Frozen):
    """One metric as a pack tells it.

    facts: the reading as `dashboard metrics --json` prints it; value, low, high, previous, change and target in `unit`.
    text, before, change, interval, target: the figures as people read them, "" where there is none; target with its sign
        ("≤ 30 h"). pace: what the target comes to for one point of the trend ("10 h a month"), where that is another figure. sentence: what it says. finding: the title of its trend. bars: the trend is of amounts, from zero.
    usual: the limits that the months of the trend keep within if nothing has changed (low, high), or None.
    parts: by the dimension they are told by ("service"), worst first.
    definition: term -> what the metric's header says, in words; header, sql: the metric itself. All as they were.
    kind, better: of the metric.
    """

    metric: str
    title: str
    unit: str
    kind: str
    better: str
    text: str
    before: str
    change: str
    interval: str
    target: str
    verdict: str | None
    status: str | None
    n: int
    left_out: dict[str, int]
    sentence: str
    finding: str
    bars: bool
    pace: str = ""
    points: tuple[Point, ...]
    usual: tuple[float, float] | None
    parts: dict[str, tuple[Part, ...]]
    notes: tuple[str, ...]
    definition: dict[str, str]
    sql: str
    header: dict[str, Any] = {}
    facts: dict[str, Any]


class Section(Frozen):
    """A part of a pack: its title and the metrics in it, by name. The first is the critical few of the dashboard page."""

    title: str
    metrics: tuple[str, ...]


class Driver(Frozen):
    """What drove the change: a part of a metric, in one line, and its figures."""

    metric: str
    text: str
    detail: str


class Decision(Frozen):
    """What the board is asked to decide, or has decided. status: asked, made, done or dropped.

    outcome: what was decided; by, decided: by whom and on which day (of a dropped one, when). do_by, done: of what was decided.
    first: the pack that it was first asked in, "" where it is new. age: days since it was asked for.
    standing: how far it is, in words, with its days and age.
    """

    key: str
    text: str
    owner: str = ""
    asked: date | None = None
    due: date | None = None
    status: str = "asked"
    reason: str = ""
    outcome: str = ""
    by: str = ""
    decided: date | None = None
    do_by: date | None = None
    done: date | None = None
    first: str = ""
    age: int | None = None
    standing: str = ""


class Compared(Frozen):
    """One number that the pack before told too: as it was told then of its period, and now of this one.

    change: in words, "" where the two cannot be compared; note: why they cannot. verdict: where the pack before is of
    the period before.
    """

    metric: str
    title: str
    unit: str
    then: float | None
    now: float | None
    then_text: str
    now_text: str
    change: str
    verdict: str | None
    note: str = ""


class Risk(Frozen):
    """One risk of the register. score: likelihood × consequence, 1–25; loss: "€0.2m to €1.5m", or ""."""

    title: str
    owner: str
    services: tuple[str, ...]
    likelihood: int | None
    consequence: int | None
    score: int | None
    loss: str
    treatment: str
    due: date | None


class Source(Frozen):
    """A source of the numbers and up to when its data was complete."""

    title: str
    record: str
    instance: str
    complete: datetime | None
    loads: int
    overdue: bool
    ended: bool


class Step(Frozen):
    """One cause of the difference between a number as told and as it is now.

    kind: load, withdrawal, maturing, program, settings, definition or target. who, when, file, load: of the load or
    withdrawal. before, after: the value, in the metric's unit, before and after this step, n_before and n_after how many
    were counted; each step begins with what the one before left, so that they add up. text: the difference in words.
    """

    metric: str
    kind: str
    what: str
    before: float | None
    after: float | None
    text: str
    n_before: int = 0
    n_after: int = 0
    load: int | None = None
    file: str | None = None
    who: str | None = None
    when: datetime | None = None


class Restated(Frozen):
    """One number of an earlier pack, then and now, with the steps between, which add up.

    target_then, target_now: with their signs. text: all of it in a sentence. because: why it cannot be explained; then
    there are no steps. brief: the steps as people read them; where loads are many the smaller ones are one, which has
    no value before and after.
    """

    metric: str
    title: str
    then: float | None
    now: float | None
    then_text: str
    now_text: str
    n_then: int = 0
    n_now: int = 0
    target_then: str = ""
    target_now: str = ""
    text: str = ""
    because: str = ""
    steps: tuple[Step, ...]
    brief: tuple[Step, ...] = ()

    @property
    def lines(self) -> tuple[Step, ...]:
        """What people read of it: the steps in brief, or why they cannot be told."""
        unknown = Step(metric=self.metric, kind="unknown", what=f"cannot be explained, because {self.because}", before=None,
                       after=None, text="")  # fmt: skip
        return (unknown,) if self.because else self.brief or self.steps


class Pack(Frozen):
    """A report of one period.

    id: "2026-Q3-board-1", "" of a draft. revision: 1, or more where it corrects `replaces`, for the reason `why`.
    verdict: the page's sentence. memo: its paragraphs, as drafted or as written over. since: what changed since last time,
        of the critical few. compared: each number then and now, of those that the pack before told too.
    decisions: asked for and still to be made. settled: those made that wait to be done, and those made, done or dropped
        since the pack before.
    told: metric name -> Told, of every metric in a section. sections: in their order. missing: metrics that the template
        names and this program does not know. restated: of the pack that this one revises, or else of the pack before of the same
        template, what differs now.
    before: that pack's id; before_label: its period. outlook: what falls due, one sentence. settings, marts: what the numbers were made with, to make
    them again. snapshot: its number.
    """

    format: int = FORMAT
    id: str = ""
    template: str
    title: str
    revision: int = 1
    replaces: str | None = None
    why: str = ""
    organisation: str
    classification: str
    currency: str
    timezone: str
    period: str
    period_label: str
    starts: datetime
    ends: datetime
    closed: bool
    data_through: datetime | None
    snapshot: int
    frozen_at: datetime | None = None
    frozen_by: str = ""
    verdict: str
    tally: str
    memo: tuple[str, ...]
    since: tuple[str, ...]
    drivers: tuple[Driver, ...]
    compared: tuple[Compared, ...] = ()
    decisions: tuple[Decision, ...]
    settled: tuple[Decision, ...] = ()
    risks: tuple[Risk, ...]
    sections: tuple[Section, ...]
    told: dict[str, Told]
    missing: tuple[str, ...]
    sources: tuple[Source, ...]
    outlook: str
    before: str | None = None
    before_label: str = ""
    restated: tuple[Restated, ...] = ()
    settings: dict[str, Any]
    marts: dict[str, str]

    @property
    def days(self) -> tuple[date, date]:
        """The first day that it tells of, and the one after the last, whatever a fiscal year calls them."""
        return dates(self.starts, self.ends, ZoneInfo(self.timezone))

    @property
    def few(self) -> list[Told]:
        """The critical few of the dashboard page."""
        return [self.told[name] for name in self.sections[0].metrics] if self.sections else []

    @property
    def restated_of(self) -> tuple[str, str]:
        """The pack of which it tells what was restated: its id and its period."""
        return (self.replaces, self.period_label) if self.replaces else (self.before or "", self.before_label)

    @property
    def corrects(self) -> str:
        """Which pack a revision takes the place of, and why; "" of a first one."""
        return f"This corrects {self.replaces}: {self.why}" if self.replaces else ""

    @property
    def restated_lines(self) -> list[str]:
        """What was restated, a sentence for each number."""
        last = self.restated_of[0]
        return [r.text or f"{r.title}: {r.then_text} in {last}, {r.now_text} now" for r in self.restated]

    @property
    def since_title(self) -> str:
        """The heading of what changed."""
        told = self.before_label.partition(" (")[0]
        return f"What changed since the pack of {told}" if told else "What changed"
