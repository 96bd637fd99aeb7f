"""Shapes and maps."""

from __future__ import annotations

import numpy as np
import pytest

from fusion.engines.layers import points_of
from fusion.faces import FaceFinder, geometry, mesh
from fusion.photos import decode
from fusion.types import Role


@pytest.fixture(scope="module")
def shapes(sample_pair: tuple[bytes, bytes]) -> tuple[np.ndarray, np.ndarray]:
    """(478, 3) of the target and of the source."""
    with FaceFinder() as finder:
        pictures = [decode.read(data, role).pixels for data, role in zip(sample_pair, Role, strict=True)]
        target, source = (points_of(finder.find(picture).faces[0]) for picture in pictures)
    return target, source


def test_a_similarity_is_recovered_from_points_that_it_moved() -> None:
    points = np.random.default_rng(1).normal(size=(20, 3))
    angle = 0.4
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    moved = 2.5 * points @ turn.T + [3, -1, 2]
    found = geometry.similarity(points, moved)
    assert found.scale == pytest.approx(2.5)
    assert found(points) == pytest.approx(moved)


def test_a_similarity_never_mirrors() -> None:
    points = np.random.default_rng(2).normal(size=(30, 2))
    found = geometry.similarity(points, points * [-1, 1])
    assert np.linalg.det(found.rotation) == pytest.approx(1)


def test_at_ratio_0_the_shape_is_the_targets(shapes: tuple[np.ndarray, np.ndarray]) -> None:
    target, source = shapes
    assert geometry.fused_shape(target, source, 0.0) == pytest.approx(target[:, :2])


def test_the_shape_goes_evenly_from_the_target_towards_the_source(shapes: tuple[np.ndarray, np.ndarray]) -> None:
    target, source = shapes
    half, whole = (geometry.fused_shape(target, source, ratio) for ratio in (0.5, 1.0))
    assert half == pytest.approx((target[:, :2] + whole) / 2)
    assert np.abs(whole - target[:, :2]).max() > 0.005 * geometry.face_width(target)


def test_a_face_fused_with_itself_keeps_its_shape(shapes: tuple[np.ndarray, np.ndarray]) -> None:
    target, _ = shapes
    assert geometry.fused_shape(target, target * 1.7 + [40, 60, 0], 1.0) == pytest.approx(target[:, :2], abs=1e-6)


@pytest.mark.parametrize("part", [mesh.RIGHT_EYE, mesh.LEFT_EYE, mesh.LIPS_OUTER + mesh.LIPS_INNER])
def test_eyes_and_mouth_move_but_keep_the_targets_form(
    shapes: tuple[np.ndarray, np.ndarray], part: tuple[int, ...]
) -> None:
    target, source = shapes
    moved = geometry.fused_shape(target, source, 1.0)[list(part)] - target[list(part), :2]
    assert np.ptp(moved, axis=0).max() < 0.003 * geometry.face_width(target)


def test_a_raster_of_the_points_themselves_is_the_map_of_pixels(shapes: tuple[np.ndarray, np.ndarray]) -> None:
    target, _ = shapes
    points = target[:, :2] - target[:, :2].min(0) + 5
    raster, covered = geometry.rasterize(points, points, 120, 140)
    y, x = np.nonzero(covered)
    assert covered.sum() > 3000
    assert raster[0, y, x] == pytest.approx(x + 0.5, abs=1e-3)
    assert raster[1, y, x] == pytest.approx(y + 0.5, abs=1e-3)


def test_what_is_seen_around_the_landmarks_is_the_whole_mesh_and_nothing_of_it_from_behind(
    shapes: tuple[np.ndarray, np.ndarray],
) -> None:
    target, _ = shapes
    points = target[:, :2] - target[:, :2].min(0) + 5
    _, covered = geometry.rasterize(points, points, 120, 140)
    area = geometry.seen_area(target)
    assert area.sum() == pytest.approx(covered.sum(), rel=0.02)
    assert geometry.seen_area(2 * target) == pytest.approx(4 * area)
    assert geometry.seen_area(target * [-1, 1, 1]) == pytest.approx(area), "a mirror changes nothing"
    across, depth = target[:, 0].copy(), target[:, 2].copy()
    turned = np.column_stack([depth, target[:, 1], -across])  # by a right angle
    side = geometry.seen_area(turned)
    assert min(side[234], side[454]) == 0 < max(side[234], side[454])


def test_the_eyes_are_part_of_the_map_and_the_inside_of_the_mouth_is_not(shapes: tuple[np.ndarray, np.ndarray]) -> None:
    target, _ = shapes
    points = (target[:, :2] - target[:, :2].min(0)) * 4 + 5
    _, covered = geometry.rasterize(points, points, 600, 700)
    inside = {}
    for name, part in (("right", mesh.RIGHT_EYE), ("left", mesh.LEFT_EYE), ("mouth", mesh.LIPS_INNER)):
        x, y = points[list(part)].mean(0).astype(int)
        inside[name] = bool(covered[y, x])
    assert inside == {"right": True, "left": True, "mouth": False}
