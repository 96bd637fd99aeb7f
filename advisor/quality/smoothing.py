"""How much of its texture and grain a fused face's skin has kept, against both photos that it came from. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from advisor.quality import sharpness
from advisor.quality.crops import Crop
from advisor.quality.noise import noise as noise_of

LEAST_TEXTURE, LEAST_NOISE = 0.05, 0.03  # levels of L: what rounding to bytes leaves of smooth skin


def skin_kept(result: Crop, photos: Sequence[Crop]) -> float:
    """1 where the skin is as rough as in the photos, towards 0 where it was smoothed away; noise raises it. 5 ms.

    The geometric mean of texture and of grain, each over its geometric mean in the photos. Which of the two photos the
    skin came from cannot be told from pictures, and most skin that is smooth was so in one of them. Own formula.

    Args:
        result, photos: the faces at one scale, with at least one photo.
    """
    return float(np.exp(_roughness(result) - np.mean([_roughness(photo) for photo in photos])))


def _roughness(crop: Crop) -> float:
    """Logarithm."""
    texture = sharpness.texture(crop.light, crop.skin) + LEAST_TEXTURE
    noise = noise_of(crop.light, crop.skin) + LEAST_NOISE
    return float(np.log(texture * noise) / 2)
