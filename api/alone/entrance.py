"""The door of the API where there are no pages: whose request is answered, and as whom. ASGI middleware.

The rules are those of the pages' own door: a name that the server goes by, no page of another site, and a token where
one is needed. There is no cookie for a token here: programs send `Authorization: Bearer`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api import problems
from api.host import Asker
from api.machine import LIVE, READY
from api.server import origins
from api.server.origins import Asked, Names, Refusal
from api.server.tokens import Access, Role, Tries, bearer_of, is_loopback, is_passed_on
from fusion import config
from fusion.errors import Reason

LOCAL = "local"  # the one person of this machine, as the pages call them
VISITOR = "fusewise_visitor"  # the cookie by which visitors are told apart, as on the pages
_VISITOR = re.compile(r"[0-9a-f]{32}")
_ADMINISTRATOR = hashlib.sha256(b"fusewise administrator").hexdigest()


@dataclass(frozen=True, slots=True)
class Rules:
    """What the door goes by.

    Attributes:
        port: of the server, which names the cookie of a browser that has been at the pages of the same port.
    """

    access: Access
    names: Names
    port: int

    @property
    def is_open(self) -> bool:
        """Whether others than the one person at this machine may come, as far as that is set."""
        asked = config.load().single_user
        if asked != "auto":
            return asked == "false"
        return self.access.is_guest_set or not is_loopback(self.names.address)

    def role(self, asked: HTTPConnection) -> Role | None:
        """As whom a request comes; None for nobody known."""
        return self.access.of_request(asked.headers, asked.cookies, self.port)

    def is_alone(self, asked: HTTPConnection) -> bool:
        """Whether nobody but this machine can have sent a request."""
        passed = is_passed_on(asked.headers) or asked.scope.get("http_version") == "1.0"
        peer = asked.client.host if asked.client else ""
        return is_loopback(self.names.address) and not passed and is_loopback(peer)

    def asker(self, asked: HTTPConnection) -> Asker:
        """Who sends a request."""
        role, is_single = self.role(asked), self._is_single(asked)
        is_administrator = is_single if role is None else role == Role.ADMINISTRATOR
        is_served = self.is_open or not is_single
        if is_single:
            return Asker(LOCAL, None, is_served, is_administrator)
        sent = asked.cookies.get(VISITOR, "")
        visitor = hashlib.sha256(sent.encode()).hexdigest() if _VISITOR.fullmatch(sent) else None
        owner = visitor or (_ADMINISTRATOR if is_administrator else None)
        return Asker(owner, owner or "", is_served, is_administrator)

    def _is_single(self, asked: HTTPConnection) -> bool:
        """Whether everybody who comes is one person."""
        wished = config.load().single_user
        if wished != "auto":
            return wished == "true"
        return self.role(asked) != Role.GUEST and self.is_alone(asked)


class Entrance:
    """Lets in who may come in."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app, self._rules, self._tries = app, rules, Tries()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as the app does, or in its place."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] == "http":
            answer = self._refusal(Request(scope))
            await (answer or self._app)(scope, receive, send)
        return None

    def _refusal(self, asked: Request) -> Response | None:
        """What is said in the app's place; None lets the request through."""
        server = asked.scope.get("server")
        local = str(server[0]) if server else None
        about = Asked(asked.headers, asked.method, asked.url.path, asked.url.scheme == "https", local)
        is_told_once = all(len(asked.headers.getlist(name)) <= 1 for name in ("host", "origin"))
        foreign = self._foreign(about) if is_told_once else Reason.NAME_FOREIGN
        if foreign is not None:
            return problems.at_the_door(asked, foreign)
        if asked.url.path in (LIVE, READY) and asked.method in ("GET", "HEAD"):
            return None
        if origins.is_preflight(self._rules.names, about):
            return None
        is_asked = self._rules.access.is_asked(alone=self._rules.is_alone(asked))
        if not is_asked and self._rules.asker(asked).is_administrator:
            return None  # with any token or none: clients of other services send theirs, and there is nothing to guess
        return self._guess(asked, is_asked)

    def _guess(self, asked: Request, is_asked: bool) -> Response | None:
        peer, bearer = asked.client.host if asked.client else None, bearer_of(asked.headers)
        wait_s = self._tries.wait_s(peer) if bearer is not None else 0.0
        if wait_s:
            return problems.at_the_door(asked, Reason.TOO_BUSY, wait_s)
        role = self._rules.role(asked)
        if bearer is not None and role is None:
            self._tries.wrong(peer)
        return problems.at_the_door(asked, Reason.TOKEN_WANTED) if role is None and is_asked else None

    def _foreign(self, about: Asked) -> Reason | None:
        found = origins.refusal(self._rules.names, about)
        if found is None:
            return None
        return Reason.NAME_FOREIGN if found == Refusal.HOST else Reason.SITE_FOREIGN
