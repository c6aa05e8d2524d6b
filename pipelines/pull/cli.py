"""`pipelines pull`, and `pipelines connections` with its `test`."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from pipelines.errors import NotReady
from pipelines.printed import HERE, AsJson, Data, err, out, print_json, progress, show_outcomes, show_table
from pipelines.pull.connection import Failed, Visit, read_connections
from pipelines.pull.history import read_history
from pipelines.pull.secrets import Secrets
from pipelines.pull.standing import secrets_told, standing

app = typer.Typer()
connections = typer.Typer(
    help="The connections that exports arrive by, with their last and next run.", invoke_without_command=True
)
app.add_typer(connections, name="connections")

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Connections; all without it.")]


@app.command()
def pull(
    names: Names = None,
    due: Annotated[bool, typer.Option("--due", help="Only those whose cadence asks for it by now.")] = False,
    as_json: AsJson = False,
    data: Data = HERE,
) -> None:
    """Fetch what is new from the connections and take it in; one that fails does not keep the others out."""
    from pipelines.pull import alerts, run

    try:
        asked = run.chosen(data, names or (), due=due)
    except NotReady as error:
        if not names:  # nobody may be looking
            for line in alerts.tell_unready(data, str(error)):
                err.print(line, markup=False, soft_wrap=True)
        raise
    with progress() as say:
        pulled = run.pull(data, asked, say=say)
    if as_json:
        print_json([_facts(one) for one in pulled])
    else:
        _show(pulled)
    failed = {one.name: f"failed. {one.run.error} {one.run.todo}".strip() for one in pulled if one.failed}
    untold = alerts.tell_pulls(data, read_connections(data), failed)
    for line in untold:
        err.print(line, markup=False, soft_wrap=True)
    raise typer.Exit(1 if failed or untold else 0)


@connections.callback()
def listed(context: typer.Context, as_json: AsJson = False, data: Data = HERE) -> None:
    """Every connection with its last and next run. Secrets are never shown, only whether they are there."""
    if context.invoked_subcommand:
        return
    facts = [
        {**standing(data, one), "secrets": secrets_told(data, one)} for one in read_connections(data).values()
    ]
    if as_json:
        print_json(facts)
        return
    lines = [
        {k: f"{v:%Y-%m-%d %H:%M}" if isinstance(v, datetime) else v for k, v in one.items()} for one in facts
    ]
    show_table(["name", "kind", "where", "secrets", "last", "state", "next"], lines)


@connections.command()
def test(
    name: Annotated[str, typer.Argument(help="The connection.")], as_json: AsJson = False, data: Data = HERE
) -> None:
    """What a connection reaches and what it would fetch; nothing is loaded."""
    from pipelines.archive import workspace
    from pipelines.source import sources

    known = read_connections(data)
    if name not in known:
        raise NotReady(f"There is no connection {name!r}, only {', '.join(known) or 'none at all'}.")
    lines, wrong, secrets = [], None, Secrets(data)
    try:
        with progress() as say, workspace(data) as work:
            marks = read_history(data, name).marks
            lines = known[name].test(Visit(marks, work, secrets, say))
        if (source := known[name].source) and source not in sources(data):
            raise NotReady(f"There is no source {source!r}; `pipelines sources` lists them.")
    except (Failed, NotReady) as error:
        wrong = secrets.masked(str(error))
    if as_json:
        print_json({"name": name, "where": known[name].where, "reached": lines, "error": wrong})
    else:
        for line in lines:
            out.print(line, markup=False, highlight=False, soft_wrap=True)
        if wrong:
            err.print(wrong, markup=False, soft_wrap=True)
    raise typer.Exit(1 if wrong else 0)


def _facts(pulled) -> dict:
    run = asdict(pulled.run)
    return {"name": pulled.name, **run, "busy": pulled.busy, "outcomes": [o.facts() for o in pulled.outcomes]}


def _show(pulled: list) -> None:
    for one in pulled:
        show_outcomes(one.outcomes)
        if one.busy:
            out.print(f"{one.name}: another pull of it is running.", markup=False, highlight=False)
        elif one.failed:
            err.print(
                f"{one.name} failed. {one.run.error} {one.run.todo}".strip(), markup=False, soft_wrap=True
            )
        elif not one.outcomes:
            out.print(f"{one.name}: nothing new.", markup=False, highlight=False)
        else:
            out.print(f"{one.name}: {one.run.rows:,} accepted.", markup=False, highlight=False)
