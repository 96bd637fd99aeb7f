"""A result is compared with its photos: nearer to the source the more of it is asked for, or said to be unknown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fusion.likeness import SAME_PERSON, Comparison, Likeness
from fusion.photos import Photo
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.types import EngineName


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with Pipeline(device="cpu") as made:
        yield made


def fused(pipeline: Pipeline, target: Photo, source: Photo, ratio: float) -> Likeness | None:
    return pipeline.run(target, source, Settings(engine=EngineName.LANDMARK, ratio=ratio)).likeness


def test_a_fused_face_is_its_sources_and_the_more_so_the_higher_the_ratio(
    pipeline: Pipeline, target: Photo, source: Photo
) -> None:
    half, whole = (fused(pipeline, target, source, ratio) for ratio in (0.4, 1.0))
    assert half is not None
    assert whole is not None
    assert whole.source > SAME_PERSON > half.source
    assert whole.source > whole.target
    assert half.source < half.target


def test_nothing_is_said_where_nothing_was_fused(pipeline: Pipeline, target: Photo, source: Photo) -> None:
    assert fused(pipeline, target, source, 0.0) is None


def test_nothing_is_said_of_a_face_that_is_not_wholly_in_the_picture(
    pipeline: Pipeline, target: Photo, source: Photo
) -> None:
    done = pipeline.run(target, source, Settings(engine=EngineName.LANDMARK))
    faces = (target, done.target_face), (source, done.source_face)
    outside = done.target_face.landmarks - np.array([done.target_face.box.centre[0], 0], np.float32)
    assert Comparison().of(done.pixels, outside, *faces) is None


def test_without_the_network_a_job_ends_well_and_says_what_is_missing(
    pipeline: Pipeline, target: Photo, source: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fusion.likeness import Recognizer

    missing = Path("/nowhere/network.onnx")
    monkeypatch.setenv("FUSEWISE_FACE_RECOGNIZER", str(missing))
    monkeypatch.setattr(pipeline, "_comparison", Comparison(Recognizer))
    done = pipeline.run(target, source, Settings(engine=EngineName.LANDMARK))
    assert done.likeness is None
    (notice,) = (each for each in done.notices if each.code == "likeness_unknown")
    assert missing.name in str(notice)
    assert str(missing.parent) not in str(notice)
