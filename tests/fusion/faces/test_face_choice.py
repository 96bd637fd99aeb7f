"""Whoever looks for a chosen face again takes that face or none, and faces have one order: from left to right."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest

from fusion.errors import NoFace
from fusion.face_setting import LARGEST, BySize, FaceChoice
from fusion.faces import Face, FaceFinder, box_of, choose, largest, picked
from fusion.faces.choice import LEAST_SHARED, nearest, settled
from fusion.faces.finder import Search, overlap
from fusion.photos import Format, Photo, decode
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.types import Box, Role
from tests.support.fixtures.photos import admiral, astronaut, saved


class Detector:
    """Finds what another detector makes of the faces that ours has found.

    Args:
        sees: from our faces to its own, in its own order.
    """

    def __init__(self, finder: FaceFinder, sees: Callable[[list[Face]], list[Face]]) -> None:
        self._finder, self._sees = finder, sees

    def find(self, pixels: np.ndarray) -> Search:
        return Search(tuple(self._sees(list(self._finder.find(pixels).faces))))

    def close(self) -> None:
        """Ours is closed by whoever has made it."""


@pytest.fixture(scope="module")
def finder() -> Iterator[FaceFinder]:
    with FaceFinder() as found:
        yield found


@pytest.fixture(scope="module")
def twins() -> Photo:
    """The same person twice, side by side, pixel by pixel the same."""
    return decode.read(saved(np.hstack([astronaut(), astronaut()]), Format.PNG), Role.TARGET)


@pytest.fixture(scope="module")
def faces(finder: FaceFinder, twins: Photo) -> tuple[Face, ...]:
    return finder.find(twins.pixels).faces


def moved(face: Face, across: float = 0.0, down: float = 0.0, scale: float = 1.0) -> Face:
    """It elsewhere, px, or of another size; around its own middle."""
    middle = np.array(face.box.centre, np.float32)
    landmarks = ((face.landmarks - middle) * scale + middle + np.array([across, down])).astype(np.float32)
    return replace(face, landmarks=landmarks, box=Box(*map(float, (*landmarks.min(0), *landmarks.max(0)))))


# --- the order


def test_faces_are_counted_from_left_to_right_whoever_reports_them(faces: tuple[Face, ...]) -> None:
    three = (moved(faces[0], 100, 9, 0.5), moved(faces[0], 200), moved(faces[0], 300, -9, 2))
    for reported in itertools.permutations(three):
        assert Search(reported).faces == three


def test_one_below_the_other_counts_after_it(faces: tuple[Face, ...]) -> None:
    upper, lower = faces[0], replace(faces[0], box=replace(faces[0].box, bottom=faces[0].box.bottom + 4))
    assert upper.box.centre[0] == lower.box.centre[0]
    assert Search((lower, upper)).faces == (upper, lower)


def test_a_small_face_on_the_left_comes_before_a_large_one(finder: FaceFinder) -> None:
    both = np.zeros((600, 1024, 3), np.uint8)
    both[:512, :512], both[:, 512:] = astronaut(), admiral()
    left, right = finder.find(both).faces
    assert left.box.right < 512 < right.box.left
    assert left.width_px < right.width_px
    assert largest((left, right)) is right


def test_of_two_that_are_as_large_the_left_one_is_the_largest(faces: tuple[Face, ...]) -> None:
    left, right = faces[0], moved(faces[0], 300)
    same = replace(right, landmarks=left.landmarks)  # to the last bit as wide
    for reported in ((left, same), (same, left)):
        assert largest(Search(reported).faces) is left
        assert choose(Search(reported), LARGEST, Role.TARGET) is left


# --- the choice


def test_an_index_counts_from_the_left(faces: tuple[Face, ...]) -> None:
    for index, face in enumerate(faces):
        assert choose(Search(faces[::-1]), index, Role.TARGET) is face


@pytest.mark.parametrize("index", [2, 99, -1])
def test_a_face_that_is_not_there_is_refused_with_the_count(faces: tuple[Face, ...], index: int) -> None:
    with pytest.raises(NoFace, match="has 2") as caught:
        choose(Search(faces), index, Role.TARGET)
    assert caught.value.reason == "face_index"
    assert "from left to right" in caught.value.remedy


def test_a_box_is_the_face_that_fills_it(faces: tuple[Face, ...]) -> None:
    for face in faces:
        assert picked(faces, box_of(face)) is face


@pytest.mark.parametrize("where", [Box(0, 0, 60, 60), Box(300, 70, 420, 180), Box(9000, 9000, 9100, 9100)])
def test_where_no_face_is_none_is_taken(faces: tuple[Face, ...], where: Box) -> None:
    assert nearest(faces, where) is None
    with pytest.raises(NoFace) as caught:
        choose(Search(faces), where, Role.SOURCE)
    assert caught.value.reason == "face_elsewhere"
    assert f"source photo is where the chosen one is said to be, around {where.centre[0]:.0f}" in caught.value.message
    assert "Choose the face again" in caught.value.remedy


def test_a_face_that_lies_half_over_the_chosen_one_is_another(faces: tuple[Face, ...]) -> None:
    face = faces[0]
    assert nearest([moved(face, 0.25 * face.box.width)], face.box) is not None
    assert nearest([moved(face, 0.45 * face.box.width)], face.box) is None


@pytest.mark.parametrize("scale", [0.5, 0.75, 1.5, 3])
def test_a_face_is_near_where_it_was_in_its_photo_at_any_size(finder: FaceFinder, scale: float) -> None:
    """What `LEAST_SHARED` rests on: far more is shared."""
    for pixels in (astronaut(), admiral()):
        (face,) = finder.find(pixels).faces
        (again,) = finder.find(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)).faces
        edges = (again.box.left, again.box.top, again.box.right, again.box.bottom)
        assert overlap(Box(*(edge / scale for edge in edges)), face.box) > 0.85 > LEAST_SHARED + 0.3


def test_an_index_is_kept_as_the_box_of_its_face_and_the_largest_as_the_largest(faces: tuple[Face, ...]) -> None:
    assert settled(FaceChoice(1, LARGEST), faces[1], faces[0]) == FaceChoice(box_of(faces[1]), LARGEST)
    assert settled(FaceChoice(BySize(0), 0), *faces) == FaceChoice(box_of(faces[0]), box_of(faces[1]))
    near = Box(*(round(edge) for edge in (178, 70, 272, 180)))
    assert settled(FaceChoice(near), *faces).target == near


# --- a rank in size, which an index was before


def test_a_rank_in_size_is_what_it_was(faces: tuple[Face, ...]) -> None:
    small, large = moved(faces[0], scale=0.5), moved(faces[0], 300)
    assert choose(Search((small, large)), BySize(0), Role.TARGET) is large
    assert choose(Search((small, large)), BySize(1), Role.TARGET) is small
    with pytest.raises(NoFace, match="Face 2 was asked for"):
        choose(Search((small, large)), BySize(2), Role.TARGET)


@pytest.mark.parametrize("rank", [0, 1])
def test_of_faces_that_are_about_as_large_none_is_taken_by_its_rank(faces: tuple[Face, ...], rank: int) -> None:
    alike = (faces[0], moved(faces[0], 300, scale=1.01))
    with pytest.raises(NoFace) as caught:
        choose(Search(alike), BySize(rank), Role.TARGET)
    assert caught.value.reason == "face_by_size"


# --- in the worker


@pytest.mark.parametrize("index", [0, 1])
def test_of_twins_the_chosen_one_is_fused_though_the_worker_finds_them_in_another_order(
    finder: FaceFinder, twins: Photo, source: Photo, faces: tuple[Face, ...], index: int
) -> None:
    chosen = box_of(faces[index])
    settings = Settings(faces=FaceChoice(target=chosen))
    shrinking = Detector(finder, lambda seen: [moved(face, scale=1 - 0.02 * face.box.left / 1024) for face in seen])
    for detector in (Detector(finder, lambda seen: seen), Detector(finder, lambda seen: seen[::-1]), shrinking):
        with Pipeline(detector, "cpu") as pipeline:
            result = pipeline.run(twins, source, settings)
        assert overlap(result.target_face.box, chosen) > 0.9
        assert result.settings.faces.target == chosen
        region = result.region
        assert (region.left + region.width / 2 > 512) == bool(index)
        other = np.s_[:, :512] if index else np.s_[:, 512:]
        assert np.array_equal(result.pixels[other], result.before[other])


def test_a_detector_that_finds_one_more_or_misses_one_does_not_change_who_is_fused(
    finder: FaceFinder, twins: Photo, source: Photo, faces: tuple[Face, ...]
) -> None:
    settings = Settings(faces=FaceChoice(target=box_of(faces[1])), anyway=True)  # where it sees one more, nobody is
    for sees in (lambda seen: [moved(seen[0], -60, 200), *seen], lambda seen: seen[1:] or seen):
        with Pipeline(Detector(finder, sees), "cpu") as pipeline:
            assert pipeline.run(twins, source, settings).target_face.box.left > 512


def test_nobody_else_is_fused_where_the_chosen_face_is_not_found(
    finder: FaceFinder, twins: Photo, source: Photo, faces: tuple[Face, ...]
) -> None:
    settings = Settings(faces=FaceChoice(target=box_of(faces[1])))
    with Pipeline(Detector(finder, lambda seen: seen[:1]), "cpu") as pipeline, pytest.raises(NoFace) as caught:
        pipeline.run(twins, source, settings)
    assert caught.value.reason == "face_elsewhere"


def test_an_index_is_resolved_once_the_faces_are_known(
    pipeline_of_twins: Pipeline, twins: Photo, source: Photo
) -> None:
    result = pipeline_of_twins.run(twins, source, Settings(faces=FaceChoice(target=1, source=0)))
    assert result.settings.faces == FaceChoice(box_of(result.target_face), box_of(result.source_face))
    assert result.target_face.box.left > 512
    (notice,) = [each for each in result.notices if each.code == "several_faces"]
    assert notice.details["index"] == 1
    again = pipeline_of_twins.run(twins, source, result.settings)
    assert again.settings == result.settings
    assert np.array_equal(again.pixels, result.pixels)


@pytest.fixture(scope="module")
def pipeline_of_twins(finder: FaceFinder) -> Iterator[Pipeline]:
    with Pipeline(Detector(finder, lambda seen: seen), "cpu") as pipeline:
        yield pipeline
