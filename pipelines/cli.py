"""The `pipelines` command. Exit codes: 0 done (rejects are counted), 1 a file was refused, 2 wrong usage or not ready."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from pipelines import reconciliation, warehouse
from pipelines.asked import Asked, moment_of
from pipelines.errors import NotReady, Refused
from pipelines.printed import (
    HERE,
    AsJson,
    Data,
    err,
    out,
    print_json,
    progress,
    rows_told,
    short,
    show_outcomes,
    show_table,
)
from pipelines.pull import cli as pulling
from pipelines.readers.table import called
from pipelines.records import RECORDS
from pipelines.settings import read_settings
from pipelines.source import sources as known_sources
from pipelines.staging import part_named

app = typer.Typer(
    help="Take exports in, and keep the warehouse.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(pulling.app)

Files = Annotated[
    list[Path],
    typer.Argument(help="Exports: CSV, Excel, JSON, XML; also packed (.gz, .bz2, .xz, a .zip of one)."),
]
SourceName = Annotated[
    str | None, typer.Option("--source", help="Read it as this source instead of recognising it.")
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="The export's moment, where it does not say it itself: a day (the organisation's, all of it) or a time in UTC.",
        metavar="2026-09-30",
    ),
]
Dates = Annotated[
    str | None, typer.Option("--dates", help="The order of dates in figures, dmy or mdy.", metavar="dmy|mdy")
]
Encoding = Annotated[str | None, typer.Option("--encoding", help="The encoding of a text, such as cp1252.")]
Delimiter = Annotated[
    str | None,
    typer.Option(
        "--delimiter", help="What parts the cells of a text: comma, semicolon, tab or vertical bar."
    ),
]
Complete = Annotated[
    bool,
    typer.Option(
        "--complete", help="The export is whole, although it looks cut off or far smaller than before."
    ),
]


def main() -> None:
    """The console script: one clear line instead of a traceback for what a person can mend."""
    try:
        app(standalone_mode=True)
    except Refused as refusal:
        err.print(f"Refused: {refusal.reason} {refusal.todo}", markup=False, soft_wrap=True)
        sys.exit(1)
    except NotReady as error:
        err.print(str(error), markup=False, soft_wrap=True)
        sys.exit(2)
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        err.print(f"{error.strerror or error}{place}. Nothing was published.", markup=False, soft_wrap=True)
        sys.exit(2)
    except duckdb.Error as error:
        err.print(f"{str(error).splitlines()[0]} Nothing was published.", markup=False, soft_wrap=True)
        sys.exit(2)


def _moment(said: str | None, data: Path) -> datetime | None:
    return moment_of(said, read_settings(data).zone, warehouse.now()) if said else None


@app.command()
def check(
    files: Files,
    source: SourceName = None,
    as_of: AsOf = None,
    dates: Dates = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    complete: Complete = False,
    as_json: AsJson = False,
    data: Data = HERE,
) -> None:
    """What a file is, how it maps, its first rows and rejects; changes nothing."""
    asked = Asked(source, _moment(as_of, data), dates, encoding, complete, delimiter)
    with progress() as say:
        checked = []
        for file in files:
            say(f"Reading {called(file.name)}.")
            checked.append(warehouse.check(file, data, asked=asked))
    if as_json:
        print_json([_checked_facts(c) for c in checked])
    else:
        for c in checked:
            _show_checked(c)
    raise typer.Exit(1 if any(one.outcome.error for c in checked for one in (c, *c.beside)) else 0)


@app.command()
def load(
    files: Files,
    source: SourceName = None,
    instance: Annotated[
        str | None, typer.Option(help="Which of several installations of the tool it comes from.")
    ] = None,
    as_of: AsOf = None,
    dates: Dates = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    complete: Complete = False,
    who: Annotated[
        str | None, typer.Option(help="Who loads it, where that is not the system's user.")
    ] = None,
    as_json: AsJson = False,
    data: Data = HERE,
) -> None:
    """Take files in and publish; a refused one does not keep the others out."""
    with progress() as say:
        outcomes = warehouse.load(
            files,
            data,
            asked=Asked(source, _moment(as_of, data), dates, encoding, complete, delimiter),
            instance=instance,
            who=who and f"{who} (unverified)",
            say=say,
        )
    if as_json:
        print_json([o.facts() for o in outcomes])
    else:
        show_outcomes(outcomes)
    raise typer.Exit(1 if any(o.error for o in outcomes) else 0)


@app.command()
def loads(as_json: AsJson = False, data: Data = HERE) -> None:
    """What has been loaded, withdrawn loads too."""
    rows = warehouse.loads(data)
    if as_json:
        print_json(rows)
        return
    lines = [
        {
            "load": row["load"],
            "file": part_named(row["file"], row["notes"]),
            "source": row["source"],
            "loaded (UTC)": f"{row['loaded_at']:%Y-%m-%d %H:%M}",
            "by": row["who"],
            "rows": rows_told(row),
            "in doubt": "may not be whole" if row["doubtful"] else None,
            "withdrawn": row["withdrawn_why"],
        }
        for row in rows
    ]
    show_table([*lines[0]] if lines else [], lines)


@app.command()
def rejects(
    load: Annotated[int, typer.Argument(help="The load's number.")],
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Write the refused rows to a workbook (XLSX), to mend and load again."),
    ] = None,
    as_json: AsJson = False,
    data: Data = HERE,
) -> None:
    """Refused rows and cells of a load, with row, column, value and reason."""
    rows = warehouse.rejects(data, load)
    if to:
        from pipelines.rejects import book  # what writes workbooks is slow to import

        to.write_bytes(book(data, load))
    if as_json:
        print_json(rows)
        return
    _show_rejects(rows)
    for todo in dict.fromkeys(row["todo"] for row in rows):
        out.print(todo, markup=False, highlight=False, soft_wrap=True)


@app.command()
def reconcile(
    load: Annotated[int, typer.Argument(help="The load's number.")],
    as_json: AsJson = False,
    data: Data = HERE,
) -> None:
    """What a load can be held against on the tool's screen: stated totals, counts by state and by month."""
    told = reconciliation.reconcile(data, load)
    if as_json:
        print_json(told)
        return
    rows = told["rows_read"] - told["set_aside"]
    out.print(
        f"{told['file']}: {rows:,} rows, {told['rejected']:,} of them rejected", markup=False, highlight=False
    )
    for total in told["stated"]:
        agrees = "agrees" if total["agrees"] else "does not agree"
        out.print(f"  it states “{total['text']}”: {agrees}", markup=False, highlight=False)
    for name, part in ((told["state"], told["states"]), (told["placed_by"], told["months"])):
        if part:
            show_table([name, "rows"], [dict(zip((name, "rows"), one.values(), strict=True)) for one in part])


@app.command()
def withdraw(
    load: Annotated[int, typer.Argument(help="The load's number.")],
    why: Annotated[str, typer.Option("--why", help="The reason; it stays in the history.")],
    who: Annotated[str | None, typer.Option(help="Who withdraws it.")] = None,
    as_json: AsJson = False,
    data: Data = HERE,
) -> None:
    """Take a load out of every number; its line in the history stays."""
    with progress() as say:
        said = warehouse.withdraw(load, data, why=why, who=who and f"{who} (unverified)", say=say)
    if as_json:
        print_json([row for row in warehouse.loads(data) if row["load"] == load])
    else:
        out.print(f"Load {load} is withdrawn. {said}".strip())


@app.command()
def rebuild(as_json: AsJson = False, data: Data = HERE) -> None:
    """Make the warehouse anew from the archived exports: the same numbers."""
    with progress() as say:
        count = warehouse.rebuild(data, say=say)
    if as_json:
        print_json({"loads": count})
    else:
        out.print(f"Rebuilt from {count} {'load' if count == 1 else 'loads'}.")


@app.command()
def sources(as_json: AsJson = False, data: Data = HERE) -> None:
    """Every source with the columns it knows."""
    known = sorted(known_sources(data).values(), key=lambda s: (s.record, s.name))
    if as_json:
        print_json([s.model_dump() for s in known])
        return
    for s in known:
        out.print(f"[bold]{s.name}[/bold]  {s.title} → {s.record} ({s.verified})")
        for column, names in s.columns.items():
            out.print(f"  {column}: {', '.join(names)}", markup=False, highlight=False)


@app.command()
def template(
    kind: Annotated[
        str | None, typer.Argument(help="The kind of record; without it, the kinds are listed.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--out", help="Where to write it, instead of KIND.xlsx here.")
    ] = None,
    as_json: AsJson = False,
    data: Data = HERE,
) -> None:
    """An empty workbook to fill in for a kind of record; loaded, it is recognised."""
    from pipelines import templates  # what writes workbooks is slow to import

    if kind is None:
        lines = [{"kind": k, "holds": RECORDS[k].title} for k in templates.kinds()]
        print_json(lines) if as_json else show_table(["kind", "holds"], lines)
        return
    made, file = templates.template(kind), file or Path(f"{kind}.xlsx")
    try:
        with file.open("xb") as new:
            new.write(made)
    except FileExistsError:
        raise NotReady(f"{file} is there already. Name another file with --out.") from None
    if as_json:
        print_json({"kind": kind, "file": str(file)})
    else:
        out.print(
            f"{file} is written. Fill it in, then: pipelines load {file}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def _checked_facts(c: warehouse.Checked) -> dict:
    more = {
        "why": c.why,
        "mapped": c.mapped,
        "unmapped": c.unmapped,
        "ignored": c.ignored,
        "notes": c.notes,
        "rows": c.rows,
        "rejects": c.rejects,
        "beside": [_checked_facts(one) for one in c.beside],
    }
    return c.outcome.facts() | ({} if c.outcome.error else more)


def _show_checked(c: warehouse.Checked) -> None:
    if c.outcome.error:
        show_outcomes([c.outcome])
        return
    out.print(
        f"{c.outcome.file} is {c.outcome.source} ({c.outcome.record}): {c.why}.",
        markup=False,
        highlight=False,
    )
    for column, names in c.mapped.items():
        out.print(f"  {column} ← {', '.join(names)}", markup=False, highlight=False)
    if c.unmapped:
        out.print(f"  not mapped: {', '.join(c.unmapped)}", markup=False, highlight=False)
    for note in c.notes:
        out.print(f"  note: {note}", markup=False, highlight=False)
    for row in c.rows[:3]:
        told = [
            f"{name} {short(value)}" for name, value in row.items() if value is not None and name != "row"
        ]
        out.print(f"  row {row['row']}: {' · '.join(told)}", markup=False, highlight=False, soft_wrap=True)
    show_outcomes([c.outcome])
    if c.rejects:
        _show_rejects(c.rejects[:20])
        if len(c.rejects) > 20:
            out.print(f"… and {len(c.rejects) - 20} more; --json gives them all.")
    for one in c.beside:
        _show_checked(one)


def _show_rejects(rejects: list[dict]) -> None:
    columns = ["row", "column", "value", "reason"]
    show_table(["sheet", *columns] if any(r["sheet"] for r in rejects) else columns, rejects)
