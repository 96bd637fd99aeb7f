"""Tokens of the environment: one that protects nothing is refused, and one may be asked for anywhere or nowhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.fixtures.chains import chain
from tests.support.served import entered, served


@pytest.mark.parametrize("value", ["", "short"])
def test_an_app_whose_token_protects_nothing_does_not_start(value: str) -> None:
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", "0"]
    ended = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "FUSEWISE_TOKEN": value}, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 2
    assert "FUSEWISE_TOKEN" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_app_that_is_to_sign_and_cannot_does_not_start(tmp_path: Path) -> None:
    cert, _ = chain().lay(tmp_path)
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", "0"]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "FUSEWISE_C2PA_CERT": str(cert)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 2
    assert "FUSEWISE_C2PA_KEY is not" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_token_may_be_asked_for_on_loopback_or_nowhere(tmp_path: Path) -> None:
    for name in ("auto", "off"):
        (tmp_path / name).mkdir()
    with served(tmp_path / "auto", FUSEWISE_TOKEN="auto") as server:
        assert server.ask("/").status == 401
        (token,) = re.findall(r"\?token=(\S+)", server.said)
        assert server.ask("/", Cookie=entered(server, token)).status == 200
    with served(tmp_path / "off", "--server.address", "0.0.0.0", FUSEWISE_TOKEN="off") as server:
        assert server.ask("/", X_Forwarded_For="203.0.113.9").status == 200
        assert server.ask("/_stcore/metrics").status == 403
        assert "FUSEWISE_TOKEN=off" in server.said
