"""Patches of another tone, halves and eyes that are unlike where the target's are alike.

All compare the result with the target: whatever the source's light did to its own face, in the target's photo one light
falls on all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import cv2
import numpy as np

from fusion.inspected import Part
from fusion.inspection.regions import shrunk
from fusion.inspection.scene import FACE_PX, Picture, Scene
from fusion.inspection.skin import SKIN, blurred
from fusion.inspection.views import SIDE

# Lightness, and ΔE in a and b, off what the whole face changed by. A forehead is plain; cheeks and chin have folds, and
# a beard of the source's own, that the target has not.
PATCH: Mapping[Part, tuple[float, float]] = MappingProxyType(
    {
        Part.FOREHEAD: (7.4, 7.6),
        Part.RIGHT_CHEEK: (15.4, 10.3),
        Part.LEFT_CHEEK: (15.4, 10.3),
        Part.CHIN: (32.0, 11.0),
    }
)
EYES_L = 20.5  # of lightness, that the two sides are further apart than the target's
HALVES_L = 19.0  # likewise of skin
_FINE = 0.025  # of the face width: what is finer is texture and no patch
_COARSE = 0.03
_OFF = 1.5  # so much more than from even skin a place may be from the target's, which had light and shade of its own
_AWAY = 0.045  # from hair: a fused face is not quite where the target's was


def patches(scene: Scene, result: Picture) -> np.ndarray:
    """(SIDE, SIDE): how far the change of skin is from that of the whole face, over its limit; 0 elsewhere.

    It counts as far as the result is off even skin too: a highlight that is gone leaves no patch. Nor is a place
    brighter than it should be where the source has its highlights.
    """
    places, target = scene.places, scene.target
    bare = (target.skin.far < SKIN) & ~places.core & places.oval
    area = bare_skin(scene) & (scene.still.skin.far < SKIN)
    if not area.any():
        return np.zeros(area.shape, np.float32)
    away = result.lab - target.lab, result.lab - target.skin.expected
    change, off, shine = (_averaged(each, bare) for each in (*away, _shine(scene.source)))
    change, off = (each - np.median(each[area], axis=0) for each in (change, off))
    tone = np.minimum(*(cv2.magnitude(*cv2.split(each)[1:]) for each in (change, off)))
    darker = np.minimum(-change[..., 0], -_OFF * off[..., 0])
    brighter = np.minimum(change[..., 0], _OFF * off[..., 0]) - np.maximum(shine, 0)
    light = np.maximum(darker, brighter)
    level = np.zeros(area.shape, np.float32)
    for part, (most_light, most_tone) in PATCH.items():
        there = area & places.parts[part]
        level[there] = np.maximum(light[there] / most_light, tone[there] / most_tone)
    return level


def _shine(source: Picture) -> np.ndarray:
    return source.lab[..., 0] - source.skin.expected[..., 0]


def halves(scene: Scene, result: Picture) -> np.ndarray:
    """(SIDE, SIDE): how much more than the target's skin the result's is unlike the other half's, over its limit."""
    return _unlike(scene, result, bare_skin(scene)) / HALVES_L


def eyes(scene: Scene, result: Picture) -> np.ndarray:
    """(SIDE, SIDE): likewise of the eyes with their brows."""
    area = scene.places.eyes & shrunk(scene.places.oval, 0.03 * FACE_PX) & ~scene.views.narrow
    return _unlike(scene, result, area) / EYES_L


def bare_skin(scene: Scene) -> np.ndarray:
    """Where the target is bare skin, away from hair and what else covers it, and from features."""
    places = scene.places
    bare = shrunk((scene.target.skin.far < SKIN) | places.core, _AWAY * FACE_PX) & shrunk(places.oval, 0.03 * FACE_PX)
    area: np.ndarray = bare & ~places.core & ~scene.views.narrow
    return area


def _unlike(scene: Scene, result: Picture, area: np.ndarray) -> np.ndarray:
    """How much darker or brighter than its mirror image each place is, beyond what the target is.

    Of each two places the one that is further from the target counts; 0 in a face that is turned too far.
    """
    if not scene.views.even or not area.any():
        return np.zeros(area.shape, np.float32)
    ours, theirs = (each.smooth(_COARSE)[..., 0] for each in (result, scene.target))
    changed = np.abs(ours - theirs - np.median((ours - theirs)[area]))
    area = area & area[:, ::-1] & (changed >= changed[:, ::-1])
    ours, theirs = (each - each[:, ::-1] for each in (ours, theirs))
    # where the target alone is uneven and the result is even, nothing is wrong
    return np.where(area, np.minimum(np.abs(ours - theirs), np.abs(ours)), 0)


def _averaged(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE) or (SIDE, SIDE, 3), blurred over the places of a mask alone; read at half the size."""
    share = where.astype(np.float32)
    total = _coarse(values * (share if values.ndim == 2 else share[..., None]))
    count = _coarse(share)
    mean = total / np.maximum(count if values.ndim == 2 else count[..., None], 1e-3)
    full: np.ndarray = cv2.resize(mean, where.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return full


def _coarse(values: np.ndarray) -> np.ndarray:
    """Blurred, at half the size."""
    side = SIDE // 2
    return blurred(cv2.resize(values, (side, side), interpolation=cv2.INTER_AREA), 0.5 * _FINE * FACE_PX)
