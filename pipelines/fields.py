"""The columns of a source as a person fills them in: their names, whether they are needed, and what may stand in them."""

from dataclasses import dataclass

from pipelines.convert import CARRIED_COLUMNS
from pipelines.records import RECORDS, Column
from pipelines.source import Source, folded


@dataclass(frozen=True)
class Field:
    """One column to fill in.

    title: its header. help: what it is. needed: whether it has to be filled in. choices: the words to choose
    from, if it has any.
    """

    title: str
    column: Column
    help: str
    needed: bool
    choices: tuple[str, ...]

    @property
    def form(self) -> str:
        """What may stand in it, in words."""
        match self.column.type:
            case _ if self.choices:
                return (
                    " or ".join(self.choices)
                    if len(self.choices) == 2
                    else f"one of {', '.join(self.choices)}"
                )
            case "time":
                return "a date such as 2026-09-30, or with a time (UTC) such as 2026-09-30 14:05"
            case "list":
                comma = self.column.separators.startswith("[,")
                return f"one or several, parted by {'commas' if comma else 'semicolons'}"
            case "number" | "integer":
                return _number(self.column)
        return "text"


def fields(source: Source) -> list[Field]:
    """The columns of a source, by the first of their names; columns of the record that have one name are one."""
    record = RECORDS[source.record]
    known = {**CARRIED_COLUMNS, **record.columns}
    needed = {*record.required}
    if source.moment == "newest" and "effective_at" not in source.compute:
        needed.add("effective_at")
    held: dict[str, list[str]] = {}
    for name, titles in source.columns.items():
        held.setdefault(folded(titles[0]), []).append(name)
    found = []
    for names in held.values():
        own = next((name for name in names if name in record.columns), names[0])
        column = known.get(own, Column())
        title, told = source.columns[own][0], source.help.get(own, column.help)
        found.append(Field(title, column, told, not needed.isdisjoint(names), _choices(source, own, column)))
    return found


def _choices(source: Source, name: str, column: Column) -> tuple[str, ...]:
    """The words for each value: the first that the source knows for it."""
    if name not in source.values:
        return ("yes", "no") if column.type == "flag" else tuple(map(str, column.allowed))
    words: dict[str, str] = {}
    for word, value in source.values[name].items():
        words.setdefault(repr(value), word)
    return tuple(words.values())


def _number(column: Column) -> str:
    whole = "a whole number" if column.type == "integer" else "a number"
    if column.low is None:
        return whole
    return f"{whole} from {column.low:g}" + (f" to {column.high:g}" if column.high is not None else "")
