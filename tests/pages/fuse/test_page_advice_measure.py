"""The guided Fuse page: what its forecast rests on, and measuring the machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from advisor.forecast import Calibration
from advisor.forecast.calibration_plan import Step
from fusion.errors import Cancelled, FusionError, Reason
from fusion.jobs import Jobs, WorkerView
from fusion.sizing import Measurement, Workload
from fusion.storage import Ledger
from fusion.types import EngineName, Precision, Size
from fusion.worker import Trial
from pages.parts.services import services
from tests.support.app_driver import press, run, texts, until, with_samples
from tests.support.pages.advice import headline

Memory = Callable[[float], None]


def test_a_ledger_that_cannot_be_used_is_said(app: AppTest, monkeypatch: pytest.MonkeyPatch, memory: Memory) -> None:
    memory(8)

    def fail(self: Ledger) -> int:
        raise FusionError(Reason.LEDGER_UNUSABLE, path="the file", why="it is damaged")

    monkeypatch.setattr(Ledger, "count", fail)
    assert "it is damaged" in texts(with_samples(app))
    assert headline(app).startswith("512×512 takes")


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A calibration of one trial that goes on until the event is set, beside a worker that has nothing to do."""
    let_go = threading.Event()

    def wait(trial: Trial, timeout_s: float, stop: threading.Event) -> tuple[Measurement, ...]:
        while not let_go.wait(0.01):
            if stop.is_set():
                raise Cancelled
        work = Workload(trial.engine, Precision.FLOAT32, trial.output, 200, 90_000, 200, 2_000_000)
        return (Measurement(work, "cpu", 0.7, 600 << 20, 480 << 20, 600 << 20, (), True, {}),)

    step = Step(Trial(EngineName.LANDMARK, Size(512, 512)), 5.0)
    monkeypatch.setattr(services, "Calibration", lambda: Calibration(wait, lambda: (step,)))
    monkeypatch.setattr(Jobs, "worker", lambda self: WorkerView("ready", "cpu"))
    services.calibration.clear()
    yield let_go
    let_go.set()
    services.calibration().close()
    services.calibration.clear()
    services.jobs().ledger.clear()


def wait_for_the_end(at: AppTest) -> AppTest:
    return until(at, lambda at: not services.calibration().view().is_running)


def test_measuring_shows_how_far_it_is_and_can_be_cancelled(app: AppTest, hold: threading.Event) -> None:
    with_samples(app).checkbox(key="consent").check()
    assert "at most 2 minutes" in texts(run(app))
    press(app, "measure")
    assert "Measuring this machine" in texts(app)
    assert app.progress
    assert app.button(key="fuse").disabled
    assert "wait until this machine has been measured" in texts(app)
    press(app, "measure_cancel")
    wait_for_the_end(app)
    assert not app.button(key="measure").disabled
    assert not app.button(key="fuse").disabled
    assert not app.error


def test_what_was_measured_is_said_afterwards(app: AppTest, hold: threading.Event, memory: Memory) -> None:
    memory(8)
    press(with_samples(app), "measure")
    jobs = services.jobs()
    hold.set()
    wait_for_the_end(app)
    measured = len([row for row in jobs.ledger.rows() if row.device == "cpu"])
    assert f"Measured: the forecast now rests on {measured} measurements of this machine." in texts(run(app))
    assert "on this machine" in texts(app)


@pytest.mark.parametrize("state", ["starting", "busy", "dead"])
def test_nothing_is_measured_beside_other_work(
    app: AppTest, hold: threading.Event, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr(Jobs, "worker", lambda self: WorkerView(state))
    assert with_samples(app).button(key="measure").disabled
    assert "has nothing to do" in texts(app)
