"""Which hosts a connection calls: its own, and those that it allows; never one that an answer leads to."""

import ipaddress
import socket
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx

from pipelines.pull.connection import Failed
from pipelines.pull.online import Online


class Hosts:
    """own: addresses that the connection states; all of their hosts may be called, wherever they lead."""

    def __init__(self, place: Online, own: list[httpx.URL]):
        self._place = place
        self._home = own[0]
        self._own = set(map(origin, own))

    def check(self, url: httpx.URL, said: str) -> None:
        """Failed with what is said where the connection does not name the host of this address."""
        if origin(url) in self._own:
            return
        named = _named(url)
        secure = url.scheme == "https" or self._home.scheme == "http"
        if not secure or not any(named == one or _below(named, one) for one in self._place.allow):
            raise Failed(
                said, f'If it may be, add allow = ["{named}"] to [{self._place.name}]; else check its url.'
            )

    def pinned(self, url: httpx.URL) -> tuple[httpx.URL, dict[str, str], dict[str, Any]]:
        """The address to connect to, with the headers and extensions that it needs.

        A host that only a pattern allows must not lead into our own network, also not when it is looked up a second time.
        """
        self.check(url, f"{self._home.host} names {url.host}, which is not called.")
        if origin(url) in self._own or _named(url) in self._place.allow or self._proxied(url):
            return url, {}, {}
        try:
            found = socket.getaddrinfo(url.host, url.port or 443, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpx.ConnectError(str(error)) from None
        addresses = [ipaddress.ip_address(one[4][0]) for one in found]
        if not all(one.is_global for one in addresses):
            raise Failed(
                f"{url.host} leads to an address inside a network, which is not called.",
                f'If it may be, add allow = ["{_named(url)}"] to [{self._place.name}].',
            )
        return url.copy_with(host=str(addresses[0])), {"Host": _named(url)}, {"sni_hostname": url.host}

    def _proxied(self, url: httpx.URL) -> bool:
        """Whether a proxy makes the connection: then it is the proxy that looks the name up."""
        return bool(self._place.proxy) or (url.scheme in getproxies() and not proxy_bypass(url.host))


def origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def _named(url: httpx.URL) -> str:
    return url.host if url.port is None else f"{url.host}:{url.port}"


def _below(named: str, pattern: str) -> bool:
    return pattern.startswith("*.") and named.endswith(pattern[1:])
