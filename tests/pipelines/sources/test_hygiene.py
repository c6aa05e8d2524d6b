"""What every source file must keep to, beyond what reading it already refuses."""

import re
from pathlib import Path

import pytest

import pipelines
from pipelines.records import RECORDS
from pipelines.source import MAPPABLE, Source, folded, read_source, sources

SHIPPED = Path(pipelines.__file__).parent / "sources"
SOURCES = sources().values()
each_source = pytest.mark.parametrize("source", SOURCES, ids=lambda s: s.name)


def named(sql: str) -> set[str]:
    """The words of an SQL text, its literals left out."""
    return set(re.findall(r"\w+", re.sub(r"'[^']*'", "", sql)))


@each_source
def test_every_mapped_column_comes_to_something(source: Source):
    used = set().union(*map(named, [*source.compute.values(), source.set_aside, *source.like]))
    assert set(source.columns) - {*RECORDS[source.record].columns, *MAPPABLE} <= used


@each_source
def test_nothing_is_both_mapped_and_ignored(source: Source):
    mapped = {folded(alias) for aliases in source.columns.values() for alias in aliases}
    assert not mapped & {folded(name) for names in source.ignore.values() for name in names}


@each_source
def test_it_gives_what_its_record_requires(source: Source):
    assert set(RECORDS[source.record].required) <= {*source.columns, *source.compute, *source.unstated}


@each_source
def test_it_maps_texts_to_values_the_record_allows(source: Source):
    columns = RECORDS[source.record].columns
    for column, values in source.values.items():
        allowed = columns[column].allowed
        assert not allowed or set(values.values()) <= set(allowed), column


@each_source
def test_what_it_is_recognised_by_is_not_ignored(source: Source):
    ignored = {folded(name) for names in source.ignore.values() for name in names}
    assert not {folded(name) for name in source.recognise} & ignored


@each_source
def test_it_says_what_it_was_verified_against(source: Source):
    if source.verified == "documentation":
        assert source.documentation.startswith("https://")


def test_names_are_unique_over_all_records():
    files = [path.stem for path in SHIPPED.glob("*/*.toml")]
    assert len(files) == len(set(files))


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*/*.toml")), ids=lambda p: p.stem)
def test_it_stands_in_the_folder_of_its_record(path):
    assert read_source(path).record == path.parent.name
