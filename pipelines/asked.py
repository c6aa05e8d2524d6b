"""What a person says of an export where it does not say it itself. Kept with the load, so that a replay reads it alike."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from pipelines.errors import NotReady


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


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a day in a time zone, in UTC."""
    return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC).replace(tzinfo=None)


def moment_of(said: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The moment of an export as a person says it: a day of the organisation, which takes in all of it, or a time in UTC.

    Of the day that is running as much as is over by now (UTC). NotReady where it is neither.
    """
    try:
        if len(said) == 10:
            day = date.fromisoformat(said)
            ends = end_of(day, zone)
            return min(ends, now) if day == now.replace(tzinfo=UTC).astimezone(zone).date() else ends
        told = datetime.fromisoformat(said)
    except ValueError as error:
        raise NotReady(
            f"--as-of {said!r} is neither a day, such as 2026-09-30, nor a time in UTC, such as 2026-09-30T14:05."
        ) from error
    return told.astimezone(UTC).replace(tzinfo=None) if told.tzinfo else told


UNASKED = Asked()
