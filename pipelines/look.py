"""A look at the first rows of an export: whether a source's reading of them makes sense, and how they are written."""

from dataclasses import replace

import duckdb

from pipelines import marks
from pipelines.amounts import ANY
from pipelines.convert import currencies, macros_sql, stage_sql
from pipelines.dates import EITHER, home
from pipelines.order import looked
from pipelines.source import Mapping

ROWS = 200
LIKE = 0.5  # of the values that a source describes, more than so many have to be like that


class Look:
    """The first rows of each table of an export, held so that several sources and questions read the file once.

    A line that does not fit is no matter of a look: the load itself mends or names it.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection):
        self._con, self._home = con, home(con)
        self._held: dict[str, str] = {}
        self._styles: dict[tuple[str, str], tuple[set[str], bool, set[str], set[str]]] = {}

    def _first(self, mapping: Mapping) -> Mapping:
        """A mapping of the first rows alone."""
        relation = mapping.table.relation
        if relation not in self._held:
            held = f"first_{len(self._held)}"
            self._con.execute(f"create or replace temp table {held} as select * from {relation} limit {ROWS}")
            self._held[relation] = held
        return replace(mapping, table=replace(mapping.table, relation=self._held[relation]))

    def _written(self, mapping: Mapping) -> tuple[set[str], bool, set[str], set[str]]:
        """Columns of the record whose times are in unusual styles, whether dates stand in figures, columns whose times are
        dates told as midnights, and columns whose numbers are written in other than the plain way."""
        asked = mapping.source.name, mapping.table.relation
        if asked not in self._styles:
            first = self._first(mapping)
            self._con.execute(macros_sql(first, EITHER, self._home, styled=()))
            self._styles[asked] = (*looked(self._con, first), marks.looked(self._con, first))
        return self._styles[asked]

    def usable(self, mapping: Mapping) -> float:
        """Which share of a mapping's values can be used: rejected rows and refused cells speak against it."""
        con = self._con
        try:
            styled, _, days, numbers = self._written(mapping)
            first = self._first(mapping)
            con.execute(macros_sql(first, EITHER, self._home, styled))
            now = "now()::timestamp + interval 1 day"
            numbers = dict.fromkeys(numbers, ANY)
            con.execute(stage_sql(first, "look", now, self._home, EITHER, styled, days, numbers))
            return share(con, "look", len(mapping.mapped))
        except duckdb.Error:
            return 1.0

    def alike(self, mapping: Mapping) -> bool:
        """Whether most values match what the source says of their columns."""
        for column, pattern in mapping.source.like.items():
            cells = [f"nullif(trim({mapping.table.cells[c]}), '')" for c in mapping.mapped.get(column, [])]
            if not cells:
                continue
            value = f"coalesce({', '.join(cells)})" if len(cells) > 1 else cells[0]
            try:
                ((matching,),) = self._con.execute(
                    f"""select avg(regexp_matches(value, $pattern)::integer)
                    from (select {value} as value from {self._first(mapping).table.relation})
                    where value is not null""",
                    {"pattern": pattern},
                ).fetchall()
            except duckdb.Error:
                continue
            if matching is not None and matching <= LIKE:
                return False
        return True

    def styles(self, mappings: list[Mapping]) -> tuple[set[str], bool, list[set[str]], bool]:
        """Columns of the record whose times are in unusual styles, whether dates stand in figures, by mapping the
        columns whose times are dates told as midnights, and whether numbers stand in other than the plain way."""
        try:
            seen = [self._written(mapping) for mapping in mappings]
        except duckdb.Error:
            return set(), False, [set() for _ in mappings], False
        return (
            set().union(*(times for times, *_ in seen)),
            any(figures for _, figures, *_ in seen),
            [days for _, _, days, _ in seen],
            any(numbers for *_, numbers in seen) or any(map(currencies, mappings)),
        )


def share(con: duckdb.DuckDBPyConnection, staged: str, columns: int) -> float:
    """Which share of the values of staged rows can be used; of a rejected row, none."""
    rows, wrong = con.execute(
        f"select count(*), sum(if(rejected, $columns, coalesce(len(bad), 0))) from {staged} where not set_aside",
        {"columns": columns},
    ).fetchall()[0]
    return 1 - wrong / (rows * columns) if rows else 1.0
