"""The color of a face's skin, how far light and shade on it lie apart, and where it is burnt out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fusion.faces import crop
from fusion.parsing import FaceMap

BLACK = 16.0  # L* at which the axis of CIELAB's cube root begins, below 0
CLIPPED = 253  # of 255, from which a channel says nothing: on skin red ends first, and the skin's hue with it
_FEW = 200  # px of a parsed face's skin, some hundredth of it, below which nothing is said


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """How one face is lit.

    Attributes:
        skin: CIELAB in the middle of the skin; None where too little of it shows.
        contrast: stops between the darkest and the brightest tenth of the skin. Soft light makes 1, a low sun 4.
        burnt: (side, side) float32, 1 where a channel is at its end and nothing lies over the face.
    """

    skin: tuple[float, float, float] | None
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
    burnt = (cut.max(axis=-1) >= CLIPPED).astype(np.float32) * (1 - parsed.on_top)
    bare = (parsed.skin * parsed.oval) > 0.5
    if int(bare.sum()) < _FEW:
        return Light(None, 0.0, burnt)
    smooth = cv2.GaussianBlur(cut, (0, 0), 0.02 * parsed.side)  # pores and creases are no light
    lab = cv2.cvtColor(smooth.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[bare]
    lightness, a, b = (float(value) for value in np.median(lab, axis=0))
    low, high = np.percentile(lab[:, 0], (10, 90))
    return Light((lightness, a, b), stops(float(low), float(high)), burnt)
