"""The API alone in a process of its own, that may be killed and started anew."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
PLAYED = "tests.support.fake_pipeline:FakePipeline"  # computes nothing
_STARTS_S = 90.0


class Server:
    """A server on one port and one data folder.

    Args:
        pipeline: what fuses, as FUSEWISE_PIPELINE has it; None for the real one.
    """

    def __init__(self, folder: Path, pipeline: str | None = None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.folder = folder
        self._played = {} if pipeline is None else {"FUSEWISE_PIPELINE": pipeline}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What every address begins with."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it, and waits until it answers and its worker is there."""
        environment = {**os.environ, "FUSEWISE_DATA": str(self.folder / "data"), **self._played}
        with (self.folder / "server.log").open("ab") as log:
            words = [sys.executable, "-m", "api", "--port", str(self.port)]
            self._process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=log, stderr=log)
        end = time.monotonic() + _STARTS_S
        while self._status() != 200:
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self.folder / "server.log").read_text(encoding="utf-8", errors="replace"))
            time.sleep(0.1)

    def kill(self) -> None:
        """Ends it this moment, as a machine does that loses its power; its workers see that it has gone."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def kill_worker(self) -> bool:
        """Ends its worker this moment; whether there was one."""
        assert self._process is not None
        children = psutil.Process(self._process.pid).children()
        for child in children:
            child.kill()
        return bool(children)

    def end(self) -> None:
        """Asks it to end, and waits."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(30)

    def _status(self) -> int:
        try:
            with urllib.request.urlopen(f"{self.url}/v1/health/ready", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0


@contextmanager
def served(folder: Path, pipeline: str | None = None) -> Iterator[Server]:
    """A server for as long as it is needed."""
    server = Server(folder, pipeline)
    server.start()
    try:
        yield server
    finally:
        server.end()


def asked(url: str, body: Mapping[str, Any] | None = None, **headers: str) -> tuple[int, Any]:
    """The status and the object that come back; a header's name has underscores for its dashes."""
    data = None if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **named})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
