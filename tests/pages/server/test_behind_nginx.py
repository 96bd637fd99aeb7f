"""The server behind nginx, with the very file that docs/ offers: only its ports and its log lie elsewhere."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from api.server.tokens import TRIES
from tests.support import ROOT
from tests.support import fake_pipeline as fake
from tests.support.fixtures.photos import saved
from tests.support.programs.asking import PATH, SOURCE, begin, events, form, get, problem, told
from tests.support.served import ENDS_S, Served, served
from tests.support.waiting import until

# Debian has it where only the administrator's PATH leads.
NGINX = shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin")))
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: nginx-light)")

FILE = ROOT / "docs" / "nginx.conf"
NAME = "faces.example.org"
MIB = 2**20
# One process, of whoever runs the tests, with nothing outside its folder. The app's own word against buffers is not
# listened to, so that the file's is needed.
AROUND = """
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {}
http {
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    proxy_ignore_headers X-Accel-Buffering;
    include offered.conf;
}
"""


def placed(text: str, places: dict[str, str]) -> str:
    """The file's text with its places changed, each of which must be there."""
    for old, new in places.items():
        assert old in text
        text = text.replace(old, new)
    return text


@contextmanager
def before(app: Served, folder: Path) -> Iterator[Served]:
    """nginx before a server: it answers once this is entered."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    places = {
        "    listen 80;\n": f"    listen 127.0.0.1:{port};\n",
        "127.0.0.1:8501;": f"127.0.0.1:{app.port};",
        "/var/log/nginx/fusewise.log": str(folder / "access.log"),
    }
    (folder / "offered.conf").write_text(placed(FILE.read_text(encoding="utf-8"), places), encoding="utf-8")
    (folder / "nginx.conf").write_text(AROUND, encoding="utf-8")
    log = folder / "error.log"
    found = Served(port, log, base=app.base)
    words = [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with log.open("wb") as output, subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=output) as process:
        try:
            until(lambda: process.poll() is not None or _listens(port))
            assert process.poll() is None, found.said
            yield found
        finally:
            process.terminate()
            process.wait(ENDS_S)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=20).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """As the file says that it is started: on this machine alone, with no token set."""
    told = {
        "STREAMLIT_SERVER_ALLOWED_HOSTS": f"{NAME} 127.0.0.1",
        "FUSEWISE_PIPELINE": "tests.support.fake_pipeline:FakePipeline",
        "FUSEWISE_REFUSAL": "off",
    }
    with served(tmp_path_factory.mktemp("app"), base="/faces", **told) as server:
        yield server


@pytest.fixture(scope="module")
def proxy(app: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with before(app, tmp_path_factory.mktemp("nginx")) as found:
        yield found


@pytest.fixture(scope="module")
def token(app: Served) -> str:
    """The administrator's, as it was printed at start."""
    (found,) = re.findall(r"\?token=(\S+)", app.said)
    return str(found)


@pytest.fixture(scope="module")
def bearer(token: str) -> dict[str, str]:
    return {"host": NAME, "authorization": f"Bearer {token}"}


def test_without_a_token_nobody_gets_in(app: Served, proxy: Served) -> None:
    assert app.ask(PATH).status == 200  # whoever works on this machine does
    problem(proxy.ask(PATH, host=NAME), 401, "token_wanted")
    assert proxy.ask("/", host=NAME, accept="text/html").status == 401
    assert proxy.shake(Host=NAME, Origin=f"http://{NAME}") != 101
    assert proxy.ask("/_stcore/health", host=NAME).body == "ok"


def test_the_page_comes_with_its_scripts_and_its_websocket(proxy: Served, token: str) -> None:
    entry = proxy.ask(f"/?token={token}", host=NAME)
    page = proxy.ask("/", host=NAME, cookie=entry.cookie)
    assert (entry.status, page.status) == (303, 200)
    (script,) = re.findall(r'<script[^>]* src="\./([^"]+\.js)"', page.body)
    assert "javascript" in proxy.ask(f"/{script}", host=NAME, cookie=entry.cookie).headers["content-type"]
    asked = {"Host": NAME, "Cookie": entry.cookie}
    assert proxy.shake(Origin=f"http://{NAME}", **asked) == 101
    assert proxy.shake(Origin="http://elsewhere.example", **asked) != 101


def test_the_name_alone_leads_to_the_page_and_the_token_is_in_no_log(proxy: Served, token: str) -> None:
    bare = Served(proxy.port, proxy.log)
    assert bare.ask("/", host=NAME).headers["location"] == f"http://{NAME}/faces/"
    assert proxy.ask(f"/?token={token}", host=NAME).status == 303
    log = proxy.log.with_name("access.log")
    until(lambda: "/faces/" in log.read_text(encoding="utf-8"))
    assert token not in log.read_text(encoding="utf-8") + proxy.said


def test_a_heavy_photo_is_taken_and_its_addresses_are_the_proxys(proxy: Served, bearer: dict[str, str]) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (700, 700, 3), np.uint8)
    photo = saved(noise, "PNG")
    assert len(photo) > MIB
    body, kind = form({"target": photo, "source": SOURCE, "consent": "true"})
    answer = proxy.ask(PATH, "POST", body, content_type=kind, prefer="wait=60", **bearer)
    assert answer.status == 201, answer.body
    made = told(answer)
    assert (made["status"], made["output"]) == ("succeeded", f"http://{NAME}/faces{PATH}/{made['id']}/output")
    assert proxy.ask(f"{PATH}/{made['id']}/output", **bearer).headers["content-type"] == "image/png"


def test_what_is_too_heavy_is_told_by_the_app(proxy: Served, bearer: dict[str, str]) -> None:
    body, kind = form({"target": bytes(26 * MIB), "source": SOURCE, "consent": "true"})
    answer = proxy.ask(PATH, "POST", body, content_type=kind, **bearer)
    assert "MiB" in problem(answer, 413, "photo_too_heavy")["detail"]


def test_wrong_tokens_are_counted_by_who_asks_whoever_they_say_they_are(proxy: Served) -> None:
    def guess(sender: str, said: str) -> int:
        line = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20, source_address=(sender, 0))
        asked = {"Host": NAME, "Authorization": "Bearer wrong", "X-Forwarded-For": said}
        with closing(line):
            line.request("GET", f"{proxy.base}{PATH}", headers=asked)
            return line.getresponse().status

    assert [guess("127.0.0.2", f"203.0.113.{each}") for each in range(TRIES + 1)] == [*[401] * TRIES, 429]
    assert guess("127.0.0.3", "203.0.113.0") == 401


def test_who_has_no_token_is_told_so_while_the_photo_is_still_on_its_way(proxy: Served) -> None:
    body, kind = form({"target": bytes(16 * MIB), "source": SOURCE, "consent": "true"})
    for _ in range(8):
        problem(proxy.ask(PATH, "POST", body, content_type=kind, host=NAME), 401, "token_wanted")


def test_events_come_as_they_happen(proxy: Served, bearer: dict[str, str]) -> None:
    first, second = (begin(proxy, fake.SLOW, **bearer)["id"] for _ in range(2))
    coming = events(proxy, second, **bearer)
    assert next(coming)[1] == "queued"
    assert get(proxy, second, **bearer)["status"] == "starting"  # it has not ended: a buffer would still be filled
    for id in (second, first):
        assert proxy.ask(f"{PATH}/{id}/cancel", "POST", **bearer).status == 200
    assert [name for _, name, _ in coming][-1] == "canceled"
