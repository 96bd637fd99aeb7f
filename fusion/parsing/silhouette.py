"""Where the person is in a picture, as a segmentation network sees it."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Silhouette(Protocol):
    """Tells a person, hair and hat included, from the background."""

    def of(self, pixels: np.ndarray) -> np.ndarray:
        """(H, W) float32, 0…1: how likely each pixel is a person. `pixels`: (H, W, 3) uint8 RGB."""
        ...
