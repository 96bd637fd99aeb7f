"""The color of a face's skin, how far light and shade on it lie apart, and where it is burnt out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import cv2
import numpy as np

from fusion.faces import crop, mesh
from fusion.parsing import FaceMap, GlassesWorn

BLACK = 16.0  # L* at which the axis of CIELAB's cube root begins, below 0
CLIPPED = 253  # of 255, from which a channel says nothing: on skin red ends first, and the skin's hue with it
WHITE = 88  # per cent of an eye's pixels that are darker than the white of it: iris and lashes are
_FEW_OF_EYE = 10  # px of a parsed face's eye, below which it says nothing
_FEW = 200  # px of a parsed face's skin, some hundredth of it, below which nothing is said


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """How one face is lit.

    Attributes:
        skin: CIELAB in the middle of the skin; None where too little of it shows.
        paleness: stops that it is brighter than the whites of its eyes, which tells skin from exposure; None where the
            one or the other is not seen.
        contrast: stops between the darkest and the brightest tenth of the skin. Soft light makes 1, a low sun 4.
        burnt: (side, side) float32, 1 where a channel is at its end and nothing lies over the face.
    """

    skin: tuple[float, float, float] | None
    paleness: float | None
    contrast: float
    burnt: np.ndarray


def stops(darker: float, brighter: float) -> float:
    """How many stops lie between two lightnesses, L*."""
    return 3 * float(np.log2((brighter + BLACK) / (darker + BLACK)))


def on_face(pixels: np.ndarray, parsed: FaceMap) -> Light:
    """How a face is lit.

    Args:
        pixels: (H, W, 3) uint8 RGB, the whole photo.
    """
    cut = crop.cut_out(pixels, parsed.crop_from_photo, parsed.side)
    burnt = (reduce(np.maximum, cv2.split(cut)) >= CLIPPED).astype(np.float32) * (1 - parsed.on_top)
    bare = (parsed.skin * parsed.oval) > 0.5
    if int(bare.sum()) < _FEW:
        return Light(None, None, 0.0, burnt)
    smooth = cv2.GaussianBlur(cut, (0, 0), 0.02 * parsed.side)  # pores and creases are no light
    lab = _lab(smooth[bare])
    lightness, a, b = (float(value) for value in np.median(lab, axis=0))
    low, high = np.percentile(lab[:, 0], (10, 90))
    whites = _whites(cut, parsed)
    paleness = None if whites is None else stops(whites, lightness)
    return Light((lightness, a, b), paleness, stops(float(low), float(high)), burnt)


def _whites(cut: np.ndarray, parsed: FaceMap) -> float | None:
    """L* of the whites of the eyes, of the brighter one; None where neither is seen."""
    found = []
    for eye in (mesh.RIGHT_EYE, mesh.LEFT_EYE):
        open_ = np.zeros(cut.shape[:2], np.uint8)
        cv2.fillPoly(open_, [np.round(parsed.points[list(eye)] - 0.5).astype(np.int32)], 1)
        if int(open_.sum()) >= _FEW_OF_EYE and parsed.glasses != GlassesWorn.DARK:
            found.append(float(np.percentile(_lab(cut[open_ > 0])[:, 0], WHITE)))
    return max(found, default=None)


def _lab(pixels: np.ndarray) -> np.ndarray:
    """(N, 3) float32 CIELAB of (N, 3) uint8 RGB."""
    return cv2.cvtColor(pixels[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
