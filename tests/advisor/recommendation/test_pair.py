"""What a look at a face tells: the two sample photos as they are, relit, and with something before the face."""

from __future__ import annotations

import tracemalloc

import cv2
import numpy as np
import pytest

from advisor.recommendation import COVERED, LIT_FROM_SIDE
from advisor.recommendation.face_look import Look, look
from fusion.faces import Face, FaceFinder, geometry, mesh
from fusion.photos import Photo
from fusion.types import Size

GREY, BLACK, BLUE = (128, 128, 128), (15, 15, 15), (180, 205, 225)


@pytest.fixture(scope="module")
def faces(target: Photo, source: Photo) -> dict[str, tuple[np.ndarray, Face]]:
    """The photos, and the face in each."""
    with FaceFinder() as finder:
        return {
            name: (photo.pixels, finder.find(photo.pixels).faces[0])
            for name, photo in (("astronaut", target), ("admiral", source))
        }


@pytest.fixture(params=["astronaut", "admiral"])
def shown(request: pytest.FixtureRequest, faces: dict[str, tuple[np.ndarray, Face]]) -> tuple[np.ndarray, Face]:
    return faces[request.param]


def relit(pixels: np.ndarray, face: Face, strength: float) -> np.ndarray:
    """With more light on the right of the face and less on the left: 1 ± `strength` at its edges."""
    x = (np.arange(pixels.shape[1]) - face.box.centre[0]) / (face.box.width / 2)
    gain = 1 + strength * np.clip(x, -1, 1)
    light = (pixels / 255.0) ** 2.2 * gain[None, :, None]
    return (255 * np.clip(light, 0, 1) ** (1 / 2.2)).astype(np.uint8)


def behind(pixels: np.ndarray, face: Face, share: float, colour: tuple[int, int, int]) -> np.ndarray:
    """With a board before the left `share` of the face."""
    painted, box = pixels.copy(), face.box
    right = int(box.left + share * box.width)
    painted[max(0, int(box.top)) : int(box.bottom), max(0, int(box.left)) : right] = colour
    return painted


def masked(pixels: np.ndarray, face: Face) -> np.ndarray:
    """With a mask from the tip of the nose down."""
    edge = (234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 1)
    painted = pixels.copy()
    cv2.fillPoly(painted, [face.landmarks[list(edge)].astype(np.int32)], BLUE)
    return painted


def turned(pixels: np.ndarray, face: Face) -> tuple[np.ndarray, Face]:
    """The photo a quarter to the right, and the face with it; nothing is found anew."""
    height = pixels.shape[0]
    points = np.stack([height - face.landmarks[:, 1], face.landmarks[:, 0]], axis=1)
    other = Face(points, face.depth, face.box, face.yaw, face.pitch, face.roll + 90, face.score, face.blendshapes)
    return np.ascontiguousarray(np.rot90(pixels, -1)), other


def test_a_look_has_the_faces_own_measures(shown: tuple[np.ndarray, Face]) -> None:
    pixels, face = shown
    seen = look(pixels, face, 1234)
    assert isinstance(seen, Look)
    assert (seen.photo, seen.file_bytes) == (Size(pixels.shape[1], pixels.shape[0]), 1234)
    assert (seen.yaw, seen.pitch, seen.inter_eye_px) == (face.yaw, face.pitch, face.inter_eye_px)
    assert seen.width_px == geometry.face_width(face.landmarks)


def test_a_portrait_as_most_are_is_evenly_lit_and_bare(shown: tuple[np.ndarray, Face]) -> None:
    seen = look(*shown, 0)
    assert abs(seen.light) < LIT_FROM_SIDE
    assert seen.covered < 0.1


def test_light_is_counted_towards_the_side_it_falls_on(shown: tuple[np.ndarray, Face]) -> None:
    pixels, face = shown
    left, even, right = (look(relit(pixels, face, strength), face, 0) for strength in (-0.5, 0.0, 0.5))
    assert left.light < even.light - 0.15
    assert right.light > even.light + 0.15
    assert left.light < -LIT_FROM_SIDE
    assert right.light > LIT_FROM_SIDE
    assert max(left.covered, right.covered) < COVERED, "a shadow covers nothing"


def test_a_mirrored_photo_is_lit_from_the_other_side(shown: tuple[np.ndarray, Face]) -> None:
    pixels, face = shown
    lit = relit(pixels, face, 0.5)
    points = face.landmarks.copy()
    points[:, 0] = pixels.shape[1] - points[:, 0]
    right, left = list(mesh.RIGHT_CHEEK), list(mesh.LEFT_CHEEK)
    points[right], points[left] = points[left].copy(), points[right].copy()
    eyes = [33, 133], [362, 263]
    points[eyes[0]], points[eyes[1]] = points[eyes[1]][::-1].copy(), points[eyes[0]][::-1].copy()
    other = Face(points, face.depth, face.box, -face.yaw, face.pitch, -face.roll, face.score, face.blendshapes)
    mirrored = look(np.ascontiguousarray(lit[:, ::-1]), other, 0)
    assert mirrored.light == pytest.approx(-look(lit, face, 0).light, abs=0.05)


def test_a_photo_that_lies_on_its_side_is_seen_as_upright(shown: tuple[np.ndarray, Face]) -> None:
    pixels, face = shown
    upright, lying = look(pixels, face, 0), look(*turned(pixels, face), 0)
    assert lying.light == pytest.approx(upright.light, abs=0.03)
    assert lying.covered == pytest.approx(upright.covered, abs=0.03)


@pytest.mark.parametrize("colour", [GREY, BLACK])
def test_what_is_before_a_third_of_the_face_is_seen_as_about_a_quarter(
    shown: tuple[np.ndarray, Face], colour: tuple[int, int, int]
) -> None:
    pixels, face = shown
    assert look(behind(pixels, face, 0.3, colour), face, 0).covered == pytest.approx(0.28, abs=0.06)


def test_a_mask_covers_half_of_the_face(shown: tuple[np.ndarray, Face]) -> None:
    pixels, face = shown
    assert look(masked(pixels, face), face, 0).covered == pytest.approx(0.55, abs=0.08)


def test_what_the_photo_cuts_off_is_covered_and_says_nothing_of_light(shown: tuple[np.ndarray, Face]) -> None:
    pixels, face = shown
    middle = int(face.box.centre[0])
    half = look(np.ascontiguousarray(pixels[:, :middle]), face, 0)
    assert half.covered > COVERED
    assert half.light == 0.0


def test_a_black_photo_is_no_failure(shown: tuple[np.ndarray, Face]) -> None:
    pixels, face = shown
    assert look(np.zeros_like(pixels), face, 0).light == 0.0


def test_a_look_at_a_large_photo_computes_no_more_than_at_a_small_one(shown: tuple[np.ndarray, Face]) -> None:
    pixels, face = shown
    scale = 4000 / pixels.shape[1]
    large = cv2.resize(pixels, None, fx=scale, fy=scale)
    points = face.landmarks * np.float32(scale)
    near = Face(points, face.depth, face.box, face.yaw, face.pitch, face.roll, face.score, face.blendshapes)
    held = []
    for photo, its in ((pixels, face), (large, near)):
        tracemalloc.start()
        look(photo, its, 0)
        held.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert held[1] < min(1.2 * held[0], large.nbytes / 4), "a photo of 4000 px as a whole has more"
