"""Where a result is softer than its target. Pure."""

from __future__ import annotations

import cv2
import numpy as np

REACH = 0.04  # of the picture's longer side: the surroundings over which detail is averaged
LEAST = 0.4  # levels of L: less detail than that cannot be lost
BEGINS, FULL = 0.55, 0.2  # of the target's detail: what other people's skin has; and what makes a place soft altogether


def softness(result: np.ndarray, target: np.ndarray, where: np.ndarray) -> np.ndarray:
    """(H, W) float32: 0 where the result has 55 % of the target's fine detail or more, 1 where it has 20 % at most.

    Args:
        result, target: (H, W) float32, L of CIELAB.
        where: (H, W) bool; 0 elsewhere.
    """
    ours, theirs = (_detail(light) for light in (result, target))
    left = (ours + LEAST) / (theirs + LEAST)
    soft: np.ndarray = np.clip((BEGINS - left) / (BEGINS - FULL), 0, 1) * where
    return soft.astype(np.float32)


def _detail(light: np.ndarray) -> np.ndarray:
    fine = light - cv2.GaussianBlur(light, (0, 0), 2.0)
    side = 2 * round(REACH * max(light.shape)) + 1
    return np.sqrt(np.maximum(cv2.blur(fine**2, (side, side)), 0))
