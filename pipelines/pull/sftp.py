"""Files over SFTP, from a server whose host key is known."""

import base64
import hashlib
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote, urlsplit

from pipelines.errors import NotReady
from pipelines.pull.connection import Failed
from pipelines.pull.files import LISTED, Item, Shelf
from pipelines.pull.secrets import Secrets
from pipelines.readers.table import called, cut

if TYPE_CHECKING:
    from pipelines.pull.places.store import Place

PATIENCE = 30  # seconds for each answer
KNOWN = Path("/etc/ssh/ssh_known_hosts")


@contextmanager
def sftp(place: "Place", secrets: Secrets) -> Iterator[Shelf]:
    """The files of a server. NotReady where paramiko is missing, Failed where it cannot be reached or is another one."""
    try:
        import paramiko
    except ImportError as error:
        raise NotReady(
            "SFTP needs a package that is not installed. Run: uv sync --inexact --extra stores (or: pip install paramiko)"
        ) from error
    host = urlsplit(place.url)
    where = host.hostname if host.port in (None, 22) else f"{host.hostname}:{host.port}"
    with paramiko.SSHClient() as client:
        try:
            client.set_missing_host_key_policy(_Checked(place.host_key))
            if not place.host_key:
                client.load_system_host_keys()
                if KNOWN.exists():
                    client.load_system_host_keys(str(KNOWN))
            key = _key(paramiko, secrets[place.private_key], place, secrets) if place.private_key else None
            stated = bool(place.password or key)
            client.connect(
                host.hostname,
                host.port or 22,
                username=place.login or host.username,
                password=secrets[place.password] if place.password and not key else None,
                pkey=key,
                allow_agent=not stated,
                look_for_keys=not stated,
                timeout=PATIENCE,
                banner_timeout=PATIENCE,
                auth_timeout=PATIENCE,
            )
            # What is loaded in between may take minutes.
            client.get_transport().set_keepalive(PATIENCE)
            files = client.open_sftp()
            files.get_channel().settimeout(PATIENCE)
        except paramiko.BadHostKeyException as error:
            raise Failed(
                f"{where} is not the server that known_hosts names: it shows {_fingerprint(error.key)}.",
                "Ask who runs it whether its key was changed, before anything is sent to it.",
            ) from error
        except paramiko.AuthenticationException as error:
            raise Failed(
                f"{where} refused the login of {place.login or host.username or 'this account'}.",
                "Check login, and password or private_key.",
            ) from error
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise Failed(
                f"{where} cannot be reached: {_words(error)}.", "Check the address and the network."
            ) from error
        try:
            yield _Remote(files, unquote(host.path))
        except (paramiko.SSHException, EOFError) as error:
            raise Failed(
                f"{where} broke off: {_words(error)}.", "What was not loaded comes with the next pull."
            ) from error


class _Remote(Shelf):
    """The regular files of a folder on the server. A link is not followed: it may lead anywhere."""

    def __init__(self, files, path: str):
        self._files = files
        # "/~/reports" is below the folder that the login begins in.
        self._path = path.removeprefix("/~/") if path.startswith("/~/") else path or "."

    def items(self, below: bool) -> Iterator[Item]:
        folders, count, looked = [""], 0, 0
        while folders:
            folder, looked = folders.pop(), looked + 1
            if looked > LISTED:
                raise Failed(f"It holds more than {LISTED:,} folders.", "Name a place that holds fewer.")
            for one in self._list(folder):
                name, mode = f"{folder}{one.filename}", one.st_mode or 0
                if one.filename in (".", "..") or "/" in one.filename:
                    continue
                if stat.S_ISDIR(mode) and below:
                    folders.append(f"{name}/")
                if stat.S_ISREG(mode):
                    count += 1
                    yield Item(name, one.st_size or 0, (one.st_mtime or 0) * 10**9, f"file-{count}")

    def _list(self, folder: str) -> Iterator:
        path = f"{self._path}/{folder}".rstrip("/") or "/"
        try:
            yield from self._files.listdir_iter(path)
        except OSError as error:
            raise Failed(
                f"{called(path)} on the server cannot be read: {_words(error)}.",
                "Check that it is there and may be read.",
            ) from error

    def open(self, item: Item) -> BinaryIO:
        file = self._files.open(f"{self._path}/{item.name}", "rb")
        file.prefetch(item.size, max_concurrent_requests=64)
        return file


class _Checked:
    """What is asked of a host key that known_hosts does not hold: to be the one that is stated."""

    def __init__(self, stated: str):
        self._stated = stated

    def missing_host_key(self, client, hostname: str, key) -> None:
        shown = _fingerprint(key)
        if not self._stated:
            raise Failed(
                f"{hostname} is not in known_hosts; it shows {shown}.",
                f'Ask who runs it whether that is its key, then state host_key = "{shown}".',
            )
        if shown != self._stated:
            raise Failed(
                f"{hostname} is not the server of host_key: it shows {shown}.",
                "Ask who runs it whether its key was changed, before anything is sent to it.",
            )


def _fingerprint(key) -> str:
    return f"SHA256:{base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip('=')}"


def _key(paramiko, told: str, place: "Place", secrets: Secrets):
    phrase = secrets[place.password] if place.password else None
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(StringIO(told), phrase)
        except paramiko.PasswordRequiredException:
            raise NotReady(f"The key of [{place.name}] has a passphrase: state it as password.") from None
        except (paramiko.SSHException, ValueError):
            continue
    raise NotReady(
        f"What {place.private_key} holds is no private key of Ed25519, ECDSA or RSA, or has another passphrase."
    )


def _words(error: BaseException) -> str:
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return cut(called(str(said)), 300).rstrip(".")
