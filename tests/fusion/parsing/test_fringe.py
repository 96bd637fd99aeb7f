"""Hair over brows: painted from the hair above down, it is hair; brows with skin above them are none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from fusion.faces import Face, FaceFinder, mesh
from fusion.parsing import FaceMap, parse, shapes
from tests.support.fixtures.photos import astronaut


@pytest.fixture(scope="module")
def face() -> Face:
    with FaceFinder() as finder:
        return finder.find(astronaut()).faces[0]


def fringed(face: Face, brow: tuple[int, ...]) -> np.ndarray:
    """Her photo with the hair above her forehead drawn out down to below a brow."""
    pixels = astronaut().copy()
    points = face.landmarks[list(brow)]
    left, right = int(points[:, 0].min()) - 4, int(points[:, 0].max()) + 4
    end, bottom = int(face.landmarks[10, 1]) - 8, int(points[:, 1].max()) + 3
    hair = pixels[end - 25 : end, left:right]
    size = right - left, bottom - end + 25
    pixels[end - 25 : bottom, left:right] = cv2.resize(hair, size, interpolation=cv2.INTER_CUBIC)
    return pixels


def on(seen: FaceMap, brow: tuple[int, ...]) -> float:
    return seen.share(seen.hair, shapes.polygon(seen.points[list(brow)], seen.side))


def test_a_fringe_over_a_brow_is_hair(face: Face) -> None:
    seen = parse(fringed(face, mesh.RIGHT_BROW), face)
    assert on(seen, mesh.RIGHT_BROW) > 0.6


def test_a_brow_below_bare_skin_is_none(face: Face) -> None:
    """Her left one ends beside hair."""
    seen = parse(astronaut(), face)
    assert on(seen, mesh.RIGHT_BROW) < 0.02
    assert on(seen, mesh.LEFT_BROW) < 0.4
