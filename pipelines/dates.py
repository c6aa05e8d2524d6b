"""Dates and times as exports write them, read in SQL: every style that has one meaning, in one macro.

`time_of(text)` gives the moment in UTC, null where there is none. Where day and month stand in figures, their order
is settled for the whole file before (see `order`); a zone in the text holds, else that of the source. A date without a
time of day is a day of the organisation, whatever the zone of its source: its first moment, or its last (`end_of`).
"""

import re
from collections.abc import Collection
from datetime import datetime

import duckdb

from pipelines.readers.table import literal

EXAMPLE = datetime(2026, 12, 31, 14, 5)
EARLIEST, LATEST = "timestamp '1970-01-02'", "timestamp '2100-01-01'"
BEYOND = "outside of the time that is read, which is 1970-01-02 to 2099-12-31"
EITHER = "either"  # an order for a first look: whichever fits, where nothing is kept of it

# In English, German, French, Spanish, Italian, Portuguese and Dutch, without accents; no name has two meanings.
MONTHS = """
1 jan january januar janv janvier ene enero gen gennaio janeiro januari
2 feb february februar fev fevr fevrier febrero febbraio fevereiro februari
3 mar march mrz marz maerz mars marzo marco mrt maart
4 apr april avr avril abr abril aprile
5 may mai mayo mag maggio maio mei
6 jun june juni juin junio giu giugno junho
7 jul july juli juil juillet julio lug luglio julho
8 aug august aout ago agosto augustus
9 sep sept september septembre septiembre set settembre setembro
10 oct october okt oktober octobre octubre ott ottobre out outubro
11 nov november novembre noviembre novembro
12 dec december dez dezember decembre dic diciembre dicembre dezembro
"""
# Minutes east of UTC. What several countries use for zones of their own (CST, IST, BST, AST, MST) is not here.
ZONES = {
    **dict.fromkeys(("z", "utc", "gmt", "ut", "wet"), 0),
    **dict.fromkeys(("cet", "mez", "west"), 60),
    **dict.fromkeys(("cest", "mesz", "eet", "sast"), 120),
    **dict.fromkeys(("eest", "msk"), 180),
    **dict.fromkeys(("hkt", "sgt", "awst"), 480),
    **dict.fromkeys(("jst", "kst"), 540),
    **{"acst": 570, "aest": 600, "acdt": 630, "aedt": 660, "nzst": 720, "nzdt": 780},
    **{"edt": -240, "est": -300, "cdt": -300, "mdt": -360, "pdt": -420, "pst": -480, "akdt": -480},
    **{"akst": -540, "hst": -600},
}
BLANKS = "[\\s\x1f\u00a0\u2007\u2009\u202f]+"

NAMED_ZONE = r"[a-z]{1,5}|[a-z_]+/[a-z0-9_/+-]+"
OFFSET = r"(?:utc|gmt|ut)? ?[+-]\d{1,2}(?::?\d\d)?"
CLOCK = r"(\d{1,2})[:.h](\d\d)(?:[:.](\d\d)(?:[.,:](\d{1,9}))?)?(?: ?([ap])\.? ?m\.?)?(?: uhr)?"
DAY = r"(\d{1,2})(?:st|nd|rd|th|\.|er|º)?"
MONTH = r"([a-z]{3,10})\.?"
YEAR = r"(\d{4}|\d\d)"
PART, FIGURE_PART = r"[-/., ]{1,2}", r"(?:[-/.] ?| )"
WRITTEN = (
    r"^(?:(?:[a-z]{2,12}\.?,? )?"
    rf"(?:(\d{{4}}){PART}(?:(\d{{1,2}})|{MONTH}){PART}(\d{{1,2}})"
    rf"|{DAY}(?: de |[-/., ]{{0,2}}){MONTH}(?: de |[-/., ]{{0,2}}){YEAR}"
    rf"|{MONTH}{PART}{DAY}{PART}{YEAR}"
    rf"|(\d{{1,2}}){FIGURE_PART}(\d{{1,2}}){FIGURE_PART}{YEAR}))"
    rf"(?:(?:,? ?@ ?| ?t ?|,? at |,? a las |,? um |,? a |,? | - ){CLOCK})?"
    rf"(?: ?[\[(]?({OFFSET}|{NAMED_ZONE})[\])]?)?(?: ?[\[(][^\[\]()]*[\])])?$"
)
GROUPS = (
    "y1",
    "m1",
    "b1",
    "d1",
    "d2",
    "b2",
    "y2",
    "b3",
    "d3",
    "y3",
    "f1",
    "f2",
    "y4",
    "h",
    "mi",
    "s",
    "f",
    "ap",
    "z",
)
LETTER = r"[a-zA-Z\x{80}-\x{10ffff}]"  # of any script; \pL{2,12} takes 18 ms to prepare, this next to nothing
FIGURES = rf"^\s*(?:{LETTER}{{2,12}}\.?,? )?(\d{{1,2}}){FIGURE_PART}(\d{{1,2}}){FIGURE_PART}(?:\d{{4}}|\d\d)(?:[ ,@Tt].*)?$"
YEAR_FIRST = (
    r"^\s*\d\d-\d\d-(?:0[1-9]|[12]\d|3[01])(?:[ ,@Tt].*)?$"  # 25-11-28 is written so, and as a day first
)
# Rewritten before they are read: date(1) and ctime, East Asian dates, ISO without separators, dates of old JSON.
REWRITTEN = (
    (
        rf"^(?:[a-z]{{2,12}},? )?([a-z]{{3,10}}) (\d{{1,2}}) (\d{{1,2}}:\d\d(?::\d\d)?(?:\.\d+)?)"
        rf"((?: (?:{OFFSET}|{NAMED_ZONE}))?) (\d{{4}})$",
        r"\1 \2 \5 \3\4",
    ),
    (r"^(\d{4})年(\d{1,2})月(\d{1,2})日", r"\1-\2-\3"),
    (
        r"^((?:19|20)\d\d)(\d\d)(\d\d)[t ]?(\d\d)(\d\d)(\d\d)?((?:[.,]\d+)? ?(?:z|[+-]\d\d:?\d\d)?)$",
        r"\1-\2-\3 \4:\5:\6\7",
    ),
    (r"^(\d{4}-\d\d-\d\d \d\d:\d\d):( ?[z+-]|$)", r"\1\2"),
    (r"^/date\((\d+)([+-]\d{4})?\)/$", r"\1"),
)


def quick(text: str, order: str | None, zone: str, home: str, ends: bool = False) -> str:
    """SQL for the styles that most exports write, null for all others: a tenth of the time of the macro.

    strptime is quick where it fits and slow where it does not, so the text's length and marks decide what is tried.
    home, ends: of a date without a time of day, as for `whole_day`.
    """
    figures = {"dmy": "%d/%m/%Y %H:%M", "mdy": "%m/%d/%Y %H:%M"}.get(order or "")

    def fits(length: int, marks: dict[int, str], style: str, of: str = zone) -> str:
        met = [
            f"strlen({text}) = {length}",
            *(f"{text}[{place}] = '{mark}'" for place, mark in marks.items()),
        ]
        read = f"try_strptime({text}, {literal(style)})"
        return f"when {' and '.join(met)} then {local(read, of) if '%H' in style else whole_day(read, home, ends)}"

    cases = [
        fits(19, {5: "-"}, "%Y-%m-%d %H:%M:%S"),
        fits(20, {5: "-", 11: "T", 20: "Z"}, "%Y-%m-%dT%H:%M:%SZ", "UTC"),
        fits(10, {5: "-", 8: "-"}, "%Y-%m-%d"),
        fits(24, {5: "-", 11: "T", 24: "Z"}, "%Y-%m-%dT%H:%M:%S.%fZ", "UTC"),
    ]
    cases += [fits(16, {3: "/", 11: " "}, figures)] if figures else []
    return f"case {' '.join(cases)} end"


def at_midnight(text: str) -> str:
    """SQL condition: a text that states midnight and no zone, as tools write a date that they keep as a time."""
    figures = f"contains({text}, ':') and rtrim({text}, '0:.')[-1] in (' ', 'T')"
    return f"(({figures}) or ends_with({text}, ' 12:00:00 AM') or ends_with({text}, ' 12:00 AM'))"


def without_midnight(text: str) -> str:
    """SQL: the date of such a text, any other as it stands."""
    date = (
        f"rtrim(rtrim(if(ends_with({text}, ' AM'), {text}[:strpos({text}, ' 12:00')], {text}), '0:.'), ' T')"
    )
    return f"case when {at_midnight(text)} then {date} else {text} end"


def beyond(text: str) -> str:
    """SQL condition: a text that is written like a date, of a year that is not read."""
    written = rf"^\D{{0,12}}(?:(\d{{4}})[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}\D{{1,2}}(?:\d{{1,2}}|{LETTER}{{3,10}})\D{{1,2}}(\d{{4}}))(?:\D|$)"
    year = f"try_cast(list_transform([regexp_extract({text}, {literal(written)}, ['a', 'b'])], lambda r: r.a || r.b)[1] as integer)"
    return f"coalesce({year} not between 1970 and 2099, false) or starts_with({text}, '1970-01-01')"


def written_order(date: str) -> str:
    """The order of day and month in figures of a format of strptime; "" where it has none that could be mistaken."""
    found = re.match(r"%([dm])[-/. ]+%([dm])[-/. ]+%[yY]", date)
    return "" if not found or found[1] == found[2] else "dmy" if found[1] == "d" else "mdy"


def macros(
    zone: str,
    order: str | None,
    since: int = 1900,
    home: str = "UTC",
    names: Collection[str] = ("time_of", "end_of", "day_of"),
) -> list[str]:
    """The statements that make the macros of one load, as far as they are named.

    time_of: the moment in UTC, of a day its first. end_of: the same, of a day its last. day_of: the date as it is written.
    zone: of times that state none. home: of dates without a time. order: dmy, mdy, EITHER, or None where it is not
    settled: then dates in figures are null. since: 1904 where a workbook counts its days from there.
    """
    clean = f"lower(strip_accents(trim(regexp_replace(written, {literal(BLANKS)}, ' ', 'g'))))"
    for pattern, text in REWRITTEN:
        clean = f"regexp_replace({clean}, {literal(pattern)}, {literal(text)})"
    groups = ", ".join(map(literal, GROUPS))
    serial = rf"^(\d{{5}}(?:[.,]\d+)?)(?: ({OFFSET}|{NAMED_ZONE}))?$"
    # What is found is a struct: n, the moment as it is written, z, its zone, and d, whether it is a date without a time.
    found = f"""list_transform([{clean}], lambda v:
        case when v is null then null
          when regexp_matches(v, {literal(serial)}) then list_transform(
            [regexp_extract(v, {literal(serial)}, ['v', 'z'])],
            lambda r: {{n: {_serial("r.v", since)}, z: r.z, d: not regexp_matches(r.v, '[.,]')}})[1]
          when regexp_matches(v, '^\\d+([.,]\\d+)?$') then {_counted("replace(v, ',', '.')")}
          when regexp_matches(v, '^\\d{{14}}\\.\\d{{6}}[+-]\\d{{3}}$')  -- of WMI
            then {{n: try_strptime(v[:14], '%Y%m%d%H%M%S') - to_minutes(try_cast(v[22:] as integer)), z: 'z', d: false}}
          else list_transform([regexp_extract(v, {literal(WRITTEN)}, [{groups}])], lambda r:
            {{n: {_naive(order)}, z: r.z, d: r.h = ''}})[1] end)"""
    zoned = f"list_transform({found}, lambda w: {{m: {_zoned(zone)}, n: w.n, d: w.d}})"
    given = {
        "time_of": f"case when r.m is not null and r.d then {whole_day('r.n', home)} else r.m end",
        "end_of": f"case when r.m is not null and r.d then {whole_day('r.n', home, True)} else r.m end",
        "day_of": "case when r.m is not null then r.n end",
    }
    read = {name: f"list_transform({zoned}, lambda r: {sql})[1]" for name, sql in given.items()}
    for name in ("time_of", "end_of"):
        read[name] = f"coalesce({quick('written', order, zone, home, name == 'end_of')}, {read[name]})"
    return [
        f"""create or replace temp macro {name}(written) as list_transform([{sql}],
        lambda m: case when m between {EARLIEST} and {LATEST} then m end)[1]{"::date" if name == "day_of" else ""}"""
        for name, sql in read.items()
        if name in names
    ]


def day_at() -> str:
    """The statement that makes the macro day_at: the text of a date and that of a time of day, which stand in two columns,
    as the text of one time. The time may be one of a workbook (a share of a day, or a time on the first day it knows),
    0830, or 8 am; where there is none, nothing is made up: there is no time."""
    first = r"^(?:1899-12-3[01]|1900-01-0[01]|1904-01-0[12])[T ]"
    share = "try_cast(replace(c, ',', '.') as double)"
    cleaned = rf"""list_transform([regexp_replace(trim(clock), '{first}', '')], lambda c: case
          when regexp_matches(c, '^(?:0|0?[.,]\d+)$') then strftime(timestamp '2000-01-01' + to_seconds(least(round({share} * 86400), 86399)), '%H:%M:%S')
          when regexp_matches(c, '^\d{{3,4}}$') then regexp_replace(c, '(\d\d)$', ':\1')
          else regexp_replace(c, '^(\d{{1,2}}) ?([apAP]\.?[mM]\.?)$', '\1:00 \2') end)[1]"""
    return f"""create or replace temp macro day_at(day, clock) as list_transform([trim(day)], lambda d:
          case when trim(clock) <> '' then ({without_midnight("d")}) || ' ' || {cleaned} end)[1]"""


def end_at(zone: str) -> str:
    """The statement that makes the macro end_at: the same of an end, which of the start's date may be the next day: 01:15 after
    23:30. It reads through time_of. zone: of the times."""
    moment, began = "time_of(day_at(day, clock))", "time_of(start)"
    next_day = local(f"(timezone({literal(zone)}, {moment} at time zone 'UTC') + interval 1 day)", zone)
    return f"""create or replace temp macro end_at(start, day, clock) as
        case when {moment} < {began} then strftime({next_day}, '%Y-%m-%dT%H:%M:%S.%gZ') else day_at(day, clock) end"""


def time_after() -> str:
    """The statement that makes the macro time_after: the text of the time, in UTC, that lies as long after another as is
    written; unit: of plain numbers (1,234 and 1.234 are none that can be told). What is no duration, or one of centuries,
    remains, and is refused as a time. It reads through time_of and seconds_of."""
    plain = r"^(?:\d+(?:[.,](?:\d{1,2}|\d{4,}))?|0[.,]\d+)$"
    figures = r"^[\d.,]+$"
    amount = f"""case when regexp_matches(trim(lasted), '{plain}') then case when unit <> '' then trim(lasted) || ' ' || unit end
            when not regexp_matches(trim(lasted), '{figures}') then lasted end"""
    moment = f"""time_of(start) + list_transform([seconds_of({amount})],
            lambda s: case when s < 1e10 then to_microseconds((s * 1000000)::bigint) end)[1]"""
    return f"""create or replace temp macro time_after(start, lasted, unit) as
        coalesce(strftime({moment}, '%Y-%m-%dT%H:%M:%S.%gZ'), lasted)"""


def _serial(v: str, since: int) -> str:
    """Days of a workbook."""
    origin = "timestamp '1904-01-01'" if since == 1904 else "timestamp '1899-12-30'"
    number = f"try_cast(replace({v}, ',', '.') as double)"
    return f"""case when {number} between 20000 and 80000
            then {origin} + to_microseconds((round({number} * 86400000) * 1000)::bigint) end"""


def _counted(v: str) -> str:
    """A bare number: a date without separators, or seconds since 1970 and their fractions."""
    number, whole = f"try_cast({v} as double)", f"split_part({v}, '.', 1)"
    return f"""{{n: case len({whole})
        when 8 then case when len({v}) = 8 then try_strptime({v}, '%Y%m%d') end
        when 9 then make_timestamp((round({number} * 1000) * 1000)::bigint)
        when 10 then make_timestamp((round({number} * 1000) * 1000)::bigint)
        when 13 then make_timestamp(round({number} * 1000)::bigint)
        when 16 then make_timestamp(try_cast({whole} as bigint))
        when 18 then case when {v}[1] = '1'  -- of Windows, in 100 ns since 1601
          then make_timestamp(try_cast({v}[:17] as bigint) - 11644473600000000) end
        when 19 then make_timestamp(try_cast({v}[:16] as bigint)) end,
        z: if(len({whole}) = 8, '', 'z'), d: len({whole}) = 8}}"""


def _naive(order: str | None) -> str:
    """The moment that the groups of WRITTEN give, before any zone."""
    months = [(name, line.split()[0]) for line in MONTHS.strip().splitlines() for name in line.split()[1:]]
    day, month = {
        "dmy": ("r.f1", "r.f2"),
        "mdy": ("r.f2", "r.f1"),
        EITHER: (
            "if(try_cast(r.f2 as integer) > 12, r.f2, r.f1)",
            "if(try_cast(r.f2 as integer) > 12, r.f1, r.f2)",
        ),
    }.get(order or "", ("null", "null"))
    year = "r.y1 || r.y2 || r.y3 || r.y4"
    last = "r.h = '24' and rtrim(r.mi || r.s || r.f, '0') = '' and r.ap = ''"  # the end of the day (ISO 8601)
    hour = f"""case when {last} then '0' when r.ap = '' then r.h when r.h::integer > if(r.ap = 'a', 12, 23) then 'none'
          else (r.h::integer % 12 + if(r.ap = 'p', 12, 0))::varchar end"""
    return f"""try_strptime(concat(
          case when len({year}) = 2 then if({year} < '70', '20', '19') end, {year}, '-',
          case when r.f1 <> '' then {month} when r.m1 <> '' then r.m1 else {looked_up("r.b1 || r.b2 || r.b3", months)} end, '-',
          case when r.f1 <> '' then {day} else r.d1 || r.d2 || r.d3 end,
          ' ', if(r.h = '', '0:0', {hour} || ':' || r.mi), ':', if(r.s = '', '0', r.s), '.', rpad(r.f[:6], 6, '0')),
          '%Y-%m-%d %H:%M:%S.%f') + to_days(if({last}, 1, 0))"""


def looked_up(name: str, among: list[tuple[str, object]]) -> str:
    """What stands for a name, as text, '' for an unknown one: in one string, since a map literal takes long to bind."""
    told = "|" + "|".join(f"{known}:{value}" for known, value in among) + "|"
    return f"split_part(split_part({literal(told)}, '|' || {name} || ':', 2), '|', 1)"


def _zoned(zone: str) -> str:
    """The moment in UTC: by the zone that the text states, else that of the source; an unknown zone gives none."""
    zones = looked_up("w.z", [*ZONES.items()])
    offset = "regexp_extract(w.z, '([+-])(\\d{1,2}):?(\\d\\d)?$', ['sign', 'hours', 'minutes'])"
    return f"""case
          when w.z = '' then {local("w.n", zone)}
          when regexp_matches(w.z, '[+-]\\d') then list_transform([{offset}], lambda o:
            w.n - to_minutes(if(o.sign = '-', -1, 1) * (o.hours::integer * 60 + if(o.minutes = '', 0, o.minutes::integer))))[1]
          when contains(w.z, '/')
            then try_cast(strftime(w.n, '%Y-%m-%d %H:%M:%S.%f ') || w.z as timestamptz) at time zone 'UTC'
          else w.n - to_minutes(try_cast({zones} as integer)) end"""


def local(naive: str, zone: str) -> str:
    """SQL that gives the UTC of a time of day in a zone."""
    return naive if zone == "UTC" else f"(timezone({literal(zone)}, {naive}) at time zone 'UTC')"


def whole_day(date: str, home: str, ends: bool = False) -> str:
    """SQL that gives the UTC of a day's first moment in the organisation's zone, or of its last."""
    return local(f"({date} + (interval 1 day - interval 1 microsecond))" if ends else date, home)


def home(con: duckdb.DuckDBPyConnection) -> str:
    """The organisation's time zone, as the snapshot that is being made was told it."""
    return con.execute("select coalesce(getvariable('timezone'), 'UTC')").fetchall()[0][0]
