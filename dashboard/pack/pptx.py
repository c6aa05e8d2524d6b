"""A pack as slides: the memo, the critical few, the risks, what changed, one slide a metric, the other sections, the appendix.

Charts are native with their data, tables are tables, and the notes of a slide hold definitions and sources.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pptx.slide import Slide
from pptx.util import Inches, Pt

from dashboard.pack import deck
from dashboard.pack.beside import beside
from dashboard.pack.deck import Box, Cell, Column, Deck, Line
from dashboard.pack.drawn import chart
from dashboard.pack.pack import Pack, Told
from dashboard.period import day
from dashboard.theme import SHAPE

GAP = Inches(0.2)
ACROSS, CARDS = 3, 6
TEXTS = (16, 15, 14, 13, 12, 11)
PROPERTY = 255
SIZE = 12
ASKED, SETTLED = "Decisions asked for", "What became of decisions"
FEWEST = 3  # lines of a paragraph that are worth a break
# What XML cannot hold.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def write(pack: Pack, to: Path, template: Path | None = None) -> None:
    """Write the slides. template: a company's own PPTX, of which fonts, colours and logo are taken."""
    with beside(to) as made:
        slides = Slides(Pack.model_validate(_plain(pack.model_dump())), template)
        slides.all()
        slides.deck.show.save(str(made))


class Slides:
    """The slides of one pack, in their order."""

    def __init__(self, pack: Pack, template: Path | None):
        self.pack, self.zone = pack, ZoneInfo(pack.timezone)
        through = (
            f"all data complete through {self.day(pack.data_through)}" if pack.data_through else "no data"
        )
        self.state = f"frozen {self.day(pack.frozen_at)}" if pack.frozen_at else "draft"
        self.state += f", revision {pack.revision}" if pack.revision > 1 else ""
        self.period = f"{pack.period_label}{'' if pack.closed else ', so far'}"
        foot = (pack.classification, pack.organisation, pack.title, self.period, through, self.state)
        self.deck = Deck(" · ".join(filter(None, foot)), template)
        self.area = self.deck.area
        self.sources = "Sources:\n" + "\n".join(
            f"{s.title}, {s.record.replace('_', ' ')}, complete through {self.day(s.complete) or 'no day known'}"
            for s in pack.sources
        )

    def all(self) -> None:
        pack = self.pack
        self.properties()
        self.memo()
        self.few()
        self.risks()
        self.compared()
        self.settled()
        for told in pack.few:
            self.metric(told)
        for section in pack.sections[1:]:
            self.section(section.title, [pack.told[name] for name in section.metrics])
        self.appendix()

    def properties(self) -> None:
        pack, held = self.pack, self.deck.show.core_properties
        held.title = f"{pack.organisation}: {pack.title}, {pack.period_label}"[:PROPERTY]
        held.subject = f"{pack.classification}: {pack.verdict}"[:PROPERTY]
        held.keywords = ", ".join(filter(None, [pack.classification, pack.period, pack.template, pack.id]))[
            :PROPERTY
        ]
        held.author = held.last_modified_by = pack.organisation[:PROPERTY]
        held.category = pack.classification[:PROPERTY]
        held.comments = ""
        held.revision = 1
        held.created = held.modified = pack.frozen_at or pack.ends

    def memo(self) -> None:
        """The verdict, what there is to say, what changed, and what the board is asked for."""
        pack, area = self.pack, self.area
        made = f"Pack {pack.id or '(draft)'}, snapshot {pack.snapshot}, {self.state}."
        notes = f"{made}\n{pack.tally}\n\n{self.sources}"
        slide = self.deck.slide(pack.verdict, notes)
        self.deck.text(slide, area._replace(height=Inches(0.3)), [Line(pack.tally, 12, "soft")])
        top = area.top + Inches(0.4)
        asked = [
            [Cell(d.text, bold=True, under=_under(d.reason, d.standing)), d.owner, _date(d.due)]
            for d in pack.decisions
        ]
        columns = [Column(ASKED, 8), Column("Owner", 2), Column("Decide by", 1.2)]
        room = area.top + area.height - top
        needs = self.deck.needs(columns, asked, area.width, SIZE) if asked else 0
        low = min(needs, int(room * 0.48))
        body = room - low - (GAP if low else 0)
        split = int(area.width * 0.54)
        left = Box(area.left, top, split, body)
        right = Box(area.left + split + 2 * GAP, top, area.width - split - 2 * GAP, body)
        corrects = [pack.corrects] if pack.corrects else []
        paragraphs = [*corrects, *pack.memo]
        changed = [(line, "") for line in pack.since]
        drove = [(d.text, d.detail) for d in pack.drivers]
        later = self.flow(slide, left, _memo(paragraphs, left))
        later += self.flow(slide, right, _aside(pack.since_title, changed, drove, pack.outlook, right))
        if asked:
            place = Box(area.left, area.top + area.height - low, area.width, low)
            self.deck.table(slide, place, columns, asked, SIZE, title=ASKED)
        while later:
            slide = self.deck.slide("The period in words, continued", notes)
            later = self.flow(slide, area, later)

    def flow(self, slide: Slide, box: Box, told: list[Line]) -> list[Line]:
        """Write the lines that have room in the box; what is left of them."""
        held: list[Line] = []
        rest = list(told)
        while rest and deck.height([*held, rest[0]], box.width) <= box.height:
            held.append(rest.pop(0))
        if rest:
            one = rest[0]
            free = box.height - deck.height(held, box.width) - Pt(one.above)
            most = int(free / Pt(one.size * deck.LINE))
            if most >= FEWEST or not held:
                head, tail = deck.cut(one.text, box.width, one.size, max(most, 1))
                held.append(one._replace(text=head))
                rest = [one._replace(text=tail, above=0), *rest[1:]] if tail else rest[1:]
        if rest and len(held) > 1 and held[-1].look == "accent":
            rest.insert(0, held.pop())  # a heading goes with what it is of
        if held:
            self.deck.text(slide, box, held)
        return rest

    def settled(self) -> None:
        """What became of decisions."""
        rows = [
            [Cell(d.text, bold=True, under=d.outcome), d.owner, Cell(d.standing, under=d.reason)]
            for d in self.pack.settled
        ]
        self.tabled(
            SETTLED,
            [Column("Decision", 5), Column("Owner", 1.4), Column("How far it is", 4)],
            rows,
            size=SIZE,
        )

    def compared(self) -> None:
        """Each number of the pack before, then and now."""
        pack = self.pack
        columns = [
            Column("Metric", 3.4), Column(pack.before_label.partition(" (")[0] + ", as told", 2, True),
            Column(pack.period_label.partition(" (")[0], 1.6, True), Column("Change", 1.4, True), Column("Verdict", 2.4),
        ]  # fmt: skip
        rows = [
            [
                Cell(c.title, bold=True),
                c.then_text,
                Cell(c.now_text, bold=True),
                c.change,
                c.note or c.verdict or "",
            ]
            for c in pack.compared
        ]
        self.tabled(pack.since_title, columns, rows, size=SIZE)

    def few(self) -> None:
        """The critical few: a card each."""
        few = self.pack.few
        if not few:
            return
        for first in range(0, len(few), CARDS):
            shown = few[first : first + CARDS]
            notes = "\n\n".join(_defined(t) for t in shown)
            title = self.pack.sections[0].title + (", continued" if first else "")
            slide = self.deck.slide(title, f"{notes}\n\n{self.sources}")
            down = 2 if len(shown) > ACROSS else 1
            width = (self.area.width - GAP * (ACROSS - 1)) // ACROSS
            height = min((self.area.height - GAP * (down - 1)) // down, int(self.area.height * 0.6))
            for number, told in enumerate(shown):
                left = self.area.left + number % ACROSS * (width + GAP)
                top = self.area.top + number // ACROSS * (height + GAP)
                self.card(slide, Box(left, top, width, height), told)

    def card(self, slide: Slide, box: Box, told: Told) -> None:
        inner = box.width - Inches(0.24)
        size, title = deck.fit(told.title, inner, Pt(13 * deck.LINE), (13, 12, 11))
        large, value = deck.fit(told.text, inner, Pt(30 * deck.LINE), (30, 26, 22, 18, 15, 12))
        _, beside = deck.fit(_beside(told), inner, Pt(22 * deck.LINE), (10,))
        look, state = _state(told.status)
        lines = [
            Line(title, size, "soft", bold=True),
            Line(value, large, bold=True),
            Line(f"{state}{f' · {told.verdict}' if told.verdict else ''}", 12, look, bold=True),
            Line(beside, 10, "soft", above=2),
        ]
        self.deck.card(slide, box, lines)
        used = deck.height(lines, inner) + Inches(0.14)
        place = Box(
            box.left + Inches(0.08),
            box.top + used,
            box.width - Inches(0.16),
            box.height - used - Inches(0.06),
        )
        if place.height > Inches(0.4):
            chart(slide, place, told, large=False)

    def metric(self, told: Told) -> None:
        """One metric: what its trend finds, its figures, its trend and its parts."""
        slide = self.deck.slide(told.finding or told.title, f"{_defined(told)}\n\n{self.sources}")
        parts = [(dimension, rows) for dimension, rows in told.parts.items() if rows]
        split = int(self.area.width * (0.56 if parts else 1))
        look, state = _state(told.status)
        size, sentence = deck.fit(told.sentence, split, Pt(26 * deck.LINE), (13, 12, 11))
        interval = f"interval {told.interval}" if told.interval else ""
        head = [
            Line(f"{told.title}: {told.text}" if len(told.title) < 40 else told.text, 20, bold=True),
            Line(" · ".join(filter(None, [state, told.verdict])), 12, look, bold=True),
            Line(" · ".join(filter(None, [_beside(told), interval])), 12),
            Line(sentence, size, "soft", above=3),
        ]
        box = self.area._replace(width=split)
        head = [h._replace(text=deck.fit(h.text, split, Pt(h.size * 2.6), (h.size,))[1]) for h in head]
        self.deck.text(slide, box, head)
        used = deck.height(head, split) + Inches(0.1)
        foot = [Line(note, 10, "soft") for note in told.notes[:4]]
        foot = [f._replace(text=deck.fit(f.text, split, Pt(24.5), (10,))[1]) for f in foot]
        low = deck.height(foot, split)
        place = Box(box.left, box.top + used, split, box.height - used - low - Inches(0.05))
        if not chart(slide, place, told, large=True):
            self.deck.text(slide, place, [Line("No period has a value yet.", 12, "soft")])
        if foot:
            self.deck.text(slide, Box(box.left, box.top + box.height - low, split, low), foot)
        for number, (dimension, rows) in enumerate(parts):
            right = Box(box.left + split + 2 * GAP, box.top, self.area.width - split - 2 * GAP, box.height)
            if number:
                slide, right = self.deck.slide(told.title, _defined(told)), self.area
            named = dimension.replace("_", " ").capitalize()
            columns = [Column(named, 1.9), Column("Value", 0.85, True), Column("n", 0.65, True)]
            cells = [[p.name, Cell(p.text, bold=True), f"{p.n:,}"] for p in rows]
            if any(p.status for p in rows):
                columns.append(Column("Status", 1.5))
                cells = [[*row, _status(p.status)] for row, p in zip(cells, rows, strict=True)]
            if any(p.verdict for p in rows):
                columns.append(Column("Verdict", 1.6))
                cells = [[*row, p.verdict or ""] for row, p in zip(cells, rows, strict=True)]
            self.deck.table(slide, right, columns, cells, 10)

    def section(self, title: str, every: Sequence[Told]) -> None:
        columns = [
            Column("Metric", 3.4), Column("Value", 1.2, True), Column("Interval", 1.6, True), Column("Before", 1.2, True),
            Column("Change", 1.3, True), Column("Target", 1.2, True), Column("Status", 1.4), Column("Verdict", 1.6),
            Column("n", 0.9, True),
        ]  # fmt: skip
        rows = [
            [
                Cell(t.title, bold=True, under=t.sentence), Cell(t.text, bold=True), Cell(t.interval, "soft"), t.before, t.change, t.target,
                _status(t.status), t.verdict or "", f"{t.n:,}",
            ]
            for t in every
        ]  # fmt: skip
        self.tabled(title, columns, rows, "\n\n".join(_defined(t) for t in every), size=SIZE)

    def tabled(
        self,
        title: str,
        columns: list[Column],
        rows: list,
        notes: str = "",
        size: float = 10,
        grouped: bool = False,
    ) -> None:
        """Slides that are one table; none where it would be empty."""
        if rows:
            slide = self.deck.slide(title, "\n\n".join(filter(None, [notes, self.sources])))
            self.deck.table(slide, self.area, columns, rows, size, grouped)

    def risks(self) -> None:
        columns = [
            Column("Score", 0.7, True), Column("Risk", 4), Column("Services", 2), Column("Owner", 1.4),
            Column("May cost", 1.6), Column("Treatment", 1.4), Column("Treated by", 1.2),
        ]  # fmt: skip
        rows = [
            [
                Cell("" if r.score is None else str(r.score), bold=True), Cell(r.title, bold=True), ", ".join(r.services),
                r.owner, r.loss, r.treatment, _date(r.due),
            ]
            for r in self.pack.risks
        ]  # fmt: skip
        said = "Score: likelihood × consequence, each from 1 to 5, as the risk register holds them."
        self.tabled("Top risks", columns, rows, said, size=SIZE)

    def appendix(self) -> None:
        pack, every = self.pack, self.pack.told.values()
        said = [[Cell(t.title, bold=True), term, text] for t in every for term, text in t.definition.items()]
        self.tabled(
            "Definitions",
            [Column("Metric", 2), Column("Term", 1.2), Column("What it says", 8)],
            said,
            grouped=True,
        )
        left = [
            [Cell(t.title, bold=True), f"{t.n:,}", why, f"{n:,}"]
            for t in every
            for why, n in t.left_out.items()
        ]
        left += [
            [Cell(name, bold=True), "", "not told: this version does not know the metric", ""]
            for name in pack.missing
        ]
        columns = [
            Column("Metric", 3),
            Column("Counted", 1, True),
            Column("Left out because", 4),
            Column("Left out", 1, True),
        ]
        self.tabled("Left out", columns, left, grouped=True)
        rows = [
            [
                Cell(s.title, bold=True), s.record.replace("_", " "), s.instance, self.day(s.complete), f"{s.loads:,}",
                "reports no more" if s.ended else Cell("next export is missing", "at risk") if s.overdue else "",
            ]
            for s in pack.sources
        ]  # fmt: skip
        columns = [
            Column("Source", 3), Column("Records", 1.5), Column("Instance", 2), Column("Complete through", 1.5),
            Column("Loads", 0.8, True), Column("State", 2),
        ]  # fmt: skip
        self.tabled("Sources and freshness", columns, rows)
        steps = [
            [
                Cell(r.title, bold=True), r.then_text, r.now_text,
                s.text, s.what, " · ".join(filter(None, [s.who, self.day(s.when)])),
            ]
            for r in pack.restated
            for s in r.lines
        ]  # fmt: skip
        columns = [
            Column("Metric", 2.4), Column("Then", 1, True), Column("Now", 1, True),
            Column("Difference", 1.7, True), Column("Why", 4), Column("By, on", 2),
        ]  # fmt: skip
        last, period = pack.restated_of
        told = f"Numbers of {period}, as {last} told them, as they are now, and what made the difference."
        self.tabled(f"Restated since {last}", columns, steps, told, grouped=True)

    def day(self, at: datetime | None) -> str:
        """The day of a moment in the organisation's time zone."""
        return day(at, self.zone) if at else ""


def _memo(paragraphs: Iterable[str], box: Box) -> list[Line]:
    """The paragraphs in the largest size that has room."""
    for size in TEXTS:
        told = [Line(text, size, above=7 if number else 0) for number, text in enumerate(paragraphs)]
        if deck.height(told, box.width) <= box.height:
            break
    return told


def _aside(title: str, changed: list, drove: list, ahead: str, box: Box) -> list[Line]:
    """What changed, what drove it and what falls due; in the smaller size, or without the drivers, where room is scarce."""
    for size, drivers in ((12, drove), (11, drove), (10, drove), (12, []), (11, [])):
        told = []
        for head, items in (
            (title, changed),
            ("What drove it", drivers),
            ("Ahead", [(ahead, "")] if ahead else []),
        ):
            if items:
                told.append(Line(head, 11, "accent", bold=True, above=8 if told else 0))
            for text, detail in items:
                told.append(Line(text, size, above=3))
                if detail:
                    told.append(Line(detail, size - 1, "soft"))
        if deck.height(told, box.width) <= box.height:
            break
    return told


def _under(*said: str) -> str:
    return " · ".join(filter(None, said))


def _beside(told: Told) -> str:
    """The figures beside a value: before, change, target."""
    before = f"{told.before} before" if told.before else ""
    change = f"{told.change}" if told.change else ""
    pace = f" ({told.pace})" if told.pace else ""
    return " · ".join(filter(None, [before, change, f"target {told.target}{pace}" if told.target else ""]))


def _state(status: str | None) -> tuple[str, str]:
    return (status or "soft"), f"{SHAPE[status]} {status or 'no target'}"


def _status(status: str | None) -> Cell:
    look, state = _state(status)
    return Cell(state, look)


def _defined(told: Told) -> str:
    """A metric's definition and notes, for who presents it."""
    said = [f"{term}: {text}" for term, text in told.definition.items()]
    left = ", ".join(f"{n:,} {why}" for why, n in told.left_out.items())
    counted = f"Counted: {told.n:,}; left out: {left or 'nothing'}."
    return "\n".join([told.title, told.sentence, *said, counted, *told.notes])


def _date(day: date | None) -> str:
    return f"{day:%-d %b %Y}" if day else ""


def _plain(held):
    """The pack without the characters that a file of XML cannot hold."""
    if isinstance(held, str):
        return CONTROL.sub(" ", held)
    if isinstance(held, dict):
        return {_plain(name): _plain(value) for name, value in held.items()}
    if isinstance(held, list | tuple):
        return [_plain(one) for one in held]
    return held
