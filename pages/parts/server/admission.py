"""The door: everything that asks the server for anything passes here first. ASGI middleware, for http and websockets.

In this order: is the server asked by its own name (else 421), and by its own page (else 403)? Does whoever asks have a
token or the cookie for one, where one is needed (else 401 and a page that asks for it)? What is left is Streamlit's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.server import origins
from api.server.origins import Asked, Names, Refusal
from api.server.tokens import COOKIE_S, Access, Role, Tries, bearer_of, cookie_name, is_loopback, is_passed_on
from fusion.errors import Reason
from pages.parts.server import entrance_page
from pages.parts.server.websocket_filter import sifted

_FORM_BYTES = 4096  # of a form that holds a token and nothing else
_HEALTH = "/_stcore/health"  # says "ok" and no more; what watches over servers asks it without a token
# Of no use to a page, but to who runs the server: figures and a way to drive the app from programs.
_FOR_ADMINISTRATORS = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/script-health-check")
# What programs ask: they are told of errors as programs are (`api.problems`).
_FOR_PROGRAMS = ("/v1/", "/reactor/", "/metrics", "/openapi.json")
_OPEN = (_HEALTH, "/v1/health/live", "/v1/health/ready")
# Where photos go in and out. The rest is what shows the page with the login.
_FOR_PEOPLE = ("/_stcore/upload_file", "/fusewise/", "/v1/", "/reactor/", "/metrics")
# A page that has lost its line asks these over and over. A connection that was taken in while the server ended is
# closed by nobody, and would be kept up so for ever, and the server with it: each answer ends its own.
_ASKED_WHILE_LOST = (_HEALTH, "/_stcore/host-config")
_STEADY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_REFUSED = {
    Refusal.HOST: (421, "Fusewise is not served at this address. Names it may be asked by: server.allowedHosts."),
    Refusal.ORIGIN: (403, "Another site asked for this. Open Fusewise by its own address."),
}


@dataclass(frozen=True, slots=True)
class Door:
    """What the door knows of the server.

    Attributes:
        base: what every address begins with; empty, or "/" and a name.
        has_login: people log in with an OIDC provider; a token is then only asked for where one is set.
        is_logged_in: whether a request comes from somebody who has.
        is_one: everybody who comes is one person, as it is set.
        scripts: hashes of the scripts in the page itself.
    """

    access: Access
    names: Names
    port: int
    base: str = ""
    has_login: bool = False
    is_logged_in: Callable[[HTTPConnection], bool] = lambda _: False
    is_one: bool = True
    scripts: tuple[str, ...] = ()


class Guard:
    """Lets in who may come in, and says to every browser what its page may do; ASGI middleware."""

    def __init__(self, app: ASGIApp, door: Callable[[], Door], ready: Callable[[], None] = lambda: None) -> None:
        """Wraps an app.

        Args:
            door: called once, as the app starts.
            ready: called once the server is about to answer.
        """
        self._app = app
        self._door = door()
        self._tries = Tries()
        self._ready = ready

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as the app does, or in its place."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, self._telling(send))
        if scope["type"] not in ("http", "websocket"):
            return None
        asked = HTTPConnection(scope)
        if scope["type"] == "websocket":
            answer = await self._answer(asked, None)
            if answer is not None:
                return await send({"type": "websocket.close", "code": 1008})
            _name_alike(scope)
            return await self._app(scope, sifted(receive), send)
        answer = await self._answer(asked, Request(scope, receive))
        safe = self._with_headers(asked, send)
        await (answer or self._app)(scope, receive, safe)

    async def _answer(self, asked: HTTPConnection, request: Request | None) -> Response | None:
        """What is said in the app's place; None lets the request through."""
        path = str(asked.scope["path"]).removeprefix(self._door.base)
        about = Asked(asked.headers, request.method if request else "WEBSOCKET", path, is_https(asked), _local(asked))
        is_told_once = all(len(asked.headers.getlist(name)) <= 1 for name in ("host", "origin"))
        refusal = origins.refusal(self._door.names, about) if is_told_once else Refusal.HOST
        if refusal is not None:
            if path.startswith(_FOR_PROGRAMS):
                return problems.at_the_door(
                    asked, Reason.NAME_FOREIGN if refusal == Refusal.HOST else Reason.SITE_FOREIGN
                )
            status, text = _REFUSED[refusal]
            return PlainTextResponse(text, status)
        is_for_all = path in _OPEN and about.method in ("GET", "HEAD")
        if is_for_all or (path.startswith(_FOR_PROGRAMS) and origins.is_preflight(self._door.names, about)):
            return None
        return await self._entry(asked, request, path)

    async def _entry(self, asked: HTTPConnection, request: Request | None, path: str) -> Response | None:
        is_asked = self._is_asked(asked)
        if request is not None and request.method == "GET" and "token" in request.query_params:
            return self._by_link(asked, is_asked)
        # Clients of other services send a token of theirs: no guess where whoever comes is the administrator anyway.
        role, wait_s = self._role(asked, is_guess=is_asked or not self._is_administrator(asked, None))
        if role is None and is_asked:
            if path.startswith(_FOR_PROGRAMS):
                return problems.at_the_door(asked, Reason.TOO_BUSY if wait_s else Reason.TOKEN_WANTED, wait_s)
            if wait_s:
                return _too_many(asked, wait_s)
            if request is not None and _is_form(request):
                return await self._by_form(request)
            return entrance_page.page(asked, 401)
        if path.startswith(_FOR_ADMINISTRATORS) and not self._is_administrator(asked, role):
            return PlainTextResponse("This is for the administrator: ask with the administrator's token.", 403)
        if (
            self._door.has_login
            and role is None
            and path.startswith(_FOR_PEOPLE)
            and not self._door.is_logged_in(asked)
        ):
            return problems.at_the_door(asked, Reason.TOKEN_WANTED)
        return None

    def _role(self, asked: HTTPConnection, *, is_guess: bool) -> tuple[Role | None, float]:
        """As whom the request comes, and how long its sender waits until another token is looked at."""
        access, address = self._door.access, _peer(asked)
        bearer = bearer_of(asked.headers)
        wait_s = self._tries.wait_s(address)
        if bearer is not None and wait_s:
            return None, wait_s
        role = access.of_request(asked.headers, asked.cookies, self._door.port)
        if bearer is not None and role is None and is_guess:
            self._tries.wrong(address)
        return role, 0.0

    def _by_link(self, asked: HTTPConnection, is_asked: bool) -> Response:
        """Takes the token out of the address, so that it stays in no history, log or Referer."""
        query = parse_qsl(asked.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        token = next(value for name, value in query if name == "token")
        rest = urlencode([pair for pair in query if pair[0] != "token"])
        asked.scope["query_string"] = rest.encode()  # a server's own log of what was asked is written from it
        return self._exchanged(asked, token, rest, is_asked)

    async def _by_form(self, request: Request) -> Response:
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > _FORM_BYTES:
                return PlainTextResponse("This form holds a token and nothing else.", 413)
        given = dict(parse_qsl(body.decode("utf-8", "replace"))).get("token", "").strip()
        return self._exchanged(request, _of_link(given), str(request.url.query), True)

    def _exchanged(self, asked: HTTPConnection, token: str, query: str, is_asked: bool) -> Response:
        """A cookie for a token, and the way back to the page."""
        access, address = self._door.access, _peer(asked)
        wait_s = self._tries.wait_s(address)
        if wait_s and is_asked:
            return _too_many(asked, wait_s)
        role = None if wait_s else access.of_token(token)
        if role is None:
            self._tries.wrong(address)
            known = access.of_request(asked.headers, asked.cookies, self._door.port)
            if is_asked and known is None:
                return entrance_page.page(asked, 401, "door.wrong")
        back = RedirectResponse(
            _here(asked, query), 303, {"referrer-policy": "no-referrer", "cache-control": "no-store"}
        )
        if role is not None:
            back.set_cookie(
                cookie_name(self._door.port),
                access.cookie(role),
                max_age=COOKIE_S,
                httponly=True,
                secure=is_https(asked),
                samesite="lax",  # "strict" would not come along where a link in a message is followed
            )
        return back

    def _is_asked(self, asked: HTTPConnection) -> bool:
        door = self._door
        if door.has_login and not door.access.is_always_asked:
            return False
        return door.access.is_asked(alone=is_alone(asked, door.names.address))

    def _is_administrator(self, asked: HTTPConnection, role: Role | None) -> bool:
        if role is not None:
            return role == Role.ADMINISTRATOR
        return self._door.is_one and not self._door.has_login and is_alone(asked, self._door.names.address)

    def _telling(self, send: Send) -> Send:
        async def tell(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._ready()
            await send(message)

        return tell

    def _with_headers(self, asked: HTTPConnection, send: Send) -> Send:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _STEADY.items():
                    if not (name == "referrer-policy" and name in headers):
                        headers[name] = value
                if "content-security-policy" not in headers:
                    headers["content-security-policy"] = origins.policy(asked.headers, self._door.scripts)
                if str(asked.scope["path"]).endswith(_ASKED_WHILE_LOST):
                    headers["connection"] = "close"
            await send(message)

        return answer


def is_alone(asked: HTTPConnection, address: str | None) -> bool:
    """Whether nobody but this machine can have sent a request.

    Args:
        address: where the server was told to listen. Another server than Streamlit's own may have been told otherwise.
    """
    if not is_loopback(address) or is_passed_on(asked.headers) or asked.scope.get("http_version") == "1.0":
        return False  # no browser speaks HTTP 1.0, but proxies do that add no header
    return is_loopback(_peer(asked) or "") and is_loopback(_local(asked) or "")


def is_https(asked: HTTPConnection) -> bool:
    """Whether the browser speaks TLS, to this server or to a proxy before it."""
    forwarded = asked.headers.get("x-forwarded-proto", "").split(",")[0].strip().lower()
    return asked.scope["scheme"] in ("https", "wss") or forwarded in ("https", "wss")


def _peer(asked: HTTPConnection) -> str | None:
    return asked.client.host if asked.client else None


def _local(asked: HTTPConnection) -> str | None:
    server = asked.scope.get("server")
    return str(server[0]) if server else None


def _is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return request.method == "POST" and kind == "application/x-www-form-urlencoded"


def _of_link(given: str) -> str:
    """The token, where the whole link was pasted."""
    _, found, token = given.partition("token=")
    return dict(parse_qsl(f"token={token}")).get("token", given) if found else given


def _here(asked: HTTPConnection, query: str) -> str:
    """The page that was asked for, seen from itself: so it leads nowhere else, and a proxy's prefix does not matter."""
    name = str(asked.scope["path"]).rpartition("/")[2]
    return f"./{quote(name)}" + (f"?{query}" if query else "")


def _too_many(asked: HTTPConnection, wait_s: float) -> Response:
    response = entrance_page.page(asked, 429, "door.wait")
    response.headers["retry-after"] = str(math.ceil(wait_s))
    return response


def _name_alike(scope: Scope) -> None:
    """Writes the host as the page's own origin does.

    Streamlit compares the two letter by letter, so that "faces.example.org:443" would be another one to it.
    """
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    origin = headers.get(b"origin", b"").partition(b"://")[2]
    if origin:
        scope["headers"] = [(name, origin if name == b"host" else value) for name, value in scope["headers"]]
