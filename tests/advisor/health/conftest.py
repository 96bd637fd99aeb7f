"""Machines that the doctor looks at, and processes that wait."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from advisor.health import Environment
from tests.support.fixtures.environment import Hand, seen
from tests.support.fixtures.nvml import Driver

SLEEP = "import time; print(1, flush=True); time.sleep(60)"
COOL = 0  # bits of throttles
CARD, FREE = "Tesla T4", "12.4"
Start = Callable[..., psutil.Process]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a process that waits; all are gone afterwards."""
    begun: list[subprocess.Popen[bytes]] = []

    def run(*words: object, folder: Path | None = None) -> psutil.Process:
        command = [sys.executable, *map(str, words or ("-c", SLEEP))]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder)
        begun.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return psutil.Process(process.pid)

    yield run
    for process in begun:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def t4(driver: Driver, tmp_path: Path) -> Environment:
    """A web app with one worker on a card of 15 GiB, 3 of which it holds; a stranger holds 1."""
    driver("t4", throttles=COOL)
    return seen(tmp_path, [Hand(device=CARD, pid=os.getpid())], torch_cuda=FREE)


@pytest.fixture
def bare(tmp_path: Path) -> Environment:
    """A web app without a card."""
    return seen(tmp_path, [Hand(pid=os.getpid())])
