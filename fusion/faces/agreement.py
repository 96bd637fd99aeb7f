"""Whether the detector and the mesh see the same face: two networks that were trained apart and err apart.

The mesh network draws a face into whatever it is given: into the back of a hand, and upside down into a head that lies
the other way. The detector is asked again about the upright cut-out that the mesh makes of the face. It must be sure
that there is a face, and have its eyes, its nose and its mouth where the mesh has them.
"""

from __future__ import annotations

import numpy as np

from fusion.faces import geometry, mesh
from fusion.faces.crop import cut_out
from fusion.faces.detector import Detector

SIDE = 192  # px of the cut-out: at the mesh's margin a face is some 110 px wide in it
SEEN = 0.9  # score; 33 portraits, also small, dark or blurred, had 0.98 and more, the back of a hand 0.73 at most
APART = 0.2  # of the face width; see `apart`
_NOSE_TIP = 1


def marks(points: np.ndarray) -> np.ndarray:
    """(5, 2) of the mesh's landmarks (478, 2): what the detector's five points are, in their order."""
    eyes = (points[list(corners)].mean(axis=0) for corners in (mesh.RIGHT_EYE_CORNERS, mesh.LEFT_EYE_CORNERS))
    return np.stack([*eyes, points[_NOSE_TIP], points[mesh.LIPS_OUTER[0]], points[mesh.LIPS_OUTER[10]]])


def apart(points: np.ndarray, landmarks: np.ndarray) -> float:
    """How far the detector's five points lie from the mesh's, at the median, in face widths."""
    return float(np.median(np.linalg.norm(points - marks(landmarks), axis=1))) / geometry.face_width(landmarks)


def agree(detector: Detector, pixels: np.ndarray, landmarks: np.ndarray, crop_from_photo: np.ndarray) -> bool:
    """Whether the detector sees the face whose `landmarks` (478, 2), px of the photo, the mesh network has drawn.

    Args:
        pixels: (H, W, 3) uint8 RGB, the photo.
        crop_from_photo: (2, 3), the map that cuts the face out upright, `SIDE` px wide (see `fusion.faces.crop`).
    """
    inside = landmarks @ crop_from_photo[:, :2].T + crop_from_photo[:, 2]
    seen = detector.glance(cut_out(pixels, crop_from_photo, SIDE), SEEN)
    return any(apart(each.points, inside) < APART for each in seen)
