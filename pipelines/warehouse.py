"""The only writer: takes exports in as loads, withdraws them, and rebuilds the warehouse from the archive."""

import getpass
import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import gettempdir

import duckdb

from pipelines.absence import LISTED, absent, close, keep_first
from pipelines.amounts import FOREIGN
from pipelines.archive import Archive, workspace
from pipelines.asked import UNASKED, Asked, recalled
from pipelines.convert import NO_MEANING
from pipelines.corrections import left_behind, uncorrect, waiting
from pipelines.doubts import doubts, measured
from pipelines.errors import NotReady, Question, Refused, Unreadable
from pipelines.mending import displace, replacing
from pipelines.readers.table import called, literal
from pipelines.records import RECORDS
from pipelines.restated import SAYS, agreed, costs, rescheduled, restated
from pipelines.settings import Settings, read_settings
from pipelines.snapshot import (
    LOAD_COLUMNS,
    Next,
    Outdated,
    behind,
    ledger,
    next_snapshot,
    numbers,
    open_snapshot,
    outdated,
    trial_snapshot,
)
from pipelines.source import Recognition, Source, sources
from pipelines.staging import read
from pipelines.versions import CONFLICT, apply

WITHOUT_CELL, WITHOUT_ROW = "The row was kept without it.", "The row was not taken."
MEND_CELL = f"{WITHOUT_CELL} Mend the value in the export and load it again."
MEND_ROW = f"{WITHOUT_ROW} Mend it in the export and load it again."
CONVERT = (
    "Amounts are not converted here: write it in {} in the export, at the rate of its day, and load it again."
)
NAME_OR_CONVERT = (
    "If all amounts are in its currency, say so in settings.toml, else write it in {} in the export, at the rate of its "
    "day; then load it again."
)
TELL = (
    "Say what it means by “Change the mapping” on the Upload page (kept as sources/{}/{}.toml in the data folder), or "
    "mend the export; then load it again."
)


@dataclass
class Outcome:
    """What became of one file. error and todo are set where it was refused, and then nothing else is; asks, where
    a person has to choose: the field of Asked and its choices.

    rows_read = accepted + unchanged + superseded + rejected + set_aside, always. closed: records that the export,
    being the complete state of what it covers, no longer lists. warnings: why it may not be whole, and what of it was
    not taken in. questioned: a person may say that it is whole (Asked.complete).
    """

    file: str
    source: str | None = None
    record: str | None = None
    load: int | None = None
    rows_read: int = 0
    accepted: int = 0
    unchanged: int = 0
    superseded: int = 0
    rejected: int = 0
    set_aside: int = 0
    cells_refused: int = 0
    closed: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    questioned: bool = False
    error: str | None = None
    todo: str | None = None
    asks: dict[str, list[str]] | None = None

    def facts(self) -> dict:
        return {k: v for k, v in asdict(self).items() if v is not None}


@dataclass
class Checked:
    """What a load of a file would do, with nothing changed.

    mapped: record column -> column of the export; rows: the first records; rejects: what would be refused.
    added, updated: how many records are new, and how many that were held get another version. beside: what its
    tables of other sources would do, which are loads of their own.
    """

    outcome: Outcome
    why: str = ""
    mapped: dict[str, list[str]] = field(default_factory=dict)
    unmapped: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rows: list[dict] = field(default_factory=list)
    rejects: list[dict] = field(default_factory=list)
    added: int = 0
    updated: int = 0
    beside: list["Checked"] = field(default_factory=list)


@dataclass
class Trial:
    """Files taken in, one after the other, into a copy of the newest snapshot that is never published."""

    checked: list[Checked]
    following: Next
    settings: Settings
    known: dict[str, Source]

    def snapshot(self) -> tuple[int, duckdb.DuckDBPyConnection]:
        """The snapshot as it would be published, marts and all: its number and connection, while the trial lasts."""
        outcomes = [one.outcome for checked in self.checked for one in (checked, *checked.beside)]
        _build(self.following, self.settings, self.known, outcomes)
        self.following.con.execute("set enable_external_access = false")
        return self.following.number, self.following.con


def _quiet(_: str) -> None:
    """Says nothing."""


def this_user() -> str:
    """Who is at work: the operating system's user, which nobody has verified."""
    return f"{getpass.getuser()} (unverified)"


def now() -> datetime:
    """The present moment, as times stand in the store: UTC without an offset."""
    return datetime.now(UTC).replace(tzinfo=None)


def load(
    files: list[Path],
    data: Path,
    *,
    who: str | None = None,
    asked: Asked | list[Asked] = UNASKED,
    instance: str | None = None,
    names: list[str] | None = None,
    say: Callable[[str], None] = _quiet,
    clock: Callable[[], datetime] = now,
) -> list[Outcome]:
    """Take files in, one load for each source of their tables, and publish them together as the next snapshot.

    A refused file changes nothing; the others are still loaded. asked: what a person says of all of them, or of
    each. names: what to call the files.
    """
    who, known, archive = who or this_user(), sources(data), Archive(data)
    settings = read_settings(data)
    answers = _each(asked, files)
    for moment in (one.as_of for one in answers):
        if moment and moment > clock():
            raise NotReady(f"--as-of {moment:%Y-%m-%d %H:%M} lies in the future.")
    outcomes, received = [], []
    with _following(data, who, say) as following:
        archive.sweep()
        coming = deque(zip(files, _called(files, names), answers, strict=True))
        with ThreadPoolExecutor(1) as receiving:
            while coming:
                file, name, said = coming.popleft()
                say(f"Reading {name}.")
                started = time.perf_counter()
                row = {"load": _next_load(following.con), "file": name, "who": who, "loaded_at": clock()}
                row |= {"instance": instance, "asked": said, "options": said.facts()}
                stamp = _stamp(file)
                kept = receiving.submit(archive.receive, file) if stamp else None  # beside the reading
                try:
                    recognition = read(following.con, following.work, file, row, known)
                except Refused as refusal:
                    outcomes.append(_refused(name, refusal, said))
                    if kept:
                        kept.cancel()
                    continue
                coming.extendleft((file, name, one) for one in reversed(_besides(recognition, said)))
                received.append((row["load"], file, stamp, kept))
                outcomes.append(_take_in(following, row, started))
            if received:
                paths = {load: file for load, file, _, _ in received}
                _in_order(following, archive, known, say, outcomes, paths)
                say("Publishing.")
                _build(following, settings, known, outcomes)
                _keep(following.con, archive, received)
                _publish(following, archive)
        archive.sweep()  # of what was refused
    return outcomes


@contextmanager
def _following(data: Path, who: str, say: Callable[[str], None]) -> Iterator[Next]:
    """The next snapshot, from one that this version makes: an older one is rebuilt first."""
    while True:
        with ExitStack() as held:
            work = held.enter_context(workspace(data))
            try:
                following = held.enter_context(next_snapshot(data, who, work, say))
            except Outdated:
                refresh(data, say=say, marts=False)
                continue
            yield following
            return


def _called(files: list[Path], names: list[str] | None) -> list[str]:
    """What to call the files."""
    return [called(name) for name in names or [file.name for file in files]]


def _build(following: Next, settings: Settings, known: dict[str, Source], outcomes: list[Outcome]) -> None:
    """Make the marts; note on loads of rates and calendars what they change of what was told before them."""
    con = following.con
    rates, calendars = (
        [one for one in outcomes if one.record == record and not one.error] for record in ("rate", "calendar")
    )
    cost = costs(con) if rates else {}
    hours = agreed(con) if calendars else {}
    following.build(settings, known)
    for loaded, said in (
        (rates, restated(cost, costs(con), settings.currency) if cost else ""),
        (calendars, rescheduled(hours, agreed(con)) if hours else ""),
    ):
        for outcome in loaded if said else []:
            outcome.notes.append(said)
            con.execute("update load set notes = ? where load = ?", [outcome.notes, outcome.load])


def _each(asked: Asked | list[Asked], files: list[Path]) -> list[Asked]:
    """What is said of each file."""
    return [asked] * len(files) if isinstance(asked, Asked) else asked


def _besides(recognition: Recognition, said: Asked) -> list[Asked]:
    """What is said of a file for the loads of its tables of other sources; nothing where a person chose the source."""
    return [] if said.source else [replace(said, source=other, beside=True) for other in recognition.others]


def _refused(name: str, refusal: Refused, said: Asked) -> Outcome:
    asks = {refusal.option: refusal.choices} if isinstance(refusal, Question) else None
    of = f"{name}, of which some is {said.source}: " if said.beside else ""
    return Outcome(name, error=f"{of}{refusal.reason}", todo=refusal.todo, asks=asks)


def _take_in(following: Next, row: dict, started: float) -> Outcome:
    """The staged export into the snapshot being made, and its line into the history.

    One that comes after a newer one of its instance's complete state waits for `_in_order`.
    """
    _weave_in(following, row)
    row["seconds"] = round(time.perf_counter() - started, 3)
    _write_load(following.con, row)
    outcome = _outcome(row)
    if row["record"] in ("service", "service_map"):  # it may be mended by the next load: nothing to keep
        outcome.warnings = [*outcome.warnings, *astray(following.con)]
    return outcome


def _weave_in(following: Next, row: dict) -> None:
    if _late(following, row):
        following.late.add((row["record"], row["instance"]))
    else:
        _apply(following, row)


def _outcome(row: dict) -> Outcome:
    return Outcome(**{k: v for k, v in row.items() if k in Outcome.__annotations__})


def _late(following: Next, row: dict) -> bool:
    """Whether an export of the complete state is older than one its instance holds, or follows one that is."""
    if not row["in_order"]:
        return False
    newer = following.con.execute(
        "select 1 from load where record = ? and instance = ? and withdrawn_at is null and moment > ? limit 1",
        [row["record"], row["instance"], row["moment"]],
    ).fetchall()
    return bool(newer) or (row["record"], row["instance"]) in following.late


def _in_order(
    following: Next,
    archive: Archive,
    known: dict[str, Source],
    say: Callable[[str], None],
    outcomes: list[Outcome],
    paths: dict[int, Path],
) -> None:
    """Replay the instances of the complete state that got a load older than one they hold, by the loads' moments.

    outcomes: gets what became of each then. paths: the files of loads that are not archived yet.
    """
    for record, instance in sorted(following.late):
        replayed = {
            row["load"]: row for row in _again(following, record, instance, archive, known, say, paths)
        }
        for number, outcome in enumerate(outcomes):
            if outcome.load in replayed:
                outcomes[number] = replace(_outcome(replayed[outcome.load]), seconds=outcome.seconds)
    following.late.clear()


def _again(
    following: Next,
    record: str,
    instance: str,
    archive: Archive,
    known: dict[str, Source],
    say: Callable[[str], None],
    paths: dict[int, Path] | None = None,
) -> list[dict]:
    """Empty the tables of an instance and replay its loads: their lines as they are then."""
    con = following.con
    uncorrect(con, record)
    for table in (record, f"{record}_past", f"{record}_again"):
        con.execute(f"delete from {table} where instance = ?", [instance])
    rows = [r for r in ledger(con) if (r["record"], r["instance"]) == (record, instance)]
    replayed = [r["load"] for r in rows if r["withdrawn_at"] is None]
    con.execute("delete from reject where load in (select unnest(?::integer[]))", [replayed])
    con.execute("delete from load where load in (select unnest(?))", [[r["load"] for r in rows]])
    following.whole.add(record)
    _replay(following, rows, archive, known, say, paths or {})
    following.changed.add(record)
    return rows


def _keep(
    con: duckdb.DuckDBPyConnection, archive: Archive, received: list[tuple[int, Path, tuple, Future]]
) -> None:
    """Archive what was loaded, exactly as it was read, before anything is published."""
    for load_number, file, stamp, receiving in received:
        digest, held = receiving.result()
        if _stamp(file) != stamp:
            raise NotReady(
                f"{file.name} changed while it was being read; nothing was loaded. Load it once it is written."
            )
        archive.keep(digest, held)
        con.execute("update load set hash = ?, bytes = ? where load = ?", [digest, stamp[0], load_number])


def _stamp(file: Path) -> tuple[int, int] | None:
    if not file.is_file():
        return None
    state = file.stat()
    return state.st_size, state.st_mtime_ns


def _apply(following: Next, row: dict) -> None:
    """Weave the staged export into the snapshot, write its rejects and count its rows."""
    con, split = following.con, row["split"]
    record, load, instance = row["record"], row["load"], row["instance"]
    row |= measured(con, record)
    row["warnings"] = doubts(con, row)
    row["doubtful"] = bool(row["warnings"])
    con.begin()
    put_back = uncorrect(con, record)
    held = con.execute(f"select 1 from {record} where instance = ? limit 1", [instance]).fetchall()
    if row["full"] and held:
        keep_first(con, record, instance, row["moment"])
    displace(con, row)
    counts = apply(con, record, load, row["source"], instance)
    row["closed"] = _close_absent(con, row) if row["full"] and held and not row["part"] else 0
    _write_rejects(con, row, split)
    staged, aside, rejected = con.execute(
        "select count(*), count(*) filter (set_aside), count(*) filter (rejected) from stage"
    ).fetchall()[0]
    cells = con.execute("select count(*) from reject where load = ? and not whole_row", [row["load"]])
    row |= {c: counts[c] for c in ("accepted", "unchanged", "superseded")}
    row |= {
        "rows_read": staged + len(split),
        "rejected": rejected + counts["conflict"] + len(split),
        "set_aside": aside,
        "cells_refused": cells.fetchall()[0][0],
    }
    parts = ("accepted", "unchanged", "superseded", "rejected", "set_aside")
    if row["rows_read"] != sum(row[part] for part in parts):
        raise AssertionError(f"Rows of {row['file']} do not add up: {row}")
    if (twice := counts["unchanged"]) and not held:
        rows = "1 row says" if twice == 1 else f"{twice:,} rows say"
        row["notes"] = [*row["notes"], f"{rows} what another row of the file says: counted as unchanged"]
    row["questioned"] = bool(row["warnings"]) and not row["asked"].complete
    row["warnings"] += row["lost"]
    if record == "correction":
        row["notes"] = [*row["notes"], *waiting(con, load), *left_behind(con, load)]
    con.commit()
    # What was all there already leaves its marts as they are; what a complete state or mended rows do is not told by counts.
    if counts["accepted"] or counts["superseded"] or row["full"] or row["asked"].mends or put_back:
        following.changed.add(record)
    if row["asked"].mends or put_back:
        following.whole.add(record)
    written = (
        f"select $instance || ':' || key as id from ({LISTED}{' union from gone' if row['closed'] else ''})"
    )
    following.touch(record, row["rows_read"] + row["closed"], written, {"instance": instance})


def astray(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The services to which the service map points and which the list of services does not know, where there is one."""
    rows = con.execute(
        """select service, count(*) from service_map
        where exists (from service) and lower(service) not in (select lower(name) from service)
        group by service order by service"""
    ).fetchall()
    if not rows:
        return []
    named = ", ".join(f"{service} ({count:,})" for service, count in rows[:10])
    more = f" and {len(rows) - 10:,} more" if len(rows) > 10 else ""
    return [
        f"The service map points at services that the list of services does not know: {named}{more}. What it maps to them "
        "counts under a name of its own. Mend the name in the map, or add the service to the list."
    ]


def _close_absent(con: duckdb.DuckDBPyConnection, row: dict) -> int:
    """Close what an export of the complete state covers and no longer lists, or say why nothing is closed."""
    record, instance, moment = row["record"], row["instance"], row["moment"]
    count = absent(con, record, instance)
    if not count:
        return 0
    noun = f"{count:,} open {'record' if count == 1 else 'records'} of what it covers"
    if why := _open_still(con, row):
        row["warnings"].append(f"It does not list {noun}; they stay open, since {why}.")
        return 0
    close(con, record, row["load"], instance, moment)
    row["notes"] = [*row["notes"], f"closes {noun} that it no longer lists"]
    return count


def _open_still(con: duckdb.DuckDBPyConnection, row: dict) -> str:
    """Why what an export of the complete state does not list may be open all the same; empty where it has closed."""
    if row["asked"].complete:
        return ""
    if row["doubtful"]:
        return "it may not be whole"
    unread = con.execute("select count(*) from stage where rejected and key is null").fetchall()[0][0]
    if unread + len(row["split"]):
        return (
            f"{unread + len(row['split']):,} of its rows cannot be read and may be among them. Mend them, or load it "
            "again with --complete"
        )
    other = con.execute(
        """select load, part from load
        where record = $record and instance = $instance and withdrawn_at is null
          and (moment = $moment or (part and moment between $moment - interval 1 day and $moment))
        order by part, load desc limit 1""",
        {name: row[name] for name in ("record", "instance", "moment")},
    ).fetchall()
    if other:
        ((load, part),) = other
        what = "is only a part, of the day before" if part else "is of the same moment"
        return (
            f"load {load} {what}, and this may be another part of the same export. Load it again with --complete "
            "if it is whole"
        )
    return ""


def _write_rejects(con: duckdb.DuckDBPyConnection, row: dict, split: list[tuple[str, int, str, str]]) -> None:
    """Refused rows and cells of the staged export of a load, and lines that could not be split."""
    load, tell = row["load"], TELL.format(row["record"], row["source"])
    told = " or ".join(f"starts_with(cell.reason, {literal(begin)})" for begin in NO_MEANING)
    currency, named = con.execute("select getvariable('currency'), getvariable('currency_named')").fetchall()[
        0
    ]
    convert = (CONVERT if named else NAME_OR_CONVERT).format(currency)
    con.execute(
        f"""insert into reject
        select $load, sheet, row, cell."column", cell."value", cell.reason,
          case when {told} then if(cell.required, $row_told, $cell_told)
            when starts_with(cell.reason, {literal(FOREIGN)}) then if(cell.required, $row_foreign, $cell_foreign)
            when cell.required then $row else $cell end,
          cell.required
        from (select sheet, row, rejected, unnest(bad) as cell from stage where bad is not null)
        where cell.required or not rejected order by row""",
        {
            "load": load,
            "row": MEND_ROW,
            "cell": MEND_CELL,
            "row_told": f"{WITHOUT_ROW} {tell}",
            "cell_told": f"{WITHOUT_CELL} {tell}",
            "row_foreign": f"{WITHOUT_ROW} {convert}",
            "cell_foreign": f"{WITHOUT_CELL} {convert}",
        },
    )
    con.execute(
        """insert into reject select $load, sheet, row, 'key', key, $reason, $row, true
        from stage semi join (from outcome where what = 'conflict') using (id) order by row""",
        {"load": load, "reason": CONFLICT, "row": MEND_ROW},
    )
    if split:
        con.executemany(
            "insert into reject values (?, ?, ?, null, ?, ?, ?, true)",
            [(load, sheet, row, text, reason, MEND_ROW) for sheet, row, text, reason in split],
        )


def _next_load(con: duckdb.DuckDBPyConnection) -> int:
    return con.execute("select coalesce(max(load), 0) + 1 from load").fetchall()[0][0]


def _write_load(con: duckdb.DuckDBPyConnection, row: dict) -> None:
    values = [json.dumps(row[c]) if c == "options" else row.get(c) for c in LOAD_COLUMNS]
    con.execute(f"insert into load values ({', '.join('?' * len(values))})", values)


def _publish(following: Next, archive: Archive) -> None:
    """Have the snapshot published at the end of its block, and its loads written down beside the archive."""
    loads_now = ledger(following.con)
    following.publish = lambda: archive.write_ledger(loads_now)


def check(
    file: Path,
    data: Path,
    *,
    asked: Asked = UNASKED,
    name: str | None = None,
    first: int = 20,
) -> Checked:
    """What a load of this file would do: mapping, first records, rejects and counts. Nothing is changed."""
    with trial([file], data, asked=asked, names=[name or file.name], first=first) as tried:
        return tried.checked[0]


@contextmanager
def trial(
    files: list[Path],
    data: Path,
    *,
    asked: Asked | list[Asked] = UNASKED,
    names: list[str] | None = None,
    known: dict[str, Source] | None = None,
    first: int = 20,
    say: Callable[[str], None] = _quiet,
) -> Iterator[Trial]:
    """What a load of these files, one after the other, would do; each sees those before it. Nothing is changed.

    asked, names: as for `load`. known: the sources to recognise them by, where not those of the data folder.
    """
    known = sources(data) if known is None else known
    with (
        workspace(data if data.is_dir() else Path(gettempdir())) as work,
        trial_snapshot(data, work) as following,
    ):
        checked, paths = [], {}
        for file, name, said in zip(files, _called(files, names), _each(asked, files), strict=True):
            say(f"Reading {name}.")
            tried = []
            coming = deque([said])
            while coming:
                paths[_next_load(following.con)] = file
                one, besides = _try(following, file, name, coming.popleft(), known, first)
                coming.extend(besides)
                outcomes = [one.outcome]
                _in_order(following, Archive(data), known, say, outcomes, paths)
                tried.append(_told(following.con, replace(one, outcome=outcomes[0])))
            checked.append(replace(tried[0], beside=tried[1:]))
        yield Trial(checked, following, read_settings(data), known)


def _try(
    following: Next, file: Path, name: str, asked: Asked, known: dict[str, Source], first: int
) -> tuple[Checked, list[Asked]]:
    """What a load of a file would do, and what is to be said of it for its tables of other sources."""
    started, con = time.perf_counter(), following.con
    row = {"load": _next_load(con), "file": name, "who": this_user(), "loaded_at": now(), "instance": None}
    row |= {"asked": asked, "options": asked.facts()}
    try:
        recognition = read(con, following.work, file, row, known)
    except Refused as refusal:
        return Checked(_refused(name, refusal, asked)), []
    chosen = recognition.mappings[0]
    shown = ", ".join(["row", "key", *(f'"{c}"' for c in RECORDS[chosen.source.record].columns)])
    cursor = con.execute(f"select {shown} from stage where not set_aside and not rejected limit ?", [first])
    rows = _dicts(cursor)
    seen = {c for columns in chosen.mapped.values() for c in columns} | {*chosen.unmapped}
    checked = Checked(
        _take_in(following, row, started),
        recognition.why,
        chosen.mapped,
        chosen.unmapped,
        [c for c in chosen.table.columns if c not in seen],
        chosen.table.notes,
        rows,
    )
    return checked, _besides(recognition, asked)


def _told(con: duckdb.DuckDBPyConnection, checked: Checked) -> Checked:
    """With what has become of it, which a replay may have changed: its rejects, and what is new. It is no load."""
    if (load := checked.outcome.load) is None:
        return checked
    rejected = "select * exclude (load) from reject where load = ? order by sheet, row"
    added, updated = _added_and_updated(con, load)
    return replace(
        checked,
        outcome=replace(checked.outcome, load=None),
        rejects=_dicts(con.execute(rejected, [load])),
        added=added,
        updated=updated,
    )


def _added_and_updated(con: duckdb.DuckDBPyConnection, load: int) -> tuple[int, int]:
    """How many records a load brings, and how many of those held before have another version by it."""
    (row,) = _dicts(
        con.execute("select load, record, instance, accepted, options from load where load = ?", [load])
    )
    if RECORDS[row["record"]].event:
        replaced = replacing(con, row["record"], load, json.loads(row["options"]).get("mends"))
        return row["accepted"] - replaced, replaced
    return con.execute(  # what is closed by absence stands in no row
        f"""with touched as (
          select distinct key from {row["record"]}_version
          where instance = $instance and load = $load and row is not null),
        held as (select key from {row["record"]}_version where instance = $instance and load <> $load)
        select count(*) filter (key not in (from held)), count(*) filter (key in (from held)) from touched""",
        {"instance": row["instance"], "load": row["load"]},
    ).fetchall()[0]


def _dicts(cursor: duckdb.DuckDBPyConnection) -> list[dict]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def loads(data: Path) -> list[dict]:
    """The history of loads, oldest first, withdrawn ones too."""
    _, con = open_snapshot(data)
    with con:
        return ledger(con)


def rejects(data: Path, load: int) -> list[dict]:
    """The refused rows and cells of one load."""
    _, con = open_snapshot(data)
    with con:
        _known_load(con, load)
        return _dicts(
            con.execute("select * exclude (load) from reject where load = ? order by sheet, row", [load])
        )


def _known_load(con: duckdb.DuckDBPyConnection, load: int) -> tuple:
    found = con.execute("select withdrawn_at, record, instance from load where load = ?", [load]).fetchall()
    if not found:
        raise NotReady(f"There is no load {load}; `pipelines loads` lists them.")
    return found[0]


def withdraw(
    load: int,
    data: Path,
    *,
    why: str,
    who: str | None = None,
    say: Callable[[str], None] = _quiet,
) -> str:
    """Take a load out of every number, as if it had never been loaded; its line stays, with who and why.

    The other loads of the same source instance are replayed from the archive, so what it had displaced or
    made superfluous comes back. Says why no number changes, where none does.
    """
    if not why.strip():
        raise NotReady("Say why: pipelines withdraw LOAD --why TEXT.")
    if not numbers(data):
        raise NotReady("Nothing is loaded yet.")
    who = who or this_user()
    with _following(data, who, say) as following:
        con = following.con
        withdrawn_at, record, instance = _known_load(con, load)
        if withdrawn_at is not None:
            raise NotReady(f"Load {load} was withdrawn already.")
        before = _held(con, record, instance)
        row = {"load": load, "record": record, "instance": instance}
        row |= {"withdrawn_at": now(), "withdrawn_by": who, "withdrawn_why": why}
        _withdraw(following, row, Archive(data), sources(data), say)
        following.build(read_settings(data), sources(data))
        same = _held(con, record, instance) == before
        _publish(following, Archive(data))
    return "No number changes: other loads hold all that it brought." if same else ""


def _held(con: duckdb.DuckDBPyConnection, record: str, instance: str) -> list[tuple]:
    """What a source instance says, whichever of its loads say it, and up to when."""
    said = [
        con.execute(
            f"""select count(*), sum(hash(told))
            from (select * exclude (load, "row", sequence) from {table} where instance = ?) as told""",
            [instance],
        ).fetchall()
        for table in (record, f"{record}_past")
    ]
    until = con.execute('select max("at") from as_of where record = ? and instance = ?', [record, instance])
    return [*said, until.fetchall()]


def rebuild(data: Path, *, who: str | None = None, say: Callable[[str], None] = _quiet) -> int:
    """The warehouse anew from the archived exports, in the order they were loaded: how many loads."""
    archive = Archive(data)
    with suppress(Unreadable):  # a snapshot that cannot be opened is a reason to rebuild
        outdated(data)
    with (
        workspace(data) as work,
        next_snapshot(data, who or this_user(), work, say, anew=True) as following,
    ):
        rows, rejected = _history(data, archive)
        if not rows:
            raise NotReady("There is nothing to rebuild: no load is archived.")
        if rejected:
            marks = ", ".join("?" * len(rejected[0]))
            following.con.executemany(f"insert into reject values ({marks})", rejected)
        _replay(following, rows, archive, sources(data), say, {})
        following.changed.update(RECORDS)
        following.build(read_settings(data), sources(data))
        _publish(following, archive)
    return sum(row["withdrawn_at"] is None for row in rows)


def refresh(data: Path, *, say: Callable[[str], None] = _quiet, marts: bool = True) -> None:
    """Bring a warehouse up to this version of the program and to the settings as they are now, where it is not.

    marts: make the marts anew too; a load or withdrawal does so itself.
    """
    if outdated(data):
        say(
            "The warehouse was made by an older version, or in another time zone: it is rebuilt from the archive."
        )
        rebuild(data, say=say)
    elif marts and behind(data, read_settings(data)):
        say("Settings or definitions have changed: the marts are made anew.")
        with workspace(data) as work, next_snapshot(data, this_user(), work, say) as following:
            following.build(read_settings(data), sources(data))
            following.publish = lambda: None


def _history(data: Path, archive: Archive) -> tuple[list[dict], list[tuple]]:
    """What was loaded, and the rejects of withdrawn loads, which no replay gives again.

    From the newest snapshot, or the loads alone from the archive's ledger where it cannot be opened.
    """
    try:
        _, con = open_snapshot(data)
    except NotReady:
        times = ("loaded_at", "moment", "withdrawn_at", "first_at", "last_at")
        return [
            r | {c: datetime.fromisoformat(r[c]) for c in times if r.get(c)} for r in archive.read_ledger()
        ], []
    with con:
        gone = "select load from load where withdrawn_at is not null"
        return ledger(con), con.execute(f"from reject where load in ({gone})").fetchall()


def _replay(
    following: Next,
    rows: list[dict],
    archive: Archive,
    known: dict[str, Source],
    say: Callable[[str], None],
    paths: dict[int, Path],
) -> None:
    """Apply loads again, as they were loaded, into emptied tables: in their order, or that of their moments.

    paths: the files of loads that are not in the archive yet.
    """

    def place(row: dict) -> tuple:
        full = row["source"] in known and known[row["source"]].full
        return row["record"], row["instance"], row["moment"] if full else datetime.min, row["load"]

    for row in sorted(rows, key=place):
        if row["withdrawn_at"] is None:
            say(f"Replaying {row['file']}.")
            _read_again(following, row, archive, known, _apply, paths.get(row["load"]))
        _write_load(following.con, row)


def _read_again(
    following: Next,
    row: dict,
    archive: Archive,
    known: dict[str, Source],
    take: Callable[[Next, dict], None],
    path: Path | None = None,
) -> None:
    """Read a load's export as it was read when it was loaded, and take it into the snapshot. path: where it is not archived yet."""
    if row["source"] not in known:
        raise NotReady(
            f"Load {row['load']} needs the source {row['source']}, which is gone. Put its file back."
        )
    try:
        file = path or archive.restore(row["hash"], following.work)
    except FileNotFoundError as error:
        raise NotReady(
            f"The export of load {row['load']} ({row['file']}) is missing from the archive: {error.filename}. "
            "Restore it from a backup."
        ) from error
    row["asked"] = replace(recalled(row["options"]), as_of=row["moment"], source=row["source"])
    # What a load restated when it came stays said.
    told = [note for note in row["notes"] or [] if note.startswith(SAYS)]
    read(following.con, following.work, file, row, known)
    row["notes"] += told
    take(following, row)
    if not path:
        file.unlink()


def load_again(following: Next, row: dict, archive: Archive, known: dict[str, Source]) -> None:
    """Take an export in on an earlier snapshot as it was taken in then. row: its line in the history."""
    row = row | {"withdrawn_at": None, "withdrawn_by": None, "withdrawn_why": None}
    _read_again(following, row, archive, known, _weave_in)
    _write_load(following.con, row)
    _in_order(following, archive, known, _quiet, [], {})
    following.settle()


def withdraw_again(following: Next, row: dict, archive: Archive, known: dict[str, Source]) -> None:
    """Withdraw a load on an earlier snapshot as it was withdrawn then. row: its line in the history."""
    _withdraw(following, row, archive, known, _quiet)
    following.settle()


def anew(following: Next, rows: list[dict], archive: Archive, known: dict[str, Source]) -> None:
    """Fill an empty earlier snapshot from the archive. rows: its history."""
    _replay(following, rows, archive, known, _quiet, {})
    following.changed.update(row["record"] for row in rows)
    following.settle()


def read_anew(
    following: Next, record: str, instance: str, archive: Archive, known: dict[str, Source]
) -> bool:
    """Read the exports of a source instance again, as this version of the program reads them; whether they say other things."""
    before = _held(following.con, record, instance)
    _again(following, record, instance, archive, known, _quiet)
    following.settle()
    return _held(following.con, record, instance) != before


def _withdraw(
    following: Next,
    row: dict,
    archive: Archive,
    known: dict[str, Source],
    say: Callable[[str], None],
) -> None:
    """Mark a load withdrawn, and replay its instance without it."""
    following.con.execute(
        "update load set withdrawn_at = $withdrawn_at, withdrawn_by = $withdrawn_by, withdrawn_why = $withdrawn_why where load = $load",
        {name: row[name] for name in ("withdrawn_at", "withdrawn_by", "withdrawn_why", "load")},
    )
    _again(following, row["record"], row["instance"], archive, known, say)
