"""The door of a real server: who gets in, what each request without a token gets, and that nobody outside is asked."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.sync.client import connect

from tests.support.served import GUEST, STREAM, TOKEN, Served, entered, served
from tests.support.waiting import until

ROUTES = (
    *("/", "/batch", "/history?lang=zh", "/index.html", "/favicon.png", "/static/js/index.js", "/_stcore/host-config"),
    *("/_stcore/metrics", "/_stcore/allowed-message-origins", "/_stcore/script-health-check", "/media/0.png"),
    *("/component/x/index.html", "/_stcore/bidi-components/x", "/_stcore/upload_file/a/b", "/app/static/x"),
    *(
        "/fusewise/batch/0/plain/0/0",
        "/_stcore/agent/openapi.json",
        "/auth/login",
        "/oauth2callback",
        "/x/_stcore/health",
    ),
)
HEADERS = (
    *("x-content-type-options", "x-frame-options", "referrer-policy", "content-security-policy"),
    *("cross-origin-opener-policy", "cross-origin-resource-policy"),
)
# A server's own Python runs this first: it writes down whoever is not on this machine, and lets nobody be reached.
WATCHED = """
import os, socket
def near(address):
    return not isinstance(address, tuple) or address[0] in ("127.0.0.1", "::1", "localhost", "", "0.0.0.0", "::", None)
def watch(owner, name, place):
    real = getattr(owner, name)
    def asked(*given, **named):
        address = place(given)
        if not near(address):
            with open(os.environ["WATCHED"], "a") as file:
                print(name, address, file=file)
            raise OSError(101, "this test lets nobody out")
        return real(*given, **named)
    setattr(owner, name, asked)
for name in ("connect", "connect_ex", "sendto"):
    watch(socket.socket, name, lambda given: given[-1])
for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
    watch(socket, name, lambda given: (given[0].decode() if isinstance(given[0], bytes) else given[0],))
"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables that make a server write down whom it asks, under `WATCHED`."""
    folder = tmp_path_factory.mktemp("watched")
    (folder / "sitecustomize.py").write_text(WATCHED)
    (folder / "asked").touch()
    return {"PYTHONPATH": str(folder), "WATCHED": str(folder / "asked")}


@pytest.fixture(scope="module")
def near(tmp_path_factory: pytest.TempPathFactory, watched: dict[str, str]) -> Iterator[Served]:
    """As it starts by default: on loopback."""
    with served(tmp_path_factory.mktemp("near"), **watched) as server:
        yield server


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory, watched: dict[str, str]) -> Iterator[Served]:
    """For everybody, under a path."""
    tokens = {"FUSEWISE_TOKEN": TOKEN, "FUSEWISE_GUEST_TOKEN": GUEST}
    arguments = ("--server.address", "0.0.0.0")
    with served(tmp_path_factory.mktemp("far"), *arguments, base="/faces", **tokens, **watched) as server:
        yield server


# On loopback


def test_on_this_machine_the_address_alone_will_do(near: Served) -> None:
    assert near.ask("/").status == 200
    assert near.shake(Origin=f"http://127.0.0.1:{near.port}") == 101


def test_the_link_is_printed_once_and_lets_in(near: Served) -> None:
    (token,) = re.findall(rf"http://127\.0\.0\.1:{near.port}/\?token=(\S{{32,}})", near.said)
    answer = near.ask(f"/history?lang=zh&token={token}&x=%26")
    assert answer.status == 303
    assert answer.headers["location"] == "./history?lang=zh&x=%26"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert token not in str(answer)
    asked = {"X_Forwarded_For": "203.0.113.9"}
    assert near.ask("/", **asked).status == 401
    assert near.ask("/", Cookie=answer.cookie, **asked).status == 200
    assert near.shake(Cookie=answer.cookie, **asked) == 101


@pytest.mark.parametrize("name", ["X_Forwarded_For", "X_Forwarded_Host", "Via", "CF_Connecting_IP", "True_Client_IP"])
def test_through_a_proxy_a_token_is_needed(near: Served, name: str) -> None:
    assert near.ask("/", **{name: "203.0.113.9"}).status == 401
    assert near.shake(**{name: "203.0.113.9"}) == 403


def test_a_page_that_has_lost_its_line_keeps_no_connection_up(near: Served) -> None:
    """Else a server that ends while a page asks for it again and again would wait for that page."""
    kept = {path: near.ask(path).headers.get("connection") for path in ("/", "/_stcore/health", "/_stcore/host-config")}
    assert kept == {"/": None, "/_stcore/health": "close", "/_stcore/host-config": "close"}


def test_a_proxy_that_speaks_http_1_0_adds_no_header_and_is_seen(near: Served) -> None:
    with socket.create_connection(("127.0.0.1", near.port), timeout=20) as line:
        line.sendall(f"GET / HTTP/1.0\r\nHost: 127.0.0.1:{near.port}\r\n\r\n".encode())
        assert b" 401 " in line.recv(64)


@pytest.mark.parametrize("origin", ["http://localhost:9999", "http://127.0.0.1:1", "null", "http://evil.example"])
def test_another_page_reaches_nothing(near: Served, origin: str) -> None:
    assert near.shake(Origin=origin) == 403
    for method in ("PUT", "POST", "DELETE", "OPTIONS", "GET"):
        assert near.ask("/_stcore/upload_file/a/b", method, Origin=origin).status == 403
    assert near.ask("/_stcore/health", Origin=origin).status == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.1"])
def test_another_name_reaches_nothing(near: Served, host: str) -> None:
    for path in ("/", "/_stcore/health", "/media/x"):
        assert near.ask(path, Host=host).status == 421
    assert near.shake(Host=host) == 403


def test_every_answer_says_what_its_page_may_do(near: Served, far: Served) -> None:
    asked = [near.ask(path) for path in ("/", "/_stcore/health", "/nothing/here.png")]
    asked += [near.ask("/", Host="evil.example"), far.ask("/", Accept="text/html"), far.ask(f"/?token={TOKEN}")]
    for answer in asked:
        assert {name for name in HEADERS if name in answer.headers} == set(HEADERS), answer
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers


def test_a_browser_cannot_clear_what_all_share(near: Served, far: Served) -> None:
    """Streamlit clears every cache for any browser that says so, and the queue is in one of them."""
    address = f"ws://127.0.0.1:{near.port}{STREAM}"
    until(lambda: near.workers)
    workers = near.workers
    with connect(address, subprotocols=["streamlit"], max_size=None) as line:  # type: ignore[list-item]
        message = BackMsg()
        message.clear_cache = True
        line.send(message.SerializeToString())
        message = BackMsg()
        message.rerun_script.query_string = ""
        line.send(message.SerializeToString())
        text = b""
        while b"Fuse two faces" not in text:
            text = bytes(line.recv(timeout=60))  # type: ignore[arg-type]
    assert near.workers == workers  # they end with the queue


# Beyond loopback


@pytest.mark.parametrize("path", ROUTES)
def test_without_a_token_there_is_nothing_but_the_page_that_asks_for_it(far: Served, path: str) -> None:
    answer = far.ask(path)
    assert answer.status == 401
    assert "streamlit" not in answer.body.lower()
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"])
def test_no_other_method_gets_further(far: Served, method: str) -> None:
    for path in ("/", "/_stcore/upload_file/a/b", "/_stcore/metrics"):
        assert far.ask(path, method).status == 401


@pytest.mark.parametrize("cookie", ["", f"fusewise_access_8501={TOKEN}", "fusewise_visitor=" + "0" * 32])
def test_the_websocket_is_closed_to_strangers(far: Served, cookie: str) -> None:
    assert far.shake(Cookie=cookie) == 403
    assert far.shake("/anything") == 403


def test_health_is_open_and_says_nothing(far: Served) -> None:
    answer = far.ask("/_stcore/health")
    assert (answer.status, answer.body) == (200, "ok")


def test_what_is_no_page_is_answered_under_a_path_as_well(far: Served) -> None:
    answer = far.ask("/fusewise/batch/0/plain/1/2", Authorization=f"Bearer {TOKEN}")
    assert (answer.status, "no longer good" in answer.body) == (404, True)


def test_a_link_is_exchanged_for_a_cookie_that_is_not_the_token(far: Served) -> None:
    answer = far.ask(f"/batch?token={TOKEN}")
    assert (answer.status, answer.headers["location"]) == (303, "./batch")
    said = answer.headers["set-cookie"]
    assert "HttpOnly" in said
    assert "samesite=lax" in said.lower()
    assert "max-age" in said.lower()
    assert "secure" not in said.lower()
    assert "; Secure" in far.ask(f"/?token={TOKEN}", X_Forwarded_Proto="https").headers["set-cookie"]
    assert TOKEN not in said
    assert far.ask("/", Cookie=answer.cookie).status == 200
    assert far.shake(Cookie=answer.cookie) == 101
    assert far.ask("/", Authorization=f"Bearer {TOKEN}").status == 200


@pytest.mark.parametrize("path", ["//evil.example/?token=", "/\\evil.example?token=", "/%2F%2Fevil.example?token="])
def test_the_way_back_leads_nowhere_else(far: Served, path: str) -> None:
    outside = Served(far.port, far.log)  # the base is in none of these
    assert outside.ask(path + TOKEN).headers["location"].startswith("./")


def test_a_pasted_token_or_link_lets_in_and_comes_back_to_the_page(far: Served) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    for pasted in (TOKEN, f"%20{TOKEN}%20", f"http%3A%2F%2F127.0.0.1%2F%3Ftoken%3D{TOKEN}%26lang%3Den"):
        answer = far.ask("/history?lang=en", "POST", f"token={pasted}", **form)
        assert (answer.status, answer.headers["location"]) == (303, "./history?lang=en")
        assert far.ask("/", Cookie=answer.cookie).status == 200
    assert far.ask("/", "POST", "token=" + "x" * 5000, **form).status == 413
    assert far.ask("/", "POST", f"token={TOKEN}", **form, Origin="http://evil.example").status == 403


def test_the_page_that_asks_speaks_the_browsers_language(far: Served) -> None:
    for language, text in (
        ("zh-CN,zh;q=0.9,en;q=0.8", "令牌或链接"),
        ("xx,en;q=0.5", "Token or link"),
        ("", "Token or link"),
    ):
        assert text in far.ask("/", Accept="text/html", Accept_Language=language).body


def test_metrics_are_the_administrators(near: Served, far: Served) -> None:
    assert near.ask("/_stcore/metrics").status == 200
    assert far.ask("/_stcore/metrics", Cookie=entered(far)).status == 200
    assert far.ask("/_stcore/metrics", Cookie=entered(far, GUEST)).status == 403
    assert far.ask("/", Cookie=entered(far, GUEST)).status == 200


def test_guessing_is_slow(far: Served) -> None:
    """Last of what asks this server with a token: whoever has guessed has to wait."""
    cookie = entered(far)
    asked = {"X_Forwarded_For": "198.51.100.7"}
    found = [far.ask(f"/?token=guess-number-{number:03}", **asked).status for number in range(12)]
    assert found == [401] * 10 + [429] * 2
    assert far.ask(f"/?token={TOKEN}", **asked).status == 429  # also with the right one, or guessing would go on
    assert int(far.ask(f"/?token={TOKEN}", **asked).headers["retry-after"]) > 0
    assert far.ask("/", Authorization=f"Bearer {TOKEN}", **asked).status == 429
    assert far.ask("/", Cookie=cookie, **asked).status == 200  # whoever is in stays in
    assert far.ask(f"/?token={TOKEN}").status == 303  # another address does not wait


def test_both_links_are_printed_and_no_token_anywhere_else(far: Served) -> None:
    where = f"http://127.0.0.1:{far.port}/faces/?token="
    assert where + TOKEN in far.said
    assert where + GUEST in far.said
    assert "guess-number" not in far.said


# Nobody outside


def test_what_watches_does_watch(watched: dict[str, str], tmp_path: Path) -> None:
    here = {**os.environ, **watched, "WATCHED": str(tmp_path / "asked")}
    for code in ("socket.create_connection(('192.0.2.1', 80))", "socket.getaddrinfo('example.org', 80)"):
        assert subprocess.run(
            [sys.executable, "-c", f"import socket; {code}"], env=here, capture_output=True
        ).returncode
    asked = (tmp_path / "asked").read_text()
    assert "192.0.2.1" in asked
    assert "example.org" in asked


def test_nobody_outside_is_asked(near: Served, far: Served, watched: dict[str, str]) -> None:
    """Not as it starts, and not for an origin that it does not know: Streamlit would ask for its address then."""
    for server in (near, far):
        cookie = entered(server)
        for origin in ("http://evil.example", "http://198.51.100.7", "https://127.0.0.1", "null", "nonsense"):
            server.shake(Origin=origin, Cookie=cookie)
            for path in ("/", "/_stcore/host-config", "/_stcore/health", "/media/x", "/component/x/y"):
                server.ask(path, Origin=origin, Cookie=cookie)
                server.ask(path, "OPTIONS", Origin=origin, Cookie=cookie)
        assert server.shake(Origin=f"http://127.0.0.1:{server.port}", Cookie=cookie) == 101
    assert Path(watched["WATCHED"]).read_text() == ""


# Settings


def test_the_log_is_no_flood_of_refusals(near: Served) -> None:
    before = len(near.said)
    for _ in range(50):
        near.shake(Origin="http://evil.example")
        near.ask("/", Host="evil.example")
    assert len(near.said) - before < 2000, json.dumps(near.said[before:])
