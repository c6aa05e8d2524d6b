"""Metric: one SQL file with a TOML header in a comment; the folder `metrics` is the registry.

The SQL selects observations, one row per thing counted, and runs on a snapshot as it stands.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from string import Formatter

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from dashboard.format import text
from dashboard.reading import Reading
from pipelines.errors import NotReady
from pipelines.records import RECORDS

FOLDER = Path(__file__).parent / "metrics"
HEADER = re.compile(r"\A\s*/\*(.*?)\*/(.*)\Z", re.DOTALL)
# What each kind needs of an observation besides record_id, the dimensions and what places it in time.
NEEDS = {
    "total": ("amount",),
    "span": ("since", "until"),
    "count": (),
    "share": ("met",),
    "rate": ("amount", "of"),
    "duration": ("hours", "finished"),
    "score": ("score",),
}


class Changed(BaseModel):
    """A change of what a metric counts. at: the day from which on (the organisation's) it counts so. what: in a clause."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: date
    what: str = Field(min_length=1)


class Metric(BaseModel):
    """What a metric's header says, and its SQL.

    kind: one of NEEDS. unit: hours, days, percent, money, score, or the plural of what is counted. better: which way is good.
    also: what it is called elsewhere: the field's terms and abbreviations, by which it is found.
    board: its place on the board page, 0 for none. by: the dimensions it can be told by.
    reads: the record kinds it is made of; a period is closed when it ended before the data of all their sources did.
    matters: the smallest change worth saying, "5 %" of the value before or "1 point" in the metric's unit.
    says: the sentence of a reading; {value}, {n}, {low}, {high} and the figures of the kind stand in braces, with
        the words that follow a number: {n:outage|outages}; {apart} are the amounts of each basis of a total.
    lacks: reasons in `left_out` of what would count if more were known of it; where nothing else is, there is no value.
    of: what the two sums of a rate are in (hours, money), where they are worth saying beside it.
    items: of a ratio, the column by which what is counted is known again in another period, where that is neither the
        record of a state nor the cluster.
    one, waits: of a duration, its sentence where a single record is counted, and where its median is not reached; the words
        that tell of what is still {open}.
    changed: when what it counts changed, and how: values of before are compared with none of after.
    unique: no record has two rows in force or in one period (of a total: no amount stands twice), which spares
        readings the look.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    sql: str
    title: str
    question: str
    kind: str
    unit: str
    better: str = Field(pattern="^(higher|lower)$")
    says: str
    reads: tuple[str, ...] = Field(min_length=1)
    board: int = Field(0, ge=0)
    also: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    matters: str = Field("0 %", pattern=r"^\d+(\.\d+)?( %| points?)?$")
    dated_by: str = ""
    method: str = ""
    pitfalls: str = ""
    lacks: tuple[str, ...] = ()
    of: str = ""
    items: str = ""
    one: str = ""
    waits: str = "{open:is|are} still open, of {n} counted."
    changed: tuple[Changed, ...] = ()
    unique: bool = False
    currency: str = "USD"

    @field_validator("kind")
    @classmethod
    def known_kind(cls, value: str) -> str:
        if value not in NEEDS:
            raise ValueError(f"is {value!r}, not one of {', '.join(NEEDS)}")
        return value

    @field_validator("reads")
    @classmethod
    def known_records(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(value) - set(RECORDS):
            raise ValueError(f"names {', '.join(sorted(unknown))}, which is no kind of record")
        return value

    @field_validator("items")
    @classmethod
    def plain_name(cls, value: str) -> str:
        if value and not re.fullmatch("[a-z_]+", value):
            raise ValueError(f"{value!r} is not the name of a column")
        return value

    @field_validator("by")
    @classmethod
    def plain_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if strange := [name for name in value if not re.fullmatch("[a-z_]+", name)]:
            raise ValueError(f"{strange[0]!r} is not the name of a column")
        return value

    @field_validator("says", "one", "waits")
    @classmethod
    def plain_braces(cls, value: str) -> str:
        if strange := [f for _, f, *_ in Formatter().parse(value) if f is not None and not f.isidentifier()]:
            raise ValueError(f"{{{strange[0]}}} is not the name of a figure")
        return value

    @cached_property
    def matters_share(self) -> float | None:
        """The smallest change worth saying as a share of the value before; None where it is stated in the unit."""
        return float(self.matters.removesuffix(" %")) / 100 if self.matters.endswith(" %") else None

    @property
    def most(self) -> float | None:
        """The largest value that it can have, where there is one; none has one below 0."""
        return 100.0 if self.unit in ("percent", "score") else None

    def impossible(self, value: float) -> str:
        """Why it can never have a value, in words; "" where it can."""
        if value >= 0 and (self.most is None or value <= self.most):
            return ""
        bounds = (
            f"between {self.text(0)} and {self.text(self.most)}" if self.most else f"{self.text(0)} or more"
        )
        return f"it is always {bounds}"

    def change_matters(self, before: float, change: float) -> bool:
        """Whether a change is large enough to be worth saying."""
        if self.matters_share is not None:
            return change != 0 and abs(change) >= self.matters_share * abs(before)
        return change != 0 and abs(change) >= float(self.matters.split()[0])

    def text(self, value: float | None, low: float | None = None, high: float | None = None) -> str:
        """A value of this metric as people read it, with no more digits than its interval supports."""
        return text(value, self._unit, low, high, self.currency)

    def beside(self, reading: Reading, value: float | None) -> str:
        """A figure that stands beside a reading's value (the one before, an end of its interval, a target): written alike."""
        return text(value, self._unit, reading.low, reading.high, self.currency, reading.value)

    def sums(self, reading: Reading) -> str:
        """The two sums of a rate, where they are worth saying: "5,832 h of 5,840 h"."""
        if not self.of or "of" not in reading.detail:
            return ""
        return " of ".join(self._figure(name, reading.detail[name], reading) for name in ("amount", "of"))

    @property
    def _unit(self) -> str:
        return "duration" if (self.kind, self.unit) == ("duration", "hours") else self.unit

    def sentence(self, reading: Reading) -> str:
        """What the metric says of a reading, in words."""
        if reading.detail.get("not_reached"):
            return f"Not reached yet: {self._filled(self.waits, reading)}"
        if reading.value is None:
            left_out = ", ".join(f"{n:,} {reason}" for reason, n in reading.left_out.items())
            why = f"all is left out ({left_out})" if left_out else "there is nothing to count"
            when = "Of all time" if reading.period.name == "all" else f"In {reading.period.label}"
            return f"{when} {why}."
        return self._filled(self.one if self.one and reading.n == 1 else self.says, reading)

    def _filled(self, said: str, reading: Reading) -> str:
        """A sentence of the header with the figures of a reading."""
        figures = {name: self._figure(name, value, reading) for name, value in reading.detail.items()}
        low, high = self.beside(reading, reading.low), self.beside(reading, reading.high)
        if self.kind == "total":
            figures["apart"] = self._apart(reading)
        figures |= {"value": reading.text, "n": f"{reading.n:,}", "low": low, "high": high}
        return said.format_map(_Known({name: _Figure(shown) for name, shown in figures.items()}))

    def _apart(self, reading: Reading) -> str:
        """The amounts of each basis, the largest first: "£310k modelled, £120k recorded and £5k penalties"."""
        if not reading.detail:
            return "no amount of any sort"
        largest = sorted(reading.detail.items(), key=lambda told: (-told[1], told[0]))
        *others, last = [f"{self.beside(reading, amount)} {basis}" for basis, amount in largest]
        return f"{', '.join(others)} and {last}" if others else f"all of it {largest[0][0]}"

    def _figure(self, name: str, value: float | None, reading: Reading) -> str:
        if value is None:
            return "a time that is not known yet" if self.kind == "duration" else "–"
        if self.of and name in ("amount", "of", "rest"):
            return text(value, self.of, currency=self.currency)
        counted = name in ("met", "open", "clusters") or self.kind == "count"
        return f"{value:,.0f}" if counted else self.beside(reading, value)


class _Figure(str):
    """A figure in a sentence; {n:outage|outages} adds the word that goes with one, or with any other number."""

    def __format__(self, words: str) -> str:
        one, _, many = words.partition("|")
        return f"{self!s} {one if self == '1' else many}" if words else str(self)


class _Known(dict):
    """Figures by name; one that a reading does not have (no recorded cost at all) is a dash."""

    def __missing__(self, name: str) -> str:
        return _Figure("–")


def read_metric(path: Path) -> Metric:
    """A metric file. NotReady names the file and what is wrong with it."""
    try:
        found = HEADER.match(path.read_text("utf-8"))
        if not found:
            raise ValueError("does not begin with a header: /* title = … */")
        header = tomllib.loads(found[1])
        if taken := {"name", "sql", "currency"} & set(header):
            raise ValueError(f"{taken.pop()} is not stated in a header")
        return Metric(name=path.stem, sql=found[2].strip().rstrip(";"), **header)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, e['loc']))} {e['msg'].removeprefix('Value error, ')}" for e in error.errors()
        )
        raise NotReady(f"Metric {path}: {wrong}. Mend its header.") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise NotReady(f"Metric {path}: {error}. Mend its header.") from error


def read_metrics(folder: Path = FOLDER) -> Mapping[str, Metric]:
    """Every metric of a folder by name, those of the board first and in their order."""
    found = [read_metric(path) for path in folder.glob("*.sql")]
    found.sort(key=lambda m: (m.board == 0, m.board, m.name))
    return {metric.name: metric for metric in found}
