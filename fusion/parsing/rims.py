"""The rims of glasses: a closed line around each eye, followed in polar coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fusion.faces import mesh
from fusion.parsing import shapes
from fusion.parsing.cutout import Cutout

EYES = (mesh.RIGHT_EYE, mesh.LEFT_EYE)
ANGLES = np.arange(-90, 270, 5)  # degrees, clockwise from the right of the picture; from the top and round to it
BELOW = (ANGLES >= 15) & (ANGLES <= 165)  # the half that on a bare face is smooth
LEAST, MOST = 0.11, 0.34  # of the face width, from the middle of the eye
ENOUGH = 8.0  # CIELAB units of line contrast: stronger is not surer
TURN = 3  # px by which the radius may change from one angle to the next
_KERNEL_SHARE = 0.06  # of the face width: lines are narrower


@dataclass(frozen=True, slots=True, eq=False)
class Rim:
    """`outline`: (72, 2) float32 px, a point an angle. `strength`: the line contrast that four fifths of its lower half
    reach, CIELAB units up to `ENOUGH`."""

    outline: np.ndarray
    strength: float


def lines(lab: np.ndarray, face: float) -> np.ndarray:
    """(H, W) float32: how far thin structures stand out from what is beside them (top-hat and black-hat), Lab units."""
    smooth = cv2.GaussianBlur(lab, (0, 0), max(0.4, 0.006 * face))
    size = max(3, int(_KERNEL_SHARE * face) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    bright = cv2.morphologyEx(smooth, cv2.MORPH_TOPHAT, kernel) * np.array([0.3, 1.0, 1.0], np.float32)
    dark = cv2.morphologyEx(smooth, cv2.MORPH_BLACKHAT, kernel) * np.array([0.6, 1.0, 1.0], np.float32)
    # glints are bright, lashes and creases dark lines of lightness alone: color tells a frame better
    return shapes.either(*cv2.split(np.maximum(bright, dark)))


def follow(cutout: Cutout, strength: np.ndarray) -> tuple[Rim, Rim]:
    """The strongest closed line around the right eye and around the left one. `strength`: as from `lines`."""
    right, left = (_around(cutout, strength, cutout.points[list(ids)].mean(0)) for ids in EYES)
    return right, left


def _around(cutout: Cutout, strength: np.ndarray, middle: np.ndarray) -> Rim:
    radii = np.arange(LEAST * cutout.width, max(MOST * cutout.width, LEAST * cutout.width + 2), 1.0)
    angles = np.deg2rad(ANGLES)
    ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    at = (middle + ways[:, None] * radii[:, None] - 0.5).astype(np.float32)
    seen = np.minimum(cv2.remap(strength, at[..., 0], at[..., 1], cv2.INTER_LINEAR), ENOUGH)
    path = strongest_path(seen)
    along = seen[np.arange(len(ANGLES)), path]
    outline = (middle + ways * radii[path][:, None]).astype(np.float32)
    return Rim(outline, float(np.percentile(along[BELOW], 20)))


def strongest_path(seen: np.ndarray) -> np.ndarray:
    """Which column to take in each row, so that the sum is greatest and neighbours are near (dynamic programming)."""
    count = seen.shape[1]
    shifts = np.arange(-TURN, TURN + 1)
    columns = np.arange(count)
    from_where = np.clip(columns + shifts[:, None], 0, count - 1)
    best, back = seen[0], []
    for row in seen[1:]:
        which = best[from_where].argmax(0)
        back.append(from_where[which, columns])
        best = row + best[back[-1]]
    path = [int(best.argmax())]
    for came in reversed(back):
        path.append(int(came[path[-1]]))
    return np.array(path[::-1])
