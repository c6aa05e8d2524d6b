"""Secrets: where they are looked for, and that nothing tells them, least of all an error."""

import html
import json
import os
from urllib.parse import quote, quote_plus

import pytest

from pipelines.errors import NotReady
from pipelines.pull.connection import read_connections
from pipelines.pull.secrets import Missing, Secrets
from pipelines.pull.standing import secrets_told


def kept(folder, text, mode=0o600):
    file = folder / "secrets.toml"
    file.write_bytes(text)
    file.chmod(mode)
    return Secrets(folder, {"HERE": "of the environment"})


def test_the_environment_comes_before_the_file(tmp_path):
    secrets = kept(tmp_path, b'HERE = "of the file"\nTHERE = "of the file"\nNUMBER = 5\n')
    assert (secrets["secret:HERE"], secrets["THERE"]) == ("of the environment", "of the file")
    with pytest.raises(Missing, match="There is no secret NUMBER"):
        secrets["NUMBER"]


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        (b'A = "hunter2"', 0o640, "can be read by others. Run: chmod 600"),
        (b'A = "hunter2"', 0o602, "can be read by others. Run: chmod 600"),
        (b"A = hunter2", 0o600, "is no sound TOML"),
        (b'A = "hunter2\xff"', 0o600, "is no sound TOML"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_without_what_stands_in_it(tmp_path, text, mode, said):
    with pytest.raises(NotReady, match=said) as error:
        kept(tmp_path, text, mode)["A"]
    assert "hunter2" not in str(error.value) and error.value.__cause__ is None


def test_a_file_of_another_account_is_not_read(tmp_path, monkeypatch):
    secrets = kept(tmp_path, b'A = "hunter2"')
    if os.getuid() == 0:
        os.chown(tmp_path / "secrets.toml", 12345, -1)
    else:
        monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(NotReady, match="belongs to another account"):
        secrets["A"]


def test_a_connection_tells_which_are_there(tmp_path):
    (tmp_path / "connections.toml").write_text(
        '[a]\nkind = "store"\nurl = "s3://b/c"\nlogin = "secret:ID"\npassword = "secret:KEY"\n'
    )
    (place,) = read_connections(tmp_path).values()
    kept(tmp_path, b'ID = "hunter2"\n')
    assert secrets_told(tmp_path, place) == "ID, KEY (missing)"
    kept(tmp_path, b'ID = "hunter2"\n', 0o644)
    assert secrets_told(tmp_path, place).startswith(f"ID ({tmp_path / 'secrets.toml'} can be read by others.")


def test_a_secret_is_masked_however_it_is_written(tmp_path):
    secret = 'pa"ss<wörd>&/+ \\x'
    secrets = Secrets(tmp_path, {"A": secret})
    secrets["A"]
    for told in (
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps({"sent": secret}),
        json.dumps({"sent": secret}, ensure_ascii=False),
        f"<b>{html.escape(secret)}</b>",
        secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
    ):
        masked = secrets.masked(told)
        assert "•••" in masked and "ss" not in masked and "rd" not in masked, told
