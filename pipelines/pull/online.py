"""What every place states that is reached over HTTP; the client itself (wire.py) is imported only where one is asked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, field_validator, model_validator

from pipelines.pull.auth import Auth, OAuth
from pipelines.pull.connection import Connection
from pipelines.pull.secrets import PREFIX

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Online(Connection):
    """What every place states that is reached over HTTP.

    url: its address. auth: how requests are signed. fill: what stands for {name} in addresses and requests. allow: other hosts that it may send us to ("files.example.com",
    "*.example.com"). ca: the certificate of a private authority, in PEM. proxy: as "http://proxy.example.com:3128", or the name
    of a secret that holds it with its password; without it what the environment says. timeout: seconds without a sign of life.
    most: megabytes that one pull may bring.
    """

    url: str
    auth: Auth | None = None
    fill: dict[str, str] = Field(default_factory=dict)
    allow: tuple[str, ...] = ()
    ca: Path | None = None
    proxy: str = ""
    timeout: int = Field(60, gt=0, le=3600)
    most: int = Field(2048, gt=0)

    @field_validator("url")
    @classmethod
    def safe(cls, value: str) -> str:
        address(value)
        return value

    @model_validator(mode="after")
    def safe_tokens(self) -> "Online":
        if isinstance(self.auth, OAuth):
            address(filled(self.auth.url, self.fill))
        return self

    @field_validator("proxy")
    @classmethod
    def no_password(cls, value: str) -> str:
        if "@" in value:
            raise ValueError(f'it holds a password: keep it as a secret and write "{PREFIX}NAME"')
        return value


def address(value: str) -> SplitResult:
    """An address that may be called: https, or http to this very machine. ValueError says what is wrong, without it."""
    try:
        url = urlsplit(value)
        _ = url.port
    except ValueError:
        raise ValueError("it is no address") from None
    if not url.hostname or not (url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK)):
        raise ValueError("it is no address that begins with https://")
    if "@" in url.netloc:
        raise ValueError("it holds a user or a password: these belong into auth")
    return url


def filled(value: Any, told: Mapping[str, Any]) -> Any:
    """A value, or all that stands in it, with what was told for each {name}. A text that is only a name becomes what was told."""
    match value:
        case str():
            if (name := value[1:-1]) in told and value == f"{{{name}}}":
                return told[name]
            for name, text in told.items():
                value = value.replace(f"{{{name}}}", str(text))
            return value
        case dict():
            return {name: filled(one, told) for name, one in value.items()}
        case list():
            return [filled(one, told) for one in value]
    return value
