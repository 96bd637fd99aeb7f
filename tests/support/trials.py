"""Trials of a calibration that cost what was forecast, at once."""

from __future__ import annotations

import threading
import time

from advisor.device.compute_target import Kind
from advisor.forecast import Calibration, CalibrationView, predict, shipped
from advisor.forecast.calibration_plan import Step, trials
from fusion.sizing import Measurement, StageCost, workload
from fusion.types import Precision, Stage
from fusion.worker import Trial


def cost(trial: Trial, seconds: float = 1.0, *, is_new: bool = True) -> Measurement:
    """About what such a trial costs."""
    work = workload(trial.subject, trial.settings, trial.engine, Precision.FLOAT32)
    peak = predict(work, shipped(Kind.CPU)).peak_bytes
    stages = (StageCost(Stage.FUSE, seconds),)
    return Measurement(work, "cpu", seconds, peak, peak // 2, peak, stages, is_new, {"torch": "2.13"})


def at_once(trial: Trial, timeout_s: float, stop: threading.Event) -> tuple[Measurement, ...]:
    """Stands in for `fusion.worker.measured_run.measure`."""
    return cost(trial), cost(trial, 0.9)


def three(seconds: float = 1.0) -> tuple[Step, ...]:
    """Steps that a processor takes first."""
    return tuple(Step(trial, seconds) for trial in trials(has_unet=False)[:3])


def end(calibration: Calibration) -> CalibrationView:
    """The view of a calibration once it runs no more."""
    deadline = time.monotonic() + 20
    while calibration.view().is_running:
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
    return calibration.view()
