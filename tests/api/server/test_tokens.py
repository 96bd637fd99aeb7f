"""Tokens, the cookies for them, how many wrong ones are looked at, and what shows that a request was passed on."""

from __future__ import annotations

import pytest

from api.server import tokens
from api.server.tokens import COOKIE_S, TRIES, TRIES_OF_ALL, TRIES_S, Access, Role, Tries
from fusion import config
from fusion.errors import SettingsInvalid

TOKEN, GUEST = "administrators-token-1", "guests-token-number-2"


def test_a_token_says_whose_it_is() -> None:
    kept = Access(TOKEN, GUEST)
    assert kept.of_token(TOKEN) == Role.ADMINISTRATOR
    assert kept.of_token(GUEST) == Role.GUEST
    for wrong in ("", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "\ud800", "é" * 20):
        assert kept.of_token(wrong) is None


def test_tokens_that_are_not_set_are_random_long_and_new_each_time() -> None:
    found = {Access().token(role) for role in Role for _ in range(2)}
    assert len(found) == 4
    assert all(len(each) >= 32 for each in found)


@pytest.mark.parametrize("role", Role)
def test_a_cookie_stands_for_its_token_until_it_is_too_old(role: Role) -> None:
    kept = Access(TOKEN, GUEST)
    cookie = kept.cookie(role, 1000.0)
    assert kept.of_cookie(cookie, 1000.0 + COOKIE_S - 1) == role
    assert kept.of_cookie(cookie, 1000.0 + COOKIE_S + 1) is None
    assert TOKEN not in cookie
    assert GUEST not in cookie
    assert cookie != kept.cookie(role, 1000.0)


def test_no_cookie_can_be_made_of_another_one() -> None:
    kept = Access(TOKEN, GUEST)
    until, number, signature = kept.cookie(Role.GUEST).split(".")
    later = f"{int(until) + 1}.{number}.{signature}"
    swapped = f"{until}.{number[::-1]}.{signature}"
    for forged in (
        later,
        swapped,
        f"{until}.{number}.{'0' * 64}",
        f"{until}.{number}",
        "",
        "a.b.c",
        f"{until}.{number}.é",
    ):
        assert kept.of_cookie(forged) is None


def test_a_cookie_ends_with_its_token() -> None:
    cookie = Access(TOKEN, GUEST).cookie(Role.ADMINISTRATOR)
    assert Access(TOKEN, None).of_cookie(cookie) == Role.ADMINISTRATOR  # also after a restart
    assert Access(TOKEN + "x", GUEST).of_cookie(cookie) is None
    assert Access(GUEST, TOKEN).of_cookie(cookie) is None  # no guest's cookie makes an administrator, nor the reverse


def test_a_program_may_send_the_token_itself() -> None:
    kept = Access(TOKEN, GUEST)
    assert kept.of_request({"authorization": f"Bearer {TOKEN}"}, {}, 1) == Role.ADMINISTRATOR
    assert kept.of_request({"authorization": f"Basic {TOKEN}"}, {}, 1) is None


def test_cookies_of_two_apps_on_one_host_do_not_meet() -> None:
    kept = Access(TOKEN, GUEST)
    cookies = {tokens.cookie_name(8501): kept.cookie(Role.GUEST)}
    assert kept.of_request({}, cookies, 8501) == Role.GUEST
    assert kept.of_request({}, cookies, 8502) is None


@pytest.mark.parametrize(
    ("token", "alone", "others"),
    [(None, False, True), (config.AUTO, True, True), (TOKEN, True, True), (config.OFF, False, False)],
)
def test_when_a_token_is_asked_for(token: str | None, alone: bool, others: bool) -> None:
    kept = Access(token)
    assert kept.is_asked(alone=True) == alone
    assert kept.is_asked(alone=False) == others


# Settings


@pytest.mark.parametrize("name", ["FUSEWISE_TOKEN", "FUSEWISE_GUEST_TOKEN"])
@pytest.mark.parametrize(
    "value", ["", "   ", "short", "x" * 15, "with blanks in it, long", "ein-Schlüssel-mit-ü", "x" * 257]
)
def test_a_token_that_protects_nothing_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsInvalid) as refused:
        Access.as_set()
    assert refused.value.reason == "token_weak"
    assert name in refused.value.message
    assert not value.strip() or value not in str(refused.value.to_json())


def test_the_two_tokens_have_to_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_TOKEN", TOKEN)
    monkeypatch.setenv("FUSEWISE_GUEST_TOKEN", TOKEN)
    with pytest.raises(SettingsInvalid) as refused:
        config.load()
    assert refused.value.reason == "tokens_alike"


def test_settings_do_not_show_tokens_where_they_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_TOKEN", TOKEN)
    assert TOKEN not in repr(config.load())


# Wrong tokens


def test_after_some_wrong_tokens_an_address_has_to_wait() -> None:
    now = [0.0]
    tries = Tries(lambda: now[0])
    for _ in range(TRIES):
        assert tries.wait_s("10.0.0.1") == 0
        tries.wrong("10.0.0.1")
    assert tries.wait_s("10.0.0.1") == TRIES_S
    assert tries.wait_s("10.0.0.2") == 0
    now[0] = TRIES_S
    assert tries.wait_s("10.0.0.1") == 0


def test_an_address_of_ipv6_is_not_another_one_for_its_last_digits() -> None:
    tries = Tries()
    for number in range(TRIES):
        tries.wrong(f"2001:db8::{number:x}")
    assert tries.wait_s("2001:db8::ffff") > 0
    assert tries.wait_s("2001:db9::1") == 0


def test_many_addresses_together_have_to_wait_and_are_not_remembered_for_ever() -> None:
    tries = Tries()
    for number in range(TRIES_OF_ALL):
        tries.wrong(f"10.0.{number}.1")
    assert tries.wait_s("192.0.2.1") > 0
    for number in range(3000):
        tries.wrong(f"10.{number % 250}.{number // 250}.7")
    assert len(tries._by) <= 1024


# Passed on


@pytest.mark.parametrize(
    "name",
    [
        "Forwarded",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-Port",
        "X-Forwarded-Server",
        "X-Forwarded-Prefix",
        "X-Forwarded-Anything",
        "X-Forwarded",
        "X-Real-IP",
        "Via",
        "CF-Connecting-IP",
        "CF-Connecting-IPv6",
        "CF-Ray",
        "CF-Visitor",
        "CDN-Loop",
        "True-Client-IP",
        "X-Client-IP",
        "X-Cluster-Client-IP",
        "Fastly-Client-IP",
        "Fly-Client-IP",
        "X-Original-Forwarded-For",
        "X-Envoy-External-Address",
        "X-Azure-ClientIP",
        "X-Amzn-Trace-Id",
        "X-Appengine-User-IP",
        "Proxy-Client-IP",
        "WL-Proxy-Client-IP",
        "X-Original-Host",
        "Tailscale-User-Login",
        "Remote-User",
    ],
)
def test_a_header_that_a_proxy_adds_is_seen(name: str) -> None:
    assert tokens.is_passed_on(["Host", name])
    assert tokens.is_passed_on([name.lower()])


def test_what_a_browser_sends_is_no_sign_of_a_proxy() -> None:
    sent = [
        "Host",
        "Connection",
        "Pragma",
        "Cache-Control",
        "Accept",
        "Accept-Language",
        "Accept-Encoding",
        "User-Agent",
        "Cookie",
        "Origin",
        "Referer",
        "Sec-Fetch-Site",
        "Sec-Fetch-Mode",
        "Sec-Fetch-Dest",
        "Sec-Fetch-User",
        "Sec-CH-UA",
        "Sec-GPC",
        "DNT",
        "Priority",
        "Range",
        "If-None-Match",
        "Upgrade",
        "Upgrade-Insecure-Requests",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Version",
        "Sec-WebSocket-Protocol",
        "Content-Type",
        "Sec-WebSocket-Extensions",
        "X-Xsrftoken",
        "X-Streamlit-User",
        "Authorization",
        "Te",
    ]
    assert not tokens.is_passed_on(sent)
