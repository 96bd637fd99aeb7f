"""The queue and its worker: real processes, and the pipeline of tests.support, which computes nothing."""

from __future__ import annotations

import io
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from fusion.errors import (
    Cancelled,
    FusionError,
    JobTimeout,
    NoFace,
    OutOfMemory,
    PhotoRejected,
    WeightsMissing,
    WorkerDied,
)
from fusion.jobs import Jobs, Query
from fusion.memory import Rung
from fusion.settings import Settings
from fusion.storage import FILE
from fusion.types import Size, State, Tier
from tests.support import ROOT
from tests.support import fake_pipeline as fake
from tests.support.fixtures.photos import plain
from tests.support.queued import PHOTO, end, start_running
from tests.support.waiting import until


@pytest.fixture
def fake_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    """One queue and one worker for the whole module; tests that need it fresh make their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
        queue = Jobs(tmp_path_factory.mktemp("queue") / "jobs")
        queue.start()
        until(lambda: queue.worker().state == "ready")
        yield queue
        queue.close()


def submit(jobs: Jobs, ratio: float = fake.QUICK, target: bytes = PHOTO, source: bytes = PHOTO) -> str:
    return jobs.submit(target, source, Settings(ratio=ratio))


def test_a_job_ends_with_two_pictures_of_one_size(jobs: Jobs) -> None:
    view = end(jobs, submit(jobs))
    assert view.progress.state == State.DONE
    assert view.progress.fraction == 1.0
    assert view.outcome is not None
    with Image.open(view.outcome.output) as output, Image.open(view.outcome.before) as before:
        assert output.format == before.format == "PNG"
        assert output.size == before.size == (120, 90)


def test_the_facts_and_the_recipe_come_with_the_outcome(jobs: Jobs) -> None:
    view = end(jobs, submit(jobs))
    assert view.outcome is not None
    facts = view.outcome.facts
    assert facts.output == view.outcome.output
    assert [cost.stage for cost in facts.stages] == ["read", "fuse", "write"]
    assert facts.settings == view.settings
    assert view.outcome.recipe["target"]["sha256"] == view.outcome.recipe["source"]["sha256"]


def test_only_the_owner_can_read_the_results(jobs: Jobs) -> None:
    view = end(jobs, submit(jobs))
    assert view.outcome is not None
    assert stat.S_IMODE(view.outcome.output.parent.stat().st_mode) == 0o700
    for file in view.outcome.output.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_the_photos_stay_with_the_job_each_once(jobs: Jobs) -> None:
    one, other = end(jobs, submit(jobs, target=plain(200, 100))), end(jobs, submit(jobs))
    assert jobs.photos(one.id) == (plain(200, 100), PHOTO)
    kept = jobs.folder.parent / "photos"
    assert {one.target_sha256, one.source_sha256, other.source_sha256} <= {file.name for file in kept.iterdir()}
    assert one.source_sha256 == other.target_sha256
    assert stat.S_IMODE((kept / one.target_sha256).stat().st_mode) == 0o600


def test_progress_never_falls_and_says_when_it_will_end(jobs: Jobs) -> None:
    id = submit(jobs, fake.SLOW)
    start_running(jobs, id)
    seen = []
    for _ in range(20):
        seen.append(jobs.view(id).progress)
        time.sleep(0.02)
    jobs.cancel(id)
    end(jobs, id)
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert fractions[0] < fractions[-1]
    assert seen[-1].seconds_left is not None
    assert seen[-1].seconds_left > 0


def test_the_worker_is_busy_while_a_job_runs(jobs: Jobs) -> None:
    id = submit(jobs, fake.SLOW)
    start_running(jobs, id)
    assert jobs.worker().state == "busy"
    assert jobs.worker().device == "cpu"
    jobs.cancel(id)
    end(jobs, id)
    assert jobs.worker().state == "ready"


def test_jobs_run_one_at_a_time_in_order(jobs: Jobs) -> None:
    first, second, third = (submit(jobs, ratio) for ratio in (fake.SLOW, fake.QUICK, fake.QUICK))
    start_running(jobs, first)
    assert jobs.view(second).progress.state == State.QUEUED
    assert jobs.view(third).progress.state == State.QUEUED
    jobs.cancel(first)
    assert end(jobs, third).progress.state == State.DONE
    assert jobs.view(second).progress.state == State.DONE


def test_a_waiting_job_is_cancelled_at_once(jobs: Jobs) -> None:
    first, second = submit(jobs, fake.SLOW), submit(jobs)
    jobs.cancel(second)
    view = jobs.view(second)
    assert view.progress.state == State.CANCELLED
    assert isinstance(view.error, Cancelled)
    jobs.cancel(first)
    end(jobs, first)


def test_a_running_job_is_cancelled_at_its_next_stage(jobs: Jobs) -> None:
    id = submit(jobs, fake.SLOW)
    start_running(jobs, id)
    pid = jobs.worker().pid
    jobs.cancel(id)
    view = end(jobs, id)
    assert view.progress.state == State.CANCELLED
    assert isinstance(view.error, Cancelled)
    assert jobs.worker().pid == pid, "the worker lives on"


def test_cancelling_a_job_that_has_ended_changes_nothing(jobs: Jobs) -> None:
    id = submit(jobs)
    before = end(jobs, id)
    jobs.cancel(id)
    assert jobs.view(id) == before


def test_a_bad_photo_is_refused_with_its_own_error(jobs: Jobs) -> None:
    error = end(jobs, submit(jobs, target=b"not a photo")).error
    assert isinstance(error, PhotoRejected)
    assert error.reason == "photo_unreadable"
    assert error.remedy


def test_each_finished_job_leaves_what_it_cost_in_the_ledger(jobs: Jobs) -> None:
    before = jobs.ledger.count()
    end(jobs, submit(jobs))
    end(jobs, submit(jobs, target=plain(1500, 1000)))
    assert jobs.ledger.count() == before + 2
    assert jobs.ledger_error is None
    kept = jobs.ledger.rows()[-1]
    assert kept.workload.output == Size(1500, 1000)
    assert kept.made


def test_a_job_that_failed_or_was_cancelled_leaves_no_cost(jobs: Jobs) -> None:
    before = jobs.ledger.count()
    end(jobs, submit(jobs, fake.FACELESS))
    id = submit(jobs, fake.SLOW)
    start_running(jobs, id)
    jobs.cancel(id)
    end(jobs, id)
    assert jobs.ledger.count() == before


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


def test_a_preview_shows_other_settings_without_a_new_job(jobs: Jobs) -> None:
    id = submit(jobs, target=plain(1500, 1000))
    end(jobs, id)

    def brightness(settings: Settings) -> float:
        with Image.open(io.BytesIO(jobs.preview(id, settings))) as image:
            assert image.format == "JPEG"
            assert max(image.size) == 512
            return float(np.asarray(image).mean())

    assert brightness(Settings(brightness=-0.3)) < brightness(Settings())


def test_a_preview_is_answered_while_another_job_runs(jobs: Jobs) -> None:
    done = submit(jobs)
    end(jobs, done)
    running = submit(jobs, fake.SLOW)
    start_running(jobs, running)
    assert jobs.preview(done, Settings())
    jobs.cancel(running)
    end(jobs, running)


def test_a_result_that_is_kept_no_longer_cannot_be_previewed(jobs: Jobs) -> None:
    oldest = submit(jobs)
    for _ in range(3):
        last = submit(jobs)
    end(jobs, last)
    assert jobs.preview(last, Settings())
    with pytest.raises(FusionError) as caught:
        jobs.preview(oldest, Settings())
    assert caught.value.reason == "job_unknown"


def test_a_forgotten_job_stays_in_the_history_without_a_preview(jobs: Jobs) -> None:
    id = submit(jobs)
    done = end(jobs, id)
    jobs.forget(id)
    jobs.forget(id)
    assert jobs.view(id) == done
    with pytest.raises(FusionError) as caught:
        jobs.preview(id, Settings())
    assert caught.value.reason == "job_unknown"


def test_a_deleted_job_is_gone_from_disk_and_memory(jobs: Jobs) -> None:
    target = plain(300, 200)
    id, sibling = submit(jobs, target=target), submit(jobs, target=target, source=plain(301, 200))
    view = end(jobs, id)
    end(jobs, sibling)
    jobs.delete([id])
    jobs.delete([id, "there is no such job"])
    assert not (jobs.folder / id).exists()
    for ask in (lambda: jobs.view(id), lambda: jobs.preview(id, Settings()), lambda: jobs.photos(id)):
        with pytest.raises(FusionError) as caught:
            ask()
        assert caught.value.reason == "job_unknown"
    kept = jobs.folder.parent / "photos"
    assert (kept / view.target_sha256).exists(), "another job is made of it"
    jobs.delete([sibling])
    assert not (kept / view.target_sha256).exists()


def test_a_job_deleted_while_it_runs_is_stopped_and_removed(jobs: Jobs) -> None:
    id = submit(jobs, fake.SLOW)
    start_running(jobs, id)
    jobs.delete([id])
    until(lambda: jobs.count(Query(text=id)) == 0)
    until(lambda: not (jobs.folder / id).exists())
    until(lambda: jobs.worker().state == "ready")


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
    monkeypatch.setattr("fusion.memory.oom_kills", lambda: next(kills))
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
    monkeypatch.setattr("fusion.memory.oom_kills", lambda: next(kills))
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


def test_after_the_app_is_killed_the_next_one_goes_on_where_it_was(tmp_path: Path, fake_worker: None) -> None:
    script = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from fusion.jobs import Jobs
        from fusion.spec import Settings
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
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
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
        assert list((tmp_path / "photos").iterdir()) == []
    finally:
        jobs.close()


def test_the_real_pipeline_fuses_and_previews(tmp_path: Path, sample_pair: tuple[bytes, bytes]) -> None:
    jobs = Jobs(tmp_path / "jobs")
    try:
        jobs.start()
        assert jobs.worker().state == "starting"
        first = end(jobs, jobs.submit(*sample_pair, Settings(output=Tier.T512)))
        assert first.error is None
        assert first.outcome is not None
        with Image.open(first.outcome.output) as output, Image.open(first.outcome.before) as before:
            assert output.size == before.size == (512, 512)
            assert (np.asarray(output) != np.asarray(before)).any()
        with Image.open(io.BytesIO(jobs.preview(first.id, Settings(brightness=0.3)))) as preview:
            assert max(preview.size) <= 512
        again = jobs.submit(*sample_pair, Settings(output=Tier.T512, ratio=0.3))
        while jobs.view(again).progress.state in (State.QUEUED, State.RUNNING):
            assert jobs.preview(first.id, Settings(contrast=0.1)), "previews are answered while a job runs"
        assert jobs.view(again).progress.state == State.DONE
    finally:
        jobs.close()
