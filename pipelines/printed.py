"""What the commands have in common: what they print, where, and the options that all of them take."""

import json
import sys
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipelines.warehouse import Outcome

out, err = Console(), Console(stderr=True)
if not out.is_terminal:  # a file or another program: nothing is cut
    out = Console(width=1000)

Data = Annotated[Path, typer.Option("--data", help="The data folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print facts as JSON.")]
HERE = Path("data")


@contextmanager
def progress():
    """What is being done, on the error stream: a moving line on a terminal, plain lines elsewhere."""
    if not err.is_terminal:
        yield lambda text: err.print(text, markup=False, soft_wrap=True)
        return
    with err.status("Starting.") as status:
        yield lambda text: status.update(text)


def print_json(facts: list[dict] | dict) -> None:
    sys.stdout.write(json.dumps(facts, indent=1, default=_json, ensure_ascii=False) + "\n")


def _json(value: object) -> str:
    """Times in the store are UTC; outside it they say so."""
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else str(value)


def show_outcomes(outcomes: list[Outcome]) -> None:
    for o in outcomes:
        if o.error:
            named = o.error if o.error.startswith(o.file) else f"{o.file}: {o.error}"
            err.print(f"Refused. {named} {o.todo}", markup=False, soft_wrap=True)
            continue
        load = f"load {o.load}, " if o.load else ""
        out.print(
            f"{o.file}: {load}{o.source}, {rows_told(asdict(o))} ({o.seconds:.1f} s)",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        for warning in o.warnings:
            out.print(f"  Warning: {warning}", markup=False, highlight=False, soft_wrap=True)
        for note in o.notes:
            out.print(f"  {note}", markup=False, highlight=False, soft_wrap=True)
        if o.load and (o.rejected or o.cells_refused):
            out.print(f"  See them: pipelines rejects {o.load}", markup=False, highlight=False)


def rows_told(counts: dict) -> str:
    """What became of the rows, in words: all of them, and then only what there is."""
    kinds = ("accepted", "unchanged", "superseded", "rejected", "set_aside", "cells_refused")
    names = {kind: kind.replace("_", " ") for kind in kinds}
    names["cells_refused"] = "cell refused" if counts["cells_refused"] == 1 else "cells refused"
    told = [f"{counts[kind]:,} {names[kind]}" for kind in kinds if counts[kind] or kind == "accepted"]
    closed = f"; {counts['closed']:,} closed" if counts.get("closed") else ""
    return f"{counts['rows_read']:,} read: {', '.join(told)}{closed}"


def short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:59]}…"


def show_table(columns: tuple[str, ...] | list[str], rows: list[dict]) -> None:
    table = Table(*columns, box=None, header_style="bold")
    for row in rows:
        table.add_row(*(_plain(row[c]) for c in columns))
    out.print(table)


def _plain(value: object):
    from rich.text import Text

    return Text("" if value is None else str(value))
