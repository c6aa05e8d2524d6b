"""Durations and yes or no as exports write them, read in SQL.

`seconds_of(text)` is a macro for [compute]; null where the text is none. Numbers themselves are in `amounts`.
"""

from pipelines.dates import BLANKS, looked_up
from pipelines.readers.table import literal

# In English, German, French, Spanish, Italian, Portuguese, Dutch and others; no word here has two meanings.
YES = "true t yes y 1 1.0 on x ja j wahr oui vrai si sí s sim verdadero verdadeiro vero waar tak ano igen kyllä да はい 是 ✓ ✔ ☑"
NO = "false f no n 0 0.0 off nein falsch non faux falso não nao nee onwaar nie ne nem ei нет いいえ 否 ✗ ✘ ☐"

# Seconds of a unit, by its names in English, German, French, Spanish, Italian, Portuguese and Dutch.
UNITS = {
    604800: "w wk wks week weeks woche wochen semaine semaines semana semanas settimana settimane weken",
    86400: "d day days tag tage tagen jour jours dia dias día días giorno giorni dag dagen",
    3600: "h hr hrs hour hours std stunde stunden heure heures hora horas ora ore uur uren",
    60: "m min mins minute minutes minuten minuto minutos minuti minuut",
    1: "s sec secs second seconds sek sekunde sekunden seconde secondes segundo segundos secondo secondi seconden",
    0.001: "ms msec millisecond milliseconds",
}
# No figure that may be thousands or a fraction, such as 1,234 or 1.234.
AMOUNT = r"(?:0[.,]\d+|\d{4,}[.,]\d+|\d+(?:[.,](?:\d{4,}|\d{1,2}))?)"
UNIT = r"[a-zíáà]+"


def macros() -> list[str]:
    """The statements that make the macros."""
    units = [(name, seconds) for seconds, names in UNITS.items() for name in names.split()]
    clean = f"lower(trim(regexp_replace(written, {literal(BLANKS)}, ' ', 'g')))"
    iso = r"^p(?:([\d.,]+)w)?(?:([\d.,]+)d)?(?:t(?:([\d.,]+)h)?(?:([\d.,]+)m)?(?:([\d.,]+)s)?)?$"
    # 1:04:35, 2649:58:45, 3 days 04:00, 3 days, 4:05:06.5, 1.04:35:00; without days or seconds it could be either
    days = r"(?:(\d+)(?: ?(?:d|days?|tage?n?|jours?|d[ií]as?|giorn[oi]|dag|dagen),? ?|\.))?"
    clock = rf"^{days}(\d+):([0-5]\d)(?::([0-5]\d(?:[.,]\d+)?))?$"
    worded = rf"^(?:{AMOUNT} ?{UNIT}\.?(?:,? (?:and|und|et|y|e|en) |, ?| )?)+$"
    amount = f"try_cast(replace(regexp_extract(part, {literal(AMOUNT)}), ',', '.') as double)"
    unit = f"try_cast({looked_up(f'regexp_extract(part, {literal(UNIT)})', units)} as double)"
    return [
        f"""create or replace temp macro seconds_of(written) as list_transform([{clean}], lambda v: case
          when regexp_matches(v, '^\\d+(\\.\\d+|,\\d{{1,2}}|,\\d{{4,}})?$') then {_figure("v")}
          when regexp_matches(v, '^p[^p]*\\d[wdhms]$') then {_summed(iso, "wdhms")}
          when regexp_matches(v, {literal(clock)}) then {_summed(clock, "dhms", "(r.d <> '' or r.s <> '')")}
          when regexp_matches(v, {literal(worded)}) then list_transform([list_transform(
            regexp_extract_all(v, {literal(f"{AMOUNT} ?{UNIT}")}), lambda part: {amount} * {unit})],
            lambda parts: if(list_count(parts) = len(parts), list_sum(parts), null))[1]
          end)[1]"""
    ]


def _figure(text: str) -> str:
    return f"try_cast(replace({text}, ',', '.') as double)"


def _summed(pattern: str, units: str, condition: str = "true") -> str:
    """The seconds of the amounts that the groups of a pattern hold."""
    seconds = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
    names = ", ".join(literal(unit) for unit in units)
    amounts = " + ".join(f"coalesce({_figure(f'r.{unit}')}, 0) * {seconds[unit]}" for unit in units)
    return f"""list_transform([regexp_extract(v, {literal(pattern)}, [{names}])], lambda r:
            case when {condition} and len(concat({", ".join(f"r.{unit}" for unit in units)})) > 0 then {amounts} end)[1]"""
