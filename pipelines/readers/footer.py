"""What stands under a table's last record, totals and notes, and subtotals in it. They are no records, and nothing is wrong with them.

A row is taken for a total or a note only where it cannot well be a record: a label and numbers or counts ("Total | 8
incidents") where records hold more, numbers that add up, or a line of prose where records have several cells.
"""

import re
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from pipelines.readers.header import NUMBER, has_values

LOOKED_AT = 60  # rows at the end of a table
LONG = 100  # characters of a label
REPEATED, TOTAL, NOTE = "the header again", "a total", "a note"

# What rows are counted as, in English, German, French, Spanish, Italian, Portuguese and Dutch.
THINGS = (
    r"(rows?|records?|items?|entries|results|incidents?|tickets?|events|findings|vulnerabilities|hosts|assets"
    r"|zeilen?|einträge?|datens(ä|ae)tze?|vorf(ä|ae)lle?|vorg(ä|ae)nge?|st(ö|oe)rung(en)?|meldungen|fälle"
    r"|lignes?|enregistrements?|éléments|entrées|résultats|filas?|registros?|incidentes?|incidencias?|elementos|entradas"
    r"|resultados|righe|incidenti|elementi|risultati|linhas?|registos?|ocorrências?|itens|rijen|regels|incidenten|storingen"
    r"|meldingen)"
)
FIGURE = r"\(?\d[\d.,' ]*\)?"
COUNTS = rf"(\s*[:=,])?\s*({FIGURE}|{FIGURE}\s+{THINGS}|(?<=[:=])\s*\d[^\n]{{0,60}}|\(\d[^()\n]{{0,60}}\))?"
LABEL = re.compile(
    r"((((grand|sub|sous|zwischen|tussen|eind|end|report|overall|page|sheet|running|net)[\s-]*)?"
    r"(totals?|sums?|summen?|gesamtsummen?|totaal|totale)|count|average|avg|mean|minimum|maximum"
    r"|gesamt(ergebnis|zahl)?|insgesamt|anzahl|durchschnitt|mittelwert|total g[ée]n[ée]ral|totaux|somme|moyenne"
    r"|total general|totales|suma|promedio|total geral|totais|soma|totale generale|totali|somma|som|aantal|gemiddelde"
    r"|итого|всего|合計|総計|小計|合计|总计|小计)"
    rf"(\s+(of|de|der|di|number|count|in all|{THINGS}|d['’]{THINGS}))*"
    rf"|(number of |nombre de |nombre d['’]|número de |numero di ){THINGS}){COUNTS}",
    re.IGNORECASE,
)
SUBTOTAL = re.compile(
    rf"(sub[\s-]*totals?|zwischensummen?|sous[\s-]*total|subtotale|subtotaal|tussentotaal|小計|小计){COUNTS}",
    re.IGNORECASE,
)
COUNTED = re.compile(
    r"\(?\d[\d.,' ]*\s+((rows?|records?|items?|entries|results|lines|zeilen|datensätze)\b.*"
    rf"|{THINGS}(\s+((in|en|au|no|im) )?(total|totale|totaal|gesamt|insgesamt))?\)?)",
    re.IGNORECASE,
)
# A figure and what it counts or is in: "8 incidents", "36 h", "45.018,00 EUR", or the formula of one; and what is a date, or
# an address, all the same.
COUNT = re.compile(
    r"\(?([$€£¥]|[A-Z]{3}\b)?\s?\d[\d.,':]*(\s\d{3})*\s?([%€$£¥h]|(?<=\s)[^\W\d_].{0,60})?\)?"
    r"|=(SUM|SUBTOTAL|AGGREGATE|COUNT|AVERAGE|MIN|MAX)[A-Z]*\(.*"
)
DAY = re.compile(
    r"\d{1,2}\D{0,2}\s(de\s)?[^\W\d_]{3,}\.?,?\s(de\s)?(\d{4}|\d\d)\b|\d{1,4}\.\s?\d{1,2}\.\s?(\d{4}|\d{1,3})(?!\d)"
)
MARKED = re.compile(
    r"(\*|†|‡|©|\(c\)|--|==|\[\d\]|(foot)?notes?\b|n\.?b\.?\b|sources?:|generated\b|created (on|by|at)\b|exported\b|printed\b"
    r"|report\b.*\b(generated|run|date|end)|end of\b|\(?end\)?$|confidential|copyright|page \d|applied filters|filters?:|disclaimer"
    r"|legend|as of\b|last (updated|refreshed)|prepared by|anmerkung|hinweis|quelle|stand:|erstellt|exportiert|remarque|source :)",
    re.IGNORECASE,
)


def found(header: list[str], body: list[list[str]], whole: bool = True) -> dict[int, str]:
    """Index in `body` of each row at its end that is no record -> what it is: a total or a note.

    header, body: cells as text, "" where empty; the body may be the end of a longer one, and then whole is false:
    sums cannot be checked.
    """
    aside: dict[int, str] = {}
    end = len(body)
    while end > 0 and len(body) - end < LOOKED_AT:
        if not any(cell.strip() for cell in body[end - 1]):
            end -= 1
            continue
        start = end
        while start > 0 and any(cell.strip() for cell in body[start - 1]) and end - start < LOOKED_AT:
            start -= 1
        parted = start > 0 and not any(cell.strip() for cell in body[start - 1])
        if parted and all(_sparse(row, _usual(header, body[:start])) for row in body[start:end]):
            aside |= {at: _named(body[at]) for at in range(start, end)}
            end = start
            continue
        at = end - 1
        reason = _reason(header, body[:at], body[at], whole)
        if not reason:
            break
        aside[at] = reason
        end = at
    return aside


def within(rows: Sequence[Sequence[Any]], text: Callable[[Any], str]) -> dict[int, str]:
    """Index of each row among records that is a subtotal -> what it is: a label of one, or a total's whose numbers add
    up those since the one before, and nothing but numbers beside it in less than half of the cells."""
    aside: dict[int, str] = {}
    last = vain = 0
    for at, row in enumerate(rows):
        filled = len(row) - row.count("")
        if not 0 < filled <= max(2, len(row) // 2):
            continue
        cells = [(place, text(cell).strip()) for place, cell in enumerate(row) if cell != ""]
        (_, first), others = cells[0], cells[1:]
        if not _like(LABEL, first):
            continue
        numbers = [(place, number) for place, cell in others if (number := _number(cell)) is not None]
        subtotal = _like(SUBTOTAL, first)
        counted = subtotal and filled < len(row) and all(_counts(cell) for _, cell in others)
        if len(numbers) < len(others) and not counted:
            continue
        above = rows[max(last, at - LOOKED_AT) : at] if vain < LOOKED_AT else []
        sums = (
            _adds_up([[text(held[place])] if place < len(held) else [] for held in above], 0, n)
            for place, n in numbers
        )
        if subtotal or any(sums):
            aside[at], last = TOTAL, at + 1
        else:
            vain += 1
    return aside


def repeats(names: list[str]) -> bool:
    """Whether a row like the header is the header again, and not a record of a file without one."""
    return sum(1 for name in names if name.strip()) > 1 and not has_values(names)


def said(aside: dict[int, str]) -> list[str]:
    """What is set aside, by row number, as a note."""
    told = [f"row {row} ({reason})" for row, reason in sorted(aside.items())]
    more = f" and {len(told) - 5:,} more" if len(told) > 5 else ""
    return [f"set aside, as no records: {', '.join(told[:5])}{more}"] if told else []


def _usual(header: list[str], above: list[list[str]]) -> tuple[float, int]:
    """How many cells the records above have: half of them at least the first number, each at least the second."""
    counts = [n for row in above[-200:] if (n := sum(1 for cell in row if cell.strip()))]
    counts = counts or [sum(1 for cell in header if cell.strip())]
    return median(counts), min(counts)


def _sparse(row: list[str], usual: tuple[float, int]) -> bool:
    """Whether a row parted from the records by a blank one has far fewer cells than any of them."""
    cells = [cell.strip() for cell in row if cell.strip()]
    if len(cells) == 1:
        return usual[1] > 1
    named = cells[0].endswith(":") or MARKED.match(cells[0]) or _like(LABEL, cells[0])
    return bool(named) and len(cells) < usual[1] and len(cells) <= max(2, usual[0] / 2)


def _named(row: list[str]) -> str:
    first = next(cell.strip() for cell in row if cell.strip())
    return TOTAL if _like(LABEL, first) or _like(COUNTED, first) else NOTE


def _reason(header: list[str], above: list[list[str]], row: list[str], whole: bool) -> str | None:
    cells = [(place, cell.strip()) for place, cell in enumerate(row) if cell.strip()]
    half, fewest = _usual(header, above)
    (_, first), others = cells[0], cells[1:]
    if len(cells) == 1 and fewest > 1 and not NUMBER.fullmatch(first):
        if _like(LABEL, first) or _like(COUNTED, first):
            return TOTAL
        return NOTE if MARKED.match(first) or len(first.split()) > 3 else None
    labelled = _like(LABEL, first)
    numbers = [(place, number) for place, cell in cells if (number := _number(cell)) is not None]
    if (
        labelled
        and others
        and all(_counts(cell) for _, cell in others)
        and len(cells) < max(fewest, 0.8 * half)
    ):
        return TOTAL
    bare = len(numbers) == len(cells) < fewest
    if whole and numbers and len(numbers) >= len(cells) - 1 and (labelled or bare):
        return TOTAL if len(above) > 1 and any(_adds_up(above, *one) for one in numbers) else None
    return None


def _like(pattern: re.Pattern, cell: str) -> bool:
    """Whether a cell matches a pattern; a long one is prose, and would take long."""
    return len(cell) <= LONG and bool(pattern.fullmatch(cell))


def _counts(cell: str) -> bool:
    """Whether a cell is a number, or a figure and what it counts, and no date."""
    return (_like(NUMBER, cell) or _like(COUNT, cell)) and not DAY.match(cell)


def _adds_up(above: list[list[str]], place: int, total: float) -> bool:
    """Whether a number is the sum of two or more in its column."""
    held = [n for row in above if place < len(row) and (n := _number(row[place].strip())) is not None]
    return sum(1 for n in held if n) > 1 and abs(sum(held) - total) <= 0.005 * max(1.0, len(held) ** 0.5)


def _number(cell: str) -> float | None:
    if not NUMBER.fullmatch(cell):
        return None
    bare = re.sub(r"[$€£%' ]", "", cell)
    comma, point = bare.rfind(","), bare.rfind(".")
    if comma > point and len(bare) - comma != 4:
        bare = bare.replace(".", "").replace(",", ".")
    try:
        return float(bare.replace(",", ""))
    except ValueError:
        return 0.0  # a number in a style of its own: it can add up to nothing
