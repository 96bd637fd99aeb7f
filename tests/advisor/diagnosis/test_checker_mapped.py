"""A job that has fused several faces: its facts of each, its preview, and the check, in which the worst counts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from advisor.diagnosis import case
from advisor.diagnosis.checker import check_job
from fusion.face_setting import Mapped
from fusion.faces import FaceFinder
from fusion.jobs import Jobs, JobView
from fusion.settings import Settings
from tests.support.fixtures.photos import admiral, astronaut, saved
from tests.support.waiting import until


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory, sample_pair: tuple[bytes, bytes]) -> Iterator[Jobs]:
    """Two people who have changed their faces, by a real worker; the second photo is of nobody's use."""
    data = tmp_path_factory.mktemp("mapped")
    both = np.hstack([cv2.resize(pixels, (384, 384)) for pixels in (astronaut(), admiral())])
    anna, ben = sample_pair
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSEWISE_DATA", str(data))
        queue = Jobs(data / "jobs")
        queue.start()
        queue.submit(
            saved(both, "PNG"),
            anna,
            Settings(map=(Mapped(0, 2), Mapped(1, 0))),
            names=("both.png", "anna.png"),
            others=[("spare.png", saved(admiral()[:, ::-1].copy(), "PNG")), ("ben.jpg", ben)],
        )
        until(lambda: len(queue.unjudged(9)) == 1)
        yield queue
        queue.close()


@pytest.fixture(scope="module")
def done(queue: Jobs) -> JobView:
    return queue.unjudged(1)[0]


@pytest.fixture(scope="module")
def finder() -> Iterator[FaceFinder]:
    with FaceFinder() as found:
        yield found


def test_the_facts_are_of_each_face_and_of_the_least_alike_one(queue: Jobs, done: JobView) -> None:
    assert done.outcome is not None
    facts = done.outcome.facts
    assert [face.photo for face in facts.mapped] == [2, 0]
    assert [str(source.use) for source in facts.sources] == ["mapped", "not_picked", "mapped"]
    alike = [face.likeness.source for face in facts.mapped if face.likeness is not None]
    assert facts.likeness is not None
    assert facts.likeness.source == min(alike)
    told = facts.mapped[alike.index(min(alike))]
    assert (facts.target_face, facts.source_index) == (told.target_face, told.photo)
    assert queue.photos(done.id)[1] == queue.sources(done.id)[told.photo]


def test_a_preview_finishes_each_face(queue: Jobs, done: JobView) -> None:
    plain, brighter = (
        np.asarray(Image.open(io.BytesIO(queue.preview(done.id, replace(done.settings, brightness=light))))).astype(int)
        for light in (0.0, 0.4)
    )
    changed = np.abs(brighter - plain).max(2) > 20
    half = changed.shape[1] // 2
    assert changed[:, :half].mean() > 0.01
    assert changed[:, half:].mean() > 0.01


def test_each_face_is_examined_where_it_is(queue: Jobs, done: JobView, finder: FaceFinder) -> None:
    target, _ = queue.photos(done.id)
    measured = [
        each.examined(finder, others=False).measures.to_json()
        for each in case.of_each(done, target, queue.sources(done.id))
    ]
    assert done.outcome is not None
    alike = [face.likeness.source for face in done.outcome.facts.mapped if face.likeness is not None]
    assert [each["result"]["like_source"] for each in measured] == pytest.approx(alike, abs=0.01)
    assert [each["result"]["change"] > 1 for each in measured] == [True, True]


def test_the_verdict_is_that_on_the_worst_face(queue: Jobs, done: JobView, finder: FaceFinder) -> None:
    photos, sources = queue.photos(done.id), queue.sources(done.id)
    good = check_job(done, photos, finder, sources)
    assert (good.error, good.changed) == (None, True)
    assert done.outcome is not None
    facts = done.outcome.facts
    first, second = facts.mapped
    assert second.likeness is not None
    unlike = replace(second, likeness=replace(second.likeness, source=-0.5))
    for faces in ((first, unlike), (unlike, first)):
        view = replace(done, outcome=replace(done.outcome, facts=replace(facts, mapped=faces)))
        assert check_job(view, photos, finder, sources).passed is False
