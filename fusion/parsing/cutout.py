"""The small upright picture of a face that parsing looks at."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from fusion.faces import Face, crop, geometry, mesh
from fusion.parsing import shapes

BLACK = 16  # L of CIELAB at which the axis of its cube roots begins, below 0: chroma of one surface goes with L + 16
_FINE, _COARSE, _WINDOW = 0.7, 2.0, 2.5  # px: hair is as thin as a pixel here
SIDE = 256  # px of the cut-out: what is narrower than a pixel here does not matter
MARGIN = 1.55  # side of the cut-out per side of the landmarks' box: hair, hats and the arms of glasses are in it


@dataclass(frozen=True, eq=False)
class Cutout:
    """A face upright, its landmarks there, and which pixels the photo has.

    Attributes:
        pixels: (side, side, 3) uint8 RGB; edges of the photo are repeated outwards.
        points: (478, 2) float32 px of the cut-out.
        crop_from_photo: (2, 3), as in `fusion.faces.crop`.
        within: (side, side) float32, 1 where the photo has pixels.
    """

    pixels: np.ndarray
    points: np.ndarray
    crop_from_photo: np.ndarray
    within: np.ndarray
    _drawn: dict[tuple[int, ...], np.ndarray] = field(default_factory=dict)
    _hulls: dict[tuple[int, ...], np.ndarray] = field(default_factory=dict)

    @cached_property
    def least(self) -> np.ndarray:
        """(side, side) uint8: the least of red, green and blue; at its end where color says nothing."""
        return np.minimum(np.minimum(self.pixels[..., 0], self.pixels[..., 1]), self.pixels[..., 2])

    @property
    def side(self) -> int:
        return len(self.pixels)

    @cached_property
    def width(self) -> float:
        """The face width, px of the cut-out."""
        return geometry.face_width(self.points)

    @cached_property
    def lab(self) -> np.ndarray:
        """(side, side, 3) float32 CIELAB."""
        return cv2.cvtColor(self.pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)

    @cached_property
    def steepness(self) -> np.ndarray:
        """(side, side) float32: how fast color changes within two px, CIELAB units per px; lightness counts less."""
        smooth = cv2.GaussianBlur(self.lab, (0, 0), max(0.6, 0.008 * self.width)) * np.array([0.6, 1, 1], np.float32)
        across, down = (cv2.Sobel(smooth, cv2.CV_32F, x, 1 - x, scale=1 / 8) for x in (1, 0))
        squares = sum(cv2.split(across**2 + down**2))
        return cv2.dilate(np.sqrt(squares), np.ones((5, 5), np.uint8))

    @cached_property
    def oval(self) -> np.ndarray:
        """(side, side) float32, 1 inside the face."""
        return self.polygon(mesh.OVAL)

    @cached_property
    def depth(self) -> np.ndarray:
        """(side, side) float32: how far inside the face's outline each pixel is, px; 0 outside."""
        return shapes.away_from(1 - self.oval)

    @cached_property
    def light(self) -> np.ndarray:
        """(side, side) float32: log lightness, in which a shadow is a step of one size on fair and on dark skin."""
        return np.log(self.lab[..., 0] + BLACK)

    @cached_property
    def texture(self) -> np.ndarray:
        """(side, side) float32: how much log lightness varies within a few px. Smooth skin has 0.005, hair 0.03."""
        smooth = cv2.GaussianBlur(self.light, (0, 0), _FINE)
        fine = smooth - cv2.GaussianBlur(smooth, (0, 0), _COARSE)
        return np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), _WINDOW))

    def polygon(self, ids: tuple[int, ...]) -> np.ndarray:
        """(side, side) float32, 1 inside the outline of some landmarks. Not to be written to."""
        if ids not in self._drawn:
            self._drawn[ids] = shapes.polygon(self.points[list(ids)], self.side)
        return self._drawn[ids]

    def hull(self, ids: tuple[int, ...]) -> np.ndarray:
        """(side, side) float32, 1 inside the convex hull of some landmarks. Not to be written to."""
        if ids not in self._hulls:
            self._hulls[ids] = shapes.hull(self.points[list(ids)], self.side)
        return self._hulls[ids]


def cut(pixels: np.ndarray, face: Face, side: int = SIDE) -> Cutout:
    """The upright surroundings of a face.

    Args:
        pixels: (H, W, 3) uint8 RGB, the whole photo.
    """
    points = face.landmarks.astype(np.float64)
    crop_from_photo = crop.of_face(points, MARGIN, side)
    return Cutout(
        crop.cut_out(pixels, crop_from_photo, side),
        (points @ crop_from_photo[:, :2].T + crop_from_photo[:, 2]).astype(np.float32),
        crop_from_photo,
        crop.within(crop_from_photo, side, pixels.shape[1], pixels.shape[0]).astype(np.float32),
    )
