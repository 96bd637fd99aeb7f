"""What is open on the server, and by whom: connections, sessions, uploads."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from starlette.requests import HTTPConnection

from api.server.streaming import Turns
from api.server.tokens import is_passed_on
from pages.parts.server import visitor
from pages.parts.server.housekeeping import Upkeep
from pages.parts.server.idle_sessions import Sessions
from pages.parts.server.pending_uploads import Pending


class Guard:
    """What is open now, of one server. A client is a browser with its cookie, and an address behind no proxy.

    Args:
        most: connections of everybody.
    """

    def __init__(self, sessions: Sessions, pending: Pending, upkeep: Upkeep, most: int) -> None:
        self.sessions, self.pending, self.upkeep = sessions, pending, upkeep
        self._turns = Turns(max(1, 3 * most // 4), 2 * most)  # each is counted for the browser, and for the address
        self._all = Turns(most, most)

    @contextmanager
    def connection(self, asked: HTTPConnection) -> Iterator[bool]:
        """While a connection is open: whether it may be."""
        taken = ExitStack()
        with taken:
            for turns, client in ((self._all, "all"), *((self._turns, client) for client in _clients(asked))):
                if not turns.take(client):
                    taken.close()
                    yield False
                    return
                taken.callback(turns.give, client)
            yield True

    def sweep(self) -> int:
        """Close sessions that were left, and forget what was sent for any that is over; how many were closed."""
        closed = self.sessions.sweep(time.monotonic())
        for session in self.pending.sessions:
            if not self.sessions.is_known(session):
                self.pending.forget(session)
        return closed


def _clients(asked: HTTPConnection) -> Iterator[str]:
    """Who counts for a connection: its browser, by the cookie, and its address, where it is its own."""
    cookie = visitor.cookie(asked)
    if cookie is not None:
        yield cookie
    if asked.client is not None and not is_passed_on(asked.headers):
        yield _network(asked.client.host)


def _network(host: str) -> str:
    """An address; of IPv6 the half that a provider gives to one customer."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
