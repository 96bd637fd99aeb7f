"""Lines that are there in part: half a pair of glasses, strands of another's hair.

A line is what stands out from skin and is thinner than a few hundredths of the face. Glasses that are there whole or
gone whole are no fault, whoever's they are; so what counts is which share of a photo's lines is left.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from fusion.inspection.regions import Regions, disc, grown, shrunk
from fusion.inspection.skin import SKIN
from fusion.inspection.views import Views

HALF = 0.028  # of where rims may be: lines that are half there, those kept times four times those lost
NEW = 0.0105  # of where rims may be, or of skin: lines that the target has not
_THIN = 0.03  # of the face width: half of a line's width at most
_NEARBY = 0.02
_BESIDE = 0.08  # of the face width: how far the shadow and the sheen of rims fall
_LINE, _CLEAR, _NONE = 1.5, 1.2, 0.8  # how far from skin a line is: surely one; so that it shows; and none
_SHARE = 0.5  # of its contrast that is left of a line that is kept
_SOME = 0.02  # of where rims may be, below which there are no glasses


def halved(views: Views, regions: Regions, far: Sequence[np.ndarray]) -> tuple[float, np.ndarray]:
    """How much of a pair of glasses is there in part, over its limit, and where.

    Args:
        far: distances from skin, of result, target and source.
    """
    near = disc(_NEARBY * views.face_px)
    result, target, source = (_lines(each, views.face_px) for each in far)
    left = cv2.dilate(result, near)
    rims = regions.rims & ~views.narrow
    worn = rims & (target > _LINE)
    brought = rims & (source > _LINE) & (cv2.dilate(target, near) < 1)
    found = [_partly(lines, left > _SHARE * whole, rims) for lines, whole in ((worn, target), (brought, source))]
    level = max(found)
    return level / HALF, worn if found[0] == level else brought


def _partly(lines: np.ndarray, kept: np.ndarray, rims: np.ndarray) -> float:
    """0 where the lines are kept whole or lost whole; at most their share of where rims may be."""
    share = _share(lines, rims)
    if share < _SOME:
        return 0.0
    whole = float(kept[lines].mean())
    return share * 4 * whole * (1 - whole)


def appeared(views: Views, regions: Regions, far: Sequence[np.ndarray]) -> tuple[float, np.ndarray]:
    """How many lines there are that the target has not, over its limit, and where.

    Beside the eyes the source's own are none: those of glasses are looked at by `halved`.
    """
    near = disc(_NEARBY * views.face_px)
    result, target, source = (_lines(each, views.face_px) for each in far)
    new = (result > _CLEAR) & (cv2.dilate(target, near) < _NONE) & ~views.narrow
    bare = shrunk(regions.oval, 0.03 * views.face_px) & ~regions.core & (far[1] < SKIN)
    rims = regions.rims & (cv2.dilate(source, near) < _NONE)
    found = [
        (_share(new & area, area), new & area) for area in (rims, bare & ~grown(regions.rims, _BESIDE * views.face_px))
    ]
    level, where = max(found, key=lambda each: each[0])
    return level / NEW, where


def _share(part: np.ndarray, whole: np.ndarray) -> float:
    return int(np.count_nonzero(part)) / max(int(np.count_nonzero(whole)), 1)


def _lines(far: np.ndarray, face_px: float) -> np.ndarray:
    """(SIDE, SIDE) float32: what stands out and is thin."""
    lines: np.ndarray = cv2.morphologyEx(far.astype(np.float32), cv2.MORPH_TOPHAT, disc(_THIN * face_px))
    return lines
