"""No false faces: the detector and the mesh must see the same one, the same way up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image

from fusion.faces import FaceFinder, agreement
from fusion.faces.detector import Detection, Detector
from fusion.faces.finder import Face, _around_face
from tests.support.fixtures.photos import admiral, astronaut


@pytest.fixture(scope="module")
def finder() -> Iterator[FaceFinder]:
    with FaceFinder() as one:
        yield one


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


def turned(pixels: np.ndarray, degrees: float, scale: float) -> np.ndarray:
    """Clockwise, the corners black."""
    size = round(pixels.shape[1] * scale), round(pixels.shape[0] * scale)
    resized = Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS)
    return np.asarray(resized.rotate(-degrees, resample=Image.Resampling.BICUBIC))


@pytest.mark.parametrize(
    ("photo", "scale", "first"), [(astronaut, 0.6, 15), (admiral, 2.0, 30)], ids=["small face", "large face"]
)
def test_a_head_is_found_whichever_way_it_leans(
    finder: FaceFinder, photo: Callable[[], np.ndarray], scale: float, first: int
) -> None:
    """Every 15 degrees, each photo at every other."""
    (upright,) = finder.find(turned(photo(), 0, scale)).faces
    for degrees in range(first, 360, 30):
        (face,) = finder.find(turned(photo(), degrees, scale)).faces
        assert abs((face.roll - upright.roll - degrees + 180) % 360 - 180) < 3, degrees


def agrees(detector: Detector, face: Face, landmarks: np.ndarray) -> bool:
    return agreement.agree(detector, astronaut(), landmarks, _around_face(face, agreement.SIDE))


def test_a_mesh_that_lies_elsewhere_than_the_face_is_not_believed(finder: FaceFinder, detector: Detector) -> None:
    (face,) = finder.find(astronaut()).faces
    true = face.landmarks
    assert agrees(detector, face, true)
    middle = true.mean(axis=0)
    assert not agrees(detector, face, 2 * middle - true), "upside down"
    assert not agrees(detector, face, true + np.array([0, 0.3 * face.width_px])), "a nose on the mouth"


def test_a_mesh_where_there_is_no_face_is_not_believed(finder: FaceFinder, detector: Detector) -> None:
    (face,) = finder.find(astronaut()).faces
    skin = np.full_like(astronaut(), np.median(astronaut()[100:150, 200:250], axis=(0, 1)).astype(np.uint8))
    assert not agreement.agree(detector, skin, face.landmarks, _around_face(face, agreement.SIDE))


def test_a_face_is_found_where_the_detector_had_it_upside_down(finder: FaceFinder, detector: Detector) -> None:
    (seen,) = detector.find(astronaut())
    wrong = Detection(seen.box, seen.box[:2] + seen.box[2:] - seen.points, seen.score)
    (upright,) = finder.find(astronaut()).faces
    again = finder._examine(astronaut(), wrong)
    assert again is not None
    assert abs(again.roll - upright.roll) < 3
