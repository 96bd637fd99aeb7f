"""The colour of a face's skin, and how hard the light on it is."""

from __future__ import annotations

import cv2
import numpy as np

from fusion.faces import crop
from fusion.parsing import FaceMap

_FEW = 200  # px of a parsed face's skin, some hundredth of it, below which nothing is said
# Spread of lightness over the skin, L* between its 10th and 90th percentile: light from the front, and from one side.
SOFT_SPREAD, HARD_SPREAD = 16.0, 40.0


def on_skin(pixels: np.ndarray, parsed: FaceMap) -> tuple[tuple[float, float, float] | None, float]:
    """CIELAB in the middle of the skin, None where there is too little, and 0…1, how hard the light is.

    Args:
        pixels: (H, W, 3) uint8 RGB, the whole photo.
    """
    bare = (parsed.skin * parsed.oval) > 0.5
    if int(bare.sum()) < _FEW:
        return None, 0.0
    cut = crop.cut_out(pixels, parsed.crop_from_photo, parsed.side)
    smooth = cv2.GaussianBlur(cut, (0, 0), 0.02 * parsed.side)  # pores and creases are no light
    lab = cv2.cvtColor(smooth.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[bare]
    middle = np.median(lab, axis=0)
    low, high = np.percentile(lab[:, 0], (10, 90))
    hardness = float(np.clip((high - low - SOFT_SPREAD) / (HARD_SPREAD - SOFT_SPREAD), 0, 1))
    return (float(middle[0]), float(middle[1]), float(middle[2])), hardness
