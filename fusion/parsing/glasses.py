"""Glasses: strong lines that bridge the nose and run under both eyes, where a bare face is smooth."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fusion.faces import mesh
from fusion.parsing import shapes
from fusion.parsing.cutout import Cutout
from fusion.parsing.face_map import GlassesWorn

# the frame's lower rims run through these two bands, its bridge through the third zone
RIGHT_UNDER = (226, 31, 228, 229, 230, 231, 232, 233, 128, 126, 100, 101, 50, 123, 116, 111, 35)
LEFT_UNDER = (446, 261, 448, 449, 450, 451, 452, 453, 357, 355, 329, 330, 280, 352, 345, 340, 265)
# right below the lids: through dark lenses no skin is seen here
RIGHT_BAG = (226, 31, 228, 229, 230, 231, 232, 233, 128, 121, 120, 119, 118, 117, 111, 35)
LEFT_BAG = (446, 261, 448, 449, 450, 451, 452, 453, 357, 350, 349, 348, 347, 346, 340, 265)
BRIDGE = (55, 8, 285, 417, 351, 419, 197, 196, 122, 193)
RIGHT_ZONE = (156, 70, 63, 105, 66, 107, 9, 6, 198, 126, 101, 50, 123, 116, 143)
LEFT_ZONE = (383, 300, 293, 334, 296, 336, 9, 6, 420, 355, 330, 280, 352, 345, 372)

WORN_AT = 4.0  # line contrast from which lines are a frame, CIELAB units
FRAME_AT, FRAME_SURE = 4.5, 7.0  # a line that may be frame, and one that is
FRAME_BEYOND = 0.05  # of the face width: how far a frame reaches past the eyes' surroundings
LENS_ROOM = 0.035  # of the face width around the lids, where lines are wrinkles behind a lens and no frame
DARK_BELOW = 0.25  # mean skin likelihood under both eyes, below which something dark is before them


@dataclass(frozen=True, slots=True, eq=False)
class Glasses:
    """`frame`, `lenses`: (side, side) float32, all 0 on a bare face. `score`: CIELAB units of line contrast."""

    worn: GlassesWorn
    score: float
    frame: np.ndarray
    lenses: np.ndarray
    whole: bool


def find(cutout: Cutout, skin: np.ndarray) -> Glasses:
    """Find a frame and its lenses. `skin`: (side, side) likelihood."""
    lines = _lines(cutout.lab, cutout.width)
    score = _score(cutout, lines)
    zone = _around_eyes(cutout)
    bags = [cutout.polygon(ids) for ids in (RIGHT_BAG, LEFT_BAG)]
    bare = max(float((skin * bag).sum() / max(bag.sum(), 1e-6)) for bag in bags)
    empty = np.zeros_like(skin)
    if bare < DARK_BELOW:
        lenses = shapes.grown(zone, 0.03 * cutout.width)
        return Glasses(GlassesWorn.DARK, score, lenses, lenses, _is_whole(cutout, lenses))
    if score < WORN_AT:
        return Glasses(GlassesWorn.NONE, score, empty, empty, False)
    frame = _frame(cutout, lines, zone)
    return Glasses(GlassesWorn.CLEAR, score, frame, zone * (1 - frame), _is_whole(cutout, frame))


def _score(cutout: Cutout, lines: np.ndarray) -> float:
    under = (_crossing(cutout, lines, RIGHT_UNDER, 30) + _crossing(cutout, lines, LEFT_UNDER, 30)) / 2
    return min(_crossing(cutout, lines, BRIDGE, 20), under)


def _crossing(cutout: Cutout, lines: np.ndarray, zone: tuple[int, ...], share: float) -> float:
    """The line contrast that all but `share` of the zone's columns reach somewhere."""
    area = cutout.polygon(zone) > 0.5
    columns = area.any(0)
    return float(np.percentile((lines * area).max(0)[columns], share)) if columns.any() else 0.0


def _around_eyes(cutout: Cutout) -> np.ndarray:
    """(side, side) float32: from the brows to below the eyes, over the bridge of the nose."""
    return np.max([cutout.polygon(ids) for ids in (RIGHT_ZONE, LEFT_ZONE, BRIDGE)], axis=0)


def _frame(cutout: Cutout, lines: np.ndarray, zone: np.ndarray) -> np.ndarray:
    """(side, side) float32: strong lines around the eyes, with the weaker ones that hang on them.

    Lashes, creases and glints in the lenses are lines too, but hang on nothing.
    """
    face = cutout.width
    eyes = np.maximum(cutout.polygon(mesh.RIGHT_EYE_AROUND), cutout.polygon(mesh.LEFT_EYE_AROUND))
    around = (shapes.grown(zone, FRAME_BEYOND * face) > 0.5) & (shapes.grown(eyes, LENS_ROOM * face) < 0.5)
    possible = (lines > FRAME_AT) & around
    # a rim breaks where a glint crosses it: pieces that nearly touch are one
    count, labels = shapes.parts(shapes.grown(possible.astype(np.float32), 0.008 * face))
    labels = np.where(shapes.without_specks(possible, 0.0008 * face * face), labels, 0)
    strong = np.bincount(labels[possible & (lines > FRAME_SURE)], minlength=count)
    all_of = np.maximum(np.bincount(labels.ravel(), minlength=count), 1)
    keep = (strong > 0.0012 * face * face) & (np.bincount(labels[zone > 0.5], minlength=count) > 0.5 * all_of)
    keep[0] = False
    return shapes.soft(shapes.grown(keep[labels].astype(np.float32), 0.010 * face), 0.005 * face)


def _is_whole(cutout: Cutout, frame: np.ndarray) -> bool:
    """Whether all of what was found, and what is around it, is in the photo."""
    near = shapes.grown(frame, 0.1 * cutout.width) > 0.5
    return bool(cutout.within[near].all())


def _lines(lab: np.ndarray, face: float) -> np.ndarray:
    """(H, W) float32: how far thin structures stand out from what is beside them (top-hat and black-hat), Lab units."""
    smooth = cv2.GaussianBlur(lab, (0, 0), max(0.4, 0.006 * face))
    size = max(3, int(0.06 * face) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    bright = cv2.morphologyEx(smooth, cv2.MORPH_TOPHAT, kernel) * np.array([0.3, 1.0, 1.0], np.float32)
    dark = cv2.morphologyEx(smooth, cv2.MORPH_BLACKHAT, kernel) * np.array([0.6, 1.0, 1.0], np.float32)
    # glints are bright, lashes and creases dark lines of lightness alone: colour tells a frame better
    return np.maximum(bright, dark).max(2)
