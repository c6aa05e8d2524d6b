"""Templates of packs: one TOML file each, the file name is its name; those of the data folder stand beside ours."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dashboard.pack.pack import Section
from dashboard.reading import Unknown
from pipelines.errors import NotReady

FOLDER = Path(__file__).parent / "templates"


class Template(BaseModel):
    """What a pack of this sort holds.

    grain: what it is made for (month, quarter, year). risks: how many of the register it tells, 0 for none.
    sections: titles and metrics by name; the first is the dashboard page, of at most six.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    grain: str = Field("quarter", pattern="^(month|quarter|year)$")
    risks: int = Field(5, ge=0, le=20)
    sections: tuple[Section, ...] = Field(min_length=1)


def templates(data: Path) -> dict[str, Template]:
    """Every template by name; one in DATA/templates takes the place of ours of the same name."""
    files = {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}
    files |= {path.stem: path for path in sorted((data / "templates").glob("*.toml"))}
    return {name: _read(path) for name, path in files.items()}


def template(name: str, data: Path) -> Template:
    """One template. Unknown says which there are."""
    every = templates(data)
    if name not in every:
        raise Unknown(f"There is no template {name!r}, only {', '.join(every)}.")
    return every[name]


def _read(path: Path) -> Template:
    try:
        return Template(name=path.stem, **tomllib.loads(path.read_text("utf-8")))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise NotReady(f"Template {path}: {wrong}. Mend it.") from error
    except (ValueError, TypeError, UnicodeDecodeError) as error:
        raise NotReady(f"Template {path}: {error}. Mend it.") from error
