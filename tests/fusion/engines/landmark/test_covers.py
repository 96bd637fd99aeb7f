"""What stands before the target's face stays as it is, byte for byte, and the face around it is the source's."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from fusion.faces import Face
from fusion.pipeline import Result
from fusion.types import Role
from tests.fusion.engines.landmark.conftest import Paint, Studio

MOUTH, CHEEK, EYES, OUTER = 13, 118, (468, 473), (127, 356)
GREY, BLACK, WHITE, RED, FRAME, BLUE = (
    (60, 62, 66),
    (18, 18, 20),
    (250, 250, 250),
    (200, 30, 40),
    (30, 25, 60),
    (20, 40, 160),
)


def at(face: Face, landmark: int, right: float = 0.0, down: float = 0.0) -> list[int]:
    """Px of the photo: a landmark, and from there so many face widths."""
    return (face.landmarks[landmark] + face.width_px * np.array([right, down])).astype(int).tolist()


def microphone(pixels: np.ndarray, face: Face) -> np.ndarray:
    stand = round(0.1 * face.width_px)
    cv2.line(pixels, at(face, MOUTH, 0, 0.1), at(face, MOUTH, 0.1, 1.2), BLACK, stand)
    return cv2.circle(pixels, at(face, MOUTH), round(0.2 * face.width_px), BLACK, -1)


def phone(pixels: np.ndarray, face: Face) -> np.ndarray:
    pixels = cv2.rectangle(pixels, at(face, MOUTH, -0.45, -0.2), at(face, MOUTH, 0.0, 0.7), BLACK, -1)
    return cv2.circle(pixels, at(face, MOUTH, -0.35, -0.1), round(0.05 * face.width_px), GREY, -1)


def red_bar(pixels: np.ndarray, face: Face) -> np.ndarray:
    return cv2.line(pixels, at(face, MOUTH, -0.8, 0.35), at(face, MOUTH, 0.3, 0.05), RED, round(0.14 * face.width_px))


def hand(pixels: np.ndarray, face: Face) -> np.ndarray:
    """Four fingers in the color of her cheek, with shade between them."""
    x, y = at(face, CHEEK)
    skin = pixels[y - 3 : y + 4, x - 3 : x + 4].reshape(-1, 3).mean(0)
    for k in range(4):
        for thick, light in ((0.15, 0.4), (0.12, 0.75), (0.07, 0.95)):
            ends = at(face, MOUTH, -0.6, 0.15 * k - 0.2), at(face, MOUTH, 0.25, 0.15 * k - 0.2)
            cv2.line(pixels, *ends, (light * skin).tolist(), round(thick * face.width_px))
    return pixels


def text(pixels: np.ndarray, face: Face) -> np.ndarray:
    for row in range(7):
        where = at(face, 10, -0.75, 0.05 + row * 0.22)
        cv2.putText(pixels, "SAMPLE STOCK", where, cv2.FONT_HERSHEY_SIMPLEX, 0.5, BLUE, 1)
    return pixels


def frame(pixels: np.ndarray, face: Face) -> np.ndarray:
    radius, thick = round(0.2 * face.width_px), max(2, round(0.03 * face.width_px))
    middles = [at(face, eye, 0, 0.04) for eye in EYES]
    for (x, y), side, ear in zip(middles, (-1, 1), OUTER, strict=True):
        cv2.circle(pixels, (x, y), radius, FRAME, thick)
        cv2.line(pixels, (x + side * radius, y), at(face, ear, side * 0.02, -0.02), FRAME, thick)
    return cv2.line(
        pixels, (middles[0][0] + radius, middles[0][1]), (middles[1][0] - radius, middles[1][1]), FRAME, thick
    )


def changed(result: Result) -> np.ndarray:
    """(H, W) int: by how much the output differs from the target."""
    return np.abs(result.pixels.astype(int) - result.before).max(2)


@pytest.mark.parametrize("paint", [microphone, phone, red_bar, text, frame])
def test_what_stands_before_the_face_stays_byte_for_byte(studio: Studio, paint: Paint) -> None:
    """All of it, its last pixel and what of it is beyond the face too; the cheeks are the source's."""
    target, drawn = studio.painted(studio.astronaut, paint)
    difference = changed(studio.fused(target, studio.admiral))
    assert difference.shape == drawn.shape
    assert int((difference[drawn] > 0).sum()) == 0
    assert int((difference[~drawn] > 4).sum()) > 1500


def test_fingers_of_the_color_of_skin_stay(studio: Studio) -> None:
    target, drawn = studio.painted(studio.astronaut, hand)
    difference = changed(studio.fused(target, studio.admiral))
    core = cv2.erode(drawn.astype(np.uint8), np.ones((5, 5))) > 0
    assert (difference[core] == 0).mean() > 0.95


def test_a_thing_before_the_face_is_named(studio: Studio) -> None:
    target, _ = studio.painted(studio.astronaut, microphone)
    told = [notice for notice in studio.fused(target, studio.admiral).notices if notice.code == "covered"]
    assert [notice.details["role"] for notice in told] == [Role.TARGET]
    assert "covered" not in {notice.code for notice in studio.fused(studio.astronaut, studio.astronaut).notices}


def test_the_eyes_behind_a_frame_are_the_sources(studio: Studio) -> None:
    target, _ = studio.painted(studio.astronaut, frame)
    difference = changed(studio.fused(target, studio.admiral))
    for eye in EYES:
        x, y = at(studio.face(studio.astronaut), eye)
        assert difference[y - 4 : y + 5, x - 4 : x + 5].mean() > 8
