"""What a photo shows of a face, as far as it matters to another: its pose, light and detail, and what is hidden.

Measured on a small upright cut-out, so that a photo's size costs nothing, and told for each of the 478 landmarks where
it has a place, so that two faces can be compared wherever they are turned.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from fusion.faces import Face, crop, geometry, mesh, mirror
from fusion.parsing import FaceMap, parse

SIDE = 256  # px of the cut-out: a face is some 180 px wide in it
MARGIN = 1.1  # side of the cut-out per side of the landmarks' box
FINE, COARSE = 1.0, 4.0  # px of the cut-out: sigmas between which detail is compared with what is finer
# Finest detail over the next coarser one: blurred beyond telling, and sharp at this scale. In 34 portraits it came to
# 0.24…1.0, and blurred by 1, 2 and 4 px of the cut-out to a median of 0.22, 0.14 and 0.12.
BLURRED, CRISP = 0.10, 0.26
_LEAST_CRISP = 0.1
_FEW = 60  # px of skin below which nothing is said about light or detail


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One face in one photo.

    Attributes:
        yaw, pitch: degrees, as of `Face`.
        light: −1…1, how much brighter the cheek on the right of the upright face is than the one on the left: their
            difference over their sum; 0 where one of them is not to be seen.
        detail_px: how many px across the face the photo really has: its width, or less where it is blurred.
        hidden: (478,) float32, 0…1 for each landmark: covered by hair or something else, in a hard shadow, or outside
            the photo.
        area: (478,) float32, how much of the picture belongs to each landmark, in face widths²; 0 where the face is
            turned away.
    """

    yaw: float
    pitch: float
    light: float
    detail_px: float
    hidden: np.ndarray
    area: np.ndarray

    def mirrored(self) -> Look:
        """The same face in the mirror."""
        pairs = mirror.pairing()
        return replace(self, yaw=-self.yaw, light=-self.light, hidden=self.hidden[pairs], area=self.area[pairs])


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """A face upright: (SIDE, SIDE, 3) uint8, its landmarks there, and which pixels the photo has."""

    pixels: np.ndarray
    points: np.ndarray
    within: np.ndarray


def look(pixels: np.ndarray, face: Face, parsed: FaceMap | None = None) -> Look:
    """What the photo shows of a face.

    Args:
        pixels: (H, W, 3) uint8 RGB, the whole photo.
        parsed: what `fusion.parsing.parse` says of the same face; it is asked if None.
    """
    cut = _cut(pixels, face)
    return Look(
        yaw=face.yaw,
        pitch=face.pitch,
        light=_light(cut),
        detail_px=_detail_px(cut, face.width_px),
        hidden=_hidden(parsed or parse(pixels, face)),
        area=_area(face),
    )


def _cut(pixels: np.ndarray, face: Face) -> _Cut:
    points = face.landmarks.astype(np.float64)
    across, down = geometry.axes(points)
    turned = points @ np.stack([across, down], axis=1)
    low, high = turned.min(0), turned.max(0)
    centre = np.stack([across, down], axis=1) @ ((low + high) / 2)
    crop_from_photo = crop.upright(across, centre, MARGIN * float((high - low).max()), SIDE)
    within = crop.within(crop_from_photo, SIDE, pixels.shape[1], pixels.shape[0])
    there = points @ crop_from_photo[:, :2].T + crop_from_photo[:, 2]
    return _Cut(crop.cut_out(pixels, crop_from_photo, SIDE), there, within)


def _light(cut: _Cut) -> float:
    left, right = (_inside(cut, ids) & cut.within for ids in (mesh.RIGHT_CHEEK, mesh.LEFT_CHEEK))
    return crop.light_from_side(cut.pixels, left, right, _FEW)


def _detail_px(cut: _Cut, width_px: float) -> float:
    """The finest detail of the cut-out against the next coarser one: a photo that was enlarged or blurred has less."""
    luma = cv2.cvtColor(cut.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine, coarse = (cv2.GaussianBlur(luma, (0, 0), sigma) for sigma in (FINE, COARSE))
    face = _inside(cut, mesh.OVAL) & cut.within
    if int(face.sum()) < _FEW:
        return width_px
    ratio = float((luma - fine)[face].std() / max((fine - coarse)[face].std(), 1e-3))
    crisp = max((ratio - BLURRED) / (CRISP - BLURRED), _LEAST_CRISP)
    return width_px if crisp >= 1 else crisp * min(width_px, SIDE / MARGIN)


def _hidden(seen: FaceMap) -> np.ndarray:
    """(478,) float32: something lies over the face there, a hard shadow does, or the photo ends."""
    hidden = np.maximum.reduce([seen.on_top, seen.shadow, 1 - seen.within])
    column, row = np.round(seen.points - 0.5).astype(int).clip(0, seen.side - 1).T
    values: np.ndarray = hidden[row, column].astype(np.float32)
    return values


def _area(face: Face) -> np.ndarray:
    """(478,) float32: how much of the picture is around each landmark, in face widths²."""
    area = geometry.seen_area(np.column_stack([face.landmarks, face.depth]))
    return (area / face.width_px**2).astype(np.float32)


def _inside(cut: _Cut, ids: Iterable[int]) -> np.ndarray:
    """(SIDE, SIDE) bool: within the hull of some landmarks."""
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    hull = cv2.convexHull(cut.points[list(ids)].astype(np.float32))[:, 0]
    cv2.fillConvexPoly(canvas, np.round(hull - 0.5).astype(np.int32), 1)
    return canvas > 0
