"""The places of a face in the frame of the views: masks, (SIDE, SIDE) bool. Lengths are shares of the face's width."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fusion.faces import mesh
from fusion.inspected import Part
from fusion.inspection.views import SIDE

_WINGS = (129, 358, 98, 327, 2)  # of the nose, and its base
_BROW_TOP = (105, 334)
_NOSE_BASE = 2


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """Where what is.

    Attributes:
        oval: within the outline.
        seed: cheeks and nose: skin on every face that is not covered.
        core: brows, eyes, nose and mouth with what their form does to the skin around them.
        eyes: eyes with their brows.
        nose: with its wings.
        rims: where glasses have their rims: around the eyes, not on brows, eyes or nose.
        coloured: lids and lips.
        folds: from the nose around the mouth, where a smile has its lines.
        front: where the front of glasses lies over skin: `rims` with what is around them.
        above_eyes: between the brows and a little above them, none of the brows.
        parts: what belongs to which part; they do not overlap.
    """

    oval: np.ndarray
    seed: np.ndarray
    core: np.ndarray
    eyes: np.ndarray
    nose: np.ndarray
    rims: np.ndarray
    coloured: np.ndarray
    folds: np.ndarray
    front: np.ndarray
    above_eyes: np.ndarray
    parts: dict[Part, np.ndarray]


def regions(shape: np.ndarray, face_px: float) -> Regions:
    """Of the landmarks (478, 2) of the frame."""
    oval, nose = _filled(shape, mesh.OVAL), _hull(shape, mesh.NOSE + _WINGS)
    brows, sockets, eyes = (
        _filled(shape, right) | _filled(shape, left)
        for right, left in (
            (mesh.RIGHT_BROW, mesh.LEFT_BROW),
            (mesh.RIGHT_EYE_AROUND, mesh.LEFT_EYE_AROUND),
            (mesh.RIGHT_EYE, mesh.LEFT_EYE),
        )
    )
    lips = _filled(shape, mesh.LIPS_OUTER)
    both = grown(brows, 0.035 * face_px) | grown(sockets, 0.02 * face_px)
    core = grown(_hull(shape, mesh.RIGHT_BROW + mesh.LEFT_BROW), 0.02 * face_px) | grown(brows, 0.055 * face_px)
    core |= grown(sockets, 0.035 * face_px) | grown(nose, 0.03 * face_px) | grown(lips, 0.05 * face_px)
    folds = _hull(shape, _WINGS[:2] + mesh.LIPS_OUTER)
    core |= folds
    features = grown(brows, 0.03 * face_px) | grown(eyes, 0.035 * face_px) | grown(lips, 0.04 * face_px) | nose
    rows = np.arange(SIDE)[:, None]
    above = rows < shape[_NOSE_BASE, 1]
    brow = shape[list(_BROW_TOP), 1]
    rims = (grown(both, 0.07 * face_px) | _hull(shape, mesh.BRIDGE)) & ~features & oval & above
    seed = _filled(shape, mesh.RIGHT_CHEEK) | _filled(shape, mesh.LEFT_CHEEK) | _filled(shape, mesh.NOSE)
    coloured = grown(eyes, 0.02 * face_px) | grown(lips, 0.03 * face_px)
    folds = grown(folds, 0.09 * face_px)
    front = grown(rims, 0.05 * face_px) & ~coloured & ~grown(nose, 0.01 * face_px) & oval
    plain = oval & ~grown(brows, 0.025 * face_px) & ~grown(eyes, 0.05 * face_px) & (rows < brow.max() + 0.06 * face_px)
    parts = _parts(shape, both, grown(lips, 0.02 * face_px))
    return Regions(oval, seed, core, both, nose, rims, coloured, folds, front, plain, parts)


def _parts(shape: np.ndarray, eyes: np.ndarray, lips: np.ndarray) -> dict[Part, np.ndarray]:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    top, low = shape[list(_BROW_TOP), 1].max(), shape[_NOSE_BASE, 1]
    right, rest = columns < SIDE / 2, ~eyes & ~lips
    middle = (rows >= top) & (rows < low) & rest
    return {
        Part.RIGHT_EYE: eyes & right,
        Part.LEFT_EYE: eyes & ~right,
        Part.MOUTH: lips,
        Part.FOREHEAD: (rows < top) & rest,
        Part.RIGHT_CHEEK: middle & right,
        Part.LEFT_CHEEK: middle & ~right,
        Part.CHIN: (rows >= low) & rest,
    }


def grown(area: np.ndarray, radius: float) -> np.ndarray:
    """The mask, wider on every side."""
    return cv2.dilate(area.view(np.uint8), disc(radius)).view(bool)


def shrunk(area: np.ndarray, radius: float) -> np.ndarray:
    """The mask, narrower on every side; the frame's border is none of its own."""
    return cv2.erode(area.view(np.uint8), disc(radius)).view(bool)


def disc(radius: float) -> np.ndarray:
    """A structuring element."""
    side = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def _filled(shape: np.ndarray, indices: tuple[int, ...]) -> np.ndarray:
    area = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(area, [np.floor(shape[list(indices)]).astype(np.int32)], 1)
    return area.view(bool)


def _hull(shape: np.ndarray, indices: tuple[int, ...]) -> np.ndarray:
    area = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillConvexPoly(area, cv2.convexHull(np.floor(shape[list(indices)]).astype(np.int32)), 1)
    return area.view(bool)
