"""What every metric of the catalogue says in every case: grammatical, in its own unit, and no claim without its test.

The metrics' own headers and columns stand over rows that are made up for the case; a case is a period.
"""

import re
from datetime import datetime

import duckdb
import pytest

from dashboard import narrative, trends
from dashboard.cards import against, counted, state, value
from dashboard.metric import read_metrics
from dashboard.moved import said
from dashboard.opened import Opened
from dashboard.pack.draft import memo
from dashboard.promises import kept
from dashboard.reading import Reading
from dashboard.verdict import TOLD
from pipelines.snapshot import create_tables

METRICS = read_metrics()
BEGINS, AS_OF, OTHERS = datetime(2023, 5, 10), datetime(2026, 2, 15), datetime(2026, 3, 25)
# Quarter: how many rows count, how many do not, and how large what they count is.
CASES = {
    "2022-Q4": (0, 0, 1.0),  # no data yet
    "2023-Q2": (6, 1, 1.0),  # the first period, of which a part is covered
    "2023-Q3": (0, 0, 1.0),  # nothing to count
    "2023-Q4": (40, 0, 1.0),  # nothing before
    "2024-Q1": (40, 0, 1.0),  # as before
    "2024-Q2": (1, 3, 1.0),  # one
    "2024-Q3": (0, 40, 1.0),  # all is left out
    "2024-Q4": (2, 0, 1.0),
    "2025-Q1": (40, 1, 1.0),
    "2025-Q2": (400, 1, 30.0),  # far more
    "2025-Q3": (40, 1, 1.0),  # another definition since
    "2025-Q4": (30, 0, 0.0),  # nothing reached, none met, an amount of nothing
    "2026-Q1": (1, 0, 0.0),  # still running, one, and the next export is missing
    "2026-Q2": (0, 0, 1.0),  # after the data
}
BETWEEN = ("2025", "all")
CHANGED = ({"at": "2025-07-01", "what": "tests do not count any more"},)
# Verbs that go with one and with several, where a sentence counts.
ONE = {"is", "was", "has", "ends", "repeats", "began"}
MANY = {"are", "were", "have", "end", "repeat", "began"}
SINGULAR = "incident|outage|patch|finding|exception|date|answer|day|point|stretch|leaver|target|month|record"
PLURAL = "incidents|outages|patches|findings|exceptions|dates|answers|days|points|stretches|leavers|targets|months|records"
UNITS = {"percent": r" %$", "money": r"^\$", "score": r"\d$", "hours": r" (h|days?)$", "days": r" days?$"}


# What a column holds for row n of a case of some size; any other column is null.
COLUMNS = {
    "record_id": "name || '-' || n",
    "at": "start + to_hours(2 * n)",
    "since": "start + to_hours(2 * n)",
    "until": "start + to_hours(2 * n) + to_minutes((180 * size)::int)",
    "amount": "100 * size",
    "of": "24.0",
    "met": "case size when 30 then n % 10 <> 0 when 0 then false else n % 3 = 0 end",
    "hours": "7 + n / 8 + 5 * size",
    "finished": "size > 0 and n % 40 < 38",
    "score": "case size when 30 then 20.5 when 0 then 50 else 70 + n % 2 end",
    "basis": "if(n % 2 = 0, 'recorded', 'modelled')",
    "cluster": "n % 10",
    "services": "['S' || n % 5]",
    "client": "'C' || n % 5",
    "service_group": "'G' || n % 5",
}
STATE = {"since": "start", "until": "finish"}


@pytest.fixture(scope="module")
def con():
    con = duckdb.connect()
    create_tables(con)
    for record in {record for metric in METRICS.values() for record in metric.reads}:
        for source, moment in (("tool", AS_OF), ("other", OTHERS)):
            con.execute("insert into as_of values (?, ?, ?, ?)", [record, source, source, moment])
    con.execute("insert into source_title values ('tool', 'The tool', 31)")
    con.execute(
        "insert into target (key, metric, value, from_at) select name, name, 25, '2020-01-01' from unnest($names) as t(name)",
        {"names": list(METRICS)},
    )
    calendar = Opened(1, con, {}).calendar
    con.execute(
        "create table made (name varchar, start timestamp, finish timestamp, n int, counts boolean, size double)"
    )
    for name, (counted_, others, size) in CASES.items():
        period = calendar.period(name)
        start = max(period.start, BEGINS)
        con.execute(
            "insert into made select ?, ?, ?, n, n < ?, ? from range(?) as t(n)",
            [name, start, period.end, counted_, size, counted_ + others],
        )
    return con


def opened(con: duckdb.DuckDBPyConnection, name: str, described: list[tuple]) -> Opened:
    """A snapshot in which a metric has its own header, and the made-up rows in its own columns."""
    metric = METRICS[name]
    types = {column: kind for column, kind, *_ in described}
    columns = COLUMNS | (STATE if "since" in types and metric.kind != "span" else {})
    columns |= {"left_out": f"if(counts, null, '{(*metric.lacks, 'planned')[0]}')"}
    if metric.kind == "rate":
        columns |= {"amount": "greatest(24 - size, 0)"}
    shown = ", ".join(f'({columns.get(c, "null")})::{kind} as "{c}"' for c, kind in types.items())
    shown = shown.replace('::"NULL"', "")
    header = metric.model_dump() | {"sql": f"select {shown} from made", "changed": CHANGED}
    return Opened(1, con, {name: type(metric)(**header)})


def wrong(text: str) -> str:
    """What is wrong with a text that people read; empty where nothing is."""
    found = re.findall(r"  |None|\bnan\b|[{}|]|\( | \)| [.,;:]|\.\.|\bthe 1\b|^\s|\s$", text)
    found += re.findall(rf"(?<![\d.,])1 (?:\w+ ){{0,2}}?(?:{PLURAL})\b", re.sub("1 of |tier 1", "", text))
    found += [
        number
        for number in re.findall(rf"(?<![\d.,])(\d[\d,.]*) (?:\w+ )?(?:{SINGULAR})\b", text)
        if number != "1" and not re.search(rf"{number} of ", text)
    ]
    return ", ".join(found)


def sentence(text: str, of_one: bool = False) -> str:
    """The same of a sentence: it begins with a capital or a figure, and ends with its only full stop."""
    ends = [m.start() for m in re.finditer(r"\.(?!\d)", text)]
    if ends != [len(text) - 1] or not (text[0].isupper() or text[0].isdigit() or text[0] == "£$"):
        return f"no sentence: {text}"
    if counts := re.match(r"(?:Not reached yet: )?(?!20\d\d )([\d,]+) (?!%|of )(.*)", text):
        verb = next((word for word in counts[2].split() if word in ONE | MANY), "")
        if verb not in (ONE if counts[1] == "1" else MANY):
            return f"{counts[1]} {verb!r}: {text}"
    return wrong(text)


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_says_it_well_in_every_case(con, world, name):
    given = opened(con, name, world.con.execute(f"describe {METRICS[name].sql}").fetchall())
    metric, readings = given.metric(name), {}
    for case in [*CASES, *BETWEEN]:
        r = readings[case] = given.reading(name, given.calendar.period(case), {})
        assert not sentence(r.sentence), (case, r.sentence)
        texts = [state(r), value(metric, r), *against(metric, r), *counted(metric, r), r.text, r.why]
        assert not [found for text in texts if (found := wrong(re.sub("<[^>]*>", "", text).strip()))], (
            case,
            texts,
        )
        if r.value is not None:
            assert re.search(UNITS.get(metric.unit, r"^[\d,]+$"), r.text), (case, r.text)
            assert r.text in r.sentence or metric.unit == "hours" == METRICS[name].unit, (case, r.sentence)
        page = narrative.page_verdict([r])
        assert not sentence(page), (case, page)
        told = [word for word in ("improved", "got worse") if word in page]
        assert bool(told) == (r.verdict in TOLD), (case, page, r.verdict)
        (*paragraphs,) = memo([r])
        assert ("clearly" in " ".join(paragraphs)) == (r.verdict in TOLD)
        assert not [found for text in paragraphs if (found := wrong(text))], (case, paragraphs)
        for text in filter(None, [r.not_compared, kept([r])]):
            assert not sentence(text), (case, text)
        if apart := given.moved(name, r.period, {}):
            assert not sentence(said(metric, apart))
    for case in ("2024-Q2", "2026-Q1", "all"):
        trend = given.trend(name, given.calendar.period(case), {}, 12)
        texts = [trends.finding(metric, trend), trends.legend(metric, trend, readings[case])]
        assert not [found for text in texts if (found := wrong(text))], (case, texts)
    assert_cases(metric, readings)


def assert_cases(metric, readings: dict[str, Reading]) -> None:
    """The cases are what they are meant to be."""
    counted_ = {case: r.n for case, r in readings.items() if r.n}
    assert counted_["2024-Q2"] == 1 and counted_["2025-Q2"] == 400
    assert not {"2022-Q4", "2026-Q2"} & set(counted_)
    assert readings["2022-Q4"].value is None and readings["2026-Q2"].value is None
    assert readings["2023-Q2"].begins or "since" in metric.sql
    assert readings["2026-Q1"].closed is False
    assert set(readings["2026-Q1"].stale) == {"stale: nothing of The tool since 15 Feb 2026"}
    assert "tests do not count any more" in readings["2025-Q3"].not_compared
    assert not readings["2025-Q4"].not_compared
    assert bool(readings["2025-Q4"].detail.get("not_reached")) == (metric.kind == "duration")
    assert readings["2024-Q1"].verdict not in TOLD, "as before"
    assert readings["2025-Q2"].verdict in TOLD or metric.kind in ("total", "span", "rate")


def test_what_is_wrong_with_a_text_is_seen():
    for text in (
        "1 incidents", "1 major incidents", "2 incident", "12 closed month", "a  b", "None", "it is {n}", "so ..", "1 days", "half of the 1 incident",
    ):  # fmt: skip
        assert wrong(text), text
    for text in (
        "1 incident was late.",
        "40 incidents were late.",
        "0 incidents were late.",
        "Not reached yet: 1 is late.",
    ):
        assert not sentence(text), text
    for text in (
        "1 incident were late.",
        "2 incidents was late.",
        "No stop",
        "two. Stops.",
        "Not reached yet: 2 is late.",
    ):
        assert sentence(text), text
