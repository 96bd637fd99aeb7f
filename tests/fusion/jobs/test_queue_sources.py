"""A job with several photos of its source: what the worker is given, what is told, what stays on the disk."""

from __future__ import annotations

import hashlib

import pytest

from fusion.errors import PhotoRejected, Reason
from fusion.jobs import Jobs
from fusion.settings import MAX_SOURCES, Settings
from fusion.types import State
from tests.support.fixtures.photos import plain
from tests.support.queued import PHOTO, end

MORE = [(f"me{red}.png", plain(red=red)) for red in (101, 102)]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_the_photo_that_was_used_is_told_and_is_the_jobs_source(jobs: Jobs) -> None:
    id = jobs.submit(PHOTO, plain(red=5), Settings(), names=("t.png", "me.png"), others=MORE)
    view = end(jobs, id)
    assert view.progress.state == State.DONE
    assert view.outcome is not None
    assert [photo.name for photo in view.sources] == ["me.png", "me101.png", "me102.png"]
    assert view.used_source.name == "me102.png"
    given = [plain(red=5), *(data for _, data in MORE)]
    assert [each.sha256 for each in view.outcome.facts.sources] == [sha256(data) for data in given]
    assert view.outcome.facts.source_index == 2  # the pipeline that computes nothing takes the last one
    assert view.outcome.recipe["source"]["sha256"] == sha256(given[2])
    assert [each["used"] for each in view.outcome.recipe["sources"]] == [False, False, True]
    assert jobs.photos(id) == (PHOTO, given[2])
    assert jobs.sources(id) == tuple(given)


def test_every_photo_stays_with_the_job_and_goes_with_it(jobs: Jobs) -> None:
    more = [("", plain(red=red)) for red in (111, 112)]
    one = end(jobs, jobs.submit(PHOTO, PHOTO, Settings(), others=more))
    end(jobs, jobs.submit(PHOTO, PHOTO, Settings(), others=more[:1]))
    kept = jobs.folder.parent / "photos"
    both = {sha256(data) for _, data in more}
    assert both <= {file.name for file in kept.iterdir()}
    jobs.delete([one.id])
    assert both & {file.name for file in kept.iterdir()} == {sha256(more[0][1])}


def test_a_job_has_no_more_photos_than_there_may_be(jobs: Jobs) -> None:
    with pytest.raises(PhotoRejected) as caught:
        jobs.submit(PHOTO, PHOTO, Settings(), others=[("", PHOTO)] * MAX_SOURCES)
    assert caught.value.reason == Reason.SOURCES_TOO_MANY
