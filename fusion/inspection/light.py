"""Light that does not belong: islands, stains, and faces that are ashen or dark as a whole."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from fusion.inspection.ghosts import frame_of_source
from fusion.inspection.regions import disc, shrunk
from fusion.inspection.scene import FACE_PX, Picture, Scene
from fusion.inspection.skin import SKIN, blurred
from fusion.inspection.tone import bare_skin

GLARE_L = 7.0  # of lightness, brighter than either photo
STAIN_L = 29.0  # of lightness, darker than the target among brows, nose and mouth: another's beard, fringe or rims
LAID_BARE_L = 41.0  # of lightness, brighter than the target beside an eye: it lay under hair
FAINT = 1.42  # times: how much stronger brows, eyes, nose and mouth are in the source, in its own light
SOFT = 1.62  # times: likewise in the target
STOPS = 0.42  # that skin is brighter or darker than the target's as a whole
_FINE = 0.015  # of the face width: what is finer is texture
_NEARBY = 0.03  # of the face width: what a contour may have moved by
_DETAIL = 0.02  # of the face width: what is coarser is light
_DARK = 5.0  # lightness, below which there is no telling


def islands(scene: Scene, result: Picture) -> np.ndarray:
    """(SIDE, SIDE): how much brighter than either photo nearby, over its limit; 0 off the face.

    Photos are taken as they would be with the result's skin: with its lightness added, and multiplied.
    """
    brightest = np.maximum.reduce([*_as_lit(scene.target, result), *_as_lit(scene.source, result)])
    above = result.smooth(_FINE)[..., 0] - cv2.dilate(brightest, disc(_NEARBY * FACE_PX))
    return np.where(_face(scene), above / GLARE_L, 0)


def stains(scene: Scene, result: Picture) -> np.ndarray:
    """(SIDE, SIDE): how much darker than the target nearby, among the features, or brighter, beside the eyes.

    Over its limit; 0 elsewhere. Lids and lips have a colour of their own.
    """
    places, light = scene.places, result.smooth(_FINE)[..., 0]
    lit, near = list(_as_lit(scene.target, result)), disc(_NEARBY * FACE_PX)
    darker = (cv2.erode(np.minimum(*lit), near) - light) / STAIN_L
    brighter = (light - cv2.dilate(np.maximum(*lit), near)) / LAID_BARE_L
    area = _face(scene) & places.core & ~places.coloured
    return np.where(area, np.maximum(darker, np.where(places.eyes, brighter, 0)), 0)


def _face(scene: Scene) -> np.ndarray:
    face: np.ndarray = shrunk(scene.places.oval, 0.03 * FACE_PX) & ~scene.views.narrow
    return face


def _as_lit(photo: Picture, result: Picture) -> Iterator[np.ndarray]:
    light = np.ascontiguousarray(photo.smooth(_FINE)[..., 0])
    yield light + (result.light - photo.light)
    yield light * (result.light / max(photo.light, _DARK))


def ashen(scene: Scene, result: Picture, glasses: np.ndarray) -> tuple[float, np.ndarray]:
    """How far the features are fainter than in the photos, or the skin off the target's lightness, over their limits.

    And where: the features, or the skin.

    Args:
        glasses: (SIDE, SIDE) bool, where glasses are that came along whole: beside their frame features are faint.
    """
    features = scene.places.core & _face(scene)
    skin = bare_skin(scene) & (result.skin.far < SKIN)
    faint = 0.0
    if not glasses.any():
        faint = _strength(scene.target, features) / SOFT
        if frame_of_source(scene) is None:  # else it is the frame that is strong
            faint = max(faint, _strength(scene.source, features) / FAINT)
    return max(
        (faint / max(_strength(result, features), 1e-3), features),
        (_stops(result, scene.target, skin) / STOPS, skin),
        key=lambda each: each[0],
    )


def _stops(one: Picture, other: Picture, area: np.ndarray) -> float:
    """Between the luminances (CIE 15:2004) of an area in two pictures, exposure values."""
    if not area.any():
        return 0.0
    ours, theirs = (((max(float(np.median(each.lab[..., 0][area])), _DARK) + 16) / 116) ** 3 for each in (one, other))
    return abs(float(np.log2(ours / theirs)))


def _strength(picture: Picture, area: np.ndarray) -> float:
    """Contrast of an area's detail, in shares of the skin's lightness."""
    if not area.any():
        return 0.0
    light = np.ascontiguousarray(picture.lab[..., 0])
    return float(np.std((light - blurred(light, _DETAIL * FACE_PX))[area])) / max(picture.light, _DARK)
