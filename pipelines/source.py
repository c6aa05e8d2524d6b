"""How one tool's export is recognised and mapped: one TOML file a source; its name is its identity.

The folder pipelines/sources/<record>/ is the registry, with DATA/sources/<record>/ beside it for the
organisation's own.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipelines.errors import NotReady, Refused
from pipelines.readers import Table
from pipelines.readers.table import cut
from pipelines.records import CARRIED, RECORDS

MAPPABLE = ("key", "effective_at", "sequence")


class Source(BaseModel):
    """One source, as its TOML file states it.

    columns: record column or helper name -> the names the tool gives it.
    values: record column -> text in the export (any case) -> value of the record.
    compute: record column -> DuckDB SQL over the mapped text columns.
    rows: for nested formats, the paths at which the rows may stand; "" is the top level.
    moment: "newest" (the newest effective_at in the export) or "load" (lists kept by hand).
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
    moment: str = Field("newest", pattern="^(newest|load)$")
    set_aside: str = ""
    columns: dict[str, list[str]]
    values: dict[str, dict[str, str | int | float | bool]] = {}
    compute: dict[str, str] = {}
    ignore: dict[str, list[str]] = {}

    @field_validator("rows", mode="before")
    @classmethod
    def one_or_several(cls, value: str | list[str]) -> list[str]:
        return [value] if isinstance(value, str) else value


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

    @property
    def score(self) -> tuple[int, float]:
        """Names recognised, then the share of the table's columns that the source knows."""
        known = 1 - len(self.unmapped) / max(1, len(self.table.columns))
        return len(self.source.recognise), known

    @property
    def why(self) -> str:
        names = ", ".join(self.source.recognise)
        return f"has {names}; {len(self.table.columns) - len(self.unmapped)} of {len(self.table.columns)} columns known"


@dataclass(frozen=True)
class Recognition:
    """What an export was recognised as: one source over one or more tables, and why."""

    source: Source
    mappings: list[Mapping]
    why: str
    passed_over: list[str] = field(default_factory=list)


def folded(name: str) -> str:
    """A column name for comparison: any case, one kind of blank."""
    return " ".join(name.replace("\N{NO-BREAK SPACE}", " ").split()).casefold()


def sources(data: Path | None = None) -> dict[str, Source]:
    """All sources by name, those of the data folder last (they win)."""
    found = dict(_shipped())
    if data is not None and (data / "sources").is_dir():
        found |= {s.name: s for s in map(read_source, sorted((data / "sources").glob("*/*.toml")))}
    return found


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
    for name in sorted({*source.values, *source.compute} - {*columns, *MAPPABLE}):
        yield f"{source.record} has no column {name}"
    for name in sorted({*source.columns} & ({*CARRIED} - {*MAPPABLE})):
        yield f"{name} is not for a source to fill"
    for name, values in source.values.items():
        allowed = columns[name].allowed if name in columns else ()
        for value in {*values.values()} if allowed else ():
            if value not in allowed:
                yield f"{name} cannot be {value!r}"


def match(source: Source, table: Table) -> Mapping:
    """A source held against a table; `missing` says what does not fit."""
    at = {folded(column): column for column in reversed(table.columns)}
    mapped = {
        name: list(dict.fromkeys(at[folded(alias)] for alias in aliases if folded(alias) in at))
        for name, aliases in source.columns.items()
    }
    if source.rows:  # nested formats: a path may first occur late in the file
        mapped = {name: found or source.columns[name] for name, found in mapped.items()}
    groups = {folded(alias): aliases for aliases in source.columns.values() for alias in aliases}
    missing = [
        name
        for name in source.recognise
        if not any(folded(alias) in at for alias in [name, *groups.get(folded(name), [])])
    ]
    if source.rows and table.name not in source.rows:
        missing = [f"rows at {' or '.join(source.rows)}", *missing]
    known = {folded(a) for aliases in [*source.columns.values(), *source.ignore.values()] for a in aliases}
    unmapped = [
        column for column in table.columns if not known & set(_within(column, nested=bool(source.rows)))
    ]
    return Mapping(source, table, {n: f for n, f in mapped.items() if f}, unmapped, missing)


def _within(column: str, nested: bool) -> list[str]:
    """A column's name and, in nested formats, the names of all that it stands in."""
    steps = folded(column).split(".") if nested else [folded(column)]
    return [".".join(steps[:depth]) for depth in range(1, len(steps) + 1)]


def recognise(tables: list[Table], known: dict[str, Source], name: str | None = None) -> Recognition:
    """The one source that fits; Refused where none does, or where two fit equally well.

    name: the source to use, where a person has chosen it.
    """
    if name is not None and name not in known:
        raise NotReady(f"There is no source {name!r}; `pipelines sources` lists them.")
    candidates = [known[name]] if name else list(known.values())
    fits = [m for s in candidates for t in tables if not (m := match(s, t)).missing]
    if not fits:
        raise Refused(*_nearest(tables, candidates, name))
    best = max(fit.score for fit in fits)
    winners = {fit.source.name: fit for fit in fits if fit.score == best}
    if len(winners) > 1:
        raise Refused(
            f"It fits {' and '.join(sorted(winners))} equally well.", "Say which with --source NAME."
        )
    source = next(iter(winners.values())).source
    mappings = [fit for fit in fits if fit.source is source]
    used = {id(m.table) for m in mappings}
    passed_over = [t.name for t in tables if id(t) not in used and t.columns and not source.rows]
    return Recognition(source, mappings, mappings[0].why, passed_over)


def _nearest(tables: list[Table], candidates: list[Source], name: str | None) -> tuple[str, str]:
    matches = [match(s, t) for s in candidates for t in tables if t.columns]
    if not matches:
        return "It holds no records.", "Export it again with its rows."
    near = min(matches, key=lambda m: len(m.missing) / len(m.source.recognise))
    seen = ", ".join(map(cut, near.table.columns[:8])) + ("…" if len(near.table.columns) > 8 else "")
    missing = ", ".join(near.missing)
    if name:
        return (
            f"It is no {name}: {missing} missing. Its columns are {seen}.",
            "Load it without --source, or with another one.",
        )
    hint = (
        f" Nearest is {near.source.name}, but {missing} missing."
        if len(near.missing) < len(near.source.recognise)
        else ""
    )
    return (
        f"No source recognises it. Its columns are {seen}.{hint}",
        "See `pipelines sources` for what is known, or add a source (one TOML file).",
    )
