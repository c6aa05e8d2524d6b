"""What holds for the project as a whole: the direction of imports, the layout, the folders that are registries."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import pytest
from packaging.requirements import Requirement

from dashboard.metric import read_metric
from pipelines.records import RECORDS
from pipelines.source import read_source

ROOT = Path(__file__).parents[1]
LOCK = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]


def tracked() -> list[Path]:
    """The project's files, as version control knows them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def modules(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, f"{folder} holds no modules"
    return found


def imported(path: Path) -> set[str]:
    """The top-level packages that a module imports, wherever in it the import stands."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    from_ = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    assert not [node for node in nodes if isinstance(node, ast.ImportFrom) and node.level], (
        f"{path}: import by name"
    )
    return {name.partition(".")[0] for name in plain | from_}


def test_the_way_goes_only_to_the_right():
    wrong = {
        str(path): imported(path) & {"dashboard", "streamlit", "data", "tests"}
        for path in modules("pipelines")
    }
    assert {path: names for path, names in wrong.items() if names} == {}


def test_nothing_that_ships_imports_tests_or_benchmarks():
    wrong = {
        str(path): imported(path) & {"tests", "benchmarks"} for path in modules("dashboard") + modules("data")
    }
    assert {path: names for path, names in wrong.items() if names} == {}


def test_the_demo_makes_exports_and_knows_nothing_of_how_they_are_taken_in():
    allowed = {*sys.stdlib_module_names, "data", "openpyxl", "xlsxwriter"}
    assert {name for path in modules("data") for name in imported(path)} <= allowed


def test_only_the_pages_and_what_they_are_made_of_need_streamlit():
    """Readings must be there without a browser: for the command line and for packs."""
    for name in ("metric", "reading", "readings"):
        assert "streamlit" not in imported(ROOT / "dashboard" / f"{name}.py")


def test_days_are_asked_for_as_they_are_shown():
    calls = [node for path in modules("dashboard") for node in ast.walk(ast.parse(path.read_text("utf-8")))
             if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("date_input", "datetime_input")]  # fmt: skip
    formats = [next((ast.unparse(k.value) for k in c.keywords if k.arg == "format"), None) for c in calls]
    assert formats and set(formats) == {"'YYYY-MM-DD'"}


@pytest.mark.parametrize("folder", ["pipelines", "dashboard", "data", "benchmarks", "tests"])
def test_every_module_says_what_it_is_for(folder):
    silent = [path for path in modules(folder) if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
    assert silent == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("pipelines/sources/*/*.toml")), ids=lambda path: path.stem)
def test_every_source_parses_and_stands_in_the_folder_of_its_record(path):
    source = read_source(path)
    assert source.record == path.parent.name
    assert source.record in RECORDS
    assert source.documentation or source.verified != "documentation"


@pytest.mark.parametrize("path", sorted(ROOT.glob("dashboard/metrics/*.sql")), ids=lambda path: path.stem)
def test_every_metric_parses_and_is_one_select(path):
    assert read_metric(path).name == path.stem
    assert statements(path) == [duckdb.StatementType.SELECT]


@pytest.mark.parametrize("path", sorted(ROOT.glob("pipelines/marts/*.sql")), ids=lambda path: path.stem)
def test_every_mart_says_what_it_is_and_is_one_select(path):
    assert path.read_text("utf-8").startswith("-- ")
    assert statements(path) == [duckdb.StatementType.SELECT]


def statements(path: Path) -> list[duckdb.StatementType]:
    with duckdb.connect() as con:
        return [statement.type for statement in con.extract_statements(path.read_text("utf-8"))]


def test_the_readme_shows_the_top_level_as_it_is():
    block = re.search(r"```\n(pipelines/.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    said = {line.split()[0].rstrip("/") for line in block[1].splitlines() if line[:1].strip()}
    there = {path.relative_to(ROOT).parts[0] for path in tracked()} or said
    assert said == there - {".gitignore", "README.md"}


def test_the_lock_holds_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (locked,) = (package["metadata"] for package in LOCK if package["name"] == project["project"]["name"])

    def asked(texts: list[str]) -> dict[str, str]:
        return {one.name: str(one.specifier) for one in map(Requirement, texts)}

    def held(entries: list[dict]) -> dict[str, str]:
        return asked([entry["name"] + entry.get("specifier", "") for entry in entries])

    extras = project["project"]["optional-dependencies"]
    every = [*project["project"]["dependencies"], *(one for extra in extras.values() for one in extra)]
    assert held(locked["requires-dist"]) == asked(every)
    assert held(locked["requires-dev"]["dev"]) == asked(project["dependency-groups"]["dev"])


def test_no_file_knows_a_machine_or_a_registry():
    """Paths of one machine, and hosts that only the lock file has to know."""
    urls = [file["url"] for package in LOCK for file in package.get("wheels", [])]
    urls += [package["source"]["registry"] for package in LOCK if "registry" in package["source"]]
    hosts = "|".join(re.escape(host) for host in sorted({urlsplit(url).hostname for url in urls}))
    wrong = re.compile(rf"(?<![\w.*])/(work|root|home)/|{hosts}")
    texts = [
        path
        for path in tracked()
        if path.name != "uv.lock" and path.suffix not in {".png", ".xlsx", ".gz", ".zip"}
    ]
    found = {
        str(path): hit[0]
        for path in texts
        if (hit := wrong.search(path.read_text("utf-8", errors="replace")))
    }
    assert found == {}
