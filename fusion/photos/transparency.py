"""A picture that is transparent beside the photo: its alpha channel, and how that is shown."""

from __future__ import annotations

import numpy as np

from fusion.sizing import Rect
from fusion.types import Size

CHECKS = 64  # along the longer side
_LIGHT, _DARK = 255, 204  # sRGB, as image editors show what is transparent


def alpha_of(shape: tuple[int, ...], opaque: Rect, rows: slice = slice(None)) -> np.ndarray:
    """(h, W) uint8: 255 where the picture is opaque, 0 beside it.

    Args:
        shape: height and width of the picture.
        rows: that are wanted.
    """
    height, width = shape[:2]
    top, bottom, _ = rows.indices(height)
    alpha = np.zeros((bottom - top, width), np.uint8)
    first, last = max(opaque.top - top, 0), max(opaque.top + opaque.height - top, 0)
    alpha[first:last, opaque.left : opaque.left + opaque.width] = 255
    return alpha


def opaque_part(alpha: np.ndarray) -> Rect | None:
    """What is not wholly transparent of an alpha channel (H, W): the box around it, None where that is everything."""
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not rows.size or (rows.size, columns.size) == alpha.shape:
        return None
    return Rect(int(columns[0]), int(rows[0]), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)


def checkered(pixels: np.ndarray, opaque: Rect, size: Size) -> np.ndarray:
    """The picture as people are shown it: on a chequered ground. (h, w, 3) uint8, a new one.

    Args:
        pixels: (h, w, 3) uint8, the picture or a smaller one of it.
        opaque: of the whole picture, px, which is of this `size`.
    """
    height, width = pixels.shape[:2]
    check = max(1, round(max(height, width) / CHECKS))
    odd = (np.arange(height)[:, None] // check + np.arange(width) // check) % 2
    shown = np.repeat(np.where(odd, _DARK, _LIGHT).astype(np.uint8)[..., None], 3, axis=2)
    across, down = width / size.width, height / size.height
    rows = slice(round(opaque.top * down), round((opaque.top + opaque.height) * down))
    columns = slice(round(opaque.left * across), round((opaque.left + opaque.width) * across))
    shown[rows, columns] = pixels[rows, columns]
    return shown
