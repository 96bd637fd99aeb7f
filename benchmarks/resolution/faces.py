"""What is measured of a face in a large picture: how blurred it is, and how far its edges overshoot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from skimage.measure import blur_effect

from fusion.faces import mesh
from fusion.faces.crop import cut_out, upright

CROP_WIDTH = 2.4  # of the distance between the eyes
CROP_DOWN = 0.4  # of it: how far below the eyes the middle of the crop lies

REACH = 6  # px on either side of an edge in which it may overshoot
PLATEAU = (8, 14)  # px from an edge: where the level is read that it should have come to
DISTANCES = np.arange(-PLATEAU[1], PLATEAU[1] + 1.0)
STEEP = 0.5  # levels of L per px, from which an edge is a strong one
STEP = 8.0  # levels of L between the two sides at least
EVEN = 2.0  # levels of L that either may vary, standard deviation
EDGES_LEAST = 50
PERCENTILE = 95.0


def normalised(pixels: np.ndarray, points: np.ndarray, inter_eye_px: int) -> np.ndarray:
    """(N, N, 3) uint8: a face upright, so large that its eyes are `inter_eye_px` apart.

    Args:
        pixels: (H, W, 3) uint8.
        points: (478, 2) landmarks, px, pixel centres at +0.5.
        inter_eye_px: of the crop.
    """
    side = round(CROP_WIDTH * inter_eye_px)
    return cut_out(pixels, _to_crop(points, inter_eye_px), side)


def _to_crop(points: np.ndarray, inter_eye_px: int) -> np.ndarray:
    """(2, 3): from px of the picture to px of the crop."""
    eyes, middle, distance = _eyes(points)
    down = np.array([-eyes[1], eyes[0]]) / max(distance, 1e-6)
    return upright(eyes, middle + CROP_DOWN * distance * down, CROP_WIDTH * distance, round(CROP_WIDTH * inter_eye_px))


def inter_eye(points: np.ndarray) -> float:
    """Distance between the middles of the eyes, px."""
    return _eyes(points)[2]


def _eyes(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    left, right = (points[list(corners), :2].mean(0) for corners in (mesh.RIGHT_EYE_CORNERS, mesh.LEFT_EYE_CORNERS))
    return right - left, (left + right) / 2, float(np.linalg.norm(right - left))


def blur(pixels: np.ndarray) -> float:
    """scikit-image's `blur_effect` of a picture's lightness: 0 sharp, 1 blurred."""
    effect: Any = blur_effect
    return float(effect(lightness(pixels) / 100))


def lightness(pixels: np.ndarray) -> np.ndarray:
    """(H, W) float32: L of CIELAB, 0 to 100, of (H, W, 3) uint8 sRGB."""
    return np.ascontiguousarray(cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[..., 0])


def around(pixels: np.ndarray, points: np.ndarray, margin_px: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """The part of a picture around a face, and the face's points in it."""
    low = np.maximum(np.floor(points[:, :2].min(0)).astype(int) - margin_px, 0)
    high = np.ceil(points[:, :2].max(0)).astype(int) + margin_px
    return pixels[low[1] : high[1], low[0] : high[0]], points[:, :2] - low


def oval(shape: tuple[int, ...], points: np.ndarray) -> np.ndarray:
    """(H, W) bool: inside the outline of the face."""
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(points[list(mesh.OVAL), :2]).astype(np.int32)], (1,))
    return mask.astype(bool)


def own_halo(pixels: np.ndarray, points: np.ndarray, inter_eye_px: int | None = None) -> float | None:
    """The halo of a face of `pixels` (H, W, 3) uint8 at its own edges; see `halo`.

    With `inter_eye_px` in a crop of that scale, where halos are found that are too wide for the picture's own.
    """
    if inter_eye_px is None:
        part, places = around(pixels, points)
    else:
        map_ = _to_crop(points, inter_eye_px)
        part = normalised(pixels, points, inter_eye_px)
        places = points[:, :2] @ map_[:, :2].T + map_[:, 2]
    light = lightness(part)
    return halo(light, edges(light, oval(part.shape, places)))


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Strong edges of a picture: (N,) rows and columns, and (2, N) x and y of the way towards their bright side."""

    rows: np.ndarray
    columns: np.ndarray
    way: np.ndarray

    def only(self, which: np.ndarray) -> Edges:
        """Some of them, by (N,) bool."""
        return Edges(self.rows[which], self.columns[which], self.way[:, which])


def edges(light: np.ndarray, inside: np.ndarray) -> Edges:
    """The strong edges of a picture.

    They are looked for in the picture blurred by 2 px, so that sharpening does not make more of them: pixels where it
    changes fastest along its gradient, with levels on both sides (between 8 and 14 px away) that are even and differ.

    Args:
        light: (H, W) float32, L of CIELAB.
        inside: (H, W) bool, where edges are looked for.
    """
    soft = cv2.GaussianBlur(light, (0, 0), 2.0)
    across, down = (cv2.Sobel(soft, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))
    speed = np.hypot(across, down)
    rows, columns = np.nonzero((speed >= STEEP) & inside)
    way = np.stack([across[rows, columns], down[rows, columns]]) / np.maximum(speed[rows, columns], 1e-6)
    beside = _read(speed, Edges(rows, columns, way), np.array([-1.0, 1.0]))
    found = Edges(rows, columns, way).only(speed[rows, columns] >= beside.max(1, initial=0.0))
    dark, _, bright = _sides(_read(soft, found, DISTANCES))
    step = np.median(bright, axis=1) - np.median(dark, axis=1)
    return found.only((step >= STEP) & (dark.std(1) <= EVEN) & (bright.std(1) <= EVEN))


def halo(light: np.ndarray, at: Edges) -> float | None:
    """How far edges overshoot, in levels of L: the 95th percentile; None where there are fewer than 50 edges.

    Along the gradient L is read on both sides of the edge. What it reaches within 6 px of the edge beyond all that it
    is between 8 and 14 px on that side is overshoot: the bright line on the bright side, the dark line on the dark
    one. The larger of the two counts.
    """
    if at.rows.size < EDGES_LEAST:
        return None
    dark, near, bright = _sides(_read(light, at, DISTANCES))
    over = near[:, REACH:].max(1) - bright.max(1)
    under = dark.min(1) - near[:, : REACH + 1].min(1)
    return float(np.percentile(np.maximum(np.maximum(over, under), 0), PERCENTILE))


def _sides(profiles: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of (N, D) profiles: the dark side's level, what is near the edge, and the bright side's level."""
    level = PLATEAU[1] - PLATEAU[0] + 1
    middle = slice(PLATEAU[1] - REACH, PLATEAU[1] + REACH + 1)
    return profiles[:, :level], profiles[:, middle], profiles[:, -level:]


def _read(image: np.ndarray, at: Edges, distances: np.ndarray) -> np.ndarray:
    """(N, D): the image at so many px towards the bright side of each edge, bilinear."""
    x, y = (
        place[:, None].astype(np.float32) + way[:, None].astype(np.float32) * distances.astype(np.float32)
        for place, way in zip((at.columns, at.rows), at.way, strict=True)
    )
    found = np.empty(x.shape, np.float32)
    for top in range(0, len(x), 30_000):  # OpenCV's limit of rows
        part = slice(top, top + 30_000)
        found[part] = cv2.remap(image, x[part], y[part], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return found
