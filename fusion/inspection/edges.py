"""Edges in skin where the target has none: a hard border, a hairline or a beard that was cut; and smeared skin."""

from __future__ import annotations

import cv2
import numpy as np

from fusion.inspection.regions import Regions, disc, shrunk
from fusion.inspection.views import Views

EDGE = 4.4  # ΔE in a hundredth of the face width, more than the target has nearby
SMEARED = 0.011  # of the face
_CHANGED = 6.0  # ΔE
_SCALES = (0.01, 0.02)  # of the face width
_NEARBY = 0.045  # of the face width: what a contour may have moved by


def edges(views: Views, regions: Regions) -> np.ndarray:
    """(SIDE, SIDE): how much steeper the result is than the target nearby, over its limit; 0 off the skin."""
    area = shrunk(regions.oval, 0.03 * views.face_px) & ~regions.core & ~views.narrow
    level = np.maximum(*(_excess(views, scale) for scale in _SCALES)) / EDGE
    return np.where(area, level, 0)


def smears(views: Views, regions: Regions) -> tuple[float, np.ndarray]:
    """How much of the face was made of a side that the source hardly shows, over its limit, and where."""
    change = np.linalg.norm(views.result - views.target, axis=-1)
    area = views.narrow & regions.oval & (change > _CHANGED)
    return int(np.count_nonzero(area)) / max(int(np.count_nonzero(regions.oval)), 1) / SMEARED, area


def _excess(views: Views, scale: float) -> np.ndarray:
    """What the source's own skin has of edges is let through: they are softer than that, or they are its beard's."""
    result, target = (_steepness(each, scale, views.face_px) for each in (views.result, views.target))
    excess: np.ndarray = result - cv2.dilate(target, disc(_NEARBY * views.face_px))
    return excess


def _steepness(lab: np.ndarray, scale: float, face_px: float) -> np.ndarray:
    """(SIDE, SIDE) float32: ΔE in a hundredth of the face width."""
    smooth = cv2.GaussianBlur(lab, (0, 0), scale * face_px)
    slope = [cv2.Sobel(smooth, cv2.CV_32F, *axis, scale=face_px / 800) for axis in ((1, 0), (0, 1))]
    steep: np.ndarray = np.sqrt(sum(np.einsum("ijk,ijk->ij", each, each) for each in slope))
    return steep
