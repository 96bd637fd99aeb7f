"""Square cut-outs of a photo, turned and scaled: the map, and the picture.

Maps are (2, 3) float64 similarities from px of the photo to px of the cut-out, both with pixel centres at +0.5.
"""

from __future__ import annotations

import cv2
import numpy as np


def upright(eyes: np.ndarray, centre: np.ndarray, side: float, crop_side: int) -> np.ndarray:
    """(2, 3) map from the photo to a cut-out of `crop_side` px, both px with pixel centres at +0.5.

    A similarity that lays the vector `eyes` level, `centre` in the middle and `side` px of the photo along the edge.
    """
    turn = np.array([[eyes[0], eyes[1]], [-eyes[1], eyes[0]]]) * (crop_side / side / max(float(np.hypot(*eyes)), 1e-6))
    return np.column_stack([turn, crop_side / 2 - turn @ centre])


def cut_out(pixels: np.ndarray, crop_from_photo: np.ndarray, side: int) -> np.ndarray:
    """The (side, side, 3) uint8 picture that `crop_from_photo` (2, 3) cuts from `pixels`; edges are repeated outwards.

    Shrinks by area before it turns, so that large faces do not alias.
    """
    photo_from_crop = cv2.invertAffineTransform(crop_from_photo)
    corners = np.array([[0, 0], [side, 0], [0, side], [side, side]]) @ photo_from_crop[:, :2].T + photo_from_crop[:, 2]
    size = np.array(pixels.shape[1::-1])
    low = np.clip(np.floor(corners.min(axis=0)) - 2, 0, size - 1).astype(int)
    high = np.maximum(np.clip(np.ceil(corners.max(axis=0)) + 2, 1, size).astype(int), low + 1)
    part = pixels[low[1] : high[1], low[0] : high[0]]
    times = int(min(1 / np.hypot(*crop_from_photo[:, 0]), *(high - low)))
    if times > 1:
        high = low + np.maximum((high - low) // times, 1) * times  # whole multiples shrink fastest
        part = pixels[low[1] : high[1], low[0] : high[0]]
        part = cv2.resize(part, None, fx=1 / times, fy=1 / times, interpolation=cv2.INTER_AREA)
    # photo = part * times + low, all with centres at +0.5; warpAffine's own centres are whole numbers
    turn = crop_from_photo[:, :2] * max(times, 1)
    shift = crop_from_photo[:, :2] @ low + crop_from_photo[:, 2]
    shift = shift + turn @ np.array([0.5, 0.5]) - 0.5
    return cv2.warpAffine(
        part, np.column_stack([turn, shift]), (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
