"""What others take of the processor: a real process that computes, beside whatever else runs here."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from advisor.device.load import LEAST_S, TOLD, Load
from tests.support.waiting import SECONDS

WORKS = "while True: pass"
SPENT_S = 0.5


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOLD)


@pytest.fixture
def busy(looking: None) -> Iterator[psutil.Process]:
    """Another program that computes without end."""
    with subprocess.Popen([sys.executable, "-c", WORKS]) as process:
        yield psutil.Process(process.pid)
        process.kill()


def spent(process: psutil.Process, seconds: float) -> None:
    """The process has computed for so long."""
    begun, end = process.cpu_times().user, time.monotonic() + SECONDS
    while process.cpu_times().user - begun < seconds:
        assert time.monotonic() < end, "it gets no time"
        time.sleep(0.05)


def test_what_another_program_computes_is_told_unless_it_is_one_of_ours(busy: psutil.Process) -> None:
    strange, own = Load(), Load()
    ours = frozenset({busy.pid})
    assert (strange.others(), own.others(ours)) == (None, None), "nothing is known before a stretch of time"
    spent(busy, SPENT_S)
    theirs, besides = strange.others(), own.others(ours)
    assert theirs is not None
    assert besides is not None
    assert theirs > besides


def test_a_moment_says_nothing_new(busy: psutil.Process) -> None:
    load = Load()
    load.begin()
    spent(busy, SPENT_S)
    seen = load.others()
    began = time.monotonic()
    again = load.others()
    assert again == seen or time.monotonic() - began > LEAST_S
