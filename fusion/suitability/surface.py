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
STRIP = (0.04, 0.055, 0.07)  # of the face width over a brow: right above the hairs that stand out of its outline
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
    """(478,) float64: one map of a face, read at its landmarks."""
    return _read(map_, parsed.points)


def above(map_: np.ndarray, brow: tuple[int, ...], parsed: FaceMap) -> float:
    """0…1: how much of the strip of forehead right above a brow one map of the face covers.

    Args:
        brow: the landmarks of its upper edge, and then of the lower one.
    """
    edge = parsed.points[list(brow[: len(brow) // 2])]
    width = geometry.face_width(parsed.points)
    return float(np.mean([_read(map_, edge - np.array((0, rise * width))) for rise in STRIP]))


def _read(map_: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(len(points),) float64: a map at some points; beyond its edge as at the edge."""
    mean = cv2.blur(map_, (READ_PX, READ_PX))
    columns, rows = np.clip(points.astype(int), 0, len(map_) - 1).T
    return np.clip(mean[rows, columns].astype(np.float64), 0, 1)


def _points(face: Face) -> np.ndarray:
    """(478, 3) px of the photo."""
    return np.column_stack([face.landmarks, face.depth])
