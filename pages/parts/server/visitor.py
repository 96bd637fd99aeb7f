"""Who is looking: one person on this machine, or a browser that a cookie tells apart from others.

The cookie is random and says nothing about anybody. What is kept beside a job is its hash, so that whoever reads the
database cannot take a visitor's place.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.server.tokens import Role, is_loopback, is_passed_on
from fusion import config
from pages.parts.server import admission_setup, login
from pages.parts.server.admission import is_https

LOCAL = "local"  # the owner of every job where there is one person
COOKIE = "fusewise_visitor"
_COOKIE = re.compile(r"[0-9a-f]{32}")
# The page asks for this once as it is opened, before it connects. Only there a cookie is given: of several requests at
# once each would get another one, and one that follows a link from elsewhere comes without the cookie that there is.
_ASKED_ONCE = "/_stcore/host-config"


class Visitors:
    """Gives each browser a cookie of its own until it is closed; ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as the app does, with a cookie where one is missing."""
        if scope["type"] != "http" or not str(scope["path"]).endswith(_ASKED_ONCE):
            return await self._app(scope, receive, send)
        asked = HTTPConnection(scope)
        if _valid(asked.cookies.get(COOKIE)):
            return await self._app(scope, receive, send)
        cookie = _cookie(is_https(asked))

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, answer)


def owner() -> str:
    """Whose a job is that is started here."""
    if is_single():
        return LOCAL
    person = login.person()
    if person is not None:
        return person
    cookie = _valid(dict(st.context.cookies).get(COOKIE))
    if cookie is None:  # this browser keeps none: it is told apart for as long as the page is open
        cookie = str(st.session_state.setdefault("visitor", secrets.token_hex(16)))
    return hashlib.sha256(cookie.encode()).hexdigest()


def sees() -> str | None:
    """Whose jobs are seen here; None for everybody's."""
    return None if is_single() else owner()


def may_see(of: str) -> bool:
    """Whether a job of that owner may be seen, changed and removed here."""
    return sees() in (None, of)


def is_forgotten() -> bool:
    """Whether this visitor's jobs are out of reach once the page is closed, because the browser keeps no cookie."""
    return not is_single() and login.person() is None and _valid(dict(st.context.cookies).get(COOKIE)) is None


def keeps_desk() -> bool:
    """Whether what this visitor is at is kept, so that a page that is loaded again has it."""
    return config.load().keep_desk == "on" and not is_forgotten()


def is_single() -> bool:
    """Whether everybody who comes here is one person: as it is set, else where only this machine can come at all."""
    return _is_single(st.context.headers, dict(st.context.cookies), st.context.ip_address)


def is_served() -> bool:
    """Whether this server is open to others than the one person at this machine, whoever looks at it now."""
    return admission_setup.is_open() or not is_single()


def is_served_to(who: str | None) -> bool:
    """Likewise of a request that is of no page.

    Args:
        who: as `who` says.
    """
    return admission_setup.is_open() or who is not None


def who(asked: HTTPConnection) -> str | None:
    """Whose jobs a request may see that is of no page; None for everybody's, "" for nobody's."""
    if _is_single(asked.headers, asked.cookies, asked.client.host if asked.client else None):
        return None
    person = login.person_of(asked)
    if person is not None:
        return person
    sent = cookie(asked)
    return "" if sent is None else hashlib.sha256(sent.encode()).hexdigest()


def is_administrator_of(asked: HTTPConnection) -> bool:
    """Whether whoever sends a request that is of no page may do as they like with the machine."""
    entered_as = admission_setup.access().of_request(asked.headers, asked.cookies, admission_setup.port())
    if entered_as is None:
        return _is_single(asked.headers, asked.cookies, asked.client.host if asked.client else None)
    return entered_as == Role.ADMINISTRATOR


def cookie(asked: HTTPConnection) -> str | None:
    """The cookie of a browser, if it sends one that may be ours."""
    return _valid(asked.cookies.get(COOKIE))


def _is_single(headers: Mapping[str, str], cookies: Mapping[str, str], peer: str | None) -> bool:
    asked = config.load().single_user
    if asked != "auto":
        return asked == "true"
    if (
        login.is_configured()
        or admission_setup.access().of_request(headers, cookies, admission_setup.port()) == Role.GUEST
    ):
        return False
    # Streamlit says None of its own machine's address.
    is_near = is_loopback(st.get_option("server.address")) and (not isinstance(peer, str) or is_loopback(peer))
    return is_near and not is_passed_on(headers)


def role() -> Role | None:
    """As whom somebody has entered; None where no token was asked for."""
    return admission_setup.access().of_request(st.context.headers, dict(st.context.cookies), admission_setup.port())


def is_administrator() -> bool:
    """Whether whoever looks may do as they like with the machine: the token's holder, or the one person there is."""
    entered_as = role()
    return is_single() if entered_as is None else entered_as == Role.ADMINISTRATOR


def _valid(cookie: str | None) -> str | None:
    return cookie if cookie is not None and _COOKIE.fullmatch(cookie) else None


def _cookie(is_https: bool) -> str:
    """A new one, which no script can read and no other site can send; the browser drops it as it closes."""
    attributes = ["Path=/", "HttpOnly", "SameSite=Strict"] + ["Secure"] * is_https
    return "; ".join([f"{COOKIE}={secrets.token_hex(16)}", *attributes])
