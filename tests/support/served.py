"""A real server of the app in a process of its own, and small clients that may say anything to it."""

from __future__ import annotations

import base64
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path

import psutil

from tests.support import ROOT

STARTS_S = ENDS_S = 60.0  # the processor may be shared
PATIENT_S = 30.0  # for connections to be closed by their other end
STREAM = "/_stcore/stream"
TOKEN, GUEST = "administrators-token-1", "guests-token-number-2"
START = (sys.executable, "-m", "streamlit", "run", "streamlit_app.py")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def cookie(self) -> str:
        """The cookies that are set, as a browser sends them back."""
        jar: SimpleCookie = SimpleCookie(self.headers.get("set-cookie", ""))
        return "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())


@dataclass(frozen=True)
class Served:
    """A server that runs."""

    port: int
    log: Path
    pid: int = 0
    base: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(self.pid)

    @property
    def workers(self) -> set[psutil.Process]:
        """Of its queue; what asks the driver comes and goes."""
        return {each for each in self.process.children() if "fusion.worker" in each.cmdline()}

    @property
    def data(self) -> Path:
        """Its data folder."""
        return self.log.with_name("data")

    def ask(self, path: str = "/", method: str = "GET", body: str | bytes | None = None, **headers: str) -> Answer:
        """A request over http from this machine; a header's name has underscores for its dashes."""
        asked = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, self.base + path, body, asked)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read().decode("utf-8", "replace"))
        finally:
            connection.close()

    def shake(self, path: str = STREAM, **headers: str) -> int:
        """The status of a websocket's handshake: 101 where it is taken."""
        asked = {
            "Host": f"127.0.0.1:{self.port}",
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"GET {self.base}{path} HTTP/1.1", *(f"{name}: {value}" for name, value in asked.items())]
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as line:
            line.sendall("\r\n".join([*lines, "", ""]).encode())
            return int(line.recv(4096).split()[1])

    @property
    def said(self) -> str:
        """What it has printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def served(folder: Path, *arguments: str, base: str = "", **variables: str) -> Iterator[Served]:
    """The app on a free port, with its data in `folder`."""
    based = ["--server.baseUrlPath", base] if base else []
    with started([*START, *arguments, *based], folder, ROOT, variables, base) as server:
        yield server


@contextmanager
def started(
    command: Sequence[str],
    folder: Path,
    cwd: Path,
    variables: Mapping[str, str] | None = None,
    base: str = "",
    option: str = "--server.port",
    health: str = "/_stcore/health",
) -> Iterator[Served]:
    """The app as a command starts it in the folder `cwd`, on a free port, with its data in `folder`.

    Args:
        option: by which the command takes its port.
        health: what answers once it is there.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = folder / "server.log"
    words = [*command, option, str(port)]
    told = {"FUSEWISE_DATA": str(folder / "data"), "PYTHONFAULTHANDLER": "1"}  # one that does not end says where it is
    environment = {**os.environ, **told, **(variables or {})}
    with (
        log.open("wb") as output,
        subprocess.Popen(
            words, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        ) as process,
        _ended(process, log),
    ):
        found = Served(port, log, process.pid, base)
        end = time.monotonic() + STARTS_S
        while not _answers(found, health):
            assert process.poll() is None, found.said
            assert time.monotonic() < end, found.said
            time.sleep(0.1)
        yield found


@contextmanager
def _ended(process: subprocess.Popen[bytes], log: Path) -> Iterator[None]:
    """Asks the process to end afterwards; one that does not fails its test with its stacks, and no test after it."""
    try:
        yield
    finally:
        process.terminate()
        try:
            _await_end(process)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)
            process.wait(ENDS_S)
            raise AssertionError(log.read_text(encoding="utf-8", errors="replace")) from None
        finally:
            process.kill()


def _await_end(process: subprocess.Popen[bytes]) -> None:
    """Asks once more where it waits for a browser that says nothing any more, as who presses Ctrl-C again."""
    try:
        process.wait(PATIENT_S)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        process.wait(ENDS_S)


@contextmanager
def alone(folder: Path, *arguments: str, **variables: str) -> Iterator[Served]:
    """The API alone on a free port, with its data in `folder`, over the pipeline of tests."""
    told = {"FUSEWISE_PIPELINE": "tests.support.fake_pipeline:FakePipeline", **variables}
    command = (sys.executable, "-m", "api", *arguments)
    with started(command, folder, ROOT, told, option="--port", health="/v1/health/live") as server:
        yield server


def _answers(server: Served, health: str) -> bool:
    try:
        return server.ask(health).status == 200
    except OSError:
        return False


def entered(server: Served, token: str = TOKEN) -> str:
    """The cookie for a token."""
    return server.ask(f"/?token={token}").cookie
