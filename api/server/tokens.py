"""Who may enter, and as whom: tokens that are printed as a link, and the cookie that stands for one. No Streamlit.

A token is what a link, a form or an `Authorization` header carries. It is exchanged for a cookie at once: a date and a
random number, signed with a key that is derived from the token. So the cookie does not tell the token, ends with it,
and nothing has to be kept on a disk.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from fusion import config
from fusion.newest import Newest

COOKIE = "fusewise_access"  # and the port: a browser sends the cookies of one host to all of its ports
COOKIE_S = 7 * 24 * 3600  # so long a browser that has entered stays in
_COOKIE = re.compile(r"([0-9]{1,12})\.([0-9a-f]{32})\.([0-9a-f]{64})")
_TOKEN_BYTES = 24

TRIES, TRIES_OF_ALL, TRIES_S = 10, 100, 60.0  # wrong tokens of one address, and of all, in so many seconds
_ADDRESSES = 1024  # so many addresses are remembered

# What a request carries that somebody has passed on; so does any header that begins with one of `_PASSED_ON_BY`.
_PASSED_ON = frozenset(
    (
        *("forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip", "cdn-loop"),
        *("client-ip", "proxy-client-ip", "wl-proxy-client-ip", "fastly-client-ip", "fly-client-ip", "x-forwarded"),
        *("x-original-host", "x-original-for", "x-host", "x-proxyuser-ip", "x-appengine-user-ip", "x-nginx-proxy"),
        *("x-arr-ssl", "x-remote-ip", "x-remote-addr", "x-proxy-user", "x-scheme", "x-script-name"),
    )
)
_PASSED_ON_BY = (
    *("x-forwarded-", "x-original-forwarded-", "cf-", "x-envoy-", "x-azure-", "x-amzn-", "x-amz-cf-", "fly-"),
    *(
        "x-vercel-",
        "x-nf-",
        "x-goog-",
        "tailscale-",
        "ngrok-",
        "x-ngrok-",
        "remote-",
        "x-remote-user",
        "x-auth-request-",
    ),
)


class Role(StrEnum):
    """As whom somebody has entered."""

    ADMINISTRATOR = "administrator"
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class _Key:
    """A token, and what signs the cookies that it is exchanged for."""

    role: Role
    token: bytes
    signer: bytes


class Access:
    """The tokens of a running app."""

    def __init__(self, token: str | None = None, guest_token: str | None = None) -> None:
        """Takes what is set; what is not is random and new with each start.

        Args:
            token: the administrator's, or `config.AUTO`, or `config.OFF`; None asks for one where it is needed.
        """
        self.is_off = token == config.OFF
        self.is_always_asked = token is not None and not self.is_off
        self.is_guest_set = guest_token is not None
        given = None if token in (config.AUTO, config.OFF) else token
        self._keys = tuple(
            _key(role, value or secrets.token_urlsafe(_TOKEN_BYTES))
            for role, value in ((Role.ADMINISTRATOR, given), (Role.GUEST, guest_token))
        )

    @staticmethod
    def as_set() -> Access:
        """By the settings in the environment.

        Raises:
            SettingsInvalid: one of them cannot be used.
        """
        found = config.load()
        token, guest = (each.get_secret_value() if each else None for each in (found.token, found.guest_token))
        return Access(token, guest)

    def token(self, role: Role) -> str:
        """The token of that role."""
        return next(key.token.decode() for key in self._keys if key.role == role)

    def of_token(self, token: str) -> Role | None:
        """Whose token that is; it takes as long for a wrong one as for a right one."""
        given = token.encode(errors="replace")
        found = [key.role for key in self._keys if hmac.compare_digest(key.token, given)]
        return found[0] if found else None

    def cookie(self, role: Role, now_s: float | None = None) -> str:
        """A new cookie's value for one who has shown that role's token."""
        key = next(key for key in self._keys if key.role == role)
        text = f"{int((now_s or time.time()) + COOKIE_S)}.{secrets.token_hex(16)}"
        return f"{text}.{_signature(key, text)}"

    def of_cookie(self, value: str | None, now_s: float | None = None) -> Role | None:
        """As whom a cookie lets in; None for one that is forged, of another token, or too old."""
        parts = _COOKIE.fullmatch(value or "")
        if parts is None or int(parts[1]) < (now_s or time.time()):
            return None
        text = f"{parts[1]}.{parts[2]}"
        found = [key.role for key in self._keys if hmac.compare_digest(_signature(key, text), parts[3])]
        return found[0] if found else None

    def of_request(self, headers: Mapping[str, str], cookies: Mapping[str, str], port: int) -> Role | None:
        """As whom a request comes: by its cookie, or by `Authorization: Bearer TOKEN`."""
        bearer = bearer_of(headers)
        if bearer is not None:
            return self.of_token(bearer)
        return self.of_cookie(cookies.get(cookie_name(port)))

    def is_asked(self, *, alone: bool) -> bool:
        """Whether a request needs a token.

        Args:
            alone: it comes from this machine, and nobody else could have sent it.
        """
        return self.is_always_asked or not (alone or self.is_off)


class Tries:
    """Counts wrong tokens, so that nobody gets to guess many. From any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._all: deque[float] = deque(maxlen=TRIES_OF_ALL)
        self._by = Newest[str, deque[float]](_ADDRESSES)

    def wrong(self, address: str | None) -> None:
        """One more."""
        with self._lock:
            of = self._by.of(_network(address), lambda: deque(maxlen=TRIES))
            of.append(self._clock())
            self._all.append(self._clock())

    def wait_s(self, address: str | None) -> float:
        """How long that address, or everybody, has to wait before another token is looked at; 0 for not at all."""
        with self._lock:
            full = (each for each in (self._by.get(_network(address)), self._all) if each and len(each) == each.maxlen)
            return max((max(0.0, each[0] + TRIES_S - self._clock()) for each in full), default=0.0)


def cookie_name(port: int) -> str:
    """The cookie's name on a server of that port."""
    return f"{COOKIE}_{port}"


def bearer_of(headers: Mapping[str, str]) -> str | None:
    """The token in a request's `Authorization` header."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def is_passed_on(headers: Iterable[str]) -> bool:
    """Whether a request with headers of these names comes through a proxy, behind which may be anybody."""
    names = [name.lower() for name in headers]
    return any(name in _PASSED_ON or name.startswith(_PASSED_ON_BY) for name in names)


def is_loopback(address: str | None) -> bool:
    """Whether what listens or comes from there is this machine alone; None is every address."""
    if address == "localhost":
        return True
    try:
        found = ipaddress.ip_address((address or "0.0.0.0").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def _key(role: Role, token: str) -> _Key:
    text = token.encode()
    return _Key(role, text, hmac.digest(text, b"fusewise access cookie", hashlib.sha256))


def _signature(key: _Key, text: str) -> str:
    return hmac.digest(key.signer, f"{key.role}.{text}".encode(), hashlib.sha256).hex()


def _network(address: str | None) -> str:
    """What counts as one address: whoever has one of IPv6 has all that begin alike."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
