"""Histories for `benchmarks.diagnosis.machines`: what an app has written of its jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fusion.errors import FusionError, JobTimeout, NoFace, OutOfMemory, Reason, WorkerDied
from fusion.memory import Rung, Step
from fusion.sizing import Measurement, Workload
from fusion.storage import FILE, App, Priority, Records, Store
from fusion.types import EngineName, Precision, Size, State
from fusion.units import MIB
from tests.support.fixtures.environment import job

_STEPS = (Step(Rung.TILE, "1024", "512"),)


def _wait(data: Path, app: App, *, count: int, priority: Priority = Priority.NOW) -> None:
    """So many that nobody has begun."""
    records = Records(Store(data / FILE), app)
    for _ in range(count):
        records.add(job(priority=priority, expected_s=4.0))


def _end(
    data: Path,
    app: App,
    *,
    count: int = 1,
    error: FusionError | None = None,
    device: str = "cpu",
    steps: tuple[Step, ...] = (),
    deaths: int = 0,
) -> None:
    """So many that were computed, and ended so.

    Raises:
        RuntimeError: somebody else computes here.
    """
    records = Records(Store(data / FILE), app)
    work = Workload(EngineName.LANDMARK, Precision.FLOAT32, Size(512, 512), 200, 90_000, 180, 3_000_000)
    cost = Measurement(work, device, 2.0, 900 * MIB, 700 * MIB, 900 * MIB, (), True, {})
    for _ in range(count):
        records.add(job())
        running = records.claim()
        if running is None:
            raise RuntimeError("a job that was just added is not there")
        changes: dict[str, Any] = {"steps": steps, "deaths": deaths, "error": error}
        changes |= {"state": State.DONE, "measurement": cost} if error is None else {"state": State.FAILED}
        records.end(replace(running, **changes))


PAST: Mapping[str, Callable[[Path, App], None]] = MappingProxyType(
    {
        "queue": partial(_wait, count=8),
        "abandoned": partial(_wait, count=2),
        "batch": partial(_wait, count=60, priority=Priority.BATCH),
        "well": partial(_end, count=40),
        "on_processor": partial(_end, count=2, device="cpu"),
        "stepped": partial(_end, steps=_STEPS),
        "short": partial(_end, error=OutOfMemory(Reason.OUT_OF_MEMORY, device="cpu")),
        "died": partial(_end, error=WorkerDied(Reason.WORKER_DIED, code=-9), deaths=3),
        "late": partial(_end, error=JobTimeout(Reason.JOB_TIMEOUT, seconds=60.0)),
        "faceless": partial(_end, error=NoFace(Reason.NO_FACE, role="source")),
    }
)
