"""How one tool's export is recognised and mapped: one TOML file a source; its name is its identity.

The folder pipelines/sources/<record>/ is the registry, with DATA/sources/<record>/ beside it for the
organisation's own.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipelines.amounts import CODES
from pipelines.dates import ZONES
from pipelines.errors import NotReady, Question, Refused
from pipelines.expression import fault
from pipelines.readers import Table
from pipelines.readers.table import SHEET, cut
from pipelines.records import CARRIED, RECORDS

MAPPABLE = ("key", "effective_at", "sequence")
# Of the fits, those with this share of the strongest evidence are held against the values; two whose scores
# are this close are asked about, and so is one whose names say more where half of its values can be used.
CONTENDER, CLOSE, HALF = 0.5, 0.8, 0.5
# Without all that it is recognised by, a source is offered where no more than this share of it is missing, and at
# least so much of the columns is known and of the values usable.
LACKING, KNOWN, SOUND = 1 / 3, 0.5, 0.8
NOTHING = (
    "If the tool found nothing, there is nothing to take in, and what is loaded stays as it is; else export it again with "
    "its rows."
)
SHOWN = 5  # names that only one source has, and tables
NOTES = (
    "Column to fill in",
    "Needed",
    "What may stand in it",
    "What it is",
)  # the header that explains a template


class Source(BaseModel):
    """One source, as its TOML file states it.

    columns: record column or helper name -> the names the tool gives it; "$.sheet" is the name of a workbook's sheet.
    values: record column -> text in the export (any case) -> value of the record.
    compute: record column -> DuckDB SQL over the mapped text columns.
    rows: for nested formats, the paths at which the rows may stand; "" is the top level, and a table of CSV or Excel.
    moment: "newest" (the newest effective_at in the export), "load" (lists kept by hand), or "newest or load"
        (exports of the present state, not all of which are dated).
    dated_by: the time column whose newest value is the export's moment, for states of things that do not say when
        they were last changed (the last contact of each device).
    unstated: record column -> what it holds where the export does not say: "moment" (the export's) or "instance"
        (the name of the installation).
    stated: regular expressions with one group each, for what stands above the header: the first that is found
        there is the export's moment.
    order: "dmy" or "mdy" where the tool's documentation says that it always writes figures so; else the
        file shows it, or a person is asked.
    help: record column -> what it is, where a template says more of it than records.py.
    cadence: days after which an export is expected to be followed by the next, where not as usual for its record.
    full: the export is the complete state of what it covers: what it no longer lists has closed.
    bare: names of the whole document (or the root element of XML) that tell the tool's export where it holds no rows.
    part: names that, where filled, say that this is only a part of the whole (a next page, the changes since a date):
        what it does not list stays open.
    total: names of what states how many rows the whole has.
    like: column or helper name -> regular expression that most of its values match; else it is another tool's file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    record: str
    recognise: list[str] = Field(min_length=1)
    verified: str = Field("documentation", pattern="^(real file|documentation|template)$")
    documentation: str = ""
    rows: list[str] = []
    dates: list[str] = []
    timezone: str = "UTC"
    null: list[str] = []
    moment: str = Field("newest", pattern="^(newest|load|newest or load)$")
    dated_by: str = ""
    unstated: dict[str, str] = {}
    stated: list[str] = []
    order: str = Field("", pattern="^(dmy|mdy)?$")
    cadence: int | None = Field(None, ge=1, le=3650)
    full: bool = False
    bare: list[str] = []
    part: list[str] = []
    total: list[str] = []
    like: dict[str, str] = {}
    set_aside: str = ""
    columns: dict[str, list[str]]
    values: dict[str, dict[str, str | int | float | bool]] = {}
    compute: dict[str, str] = {}
    help: dict[str, str] = {}
    ignore: dict[str, list[str]] = {}

    @field_validator("rows", mode="before")
    @classmethod
    def one_or_several(cls, value: str | list[str]) -> list[str]:
        return [value] if isinstance(value, str) else value

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that the source knows, folded."""
        aliases = [a for held in (*self.columns.values(), *self.ignore.values()) for a in held]
        return frozenset(map(folded, [*aliases, *self.part, *self.total]))


@dataclass(frozen=True)
class Mapping:
    """A source held against a table.

    mapped: column or helper name -> the table's columns that hold it, first filled one counts.
    unmapped: columns of the table that the source neither maps nor ignores.
    missing: what of `recognise` is not there; empty where the source fits.
    """

    source: Source
    table: Table
    mapped: dict[str, list[str]]
    unmapped: list[str]
    missing: list[str]


@dataclass(frozen=True)
class Recognition:
    """What an export was recognised as: one source over one or more tables, and why.

    passed_over: the other tables that no load takes in, each with what it is instead.
    lost: those of them that seem to hold records, each with what to do.
    others: the sources of the other tables, each of which is a load of its own, with the names of its tables.
    """

    source: Source
    mappings: list[Mapping]
    why: str
    passed_over: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    others: dict[str, list[str]] = field(default_factory=dict)


ZONE = re.compile(
    rf"\s*[\[(]\s*((?:UTC|GMT)?\s*[+-]\d{{1,2}}(?::?\d\d)?|{'|'.join(ZONES)}|[a-z]+/[a-z_/]+)\s*[\])]\s*$",
    re.IGNORECASE,
)

USUAL = "EUR|USD|GBP|CHF|CAD|AUD|JPY|eur|usd|gbp|chf|cad|aud|jpy"
CURRENCY = re.compile(
    rf"\s*[\[(]\s*(?:in )?({'|'.join(CODES.split())}|US\$|[€£$¥])\s*[\])]\s*$|(?:,? in |, ?|[ _])({USUAL})\s*$|\s*([€£])\s*$"
)


@cache
def folded(name: str) -> str:
    """A column name for comparison: letters and figures of any case; dots part the steps of a path.

    "Opened At", "opened_at" and "Opened at [UTC]" are one name, and so are "Cost" and "Cost (EUR)". What begins with
    "$." stands in the whole document.
    """
    bare = CURRENCY.sub("", ZONE.sub("", name)) or name
    return re.sub(r"(?!^\$\.)[^\w.]|_", "", bare).casefold() or name.strip().casefold()


def zone(name: str) -> str:
    """The time zone that a column's name states: "UTC" of "Opened at [UTC]"; "" where it states none."""
    found = ZONE.search(name)
    return found[1] if found else ""


def currency(name: str) -> str:
    """The currency that a column's name states: "EUR" of "Cost (EUR)", "£" of "Cost £"; "" where it states none."""
    found = CURRENCY.search(name)
    return next(filter(None, found.groups())) if found else ""


def sources(data: Path | None = None) -> dict[str, Source]:
    """All sources by name, those of the data folder last (they win)."""
    found = dict(_shipped())
    if data is not None and (data / "sources").is_dir():
        found |= {s.name: s for s in map(_own, sorted((data / "sources").glob("*/*.toml")))}
    return found


def _own(path: Path) -> Source:
    """A source of the organisation's own: its SQL is looked at before any of it runs."""
    source = read_source(path)
    for name, sql in {**source.compute, "set_aside": source.set_aside or "false"}.items():
        if wrong := fault(sql):
            raise NotReady(
                f"The source {path} cannot be used: its SQL for {name} is none that may stand there: {wrong}."
            )
    return source


@cache
def _shipped() -> dict[str, Source]:
    return {s.name: s for s in map(read_source, sorted((Path(__file__).parent / "sources").glob("*/*.toml")))}


def read_source(path: Path) -> Source:
    """One source from its file; NotReady says what is wrong with it."""
    try:
        source = Source(name=path.stem, **tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise NotReady(f"The source {path} cannot be used: {error}") from error
    if source.record not in RECORDS:
        raise NotReady(f"The source {path} names the unknown record kind {source.record!r}.")
    wrong = list(_faults(source))
    if wrong:
        raise NotReady(f"The source {path} cannot be used: {'; '.join(wrong)}.")
    return source


def _faults(source: Source) -> Iterator[str]:
    """What a source says that its record kind does not have."""
    columns = RECORDS[source.record].columns
    for name in sorted({*source.values, *source.compute, *source.help} - {*columns, *MAPPABLE}):
        yield f"{source.record} has no column {name}"
    for name in sorted({*source.columns} & ({*CARRIED} - {*MAPPABLE})):
        yield f"{name} is not for a source to fill"
    if source.full and RECORDS[source.record].closing is None:
        yield f"it cannot be full: nothing says how a {source.record} closes"
    for name, values in source.values.items():
        allowed = columns[name].allowed if name in columns else ()
        for value in {*values.values()} if allowed else ():
            if value not in allowed:
                yield f"{name} cannot be {value!r}"
    if source.dated_by and (source.dated_by not in columns or columns[source.dated_by].type != "time"):
        yield f"{source.record} has no time {source.dated_by}"
    for name, what in source.unstated.items():
        kinds = {"moment": "time", "instance": "text"}
        if name not in columns or columns[name].type != kinds.get(what):
            yield f"unstated {name} cannot be the {what}"


def match(source: Source, table: Table) -> Mapping:
    """A source held against a table; `missing` says what does not fit."""
    at: dict[str, list[str]] = {}
    for column in table.columns:
        at.setdefault(folded(table.repeats.get(column, column)), []).append(column)
    if SHEET in table.cells and not table.nested:
        at[SHEET] = [SHEET]
    mapped = {
        name: [column for alias in dict.fromkeys(map(folded, aliases)) for column in at.get(alias, [])]
        for name, aliases in source.columns.items()
    }
    if table.nested:  # a path may first occur late in the file
        mapped = {name: found or source.columns[name] for name, found in mapped.items()}
    groups = {folded(alias): aliases for aliases in source.columns.values() for alias in aliases}
    missing = [
        name
        for name in source.recognise
        if not any(folded(alias) in at for alias in [name, *groups.get(folded(name), [])])
    ]
    if source.rows and not _stands(table.name if table.nested else "", source.rows):
        missing = [f"rows at {_places(source)}", *missing]
    unmapped = [column for column in table.columns if not _knows(source, table, column)]
    return Mapping(source, table, {n: f for n, f in mapped.items() if f}, unmapped, missing)


def _stands(name: str, rows: list[str]) -> bool:
    """Whether a table's rows stand at one of the paths; of XML, an end of theirs is enough: documents wrap others."""
    return name in rows or any(f"/{name}".endswith(f"/{path}") for path in rows if path)


def _places(source: Source) -> str:
    return " or ".join(path or "the top level" for path in source.rows)


def _knows(source: Source, table: Table, column: str) -> bool:
    """Whether a source maps or ignores a column of a table, or what it stands in."""
    name = table.repeats.get(column, column)
    return not source.names.isdisjoint(_within(name, nested=table.nested))


def _within(column: str, nested: bool) -> list[str]:
    """A column's name and, in nested formats, the names of all that it stands in."""
    steps = folded(column).split(".") if nested else [folded(column)]
    return [".".join(steps[:depth]) for depth in range(1, len(steps) + 1)]


Usable = Callable[[Mapping], float]
Alike = Callable[[Mapping], bool]


def recognise(
    tables: list[Table],
    known: dict[str, Source],
    name: str | None = None,
    usable: Usable = lambda _: 1.0,
    alike: Alike = lambda _: True,
    because: str = "as was said",
) -> Recognition:
    """The one source that fits; Refused where none does, or where two fit about equally well.

    name: the source to use, where a person has chosen it. usable: which share of a mapping's values can be used,
    from 0 to 1, from a look at some rows. alike: whether they look as its source says that they do.
    because: why it is this source, where it is named.
    """
    if name is not None and name not in known:
        raise NotReady(f"There is no source {name!r}; `pipelines sources` lists them.")
    candidates = [known[name]] if name else list(known.values())
    matches = [match(s, t) for s in candidates for t in tables if t.columns]
    fits = [m for m in matches if not m.missing] or [m for m in matches if name and _forced(m)]
    if not fits:
        _refuse_bare(tables, candidates)
        _offer_near(matches, known, name, usable, alike)
        raise Refused(*_nearest(matches, known, name))
    likely = fits if name else [fit for fit in fits if not fit.source.like or alike(fit)]
    if not likely:
        _offer_near(matches, known, name, usable, alike)
        raise Refused(*_unlike(fits))
    best, why = (_strongest(fits, known, usable), because) if name else _chosen(likely, known, usable)
    rivals = _rivals(tables, known, alike) if name else likely
    mappings = _shared_out(best, tables, fits, rivals, known)
    left = _left(tables, mappings, best.source)
    others, unclear = _further(tables, left, mappings, rivals, known, usable)
    passed_over, lost = [], unclear
    for table in left:
        if any(m.table is table for m in rivals):
            continue
        if near := _reminding(table, matches if not name else [match(s, table) for s in known.values()]):
            lost.append(
                f"Left aside: {placed(table)}, which no source recognises. Most of its columns are those of "
                f"{near.source.name}, but {', '.join(near.missing)} missing. If it holds such records, load the file again "
                f"with --source {near.source.name}."
            )
        else:
            passed_over.append(f"{placed(table)}, which is no {best.source.name}")
    return Recognition(best.source, mappings, f"{_why(best, known)}; {why}", passed_over, lost, others)


def _strongest(fits: list[Mapping], known: dict[str, Source], usable: Usable) -> Mapping:
    return fits[0] if len(fits) == 1 else max(fits, key=lambda fit: _evidence(fit, known) * usable(fit))


def placed(table: Table) -> str:
    return cut(table.name) if table.name else "the first table"


def _rivals(tables: list[Table], known: dict[str, Source], alike: Alike) -> list[Mapping]:
    """What each table of several would be recognised as; of one there is nothing to ask."""
    if len(tables) < 2 or any(t.nested for t in tables):
        return []
    found = [match(s, t) for s in known.values() for t in tables if t.columns]
    return [m for m in found if not m.missing and (not m.source.like or alike(m))]


def _shared_out(
    best: Mapping, tables: list[Table], fits: list[Mapping], rivals: list[Mapping], known: dict[str, Source]
) -> list[Mapping]:
    """The tables that are read as the source of the best fit: that of the fit, and all for which none speaks louder."""
    mappings = []
    for table in tables:
        own = next((fit for fit in fits if fit.source is best.source and fit.table is table), None)
        rest = [_evidence(m, known) for m in rivals if m.table is table and m.source is not best.source]
        if own and (own is best or table.nested or _evidence(own, known) >= CLOSE * max(rest, default=0)):
            mappings.append(own)
    return mappings


def _left(tables: list[Table], mappings: list[Mapping], source: Source) -> list[Table]:
    """The tables that are not read; the notes in templates of our own are nothing that is left out."""
    read = [m.table for m in mappings]
    return [
        t
        for t in tables
        if t.columns
        and not t.nested
        and not any(t is one for one in read)
        and not (source.verified == "template" and tuple(t.columns) == NOTES)
    ]


def _further(
    tables: list[Table],
    left: list[Table],
    mappings: list[Mapping],
    rivals: list[Mapping],
    known: dict[str, Source],
    usable: Usable,
) -> tuple[dict[str, list[str]], list[str]]:
    """The sources of the tables that are left, with the tables of each; and what to do about those that are unclear."""
    taken, others, unclear = [m.table for m in mappings], {}, []
    rest = [m for m in rivals if any(m.table is t for t in left)]
    while rest:
        try:
            best, _ = _chosen(rest, known, usable)
        except Question as question:
            where = " and ".join(dict.fromkeys(placed(m.table) for m in rest))
            names = " or ".join(f"--source {name}" for name in question.choices)
            unclear.append(f"Left aside: {where}. {question.reason} Load the file again with {names}.")
            break
        own = [m.table for m in _shared_out(best, tables, rivals, rivals, known)]
        if any(a is b for a in own for b in taken):
            name = best.source.name
            unclear.append(f"Left aside: {placed(best.table)}. Load the file again with --source {name}.")
        else:
            others[best.source.name] = [placed(table) for table in own]
            taken += own
        rest = [
            m
            for m in rest
            if m.source is not best.source and not any(m.table is t for t in [*own, best.table])
        ]
    return others, unclear


def _reminding(table: Table, matches: list[Mapping]) -> Mapping | None:
    """The source that an unrecognised table reminds of: most of its columns are those of it, and all that it needs is there."""
    near = [
        m
        for m in matches
        if m.table is table
        and _forced(m)
        and len(table.columns) - len(m.unmapped) > max(2, KNOWN * len(table.columns))
    ]
    return min(near, key=lambda m: (len(m.unmapped), len(m.missing)), default=None)


def _unlike(fits: list[Mapping]) -> tuple[str, str]:
    shown = {}
    for fit in fits:
        column = next(iter(fit.source.like))
        shown[fit.source.name] = cut(fit.mapped.get(column, [column])[0])
    several = len(shown) > 1
    told = "; ".join(
        f"what stands in {column} is not what {name} has there" for name, column in shown.items()
    )
    return (
        f"By its columns it could be {' or '.join(shown)}, but {told}.",
        f"If it is {'one of them' if several else 'that'} all the same, load it with "
        f"{' or '.join(f'--source {name}' for name in shown)}; else map its columns on the Upload page.",
    )


def _chosen(fits: list[Mapping], known: dict[str, Source], usable: Usable) -> tuple[Mapping, str]:
    """The fit that knows the most of what tells tools apart and whose values can be used; and what was weighed."""
    named = [_evidence(fit, known) for fit in fits]
    most: dict[int, float] = {}  # of each table; those of a document are one, seen in several ways
    for fit, evidence in zip(fits, named, strict=True):
        at = 0 if fit.table.nested else id(fit.table)
        most[at] = max(evidence, most.get(at, 0))
    contenders = [
        (evidence, fit)
        for evidence, fit in zip(named, fits, strict=True)
        if evidence >= CONTENDER * most[0 if fit.table.nested else id(fit.table)]
    ]
    if len(contenders) == 1:  # there is nothing to weigh it against
        return contenders[0][1], "no other source comes near"
    likely = sorted(
        ((evidence * (share := usable(fit)), evidence, share, fit) for evidence, fit in contenders),
        key=lambda one: -one[0],
    )
    score, told, _, best = likely[0]
    others = [
        one
        for one in likely
        if one[-1].source is not best.source  # of another table it is no rival: each is read as what it is
        and (one[-1].table.nested or one[-1].table is best.table)
    ]
    close = {
        fit.source.name
        for other, evidence, part, fit in others
        if other >= CLOSE * score or (evidence > told and part >= HALF)  # its names speak against its values
    }
    if close:
        names = sorted({best.source.name, *close})
        raise Question(f"It fits {' and '.join(names)} about equally well.", "source", names)
    if not others:
        return best, "no other source comes near"
    other, *_, fit = others[0]
    return best, f"next is {fit.source.name}, for which {percent(other / score)} as much speaks"


def percent(share: float) -> str:
    """Rounded down: all is only what is all."""
    return f"{int(share * 100 + 1e-9)} %"


def _sharing(known: dict[str, Source]) -> Counter[str]:
    """How many sources know each name."""
    return _counted(tuple(source.names for source in known.values()))


@cache
def _counted(names: tuple[frozenset[str], ...]) -> Counter[str]:
    return Counter(name for held in names for name in held)


def _evidence(fit: Mapping, known: dict[str, Source]) -> float:
    """What the names of a table say for a source: a name counts the more the fewer sources know it."""
    sharing, table = _sharing(known), fit.table
    names = {folded(table.repeats.get(c, c)) for c in table.columns} & fit.source.names
    names |= {folded(name) for name in fit.source.recognise} if not fit.missing else set()
    return sum(1 / max(1, sharing[n]) for n in names)


def _why(fit: Mapping, known: dict[str, Source]) -> str:
    """What speaks for it: the names it is recognised by, and those in the table that no other source knows."""
    sharing, table = _sharing(known), fit.table
    headers = [table.repeats.get(c, c) for c in table.columns]
    own = [h for h in dict.fromkeys(headers) if folded(h) in fit.source.names and sharing[folded(h)] == 1]
    asked = [name for name in fit.source.recognise if name not in fit.missing]
    said = [f"has {', '.join(asked)}"] if asked else []
    said += [f"{', '.join(fit.missing)} missing"] if fit.missing else []
    if own:
        more = f" and {len(own) - SHOWN} more" if len(own) > SHOWN else ""
        said.append(f"only it has {', '.join(map(cut, own[:SHOWN]))}{more}")
    columns = len(table.columns)
    return "; ".join([*said, f"{columns - len(fit.unmapped)} of {columns} columns known"])


def _offer_near(
    matches: list[Mapping], known: dict[str, Source], name: str | None, usable: Usable, alike: Alike
) -> None:
    """Question where a source lacks little of what it is recognised by: it is offered, and never taken silently."""
    near = [
        m
        for m in matches
        if not name
        and 0 < len(m.missing) <= LACKING * len(m.source.recognise)
        and len(m.table.columns) - len(m.unmapped) >= KNOWN * len(m.table.columns)
        and _forced(m)
        and (not m.source.like or alike(m))
        and usable(m) >= SOUND
    ]
    if not near:
        return
    scores = {m.source.name: (_evidence(m, known), m) for m in near}
    most = max(score for score, _ in scores.values())
    names = sorted(
        (n for n, (score, _) in scores.items() if score >= CLOSE * most), key=lambda n: -scores[n][0]
    )
    told = "; ".join(f"{n} ({', '.join(scores[n][1].missing)} missing)" for n in names)
    raise Question(f"No source recognises it outright. Nearest is {told}.", "source", names)


def _refuse_bare(tables: list[Table], candidates: list[Source]) -> None:
    """Refused where it is a tool's export in which nothing stands where the rows would."""
    for table in tables if all(t.nested for t in tables) else []:
        there = {folded(c.removeprefix("$.")) for c in table.columns} | {folded(table.name.split("/")[0])}
        for source in candidates:
            if source.bare and there.issuperset(map(folded, source.bare)):
                raise Refused(
                    f"It holds no records: it is {source.name}, with nothing at {_places(source)}.",
                    NOTHING,
                )


def _forced(fit: Mapping) -> bool:
    """Whether a person's choice can be followed: every required column comes to something of the table."""
    source = fit.source
    if any(name.startswith("rows at ") for name in fit.missing):
        return False
    there = {name for name, found in fit.mapped.items() if not set(found).isdisjoint(fit.table.columns)}

    def comes(name: str) -> bool:
        if name not in source.compute:
            return name in there or name in source.unstated
        fed = [word for word in re.findall(r"\w+", source.compute[name]) if word in source.columns]
        return not fed or any(word in there for word in fed)

    return bool(there) and all(map(comes, RECORDS[source.record].required))


def _nearest(matches: list[Mapping], known: dict[str, Source], name: str | None) -> tuple[str, str]:
    """Why none fits, and which comes near: half of what tells it is there, where a name tells the less the more know it."""
    if not matches:
        return "It holds no records.", NOTHING
    sharing = _sharing(known)

    def nearness(match: Mapping) -> float:
        there = {folded(match.table.repeats.get(c, c)) for c in match.table.columns}
        groups = [{*map(folded, aliases)} for aliases in match.source.columns.values()]
        found = lacked = 0.0
        for asked in match.source.recognise:
            named = {folded(asked)}.union(*(group for group in groups if folded(asked) in group))
            if asked in match.missing:
                lacked += 1 / max(1, sharing[folded(asked)])
            else:
                found += max((1 / max(1, sharing[n]) for n in named & there), default=0)
        return found / (found + lacked)

    near = max(matches, key=lambda m: (nearness(m), -len(m.missing)))
    seen = _columns(near.table)
    missing = ", ".join(near.missing)
    if name:
        return (
            f"It is no {name}: {missing} missing. Its columns are {seen}.",
            "Load it without --source, or with another one.",
        )
    tables = [*{id(m.table): m.table for m in matches if not m.table.nested}.values()]
    told, of = f"it. Its columns are {seen}", ""
    if len(tables) > 1:
        each = [f"{_where(table)} ({_columns(table)})" for table in tables[:SHOWN]]
        more = f"; and {len(tables) - SHOWN:,} more" if len(tables) > SHOWN else ""
        told, of = f"any of its {len(tables):,} tables: {'; '.join(each)}{more}", f" for {_where(near.table)}"
    hint = f" Nearest is {near.source.name}{of}, but {missing} missing." if nearness(near) >= HALF else ""
    aside = "".join(f" {note}" for note in near.table.unread)
    return (
        f"No source recognises {told}.{hint}{aside}",
        "Map its columns on the Upload page, or add a source (one TOML file); `pipelines sources` lists what is known.",
    )


def _columns(table: Table) -> str:
    return ", ".join(map(cut, table.columns[:8])) + (" and more" if len(table.columns) > 8 else "")


def _where(table: Table) -> str:
    """A table by its sheet and the cell or row in which its header begins."""
    begins = f"from {table.corner}"
    return table.name if table.name.endswith(begins) else f"{cut(table.name)}, {begins}".removeprefix(", ")
