"""Square cut-outs of a photo, turned and scaled: the map, the picture, and the side that its light comes from.

Maps are (2, 3) float64 similarities from px of the photo to px of the cut-out, both with pixel centres at +0.5.
"""

from __future__ import annotations

import cv2
import numpy as np

from fusion.faces import mesh

GAMMA = 2.2  # about sRGB's, to judge how much light there is
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)  # of linear red, green and blue


def upright(eyes: np.ndarray, centre: np.ndarray, side: float, crop_side: int) -> np.ndarray:
    """(2, 3) map from the photo to a cut-out of `crop_side` px, both px with pixel centres at +0.5.

    A similarity that lays the vector `eyes` level, `centre` in the middle and `side` px of the photo along the edge.
    """
    turn = np.array([[eyes[0], eyes[1]], [-eyes[1], eyes[0]]]) * (crop_side / side / max(float(np.hypot(*eyes)), 1e-6))
    return np.column_stack([turn, crop_side / 2 - turn @ centre])


def of_face(points: np.ndarray, margin: float, crop_side: int) -> np.ndarray:
    """(2, 3) map from the photo to a cut-out of `crop_side` px in which the face is upright and in the middle.

    Args:
        points: (478, 2) float64 landmarks, px of the photo.
        margin: side of the cut-out per side of the landmarks' box.
    """
    # the eyes on the left and on the right of the picture, which `fusion.faces` calls right and left
    eyes = points[list(mesh.LEFT_EYE_CORNERS)].mean(0) - points[list(mesh.RIGHT_EYE_CORNERS)].mean(0)
    x, y = eyes / max(float(np.hypot(*eyes)), 1e-6)
    level = np.array([[x, y], [-y, x]])
    turned = points @ level.T
    low, high = turned.min(0), turned.max(0)
    return upright(eyes, (low + high) / 2 @ level, margin * float((high - low).max()), crop_side)


def within(crop_from_photo: np.ndarray, side: int, width: int, height: int) -> np.ndarray:
    """(side, side) bool: which px of a cut-out a photo of width × height px has."""
    photo_from_crop = cv2.invertAffineTransform(crop_from_photo)
    places = np.arange(side) + 0.5
    rows, columns = places[:, None], places
    across = photo_from_crop[0, 0] * columns + photo_from_crop[0, 1] * rows + photo_from_crop[0, 2]
    down = photo_from_crop[1, 0] * columns + photo_from_crop[1, 1] * rows + photo_from_crop[1, 2]
    inside: np.ndarray = (across >= 0) & (across < width) & (down >= 0) & (down < height)
    return inside


def light_from_side(pixels: np.ndarray, left: np.ndarray, right: np.ndarray, few: int) -> float:
    """−1…1: how much brighter the right cheek is than the left one, their difference over their sum.

    Args:
        pixels: (side, side, 3) uint8 RGB, an upright face.
        left, right: (side, side) bool, the cheeks as they lie in the picture.
        few: px of a cheek, below which the answer is 0.
    """
    cheeks = [pixels[cheek] for cheek in (left, right)]
    if min(map(len, cheeks)) < few:
        return 0.0
    one, other = (float(np.median((cheek / np.float32(255)) ** GAMMA @ LUMINANCE)) for cheek in cheeks)
    return (other - one) / max(other + one, 1e-6)


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
