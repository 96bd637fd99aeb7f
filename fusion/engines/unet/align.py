"""How the unet model wants a face to lie: five points, and the squares that it is cut out to.

Maps here are (2, 3) float64 matrices between pixel *indices* (the first pixel's centre is at 0), which is what the
model's networks were trained with; landmarks, whose pixel centres are at +0.5, are moved by half a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fusion.faces import geometry
from fusion.sizing import Rect
from fusion.types import Size

FIVE = (468, 473, 4, 61, 291)  # of the 478: irises, tip of the nose, corners of the mouth; left in the picture first
# Where they lie in ArcFace's crop of 112 px (Deng et al. 2019, the InsightFace template widened to a square).
_TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
_TEMPLATE_SIDE = 112
_SHRUNK = 0.85  # the generator's crop shows more around the face than ArcFace's
_PADDING = 0.25  # of the template's side, on each side of it, in the enhancer's crop

GENERATOR_SIDE = 256
ENHANCER_SIDE = 1024
GENERATOR_POINTS = ((_TEMPLATE - _TEMPLATE_SIDE / 2) * _SHRUNK + _TEMPLATE_SIDE / 2) * (GENERATOR_SIDE / _TEMPLATE_SIDE)
ENHANCER_POINTS = (_TEMPLATE + _PADDING * _TEMPLATE_SIDE) * (ENHANCER_SIDE / (_TEMPLATE_SIDE * (1 + 2 * _PADDING)))


@dataclass(frozen=True, slots=True, eq=False)
class Square:
    """An upright cut-out of a face, `side` px wide, and the map from a frame's pixels to its own."""

    side: int
    crop_from_frame: np.ndarray

    @property
    def frame_from_crop(self) -> np.ndarray:
        return np.asarray(cv2.invertAffineTransform(self.crop_from_frame))

    @property
    def enlargement(self) -> float:
        """Px of the frame per px of the crop."""
        return float(np.hypot(*self.frame_from_crop[:, 0]))

    def bounds(self, frame: Size) -> Rect:
        """The pixels of the frame that the square touches, with one more for interpolation."""
        ends = np.array([(x, y, 1) for x in (-1, self.side) for y in (-1, self.side)])
        corners = ends @ self.frame_from_crop.T
        left, top = np.floor(corners.min(0)).astype(int).clip(0, [frame.width, frame.height])
        right, bottom = (np.ceil(corners.max(0)).astype(int) + 1).clip([left, top], [frame.width, frame.height])
        return Rect(int(left), int(top), int(right - left), int(bottom - top))

    def within(self, region: Rect) -> Square:
        """The same square, seen from a region of the frame."""
        shift = self.crop_from_frame[:, :2] @ [region.left, region.top]
        return Square(self.side, np.column_stack([self.crop_from_frame[:, :2], self.crop_from_frame[:, 2] + shift]))


def five_points(landmarks: np.ndarray) -> np.ndarray:
    """(5, 2) float64 pixel indices, of (478, 2 or 3) landmarks."""
    return landmarks[list(FIVE), :2].astype(np.float64) - 0.5


def for_generator(points: np.ndarray) -> Square:
    """The generator's crop of 256 px; the fit is by least squares in the frame, as the model's own code does it."""
    frame_from_crop = _matrix(geometry.similarity(GENERATOR_POINTS, points))
    return Square(GENERATOR_SIDE, np.asarray(cv2.invertAffineTransform(frame_from_crop)))


def for_enhancer(points: np.ndarray) -> Square:
    """The enhancer's crop of 1024 px; the fit is by least squares in the crop, as the model's own code does it."""
    return Square(ENHANCER_SIDE, _matrix(geometry.similarity(points, ENHANCER_POINTS)))


def union(one: Rect, other: Rect) -> Rect:
    """The smallest rectangle around both."""
    left, top = min(one.left, other.left), min(one.top, other.top)
    right = max(one.left + one.width, other.left + other.width)
    bottom = max(one.top + one.height, other.top + other.height)
    return Rect(left, top, right - left, bottom - top)


def _matrix(fit: geometry.Similarity) -> np.ndarray:
    return np.column_stack([fit.scale * fit.rotation, fit.shift])
