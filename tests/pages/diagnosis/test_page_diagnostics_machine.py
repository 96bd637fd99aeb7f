"""What the page of diagnosis finds at the machine, and what a click does about it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fusion.jobs import Jobs, WorkerView
from fusion.storage import FILE, App, Roster, Store
from pages.parts.services import services
from tests.support.app_driver import keys, press, run, session, texts, until
from tests.support.fixtures.nvml import Driver

PAGE = "pages/machine/diagnostics.py"


@pytest.fixture
def app(app: AppTest) -> AppTest:
    """A session that asks why it is slow."""
    return slow(app)


def slow(at: AppTest) -> AppTest:
    run(at).pills(key="diagnosis_symptom").set_value("slow")
    return at


@pytest.fixture
def stray(queue: Jobs) -> Iterator[subprocess.Popen[bytes]]:
    """A real process that is registered as a worker of an app that has ended."""
    app = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    dead = App(app.pid, psutil.Process(app.pid).create_time())
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Roster(Store(queue.folder.parent / FILE), dead).add(process.pid, "")
    app.kill()
    app.wait()
    yield process
    process.kill()
    process.wait()


def test_a_leftover_worker_is_found_and_ended_after_asking_back(app: AppTest, stray: subprocess.Popen[bytes]) -> None:
    # the machine is looked at every few seconds: the process itself may be found later than those of before
    until(app, lambda at: any(button.key == f"end_{stray.pid}" for button in at.button))
    press(app, f"end_{stray.pid}")
    assert stray.poll() is None
    press(app, f"yes_end_{stray.pid}")
    until(app, lambda at: f"Process {stray.pid} was ended." in texts(at))


def test_a_worker_that_does_not_run_is_started_with_one_click(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[bool] = []
    monkeypatch.setattr(Jobs, "workers", lambda self: (WorkerView("dead", None, None),))
    monkeypatch.setattr(Jobs, "start", lambda self: started.append(True))
    until(app, lambda at: "Worker not running" in texts(at))
    # A machine that is busy has findings of its own, with buttons that a dead worker has no use for.
    press(app, next(key for key in keys(app, "doctor_do_") if not app.button(key=key).disabled))
    assert started == [True]


def test_a_program_that_holds_the_cards_memory_is_named_and_left_alone(
    queue: Jobs, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = (services.rounds, services.scene, services.watch, services.monitor, services.reader)
    for resource in resources:
        resource.clear()
    driver("stranger")
    at = session()
    at.context = {"locale": "zh-CN"}
    slow(run(at).switch_page(PAGE))
    until(at, lambda at: "内存被其他程序占用" in texts(at))
    assert re.search(r"占用 Tesla T4 上 15\.0 GiB 中的 9\.0 GiB", texts(at))
    assert "Fusewise 无法代您完成此操作" in texts(at)
    assert "driver 550.54.15" in at.code[0].value
    for resource in resources:
        resource.clear()


def test_a_database_that_cannot_be_used_leaves_the_machine_to_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))
    st.cache_resource.clear()
    (tmp_path / FILE).write_bytes(b"this is no database" * 100)
    at = run(session()).switch_page(PAGE)
    until(at, lambda at: "Unusable database" in texts(at))
    assert any("move it away" in error.value for error in at.error)
    st.cache_resource.clear()
