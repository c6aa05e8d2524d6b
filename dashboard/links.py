"""Records that tell of one incident: what links them and who leads, and what a person says of a pair, which is a load."""

from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pandas as pd

from dashboard.entered import enter
from dashboard.jobs import Say
from pipelines.settings import Settings

SOURCE = "link_list"


def links(con: duckdb.DuckDBPyConnection, records: Sequence[str]) -> pd.DataFrame:
    """The pairs in which these records stand: what says that they are one, and whether they are counted as one.

    lead: the record that leads the group, where they are.
    """
    return con.execute(
        """select incident_link.one, incident_link.other, what, reason, followed,
               here.lead is not null and here.lead = there.lead as counted_once,
               case when here.lead = there.lead then here.lead end as lead
        from incident_link
        left join incident_group as here on here.record_id = incident_link.one
        left join incident_group as there on there.record_id = incident_link.other
        where list_contains($records, incident_link.one) or list_contains($records, incident_link.other)
        order by incident_link.one, incident_link.other""",
        {"records": list(records)},
    ).df()


def standing(pair: dict) -> str:
    """What became of a pair, in a few words."""
    if pair["counted_once"]:
        return "counted once"
    return "counted apart: more than twenty records hang together" if pair["followed"] else "counted apart"


def leading(settings: Settings) -> str:
    """The rule that says whose times and severity count, in words."""
    rule = "the record that rates a severity, then the one that others name, then the one opened first"
    if settings.prefer:
        return f"By the setting prefer: {settings.prefer}; of the others, {rule}."
    return f"By default: {rule}. The setting prefer puts a source first."


def say(one: str, other: str, same: bool, reason: str, data: Path, who: str | None) -> Callable[[Say], str]:
    """The work of recording what a person says of a pair: attributed, dated, and undone like any other load."""
    row = {"one": one, "other": other, "same": same, "reason": reason}
    counted = "once" if same else "apart"
    return enter(SOURCE, [row], f"{one} and {other} are counted {counted} now.", data, who)
