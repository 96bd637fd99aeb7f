"""Angles are read back from a pose, with the signs that are documented."""

from __future__ import annotations

import numpy as np
import pytest

from fusion.faces.finder import angles


def _pose(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """A pose by its meaning: x to the right of the picture, y up, z towards the camera."""
    y, p, r = np.radians((yaw, -pitch, -roll))
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    matrix = np.eye(4)
    matrix[:3, :3] = about_z @ about_y @ about_x * 1.7
    return matrix


@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(0, 0, 0), (30, 0, 0), (0, 20, 0), (0, 0, 45), (-40, 25, -70)])
def test_angles_are_read_back_from_a_pose(yaw: float, pitch: float, roll: float) -> None:
    assert angles(_pose(yaw, pitch, roll)) == pytest.approx((yaw, pitch, roll), abs=1e-6)


def test_the_signs_of_the_angles_are_as_documented() -> None:
    nose = np.array([0, 0, 1, 0])
    assert (_pose(30, 0, 0) @ nose)[0] > 0  # to the right of the picture
    assert (_pose(0, 30, 0) @ nose)[1] > 0  # up
    crown = np.array([0, 1, 0, 0])
    assert (_pose(0, 0, 30) @ crown)[0] > 0  # clockwise
