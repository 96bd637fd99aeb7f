"""Photos that are fetched from addresses, where whoever runs the server has allowed it: from public ones alone.

Whoever has a server ask for an address could have it ask its own network. So a name is resolved once, each address that
it has must be public, and the connection goes to that very address; where it leads on, the same is asked again. Neither
a proxy nor a cookie of this machine is used.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3

from fusion.errors import FusionError, PhotoRejected, Reason
from fusion.units import MIB

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PATIENCE_S, _LONGEST_S = 10.0, 60.0  # for a sign of life, and for the whole photo
_MOST_HOPS = 4  # requests for one photo
_PIECE = MIB // 4
_MOVED = (301, 302, 303, 307, 308)
_PORTS = {"http": 80, "https": 443}
# Addresses that stand for others, which may be of this network: 6to4 and its relay, Teredo, NAT64.
_DISGUISES = tuple(
    map(ipaddress.ip_network, ("192.88.99.0/24", "2001::/32", "2002::/16", "64:ff9b::/96", "64:ff9b:1::/48"))
)


def is_public(address: Address) -> bool:
    """Whether it is one machine of the public internet, and itself."""
    return address.is_global and not address.is_multicast and not any(address in each for each in _DISGUISES)


def resolved(host: str, port: int) -> tuple[Address, ...]:
    """All addresses of a name.

    Raises:
        OSError: there are none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(ipaddress.ip_address(str(each[4][0])) for each in found))


@dataclass(frozen=True, slots=True)
class Fetcher:
    """What fetches.

    Attributes:
        allows: which addresses may be asked.
        ports: which ports.
        resolve: the addresses of a name and a port.
    """

    allows: Callable[[Address], bool] = is_public
    ports: frozenset[int] = frozenset(_PORTS.values())
    resolve: Callable[[str, int], tuple[Address, ...]] = resolved

    def fetch(self, name: str, url: str, most: int) -> bytes:
        """What lies at an address.

        Args:
            name: of the field that holds the address.
            most: bytes that are taken.

        Raises:
            FusionError: "request_address_refused"; "request_address_unreached".
            PhotoRejected: it is too heavy.
        """
        end = time.monotonic() + _LONGEST_S
        for _ in range(_MOST_HOPS):
            with self._asked(name, url) as answer:
                if answer.status == 200:
                    return _read(name, answer, most, end)
                moved = answer.headers.get("Location") if answer.status in _MOVED else None
                if moved is None:
                    raise _unreached(name, f"HTTP {answer.status}")
            url = urljoin(url, moved)
        raise _unreached(name, "too many redirects")

    @contextmanager
    def _asked(self, name: str, url: str) -> Iterator[urllib3.BaseHTTPResponse]:
        parts, port = self._parts(name, url)
        assert parts.hostname is not None
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Host": parts.netloc, "Accept": "image/*", "Accept-Encoding": "identity", "User-Agent": "Fusewise"}
        try:
            address = self._address(name, parts.hostname, port)
            with _line(parts, str(address), port) as pool:
                answer = pool.urlopen("GET", path, headers=headers, redirect=False, preload_content=False)
                try:
                    yield answer
                finally:
                    answer.close()
        except (OSError, urllib3.exceptions.HTTPError, UnicodeError) as error:
            raise _unreached(name, type(error).__name__) from error

    def _parts(self, name: str, url: str) -> tuple[SplitResult, int]:
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme)
        except ValueError as error:
            raise FusionError(Reason.REQUEST_ADDRESS_REFUSED, name=name) from error
        is_plain = parts.scheme in _PORTS and parts.hostname and "@" not in parts.netloc and parts.netloc.isascii()
        if port is None or port not in self.ports or not is_plain:
            raise FusionError(Reason.REQUEST_ADDRESS_REFUSED, name=name)
        return parts, port

    def _address(self, name: str, host: str, port: int) -> Address:
        """The address to ask: of a name whose addresses are not all allowed none is."""
        found = self.resolve(host, port)
        if not found or not all(map(self.allows, found)):
            raise FusionError(Reason.REQUEST_ADDRESS_REFUSED, name=name)
        return found[0]


def _line(parts: SplitResult, address: str, port: int) -> urllib3.HTTPConnectionPool:
    """A connection to the address, over which the name's certificate is asked for."""
    timeout = urllib3.Timeout(connect=_PATIENCE_S, read=_PATIENCE_S)
    if parts.scheme == "http":
        return urllib3.HTTPConnectionPool(address, port, timeout=timeout, retries=False)
    return urllib3.HTTPSConnectionPool(
        address,
        port,
        timeout=timeout,
        retries=False,
        ssl_context=ssl.create_default_context(),
        server_hostname=parts.hostname,
        assert_hostname=parts.hostname,
    )


def _read(name: str, answer: urllib3.BaseHTTPResponse, most: int, end: float) -> bytes:
    found = bytearray()
    while piece := answer.read1(_PIECE, decode_content=False):
        found += piece
        if len(found) > most:
            limit = round(most / MIB, 1)
            raise PhotoRejected(Reason.PHOTO_TOO_HEAVY, megabytes=len(found) / MIB, limit_megabytes=limit)
        if time.monotonic() > end:
            raise _unreached(name, "TimeoutError")
    stated = answer.headers.get("Content-Length")
    if stated is not None and stated.isdecimal() and int(stated) != len(found):
        raise _unreached(name, "IncompleteRead")
    return bytes(found)


def _unreached(name: str, why: str) -> FusionError:
    return FusionError(Reason.REQUEST_ADDRESS_UNREACHED, name=name, why=why)
