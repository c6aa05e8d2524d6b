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


def templates(data: Path) -> tuple[dict[str, Template], list[str]]:
    """Every template by name; and what is wrong with those that cannot be read."""
    found, wrong = {}, []
    for name, path in _files(data).items():
        try:
            found[name] = _read(path)
        except NotReady as reason:
            wrong.append(str(reason))
    return found, wrong


def template(name: str, data: Path) -> Template:
    """One template. Unknown says which there are; NotReady what is wrong with it."""
    every = _files(data)
    if name not in every:
        raise Unknown(f"There is no template {name!r}, only {', '.join(every)}.")
    return _read(every[name])


def _files(data: Path) -> dict[str, Path]:
    """The files by name; one in DATA/templates takes the place of ours of the same name."""
    ours, own = (sorted(folder.glob("*.toml")) for folder in (FOLDER, data / "templates"))
    return {path.stem: path for path in (*ours, *own)}


def _read(path: Path) -> Template:
    try:
        return Template(name=path.stem, **tomllib.loads(path.read_text("utf-8")))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise NotReady(f"Template {path}: {wrong}. Mend it.") from error
    except (OSError, ValueError, TypeError) as error:
        raise NotReady(f"Template {path}: {error}. Mend it.") from error
