"""The face as a surface: which way its skin looks, how much of it lies around a landmark, and maps read off there."""

from __future__ import annotations

import cv2
import numpy as np

from fusion.faces import Face, geometry, mesh
from fusion.parsing import FaceMap
from fusion.types import Size

# Cosine between the skin's normal and the line of sight: from the first on all is seen, up to the second nothing. At
# 0.30 (73°) a px of the photo is spread over three of skin.
SEEN_FROM, UNSEEN_TO = 0.30, 0.10
READ_PX = 5  # side of the square of a map that is read at a landmark: some 0.03 of the face width


def area(face: Face) -> np.ndarray:
    """(478,) float64: the share of the face around each landmark, as large as it is in the picture; sums to 1."""
    area = geometry.seen_area(_points(face))
    return area / max(float(area.sum()), 1e-9)


def turned(face: Face) -> np.ndarray:
    """(478,) float64, 0…1: how far the skin at each landmark is turned out of sight."""
    triangles, normals = geometry.normals(_points(face))
    at = np.zeros((mesh.COUNT, 3))
    for corner in triangles.T:
        np.add.at(at, corner, normals)
    facing = at[:, 2] / np.maximum(np.linalg.norm(at, axis=1), 1e-9)
    turned: np.ndarray = np.clip((SEEN_FROM - facing) / (SEEN_FROM - UNSEEN_TO), 0, 1)
    return turned


def cut_off(points: np.ndarray, size: Size) -> np.ndarray:
    """(478,) float64: 1 where a landmark, px of the photo, lies beyond its edge."""
    within = ((points >= 0) & (points < (size.width, size.height))).all(axis=1)
    return np.asarray(~within, np.float64)


def at_points(map_: np.ndarray, parsed: FaceMap) -> np.ndarray:
    """(478,) float64: one map of a face, read at its landmarks; beyond the map's edge as at the edge."""
    mean = cv2.blur(map_, (READ_PX, READ_PX))
    columns, rows = np.clip(parsed.points.astype(int), 0, parsed.side - 1).T
    return np.clip(mean[rows, columns].astype(np.float64), 0, 1)


def _points(face: Face) -> np.ndarray:
    """(478, 3) px of the photo."""
    return np.column_stack([face.landmarks, face.depth])
