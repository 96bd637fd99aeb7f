"""Which processes live: by the boot and the tick at which they began, whatever the clock says. All are real."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from fusion.errors import Reason, WorkerDied
from fusion.storage import App, Records, Roster, Store
from fusion.storage.process_identity import Life, life_of, mark_of
from fusion.storage.schema import MIGRATIONS
from fusion.types import State
from tests.support.fixtures import environment

HOUR_S = 3600.0
linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere births do not move with the clock")


@pytest.fixture
def other() -> Iterator[App]:
    """A process that lives, as it would be written down."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield App(process.pid, psutil.Process(process.pid).create_time(), mark_of(process.pid))
        process.kill()


def test_a_process_lives_until_it_is_ended(other: App) -> None:
    assert (App.this().life, other.life) == (Life.ALIVE, Life.ALIVE)
    os.kill(other.pid, 9)
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert other.life == Life.DEAD, "though nobody has buried it"


@linux
def test_a_clock_that_was_set_kills_nobody(other: App) -> None:
    set_back = replace(other, born=other.born - HOUR_S)  # what the same clock then says of the same process
    assert set_back.is_alive
    assert set_back == other, "and it is still the same"
    assert not replace(set_back, mark="").is_alive, "by its birth alone it would be dead"


@linux
def test_another_process_or_boot_is_not_taken_for_it(other: App) -> None:
    boot, _, ticks = other.mark.partition("/")
    assert replace(other, mark=f"{boot}/{int(ticks) - 1}").life == Life.DEAD
    assert replace(other, mark=f"{'0' * len(boot)}/{ticks}").life == Life.DEAD
    assert mark_of(2**22 - 1) == ""


def test_what_cannot_be_looked_at_may_live(other: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(process: psutil.Process) -> float:
        raise psutil.AccessDenied(process.pid)

    monkeypatch.setattr(psutil.Process, "create_time", denied)
    assert life_of(other.pid, other.born, "") == Life.UNKNOWN
    assert replace(other, mark="").is_alive


@linux
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask as somebody else")
def test_a_process_of_somebody_else_lives(other: App) -> None:
    os.seteuid(65534)
    try:
        assert other.life == Life.ALIVE
    finally:
        os.seteuid(0)


@linux
def test_the_jobs_of_a_living_app_stay_its_own_when_the_clock_is_set(tmp_path: Path, other: App) -> None:
    store = Store(tmp_path / "fusewise.db")
    theirs = Records(store, replace(other, born=other.born - HOUR_S))
    job = environment.job()
    theirs.add(job)
    assert theirs.claim() is not None
    mine = Records(store, App.this())
    assert mine.adopt(WorkerDied(Reason.INTERRUPTED)) == 0
    assert mine.get(job.id).state == State.RUNNING


def test_an_app_is_the_same_as_long_as_it_runs() -> None:
    assert App.parse(str(App.this())) == App.this()
    assert App.parse("17 1700000000.25") == App(17, 1700000000.25), "as older versions wrote it"
    assert len({App(1, 2.0, "a/1"), App(1, 3.0, "a/1"), App(1, 2.0, "a/2"), App(1, 2.0), App(1, 3.0)}) == 4


def test_workers_of_the_third_version_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "fusewise.db"
    with closing(sqlite3.connect(path)) as file, file:
        for statement in (each for version in MIGRATIONS[:3] for each in version):
            file.execute(statement)
        file.execute("INSERT INTO workers VALUES (17, 1.0, 18, 2.0, '', 3.0)")
        file.execute("PRAGMA user_version = 3")
    roster = Roster(Store(path), App.this())
    (row,) = roster.rows()
    assert (row.process, row.app) == (App(17, 1.0), App(18, 2.0))
    roster.add(os.getpid(), "")
    assert [each.process for each in roster.rows()] == [row.process, App.this()]
