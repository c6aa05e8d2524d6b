"""Secrets of connections: named in connections.toml ("secret:NAME"), held in the environment, a file or the keyring.

Never stated in connections.toml, never shown, never logged.
"""

import json
import os
import stat
import tomllib
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, quote_plus

from pydantic import AfterValidator

from pipelines.errors import NotReady

FILE = "secrets.toml"
SERVICE = "executive-metrics"
PREFIX = "secret:"


def _named(value: str) -> str:
    if not value.startswith(PREFIX) or not value.removeprefix(PREFIX).isidentifier():
        raise ValueError(f'a secret is not stated here: write "{PREFIX}NAME" and keep it under that name')
    return value


# A field that holds the name of a secret, never the secret.
Secret = Annotated[str, AfterValidator(_named)]


class Missing(NotReady):
    """A secret that is kept nowhere."""


class Secrets:
    """Looks secrets up by name: in the environment, then in DATA/secrets.toml, then in the system's keyring."""

    def __init__(self, data: Path, environment: Mapping[str, str] = os.environ):
        self._path = data / FILE
        self._environment = environment
        self._given: set[str] = set()

    def __getitem__(self, named: str) -> str:
        """The secret that "secret:NAME" names. Missing says where it was looked for, NotReady what keeps it from being read."""
        name = named.removeprefix(PREFIX)
        for look in (self._environment.get, self._of_file, _of_keyring):
            if found := look(name):
                self._given.add(found)
                return found
        raise Missing(
            f"There is no secret {name}. Set it in the environment, in {self._path} (readable by its owner only), or "
            f"in the keyring: keyring set {SERVICE} {name}."
        )

    def guard(self, made: str) -> None:
        """Mask what was made of a secret, such as a token, like the secret itself."""
        self._given.add(made)

    def masked(self, text: str) -> str:
        """A text without the secrets that were given: what a tool answers may quote them."""
        for secret in sorted((one for one in self._given if len(one) > 3), key=len, reverse=True):
            for told in sorted(_told(secret), key=len, reverse=True):
                text = text.replace(told, "•••")
        return text

    def _of_file(self, name: str) -> str | None:
        try:
            with self._path.open("rb") as file:
                state = os.fstat(file.fileno())
                if os.name == "posix" and state.st_uid not in (os.getuid(), 0):
                    raise NotReady(f"{self._path} belongs to another account than the one that reads it.")
                if os.name == "posix" and state.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                    raise NotReady(f"{self._path} can be read by others. Run: chmod 600 {self._path}")
                told = tomllib.load(file)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise NotReady(
                f"{self._path} cannot be read: {(error.strerror or str(error)).lower()}."
            ) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            # The error would quote a line of the file.
            raise NotReady(f'{self._path} is no sound TOML. Each line is: NAME = "…"') from None
        found = told.get(name)
        return found if isinstance(found, str) else None


def _told(secret: str) -> set[str]:
    """A secret as it may stand in an address, in JSON and in HTML."""
    as_json = {json.dumps(secret, ensure_ascii=ascii)[1:-1] for ascii in (False, True)}
    as_html = {escape(secret, quote=quotes) for quotes in (False, True)}
    return {secret, quote(secret, safe=""), quote_plus(secret), *as_json, *as_html}


def _of_keyring(name: str) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        return keyring.get_password(SERVICE, name)
    except KeyringError:
        return None
