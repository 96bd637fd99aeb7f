"""Painted photos with real faces' landmarks: what benchmarks fuse on machines that have neither photos nor a finder."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np

from fusion.faces import Face, FaceFinder, geometry, mesh
from fusion.faces.finder import Search
from fusion.photos import Photo
from fusion.types import Box

FILE = Path(__file__).with_name("unet_faces.json")
SOURCE_SIDE, SOURCE_FACE_PX = 1024, 420
FIVE = (468, 473, 4, 61, 291)  # irises, tip of the nose, corners of the mouth
PAINTED_SIDE = 1024  # px; larger pictures are enlarged ones: what a fusion costs does not depend on what is in them
_HEIGHT = 0.52  # of the picture: where the middle of the face is

_names = count()


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Two photos, and the face of each."""

    target: Photo
    source: Photo
    target_face: Face
    source_face: Face

    @property
    def face_px(self) -> float:
        return geometry.face_width(self.target_face.landmarks)

    def renamed(self, source_too: bool) -> Scene:
        """The same pixels as another target, and source: what is remembered of them does not count."""
        target = Photo(self.target.pixels, f"target {next(_names)}")
        source = Photo(self.source.pixels, f"source {next(_names)}") if source_too else self.source
        return Scene(target, source, self.target_face, self.source_face)

    def five_points(self) -> tuple[np.ndarray, np.ndarray]:
        """Of target and source, (5, 2) px, pixel centres at whole numbers."""
        first, second = (face.landmarks[list(FIVE)] - 0.5 for face in (self.target_face, self.source_face))
        return first, second


class Told:
    """A finder that was told the answers."""

    def __init__(self) -> None:
        self._answers: list[tuple[np.ndarray, Search]] = []

    def learn(self, scene: Scene) -> None:
        """Forget the scenes before, and know this one."""
        pairs = ((scene.target, scene.target_face), (scene.source, scene.source_face))
        self._answers = [(photo.pixels, Search((face,))) for photo, face in pairs]

    def find(self, pixels: np.ndarray) -> Search:
        return next(search for known, search in self._answers if known is pixels)

    def close(self) -> None:
        """Nothing is held."""


def make(side: int, face_px: float) -> Scene:
    """A square target of `side` px whose face is `face_px` wide, and a source."""
    target_face = _face("target", side, face_px)
    source_face = _face("source", SOURCE_SIDE, SOURCE_FACE_PX)
    target = _photo(_paint(side, target_face.landmarks, (205, 160, 135), seed=1), "target")
    source = _photo(_paint(SOURCE_SIDE, source_face.landmarks, (235, 200, 180), seed=2), "source")
    return Scene(target, source, target_face, source_face).renamed(source_too=True)


def _photo(pixels: np.ndarray, name: str) -> Photo:
    pixels.setflags(write=False)
    return Photo(pixels, name)


def _face(name: str, side: int, face_px: float) -> Face:
    facts = _facts()[name]
    points = np.array(facts["landmarks"], np.float64)
    points *= face_px / geometry.face_width(points)
    points[:, :2] += np.array([0.5, _HEIGHT]) * side - (points[:, :2].min(0) + points[:, :2].max(0)) / 2
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    return Face(
        landmarks=points[:, :2].astype(np.float32),
        depth=points[:, 2].astype(np.float32),
        box=Box(float(low[0]), float(low[1]), float(high[0]), float(high[1])),
        yaw=facts["yaw"],
        pitch=facts["pitch"],
        roll=facts["roll"],
        score=1.0,
        blendshapes=MappingProxyType({}),
    )


def _paint(side: int, landmarks: np.ndarray, skin: tuple[int, int, int], seed: int) -> np.ndarray:
    """(side, side, 3) uint8: a textured ground, hair, and a face with eyes, brows and lips."""
    if side > PAINTED_SIDE:
        small = _paint(PAINTED_SIDE, landmarks * (PAINTED_SIDE / side), skin, seed)
        return np.asarray(cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC))
    dice = np.random.default_rng(seed)
    picture = np.full((side, side, 3), dice.uniform(90, 160, 3), np.float32)
    octave = 4
    while octave <= side:
        noise = dice.standard_normal((octave, octave, 3), dtype=np.float32) * (60 / octave**0.45)
        picture += cv2.resize(noise, (side, side), interpolation=cv2.INTER_LINEAR)
        octave *= 2
    texture = picture - cv2.GaussianBlur(picture, (0, 0), max(1.0, side / 200))
    width = geometry.face_width(landmarks)
    oval = landmarks[list(mesh.OVAL)]
    hair = (oval - oval.mean(0)) * [1.25, 1.3] + oval.mean(0) - [0, 0.12 * width]
    layers = [(hair, (60.0, 45.0, 40.0), 0.04), (oval, tuple(map(float, skin)), 0.02)]
    for brow in (mesh.RIGHT_BROW, mesh.LEFT_BROW):
        layers.append((cv2.convexHull(landmarks[list(brow)].astype(np.float32))[:, 0], (70.0, 50.0, 45.0), 0.008))
    for lids, iris in ((mesh.RIGHT_EYE, mesh.RIGHT_IRIS[1:]), (mesh.LEFT_EYE, mesh.LEFT_IRIS[1:])):
        layers.append((landmarks[list(lids)], (235.0, 230.0, 228.0), 0.004))
        layers.append((landmarks[list(iris)], (60.0, 80.0, 90.0), 0.004))
    layers += [(landmarks[list(mesh.LIPS_OUTER)], (190.0, 95.0, 95.0), 0.01)]
    layers += [(landmarks[list(mesh.LIPS_INNER)], (240.0, 235.0, 230.0), 0.006)]
    for ring, colour, soft in layers:
        _lay(picture, ring, np.array(colour, np.float32), texture, soft * width)
    return np.asarray(np.clip(picture, 0, 255).astype(np.uint8))


def _lay(picture: np.ndarray, ring: np.ndarray, colour: np.ndarray, texture: np.ndarray, soft_px: float) -> None:
    """Fill a polygon with softly shaded and faintly textured colour; its border is `soft_px` soft."""
    margin = int(np.ceil(3 * soft_px)) + 2
    low = np.maximum(np.floor(ring.min(0)).astype(int) - margin, 0)
    high = np.minimum(np.ceil(ring.max(0)).astype(int) + margin, picture.shape[1::-1])
    part = (slice(low[1], high[1]), slice(low[0], high[0]))
    mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.float32)
    cv2.fillPoly(mask, [np.round((ring - low - 0.5) * 16).astype(np.int32)], (1.0,), cv2.LINE_AA, shift=4)
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.5, soft_px)))[..., None]
    across = np.linspace(1.06, 0.88, mask.shape[1], dtype=np.float32)[None, :, None]
    picture[part] += mask * (colour * across + 0.4 * texture[part] - picture[part])


@lru_cache(maxsize=1)
def _facts() -> dict[str, Any]:
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


def without_mediapipe() -> None:
    """Where MediaPipe is not installed, let the landmark engine take the mesh's triangles from the file."""
    if importlib.util.find_spec("mediapipe") is None:
        triangles = np.array(_facts()["triangles"], dtype=np.int64)
        mesh.triangles = lru_cache(maxsize=1)(lambda: triangles)


def write_faces() -> None:
    """Make the file again, from the sample pair."""
    from benchmarks.shared.common import sample_portraits

    facts: dict[str, object] = {
        "_": "Landmarks of the sample pair's faces by MediaPipe (written by `python -m benchmarks.unet --make-faces`): "
        "x, y and depth in widths of the face's box; degrees; and the triangles between landmarks.",
        "triangles": mesh.triangles().tolist(),
    }
    with FaceFinder() as finder:
        for name, portrait in zip(("target", "source"), sample_portraits(), strict=True):
            face = finder.find(portrait.target.pixels).faces[0]
            points = np.column_stack([face.landmarks - [face.box.left, face.box.top], face.depth]) / face.box.width
            facts[name] = {
                "yaw": round(face.yaw, 1),
                "pitch": round(face.pitch, 1),
                "roll": round(face.roll, 1),
                "landmarks": points.round(3).tolist(),
            }
    text = json.dumps(facts, separators=(",", ":"))
    for key in ('"triangles"', '"target"', '"source"'):
        text = text.replace(key, "\n" + key)
    FILE.write_text(text + "\n", encoding="utf-8")
