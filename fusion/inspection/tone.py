"""Patches of another tone, halves and eyes that are unlike where the target's are alike.

All compare the result with the target: whatever the source's light did to its own face, in the target's photo one light
falls on all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import cv2
import numpy as np

from fusion.inspected import Part
from fusion.inspection.regions import Regions, shrunk
from fusion.inspection.skin import SKIN, Skin
from fusion.inspection.views import Views

# Lightness, and ΔE in a and b, off what the whole face changed by. A forehead is plain; cheeks and chin have folds, and
# a beard of the source's own, that the target has not.
PATCH: Mapping[Part, tuple[float, float]] = MappingProxyType(
    {
        Part.FOREHEAD: (6.5, 6.7),
        Part.RIGHT_CHEEK: (13.5, 9.0),
        Part.LEFT_CHEEK: (13.5, 9.0),
        Part.CHIN: (20.0, 7.0),
    }
)
EYES_L = 20.5  # of lightness, that the two sides are further apart than the target's
HALVES_L = 19.0  # likewise of skin
_FINE = 0.025  # of the face width: what is finer is texture and no patch
_COARSE = 0.03
_OFF = 1.5  # so much more than from even skin a place may be from the target's, which had light and shade of its own
_AWAY = 0.045  # from hair: a fused face is not quite where the target's was


def patches(views: Views, regions: Regions, skins: Sequence[Skin]) -> np.ndarray:
    """(SIDE, SIDE): how far the change of skin is from that of the whole face, over its limit; 0 elsewhere.

    It counts as far as the result is off even skin too: a highlight that is gone leaves no patch. Nor is a place
    brighter than it should be where the source has its highlights.

    Args:
        skins: of target and source.
    """
    target, source = skins
    bare = (target.far < SKIN) & ~regions.core & regions.oval
    area = _skin(views, regions, target.far)
    if not area.any():
        return np.zeros(area.shape, np.float32)
    sigma = _FINE * views.face_px
    change = _averaged(views.result - views.target, bare, sigma)
    change -= np.median(change[area], axis=0)
    off = _averaged(views.result - target.expected, bare, sigma)
    off -= np.median(off[area], axis=0)
    shine = _averaged(views.source - source.expected, bare, sigma)[..., 0]
    tone = np.minimum(np.hypot(change[..., 1], change[..., 2]), np.hypot(off[..., 1], off[..., 2]))
    darker = np.minimum(-change[..., 0], -_OFF * off[..., 0])
    brighter = np.minimum(change[..., 0], _OFF * off[..., 0]) - np.maximum(shine, 0)
    light = np.maximum(darker, brighter)
    level = np.zeros(area.shape, np.float32)
    for part, (most_light, most_tone) in PATCH.items():
        there = area & regions.parts[part]
        level[there] = np.maximum(light[there] / most_light, tone[there] / most_tone)
    return level


def halves(views: Views, regions: Regions, target_far: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE): how much more than the target's skin the result's is unlike the other half's, over its limit."""
    area = _skin(views, regions, target_far)
    return _unlike(views, area) / HALVES_L


def eyes(views: Views, regions: Regions) -> np.ndarray:
    """(SIDE, SIDE): likewise of the eyes with their brows."""
    area = regions.eyes & shrunk(regions.oval, 0.03 * views.face_px) & ~views.narrow
    return _unlike(views, area) / EYES_L


def _skin(views: Views, regions: Regions, target_far: np.ndarray) -> np.ndarray:
    """Where the target is bare skin, away from hair and what else covers it, and from features."""
    face_px = views.face_px
    bare = shrunk((target_far < SKIN) | regions.core, _AWAY * face_px) & shrunk(regions.oval, 0.03 * face_px)
    area: np.ndarray = bare & ~regions.core & ~views.narrow
    return area


def _unlike(views: Views, area: np.ndarray) -> np.ndarray:
    """How much darker or brighter than its mirror image each place is, beyond what the target is.

    Of each two places the one that is further from the target counts; 0 in a face that is turned too far.
    """
    result, target = (_coarse(each, _COARSE * views.face_px) for each in (views.result, views.target))
    changed = np.abs(result - target - np.median((result - target)[area])) if area.any() else np.zeros_like(result)
    area = area & area[:, ::-1] & (changed >= changed[:, ::-1]) & views.even
    result, target = (each - each[:, ::-1] for each in (result, target))
    # where the target alone is uneven and the result is even, nothing is wrong
    return np.where(area, np.minimum(np.abs(result - target), np.abs(result)), 0)


def _coarse(lab: np.ndarray, sigma: float) -> np.ndarray:
    """(SIDE, SIDE) float32: lightness without detail."""
    return cv2.GaussianBlur(np.ascontiguousarray(lab[..., 0]), (0, 0), sigma)


def _averaged(values: np.ndarray, weight: np.ndarray, sigma: float) -> np.ndarray:
    """(SIDE, SIDE, 3) blurred over the places of a mask alone."""
    share = weight.astype(np.float32)
    total = cv2.GaussianBlur(values * share[..., None], (0, 0), sigma)
    mean: np.ndarray = total / np.maximum(cv2.GaussianBlur(share, (0, 0), sigma), 1e-3)[..., None]
    return mean
