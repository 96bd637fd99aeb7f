"""Workers that outlived their app and apps beside this one are found: real processes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from advisor.device.processes import Running, look_around
from advisor.diagnosis import Action, Cause, Level
from advisor.health import Environment, doctor, examine_environment
from fusion.config import Config
from fusion.errors import Reason, WorkerDied
from fusion.storage import FILE, App, Roster, Store
from fusion.worker import WorkerView
from tests.support.fixtures.environment import GIB, Hand, causes, job, only, records_in, seen

SLEEP = "import time; print(1, flush=True); time.sleep(60)"
DEAD = App(2**22 - 1, 1.0)
Start = Callable[..., psutil.Process]


def test_a_worker_that_outlived_its_app_is_found_with_its_number(start: Start, tmp_path: Path) -> None:
    worker = start()
    Roster(Store(tmp_path / FILE), DEAD).add(worker.pid, "")
    found = only(seen(tmp_path))
    assert (found.cause, found.remedy.action) == (Cause.LEFTOVER_WORKER, Action.END_LEFTOVER)
    assert found.evidence["pid"] == worker.pid
    assert worker.is_running(), "the doctor ends nobody"


def test_a_second_app_of_the_same_data_folder_is_found(start: Start, tmp_path: Path) -> None:
    other, worker = start(), start()
    app = App(other.pid, other.create_time())
    Roster(Store(tmp_path / FILE), app).add(worker.pid, "")
    around = examine_environment(Config(data=tmp_path), workers=[Hand(pid=os.getpid())])
    found = [each for each in doctor(around) if each.cause == Cause.SECOND_APP and each.evidence["pid"] == other.pid]
    assert [each.remedy.action for each in found] == [Action.CLOSE_PROGRAM]
    assert found[0].evidence["shares_data"] == "true"
    assert Cause.LEFTOVER_WORKER not in causes(around)


def test_one_app_alone_is_no_second_one_for_a_command_line(bare: Environment) -> None:
    app = Running(7, 1.0, "streamlit", GIB, True)
    assert causes(replace(bare, crew=None, apps=(app,))) == []
    assert causes(replace(bare, crew=None, apps=(app, replace(app, pid=8)))) == [Cause.SECOND_APP]


def served(folder: Path, *, is_ours: bool) -> Path:
    """A folder with a web app that waits, as `streamlit run streamlit_app.py` would run it."""
    folder.mkdir()
    (folder / "streamlit").write_text(SLEEP)
    (folder / "streamlit_app.py").touch()
    if is_ours:
        (folder / "pages" / "studio").mkdir(parents=True)
        (folder / "pages" / "studio" / "fuse.py").touch()
    return folder


def test_a_fusewise_that_runs_from_another_folder_is_found_by_its_command_line(start: Start, tmp_path: Path) -> None:
    ours, foreign = served(tmp_path / "a", is_ours=True), served(tmp_path / "b", is_ours=False)
    mine = start("streamlit", "run", "streamlit_app.py", "--server.port=1", folder=ours)
    others = start("streamlit", "run", "streamlit_app.py", folder=foreign)
    named = start("-c", SLEEP, "see streamlit run streamlit_app.py", folder=ours)
    found = {app.pid: app for app in look_around((), ()).apps}
    assert found[mine.pid].shares_data is None
    assert others.pid not in found, "many a project has a file of that name"
    assert named.pid not in found


def test_who_starts_an_app_with_its_own_words_is_not_counted_beside_it(start: Start, tmp_path: Path) -> None:
    folder = served(tmp_path / "a", is_ours=True)
    (folder / "uv").write_text(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, *sys.argv[1:]], stdout=subprocess.PIPE)\n"
        "child.stdout.readline(); print(1, flush=True)\n"
        "try:\n    child.wait()\nfinally:\n    child.kill()\n"
    )
    wrapper = start("uv", "streamlit", "run", "streamlit_app.py", folder=folder)
    (child,) = wrapper.children()
    found = {app.pid for app in look_around((), ()).apps}
    child.kill()
    assert (child.pid in found, wrapper.pid in found) == (True, False)


@pytest.mark.parametrize(
    ("state", "cause", "level"),
    [("dead", Cause.WORKER_DEAD, Level.SERIOUS), ("starting", Cause.WORKER_COLD, Level.MINOR)],
)
def test_a_worker_that_does_not_work_is_found(tmp_path: Path, state: str, cause: Cause, level: Level) -> None:
    view = WorkerView(
        state, error=WorkerDied(Reason.WORKER_START, why="no torch in /somewhere") if state == "dead" else None
    )
    found = only(seen(tmp_path, [view]))
    assert (found.cause, found.level) == (cause, level)
    assert "/somewhere" not in json.dumps(found.to_json())


def test_jobs_that_wait_for_nobody_are_found_by_a_command_line(tmp_path: Path) -> None:
    records_in(tmp_path, DEAD).add(job())
    found = only(seen(tmp_path))
    assert (found.cause, found.evidence["waiting"], found.evidence["reason"]) == (Cause.WORKER_DEAD, 1, "no_app")
