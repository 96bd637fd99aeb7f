"""Laying the target onto a result of any tool, so that the two can be compared pixel by pixel. Pure.

Maps are (2, 3) float64 from px of the target to px of the result, both with pixel centres at +0.5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from fusion.faces import geometry, mesh
from fusion.types import Box

SIDE = 320  # px: the longer side of the pictures that are compared to find out
ALIKE = 0.8  # correlation of two pictures, faces left out, from which one lies on the other
TURNS = 60  # of ECC's iterations at most


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """How a target lies on a result.

    Attributes:
        result_from_target: the map.
        alike: −1…1, the correlation of the two without the face.
        stretch: how many times more it is widened than heightened, 1 where nothing was stretched.
    """

    result_from_target: np.ndarray
    alike: float
    stretch: float

    def on(self, per_axis: np.ndarray) -> Laid:
        """The same for the result resized by (2,) factors."""
        return replace(self, result_from_target=self.result_from_target * per_axis[:, None])

    def points(self, points: np.ndarray) -> np.ndarray:
        """(N, 2) px of the target as px of the result."""
        return points @ self.result_from_target[:, :2].T + self.result_from_target[:, 2]


def resized(target: np.ndarray, result: np.ndarray, points: np.ndarray | None) -> Laid:
    """The target as if it had only been resized, its axes each by its own factor.

    Args:
        target, result: (H, W, 3) uint8.
        points: (478, 2) landmarks of the target's face, which is left out of the comparison.
    """
    across, down = result.shape[1] / target.shape[1], result.shape[0] / target.shape[0]
    map_ = np.array([[across, 0, 0], [0, down, 0.0]])
    # a side is rounded to whole px, which is no stretching
    rounded = abs(across / down - 1) < 1.5 / min(result.shape[:2])
    return Laid(map_, _alike(target, result, map_, points), 1.0 if rounded else across / down)


def by_faces(target: np.ndarray, result: np.ndarray, points: np.ndarray, found: np.ndarray) -> Laid:
    """The target turned, scaled and moved until the faces agree.

    Args:
        target, result: (H, W, 3) uint8.
        points: (478, 2) landmarks of the target's face, px.
        found: of the result's.
    """
    stable = list(mesh.STABLE)
    fit = geometry.similarity(points[stable].astype(np.float64), found[stable].astype(np.float64))
    map_ = np.column_stack([fit.scale * fit.rotation, fit.shift])
    return Laid(map_, _alike(target, result, map_, points), 1.0)


def refined(target: np.ndarray, result: np.ndarray, rough: Laid, points: np.ndarray | None) -> Laid | None:
    """A better one, affine, by ECC (Evangelidis and Psarakis 2008) around the face; None where the two are not alike.

    Arguments as for `resized`. 50 ms.
    """
    map_ = rough.result_from_target
    small, laid, where = _both(target, result, map_, points)
    still = np.eye(2, 3, dtype=np.float32)
    until = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, TURNS, 1e-5)
    best = rough
    try:
        _, rest = cv2.findTransformECC(small, laid, still, cv2.MOTION_AFFINE, until, where.astype(np.uint8), 5)
    except cv2.error:  # does not converge: then nothing better is known
        rest = still
    # it leads from the result to the laid target, in px of the small pictures with centres at whole numbers
    back = cv2.invertAffineTransform(rest.astype(np.float64))
    turn = back[:, :2] @ map_[:, :2]
    shift = back[:, 2] + (back[:, :2] - np.eye(2)) @ np.array([-0.5, -0.5])
    moved = np.column_stack([turn, back[:, :2] @ map_[:, 2] + shift * result.shape[1] / small.shape[1]])
    alike = _alike(target, result, moved, points)
    if alike > best.alike:
        across, down = np.linalg.norm(moved[:, 0]), np.linalg.norm(moved[:, 1])
        best = Laid(moved, alike, float(across / down))
    return best if best.alike >= ALIKE else None


def read(pixels: np.ndarray, crop_from_photo: np.ndarray, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """The (height, width, 3) uint8 part that the map cuts from `pixels`, and (height, width) bool: where they are.

    Shrinks by area first, each axis by its own factor, so that nothing aliases.
    """
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64)
    back = cv2.invertAffineTransform(crop_from_photo)
    seen = corners @ back[:, :2].T + back[:, 2]
    size = np.array(pixels.shape[1::-1])
    low = np.clip(np.floor(seen.min(0)) - 4, 0, size - 1).astype(int)
    high = np.maximum(np.clip(np.ceil(seen.max(0)) + 4, 1, size).astype(int), low + 1)
    part = pixels[low[1] : high[1], low[0] : high[0]]
    factor = np.minimum(np.linalg.norm(crop_from_photo[:, :2], axis=0), 1.0)
    small = np.maximum(np.round((high - low) * factor), 1).astype(int)
    if (small < high - low).any():
        part = cv2.resize(part, (int(small[0]), int(small[1])), interpolation=cv2.INTER_AREA)
    per_px = (high - low) / small  # px of the photo per px of the part
    turn = crop_from_photo[:, :2] * per_px
    shift = crop_from_photo[:, :2] @ low + crop_from_photo[:, 2]
    shift = shift + turn @ np.array([0.5, 0.5]) - 0.5
    map_ = np.column_stack([turn, shift])
    picture = cv2.warpAffine(part, map_, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    within = cv2.warpAffine(np.full(part.shape[:2], 255, np.uint8), map_, (width, height))
    return picture, within > 127


def onto(pixels: np.ndarray, laid: Laid, box: Box, width: int, height: int) -> np.ndarray:
    """(height, width, 3) uint8: the target where a box of the result is, shown as `width` × `height` px."""
    per_axis = np.array([width / box.width, height / box.height])
    turn = laid.result_from_target[:, :2] * per_axis[:, None]
    shift = (laid.result_from_target[:, 2] - np.array([box.left, box.top])) * per_axis
    return read(pixels, np.column_stack([turn, shift]), width, height)[0]


def _alike(target: np.ndarray, result: np.ndarray, map_: np.ndarray, points: np.ndarray | None) -> float:
    """Correlation of the lightness of the two, where both are and the face is not."""
    small, laid, where = _both(target, result, map_, points)
    if int(where.sum()) < 100:
        return 0.0
    ours, theirs = small[where], laid[where]
    spread = float(ours.std() * theirs.std())
    return float(((ours - ours.mean()) * (theirs - theirs.mean())).mean() / spread) if spread > 1e-3 else 0.0


def _both(
    target: np.ndarray, result: np.ndarray, map_: np.ndarray, points: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both as small grey pictures of the result's shape, and where they may be compared."""
    scale = min(1.0, SIDE / max(result.shape[:2]))
    width, height = (max(8, round(side * scale)) for side in result.shape[1::-1])
    small = cv2.resize(result, (width, height), interpolation=cv2.INTER_AREA)
    per_axis = np.array([width / result.shape[1], height / result.shape[0]])
    shrunk = map_ * per_axis[:, None]
    laid, where = read(target, shrunk, width, height)
    if points is not None:
        face = cv2.convexHull((points @ shrunk[:, :2].T + shrunk[:, 2]).astype(np.float32))[:, 0]
        cover = np.zeros((height, width), np.uint8)
        cv2.fillPoly(cover, [np.round(face).astype(np.int32)], 1)
        side = max(3, round(0.15 * float(np.ptp(face[:, 0]))))
        where &= cv2.dilate(cover, np.ones((side, side), np.uint8)) == 0
    return _grey(small), _grey(laid), where


def _grey(pixels: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
