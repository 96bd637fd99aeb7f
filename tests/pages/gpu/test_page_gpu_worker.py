"""The page of the machine and its workers: restarted, emptied, ended, and those that outlived their app."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from fusion.errors import FusionError, Reason
from fusion.jobs import Jobs, WorkerRow, WorkerView
from tests.support.app_driver import has_button, press, texts, until
from tests.support.fixtures.nvml import STRANGER, Driver
from tests.support.pages.gpu import clear, looked, ready, table

Have = Callable[[WorkerView], None]


# The worker


def test_the_worker_says_what_it_holds(app: AppTest) -> None:
    pid = ready(looked(app))
    until(app, lambda at: "s ago" in texts(at))
    assert "**not loaded**" in texts(app)
    assert f"**{pid}**" in texts(app)
    assert table(app)[0][2] == str(pid)


def test_a_worker_is_restarted_and_the_memory_before_and_after_is_shown(app: AppTest) -> None:
    before = ready(looked(app))
    press(app, "restart_0")
    assert "Restarting: it held" in texts(app)
    until(app, lambda at: "Worker restarted: held" in texts(at))
    assert re.search(r"Worker restarted: held [\d.]+ GiB of main memory, now [\d.]+ GiB\.", texts(app))
    assert ready(app) != before
    assert not psutil.pid_exists(before)


def test_memory_is_released_and_what_was_held_is_said(app: AppTest) -> None:
    ready(looked(app))
    until(app, lambda at: not at.button(key="release_0").disabled)
    press(app, "release_0")
    until(app, lambda at: "Memory released: held" in texts(at))


def test_memory_that_comes_back_on_the_card_is_shown(app: AppTest, driver: Driver, worker: Have) -> None:
    pid = ready(app)
    clear()
    driver("t4", pid=pid, mib=3276)
    worker(WorkerView("ready", "Tesla T4", pid))
    looked(app)
    press(app, "release_0")
    driver("t4", mib=410)
    until(app, lambda at: "held 3.2 GiB on the card, now 0.4 GiB" in texts(at))


def test_a_restart_while_a_job_runs_asks_back(app: AppTest, worker: Have, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int | None] = []
    monkeypatch.setattr(Jobs, "restart", lambda self, pid=None: asked.append(pid))
    worker(WorkerView("busy", "cpu", 7, job="0123456789abcdef"))
    looked(app)
    assert app.button(key="release_0").disabled
    press(app, "restart_0")
    assert "A job is running. It will be run again" in texts(app)
    press(app, "no_restart_only")
    assert not asked
    press(press(app, "restart_0"), "yes_restart_only")
    assert asked == [7]


def test_a_worker_that_is_silent_is_said(app: AppTest, worker: Have) -> None:
    worker(WorkerView("busy", "cpu", None, beat_age_s=9.0))
    assert "It has not said anything for a while" in texts(looked(app))


# Leftover workers


@pytest.fixture
def stray(monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    """A real process that is registered as a worker of an app that is dead."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    row = WorkerRow(process.pid, psutil.Process(process.pid).create_time(), STRANGER, 1.0, "", 1.0)
    struck: list[int] = []
    monkeypatch.setattr(Jobs, "registered", lambda self: () if struck else (row,))
    monkeypatch.setattr(Jobs, "unregister", lambda self, pid, born: struck.append(pid))
    yield process
    process.kill()
    process.wait()


def test_a_leftover_worker_is_ended_after_asking_back(app: AppTest, stray: subprocess.Popen[bytes]) -> None:
    looked(app)
    assert "A worker of a Fusewise that is no longer running" in texts(app)
    assert "⚠ left over" in [row[0] for row in table(app)]
    press(app, f"end_{stray.pid}")
    assert stray.poll() is None
    press(app, f"yes_end_{stray.pid}")
    until(app, lambda at: f"Process {stray.pid} was ended." in texts(at))
    assert not psutil.pid_exists(stray.pid)
    assert not has_button(app, f"end_{stray.pid}")


def test_a_leftover_worker_that_the_database_says_nothing_of_can_be_ended_later(
    app: AppTest, stray: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(self: Jobs) -> tuple[WorkerRow, ...]:
        raise FusionError(Reason.LEDGER_UNUSABLE, path="fusewise.db", why="disk I/O error")

    until(app, lambda at: has_button(at, f"end_{stray.pid}"))
    press(app, f"end_{stray.pid}")
    with monkeypatch.context() as patch:
        patch.setattr(Jobs, "registered", unknown)
        press(app, f"yes_end_{stray.pid}")
        until(app, lambda at: "disk I/O error" in texts(at))
    assert stray.poll() is None
    until(app, lambda at: has_button(at, f"end_{stray.pid}"))
    press(app, f"end_{stray.pid}")
    press(app, f"yes_end_{stray.pid}")
    until(app, lambda at: f"Process {stray.pid} was ended." in texts(at))
    assert "disk I/O error" not in texts(app)


def test_a_leftover_worker_can_be_left_alone(app: AppTest, stray: subprocess.Popen[bytes]) -> None:
    looked(app)
    press(app, f"end_{stray.pid}")
    press(app, f"no_end_{stray.pid}")
    assert has_button(app, f"end_{stray.pid}")
    assert stray.poll() is None
