"""Hard shadows and burnt highlights."""

from __future__ import annotations

import numpy as np

from fusion.parsing import shapes
from fusion.parsing.cutout import Cutout

CLIPPED_FROM, CLIPPED_AT = 250, 254  # of 255, the least channel


def burnt(cutout: Cutout) -> np.ndarray:
    """(side, side) float32: where all channels are at their end."""
    clipped = shapes.rising(cutout.pixels.min(2).astype(np.float32), CLIPPED_FROM, CLIPPED_AT)
    return shapes.soft(clipped, 0.005 * cutout.width)


def hard_shadow(cutout: Cutout, skin: np.ndarray) -> np.ndarray:
    """(side, side) float32: skin far darker than the lit part of the face. `skin`: (side, side) likelihood."""
    bare = skin > 0.5
    if not bare.any():
        return np.zeros_like(skin)
    lit = float(np.percentile(cutout.lab[..., 0][bare], 75))
    return shapes.soft(shapes.rising(lit - cutout.lab[..., 0], 25, 35) * skin, 0.01 * cutout.width)
