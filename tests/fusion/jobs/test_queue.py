"""The queue and its worker, from photos to results: real processes, and a pipeline that computes nothing."""

from __future__ import annotations

import io
import stat
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fusion.errors import (
    Cancelled,
    FusionError,
    PhotoRejected,
)
from fusion.jobs import Jobs, Query
from fusion.marks import marks_in
from fusion.photos import stored
from fusion.settings import Settings
from fusion.types import Size, State, Tier
from tests.support import fake_pipeline as fake
from tests.support.fixtures.photos import plain
from tests.support.queued import PHOTO, end, start_running, submit
from tests.support.waiting import until


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
    until(lambda: jobs.worker().state == "ready")


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


def test_a_preview_shows_other_settings_without_a_new_job(jobs: Jobs) -> None:
    id = submit(jobs, target=plain(1500, 1000))
    end(jobs, id)

    def brightness(settings: Settings) -> float:
        file = jobs.preview(id, settings)
        assert marks_in(file).produce_id == id, "it says what it is, like any result"
        with Image.open(io.BytesIO(file)) as image:
            assert image.format == "JPEG"
            assert max(image.size) == 1024
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


def test_tries_take_no_place_among_the_results_that_can_be_previewed(jobs: Jobs) -> None:
    id = submit(jobs)
    end(jobs, id)
    for _ in range(3):
        tried = jobs.submit(PHOTO, PHOTO, Settings(ratio=fake.QUICK), is_try=True)
    assert end(jobs, tried).outcome is not None
    assert jobs.preview(id, Settings())
    with pytest.raises(FusionError) as caught:
        jobs.preview(tried, Settings())
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


def test_the_real_pipeline_fuses_and_previews(tmp_path: Path, sample_pair: tuple[bytes, bytes]) -> None:
    jobs = Jobs(tmp_path / "jobs")
    try:
        jobs.start()
        assert jobs.worker().state == "starting"
        first = end(jobs, jobs.submit(*sample_pair, Settings(output=Tier.T512)))
        assert first.error is None
        assert first.outcome is not None
        with Image.open(first.outcome.output) as output:
            pixels = np.array(output)
        assert pixels.shape == (512, 512, 3)
        before = stored.before(first.outcome.before, pixels.copy(), first.outcome.facts.region)
        assert (pixels != before).any()
        with Image.open(io.BytesIO(jobs.preview(first.id, Settings(brightness=0.3)))) as preview:
            assert max(preview.size) <= 512
        again = jobs.submit(*sample_pair, Settings(output=Tier.T512, ratio=0.3))
        while jobs.view(again).progress.state in (State.QUEUED, State.RUNNING):
            assert jobs.preview(first.id, Settings(contrast=0.1)), "previews are answered while a job runs"
        assert jobs.view(again).progress.state == State.DONE
    finally:
        jobs.close()
