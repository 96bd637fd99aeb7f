"""What goes wrong in the queue is named, told and logged, and leaves nothing behind."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fusion.errors import (
    FusionError,
    NoFace,
    OutOfMemory,
    WeightsMissing,
    WorkerDied,
)
from fusion.jobs import Jobs, Query
from fusion.storage import FILE
from fusion.types import State
from tests.support import fake_pipeline as fake
from tests.support.fixtures.photos import plain
from tests.support.queued import end, start_running, submit
from tests.support.waiting import until


def test_a_database_that_cannot_be_used_is_named_with_a_remedy(tmp_path: Path, fake_worker: None) -> None:
    database = tmp_path / FILE
    database.write_bytes(b"no database" * 100)
    jobs = Jobs(tmp_path / "jobs")
    try:
        jobs.start()
        with pytest.raises(FusionError) as caught:
            submit(jobs)
        assert caught.value.reason == "ledger_unusable"
        assert str(database) in caught.value.message
        until(lambda: jobs.ledger_error is not None)
        database.unlink()
        assert end(jobs, submit(jobs)).progress.state == State.DONE
        until(lambda: jobs.ledger_error is None)
        assert jobs.ledger.count() == 1
    finally:
        jobs.close()


def test_an_end_that_cannot_be_written_down_is_written_when_it_can(tmp_path: Path, fake_worker: None) -> None:
    jobs = Jobs(tmp_path / "jobs")
    try:
        id = submit(jobs, fake.SLOW)
        start_running(jobs, id)
        with closing(sqlite3.connect(tmp_path / FILE)) as other:
            other.execute("CREATE TRIGGER full BEFORE UPDATE ON jobs BEGIN SELECT RAISE(FAIL, 'disk full'); END")
            pid = jobs.worker().pid
            assert pid is not None
            jobs.restart()
            until(lambda: jobs.ledger_error is not None)
            assert jobs.view(id).progress.state == State.RUNNING
            other.execute("DROP TRIGGER full")
        until(lambda: jobs.ledger_error is None and jobs.worker().pid not in (None, pid))
        start_running(jobs, id)
        jobs.cancel(id)
        assert end(jobs, id).progress.state == State.CANCELLED
    finally:
        jobs.close()


def test_errors_keep_their_kind_and_their_details_across_the_pipe(jobs: Jobs) -> None:
    error = end(jobs, submit(jobs, fake.FACELESS)).error
    assert isinstance(error, NoFace)
    assert error.details == {"role": "target"}


def test_memory_that_runs_out_is_an_error_of_its_own(jobs: Jobs) -> None:
    assert isinstance(end(jobs, submit(jobs, fake.NO_MEMORY)).error, OutOfMemory)


def test_a_bug_is_told_in_one_line_and_logged_in_full(jobs: Jobs) -> None:
    error = end(jobs, submit(jobs, fake.BROKEN)).error
    assert error is not None
    assert error.reason == "internal"
    assert error.details["why"] == "ValueError: a bug"
    assert "Traceback" in (jobs.folder.parent / "worker.log").read_text()


def test_a_failed_job_leaves_no_file(jobs: Jobs) -> None:
    id = submit(jobs, fake.BROKEN)
    end(jobs, id)
    assert not (jobs.folder / id).exists()


def test_what_libraries_print_does_not_disturb_the_pipe(jobs: Jobs) -> None:
    assert end(jobs, submit(jobs, fake.CHATTY)).progress.state == State.DONE


def test_a_worker_that_cannot_start_says_why_and_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:UnstartablePipeline")
    monkeypatch.setattr("fusion.worker.supervisor._BACK_OFF_S", (0.0,))
    jobs = Jobs(tmp_path / "jobs")
    try:
        error = end(jobs, submit(jobs)).error
        assert isinstance(error, WorkerDied)
        assert error.reason == "worker_start"
        assert "the cable is not plugged in" in str(error.details["why"])
        until(lambda: jobs.worker().state == "dead")
        assert jobs.worker().error is not None
        monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
        assert end(jobs, submit(jobs)).progress.state == State.DONE, "the next job gives it another try"
    finally:
        jobs.close()


def test_a_worker_without_its_weights_says_so_and_is_not_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:WeightlessPipeline")
    jobs = Jobs(tmp_path / "jobs")
    try:
        assert isinstance(end(jobs, submit(jobs)).error, WeightsMissing)
        view = jobs.worker()
        assert view.state == "dead"
        assert isinstance(view.error, WeightsMissing)
        assert (tmp_path / "worker.log").read_text().count("Traceback") == 1
    finally:
        jobs.close()


def test_photos_that_cannot_be_written_leave_nothing(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before, waiting = set((jobs.folder.parent / "photos").iterdir()), jobs.count(Query())
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(FusionError) as caught:
        submit(jobs, target=plain(401, 300))
    assert caught.value.reason == "disk_full"
    assert set((jobs.folder.parent / "photos").iterdir()) == before
    assert jobs.count(Query()) == waiting
