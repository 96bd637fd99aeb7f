"""The dispatcher with a real worker: what goes wrong there costs one job at the most, and the reason is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from fusion.errors import FusionError
from fusion.jobs import Jobs, Query
from fusion.storage import PhotoFiles, Record, Records, Store
from fusion.types import State
from tests.support.queued import PHOTO
from tests.support.rows import DEAD, WHY, job
from tests.support.waiting import until


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
    monkeypatch.setattr("fusion.worker.supervisor._BACK_OFF_S", (0.0,))
    monkeypatch.setattr("fusion.worker.supervisor._REVIVE_S", (0.1,))
    jobs = Jobs(tmp_path / "jobs")
    jobs.start()
    yield jobs
    jobs.close()


def _kill_idle(jobs: Jobs) -> None:
    until(lambda: jobs.worker().state == "ready")
    pid = jobs.worker().pid
    assert pid is not None
    psutil.Process(pid).kill()
    until(lambda: jobs.worker().pid != pid)


def test_after_three_deaths_of_an_idle_worker_a_job_of_another_process_is_run(jobs: Jobs) -> None:
    for _ in range(3):
        _kill_idle(jobs)
    until(lambda: jobs.worker().state == "dead")
    assert jobs.worker().error is not None
    until(lambda: jobs.worker_trouble() is not None)
    sha = PhotoFiles(jobs.folder.parent / "photos").put(PHOTO)
    record = job(target=sha, source=sha)
    other = Records(Store(jobs.ledger.path), DEAD)
    other.add(record)
    other.let_go(WHY)  # it waits for whoever comes
    until(lambda: jobs.view(record.id).progress.state == State.DONE)
    until(lambda: jobs.worker_trouble() is None)


def test_a_job_whose_folder_goes_as_it_ends_costs_nothing_but_itself(jobs: Jobs) -> None:
    until(lambda: jobs.worker().state == "ready")
    pid = jobs.worker().pid
    ended = jobs._dispatcher.ended

    def lose(record: Record, lane: Any) -> None:
        for file in (jobs.folder / record.id).iterdir():
            file.unlink()
        (jobs.folder / record.id).rmdir()
        ended(record, lane)

    jobs._dispatcher.ended = lose  # type: ignore[method-assign]
    first = jobs.submit(PHOTO, PHOTO, job().settings)
    until(lambda: jobs.view(first).progress.state == State.DONE)
    jobs._dispatcher.ended = ended  # type: ignore[method-assign]
    second = jobs.submit(PHOTO, PHOTO, job().settings)
    until(lambda: jobs.view(second).progress.state == State.DONE)
    assert jobs.worker().pid == pid
    assert jobs.count(Query()) == 2


def test_an_error_is_told_as_one(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise KeyError("of no known class")

    monkeypatch.setattr(jobs._dispatcher._records, "has_waiting", fail)
    until(lambda: jobs.ledger_error is not None)
    assert isinstance(jobs.ledger_error, FusionError)
    monkeypatch.undo()
    until(lambda: jobs.ledger_error is None)
