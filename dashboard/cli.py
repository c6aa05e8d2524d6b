"""The `dashboard` command: serve the pages, print readings. Exit codes: 0 done, 2 wrong usage or not ready."""

import json
import math
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from dashboard.ask import ROWS, ask
from dashboard.definition import stated
from dashboard.downloads import as_csv, as_xlsx
from dashboard.metric import Metric
from dashboard.outlook import BUCKETS, KINDS, OVERDUE
from dashboard.period import day
from dashboard.reading import AGAINST, Period, Reading, Unknown, moment
from dashboard.readings import Readings
from dashboard.server import prepare_demo, serve
from dashboard.shown import legible
from dashboard.whatif import WhatIf
from pipelines.errors import NotReady
from pipelines.settings import read_settings

app = typer.Typer(
    help="Readings for the CISO, the CIO and the board.", add_completion=False, pretty_exceptions_enable=False
)
# What is no terminal has no width to fit.
out, err = Console(width=None if sys.stdout.isatty() else 240), Console(stderr=True)

Data = Annotated[Path, typer.Option("--data", help="The data folder.")]
HERE = Path("data")
DAY = ["%Y-%m-%d"]


class Paper(StrEnum):
    """The paper of a PDF."""

    a4 = "a4"
    us_letter = "us-letter"


Against = StrEnum("Against", AGAINST)
WRITERS = {".csv": as_csv, ".xlsx": as_xlsx}


def tell(text: str) -> None:
    """One line as it stands."""
    out.print(legible(text), markup=False, highlight=False, soft_wrap=True)


def main() -> None:
    """The console script: one clear line instead of a traceback for what a person can mend."""
    try:
        app()
    except (NotReady, Unknown) as error:
        err.print(str(error), markup=False, soft_wrap=True)
        sys.exit(2)


@app.callback(invoke_without_command=True)
def dashboard(
    context: typer.Context,
    demo: Annotated[
        bool, typer.Option("--demo", help="Serve a made-up company, in the folder demo of the data folder.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port on this machine to serve on.")] = 8501,
    data: Data = HERE,
) -> None:
    """Serve the pages; with a command, do that instead."""
    if context.invoked_subcommand:
        if demo or data != HERE:
            raise NotReady(f"Write --data DIR behind {context.invoked_subcommand}; the demo's is data/demo.")
        return
    if demo:
        data = data / "demo"
        prepare_demo(data, tell)
    raise typer.Exit(serve(data, port, tell))


@app.command()
def metrics(
    period: Annotated[
        str | None, typer.Option(help="2026-Q3, 2026-09, 2026 or all; else the newest closed quarter.")
    ] = None,
    metric: Annotated[str | None, typer.Option(help="Only this metric.")] = None,
    by: Annotated[str | None, typer.Option(help="Told by a dimension: service, severity, …")] = None,
    service: Annotated[str | None, typer.Option(help="Only what concerns this service.")] = None,
    against: Annotated[
        Against, typer.Option(help="Compared with the period before, or with the same one a year before.")
    ] = Against.before,
    as_json: Annotated[bool, typer.Option("--json", help="Print facts as JSON.")] = False,
    data: Data = HERE,
) -> None:
    """Readings without a browser."""
    readings = Readings(data)
    asked = readings.period(period) if period else readings.default_period()
    asked = replace(asked, against=against.value)
    told = select(readings, asked, metric, by, service)
    for idle in readings.idle_targets():
        err.print(idle, markup=False, soft_wrap=True)
    if as_json:
        known = readings.metrics()
        every = [stated(known[r.metric], r) for r in told]
        sys.stdout.write(json.dumps(every, ensure_ascii=False, indent=2) + "\n")
    else:
        out.print(table(readings.metrics(), asked, told, readings.compared(asked)))
        for reason in dict.fromkeys(f"{r.title}: {r.not_compared}" for r in told if r.not_compared):
            tell(reason)


@app.command("what-if")
def what_if(
    service: Annotated[str, typer.Option(help="The service that something is supposed of.")],
    patched_by: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Its overdue patches were installed by the end of this day."),
    ] = None,
    restored_within: Annotated[
        float | None, typer.Option(help="It was restored within so many hours in every major incident.")
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(help="2026-Q3, 2026-09 or 2026; else the running or the newest closed quarter."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print facts as JSON.")] = False,
    data: Data = HERE,
) -> None:
    """Readings of a service on supposed facts, beside those as they are."""
    readings = Readings(data)
    if (patched_by is None) == (restored_within is None):
        raise NotReady("Say one thing to suppose: --patched-by DATE or --restored-within HOURS.")
    if service not in (values := readings.dimension_values("service")):
        raise Unknown(f"There is no service {service!r}, only {', '.join(values)}.")
    if period:
        asked = readings.period(period)
    elif patched_by:
        quarters = [one for one in readings.periods() if readings.days(one)]
        asked = quarters[0] if quarters else readings.default_period()
    else:
        asked = readings.default_period()
    told = (
        readings.patched(service, asked, patched_by.date())
        if patched_by
        else readings.restored(service, asked, restored_within)
    )
    if as_json:
        sys.stdout.write(json.dumps(supposed(told), ensure_ascii=False, indent=2) + "\n")
        return
    shown = Table(title=asked.label, title_justify="left", box=None, pad_edge=False)
    for heading in ("Metric", "As it is", "What if"):
        shown.add_column(heading, justify="left" if heading == "Metric" else "right")
    for one in told.readings:
        shown.add_row(_plain(one.now.title), _plain(one.now.text), _plain(f"what if: {one.then.text}"))
    tell(told.said)
    out.print(shown)
    for one in told.readings:
        if one.note:
            tell(f"{one.now.title}: {one.note}")
    for line in told.stays:
        tell(line)


def supposed(told: WhatIf) -> dict[str, Any]:
    """A what-if as JSON tells it; a supposed number stands nowhere under the name of a real one."""

    def figures(reading: Reading) -> dict[str, Any]:
        return {"value": reading.value, "text": reading.text, "n": reading.n}

    return {
        "what_if": told.said,
        "service": told.service,
        "period": told.period.name,
        "changed": told.changed,
        "metrics": [
            {
                "metric": one.now.metric,
                "unit": one.now.unit,
                "as_it_is": figures(one.now),
                "what_if": figures(one.then),
                "note": one.note,
            }
            for one in told.readings
        ],
        "stays": list(told.stays),
    }


@app.command()
def alerts(
    test: Annotated[bool, typer.Option("--test", help="Send a line that says that it is a test.")] = False,
    data: Data = HERE,
) -> None:
    """Tell by mail and webhook which metrics crossed their targets since the last time: [alerts] of connections.toml."""
    from dashboard.crossings import crossed, standings
    from pipelines.pull.alerts import read_alerts
    from pipelines.pull.alerts import tell as send

    known = read_alerts(data)
    if not known.ways:
        raise NotReady(
            f"{data / 'connections.toml'} names nobody to tell. Write [alerts] with to or webhook."
        )
    said: dict[str, None] = {}

    def decide(before: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
        if test:
            lines, kept = ["This is a test of the alerts. Nothing is wrong."], dict(before)
        else:
            lines, kept = crossed(before, now, known.page)
        said.update(dict.fromkeys(lines))
        return lines, kept

    now = [] if test else standings(Readings(data))
    untold = send(data, known, "metric", decide)
    for line in said or ["No metric crossed its target."]:
        tell(line)
    for line in untold:
        err.print(line, markup=False, soft_wrap=True)
    raise typer.Exit(1 if untold else 0)


@app.command()
def sql(
    question: Annotated[str, typer.Argument(help="One select, in DuckDB's SQL.")],
    to: Annotated[
        Path | None, typer.Option("--out", help="Write the answer to FILE.csv or FILE.xlsx instead.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print facts as JSON.")] = False,
    data: Data = HERE,
) -> None:
    """Ask the newest snapshot a question of your own; it is only read."""
    if to and to.suffix.lower() not in WRITERS:
        raise NotReady(f"{to} ends neither in .csv nor in .xlsx.")
    answer = ask(question, data)
    if to:
        to.write_bytes(WRITERS[to.suffix.lower()](answer.rows))
    elif as_json:
        rows = [_told(row) for row in answer.rows.astype(object).to_dict("records")]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2, default=str, allow_nan=False) + "\n")
    else:
        out.print(answered(answer.rows))
    if answer.more:
        err.print(f"There are more rows, of which only the first {ROWS:,} are read.", markup=False)


@app.command()
def pack(
    out: Annotated[
        list[Path] | None,
        typer.Option("--out", help="Write FILE.pptx, FILE.pdf or FILE.xlsx; may stand several times."),
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(help="2026-Q3, 2026-09 or 2026; else the newest closed one of the template's length."),
    ] = None,
    template: Annotated[
        list[str] | None,
        typer.Option(
            help="What it holds: board (else), monthly, audit or one of your own. A FILE.pptx gives slides its look; both may stand."
        ),
    ] = None,
    draft: Annotated[
        bool, typer.Option("--draft", help="As it would be told now, without freezing it.")
    ] = False,
    why: Annotated[str, typer.Option(help="Freeze a new revision, and say what it corrects.")] = "",
    paper: Annotated[Paper, typer.Option(help="The paper of a PDF.")] = Paper.a4,
    mail: Annotated[
        list[str] | None, typer.Option("--mail", help="Send it to this address, with the files.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print facts as JSON.")] = False,
    data: Data = HERE,
) -> None:
    """The report of a period: frozen when it is first asked for, and told unchanged from then on."""
    from dashboard.pack import reports
    from dashboard.pack.mail import send
    from dashboard.pack.write import known, write
    from pipelines.smtp import smtp

    if draft and why:
        raise NotReady("A draft revises nothing: leave out --draft, or --why.")
    if draft and mail:
        raise NotReady("A draft is not sent: leave out --draft, and it is frozen first.")
    looks = [Path(one) for one in template or [] if one.lower().endswith(".pptx")]
    names = [one for one in template or [] if not one.lower().endswith(".pptx")]
    if max(len(looks), len(names)) > 1:
        raise NotReady("A pack has one template, and its slides the look of one FILE.pptx.")
    known(out or [])
    server = smtp() if mail else None
    with reports.asked(data, period, names[0] if names else "board", anew=draft, why=why) as (told, rows):
        for file in out or []:
            write(told, file, rows, paper.value, looks[0] if looks else None)
        if mail:
            send(told, out or [], mail, server)
    if as_json:
        sys.stdout.write(told.model_dump_json(indent=2, exclude={"marts"}) + "\n")
        return
    state = (
        f"{told.id}, frozen {told.frozen_at:%-d %b %Y %H:%M} UTC by {told.frozen_by}"
        if told.frozen_at
        else "draft, not frozen"
    )
    tell(f"{told.organisation}, {told.period_label}: {told.title} ({state}).")
    tell(told.verdict)
    for name in told.missing:
        err.print(
            f"The template names {name}, which is no metric: it is left out.", markup=False, soft_wrap=True
        )
    for file in out or []:
        tell(f"Wrote {file}.")
    if mail:
        tell(f"Sent to {', '.join(mail)}.")


@app.command()
def packs(
    name: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="Of this one: what has been restated since, and by what."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print facts as JSON.")] = False,
    data: Data = HERE,
) -> None:
    """The packs that are frozen, the newest first; or whether the numbers of one are still true."""
    from dashboard.pack import frozen

    if name:
        still_true(name, data, as_json)
        return
    every, damaged = frozen.readable(data)
    for reason in damaged:
        err.print(reason, markup=False, soft_wrap=True)
    if as_json:
        kept = {
            "id",
            "title",
            "period",
            "revision",
            "replaces",
            "why",
            "frozen_at",
            "frozen_by",
            "snapshot",
            "verdict",
        }
        rows = [one.model_dump(mode="json", include=kept) for one in every]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
        raise typer.Exit(2 if damaged else 0)
    for one in every:
        why = f": {one.why}" if one.why else ""
        tell(
            f"{one.id}  {one.title}, {one.period_label}, frozen {one.frozen_at:%-d %b %Y %H:%M} UTC by {one.frozen_by}{why}"
        )
    if not every and not damaged:
        tell("No pack is frozen yet: dashboard pack --out FILE.pdf")
    raise typer.Exit(2 if damaged else 0)


def still_true(name: str, data: Path, as_json: bool) -> None:
    """What has been restated of a frozen pack, and by what."""
    from dashboard.pack import frozen
    from dashboard.pack.restated import restated
    from pipelines.warehouse import refresh

    told = frozen.read(name, data)
    refresh(data)
    found = restated(told, data, say=lambda said: err.print(said, markup=False, highlight=False))
    if as_json:
        rows = [one.model_dump(mode="json") for one in found]
        sys.stdout.write(json.dumps({"pack": told.id, "restated": rows}, ensure_ascii=False, indent=2) + "\n")
        return
    for one in found:
        tell(one.text)
    same = len(told.told) - len(found)
    tell(
        f"{same} of {len(told.told)} numbers of {told.id} are as they were told."
        if found
        else f"Every number of {told.id} is as it was told."
    )


@app.command()
def decisions(
    ask: Annotated[
        str | None, typer.Option(help="Ask the board for a decision: what it is to decide.")
    ] = None,
    owner: Annotated[str, typer.Option(help="Who asks for it.")] = "",
    by: Annotated[datetime | None, typer.Option(formats=DAY, help="By when it is to be decided.")] = None,
    key: Annotated[
        str | None, typer.Option(help="The decision of this reference: what became of it.")
    ] = None,
    status: Annotated[str | None, typer.Option(help="made, done, dropped, or asked for again.")] = None,
    outcome: Annotated[str, typer.Option(help="What was decided.")] = "",
    decided_by: Annotated[str, typer.Option(help="Who decided it.")] = "",
    on: Annotated[
        datetime | None,
        typer.Option(formats=DAY, help="The day it was decided, done or dropped; else today."),
    ] = None,
    do_by: Annotated[
        datetime | None, typer.Option(formats=DAY, help="By when what was decided is to be done.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why it is asked, or was decided so.")] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print facts as JSON, with the history of each.")
    ] = False,
    data: Data = HERE,
) -> None:
    """The decisions asked of the board, made and done; with --ask or --key and --status, enter one."""
    from dashboard import decisions as log

    if ask and key:
        raise NotReady("Say one thing: --ask for a new decision, or --key for one that is asked for.")
    if bool(key) != bool(status):
        raise NotReady("Say which decision and what became of it: --key D-1 --status made.")
    today = datetime.now(read_settings(data).zone).date()
    days = {name: day and day.date() for name, day in (("by", by), ("on", on), ("do_by", do_by))}
    if ask is not None:
        tell(str(log.ask(ask, owner, days["by"], reason, today, data, None)(lambda _: None)))
        return
    readings = Readings(data)
    if key and status:
        said = {
            "outcome": outcome,
            "by": decided_by,
            "do_by": days["do_by"],
            "due": days["by"],
            "reason": reason,
        }
        step = log.settle(log.find(readings, key), status, days["on"] or today, today, data, None, **said)
        tell(str(step(lambda _: None)))
        return
    told = log.facts(readings, today)
    if as_json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        return
    shown = Table(box=None, pad_edge=False)
    for heading in (
        "Reference",
        "Decision",
        "Owner",
        "Asked",
        "Decide by",
        "Status",
        "What was decided",
        "Do by",
        "Done",
    ):
        shown.add_column(heading)
    for one in told:
        cells = (
            one[name] or ""
            for name in ("reference", "text", "owner", "asked", "due", "status", "outcome", "do_by", "done")
        )
        shown.add_row(*map(_plain, cells))
    if told:
        out.print(shown)
    else:
        tell('No decision is asked for yet: dashboard decisions --ask "…" --owner CIO --by 2026-12-31')


def answered(rows: pd.DataFrame) -> Table:
    """An answer as a terminal shows it."""
    shown = Table(box=None, pad_edge=False)
    for name in rows:
        shown.add_column(
            _plain(name), justify="right" if pd.api.types.is_numeric_dtype(rows[name]) else "left"
        )
    for row in rows.itertuples(index=False):
        shown.add_row(*("" if _unknown(cell) else _plain(str(cell)) for cell in row))
    return shown


def _unknown(cell: object) -> bool:
    return bool(pd.api.types.is_scalar(cell) and pd.isna(cell))


def _told(value: Any) -> Any:
    """A cell of an answer as JSON tells it, which knows numbers that are finite only."""
    if isinstance(value, dict):
        return {str(name): _told(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_told(one) for one in value]
    infinite = isinstance(value, float) and not math.isfinite(value)
    return None if infinite or _unknown(value) else value


@app.command()
def outlook(
    kind: Annotated[
        str | None, typer.Option(help="The rows of this kind: patch, finding, audit or exception.")
    ] = None,
    service: Annotated[str | None, typer.Option(help="Only what concerns this service.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print facts as JSON.")] = False,
    data: Data = HERE,
) -> None:
    """What falls due in the next 30, 60 and 90 days, and where the running quarter ends if nothing changes."""
    readings = Readings(data)
    if kind and kind not in KINDS:
        raise Unknown(f"There is no kind {kind!r} that falls due, only {', '.join(KINDS)}.")
    ahead = readings.outlook(service)
    rows = [_due(row) for row in readings.due(kind, None, service).to_dict("records")] if kind else []
    projections = readings.projections({"service": service} if service else {})
    if as_json:
        told = {
            "now": moment(ahead.now),
            "counts": ahead.counts,
            "projections": [asdict(one) | {"period": one.period.name} for one in projections],
        } | ({"rows": rows} if kind else {})
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        return
    since = (
        f"counted from {day(ahead.now, readings.settings.zone)}"
        if ahead.now
        else "nothing is loaded that falls due"
    )
    shown = Table(title=f"Falling due, {since}", title_justify="left", box=None, pad_edge=False)
    shown.add_column("Kind")
    for bucket in (OVERDUE, *BUCKETS):
        shown.add_column(bucket.capitalize(), justify="right")
    for name, counts in ahead.counts.items():
        shown.add_row(name, *(f"{number:,}" for number in counts.values()))
    out.print(shown)
    for one in projections:
        if one.value is None:
            tell(f"{one.title}: not told where it ends in {one.period.label}, since {one.how}.")
        else:
            how = f"{one.how[:1].upper()}{one.how[1:]}"
            tell(f"{one.title}: {one.text} at the end of {one.period.label}, if nothing changes. {how}.")
    for row in rows:
        owner = f" ({row['owner']})" if row["owner"] else ""
        due = datetime.fromisoformat(row["due_at"]).astimezone(readings.settings.zone)
        tell(f"{due:%Y-%m-%d}  {row['bucket']:>10}  {row['item']}{owner}")


def _due(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the outlook as JSON tells it."""
    plain = {n: v for n, v in row.items() if n not in ("services", "business_units")}
    plain = {name: None if pd.isna(value) else value for name, value in plain.items()}
    lists = {name: [*row[name]] if row[name] is not None else [] for name in ("services", "business_units")}
    moments = {name: plain[name] and moment(plain[name].to_pydatetime()) for name in ("due_at", "as_of")}
    severity = None if plain["severity"] is None else int(plain["severity"])
    return plain | lists | moments | {"severity": severity}


def select(
    readings: Readings, period: Period, metric: str | None, by: str | None, service: str | None
) -> list[Reading]:
    """The readings asked for. Unknown says what is unknown.

    Without a metric: all that can be told by the dimension and, with a service, for one service.
    """
    known = readings.metrics()
    if metric and metric not in known:
        raise Unknown(f"There is no metric {metric!r}, only {', '.join(known)}.")
    asked = [dimension for dimension in (by, service and "service") if dimension]
    for dimension in asked:
        values = readings.dimension_values(dimension)
        if dimension == "service" and service and service not in values:
            raise Unknown(f"There is no service {service!r}, only {', '.join(values)}.")
    names = [metric] if metric else [name for name, one in known.items() if set(asked) <= set(one.by)]
    scope = {"service": service} if service else {}
    if not by:
        return list(readings.several(period, {name: scope for name in names}).values())
    return [reading for name in names for _, reading in readings.by(name, period, by, scope)]


def table(
    metrics: dict[str, Metric], period: Period, readings: list[Reading], before: Period | None = None
) -> Table:
    """Readings as a terminal shows them. before: what the period is compared with."""
    title = period.label if readings else f"{period.label}: no readings"
    title += f", against {before.label}" if readings and before else ""
    shown = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for heading, right in (("Metric", False), ("Scope", False), ("Value", True), ("95 %", False), ("Before", True),
                           ("Verdict", False), ("Target", True), ("Status", False), ("n", True), ("Left out", True)):  # fmt: skip
        shown.add_column(heading, justify="right" if right else "left")
    for r in readings:
        beside = partial(metrics[r.metric].beside, r)
        interval = f"{beside(r.low)} to {beside(r.high)}" if r.low is not None and r.high is not None else ""
        target = metrics[r.metric].text(r.target.value) if r.target else ""
        cells = [r.title, ", ".join(r.scope.values()), r.text, interval, r.previous_text, r.verdict or "", target,
                 r.status or "", f"{r.n:,}", f"{sum(r.left_out.values()):,}"]  # fmt: skip
        shown.add_row(*(_plain(cell) for cell in cells))
    return shown


def _plain(text: str) -> Any:
    from rich.text import Text

    return Text(legible(text))
