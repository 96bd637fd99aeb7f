"""What a photo shows of a face: light, detail and cover, measured on one photo that was changed in one way."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from fusion.faces import Face, FaceFinder, largest, mesh, mirror
from fusion.photos import decode
from fusion.sources import Look, look
from fusion.types import Role


@pytest.fixture(scope="module")
def photo(sample_pair: tuple[bytes, bytes]) -> np.ndarray:
    return decode.read(sample_pair[1], Role.SOURCE).pixels


@pytest.fixture(scope="module")
def face(photo: np.ndarray) -> Face:
    with FaceFinder() as finder:
        return largest(finder.find(photo).faces)


@pytest.fixture(scope="module")
def plain(photo: np.ndarray, face: Face) -> Look:
    return look(photo, face)


def shaded(photo: np.ndarray, face: Face, amount: float) -> np.ndarray:
    """The photo with the half to the left of the face's middle made darker."""
    middle = face.landmarks[4, 0]
    across = np.clip((np.arange(photo.shape[1]) - middle) / (0.3 * face.width_px) + 0.5, 0, 1)
    return (photo * (amount + (1 - amount) * across)[None, :, None]).astype(np.uint8)


def test_the_side_that_the_light_comes_from_is_seen(photo: np.ndarray, face: Face, plain: Look) -> None:
    lit = look(shaded(photo, face, 0.5), face).light
    assert lit > plain.light + 0.3
    assert look(shaded(photo, face, 0.7), face).light < lit


def test_a_photo_in_the_mirror_looks_as_its_look_says(photo: np.ndarray, face: Face) -> None:
    dark = shaded(photo, face, 0.5)
    flipped = look(np.ascontiguousarray(dark[:, ::-1]), mirror.mirrored_face(face, dark.shape[1]))
    told = look(dark, face).mirrored()
    assert flipped.yaw == told.yaw
    assert flipped.light == pytest.approx(told.light, abs=0.03)
    assert flipped.detail_px == pytest.approx(told.detail_px, rel=0.1)
    assert np.abs(flipped.hidden - told.hidden).mean() < 0.08
    assert np.abs(flipped.area - told.area).max() < 0.01


@pytest.mark.parametrize("sigma", [2.0, 4.0])
def test_a_blurred_face_has_less_detail_than_it_is_wide(
    photo: np.ndarray, face: Face, plain: Look, sigma: float
) -> None:
    assert look(cv2.GaussianBlur(photo, (0, 0), sigma), face).detail_px < 0.6 * plain.detail_px


def test_enlarging_a_photo_gives_it_no_detail(photo: np.ndarray, face: Face) -> None:
    small = cv2.resize(photo, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    assert look(large, face).detail_px < 0.5 * look(photo, face).detail_px


def test_what_lies_over_a_face_is_hidden(photo: np.ndarray, face: Face, plain: Look) -> None:
    covered = photo.copy()
    low, high = face.landmarks[list(mesh.LEFT_CHEEK)].min(0), face.landmarks[list(mesh.LEFT_CHEEK)].max(0)
    cv2.rectangle(covered, low.astype(int).tolist(), (int(high[0]) + 60, int(high[1])), (30, 60, 160), -1)
    more = look(covered, face).hidden - plain.hidden
    assert more[list(mesh.LEFT_CHEEK)].mean() > 0.5
    assert more[list(mesh.RIGHT_CHEEK)].mean() < 0.1


def test_what_the_photo_cuts_off_is_hidden(photo: np.ndarray, face: Face) -> None:
    middle = int(face.landmarks[4, 0])
    hidden = look(np.ascontiguousarray(photo[:, :middle]), face).hidden
    assert hidden[list(mesh.LEFT_CHEEK)].min() == 1
    assert hidden[list(mesh.RIGHT_CHEEK)].mean() < 0.5
