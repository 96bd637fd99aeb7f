"""Edges in skin where the target has none: a hard border, a hairline or a beard that was cut; and smeared skin."""

from __future__ import annotations

import cv2
import numpy as np

from fusion.inspected import Part
from fusion.inspection.regions import disc, shrunk
from fusion.inspection.scene import FACE_PX, Picture, Scene
from fusion.inspection.skin import blurred, lengths

EDGE = 4.4  # ΔE in a hundredth of the face width, more than the target has nearby
CHIN_EDGE = 3.0  # likewise, more than the source has nearby, too: there a beard may end
SMEARED = 0.011  # of the face
_CHANGED = 6.0  # ΔE
_ALIKE = 0.3  # correlation of detail from which a place comes from the source
_LEAST = 16  # px
_SCALES = (0.01, 0.02)  # of the face width
_NEARBY = 0.045  # of the face width: what a contour may have moved by


def edges(scene: Scene, result: Picture, glasses: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE): how much steeper the result is than the target nearby, over its limit; 0 off the skin.

    What the source's own skin has of edges is let through: they are softer than that.

    Args:
        glasses: (SIDE, SIDE) bool, where glasses are that came along whole, which may have edges.
    """
    area = shrunk(scene.places.oval, 0.03 * FACE_PX) & ~scene.places.core & ~scene.views.narrow & ~glasses
    chin = scene.places.parts[Part.CHIN]
    level = np.zeros(area.shape, np.float32)
    for scale in _SCALES:
        before = np.maximum(scene.target.steepness(scale), scene.still.steepness(scale))
        before = np.where(chin, np.maximum(before, scene.source.steepness(scale)), before)
        level = np.maximum(level, result.steepness(scale) - cv2.dilate(before, disc(_NEARBY * FACE_PX)))
    return np.where(area, level / np.where(chin, np.float32(CHIN_EDGE), np.float32(EDGE)), 0)


def smears(scene: Scene, result: Picture) -> tuple[float, np.ndarray]:
    """How much of the face was made of a side that the source hardly shows, over its limit, and where."""
    change = lengths(result.lab - scene.target.lab)
    area = scene.views.narrow & scene.places.oval & (change > _CHANGED)
    if _alike(result, scene.source, area) < _ALIKE:
        return 0.0, area  # it was filled from elsewhere
    return int(np.count_nonzero(area)) / max(int(np.count_nonzero(scene.places.oval)), 1) / SMEARED, area


def _alike(one: Picture, other: Picture, area: np.ndarray) -> float:
    """The correlation of two pictures' detail in an area; 0 where there is none."""
    if np.count_nonzero(area) < _LEAST:
        return 0.0
    fine = []
    for picture in (one, other):
        light = np.ascontiguousarray(picture.lab[..., 0])
        fine.append((light - blurred(light, 0.05 * FACE_PX))[area])
    spread = float(fine[0].std() * fine[1].std())
    return 0.0 if spread < 1e-6 else float(np.mean((fine[0] - fine[0].mean()) * (fine[1] - fine[1].mean()))) / spread
