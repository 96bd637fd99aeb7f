"""Which requests are this page's own: the name that the server was asked by, and the site that asks. No Streamlit.

A browser may be on a page of somebody else's that sends requests here, or that has made its own name point here (DNS
rebinding). The address that was asked for (Host) and the page that asks (Origin, Sec-Fetch-Site) give it away.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from api.server.tokens import is_loopback

_PORTS = {"http": 80, "https": 443}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")
_DATA = ("_stcore", "media", "fusewise", "component")  # segments of addresses that only the page itself asks for


class Refusal(StrEnum):
    """Why a request is not answered."""

    HOST = "host"
    ORIGIN = "origin"


@dataclass(frozen=True, slots=True)
class Names:
    """What the server may be called.

    Attributes:
        address: where it listens; None and "0.0.0.0" are every address of the machine.
        allowed: Streamlit's `server.allowedHosts`, which goes before the rest where it is not empty.
        origins: other pages' that may ask: Streamlit's `server.corsAllowedOrigins`.
        extra: what else it is called: Streamlit's `browser.serverAddress`.
    """

    address: str | None
    allowed: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def is_ours(self, host: str, local: str | None) -> bool:
        """Whether the server goes by that name, without its port.

        Args:
            local: the machine's own address that the request came in on.
        """
        if self.allowed:
            return any(_matches(host, pattern.strip().lower().rstrip(".")) for pattern in self.allowed)
        own = {name.lower().strip("[]") for name in (self.address, *self.extra) if name}
        if host in own and not _is_every(host):
            return True
        if is_loopback(self.address):
            return host in _LOOPBACK
        if not _is_every(self.address):
            return False
        machine = socket.gethostname().lower()
        names = {machine, machine.partition(".")[0], f"{machine.partition('.')[0]}.local"}
        return host in names or host == _plain(local) or (is_loopback(_plain(local)) and host in _LOOPBACK)


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request says where it comes from.

    Attributes:
        method: of http; "WEBSOCKET" for a websocket's handshake.
        is_https: TLS ends here, or a proxy says that it ended there.
        local: the machine's own address that the request came in on.
    """

    headers: Mapping[str, str]
    method: str
    path: str
    is_https: bool
    local: str | None


def refusal(names: Names, asked: Asked) -> Refusal | None:
    """Why a request is not answered; None for one that is."""
    headers = asked.headers
    host = split(headers.get("host"))
    if host is None or not names.is_ours(host[0], asked.local):
        return Refusal.HOST
    origin = headers.get("origin")
    if origin is not None:
        return None if _is_same(origin, host, asked.is_https) or origin in names.origins else Refusal.ORIGIN
    site = headers.get("sec-fetch-site", "none")
    if site in ("none", "same-origin"):
        return None
    is_visit = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    is_page = asked.method in ("GET", "HEAD") and not set(asked.path.split("/")) & set(_DATA)
    return None if is_visit and is_page else Refusal.ORIGIN  # somebody follows a link, or something is asked for


def is_preflight(names: Names, asked: Asked) -> bool:
    """Whether a browser asks on behalf of a site that is allowed what it may ask: such a request has no token."""
    is_asked = asked.method == "OPTIONS" and "access-control-request-method" in asked.headers
    return is_asked and asked.headers.get("origin") in names.origins


def split(host: str | None) -> tuple[str, int | None] | None:
    """Name and port of a Host header; None where it is none."""
    if not host or not host.isascii() or set(host) & set("/\\@?#, \t"):
        return None
    try:
        found = urlsplit(f"//{host}")
        name, port = found.hostname, found.port
    except ValueError:
        return None
    if not name:
        return None
    name = name.rstrip(".")
    if host.startswith("["):
        try:
            return str(ipaddress.IPv6Address(name.partition("%")[0])), port
        except ValueError:
            return None
    return (name, port) if _LABEL.fullmatch(name) else None


def policy(headers: Mapping[str, str], scripts: tuple[str, ...]) -> str:
    """The Content-Security-Policy of every answer: nothing from elsewhere, nothing to elsewhere, in no frame.

    Args:
        scripts: hashes of the scripts that stand in the page itself.
    """
    host = headers.get("host", "")
    own = f" ws://{host} wss://{host}" if split(host) else ""  # older browsers do not count websockets to 'self'
    hashes = "".join(f" '{each}'" for each in scripts)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self'{hashes} blob: 'wasm-unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self'{own} data: blob:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def script_hashes(page: Path) -> tuple[str, ...]:
    """Hashes of the scripts that stand in an HTML file, as a Content-Security-Policy names them."""
    found = re.findall(rb"<script>(.*?)</script>", page.read_bytes(), re.DOTALL)
    return tuple(f"sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}" for text in found)


def _is_same(origin: str, host: tuple[str, int | None], is_https: bool) -> bool:
    """Whether a page comes from this very server: name and port. TLS may end before it, unseen, but not begin there."""
    try:
        scheme, netloc = urlsplit(origin)[:2]
    except ValueError:
        return False
    named = split(netloc)
    if named is None or scheme not in ("http", "https") or origin.lower() != f"{scheme}://{netloc}".lower():
        return False
    if is_https and scheme == "http":
        return False
    usual = _PORTS[scheme]
    return named[0] == host[0] and (named[1] or usual) == (host[1] or usual)


def _matches(host: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:])
    return pattern in ("*", host)


def _is_every(address: str | None) -> bool:
    return address in (None, "", "0.0.0.0", "::")


def _plain(address: str | None) -> str | None:
    """An address as it stands in a Host header: an IPv4 one also where it comes in on a socket of IPv6."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address
    return str(getattr(found, "ipv4_mapped", None) or found)
