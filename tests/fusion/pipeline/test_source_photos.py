"""Of one to eight source photos the landmark engine takes the one that suits the target, mirrored where that helps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest

from fusion.errors import NoFace, Reason, SettingsInvalid
from fusion.face_setting import FaceChoice
from fusion.faces import Face, Search, largest, mirror
from fusion.facts import Use
from fusion.photos import Photo
from fusion.pipeline import Pipeline, Result
from fusion.settings import Settings
from fusion.types import EngineName, Switch, Tier

PLAIN = Settings(engine=EngineName.LANDMARK, ratio=1.0, output=Tier.T512, skin_smoothing=0.0, sharpen=0.0)


class Told:
    """A finder of faces that are known already, so that one can be said to be turned."""

    def __init__(self, found: dict[str, Face | None]) -> None:
        self._found = found
        self._pixels: dict[int, str] = {}

    def knows(self, *photos: Photo) -> Told:
        self._pixels |= {id(photo.pixels): photo.sha256 for photo in photos}
        return self

    def find(self, pixels: np.ndarray) -> Search:
        face = self._found[self._pixels[id(pixels)]]
        return Search(() if face is None else (face,))

    def close(self) -> None: ...


@pytest.fixture(scope="module")
def finder() -> Iterator[Pipeline]:
    with Pipeline(device="cpu") as pipeline:
        yield pipeline


@pytest.fixture(scope="module")
def faces(finder: Pipeline, target: Photo, source: Photo) -> tuple[Face, Face]:
    return largest(finder.finder.find(target.pixels).faces), largest(finder.finder.find(source.pixels).faces)


def changed(photo: Photo, name: str, pixels: np.ndarray) -> Photo:
    return replace(photo, sha256=name, pixels=np.ascontiguousarray(pixels))


@pytest.fixture(scope="module")
def blurred(source: Photo) -> Photo:
    return changed(source, "blurred", cv2.GaussianBlur(source.pixels, (0, 0), 5))


@pytest.fixture(scope="module")
def empty(source: Photo) -> Photo:
    return changed(source, "empty", np.full_like(source.pixels, 128))


@pytest.fixture(scope="module")
def flipped(source: Photo) -> Photo:
    return changed(source, "flipped", source.pixels[:, ::-1])


@pytest.fixture(scope="module")
def pipeline(
    faces: tuple[Face, Face], target: Photo, source: Photo, blurred: Photo, empty: Photo, flipped: Photo
) -> Pipeline:
    of_target, of_source = faces
    turned = mirror.mirrored_face(of_source, source.size.width)
    known = {"blurred": of_source, "empty": None, "flipped": turned}
    told = Told({target.sha256: of_target, source.sha256: of_source, **known})
    return Pipeline(told.knows(target, source, blurred, empty, flipped), "cpu")


def codes(result: Result) -> set[str]:
    return {notice.code for notice in result.notices}


def apart(one: Result, other: Result) -> float:
    """The mean difference of their bytes."""
    return float(np.abs(one.pixels.astype(int) - other.pixels.astype(int)).mean())


def uses(result: Result) -> list[Use]:
    return [each.use for each in result.sources]


@pytest.mark.parametrize("first", [True, False])
def test_the_sharper_of_two_photos_is_taken_wherever_it_stands(
    pipeline: Pipeline, target: Photo, source: Photo, blurred: Photo, first: bool
) -> None:
    alone = pipeline.run(target, source, PLAIN)
    photos = (source, blurred) if first else (blurred, source)
    result = pipeline.run(target, photos[0], PLAIN, others=photos[1:])
    assert np.array_equal(result.pixels, alone.pixels)
    assert "source_best_detail" in codes(result)
    assert uses(result) == ([Use.BEST, Use.WORSE] if first else [Use.WORSE, Use.BEST])
    told = {each.sha256: each for each in result.sources}
    assert told[source.sha256].merits == ("detail",)
    assert told["blurred"].measures["detail_px"] < 0.7 * told[source.sha256].measures["detail_px"]


def test_somebody_may_choose_another_one(pipeline: Pipeline, target: Photo, source: Photo, blurred: Photo) -> None:
    alone = pipeline.run(target, blurred, PLAIN)
    result = pipeline.run(target, source, replace(PLAIN, source_photo=1), others=(blurred,))
    assert np.array_equal(result.pixels, alone.pixels)
    assert uses(result) == [Use.NOT_PICKED, Use.PICKED]
    assert not any(code.startswith("source_best") for code in codes(result))
    assert result.settings.source_photo == 1


def test_a_photo_that_was_not_given_cannot_be_chosen(pipeline: Pipeline, target: Photo, source: Photo) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        pipeline.run(target, source, replace(PLAIN, source_photo=1))
    assert caught.value.reason == Reason.SOURCE_INDEX


def test_a_photo_without_a_face_is_left_out_and_that_is_told(
    pipeline: Pipeline, target: Photo, source: Photo, empty: Photo
) -> None:
    faces = FaceChoice(source=0)  # of the first photo, which has none
    result = pipeline.run(target, empty, replace(PLAIN, faces=faces), others=(source,))
    assert uses(result) == [Use.NO_FACE, Use.ONLY]
    assert "source_unusable" in codes(result)
    assert result.settings.faces.source == 0


def test_where_no_photo_has_a_face_or_the_chosen_one_has_none_nothing_is_fused(
    pipeline: Pipeline, target: Photo, source: Photo, empty: Photo
) -> None:
    with pytest.raises(NoFace):
        pipeline.run(target, empty, PLAIN, others=(empty,))
    with pytest.raises(NoFace):
        pipeline.run(target, source, replace(PLAIN, source_photo=1), others=(empty,))


def turned(face: Face, yaw: float) -> Face:
    return replace(face, yaw=yaw)


def test_a_source_that_looks_to_the_other_side_is_mirrored(
    faces: tuple[Face, Face], target: Photo, source: Photo, flipped: Photo
) -> None:
    """As if the photo itself had been mirrored; but its face is told where it lies in the photo that was given."""
    of_target, of_source = faces
    away = turned(mirror.mirrored_face(of_source, source.size.width), 18.0)
    told = Told({target.sha256: turned(of_target, -18.0), source.sha256: turned(of_source, -18.0), "flipped": away})
    pipeline = Pipeline(told.knows(target, source, flipped), "cpu")
    given = pipeline.run(target, source, PLAIN)
    result = pipeline.run(target, flipped, PLAIN)
    assert "source_mirrored_pose" in codes(result)
    assert "source_mirrored_pose" not in codes(given)
    assert result.sources[0].mirrored_for == "pose"
    assert apart(result, given) < 0.01  # landmarks that are mirrored twice are rounded twice
    assert result.source_face.box == away.box
    kept = pipeline.run(target, flipped, replace(PLAIN, mirror=Switch.OFF))
    assert not any(code.startswith("source_mirrored") for code in codes(kept))
    assert apart(kept, result) > 0.1
    asked = pipeline.run(target, flipped, replace(PLAIN, mirror=Switch.ON))
    assert "source_mirrored_wish" in codes(asked)
    assert np.array_equal(asked.pixels, result.pixels)
