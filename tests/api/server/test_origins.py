"""Which hosts the server answers to, and which pages may ask it."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from api.server import origins
from api.server.origins import Asked, Names, Refusal

LOCAL = Names("127.0.0.1")
EVERYWHERE = Names("0.0.0.0")


def refused(
    names: Names = LOCAL,
    *,
    method: str = "GET",
    path: str = "/",
    https: bool = False,
    local: str = "127.0.0.1",
    host: str = "127.0.0.1:8501",
    **headers: str,
) -> Refusal | None:
    sent = {"host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
    return origins.refusal(names, Asked(sent, method, path, https, local))


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8501", "localhost:8501", "localhost", "LocalHost:1", "[::1]:8501", "localhost."]
)
def test_on_loopback_the_machine_has_its_usual_names(host: str) -> None:
    assert refused(host=host) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8501",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evillocalhost",
        "127.0.0.2:8501",
        "0.0.0.0",
        "2130706433",
        "0x7f.1",
        "127.1",
        "[::ffff:127.0.0.1]:8501",
        "user@127.0.0.1",
        "127.0.0.1:8501@evil.example",
        "127.0.0.1:notaport",
        "127.0.0.1/evil",
        "127.0.0.1?x",
        "127.0.0.1#x",
        "127.0.0.1,evil.example",
        "[::1",
        "::1",
        "locаlhost",
    ],
)
def test_on_loopback_it_has_no_other(host: str) -> None:
    assert refused(host=host) == Refusal.HOST


def test_a_request_without_a_host_is_not_answered() -> None:
    assert origins.refusal(LOCAL, Asked({}, "GET", "/", False, "127.0.0.1")) == Refusal.HOST


def test_listening_everywhere_it_answers_to_its_own_addresses_and_its_name() -> None:
    assert refused(EVERYWHERE, host="192.168.1.7:8501", local="192.168.1.7") is None
    assert refused(EVERYWHERE, host="192.168.1.7:8501", local="::ffff:192.168.1.7") is None
    assert refused(EVERYWHERE, host=f"{socket.gethostname()}:8501", local="192.168.1.7") is None
    assert refused(EVERYWHERE, host="127.0.0.1:8501", local="127.0.0.1") is None
    for host, local in (("192.168.1.8", "192.168.1.7"), ("evil.example", "192.168.1.7"), ("localhost", "192.168.1.7")):
        assert refused(EVERYWHERE, host=host, local=local) == Refusal.HOST
    assert refused(EVERYWHERE, host="0.0.0.0:8501", local="192.168.1.7") == Refusal.HOST


def test_an_address_or_name_that_is_set_is_the_one() -> None:
    assert refused(Names("192.168.1.7"), host="192.168.1.7:8501", local="192.168.1.7") is None
    assert refused(Names("192.168.1.7"), host="localhost:8501", local="192.168.1.7") == Refusal.HOST
    named = Names("127.0.0.1", allowed=("Faces.example.org", "*.lab.example.org"))
    assert refused(named, host="faces.example.org") is None
    assert refused(named, host="one.lab.example.org") is None
    for host in ("lab.example.org", "xlab.example.org", "127.0.0.1:8501", "faces.example.org.evil.example"):
        assert refused(named, host=host) == Refusal.HOST


METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "WEBSOCKET")


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:9999",
        "http://127.0.0.1:1",
        "http://127.0.0.1",
        "http://localhost:8501",
        "null",
        "http://evil.example",
        "file://",
        "https://127.0.0.1:8501.evil.example",
        "http://127.0.0.1:8501@evil.example",
        "http://127.0.0.1:8501/",
        "ftp://127.0.0.1:8501",
        "http://127.0.0.1:8501,http://127.0.0.1:8501",
        "127.0.0.1:8501",
        "http://[::1]:8501",
        "chrome-extension://abc",
    ],
)
def test_only_the_servers_own_page_may_ask(origin: str) -> None:
    assert {refused(method=method, origin=origin) for method in METHODS} == {Refusal.ORIGIN}


def test_the_servers_own_page_may_ask() -> None:
    assert {refused(method=method, origin="http://127.0.0.1:8501") for method in METHODS} == {None}


def test_behind_a_proxy_that_ends_tls_the_pages_origin_is_https() -> None:
    named = Names("127.0.0.1", allowed=("faces.example.org",))
    for host in ("faces.example.org", "faces.example.org:443"):
        for https in (False, True):
            assert refused(named, host=host, https=https, origin="https://faces.example.org") is None
    assert refused(named, host="faces.example.org", https=True, origin="http://faces.example.org") == Refusal.ORIGIN
    assert refused(named, host="faces.example.org", origin="https://faces.example.org:8443") == Refusal.ORIGIN


def test_an_origin_that_streamlit_is_told_of_is_let_through() -> None:
    assert refused(Names("127.0.0.1", origins=("https://portal.example",)), origin="https://portal.example") is None


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_site_asks_for_by_itself_is_not_answered(site: str) -> None:
    visit: dict[str, Any] = {"sec_fetch_site": site, "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert refused(path="/history", **visit) is None  # somebody follows a link
    assert refused(path="/history", **{**visit, "sec_fetch_dest": "iframe"}) == Refusal.ORIGIN
    assert refused(path="/media/x.png", sec_fetch_site=site, sec_fetch_mode="no-cors") == Refusal.ORIGIN
    assert refused(method="WEBSOCKET", sec_fetch_site=site, sec_fetch_mode="websocket") == Refusal.ORIGIN
    assert refused(method="POST", **visit) == Refusal.ORIGIN
    for path in ("/fusewise/batch/1/2", "/_stcore/metrics", "/faces/media/x"):
        assert refused(path=path, **visit) == Refusal.ORIGIN
    assert refused(path="/media/x.png", sec_fetch_site="same-origin", sec_fetch_mode="no-cors") is None
    assert refused(path="/media/x.png", sec_fetch_site="none", sec_fetch_mode="navigate") is None
