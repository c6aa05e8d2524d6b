"""What a page shows before anything is loaded."""

from pathlib import Path

from dashboard.empty import _command


def test_the_command_that_is_told_loads_into_the_folder_that_is_shown():
    assert _command(Path("data").absolute()) == "pipelines load FILE ..."
    assert _command(Path("/srv/our data")) == "pipelines load FILE ... --data '/srv/our data'"
