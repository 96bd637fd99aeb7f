"""Workers that die, hang, take too long or are restarted: their jobs run again, fail or end, and the queue goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from fusion.errors import (
    JobTimeout,
    OutOfMemory,
    WorkerDied,
)
from fusion.jobs import Jobs, Query
from fusion.memory import Rung
from fusion.types import State
from tests.support import ROOT
from tests.support import fake_pipeline as fake
from tests.support.queued import PHOTO, end, start_running, submit
from tests.support.waiting import until


def test_a_job_whose_worker_is_killed_runs_again_before_those_behind_it(jobs: Jobs) -> None:
    hit, next_one = submit(jobs, fake.SLOW), submit(jobs)
    start_running(jobs, hit)
    half = jobs.folder / hit / ".output.png.1234abcd.tmp"
    half.write_bytes(b"half of a picture")
    pid = jobs.worker().pid
    assert pid is not None
    psutil.Process(pid).kill()
    until(lambda: jobs.worker().pid not in (None, pid))
    start_running(jobs, hit)
    assert not half.exists()
    assert jobs.view(hit).deaths == 1
    assert jobs.view(next_one).progress.state == State.QUEUED
    jobs.cancel(hit)
    assert end(jobs, next_one).progress.state == State.DONE


def test_what_a_job_has_made_so_far_can_be_seen_while_it_runs(jobs: Jobs) -> None:
    running, waiting = submit(jobs, fake.SLOW), submit(jobs)
    until(lambda: jobs.draft(running) is not None)
    assert (jobs.draft(running) or b"").startswith(b"\xff\xd8"), "a JPEG"
    assert jobs.draft(waiting) is None
    jobs.cancel(running)
    end(jobs, waiting)
    assert jobs.draft(running) is None


def test_a_job_that_kills_three_workers_fails_and_the_queue_goes_on(jobs: Jobs) -> None:
    deadly, next_one = submit(jobs, fake.DIES), submit(jobs)
    view = end(jobs, deadly)
    assert view.progress.state == State.FAILED
    assert isinstance(view.error, WorkerDied)
    assert view.error.details["code"] == -9
    assert view.deaths == 3
    assert end(jobs, next_one).progress.state == State.DONE
    jobs.retry(deadly)
    assert jobs.view(deadly).deaths < 3, "who asks for it gets three more"
    jobs.delete([deadly])


def test_a_job_over_which_the_system_ends_the_worker_steps_down(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    kills = iter(range(1000))
    monkeypatch.setattr("fusion.memory.budget.oom_kills", lambda: next(kills))
    id = submit(jobs, fake.SLOW)
    start_running(jobs, id)
    pid = jobs.worker().pid
    assert pid is not None
    psutil.Process(pid).kill()
    until(lambda: jobs.view(id).steps != ())
    assert [step.rung for step in jobs.view(id).steps] == [Rung.PRECISION]
    start_running(jobs, id)
    jobs.cancel(id)
    end(jobs, id)


def test_a_job_that_nothing_can_make_small_enough_fails_for_want_of_memory(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    kills = iter(range(1000))
    monkeypatch.setattr("fusion.memory.budget.oom_kills", lambda: next(kills))
    view = end(jobs, submit(jobs, fake.DIES))
    assert isinstance(view.error, OutOfMemory)
    assert end(jobs, submit(jobs)).progress.state == State.DONE


def test_a_worker_that_is_restarted_runs_its_job_again(jobs: Jobs) -> None:
    id = submit(jobs, fake.SLOW)
    start_running(jobs, id)
    before = jobs.worker()
    jobs.restart(before.pid)
    until(lambda: jobs.worker().state == "busy" and jobs.worker().pid != before.pid)
    assert before.job == jobs.worker().job == id
    assert jobs.view(id).deaths == 0, "that was not the job's fault"
    jobs.cancel(id)
    end(jobs, id)


def test_a_worker_that_is_silent_for_too_long_is_replaced(
    tmp_path: Path, fake_worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fusion.worker.supervisor.SILENCE_S", 2.0)
    jobs = Jobs(tmp_path / "jobs")
    try:
        jobs.start()
        until(lambda: jobs.worker().state == "ready")
        pid = jobs.worker().pid
        assert pid is not None
        psutil.Process(pid).suspend()
        assert end(jobs, submit(jobs)).progress.state == State.DONE
        assert jobs.worker().pid != pid
    finally:
        jobs.close()


def test_each_card_has_a_worker_and_jobs_run_side_by_side(tmp_path: Path, fake_worker: None) -> None:
    jobs = Jobs(tmp_path / "jobs", cards=("GPU-a", "GPU-b"))
    try:
        ids = [submit(jobs, fake.SLOW), submit(jobs, fake.SLOW), submit(jobs)]
        start_running(jobs, ids[0])
        start_running(jobs, ids[1])
        assert jobs.view(ids[2]).progress.state == State.QUEUED
        views = jobs.workers()
        assert {view.job for view in views} == set(ids[:2])
        for view in views:
            assert psutil.Process(view.pid).environ()["CUDA_VISIBLE_DEVICES"] == view.card
        jobs.restart(views[0].pid)
        until(lambda: jobs.workers()[0].pid not in (None, views[0].pid))
        assert jobs.workers()[1].pid == views[1].pid, "the other one goes on"
        jobs.delete(ids)
        until(lambda: jobs.count(Query()) == 0)
    finally:
        jobs.close()


def test_the_worker_tells_what_it_holds(jobs: Jobs) -> None:
    until(lambda: jobs.worker().resident_bytes is not None)
    view = jobs.worker()
    assert view.resident_bytes is not None
    assert view.resident_bytes > 10_000_000
    assert view.reserved_bytes is None, "there is no card"
    assert [(row.pid, row.app_pid) for row in jobs.registered()] == [(view.pid, os.getpid())]


def test_a_stage_that_does_not_end_after_a_cancel_ends_with_its_worker(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fusion.jobs.worker_slot.CANCEL_GRACE_S", 0.1)
    id = submit(jobs, fake.STUCK)
    start_running(jobs, id)
    jobs.cancel(id)
    view = end(jobs, id)
    assert view.progress.state == State.CANCELLED
    assert end(jobs, submit(jobs)).progress.state == State.DONE


def test_a_job_that_takes_too_long_is_ended(tmp_path: Path, fake_worker: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_JOB_TIMEOUT_S", "0.3")
    jobs = Jobs(tmp_path / "jobs")
    try:
        error = end(jobs, submit(jobs, fake.STUCK)).error
        assert isinstance(error, JobTimeout)
        assert error.details["seconds"] == 0.3
    finally:
        jobs.close()


def test_ctrl_c_in_the_terminal_does_not_reach_the_worker(jobs: Jobs) -> None:
    end(jobs, submit(jobs))
    pid = jobs.worker().pid
    assert pid is not None
    assert os.getsid(pid) != os.getsid(0)
    os.kill(pid, signal.SIGINT)
    assert end(jobs, submit(jobs)).progress.state == State.DONE
    assert jobs.worker().pid == pid


def test_closing_ends_the_worker_and_keeps_the_history(tmp_path: Path, fake_worker: None) -> None:
    jobs = Jobs(tmp_path / "jobs")
    id = submit(jobs)
    done = end(jobs, id)
    pid = jobs.worker().pid
    assert pid is not None
    jobs.close()
    jobs.close()
    assert not psutil.pid_exists(pid)
    with pytest.raises(WorkerDied):
        submit(jobs)
    again = Jobs(tmp_path / "jobs")
    assert again.view(id) == done
    assert again.registered() == ()
    assert done.outcome is not None
    assert done.outcome.output.exists()
    again.close()


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or is only waited for any more."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_after_the_app_is_killed_the_next_one_goes_on_where_it_was(tmp_path: Path, fake_worker: None) -> None:
    script = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from fusion.jobs import Jobs
        from fusion.settings import Settings
        jobs = Jobs(Path(sys.argv[1]))
        photo = Path(sys.argv[2]).read_bytes()
        id = jobs.submit(photo, photo, Settings(ratio=0.01))
        jobs.submit(photo, photo, Settings())
        while jobs.view(id).progress.fraction < 0.15:
            time.sleep(0.01)
        print(jobs.worker().pid, flush=True)
        time.sleep(60)
        """
    )
    (tmp_path / "photo.png").write_bytes(PHOTO)
    folder = tmp_path / "jobs"
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(folder), str(tmp_path / "photo.png")], stdout=subprocess.PIPE, cwd=ROOT
    )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.kill()
    until(lambda: has_ended(pid))
    jobs = Jobs(folder)
    try:
        jobs.start()
        ran, waited = reversed(jobs.history(Query()))
        assert ran.progress.state == State.INTERRUPTED
        assert ran.error is not None
        assert ran.error.reason == "interrupted"
        assert end(jobs, waited.id).progress.state == State.DONE, "what waited goes on"
        jobs.retry(ran.id)
        start_running(jobs, ran.id)
        assert jobs.view(ran.id).error is None
        jobs.delete([ran.id, waited.id])
        until(lambda: jobs.count(Query()) == 0)
        until(lambda: not list((tmp_path / "photos").iterdir()))  # of one that ran, once it has ended
    finally:
        jobs.close()


def test_a_batch_is_shared_fairly_by_two_cards(tmp_path: Path, fake_worker: None) -> None:
    jobs = Jobs(tmp_path / "jobs", cards=("GPU-a", "GPU-b"))
    made: dict[str | None, set[str | None]] = {"GPU-a": set(), "GPU-b": set()}
    try:
        jobs.start()
        until(lambda: all(view.state == "ready" for view in jobs.workers()))
        ids = [submit(jobs, fake.WAITS) for _ in range(12)]

        def is_done() -> bool:
            for view in jobs.workers():
                made[view.card] |= {view.job} - {None}
            return all(jobs.view(id).progress.state == State.DONE for id in ids)

        until(is_done)
        assert made["GPU-a"] | made["GPU-b"] == set(ids)
        assert made["GPU-a"] & made["GPU-b"] == set(), "none ran twice"
        assert min(map(len, made.values())) >= 4, "neither had less than a third"
    finally:
        jobs.close()
