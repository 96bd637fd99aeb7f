"""What is wrong with results of other tools is named, the right cause first, from the three pictures alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from advisor.diagnosis import Cause, Finding, diagnose
from advisor.quality import examine
from fusion.faces import Face, FaceFinder, geometry, mesh
from fusion.photos import Photo

Pixels = np.ndarray


@pytest.fixture(scope="module")
def finder() -> Iterator[FaceFinder]:
    with FaceFinder() as made:
        yield made


@pytest.fixture(scope="module")
def faces(finder: FaceFinder, target: Photo, source: Photo) -> tuple[Face, Face]:
    found = [finder.find(photo.pixels).faces[0] for photo in (target, source)]
    return found[0], found[1]


@pytest.fixture(scope="module")
def laid(faces: tuple[Face, Face], target: Photo, source: Photo) -> tuple[Pixels, Pixels]:
    """The source turned and scaled until its face lies on the target's, and the inside of the target's outline."""
    ours, theirs = (face.landmarks[list(mesh.STABLE)].astype(np.float32) for face in faces)
    matrix, _ = cv2.estimateAffinePartial2D(theirs, ours)
    size = target.size.width, target.size.height
    inside: Pixels = np.zeros(target.pixels.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, cv2.convexHull(faces[0].landmarks[list(mesh.OVAL)].astype(np.int32)), 255)
    inside = cv2.erode(inside, np.ones((3, 3), np.uint8), iterations=2)
    return np.asarray(cv2.warpAffine(source.pixels, matrix, size, flags=cv2.INTER_AREA)), inside


@pytest.fixture(scope="module")
def alike(laid: tuple[Pixels, Pixels], target: Photo) -> Pixels:
    """The same with the target's mean colour within the outline."""
    pixels, inside = laid
    means = [np.array(cv2.mean(each, inside)[:3]) for each in (pixels, target.pixels)]
    return np.clip(pixels - means[0] + means[1], 0, 255)


@pytest.fixture
def found(finder: FaceFinder, faces: tuple[Face, Face], target: Photo, source: Photo) -> Callable[..., list[Finding]]:
    def look(result: Pixels) -> list[Finding]:
        pixels = result.round().astype(np.uint8)
        seen = examine(target.pixels, source.pixels, pixels, finder, target_face=faces[0], source_face=faces[1])
        return list(diagnose(seen.measures).findings)

    return look


@pytest.fixture
def feathered(
    found: Callable[..., list[Finding]], faces: tuple[Face, Face], laid: tuple[Pixels, Pixels], target: Photo
) -> Callable[..., list[Finding]]:
    """What is found in a face that fades into the target."""

    def look(face: Pixels) -> list[Finding]:
        width = geometry.face_width(faces[0].landmarks)
        share = cv2.GaussianBlur(laid[1].astype(np.float32) / 255, (0, 0), 0.05 * width)[..., None]
        return found(face * share + target.pixels * (1 - share))

    return look


@pytest.mark.parametrize("matched", [False, True], ids=["its own colours", "matched colours"])
def test_a_face_that_was_cut_out_and_pasted_has_a_hard_border(
    found: Callable[..., list[Finding]], laid: tuple[Pixels, Pixels], alike: Pixels, target: Photo, *, matched: bool
) -> None:
    face = alike if matched else laid[0]
    assert found(np.where(laid[1][..., None] > 0, face, target.pixels))[0].cause == Cause.MASK_HARD


def test_a_face_that_was_cloned_takes_on_its_borders_colours(
    found: Callable[..., list[Finding]], laid: tuple[Pixels, Pixels], target: Photo
) -> None:
    left, top, width, height = cv2.boundingRect(laid[1])
    middle = left + width // 2, top + height // 2
    # it writes into what it is given
    face, under, inside = (each.copy() for each in (laid[0], target.pixels, laid[1]))
    first, *_ = found(cv2.seamlessClone(face, under, inside, middle, cv2.NORMAL_CLONE))
    assert first.cause in {Cause.EXPOSURE_STEP, Cause.COLOUR_STEP}


def test_a_face_that_was_blurred_is_soft(
    feathered: Callable[..., list[Finding]], faces: tuple[Face, Face], alike: Pixels
) -> None:
    soft = cv2.GaussianBlur(alike, (0, 0), 0.025 * geometry.face_width(faces[0].landmarks))
    assert feathered(soft)[0].cause == Cause.FACE_SOFT


def test_nothing_is_said_of_a_border_that_was_feathered(feathered: Callable[..., list[Finding]], alike: Pixels) -> None:
    seen = feathered(alike)
    border = {Cause.MASK_HARD, Cause.BORDER_SHOWS, Cause.COLOUR_STEP, Cause.EXPOSURE_STEP}
    assert not border.intersection(finding.cause for finding in seen)
