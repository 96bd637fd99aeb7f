"""How long a dead worker is missed. For `benchmarks.soak`."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.shared.common import Timing, verdict
from fusion.jobs import Jobs
from fusion.photos import samples
from fusion.settings import Settings
from fusion.types import EngineName, State, Tier

REPLACED_S = 3.0
WARM = ("ready", "busy")
PATIENCE_S = 60.0
POLL_S = 0.002


def until(claim: Callable[[], bool]) -> float:
    """Seconds until something is so.

    Raises:
        TimeoutError: it never was.
    """
    began = time.monotonic()
    while not claim():
        if time.monotonic() - began > PATIENCE_S:
            raise TimeoutError("waited in vain for a worker or a job")
        time.sleep(POLL_S)
    return time.monotonic() - began


def death(times: int) -> tuple[dict[str, Any], bool]:
    """The whole part: its facts, and whether it passed."""
    with tempfile.TemporaryDirectory(prefix="fusewise-soak-") as folder:
        jobs = Jobs(Path(folder) / "jobs")
        try:
            jobs.start()
            begun = until(lambda: jobs.worker().state == "ready")
            found = {
                "idle": [_killed_idle(jobs, number) for number in range(times)],
                "busy": [_killed_busy(jobs, number) for number in range(times)],
            }
        finally:
            jobs.close()
    facts: dict[str, Any] = {"part": "death", "first_start_s": round(begun, 3), "bar_s": REPLACED_S}
    good = True
    print(f"the first start takes {begun:.3f} s")
    for how, pairs in found.items():
        seen, replaced = (Timing.of(seconds) for seconds in zip(*pairs, strict=True))
        facts[how] = {"seen": seen.to_json(), "replaced": replaced.to_json()}
        good &= replaced.high <= REPLACED_S
        print(f"killed while {how}: seen after {seen}")
        print(f"killed while {how}: replaced after {replaced}  bar {REPLACED_S:g} s: {verdict(good)}")
    return facts, good


def _killed_idle(jobs: Jobs, number: int) -> tuple[float, float]:
    """After a job: several deaths in a row without one are answered more slowly, on purpose."""
    id = _submit(jobs, number, Tier.T512)
    until(lambda: jobs.view(id).progress.state == State.DONE and jobs.worker().state == "ready")
    return _kill(jobs)


def _killed_busy(jobs: Jobs, number: int) -> tuple[float, float]:
    id = _submit(jobs, number, Tier.T4096)
    until(lambda: jobs.view(id).progress.fraction > 0.1)
    found = _kill(jobs)
    jobs.cancel(id)
    until(lambda: jobs.view(id).progress.state == State.CANCELLED and jobs.worker().state == "ready")
    return found


def _submit(jobs: Jobs, number: int, tier: Tier) -> str:
    settings = Settings(EngineName.LANDMARK, ratio=0.5 + number / 100, output=tier)
    return jobs.submit(*samples.sample_pair(), settings)


def _kill(jobs: Jobs) -> tuple[float, float]:
    """Seconds until the app knows, and until another worker is ready, both since SIGKILL."""
    pid = jobs.worker().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    seen = until(lambda: jobs.worker().state not in WARM or jobs.worker().pid != pid)
    return seen, seen + until(lambda: jobs.worker().state in WARM and jobs.worker().pid != pid)
