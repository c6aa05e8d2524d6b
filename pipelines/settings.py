"""The organisation's settings: settings.toml in the data folder. They are written into each snapshot."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import duckdb
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipelines.errors import NotReady
from pipelines.source import sources


class Settings(BaseModel):
    """What the organisation has decided for all its numbers.

    classification: what stands on every page of a pack and in its file ("Confidential").
    timezone: IANA name; days, months and quarters are cut in it. fiscal_year_starts: month 1-12.
    patch_days: severity -> days from first seen to due, where an export states no due date.
    outage_severity: incidents up to this severity count as outages even where their source does not say so
        (0: none do).
    known_exploited_due: by when a known exploited weakness is to be gone: catalogue (the date of its entry there) or own
        (as any other, by the days of patch_days).
    seen_days: an asset counts as covered for this many days after patch tooling saw it.
    prefer: names of sources, parted by commas or as a list; of an incident that several tools tell of, the first of
        these leads. Of the others the one that rates a severity, then the one opened first.
    regimes: the rules under which the organisation has to report incidents, parted by commas or as a list: a name and
        the hours from becoming aware ("GDPR 72 h", "NIS2 24 h"), or DORA or SEC, whose deadlines run otherwise.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    organisation: str = "Your organisation"
    classification: str = Field("Internal", max_length=60)
    currency: str = Field("USD", pattern="^[A-Z]{3}$")
    timezone: str = "UTC"
    fiscal_year_starts: int = Field(1, ge=1, le=12)
    patch_days: dict[Annotated[int, Field(ge=1, le=4)], Annotated[int, Field(ge=1, le=3650)]] = {
        1: 14,
        2: 30,
        3: 90,
        4: 180,
    }
    outage_severity: int = Field(0, ge=0, le=4)
    known_exploited_due: Literal["catalogue", "own"] = "catalogue"
    seen_days: int = Field(14, ge=1, le=3650)
    prefer: str = ""
    regimes: str = ""

    @field_validator("prefer", "regimes", mode="before")
    @classmethod
    def listed(cls, value: str | list[str]) -> str:
        names = value.split(",") if isinstance(value, str) else value
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError("it has to be a list of names in quotes, or one text with commas between them")
        return ", ".join(name.strip() for name in names if name.strip())

    @field_validator("regimes")
    @classmethod
    def known_regimes(cls, value: str) -> str:
        for name in filter(None, value.split(", ")):
            if not re.fullmatch(r"DORA|SEC|\S.* [1-9]\d{0,3} h", name):
                raise ValueError(f"{name!r} tells no deadline, such as 'GDPR 72 h'; DORA and SEC need none")
        return value

    @field_validator("timezone")
    @classmethod
    def known_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, OSError, ValueError) as error:
            raise ValueError(f"{value!r} is no time zone, such as Europe/London") from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def read_settings(data: Path) -> Settings:
    """Settings of a data folder; the defaults where it has no settings.toml."""
    path = data / "settings.toml"
    if not path.exists():
        return Settings()
    try:
        settings = Settings(**tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise NotReady(f"{path} cannot be used: {_told(error)}. Mend it or remove it.") from error
    if not _in_database(settings.timezone):
        raise NotReady(
            f"{path} cannot be used: the database knows no time zone {settings.timezone!r}. Mend it."
        )
    strange = {name for name in settings.prefer.split(", ") if name} - sources(data).keys()
    if strange:
        raise NotReady(
            f"{path} cannot be used: prefer names {', '.join(sorted(strange))}, which is no source. "
            "`pipelines sources` lists them."
        )
    return settings


@cache  # a load reads the settings several times, and this takes 20 ms
def _in_database(zone: str) -> bool:
    """Whether the database knows a time zone too."""
    with duckdb.connect() as con:
        known = con.execute("select count(*) from pg_timezone_names() where name = ?", [zone])
        return known.fetchall()[0][0] > 0


def _told(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
