"""The part of a picture around a face, no larger than measuring needs, and what of it is skin, features, surroundings.

Parts are cut straight, not turned: turning interpolates, and interpolating blurs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from advisor.quality.sharpness import Steepness
from fusion.faces import geometry, mesh
from fusion.types import Box

MARGIN = 0.45  # of the face's width, around the landmarks' box: room for a ring
CORE = 0.12  # of the width: how far the core of a face keeps from its outline
RING = (0.04, 0.4)  # of the face's width: how far from the face's outline its surroundings begin and end
RIM = (0.05, 0.15)  # likewise, inwards
FEATURES = (mesh.RIGHT_EYE_AROUND, mesh.LEFT_EYE_AROUND, mesh.RIGHT_BROW, mesh.LEFT_BROW, mesh.LIPS_OUTER)
FOREHEAD = (151, 108, 69, 104, 105, 66, 107, 9, 336, 296, 334, 333, 299, 337)
SKIN = (mesh.RIGHT_CHEEK, mesh.LEFT_CHEEK, mesh.NOSE, FOREHEAD)


@dataclass(frozen=True, eq=False)
class Crop:
    """A part of a picture.

    Attributes:
        pixels: (h, w, 3) uint8.
        points: (478, 2) landmarks in px of the part.
        box: what it covers, px of the picture.
        scale: px of the part per px of the picture, at most 1.
    """

    pixels: np.ndarray
    points: np.ndarray
    box: Box
    scale: float

    @property
    def width_px(self) -> float:
        """Of the face, as in `fusion.faces.geometry.face_width`."""
        return geometry.face_width(self.points)

    @cached_property
    def lab(self) -> np.ndarray:
        """(h, w, 3) float32 CIELAB, L 0…100."""
        return cv2.cvtColor(self.pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)

    @cached_property
    def light(self) -> np.ndarray:
        """(h, w) float32: L."""
        return np.ascontiguousarray(self.lab[..., 0])

    @cached_property
    def steep(self) -> Steepness:
        """Of its lightness."""
        return Steepness.of(self.light)

    @cached_property
    def oval(self) -> np.ndarray:
        """(h, w) bool: within the face's outline."""
        return self._filled([mesh.OVAL])

    @cached_property
    def features(self) -> np.ndarray:
        """(h, w) bool: eyes, brows and lips, each with a little room."""
        side = max(1, round(0.05 * self.width_px))
        hulls = self._hulls(FEATURES).astype(np.uint8)
        return cv2.dilate(hulls, np.ones((side, side), np.uint8)) > 0

    @cached_property
    def skin(self) -> np.ndarray:
        """(h, w) bool: cheeks, nose and forehead, without features and the face's outermost rim."""
        side = max(1, round(0.06 * self.width_px))
        inner = cv2.erode(self.oval.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
        return self._hulls(SKIN) & inner & ~self.features

    @cached_property
    def core(self) -> np.ndarray:
        """(h, w) bool: the oval without its rim, where a fused face lies whole."""
        side = 2 * round(CORE * self.width_px) + 1
        return cv2.erode(self.oval.astype(np.uint8), np.ones((side, side), np.uint8)) > 0

    @cached_property
    def ring(self) -> np.ndarray:
        """(h, w) bool: the face's surroundings."""
        away = cv2.distanceTransform((~self.oval).astype(np.uint8), cv2.DIST_L2, 5)
        near, far = (share * self.width_px for share in RING)
        return (away > near) & (away < far)

    @cached_property
    def rim(self) -> np.ndarray:
        """(h, w) bool: the face right within its outline."""
        inwards = cv2.distanceTransform(self.oval.astype(np.uint8), cv2.DIST_L2, 5)
        near, far = (share * self.width_px for share in RIM)
        return (inwards > near) & (inwards < far)

    def smaller(self, scale: float) -> Crop:
        """The same part with `scale` px per px of the picture; itself where that is no less."""
        if scale >= 0.999 * self.scale:
            return self
        height, width = self.pixels.shape[:2]
        size = max(8, round(width * scale / self.scale)), max(8, round(height * scale / self.scale))
        per_axis = np.array([size[0] / width, size[1] / height])
        pixels = cv2.resize(self.pixels, size, interpolation=cv2.INTER_AREA)
        return Crop(pixels, self.points * per_axis, self.box, scale)

    def _filled(self, outlines: Iterable[Iterable[int]]) -> np.ndarray:
        return _polygons([self.points[list(ids)] for ids in outlines], self.pixels.shape)

    def _hulls(self, groups: Iterable[Iterable[int]]) -> np.ndarray:
        hulls = [cv2.convexHull(self.points[list(ids)].astype(np.float32))[:, 0] for ids in groups]
        return _polygons(hulls, self.pixels.shape)


def around(pixels: np.ndarray, points: np.ndarray, most_px: float, margin: float = MARGIN) -> Crop:
    """The part around a face, shrunk so that the face is at most `most_px` wide; never enlarged.

    Args:
        pixels: (H, W, 3) uint8, the whole picture.
        points: (478, 2) landmarks, px of it.
        margin: of the face's width, kept around the landmarks' box where the picture has it.
    """
    room = margin * geometry.face_width(points)
    size = np.array(pixels.shape[1::-1])
    low = np.clip(np.floor(points.min(0) - room), 0, size - 8).astype(int)
    high = np.clip(np.ceil(points.max(0) + room), low + 8, size).astype(int)
    part = pixels[low[1] : high[1], low[0] : high[0]]
    box = Box(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    whole = Crop(np.ascontiguousarray(part), points - low, box, 1.0)
    return whole.smaller(most_px / max(geometry.face_width(points), 1e-6))


def at_eyes(pixels: np.ndarray, points: np.ndarray, inter_eye_px: float, most_px: float, margin: float) -> Crop:
    """Likewise, shrunk so that the eyes are at most `most_px` apart."""
    return around(pixels, points, most_px * geometry.face_width(points) / max(inter_eye_px, 1e-6), margin)


def _polygons(outlines: Iterable[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    canvas = np.zeros(shape[:2], np.uint8)
    for outline in outlines:
        cv2.fillPoly(canvas, [np.round(outline - 0.5).astype(np.int32)], 1)
    return canvas > 0
