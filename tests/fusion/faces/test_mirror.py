"""A face in the mirror."""

from __future__ import annotations

import numpy as np
import pytest

from fusion.faces import Face, FaceFinder, mesh, mirror
from tests.support.fixtures.photos import astronaut


@pytest.fixture(scope="module")
def found() -> tuple[Face, Face]:
    """The astronaut's face, and the one that is found in her photo flipped from left to right."""
    with FaceFinder() as finder:
        (face,) = finder.find(astronaut()).faces
        (flipped,) = finder.find(np.ascontiguousarray(astronaut()[:, ::-1])).faces
    return face, flipped


def test_the_mirror_of_the_mirror_is_the_landmark_itself() -> None:
    pairs = mirror.pairing()
    assert (pairs[pairs] == np.arange(mesh.COUNT)).all()


@pytest.mark.parametrize(("right", "left"), [
    (mesh.RIGHT_EYE, mesh.LEFT_EYE), (mesh.RIGHT_EYE_AROUND, mesh.LEFT_EYE_AROUND), (mesh.RIGHT_BROW, mesh.LEFT_BROW),
    (mesh.RIGHT_CHEEK, mesh.LEFT_CHEEK), (mesh.RIGHT_IRIS[:1], mesh.LEFT_IRIS[:1]),
])  # fmt: skip
def test_each_right_part_becomes_the_left_one_point_by_point(right: tuple[int, ...], left: tuple[int, ...]) -> None:
    assert tuple(mirror.pairing()[list(right)]) == left


@pytest.mark.parametrize("part", [mesh.OVAL, mesh.LIPS_OUTER, mesh.LIPS_INNER, mesh.NOSE, mesh.BRIDGE])
def test_parts_in_the_middle_stay_themselves(part: tuple[int, ...]) -> None:
    assert set(mirror.pairing()[list(part)]) == set(part)


def test_triangles_become_triangles() -> None:
    """All but the dozen in which the mesh itself differs between its halves."""
    there = {tuple(sorted(triangle)) for triangle in mesh.triangles()}
    mirrored = {tuple(sorted(mirror.pairing()[triangle])) for triangle in mesh.triangles()}
    assert len(there & mirrored) >= len(there) - 12


def test_a_mirrored_face_is_the_one_found_in_the_flipped_photo(found: tuple[Face, Face]) -> None:
    face, flipped = found
    mirrored = mirror.mirrored_face(face, astronaut().shape[1])
    apart = np.linalg.norm(mirrored.landmarks - flipped.landmarks, axis=1)
    assert apart.mean() < 0.02 * face.width_px
    assert apart.max() < 0.06 * face.width_px
    assert mirrored.yaw == pytest.approx(flipped.yaw, abs=3)
    assert mirrored.pitch == pytest.approx(flipped.pitch, abs=3)
    assert mirrored.roll == pytest.approx(flipped.roll, abs=2)
    assert mirrored.box.left == pytest.approx(flipped.box.left, abs=4)


def test_expressions_change_sides_with_the_face(found: tuple[Face, Face]) -> None:
    face, _ = found
    mirrored = mirror.mirrored_face(face, 512)
    assert set(mirrored.blendshapes) == set(face.blendshapes)
    assert mirrored.blendshapes["mouthSmileLeft"] == face.blendshapes["mouthSmileRight"]
    assert mirrored.blendshapes["jawOpen"] == face.blendshapes["jawOpen"]


def test_mirrored_twice_a_face_is_where_it_was(found: tuple[Face, Face]) -> None:
    face, _ = found
    again = mirror.mirrored_face(mirror.mirrored_face(face, 512), 512)
    assert again.landmarks == pytest.approx(face.landmarks, abs=1e-3)
    assert (again.yaw, again.roll) == (face.yaw, face.roll)
