"""A job whose photos are refused ends so, and nothing of them stays; the others go on.

No picture here ought to be refused: the threshold is laid between two plain colours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial

import pytest

from fusion import refusal
from fusion.declared import Declared
from fusion.errors import FusionError, Reason
from fusion.face_setting import LARGEST, FaceChoice
from fusion.jobs import Jobs, JobView
from fusion.settings import Settings
from fusion.types import Box, State
from tests.fusion.storage.test_database import found_in
from tests.support.fixtures.photos import plain
from tests.support.fixtures.unchecked import not_installed
from tests.support.queued import PHOTO, end
from tests.support.waiting import until

REFUSED, OTHER, FURTHER = plain(red=128), plain(red=5), plain(red=40)
BETWEEN = 0.18
NAME = "a-name-nobody-else-has"
NAMES = (f"{NAME}.png", f"{NAME}-2.jpg")


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
        patch.setenv("FUSEWISE_REFUSAL_THRESHOLD", str(BETWEEN))
        jobs = Jobs(tmp_path_factory.mktemp("data") / "jobs")
        jobs.start()
        until(lambda: jobs.worker().state == "ready")
        yield jobs
        jobs.close()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def stored(queue: Jobs) -> set[str]:
    return {file.name for file in (queue.folder.parent / "photos").iterdir()}


def is_nowhere(queue: Jobs, trace: str) -> bool:
    return found_in(queue.folder.parent, trace) == []


def refused(queue: Jobs, *, target: bytes = REFUSED, batch: str | None = None) -> JobView:
    """A job of a visitor's, with a further photo and a face that was chosen, once it has ended and left nothing."""
    id = queue.submit(
        target,
        OTHER,
        Settings(faces=FaceChoice(Box(1, 2, 30, 40), LARGEST)),
        names=NAMES,
        others=[(f"{NAME}-3.jpg", FURTHER)],
        owner="ann",
        batch=batch,
        is_served=True,
    )
    view = end(queue, id)
    until(lambda: sha256(FURTHER) not in stored(queue))
    assert view.error is not None
    assert (view.progress.state, view.error.reason) == (State.FAILED, Reason.PHOTOS_REFUSED)
    return view


def test_nothing_of_its_photos_stays(queue: Jobs) -> None:
    view = refused(queue)
    assert (view.target_name, view.source_name, view.target_sha256, view.source_sha256) == ("", "", "", "")
    assert (view.others, view.settings.faces, view.outcome) == ((), FaceChoice(), None)
    until(lambda: stored(queue).isdisjoint(map(sha256, (REFUSED, OTHER, FURTHER))))  # they go one by one
    assert not (queue.folder / view.id).exists()
    for trace in (NAME, sha256(REFUSED), sha256(OTHER)):
        until(partial(is_nowhere, queue, trace))  # the log of the database is emptied last


def test_the_log_has_a_line_of_it_that_says_whose_it_was_by_a_pseudonym(queue: Jobs) -> None:
    view = refused(queue)
    line = queue.declarations(Declared.REFUSAL)[0]
    assert (line.job, line.value, line.wording) == (view.id, "photos_refused", "")
    assert line.by == queue.consent("ann").by != "ann"


def test_it_cannot_be_tried_again_and_can_be_deleted(queue: Jobs) -> None:
    batch = queue.make_batch("three", "ann")
    view = refused(queue, batch=batch)
    with pytest.raises(FusionError) as caught:
        queue.retry(view.id)
    assert caught.value.reason == Reason.PHOTOS_GONE
    for ask in (queue.photos, queue.sources):
        with pytest.raises(FusionError) as caught:
            ask(view.id)
        assert caught.value.reason == Reason.PHOTOS_GONE
    assert (queue.retry_batch(batch), queue.hand_on([view.id])) == (0, ())
    queue.delete([view.id])
    assert queue.stuck is None
    assert queue.declarations(Declared.REFUSAL)[0].job == view.id  # which outlives the job


def test_nor_does_a_batch_that_is_called_after_one_of_its_photos_keep_the_name(queue: Jobs) -> None:
    batches = [queue.make_batch(name, "ann") for name in (f"{NAMES[1]} onto 3 photos", "holiday")]
    for batch in batches:
        refused(queue, batch=batch)
    assert [queue.batch(batch).name for batch in batches] == [batches[0], "holiday"]
    until(partial(is_nowhere, queue, NAME))


def test_a_photo_that_another_job_has_too_stays_with_that(queue: Jobs) -> None:
    mine = queue.submit(REFUSED, PHOTO, Settings(), owner="local")  # of who sits at this machine
    assert end(queue, mine).progress.state == State.DONE
    refused(queue)
    assert queue.photos(mine) == (REFUSED, PHOTO)
    queue.delete([mine])
    assert sha256(REFUSED) not in stored(queue)


def test_the_other_pairs_of_a_batch_go_on(queue: Jobs) -> None:
    batch = queue.make_batch("three", "ann")
    ids = [
        queue.submit(target, PHOTO, Settings(), owner="ann", batch=batch, is_served=True)
        for target in (OTHER, REFUSED, PHOTO)
    ]
    assert [end(queue, id).progress.state for id in ids] == [State.DONE, State.FAILED, State.DONE]


def test_without_what_examines_photos_no_job_is_taken_where_others_are_served(
    queue: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    not_installed(monkeypatch)
    with pytest.raises(FusionError) as caught:
        queue.submit(PHOTO, OTHER, Settings(), is_served=True)
    assert caught.value.reason == Reason.CHECK_MISSING
    assert end(queue, queue.submit(PHOTO, OTHER, Settings())).progress.state == State.DONE
    monkeypatch.setenv("FUSEWISE_REFUSAL", "off")
    assert refusal.standing(is_served=True) == refusal.Standing.OFF
    queue.submit(PHOTO, OTHER, Settings(), is_served=True)
