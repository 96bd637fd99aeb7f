"""Glasses are there or not there, never half: drawn onto a face that wears none, they are found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest

from fusion.photos import Photo, decode
from fusion.pipeline import Pipeline, Result
from fusion.settings import Settings
from fusion.types import Role, Tier

WHOLE = Settings(ratio=1.0, output=Tier.T1024)
FRAME = (30, 25, 60)


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with Pipeline(device="cpu") as pipeline:
        yield pipeline


@pytest.fixture(scope="module")
def people(sample_pair: tuple[bytes, bytes]) -> tuple[Photo, Photo]:
    astronaut, admiral = (decode.read(data, role) for data, role in zip(sample_pair, Role, strict=True))
    return astronaut, admiral


def wearing(pipeline: Pipeline, picture: Photo, dark: bool) -> Photo:
    """The picture, four times the size, with glasses drawn before the eyes of its face."""
    pixels = cv2.resize(picture.pixels, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    face = pipeline.finder.find(pixels).faces[0]
    right, left = face.landmarks[468], face.landmarks[473]
    wide = 0.36 * float(np.linalg.norm(left - right))
    for eye in (right, left):
        centre = (int(eye[0]), int(eye[1] + 0.25 * wide))
        cv2.ellipse(pixels, centre, (int(wide), int(0.8 * wide)), 0, 0, 360, FRAME, -1 if dark else 9, cv2.LINE_AA)
    middle = int((right[1] + left[1]) / 2)
    cv2.line(pixels, (int(right[0] + wide), middle), (int(left[0] - wide), middle), FRAME, 9, cv2.LINE_AA)
    return replace(picture, pixels=np.ascontiguousarray(pixels), sha256=f"drawn {dark}")


def codes(result: Result) -> set[str]:
    return {notice.code for notice in result.notices if notice.code.startswith("glasses")}


def test_a_bare_face_wears_none(pipeline: Pipeline, people: tuple[Photo, Photo]) -> None:
    astronaut, _ = people
    assert codes(pipeline.run(astronaut, astronaut, WHOLE)) == set()


def test_drawn_glasses_are_found_and_stay_on_the_target(pipeline: Pipeline, people: tuple[Photo, Photo]) -> None:
    astronaut, _ = people
    assert codes(pipeline.run(wearing(pipeline, astronaut, dark=False), astronaut, WHOLE)) == {"glasses_kept"}


def test_the_frame_stays_and_the_eyes_behind_it_are_the_sources(
    pipeline: Pipeline, people: tuple[Photo, Photo]
) -> None:
    """Byte for byte where the frame is; the ground below it moves with the fused shape by a few px at most."""
    astronaut, admiral = people
    worn = wearing(pipeline, astronaut, dark=False)
    result = pipeline.run(worn, admiral, replace(WHOLE, skin_smoothing=0.0))
    changed = np.abs(result.pixels.astype(int) - result.before).max(2)
    right, left = (result.target_face.landmarks[i] * result.size.width / worn.size.width for i in (468, 473))
    bridge = ((right + left) / 2).astype(int)
    assert changed[bridge[1], bridge[0]] <= 12
    eyes = [changed[int(y) - 8 : int(y) + 9, int(x) - 8 : int(x) + 9].mean() for x, y in (right, left)]
    assert min(eyes) > 8


def test_where_both_wear_some_the_targets_stay(pipeline: Pipeline, people: tuple[Photo, Photo]) -> None:
    astronaut, admiral = people
    spectacled = wearing(pipeline, astronaut, dark=False)
    assert codes(pipeline.run(spectacled, admiral, WHOLE)) == {"glasses_left", "glasses_kept"}


def test_dark_lenses_stay_on_the_target_and_are_never_carried(pipeline: Pipeline, people: tuple[Photo, Photo]) -> None:
    astronaut, _ = people
    dark = wearing(pipeline, astronaut, dark=True)
    anyway = replace(WHOLE, anyway=True)  # eyes that are not seen make nobody's face
    kept = pipeline.run(dark, astronaut, anyway)
    assert codes(kept) == {"glasses_kept"}
    lens = kept.target_face.landmarks[468] * kept.size.width / dark.size.width
    x, y = lens.astype(int)
    assert np.abs(kept.pixels[y, x].astype(int) - kept.before[y, x]).max() <= 8
    assert codes(pipeline.run(astronaut, dark, anyway)) == {"glasses_left"}
