"""What one photo shows of one face, at each landmark of the mesh.

A mesh is the same for everybody, so two photos are compared landmark by landmark, and a mirror is a change of places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import cv2
import numpy as np

from fusion.faces import Face, mesh
from fusion.types import Size
from fusion.verdict import Trouble

# Cosine between the skin's normal and the line of sight: from the first on all is seen, up to the second nothing. At
# 0.30 (73°) a px of the photo is spread over three of skin, and the engine's own limit of view is near.
SEEN_FROM, UNSEEN_TO = 0.30, 0.10
_FEATURES = (
    *(*mesh.RIGHT_BROW, *mesh.LEFT_BROW, *mesh.RIGHT_EYE_AROUND, *mesh.LEFT_EYE_AROUND),
    *(*mesh.NOSE, *mesh.LIPS_OUTER),
)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What a photo shows of a face.

    Attributes:
        area: (478,) the share of the face that lies around each landmark in this photo; sums to 1.
        features: (478,) bool, within the hull of brows, eyes, nose and lips.
        hidden: (478,) each, 0…1, by what hides it; what is not named hides nothing.
        yaw, pitch: degrees, as of `fusion.faces.Face`.
        width_px: of the face.
        mouth_open: height of the opening between the lips, as a share of the face width.
        eyes_shut: 0…1, MediaPipe's weight of a blink, of the eye that is shut less.
        beard: 0…1, how sure a beard is.
        skin: CIELAB of the face's skin, or None where too little of it shows.
        hardness: 0…1, how far the light on the face is hard.
        has_dark_lenses: before the eyes.
    """

    area: np.ndarray
    features: np.ndarray
    hidden: Mapping[Trouble, np.ndarray]
    yaw: float
    pitch: float
    width_px: float
    mouth_open: float
    eyes_shut: float
    beard: float = 0.0
    skin: tuple[float, float, float] | None = None
    hardness: float = 0.0
    has_dark_lenses: bool = field(default=False)

    def covered(self, *troubles: Trouble) -> np.ndarray:
        """(478,) 0…1: how far each landmark is hidden by any of some troubles."""
        found = [self.hidden[trouble] for trouble in troubles if trouble in self.hidden]
        return np.max(found, axis=0) if found else np.zeros(mesh.COUNT)


def look(pixels: np.ndarray, face: Face) -> Shown:
    """What a photo shows of a face.

    Args:
        pixels: (H, W, 3) uint8 RGB, the whole photo.
    """
    size = Size(pixels.shape[1], pixels.shape[0])
    facing, area = _surface(face)
    return Shown(
        area=area,
        features=_features(face.landmarks),
        hidden=MappingProxyType({Trouble.TURNED: _turned(facing), Trouble.CUT_OFF: _cut_off(face.landmarks, size)}),
        yaw=face.yaw,
        pitch=face.pitch,
        width_px=face.width_px,
        mouth_open=float(np.linalg.norm(face.landmarks[13] - face.landmarks[14])) / face.width_px,
        eyes_shut=min(face.blendshapes.get(f"eyeBlink{side}", 0.0) for side in ("Left", "Right")),
    )


def _surface(face: Face) -> tuple[np.ndarray, np.ndarray]:
    """(478,) twice: the cosine to the line of sight, negative where the skin looks away, and the share of the face."""
    triangles = np.concatenate([mesh.triangles(), mesh.eye_triangles()])
    points = np.column_stack([face.landmarks, face.depth]).astype(np.float64)
    one, two, three = points[triangles].transpose(1, 0, 2)
    normals = np.cross(two - one, three - one)
    normals *= np.sign(np.median(normals[:, 2])) or 1.0  # the mesh's triangles all run one way round
    at_points = np.zeros((mesh.COUNT, 3))
    area = np.zeros(mesh.COUNT)
    for corner in triangles.T:
        np.add.at(at_points, corner, normals)
        np.add.at(area, corner, np.clip(normals[:, 2], 0, None))
    length = np.linalg.norm(at_points, axis=1)
    facing: np.ndarray = at_points[:, 2] / np.maximum(length, 1e-9)
    return facing, area / max(float(area.sum()), 1e-9)


def _turned(facing: np.ndarray) -> np.ndarray:
    turned: np.ndarray = np.clip((SEEN_FROM - facing) / (SEEN_FROM - UNSEEN_TO), 0, 1)
    return turned


def _cut_off(points: np.ndarray, size: Size) -> np.ndarray:
    within = ((points >= 0) & (points < (size.width, size.height))).all(axis=1)
    return np.asarray(~within, np.float64)


def _features(points: np.ndarray) -> np.ndarray:
    hull = cv2.convexHull(points[list(_FEATURES)].astype(np.float32))
    return np.array([cv2.pointPolygonTest(hull, (float(x), float(y)), measureDist=False) >= 0 for x, y in points])
