"""A store: S3, Azure Blob, Google Cloud Storage or SFTP, by its address."""

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, Literal
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from pydantic import field_validator, model_validator

from pipelines.errors import NotReady
from pipelines.pull.connection import Failed, Visit
from pipelines.pull.files import Files, Item, Shelf
from pipelines.pull.secrets import PREFIX, Secret, Secrets
from pipelines.readers.table import called, cut

SCHEMES = ("s3", "abfs", "gs", "sftp")
PATIENCE = 30  # seconds to connect
GOOGLE = "GOOGLE_APPLICATION_CREDENTIALS"
LOCAL = ("127.0.0.1", "localhost", "::1")


class Place(Files):
    """url: "s3://bucket/prefix", "abfs://container@account/prefix", "gs://bucket/prefix" or "sftp://host/path".

    login: the access key's id of S3, the user of SFTP, the application's id of Azure with its tenant. password: what
    belongs to it; of Azure without a login the account key or a SAS token; of Google the key of a service account, as JSON.
    private_key: of SFTP, as its file holds it.
    Without them it is the identity that the machine or the account has: a role, the environment, an SSH agent.
    endpoint, region, ca: of an S3 that is not Amazon's, where its bucket lies, and who signs its certificate; endpoint also
    of Azure and Google.
    host_key: the fingerprint of an SFTP server ("SHA256:…"); without it the server stands in known_hosts.
    """

    kind: Literal["store"]
    url: str
    login: str = ""
    password: Secret | None = None
    private_key: Secret | None = None
    tenant: str = ""
    region: str = ""
    endpoint: str = ""
    ca: Path | None = None
    host_key: str = ""

    @field_validator("url")
    @classmethod
    def plain_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in SCHEMES or not parts.hostname:
            raise ValueError(f"it has to be an address of {', '.join(f'{one}://' for one in SCHEMES)}")
        if parts.password or parts.query or parts.fragment:
            raise ValueError(
                'an address holds no password, question or fragment; state password = "secret:NAME"'
            )
        if parts.scheme == "abfs" and not parts.username:
            raise ValueError("write it as abfs://container@account/prefix")
        return value

    @field_validator("endpoint")
    @classmethod
    def secure(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and ((parts.scheme != "https" and parts.hostname not in LOCAL) or not parts.hostname):
            raise ValueError("it has to begin with https://")
        return value

    @field_validator("host_key")
    @classmethod
    def fingerprint(cls, value: str) -> str:
        if value and not value.startswith("SHA256:"):
            raise ValueError("a host key is stated by its fingerprint, SHA256:…, as ssh-keygen -l shows it")
        return value.rstrip("=")

    @model_validator(mode="after")
    def whole(self) -> "Place":
        if self.scheme == "gs" and self.login:
            raise ValueError(
                "gs:// takes no login: its password is the whole key of a service account, as JSON"
            )
        if self.scheme == "s3" and bool(self.login) != bool(self.password):
            raise ValueError("login and password of S3 are stated both or neither")
        if self.scheme == "abfs" and bool(self.login) != bool(self.tenant):
            raise ValueError("login and tenant of Azure are stated both or neither")
        return self

    @property
    def scheme(self) -> str:
        return urlsplit(self.url).scheme

    @property
    def where(self) -> str:
        return f"{self.url}, files {self.files}"

    @contextmanager
    def opened(self, visit: Visit) -> Iterator[Shelf]:
        visit.say(f"Looking into {self.url}.")
        if self.scheme == "sftp":
            from pipelines.pull.sftp import sftp

            with sftp(self, visit.secrets) as shelf:
                yield shelf
            return
        parts = urlsplit(self.url)
        top = parts.username if self.scheme == "abfs" else parts.hostname
        with said(self.url):
            held = OPEN[self.scheme](self, visit.secrets)
        yield Bucket(held, self.url, f"{top}/{unquote(parts.path).strip('/')}".rstrip("/"))


class Bucket(Shelf):
    """The objects below a prefix, by a file system of Arrow."""

    def __init__(self, held, url: str, base: str):
        self._held, self._url, self._base = held, url, base

    def items(self, below: bool) -> Iterator[Item]:
        from pyarrow.fs import FileSelector, FileType

        with said(self._url):
            listed = self._held.get_file_info(FileSelector(self._base, recursive=below))
        for count, one in enumerate(listed):
            if one.type == FileType.File:
                yield Item(one.path[len(self._base) + 1 :], one.size, one.mtime_ns or 0, f"object-{count}")

    def open(self, item: Item) -> BinaryIO:
        return self._held.open_input_stream(f"{self._base}/{item.name}")


@contextmanager
def said(url: str) -> Iterator[None]:
    """What a store answers, in one line. Failed where it cannot be used."""
    try:
        yield
    except FileNotFoundError as error:
        raise Failed(
            f"There is nothing at {url}.", "Check the address; a prefix is there once it holds a file."
        ) from error
    except (OSError, ValueError) as error:
        raise Failed(
            f"{url} cannot be used: {cut(called(str(error)), 300)}.",
            "Check the address, the identity and what it may do: it needs to list and to read.",
        ) from error


def _plain(login: str, secrets: Secrets) -> str:
    """A login may be kept with the secrets, too."""
    return secrets[login] if login.startswith(PREFIX) else login


def _s3(place: Place, secrets: Secrets):
    from pyarrow.fs import S3FileSystem, resolve_s3_region

    endpoint = urlsplit(place.endpoint)
    stated = (
        {"access_key": _plain(place.login, secrets), "secret_key": secrets[place.password]}
        if place.password
        else {}
    )
    if endpoint.netloc:
        stated |= {"endpoint_override": endpoint.netloc, "scheme": endpoint.scheme}
    region = place.region or (
        "us-east-1" if endpoint.netloc else resolve_s3_region(urlsplit(place.url).hostname)
    )
    if place.ca:
        stated["tls_ca_file_path"] = str(place.ca)
    proxy = getproxies().get(endpoint.scheme or "https")
    if proxy and not proxy_bypass(endpoint.hostname or "amazonaws.com"):
        stated["proxy_options"] = proxy
    return S3FileSystem(region=region, connect_timeout=PATIENCE, **stated)


def _azure(place: Place, secrets: Secrets):
    try:
        from pyarrow.fs import AzureFileSystem
    except ImportError as error:
        raise NotReady("This build of pyarrow knows no Azure. Run: pip install --upgrade pyarrow") from error
    account, stated = urlsplit(place.url).hostname.partition(".")[0], {}
    if place.password:
        told = secrets[place.password]
        if place.login:
            stated = {
                "tenant_id": place.tenant,
                "client_id": _plain(place.login, secrets),
                "client_secret": told,
            }
        else:
            stated = {"sas_token" if "sig=" in told else "account_key": told}
    if place.endpoint:
        host = urlsplit(place.endpoint)
        stated |= {f"{one}_storage_authority": host.netloc for one in ("blob", "dfs")}
        stated |= {f"{one}_storage_scheme": host.scheme for one in ("blob", "dfs")}
    return AzureFileSystem(account, **stated)


def _google(place: Place, secrets: Secrets):
    from pyarrow.fs import GcsFileSystem

    stated, endpoint = {}, urlsplit(place.endpoint)
    if endpoint.netloc:
        stated = {"endpoint_override": endpoint.netloc, "scheme": endpoint.scheme}
    with _google_key(secrets[place.password]) if place.password else nullcontext():
        if GOOGLE not in os.environ and not _google_here():
            raise Failed(
                "This machine has no identity at Google.",
                f'State password = "secret:NAME", the key of a service account as JSON, or set {GOOGLE}.',
            )
        return GcsFileSystem(retry_time_limit=timedelta(seconds=PATIENCE), **stated)


@contextmanager
def _google_key(told: str) -> Iterator[None]:
    """What Google's client reads of a key, which it does as it is made: a file that nobody else can read."""
    try:
        if not isinstance(json.loads(told), dict):
            raise ValueError
    except ValueError:
        raise Failed(
            "The password of gs:// is no key of a service account.", "Keep its whole JSON."
        ) from None
    with NamedTemporaryFile("w", encoding="utf-8", suffix=".json") as file:
        file.write(told)
        file.flush()
        before = os.environ.get(GOOGLE)
        os.environ[GOOGLE] = file.name
        try:
            yield
        finally:
            del os.environ[GOOGLE]
            if before is not None:
                os.environ[GOOGLE] = before


def _google_here() -> bool:
    """Whether the account has signed in to Google, or Google's own machines give an identity: asking in vain takes a minute."""
    folder = os.environ.get("CLOUDSDK_CONFIG") or Path.home() / ".config" / "gcloud"
    if (Path(folder) / "application_default_credentials.json").exists():
        return True
    try:
        socket.create_connection(
            (os.environ.get("GCE_METADATA_HOST", "metadata.google.internal"), 80), 3
        ).close()
    except OSError:
        return False
    return True


OPEN: dict[str, Callable] = {"s3": _s3, "abfs": _azure, "gs": _google}
