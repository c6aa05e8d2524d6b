"""What a person says of an export where it does not say it itself. Kept with the load, so that a replay reads it alike."""

from dataclasses import asdict, dataclass
from datetime import datetime


@dataclass(frozen=True)
class Asked:
    """Every choice may be left out.

    source: the source to read it as, instead of recognising it. as_of: the export's moment, in UTC.
    dates: "dmy" or "mdy", the order of dates in figures. encoding: of a text, as Python names it ("cp1252").
    complete: the export is whole although it looks cut off, or far smaller than those before it.
    delimiter: what parts the cells of a text, one of DELIMITERS' words ("comma", "semicolon", "tab", "vertical bar").
    mends: the load whose refused rows these are; a mended workbook says so itself.
    beside: the file holds tables of other sources too, which are loads of their own.
    """

    source: str | None = None
    as_of: datetime | None = None
    dates: str | None = None
    encoding: str | None = None
    complete: bool = False
    delimiter: str | None = None
    mends: int | None = None
    beside: bool = False

    def facts(self) -> dict:
        """As it is kept in a snapshot and in the archive's ledger."""
        moment = self.as_of and self.as_of.isoformat()
        return {k: v for k, v in {**asdict(self), "as_of": moment}.items() if v}


def recalled(facts: dict) -> Asked:
    """From what `facts` gave."""
    moment = facts.get("as_of")
    return Asked(**facts | {"as_of": datetime.fromisoformat(moment) if moment else None})


UNASKED = Asked()
