"""Masks of polygons and what is done with masks; all (H, W) float32 in 0…1."""

from __future__ import annotations

from functools import reduce

import cv2
import numpy as np

_SHIFT = 4  # OpenCV takes polygon corners in 1/16 px


def polygon(points: np.ndarray, side: int) -> np.ndarray:
    """(side, side), 1 inside the polygon `points` (N, 2) px, anti-aliased over its edge."""
    canvas = np.zeros((side, side), np.uint8)
    corners = np.round((points - 0.5) * (1 << _SHIFT)).astype(np.int32)  # OpenCV's pixel centres are whole numbers
    cv2.fillPoly(canvas, [corners], 255, cv2.LINE_AA, _SHIFT)
    return canvas.astype(np.float32) / 255


def hull(points: np.ndarray, side: int) -> np.ndarray:
    """(side, side), 1 inside the convex hull of `points` (N, 2) px."""
    return polygon(cv2.convexHull(points.astype(np.float32))[:, 0], side)


def either(*masks: np.ndarray) -> np.ndarray:
    """The greatest of some masks at each pixel."""
    return reduce(np.maximum, masks)


def grown(mask: np.ndarray, radius: float) -> np.ndarray:
    """The mask, `radius` px wider on every side."""
    if radius < 0.5:
        return mask
    away = away_from(mask)
    near = np.clip(np.subtract(np.float32(radius + 0.5), away, out=away), 0, 1, out=away)
    return np.maximum(mask, near).astype(np.float32, copy=False)


def away_from(mask: np.ndarray) -> np.ndarray:
    """The distance of each pixel from the mask, px; 0 in it."""
    return cv2.distanceTransform((mask < 0.5).view(np.uint8), cv2.DIST_L2, 5)


def soft(mask: np.ndarray, sigma: float) -> np.ndarray:
    """The mask with an edge that is `sigma` px soft."""
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(0.5, sigma))


def rising(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below `low`, 1 above `high`, a cubic between."""
    step = np.clip((value - low) * (1 / (high - low)), 0, 1)
    return (step * step * (3 - 2 * step)).astype(np.float32, copy=False)


def guided(guide: np.ndarray, mask: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """The mask with the edges of `guide` (H, W) float32 (He, Sun and Tang 2013).

    `epsilon`: variance of the guide below which an area counts as flat.
    """

    def mean(image: np.ndarray) -> np.ndarray:
        return cv2.boxFilter(image, -1, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT)

    middle, level = mean(mask), mean(guide)
    slope = (mean(guide * mask) - level * middle) / (mean(guide * guide) - level * level + epsilon)
    return np.clip(mean(slope) * guide + mean(middle - slope * level), 0, 1).astype(np.float32)


def parts(mask: np.ndarray) -> tuple[int, np.ndarray]:
    """How many connected parts there are, the ground included, and (H, W) int32, which one each pixel is of."""
    count, labels = cv2.connectedComponents((mask > 0.5).astype(np.uint8), connectivity=8)
    return count, labels


def touching(mask: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(H, W) bool: the connected parts of a mask that touch another; both bool."""
    count, labels = parts(mask.astype(np.float32))
    near = cv2.dilate(other.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    touches = np.bincount(labels[near], minlength=count) > 0
    touches[0] = False
    found: np.ndarray = touches[labels]
    return found
