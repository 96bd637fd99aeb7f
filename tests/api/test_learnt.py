"""Forecasts learn from what was measured where the next job runs, on as many threads as it will have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from advisor.device import Reader
from advisor.forecast import predict
from api.machine_state import Watch
from fusion.jobs import Jobs
from tests.advisor.forecast.made_up import SIDES, measured, work


def test_seconds_are_those_of_as_many_threads_as_a_worker_has_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Jobs(tmp_path / "jobs")
    with Reader(tmp_path) as reader:

        def seconds(threads: int) -> float | None:
            monkeypatch.setenv("OMP_NUM_THREADS", str(threads))
            return predict(work(1024), watch.look().coefficients).seconds

        watch = Watch(jobs, reader.read, lambda: False)
        device = watch.look().place.name
        for threads, speed in ((8, 1.0), (2, 3.0)):
            for side in SIDES:
                jobs.ledger.add(replace(measured(work(side), speed=speed), device=device, threads=threads))
        monkeypatch.setattr("api.machine_state.FRESH_SECONDS", 0.0)
        assert seconds(8) == pytest.approx(measured(work(1024)).seconds, rel=0.1)
        assert seconds(2) == pytest.approx(measured(work(1024), speed=3.0).seconds, rel=0.1)
    jobs.close()
