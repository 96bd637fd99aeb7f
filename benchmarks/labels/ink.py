"""What of a label is to be seen, measured from the pixels of the picture alone: the letters' ink and their contrast.

It knows the rectangle that the label says it took, and nothing of how it is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fusion.sizing import Rect

FLAT = 0.4  # of the tallest letter: a lower one is a hyphen
LIT = 0.5  # of the way from the ground to the letters: from where a pixel is ink


@dataclass(frozen=True, slots=True)
class Ink:
    """What was measured.

    Attributes:
        letters: how many, without hyphens.
        smallest_px: rows of the lowest of them.
        contrast: of the letters against the lightest of what is under them, by WCAG 2.
    """

    letters: int
    smallest_px: int
    contrast: float


def measured(pixels: np.ndarray, box: Rect) -> Ink:
    """The label within `box` of (H, W, 3) uint8 sRGB.

    Raises:
        ValueError: there are no letters.
    """
    part = pixels[box.top : box.top + box.height, box.left : box.left + box.width]
    edge = max(2, round(0.06 * box.height))  # the plate's own edge, and what of the picture its round corners leave
    inner = luminance(part)[edge:-edge, edge + box.height // 5 : -edge - box.height // 5]
    ground, letter = float(np.median(inner)), float(inner.max())
    # In light as it is stored, half of the way is half of a pixel covered.
    levels = part[edge:-edge, edge + box.height // 5 : -edge - box.height // 5].min(axis=2).astype(np.float32)
    low, high = float(np.median(levels)), float(levels.max())
    if high - low < 16 or letter <= ground:
        raise ValueError("there are no letters here")
    lit = levels >= low + LIT * (high - low)
    heights = _letters(lit)
    tallest = max(heights)
    counted = [height for height in heights if height >= FLAT * tallest]
    near = cv2.dilate(lit.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    lightest = float(inner[~near].max())
    return Ink(len(counted), min(counted), (letter + 0.05) / (lightest + 0.05))


def luminance(pixels: np.ndarray) -> np.ndarray:
    """Relative luminance of (H, W, 3) uint8 sRGB, 0…1, as WCAG 2 defines it."""
    share = pixels.astype(np.float64) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    answer: np.ndarray = linear @ np.array([0.2126, 0.7152, 0.0722])
    return answer


def _letters(lit: np.ndarray) -> list[int]:
    """Rows of each letter: what is connected, and what stands above each other, as a dot above its i, is one."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(lit.astype(np.uint8), connectivity=8)
    spans = sorted((int(x), int(x + w), int(y), int(y + h)) for x, y, w, h, _ in stats[1:count])
    joined: list[list[int]] = []
    for left, right, top, bottom in spans:
        if joined and left < joined[-1][1]:
            last = joined[-1]
            joined[-1] = [last[0], max(last[1], right), min(last[2], top), max(last[3], bottom)]
        else:
            joined.append([left, right, top, bottom])
    return [bottom - top for _, _, top, bottom in joined]
