"""Photo → faces: first where they are, then 478 landmarks of each, its pose and its expression.

The detector (`fusion.faces.detector`) finds boxes in photos of any size. Each is then cut out upright at a fixed size
and given to MediaPipe's FaceLandmarker, whose own finder only sees large upright faces; the landmarks are mapped back.

Coordinates are px of the photo, x to the right, y down, measured from the top left *corner* of the picture: the
centre of its first pixel is at (0.5, 0.5).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

import cv2
import numpy as np

from fusion import lazy_imports
from fusion.faces import agreement, geometry, mesh
from fusion.faces.crop import cut_out, upright
from fusion.faces.detector import CERTAIN, Detection, Detector, best, find_lying
from fusion.faces.windows import SMALLEST_FACE_PX
from fusion.types import Box
from fusion.weights import locate

CROP_SIDE = 384  # px of the upright cut-out; the mesh network itself looks at 256
MARGINS = (1.7, 2.2, 1.4)  # side of the cut-out per side of the detector's box, in the order in which they are tried
SECOND_MARGIN = 1.7  # likewise per side of the box of the landmarks, upright
CONFIDENT = 0.9  # detector score above which a box without landmarks is said to be a face turned away
SURE = 0.97  # below this score a face may be lying or upside down, seen as an upright one
# Detector score; of 31 boxes that it was unsure of, 19 of the 21 that were no faces had none in any turn, and each face
# 0.85 and more in one.
SHOWN = 0.5
INSIDE = 0.8  # of the smaller box
TURNS_TRIED = 2  # of the ways up in which the detector sees a face that the mesh does not find at first
TOLERANCE = 0.8  # the detector's boxes are a little narrower than faces are


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One face of a photo. Two finds of the same photo give equal numbers but different objects.

    Attributes:
        landmarks: (478, 2) float32 px, pixel centres at +0.5 (see the module).
        depth: (478,) float32 px, smaller is nearer to the camera, 0 near the middle of the head.
        box: of the landmarks; may reach over the edge of the photo.
        yaw: degrees, positive when the nose points to the right of the picture.
        pitch: degrees, positive when the nose points up.
        roll: degrees, positive when the head leans clockwise in the picture. Applied last, so that turning the whole
            picture changes roll alone.
        score: 0 to 1, the detector's.
        blendshapes: MediaPipe's 52 expression weights by name, 0 to 1.
    """

    landmarks: np.ndarray
    depth: np.ndarray
    box: Box
    yaw: float
    pitch: float
    roll: float
    score: float
    blendshapes: Mapping[str, float]

    @property
    def inter_eye_px(self) -> float:
        """Distance between the middles of the two eyes, each halfway between its corners."""
        left, right = _eye_middles(self.landmarks)
        return float(np.linalg.norm(right - left))

    @property
    def width_px(self) -> float:
        """The face width (`fusion.faces.geometry.face_width`); unlike the box it does not grow with roll."""
        return geometry.face_width(self.landmarks)


@dataclass(frozen=True, slots=True)
class Search:
    """What was found: faces from left to right, and boxes of faces too turned or covered for landmarks.

    Faces are ordered by the x of their boxes' centres, and where that is the same from top to bottom, whoever found
    them and in whatever order.
    """

    faces: tuple[Face, ...] = ()
    turned: tuple[Box, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "faces", tuple(sorted(self.faces, key=lambda face: face.box.centre)))


def overlap(a: Box, b: Box) -> float:
    """Shared area over the area of both together, 0 to 1."""
    shared = Box(max(a.left, b.left), max(a.top, b.top), min(a.right, b.right), min(a.bottom, b.bottom))
    if shared.width <= 0 or shared.height <= 0:
        return 0.0
    return shared.area / (a.area + b.area - shared.area)


def _is_one(box: Box, better: Box) -> bool:
    """Whether two boxes are of one face: they share half, or the mesh drew a small face into a part of a large one."""
    shared = overlap(box, better)
    return shared >= 0.5 or shared * (box.area + better.area) / (1 + shared) > INSIDE * min(box.area, better.area)


class FaceFinder:
    """Finds faces. Loads its two networks (about 0.1 GB with their libraries) when made; may be used from threads.

    Raises:
        WeightsMissing, WeightsInvalid: the landmark model is not there or is another one.
    """

    def __init__(self, model: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._detector = Detector()
        self._landmarker: _Landmarker | None = _Landmarker(model or locate.face_landmarker())

    def find(self, pixels: np.ndarray) -> Search:
        """Every face of at least 40 px in `pixels` (H, W, 3) uint8 RGB, upright or not."""
        detections = self._detector.find(pixels)
        if all(detection.score < SURE for detection in detections):
            detections = best(detections + find_lying(self._detector, pixels, CONFIDENT))
        faces: list[Face] = []
        missed: list[Box] = []
        for detection in detections:
            if detection.width < SMALLEST_FACE_PX * TOLERANCE:
                continue
            face = self._examine(pixels, detection)
            if face is not None and not any(_is_one(face.box, other.box) for other in faces):
                faces.append(face)
            elif face is None and detection.score >= CONFIDENT:
                missed.append(Box(*(float(edge) for edge in detection.box)))
        turned = (box for box in missed if all(overlap(box, face.box) < 0.3 for face in faces))
        return Search(tuple(faces), tuple(turned))

    def close(self) -> None:
        """Frees the landmarker; left to the interpreter's end it complains on stderr."""
        with self._lock:
            if self._landmarker is not None:
                self._landmarker.close()
                self._landmarker = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _examine(self, pixels: np.ndarray, detection: Detection) -> Face | None:
        """The face at `detection`, or None where the mesh finds none there, or one that the detector does not see."""
        around = None if detection.score >= CERTAIN else self._around(pixels, detection)
        if around == []:  # most boxes of which the detector is unsure; the mesh takes ten times as long to say so
            return None
        face = self._meshed(pixels, detection)
        if face is not None and self._is_seen(pixels, face):
            return face
        around = self._around(pixels, detection) if around is None else around
        for other in [each for each in around if each.score >= agreement.SEEN][:TURNS_TRIED]:
            face = self._meshed(pixels, other)
            if face is not None and self._is_seen(pixels, face):
                return face
        return None

    def _around(self, pixels: np.ndarray, detection: Detection) -> list[Detection]:
        return self._detector.look_around(pixels, detection, SHOWN)

    def _is_seen(self, pixels: np.ndarray, face: Face) -> bool:
        return agreement.agree(self._detector, pixels, face.landmarks, _around_face(face, agreement.SIDE))

    def _meshed(self, pixels: np.ndarray, detection: Detection) -> Face | None:
        with self._lock:
            if self._landmarker is None:
                raise ValueError("this FaceFinder is closed")
            return self._landmarker.examine(pixels, detection)


class _Landmarker:
    """MediaPipe's FaceLandmarker on upright cut-outs."""

    def __init__(self, model: Path) -> None:
        self._mediapipe: Any = lazy_imports.load("mediapipe")
        vision: Any = lazy_imports.load("mediapipe.tasks.python.vision")
        base: Any = lazy_imports.load("mediapipe.tasks.python").BaseOptions
        options = vision.FaceLandmarkerOptions(
            base_options=base(model_asset_path=str(model)),
            num_faces=1,
            min_face_detection_confidence=0.3,  # the detector has already found a face here
            output_face_blendshapes=True,
            output_facial_transformation_matrixes=True,
        )
        self._model = vision.FaceLandmarker.create_from_options(options)

    def examine(self, pixels: np.ndarray, detection: Detection) -> Face | None:
        """The face at `detection`, or None where its landmarks cannot be told."""
        for margin in MARGINS:
            face = self._look(pixels, _around_box(detection, margin), detection)
            if face is not None:
                # Once more from where the landmarks say the face is: halves what is left of the error.
                return self._look(pixels, _around_face(face), detection) or face
        return None

    def _look(self, pixels: np.ndarray, crop_from_photo: np.ndarray, detection: Detection) -> Face | None:
        crop = cut_out(pixels, crop_from_photo, CROP_SIDE)
        found = self._model.detect(self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=crop))
        if not found.face_landmarks:
            return None
        face = _face(found, crop_from_photo, detection.score)
        return face if _same(face, detection) else None

    def close(self) -> None:
        self._model.close()


def _around_box(detection: Detection, margin: float) -> np.ndarray:
    """The map (see `fusion.faces.crop.upright`) that cuts out the detector's box."""
    left, top, right, bottom = detection.box
    centre = np.array([(left + right) / 2, (top + bottom) / 2])
    side = margin * float(max(right - left, bottom - top))
    return upright(detection.points[1] - detection.points[0], centre, side, CROP_SIDE)


def _around_face(face: Face, crop_side: int = CROP_SIDE) -> np.ndarray:
    """The map (see `fusion.faces.crop.upright`) that cuts out the landmarks' box, as it is when the eyes are level."""
    left, right = _eye_middles(face.landmarks)
    x, y = (right - left) / np.linalg.norm(right - left)
    level = np.array([[x, y], [-y, x]])
    turned = face.landmarks @ level.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    return upright(right - left, (low + high) / 2 @ level, SECOND_MARGIN * float((high - low).max()), crop_side)


def _face(found: Any, crop_from_photo: np.ndarray, score: float) -> Face:
    points = np.array([(mark.x, mark.y, mark.z) for mark in found.face_landmarks[0]]) * CROP_SIDE
    photo_from_crop = cv2.invertAffineTransform(crop_from_photo)
    landmarks = (points[:, :2] @ photo_from_crop[:, :2].T + photo_from_crop[:, 2]).astype(np.float32)
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    crop_roll = float(np.degrees(np.arctan2(photo_from_crop[1, 0], photo_from_crop[0, 0])))
    yaw, pitch, roll = angles(found.facial_transformation_matrixes[0])
    return Face(
        landmarks=_frozen(landmarks),
        depth=_frozen((points[:, 2] * np.hypot(*photo_from_crop[:, 0])).astype(np.float32)),
        box=Box(float(low[0]), float(low[1]), float(high[0]), float(high[1])),
        yaw=yaw,
        pitch=pitch,
        roll=(roll + crop_roll + 180) % 360 - 180,
        score=score,
        blendshapes=MappingProxyType({shape.category_name: float(shape.score) for shape in found.face_blendshapes[0]}),
    )


def angles(matrix: np.ndarray) -> tuple[float, float, float]:
    """Yaw, pitch, roll in degrees, as in `Face`, of MediaPipe's (4, 4) pose.

    The pose maps the canonical head to the camera's space, x to the right of the picture, y up, z towards the camera;
    its rotation is taken apart as Rz(-roll) Ry(yaw) Rx(-pitch).
    """
    turn = matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=0)
    yaw = np.degrees(np.arcsin(np.clip(-turn[2, 0], -1, 1)))
    pitch = np.degrees(-np.arctan2(turn[2, 1], turn[2, 2]))
    roll = np.degrees(-np.arctan2(turn[1, 0], turn[0, 0]))
    return float(yaw), float(pitch), float(roll)


def _eye_middles(landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return landmarks[list(mesh.RIGHT_EYE_CORNERS)].mean(axis=0), landmarks[list(mesh.LEFT_EYE_CORNERS)].mean(axis=0)


def _same(face: Face, detection: Detection) -> bool:
    """Whether the landmarks are of the face that was detected, and not of a neighbour or of nothing."""
    left, top, right, bottom = detection.box
    apart = np.hypot(face.box.centre[0] - (left + right) / 2, face.box.centre[1] - (top + bottom) / 2)
    size = max(right - left, bottom - top)
    return bool(apart < 0.35 * size and 0.5 * size < max(face.box.width, face.box.height) < 1.8 * size)


def _frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
