"""The command that serves the API alone: how it is called, what it says, how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support import ROOT
from tests.support.served import TOKEN, alone, started
from tests.support.waiting import until


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "api", *arguments]
    environment = {**os.environ, **variables}
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_port_that_another_has_is_told_in_a_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = run("--port", str(other.getsockname()[1]), FUSEWISE_DATA=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("fusewise:")]
    assert "Address already in use" in line


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (("--port", "0"), {}, "--port"),
        (("--address", "203.0.113.1"), {}, "--address"),
        ((), {"FUSEWISE_TOKEN": "short"}, "FUSEWISE_TOKEN"),
        ((), {"FUSEWISE_C2PA_CERT": "/none.pem"}, "FUSEWISE_C2PA_KEY"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_served(
    tmp_path: Path, arguments: tuple[str, ...], variables: dict[str, str], said: str
) -> None:
    done = run(*arguments, FUSEWISE_DATA=str(tmp_path / "data"), **variables)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_of_fusion_is_it_and_ends_with_its_workers(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "fusion", "serve")
    pipeline = {"FUSEWISE_PIPELINE": "tests.support.fake_pipeline:FakePipeline"}
    with started(command, tmp_path, ROOT, pipeline, option="--port", health="/v1/health/ready") as server:
        children = server.process.children()
        assert children
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in children))
    assert f"{server.url}/v1" in server.said
    assert "Traceback" not in server.said


def test_a_token_is_printed_where_one_is_asked_for(tmp_path: Path) -> None:
    with alone(tmp_path, FUSEWISE_TOKEN=TOKEN, FUSEWISE_REFUSAL="off") as server:
        assert TOKEN in server.said
        assert server.ask("/v1/devices").status == 401
        assert server.ask("/v1/devices", authorization=f"Bearer {TOKEN}").status == 200
