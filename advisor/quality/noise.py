"""Noise, and what JPEG leaves. Pure."""

from __future__ import annotations

import cv2
import numpy as np

_LAPLACE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
FEW = 40  # px below which nothing can be said
BLOCK = 8  # px, JPEG's
MOST_STEP = 24.0  # levels: what differs by more is an edge of the picture
LEAST_STEP = 2.0  # levels: a difference that small is not seen, in an even area either


def noise(light: np.ndarray, where: np.ndarray) -> float:
    """Standard deviation of the grain, levels of L.

    Of what a second difference in both directions leaves (Immerkær, Fast noise variance estimation, 1996), by its
    median, so that edges do not count. 1 ms for 300² px.

    Args:
        light: (H, W) float32, L of CIELAB.
        where: (H, W) bool; even areas, such as skin.
    """
    if int(where.sum()) < FEW:
        return 0.0
    return float(1.4826 * np.median(np.abs(cv2.filter2D(light, cv2.CV_32F, _LAPLACE)[where])))


def blockiness(pixels: np.ndarray) -> float:
    """How much more neighbours differ across the edges of 8 px blocks than within; 1 for none. 10 ms for 1024² px.

    Approximates OFIQ's NoCompressionArtifacts; not a conformant score. Blocks of a picture that was resized or turned
    after it was compressed are not seen; where the grid begins does not matter.

    Args:
        pixels: (H, W, 3) uint8.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    ratios = [_steps(grey), _steps(grey.T)]
    return float(np.sqrt(ratios[0] * ratios[1]))


def _steps(grey: np.ndarray) -> float:
    """Across one direction: the most that one of eight phases differs, over the median of the others."""
    step = np.abs(np.diff(grey, axis=1))
    # an edge of the picture, or a slope, changes its neighbours as well
    own = np.minimum(step[:, 1:-1] - (step[:, :-2] + step[:, 2:]) / 2, MOST_STEP)
    base = np.minimum(step, MOST_STEP).mean() + LEAST_STEP
    columns = own.mean(axis=0)
    columns = columns[: len(columns) // BLOCK * BLOCK].reshape(-1, BLOCK).mean(axis=0)
    best = int(columns.argmax())
    return float(max(1.0, 1 + (columns[best] - np.median(np.delete(columns, best))) / base))
