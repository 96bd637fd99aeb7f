"""Who is looking: one person on this machine, or browsers that cookies tell apart; and what each gets to see."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
import streamlit as st

from api.server import tokens
from pages.parts.server import visitor
from pages.parts.server.visitor import COOKIE, LOCAL, Visitors
from tests.support.app_driver import awaited

COOKIES = ("0" * 32, "1" * 32)
ONCE = "/_stcore/host-config"


def answer(path: str = ONCE, kind: str = "http", scheme: str = "http", **headers: str) -> list[str]:
    """The cookies that are set with the answer to a request."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        sent.append(message)

    names = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "path": path, "scheme": scheme, "headers": names}
    awaited(Visitors(app)(scope, None, send))  # type: ignore[arg-type]
    return [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]


# The cookie


def test_a_browser_without_a_cookie_is_given_one_that_no_script_and_no_other_site_can_use() -> None:
    (cookie,) = answer()
    value, *attributes = cookie.split("; ")
    assert attributes == ["Path=/", "HttpOnly", "SameSite=Strict"]
    assert len(bytes.fromhex(value.removeprefix(f"{COOKIE}="))) == 16


def test_each_browser_is_given_another_cookie() -> None:
    assert answer() != answer()


def test_a_cookie_that_is_there_stays() -> None:
    assert answer(cookie=f"_streamlit_xsrf=2|a|b; {COOKIE}={COOKIES[0]}") == []


def test_a_cookie_that_is_none_of_ours_is_replaced() -> None:
    assert len(answer(cookie=f"{COOKIE}=guessed")) == 1


@pytest.mark.parametrize(
    ("path", "kind"), [("/", "http"), ("/_stcore/health", "http"), ("/_stcore/stream", "websocket")]
)
def test_of_the_requests_of_one_visit_only_one_gives_a_cookie(path: str, kind: str) -> None:
    assert answer(path, kind) == []


def test_an_app_under_a_path_gives_cookies_too() -> None:
    assert len(answer(f"/faces{ONCE}")) == 1


@pytest.mark.parametrize("how", [{"scheme": "https"}, {"x_forwarded_proto": "https"}])
def test_over_https_the_cookie_never_goes_over_http(how: dict[str, str]) -> None:
    assert answer(**how)[0].endswith("; Secure")


# One person or many


@pytest.mark.parametrize(
    ("address", "alone"),
    [
        *((address, True) for address in ("127.0.0.1", "127.3.2.1", "::1", "localhost")),
        *((address, False) for address in ("0.0.0.0", "192.168.1.7", "::", "faces.example.org", "", None)),
    ],
)
def test_a_loopback_address_is_reached_from_this_machine_alone(address: str | None, alone: bool) -> None:
    assert tokens.is_loopback(address) == alone


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_behind_a_proxy_there_may_be_anybody(name: str) -> None:
    assert tokens.is_passed_on(["Host", name])
    assert not tokens.is_passed_on(["Host", "Cookie"])


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The server serves many people; the cookies of the one who is looking."""
    cookies: dict[str, str] = {}
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", "false")
    monkeypatch.setattr(type(st.context), "cookies", cookies)
    yield cookies
    st.session_state.clear()


def test_on_this_machine_alone_there_is_one_person_who_sees_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", "true")
    assert (visitor.owner(), visitor.sees()) == (LOCAL, None)
    assert visitor.may_see("anybody")
    assert not visitor.is_forgotten()


def test_the_default_goes_by_the_servers_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for address, is_single in (("127.0.0.1", True), ("0.0.0.0", False)):
        options = {"server.address": address, "server.port": 8501}
        monkeypatch.setattr(st, "get_option", options.get)
        assert visitor.is_single() == is_single


def test_among_many_each_sees_what_is_theirs(many: dict[str, str]) -> None:
    many[COOKIE] = COOKIES[0]
    mine = visitor.owner()
    assert visitor.sees() == mine
    many[COOKIE] = COOKIES[1]
    assert visitor.owner() != mine
    assert not visitor.may_see(mine)
    assert not visitor.may_see(LOCAL)


def test_the_database_gets_a_hash_and_never_the_cookie(many: dict[str, str]) -> None:
    many[COOKIE] = COOKIES[0]
    assert visitor.owner() == hashlib.sha256(COOKIES[0].encode()).hexdigest()


@pytest.mark.parametrize("cookie", [None, "", LOCAL, "../" * 8])
def test_a_browser_that_keeps_no_cookie_is_one_visitor_until_the_page_is_closed(
    many: dict[str, str], cookie: str | None
) -> None:
    if cookie is not None:
        many[COOKIE] = cookie
    assert visitor.owner() == visitor.owner()
    assert visitor.owner() != LOCAL
    assert visitor.is_forgotten()
