"""Every source's examples, changed at random: records and rejects that add up, or one clear refusal.

FUZZ_EXAMPLES=200 tries that many changes of each example, other ones each time.
"""

import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines import warehouse
from pipelines.asked import Asked

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
EXPORTS = Path(__file__).parents[2] / "exports"
FILES = sorted(file for file in EXPORTS.iterdir() if not file.name.endswith(".expect.toml"))
COUNTS = ("accepted", "unchanged", "superseded", "rejected", "set_aside")
CELLS = [
    *(
        "",
        " ",
        "?",
        "null",
        "-",
        "0",
        "-1",
        "1e999",
        "NaN",
        "9" * 400,
        "1.234,56",
        "12/13/2026",
        "13/12/2026",
        "31.12.2026",
    ),
    *(
        "2026-02-30",
        "9999-12-31",
        "0001-01-01",
        "1700000000",
        "1700000000000",
        "46000.5",
        "28/Nov/25 5:03 PM",
        "true",
        "[]",
    ),
    *(
        "=1+1",
        "'; drop table load; --",
        '"',
        '""',
        "<b>",
        "&amp;",
        "\\",
        "é",
        "山田",
        "\u202e",
        "\ufffd",
        "x" * 5000,
        "a\tb",
        "Total",
    ),
]


def changed(text, chance):
    """The text with values put in place of others, and pieces of it cut out, doubled or moved."""
    for _ in range(chance.randint(1, 12)):
        marks = [at for at, char in enumerate(text) if char in ',;\t\n"<>:']
        if len(marks) < 2:
            return text
        place = chance.randrange(len(marks) - 1)
        start, end = marks[place] + 1, marks[place + 1]
        match chance.randrange(8):
            case 0 | 1 | 2 | 3:
                text = text[:start] + chance.choice(CELLS) + text[end:]
            case 4:
                text = text[:start] + text[min(len(text), start + chance.randrange(120)) :]
            case 5:
                lines = text.splitlines(keepends=True)
                lines.insert(chance.randrange(len(lines)), chance.choice(lines))
                text = "".join(lines)
            case 6:
                lines = text.splitlines(keepends=True)
                chance.shuffle(lines)
                text = "".join(lines) if chance.random() < 0.3 else text
            case 7:
                text = (
                    text[: chance.randrange(len(text))]
                    if chance.random() < 0.2
                    else text + chance.choice(CELLS) + "\n"
                )
    return text


def sound(checked):
    """Whether a check says one clear thing."""
    outcome = checked.outcome
    if outcome.error:
        return bool(outcome.todo)
    return outcome.rows_read == sum(getattr(outcome, count) for count in COUNTS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.timeout(max(300, 3 * EXAMPLES))
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_changed_examples(folder, file):
    data = file.read_bytes()
    text = None if data[:2] == b"PK" else data.decode("utf-8", "replace")
    path = folder / file.name

    @settings(
        max_examples=EXAMPLES or 1,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**32))
    def each(seed):
        chance = random.Random(f"{file.name} {seed}")
        asked = Asked(source=file.name.partition(".")[0] if chance.random() < 0.5 else None)
        if text is None:
            new = bytearray(data)
            for _ in range(chance.randint(1, 12)):
                new[chance.randrange(len(new))] = chance.randrange(256)
            path.write_bytes(new)
        else:
            path.write_text(changed(text, chance), "utf-8", "surrogatepass")
        assert sound(warehouse.check(path, folder, asked=asked))

    each()
