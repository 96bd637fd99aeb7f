"""Which pixels of a picture a part of its face takes up."""

from __future__ import annotations

from collections.abc import Collection

import cv2
import numpy as np

from fusion.faces import crop, geometry, mesh
from fusion.inspected import CORE, Part
from fusion.inspection.regions import grown, regions
from fusion.inspection.views import FACE, SIDE

_SOFT = 0.05  # of the face width: how wide the border of a part is


def part_mask(points: np.ndarray, parts: Collection[Part], width: int, height: int) -> np.ndarray:
    """(height, width) float32, 0…1: the parts, with a soft border that touches no brow, eye, nose or lip.

    Args:
        points: (478, 2 or 3) landmarks, px of the picture.
    """
    points = points[:, :2]
    outline = points[list(mesh.OVAL)]
    across, _ = geometry.axes(points)
    middle = (outline.max(0) + outline.min(0)) / 2
    to_frame = crop.upright(across, middle, geometry.face_width(points) / FACE, SIDE)
    face_px = FACE * SIDE
    places = regions(points @ to_frame[:, :2].T + to_frame[:, 2], face_px)
    features = np.logical_or.reduce([places.parts[part] for part in CORE]) | places.nose
    wanted: np.ndarray = np.logical_or.reduce([places.parts[part] for part in parts] or [places.oval & False])
    area = wanted & ~grown(features, 2 * _SOFT * face_px)
    soft = cv2.GaussianBlur(area.astype(np.float32), (0, 0), _SOFT * face_px)
    to_picture: np.ndarray = cv2.invertAffineTransform(to_frame)
    half = np.full(2, 0.5)  # OpenCV's pixel centres are whole numbers
    to_picture[:, 2] += to_picture[:, :2] @ half - half
    laid: np.ndarray = cv2.warpAffine(soft, to_picture, (width, height), flags=cv2.INTER_LINEAR)
    return laid
