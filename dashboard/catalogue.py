"""The tables of metrics and sources in README.md, made from their files: `make docs`."""

import re
from collections.abc import Iterable
from pathlib import Path

from dashboard.metric import read_metrics
from pipelines.records import RECORDS
from pipelines.source import sources

README = Path(__file__).parents[1] / "README.md"


def metrics_table() -> str:
    """Every metric: its title, the question it answers, what it is measured in and who owns it."""
    rows = [
        (
            f"`{m.name}`",
            m.title,
            m.question,
            m.unit if m.kind != "duration" else "hours, median",
            " and ".join(m.owners),
        )
        for m in read_metrics().values()
    ]
    return _table(("metric", "title", "question", "in", "owners"), rows)


def sources_table() -> str:
    """Every shipped source, in the order of the record kinds."""
    known = sorted(sources().values(), key=lambda s: (list(RECORDS).index(s.record), s.name))
    rows = [(f"`{s.name}`", s.title, s.record, s.verified) for s in known]
    return _table(("source", "what it reads", "record", "verified by"), rows)


def written(text: str) -> str:
    """A text with each table between its markers made anew. ValueError where a marker is missing."""
    for name, made in (("metrics", metrics_table()), ("sources", sources_table())):
        between = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not between.search(text):
            raise ValueError(f"There is no place for the {name}: <!-- {name} --> … <!-- /{name} -->")
        text = between.sub(lambda found, made=made: f"{found[1]}{made}{found[2]}", text)
    return text


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


if __name__ == "__main__":
    README.write_text(written(README.read_text("utf-8")), "utf-8")
