"""What advice must know of two photos and the chosen faces: sizes, pose, light, and what is covered.

Light and cover are judged on a small upright cut-out of the face, so a photo's size costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from fusion.faces import Face, crop, geometry, mesh
from fusion.settings import Settings
from fusion.sizing import Subject
from fusion.suitability import Shown, Suitability, judge
from fusion.types import Size

SIDE = 128  # px of the cut-out: a face is some 90 px wide in it, wide enough for hair and fingers
MARGIN = 1.1  # side of the cut-out per side of the landmarks' box
BORDER_ROOM = 17  # likewise, twice the width of the rim that is the face's outline
FEATURE_ROOM = 5  # px of the cut-out, the square by which eyes, brows and lips are widened; strands are thinner
# Spreads away from the face's own skin from which something else is there; the least and the most spread of skin,
# CIELAB. Tried on 20 faces in 15 portraits: 15 uncovered ones came to 0.11 at most, hair over a temple to 0.16, faces
# that the photo cuts off to 0.15 and 0.29; coloured lamps from two sides (2 faces) to 0.26 and 0.31. The same faces
# with a third of their width painted over came to a median of 0.27, with half of it 0.46, with a mask 0.53.
FOREIGN_AT = 3.0
LEAST_SPREAD = (12.0, 6.0, 6.0)
MOST_SPREAD = (9.0, 5.0, 5.0)  # before it is widened by a third: what spreads more is two things
_ROUNDS = 6  # of reweighting; the fit no longer moves
_FEW = 20  # px of a cheek below which nothing is said about its light

_FEATURES = (
    *(mesh.RIGHT_EYE_AROUND, mesh.LEFT_EYE_AROUND, mesh.RIGHT_BROW, mesh.LEFT_BROW),
    mesh.LIPS_OUTER,
)


@dataclass(frozen=True, slots=True)
class Look:
    """One photo and its chosen face.

    Attributes:
        photo: its size.
        file_bytes: of the file.
        width_px: of the face, as in `fusion.faces.geometry.face_width`.
        inter_eye_px, yaw, pitch: as in `fusion.faces.Face`; degrees.
        light: −1…1, how much brighter the cheek on the right of the upright face is than the one on the left: their
            difference over their sum; 0 where one of them is not in the photo.
        covered: 0…1, the share of the face that shows no skin: hair, a hand, a mask, or what the photo cuts off. Eyes,
            brows and lips do not count. Hair that the skin shines through is not seen.
    """

    photo: Size
    file_bytes: int
    width_px: float
    inter_eye_px: float
    yaw: float
    pitch: float
    light: float
    covered: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Both photos; a look is None where there is no photo, or no face in it.

    Attributes:
        shown: what both photos show of their faces; None where one of them is missing.
    """

    subject: Subject
    target: Look | None = None
    source: Look | None = None
    shown: tuple[Shown, Shown] | None = None

    def suitability(self, settings: Settings) -> Suitability | None:
        """How well the two faces go together."""
        return None if self.shown is None else judge(*self.shown, settings)


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """A face upright: (SIDE, SIDE, 3) uint8, its landmarks there, and which pixels the photo has."""

    pixels: np.ndarray
    points: np.ndarray
    within: np.ndarray


def look(pixels: np.ndarray, face: Face, file_bytes: int) -> Look:
    """What the photo shows of a face.

    Args:
        pixels: (H, W, 3) uint8 RGB, the whole photo.
        file_bytes: of the photo's file.
    """
    cut = _cut(pixels, face)
    return Look(
        photo=Size(pixels.shape[1], pixels.shape[0]),
        file_bytes=file_bytes,
        width_px=geometry.face_width(face.landmarks),
        inter_eye_px=face.inter_eye_px,
        yaw=face.yaw,
        pitch=face.pitch,
        light=_light(cut),
        covered=_covered(cut),
    )


def _cut(pixels: np.ndarray, face: Face) -> _Cut:
    points = face.landmarks.astype(np.float64)
    crop_from_photo = crop.of_face(points, MARGIN, SIDE)
    return _Cut(
        crop.cut_out(pixels, crop_from_photo, SIDE),
        points @ crop_from_photo[:, :2].T + crop_from_photo[:, 2],
        crop.within(crop_from_photo, SIDE, pixels.shape[1], pixels.shape[0]),
    )


def _light(cut: _Cut) -> float:
    left, right = (_inside(cut, ids) & cut.within for ids in (mesh.RIGHT_CHEEK, mesh.LEFT_CHEEK))
    return crop.light_from_side(cut.pixels, left, right, _FEW)


def light_on(pixels: np.ndarray, face: Face) -> float:
    """`Look.light` alone. 5 ms. Arguments as for `look`."""
    return _light(_cut(pixels, face))


def covered_border(pixels: np.ndarray, face: Face) -> float:
    """0…1, the share of the face's outline that shows no skin. 5 ms. Arguments as for `look`."""
    cut = _cut(pixels, face)
    oval = _polygon(cut.points[list(mesh.OVAL)]).astype(np.uint8)
    inner = cv2.erode(oval, np.ones((BORDER_ROOM, BORDER_ROOM), np.uint8))
    patches, face_ = _patches(cut)
    border = face_ & (inner == 0)
    return float((patches & border).sum() / border.sum()) if border.any() else 1.0


def _covered(cut: _Cut) -> float:
    patches, face = _patches(cut)
    return float(patches.sum() / face.sum()) if face.any() else 1.0


def _patches(cut: _Cut) -> tuple[np.ndarray, np.ndarray]:
    """(SIDE, SIDE) bool twice: what of the face shows no skin, and the face without its features."""
    oval = _polygon(cut.points[list(mesh.OVAL)])
    features = np.any([_inside(cut, ids) for ids in _FEATURES], axis=0).astype(np.uint8)
    room = np.ones((FEATURE_ROOM, FEATURE_ROOM), np.uint8)
    face = oval & (cv2.dilate(features, room) == 0)
    seed = np.any([_inside(cut, ids) for ids in mesh.SKIN], axis=0) & cut.within
    if int(seed.sum()) < _FEW or not face.any():
        return face, face
    foreign = (_unlike(cut.pixels, seed) > FOREIGN_AT) | ~cut.within
    patches = cv2.morphologyEx((foreign & face).astype(np.uint8), cv2.MORPH_OPEN, room)  # wrinkles and glints are none
    return patches > 0, face


def _unlike(pixels: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE): how many spreads each pixel's colour is away from what the skin's would be there.

    The colour of skin is a plane over the face, since light falls from somewhere, fitted to the most of the seed that
    agrees.
    """
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    plane = np.stack([np.ones_like(x), x, y], axis=-1)
    design, colours = plane[seed], lab[seed].astype(np.float64)
    middle = np.median(colours, axis=0)
    rest = colours - middle
    for _ in range(_ROUNDS):
        spread = np.clip(1.4826 * np.median(np.abs(rest), axis=0), 1.0, MOST_SPREAD)
        weight = 1 / (1 + ((rest / (2 * spread)) ** 2).sum(1, keepdims=True)) ** 2
        # without a hold a plane through one cheek alone may tip over
        hold = np.diag([1e-6, 0.02, 0.02]) * weight.sum()
        fit = np.linalg.solve(design.T @ (design * weight) + hold, design.T @ ((colours - middle) * weight))
        rest = colours - middle - design @ fit
    away = ((lab - middle - plane @ fit) / np.maximum(1.3 * spread, LEAST_SPREAD)) ** 2
    # a shadow changes the lightness of skin more than its hue
    unlike: np.ndarray = np.sqrt(0.5 * away[..., 0] + away[..., 1] + away[..., 2])
    return unlike


def _inside(cut: _Cut, ids: Iterable[int]) -> np.ndarray:
    """(SIDE, SIDE) bool: within the hull of some landmarks."""
    return _polygon(cv2.convexHull(cut.points[list(ids)].astype(np.float32))[:, 0])


def _polygon(points: np.ndarray) -> np.ndarray:
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(canvas, [np.round(points - 0.5).astype(np.int32)], 1)
    return canvas > 0
