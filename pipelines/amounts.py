"""Numbers as people and tools of any country write them, read in SQL: `1.234,56 €`, `(1'234.50)`, `98,2 %`, `1,5E+03`.

`figure_of(text)` gives what a number is made of, null where the text is none. Which mark is the decimal one is settled
for the whole file before (see `marks`), since 1,234 has two meanings that are a thousand apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.dates import BLANKS
from pipelines.readers.table import literal
from pipelines.records import Column

PLAIN = r"^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$"
EITHER_COMMA, EITHER_DOT = ",?", ".?"  # kinds of numbers that have two meanings

# What stands for money, and the currencies that it may mean; a code means itself.
SIGNS = {
    "€ euro euros": "EUR",
    "$": "USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP UYU BRL BBD BMD BSD BZD FJD GYD JMD LRD NAD SBD SRD TTD XCD",
    "us$": "USD",
    "a$ au$": "AUD",
    "c$ ca$ can$": "CAD",
    "nz$": "NZD",
    "s$": "SGD",
    "hk$": "HKD",
    "nt$": "TWD",
    "mx$": "MXN",
    "r$": "BRL",
    "£": "GBP EGP FKP GIP LBP SHP SYP SDG",
    "¥ ￥": "JPY CNY",
    "円": "JPY",
    "元 rmb": "CNY",
    "kr kr.": "SEK NOK DKK ISK",
    "fr fr. sfr sfr.": "CHF",
    "zł": "PLN",
    "kč": "CZK",
    "ft": "HUF",
    "lei": "RON",
    "лв": "BGN",
    "₹": "INR",
    "rs rs.": "INR PKR LKR NPR MUR",
    "₽": "RUB",
    "₩": "KRW",
    "₺ tl": "TRY",
    "₪": "ILS",
    "₴": "UAH",
    "₫": "VND",
    "฿": "THB",
    "₱": "PHP",
    "₦": "NGN",
    "r": "ZAR",
}
CODES = (
    "AED ARS AUD BDT BGN BHD BRL CAD CHF CLP CNY COP CZK DKK DZD EGP EUR GBP GHS HKD HRK HUF IDR ILS INR IQD ISK JMD JOD "
    "JPY KES KRW KWD KZT LBP LKR MAD MUR MXN MYR NAD NGN NOK NPR NZD OMR PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB "
    "TND TRY TTD TWD TZS UAH UGX USD UYU VND XAF XOF ZAR ZMW"
)
NAMES = {name: {*codes.split()} for names, codes in SIGNS.items() for name in names.split()}
NAMES |= {code.lower(): {code} for code in CODES.split()}

_UNIT = "|".join(
    name.replace("$", r"\$").replace(".", r"\.") for name in sorted(NAMES, key=len, reverse=True)
)
WRITTEN = (
    rf"^({_UNIT}|%|) ?(\()? ?([+-]?) ?({_UNIT}|%|) ?([+-]?) ?([.,]?\d(?:[\d.,' ]*\d)?)((?:e[+-]?\d{{1,3}})?)"
    rf" ?({_UNIT}|%|) ?([+-]?) ?(\))? ?({_UNIT}|%|)$"
)
GROUPS = ("u0", "o", "s1", "u1", "s2", "n", "e", "u2", "s3", "c", "u3")
BLANK_GROUPS = r"\d{1,3}(?:(?: \d{3})+|(?:'\d{3})+)"
NEUTRAL = rf"^(?:\d+|{BLANK_GROUPS})$"
COMMA = rf"^(?:\d{{1,3}}(?:\.\d{{3}})+,\d+|[1-9]\d{{0,2}}(?:\.\d{{3}}){{2,}}|{BLANK_GROUPS},\d+|\d*,\d+)$"
DOT = (
    rf"^(?:\d{{1,3}}(?:,\d{{3}})+\.\d+|[1-9]\d{{0,2}}(?:,\d{{3}}){{2,}}|{BLANK_GROUPS}\.\d+|\d*\.\d+"
    r"|[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d+)?)$"  # of India: 1,23,45,678.90
)


@dataclass(frozen=True)
class Reading:
    """How the numbers of one column are read.

    decimal: kind of number, as `figure_of` gives it -> its decimal mark; a kind that is not here is refused.
    refused: kind -> why. currency: of the organisation, "" where any will do. named: its settings say so.
    """

    decimal: Mapping[str, str]
    refused: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""
    named: bool = True


FOREIGN = "not in "  # how the reason of an amount in another currency begins

# For a first look, of which nothing is kept.
ANY = Reading({",": ",", ".": ".", EITHER_COMMA: ".", EITHER_DOT: "."})


def macro() -> str:
    """The statement that makes the macro figure_of: kind "n" (it means the same either way), "," or "." (only with
    this decimal mark), ",?" or ".?" (thousands or a fraction); n, its figures; e, its exponent; minus; units.
    """
    clean = f"lower(trim(regexp_replace(written, {literal(BLANKS)}, ' ', 'g')))"
    clean = f"translate({clean}, '−–’‘´`ʼ％', '--''''''''''%')"
    groups = ", ".join(map(literal, GROUPS))
    return f"""create or replace temp macro figure_of(written) as list_transform([regexp_extract({clean},
          {literal(WRITTEN)}, [{groups}])], lambda r: case when r.n <> '' and (r.o = '') = (r.c = '')
            and len(concat(r.s1, r.s2, r.s3, r.o)) <= 1 and (not '%' in (r.u0, r.u1, r.u2, r.u3) or len(concat(r.u0, r.u1, r.u2, r.u3)) = 1)
          then {{n: r.n, e: r.e, minus: r.o <> '' or '-' in (r.s1, r.s2, r.s3),
            units: list_filter([r.u0, r.u1, r.u2, r.u3], lambda u: u <> ''),
            kind: case when regexp_matches(r.n, {literal(NEUTRAL)}) then 'n'
              when r.e = '' and regexp_matches(r.n, '^[1-9]\\d{{0,2}},\\d{{3}}$') then {literal(EITHER_COMMA)}
              when r.e = '' and regexp_matches(r.n, '^[1-9]\\d{{0,2}}\\.\\d{{3}}$') then {literal(EITHER_DOT)}
              when regexp_matches(r.n, {literal(COMMA)}) then ','
              when regexp_matches(r.n, {literal(DOT)}) then '.' end}} end)[1]"""


def plain(text: str) -> str:
    """SQL for the number that nearly all exports write, null for all others."""
    return f"try(cast(case when regexp_matches({text}, {literal(PLAIN)}) then {text} end as double))"


def read(text: str, reading: Reading, column: Column) -> str:
    """SQL for the number that a text in any style is, null where it is none that may stand there."""
    marks = {"n": ".", **reading.decimal}
    cases = " ".join(f"when {literal(kind)} then {literal(mark)}" for kind, mark in marks.items())
    figures = "replace(translate(f.n, concat(' ''', if(m = ',', '.', ',')), ''), ',', '.')"
    return f"""case when regexp_matches({text}, '^\\d+$') then try(cast({text} as double)) else
        list_transform([figure_of({text})], lambda f: list_transform([case f.kind {cases} end], lambda m:
        case when m is not null and {_fitting(reading, column)} then try(cast(concat(if(f.minus, '-', ''), {figures}, f.e) as double)) end)[1])[1] end"""


def why_not(text: str, reading: Reading, column: Column, otherwise: str) -> str:
    """SQL for the reason why a text is refused."""
    kinds = " ".join(f"when f.kind = {literal(k)} then {literal(why)}" for k, why in reading.refused.items())
    unit = "has a sign of money or percent, where a plain number belongs"
    if column.unit in ("money", "any") and reading.currency:
        unit = f"{FOREIGN}{reading.currency}, " + (
            "which settings.toml names as the currency of all amounts"
            if reading.named
            else "which all amounts are taken to be in until settings.toml says currency = another"
        )
    elif column.unit == "percent":
        unit = "has a sign of money, where a percentage belongs"
    return f"""list_transform([figure_of({text})], lambda f: case when f.kind is null then {literal(otherwise)}
        when not {_fitting(reading, column)} then {literal(unit)} {kinds} else {literal(otherwise)} end)[1]"""


def _fitting(reading: Reading, column: Column) -> str:
    """SQL condition: the signs of a figure `f` may stand in the column."""
    allowed = ["%"] if column.unit in ("percent", "any") else []
    if column.unit in ("money", "any"):
        allowed += [
            name for name, codes in NAMES.items() if not reading.currency or reading.currency in codes
        ]
        allowed += [reading.currency.lower()] if reading.currency else []
    listed = ", ".join(map(literal, allowed)) or "''"
    return f"len(list_filter(f.units, lambda u: u not in ({listed}))) = 0"
