"""A pack drafted from the readings of the newest snapshot: numbers, words and everything needed to tell them again."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from dashboard import narrative, trends
from dashboard.definition import stated, terms
from dashboard.format import text
from dashboard.metric import Metric
from dashboard.pack import pack, since
from dashboard.pack.decided import decisions
from dashboard.pack.template import Template
from dashboard.period import date_of, grain
from dashboard.reading import Period, Reading
from dashboard.readings import Readings
from dashboard.trends import BARS, whole
from dashboard.verdict import WORST
from pipelines.marts import files
from pipelines.records import RECORDS

MEMO = 5


def draft(
    readings: Readings,
    period: Period,
    template: Template,
    earlier: Sequence[pack.Pack] = (),
    last: pack.Pack | None = None,
    today: date | None = None,
) -> pack.Pack:
    """The pack of a period as it would be told now, with its words drafted from the readings alone.

    earlier: the packs that are frozen already. last: of them, the one that this one follows.
    """
    metrics = readings.metrics()
    named = list(dict.fromkeys(name for section in template.sections for name in section.metrics))
    known = {name: metrics[name] for name in named if name in metrics}
    read = readings.several(period, {name: {} for name in known})
    few = [read[name] for name in template.sections[0].metrics if name in read]
    settings = readings.settings
    zone = settings.zone
    shown = {name: told(readings, metric, read[name]) for name, metric in known.items()}
    complete = [r.as_of for r in read.values() if r.as_of]
    day = today or datetime.now(zone).date()
    starts = date_of(period.start, zone)
    asked, settled = decisions(readings.decisions(), zone, day, starts, earlier, last)
    drafted = pack.Pack(
        template=template.name,
        title=template.title,
        organisation=settings.organisation,
        classification=settings.classification,
        currency=settings.currency,
        timezone=settings.timezone,
        period=period.name,
        period_label=period.label,
        starts=period.start,
        ends=period.end,
        closed=all(r.closed for r in read.values() if r.as_of) and bool(complete),
        data_through=min(complete, default=None),
        snapshot=readings.snapshot,
        verdict=narrative.page_verdict(few),
        tally=narrative.tally(few),
        memo=memo(few),
        since=(),
        drivers=tuple(
            pack.Driver(metric=d.metric, text=d.text, detail=d.detail)
            for d in narrative.drivers(readings, period, {}, [r.metric for r in few])
        ),
        decisions=asked,
        settled=settled,
        risks=risks(readings, template.risks, zone),
        sections=tuple(
            pack.Section(title=s.title, metrics=tuple(name for name in s.metrics if name in known))
            for s in template.sections
            if any(name in known for name in s.metrics)
        ),
        told=shown,
        missing=tuple(name for name in named if name not in known),
        sources=sources(readings, {record for metric in known.values() for record in metric.reads}),
        outlook=narrative.falls_due(readings.outlook()),
        before=last.id if last else None,
        before_label=last.period_label if last else "",
        settings=settings.model_dump(mode="json"),
        marts=files(),
    )
    then = since.compared(shown, known, drafted, last) if last else ()
    return drafted.model_copy(update={"since": since.lines(drafted.few, then, last), "compared": then})


def told(readings: Readings, metric: Metric, reading: Reading) -> pack.Told:
    """One metric as a pack tells it."""
    period, zone = reading.period, readings.settings.zone
    trend = readings.trend(metric.name, period)
    limits = readings.limits(metric.name, period)
    marks = trends.marked(trend, readings.annotations(metric.name), zone)
    anew = {
        place: "; ".join(f"{one.on}: {one.what}" for one in several)
        for place, several in trends.broken(trend).items()
    }
    low, high = metric.beside(reading, reading.low), metric.beside(reading, reading.high)
    return pack.Told(
        metric=metric.name,
        title=metric.title,
        unit=metric.unit,
        kind=metric.kind,
        better=metric.better,
        text=reading.text,
        before=reading.previous_text if reading.previous is not None else "",
        # What is less than the figures show is told in none.
        change=since.change(metric, reading.change)
        if reading.text != reading.previous_text or not reading.change
        else "",
        interval=f"{low} to {high}" if reading.low is not None and reading.high is not None else "",
        target=_target(metric, reading),
        verdict=reading.verdict,
        status=reading.status,
        n=reading.n,
        left_out=reading.left_out,
        sentence=reading.sentence,
        finding=trends.finding(metric, trend),
        bars=metric.kind in BARS,
        pace=_pace(metric, reading, trend),
        points=tuple(_point(metric, one, anew.get(number, "")) for number, one in enumerate(trend)),
        usual=(limits.low, limits.high) if limits else None,
        parts=_parts(readings, metric, reading),
        notes=(
            *trends.notes(marks),
            *filter(None, [reading.not_compared]),
            *reading.doubts,
            *reading.stale,
        ),
        definition=terms(metric),
        sql=metric.sql,
        header=metric.model_dump(mode="json", exclude={"sql"}),
        facts=stated(metric, reading),
    )


def _point(metric: Metric, reading: Reading, anew: str) -> pack.Point:
    return pack.Point(
        period=reading.period.name,
        label=trends.short(reading.period.label),
        value=reading.value,
        text=reading.text,
        whole=whole(metric, reading),
        target=reading.target.value if reading.target else None,
        anew=anew,
    )


def _parts(readings: Readings, metric: Metric, reading: Reading) -> dict[str, tuple[pack.Part, ...]]:
    """By service where that can be told, else by the metric's first dimension; worst first."""
    dimension = "service" if "service" in metric.by else next(iter(metric.by), None)
    if dimension is None or not reading.n:
        return {}
    sign = 1 if metric.better == "higher" else -1
    parts = [
        (name, r) for name, r in readings.by(metric.name, reading.period, dimension) if r.value is not None
    ]
    parts.sort(key=lambda part: (WORST[part[1].status], sign * part[1].value, part[0]))
    return {
        dimension: tuple(
            pack.Part(name=name, value=r.value, text=r.text, n=r.n, verdict=r.verdict, status=r.status)
            for name, r in parts
        )
    }


def _target(metric: Metric, reading: Reading) -> str:
    sign = "≥" if metric.better == "higher" else "≤"
    return f"{sign} {metric.text(reading.target.value)}" if reading.target else ""


def _pace(metric: Metric, reading: Reading, trend: Sequence[Reading]) -> str:
    """What a target that adds up comes to for one point of the trend: its chart draws that."""
    last = trend[-1] if trend else None
    if not (last and last.target and reading.target) or last.target.value == reading.target.value:
        return ""
    return f"{metric.text(last.target.value)} a {grain(last.period)}"


def memo(few: Sequence[Reading]) -> tuple[str, ...]:
    """The drafted paragraphs: what misses its target or got worse first, then what got better; the rest in one line."""

    def place(r: Reading) -> tuple:
        return (r.status not in ("off target", "at risk"), r.verdict != "worse", r.verdict != "better")

    worth = [r for r in few if r.status in ("off target", "at risk") or r.verdict in ("better", "worse")]
    chosen = sorted(worth, key=place)[:MEMO]
    said = [_paragraph(r) for r in chosen]
    rest = [r for r in few if r not in chosen and r.value is not None]
    if rest:
        told = "; ".join(f"{narrative.lower(r.title)} {r.text}" for r in rest)
        said.append(f"Otherwise: {told}." if said else f"{told[:1].upper()}{told[1:]}.")
    stale = dict.fromkeys(note.removeprefix("stale: ") for r in few for note in r.stale)
    if said and stale:
        said.append(f"Not everything is in: {'; '.join(stale)}. What they would tell is missing here.")
    return tuple(said) or ("There is nothing to read for this period.",)


def _paragraph(r: Reading) -> str:
    judged = {"better": "That is clearly better than before.", "worse": "That is clearly worse than before."}
    standing = {"off target": "It is off target.", "at risk": "It is at risk of missing its target."}
    return " ".join(filter(None, [r.sentence, judged.get(r.verdict or ""), standing.get(r.status or "")]))


def risks(readings: Readings, most: int, zone: ZoneInfo) -> tuple[pack.Risk, ...]:
    """The open risks of the register with the highest score, likelihood × consequence."""
    if not most:
        return ()
    found = readings.risks().head(most)
    return tuple(
        pack.Risk(
            title=row.title, owner=_text(row.owner), services=tuple(row.services) if row.services is not None else (),
            likelihood=_whole(row.likelihood), consequence=_whole(row.consequence), score=_whole(row.score),
            loss=_loss(row.loss_low, row.loss_high, readings.settings.currency), treatment=_text(row.treatment),
            due=_day(row.due_at, zone),
        )
        for row in found.itertuples()
    )  # fmt: skip


def sources(readings: Readings, records: set[str]) -> tuple[pack.Source, ...]:
    """Where the numbers come from: the sources of the records that they read."""
    table = readings.freshness()
    # Lists that people keep are as new as the day they were loaded on.
    reports = table[[not RECORDS[record].reference for record in table["record"]]]
    newest = reports["at"].max()
    return tuple(
        pack.Source(
            title=row.source_title, record=row.record, instance=row.instance, complete=_moment(row.at),
            loads=int(row.loads), ended=bool(row.ended),
            overdue=bool(pd.notna(row.overdue) and pd.notna(newest) and row.overdue < newest and not row.ended),
        )
        for row in table.itertuples()
        if row.record in records
    )  # fmt: skip


def _loss(low: float, high: float, currency: str) -> str:
    """What a risk may cost: "£0.2m to £1.5m", or the one end that is known."""
    ends = [text(one, "money", currency=currency) for one in (low, high) if pd.notna(one)]
    return " to ".join(dict.fromkeys(ends))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: object) -> int | None:
    return None if pd.isna(value) else int(value)


def _moment(at: object) -> datetime | None:
    return None if pd.isna(at) else at.to_pydatetime()


def _day(at: object, zone: ZoneInfo) -> date | None:
    moment = _moment(at)
    return date_of(moment, zone) if moment else None
