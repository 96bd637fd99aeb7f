"""How far each place of a face is from its own skin, learnt from its cheeks and nose. numpy.

The same model as `fusion.ops.skin`, which needs torch, but with the distance instead of a share: what is compared here
is how far three pictures of one frame are from skin.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from fusion.inspection.views import SIDE

SKIN = 3.0  # spreads from which a place is no bare skin
_FLOOR = (9.0, 4.5, 4.5)  # Lab: the least spread of skin, so that an even face does not reject its own shadows
_LEAST = 16  # px of the seed
_SOME = 3  # of so many px of the seed one is learnt from
_TAIL = 2.5  # standard deviations
_WEIGHTS = np.sqrt(np.array([0.5, 1, 1], np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """The skin of one picture of the frame.

    Attributes:
        far: (SIDE, SIDE) float32: how far each place is from skin, in spreads of the skin; lightness counts half, since
            light falls from somewhere.
        expected: (SIDE, SIDE, 3) float32 Lab: the skin that is to be expected there.
    """

    far: np.ndarray
    expected: np.ndarray


def skin(lab: np.ndarray, seed: np.ndarray, face_px: float) -> Skin:
    """Learn the skin of a picture.

    Args:
        lab: (SIDE, SIDE, 3) float32.
        seed: (SIDE, SIDE) bool.
    """
    if np.count_nonzero(seed) < _LEAST:
        return Skin(np.zeros((SIDE, SIDE), np.float32), lab)
    plane = _plane()
    fit, spread = _fitted(plane[seed][::_SOME], lab[seed][::_SOME])
    expected = plane @ fit
    rest = blurred(lab, 0.008 * face_px) - expected
    return Skin(lengths(rest * (_WEIGHTS / spread)), expected)


def lengths(values: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE) float32: of (SIDE, SIDE, 3). numpy's own norm takes ten times as long."""
    length: np.ndarray = cv2.sqrt(cv2.transform(cv2.multiply(values, values), np.ones((1, 3), np.float32)))
    return length


def blurred(values: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian, cut off where less than a hundredth is left: half the work of OpenCV's own for floats."""
    side = 2 * max(1, round(_TAIL * sigma)) + 1
    soft: np.ndarray = cv2.GaussianBlur(values, (side, side), sigma)
    return soft


def _fitted(design: np.ndarray, colors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The plane (3, 3) of a skin's colours and its spread (3,), by reweighted least squares."""
    weight = np.ones((len(design), 1), np.float32)
    ridge = np.diag([1e-6, 0.02, 0.02]).astype(np.float32) * len(design)
    for _ in range(4):
        fit = np.linalg.solve(design.T @ (design * weight) + ridge, design.T @ (colors * weight))
        rest = colors - design @ fit
        scale = np.maximum(np.median(np.abs(rest), axis=0), 1) * 1.4826
        weight = 1 / (1 + np.square(rest / (2 * scale)).sum(1, keepdims=True))
    return fit, np.maximum(1.3 * scale, _FLOOR).astype(np.float32)


@lru_cache(maxsize=1)
def _plane() -> np.ndarray:
    """(SIDE, SIDE, 3), read-only: 1, x and y, −0.5…0.5."""
    rows, columns = (np.mgrid[:SIDE, :SIDE] + 0.5).astype(np.float32) / SIDE - 0.5
    plane = np.stack([np.ones_like(rows), columns, rows], axis=-1)
    plane.setflags(write=False)
    return plane
