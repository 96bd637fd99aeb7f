"""Workers that outlived their app: only those are found, and only those are ended. All processes here are real."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

import psutil
import pytest

from advisor.device.orphans import Ended, Leftover, end, leftovers
from fusion.storage import App
from tests.support.fixtures.processes import SLEEP, Start, starting

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"


@dataclass(frozen=True)
class Row:
    """A registered worker."""

    pid: int
    born: float
    app_pid: int
    app_born: float
    mark: str = ""
    app_mark: str = ""

    @property
    def process(self) -> App:
        return App(self.pid, self.born, self.mark)

    @property
    def app(self) -> App:
        return App(self.app_pid, self.app_born, self.app_mark)


@pytest.fixture
def start() -> Iterator[Start]:
    """As `starting`, with a script."""
    with starting() as run:
        yield lambda script: run("-c", script)


@pytest.fixture(scope="module")
def dead_app() -> tuple[int, float]:
    """Number and birth of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    born = psutil.Process(process.pid).create_time()
    process.communicate(b"\n")
    return process.pid, born


def row_of(worker: psutil.Process, app: tuple[int, float]) -> Row:
    return Row(worker.pid, worker.create_time(), *app)


def me() -> tuple[int, float]:
    return os.getpid(), psutil.Process().create_time()


def test_a_worker_whose_app_is_dead_is_a_leftover(start: Start, dead_app: tuple[int, float]) -> None:
    worker = start(SLEEP)
    (found,) = leftovers([row_of(worker, dead_app)])
    assert (found.pid, found.born) == (worker.pid, worker.create_time())
    assert found.name.startswith("python")
    assert found.resident_bytes > 1 << 20


def test_a_worker_whose_app_lives_is_none(start: Start) -> None:
    assert leftovers([row_of(start(SLEEP), me())]) == ()


def test_another_process_that_has_got_the_number_is_none(start: Start, dead_app: tuple[int, float]) -> None:
    row = row_of(start(SLEEP), dead_app)
    assert leftovers([replace(row, born=row.born - 3600)]) == ()


def test_an_app_whose_number_somebody_else_has_got_is_dead(start: Start) -> None:
    pid, born = me()
    assert len(leftovers([row_of(start(SLEEP), (pid, born - 3600))])) == 1


def test_a_worker_that_has_ended_is_none(start: Start, dead_app: tuple[int, float]) -> None:
    worker = start(SLEEP)
    row = row_of(worker, dead_app)
    worker.kill()
    os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)
    assert leftovers([row]) == ()  # though nobody has buried it yet


@pytest.mark.parametrize("script", [SLEEP, DEAF])
def test_a_leftover_is_asked_to_end_and_then_ended(start: Start, dead_app: tuple[int, float], script: str) -> None:
    worker = start(script)
    rows = [row_of(worker, dead_app)]
    (found,) = leftovers(rows)
    assert end(found, lambda: rows, grace_s=0.3) == Ended.ENDED
    assert leftovers(rows) == ()


def test_what_nobody_has_registered_is_left_alone(start: Start, dead_app: tuple[int, float]) -> None:
    worker = start(SLEEP)
    (found,) = leftovers([row_of(worker, dead_app)])
    assert end(found, lambda: []) == Ended.NOT_OURS
    assert worker.is_running()


def test_a_process_that_has_got_the_number_since_is_left_alone(start: Start, dead_app: tuple[int, float]) -> None:
    stranger = start(SLEEP)
    before = replace(row_of(stranger, dead_app), born=stranger.create_time() - 3600)
    assert end(Leftover(before.pid, before.born, "", 0), lambda: [before]) == Ended.GONE
    assert stranger.is_running()


def test_a_worker_whose_app_has_come_back_is_left_alone(start: Start, dead_app: tuple[int, float]) -> None:
    worker = start(SLEEP)
    (found,) = leftovers([row_of(worker, dead_app)])
    assert end(found, lambda: [row_of(worker, me())]) == Ended.NOT_OURS
    assert worker.is_running()
