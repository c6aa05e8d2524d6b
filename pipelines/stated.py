"""The moment that an export states above its table: by the patterns of its source, else in the words that lists have for it."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import duckdb

from pipelines.dates import home, macros
from pipelines.readers.table import cut
from pipelines.records import RECORDS
from pipelines.source import Mapping, Recognition, Source

# In English, German, French, Spanish, Italian, Portuguese and Dutch.
SAID = r"""
(?:(?:data|status|figures)\s+)?as\s+(?:of|at) | (?:report|export|extraction|generation|creation|print|run|snapshot)\s+date
| date\s+(?:of\s+(?:the\s+)?(?:report|export)|generated|exported|created) | snapshot
| (?:(?:report|list|data|last)\s+)?(?:generated|created|exported|extracted|printed|produced|downloaded|updated|refreshed)
  (?:\s+by\s+[^\d|:]{1,40}?)?(?:\s+(?:on|at))?
| (?:daten)?stand(?:\s+(?:der\s+daten|vom|am|per))? | stichtag | (?:berichts|export|druck|erstellungs)datum
| (?:erstellt|erzeugt|exportiert|abgerufen|gedruckt|ausgewertet|aktualisiert)(?:\s+am)? | (?:export|bericht|auswertung)\s+vom
| (?:état|situation|arrêté|données)\s+au | date\s+(?:du\s+rapport|d['’](?:édition|extraction|export))
| (?:généré|créé|exporté|extrait|édité|imprimé|mis\s+à\s+jour)\s+le
| (?:a|con)\s+fecha\s+de | datos\s+a | fecha\s+(?:del?\s+(?:informe|exportación|corte)) | (?:generado|creado|exportado|actualizado)\s+el
| (?:situazione|dati|aggiornato)\s+al | data\s+(?:del\s+report|di\s+esportazione) | (?:generato|creato|esportato|estratto)\s+il
| (?:posição|gerado|criado|exportado|atualizado)\s+em | data\s+(?:do\s+relatório|de\s+exportação)
| peildatum | stand\s+op | rapportdatum | (?:gegenereerd|aangemaakt|geëxporteerd|bijgewerkt)\s+op
"""
# It begins a cell or what follows a mark, or comes behind what the list is called: "Incident report as of …".
BEFORE = r"(?:^|[|;,(:–—-]\s*|\w*(?:lists?|liste|reports?|bericht|export|übersicht|overview|register|lista|elenco|lijst)\s+)"
# What stands before the day of something else: what the list was filtered by, or the form that it is kept in.
OTHER = r"""
filter | filtr[eo]\b | filtrad | filtrat | \b(?:search|query|criteria|where|suche|kriteri|recherche|critère|consulta|búsqueda|ricerca|zoek)
| \b(?:templates?|forms?|version|v\d|rev(?:ision)?|formular|vorlage|muster|formulaire|modèle|révision|plantilla|formulario|versión|modello|modulo
  |versione|modelo|formulário|versão|sjabloon|formulier|versie)\b
"""
NAME = r"[^\W\d_]{3,10}"
DAY = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\ ?\d{{1,2}}[-/.]\ ?(?:\d{{4}}|\d\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th|\.|er|º)?[-\ ]?(?:de\ )?{NAME}\.?,?[-\ ](?:de\ )?\d{{4}}"
    rf"|{NAME}\.?\ \d{{1,2}}(?:st|nd|rd|th)?,?\ \d{{4}})(?!\d)"
)
CLOCK = (
    r"(?:(?:\ ?T\ ?|,?\ (?:um\ |at\ |a\ las\ |a\ )?|\ -\ )\d{1,2}[:.h]\d\d(?::\d\d(?:[.,]\d+)?)?"
    r"(?:\ ?[ap]\.?m\.?)?(?:\ Uhr)?(?:\ ?(?:Z|(?:UTC|GMT)?\ ?[+-]\d\d?:?\d\d|[A-Z]{3,4}\b))?(?![.\d]))?"
)
WEEKDAY = rf"(?:{NAME}\.?,\ )?"
# Compiled where a line is looked at first: it takes 10 ms.
STATED = rf"{BEFORE}(?:{SAID})(?!\w)[\s|:=.–-]*{WEEKDAY}(?P<date>(?:{DAY}){CLOCK})(?P<rest>.*)$"
MORE = rf"\d{{1,2}}[-/.]\ ?\d{{1,2}}|{DAY}"  # from one day to another
MIDNIGHT = r"[ T]0?0:00(:00(\.0+)?)?$"
LOOSELY = re.IGNORECASE | re.VERBOSE
LONG = 300  # characters of a line that is looked at


def patterned(con: duckdb.DuckDBPyConnection, recognition: Recognition) -> datetime | None:
    """The moment by the patterns of the source; in figures, in the file's order."""
    source = recognition.source
    for pattern in source.stated:
        for mapping in recognition.mappings:
            lines = [" ".join(cell for cell in line if cell) for line in mapping.table.preamble]
            for written in re.findall(pattern, "\n".join(lines)):
                moment = con.execute("select time_of(?)", [written]).fetchall()[0][0]
                if moment:
                    return moment
    return None


def worded(
    con: duckdb.DuckDBPyConnection, recognition: Recognition, usable: str, order: str | None, now: datetime
) -> tuple[datetime | None, str]:
    """The moment that a line such as “Stand: 12.11.2026” states, of a day as much as is over by now; and the line.

    No moment where lines state several days, where something that the export tells of happened later, and where day and
    month could be either: neither what is known of the export's order nor the date itself says it, nor that one of the
    two has not come yet. usable: SQL from which the rows that can be used are selected.
    """
    found = [
        (mapping, *line, written) for mapping in recognition.mappings for *line, written in _lines(mapping)
    ]
    if not found:
        return None, ""
    told: list[dict[str, datetime]] = [{} for _ in found]
    here = home(con)
    for way in ("dmy", "mdy"):
        con.execute(*macros(recognition.source.timezone, way, home=here, names=("end_of",)))
        for at, (*_, written) in enumerate(found):
            if moment := con.execute("select end_of(?)", [written]).fetchall()[0][0]:
                told[at][way] = moment

    def day(moment: datetime) -> date:
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(here)).date()

    settled = [_settled(ways, order, lambda moment: day(moment) <= day(now)) for ways in told]
    wrong = (
        None in settled
        or len({*map(day, settled)}) > 1
        or _later(con, usable, recognition.source, min(settled), now)
    )
    at = 0 if wrong else settled.index(min(settled))
    mapping, row, line, _ = found[at]
    sheet = f'sheet "{cut(mapping.table.name)}", ' if len(recognition.mappings) > 1 else ""
    where = f"{sheet}row {row}: {cut(line)!r}"
    return (None, where) if wrong else (min(settled[at], now), f"as of {day(settled[at])}, from {where}")


def _settled(
    ways: dict[str, datetime], order: str | None, has_come: Callable[[datetime], bool]
) -> datetime | None:
    """The one reading that a date has."""
    if len({*ways.values()}) > 1:
        ways = {way: read for way, read in ways.items() if (way == order if order else has_come(read))}
    likely = {*ways.values()}
    return next(filter(has_come, likely), None) if len(likely) == 1 else None


def _lines(mapping: Mapping) -> Iterator[tuple[int, str, str]]:
    """The lines above a table that state a moment: their rows, what they say, and the date as it is written."""
    for row, cells in enumerate(mapping.table.preamble, 1):
        line = " | ".join(" ".join(cell.split()) for cell in cells if cell.strip())
        found = re.search(STATED, line, LOOSELY) if len(line) <= LONG else None
        if not found or re.search(MORE, found["rest"], LOOSELY):
            continue
        if not re.search(OTHER, f"{line[: found.start('date')]} {found['rest'][:20]}", LOOSELY):
            yield row, line.replace(" | ", " "), re.sub(MIDNIGHT, "", found["date"])


def _later(
    con: duckdb.DuckDBPyConnection, usable: str, source: Source, moment: datetime, now: datetime
) -> bool:
    """Whether something that an export tells of had happened only after a moment: then it was not made at it."""
    record = RECORDS[source.record]
    placed = record.placed_by
    if not placed or record.columns[placed].ends:  # what is planned lies after it
        return False
    newest = con.execute(f"select max({placed}) {usable} and {placed} <= $now", {"now": now}).fetchall()[0][0]
    return newest is not None and newest > moment
