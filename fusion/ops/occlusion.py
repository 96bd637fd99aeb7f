"""What covers a face: hair, hats and hands that reach in from outside, and glasses.

Works on the small grid on the host: these are decisions about shapes, a few ten thousand pixels large.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fusion.faces import mesh
from fusion.ops import mask

# the frame's lower rims run through these two bands, its bridge through the third zone
RIGHT_UNDER = (226, 31, 228, 229, 230, 231, 232, 233, 128, 126, 100, 101, 50, 123, 116, 111, 35)
LEFT_UNDER = (446, 261, 448, 449, 450, 451, 452, 453, 357, 355, 329, 330, 280, 352, 345, 340, 265)
# right below the lids: through dark lenses no skin is seen here
RIGHT_BAG = (226, 31, 228, 229, 230, 231, 232, 233, 128, 121, 120, 119, 118, 117, 111, 35)
LEFT_BAG = (446, 261, 448, 449, 450, 451, 452, 453, 357, 350, 349, 348, 347, 346, 340, 265)
BRIDGE = (55, 8, 285, 417, 351, 419, 197, 196, 122, 193)
RIGHT_ZONE = (156, 70, 63, 105, 66, 107, 9, 6, 198, 126, 101, 50, 123, 116, 143)
LEFT_ZONE = (383, 300, 293, 334, 296, 336, 9, 6, 420, 355, 330, 280, 352, 345, 372)

# Lab units of line contrast. Over 30 faces in 15 photos the one pair of glasses scored 5.0, drawn ones 5.2, the
# strongest bare face 2.9 (`benchmarks/gallery.py --scores` prints the scores of any photos).
GLASSES_AT = 4.0
FRAME_AT, FRAME_SURE = 4.5, 7.0  # a line that may be frame, and one that is
FRAME_BEYOND = 0.05  # of the face width: how far a frame reaches past the eyes' surroundings
LENS_ROOM = 0.035  # of the face width around the lids, where lines are wrinkles behind a lens and no frame
EAR_ROOM = 0.12  # of the face width: half of this inside the oval's edge, ears and their shadows may begin
DARK_BELOW = 0.25  # mean skin likelihood under both eyes, below which something dark is before them
BARE_BELOW, DOUBTFUL_BELOW = 0.35, 0.8  # skin likelihood of what may cover, and of what may beside it


@dataclass(frozen=True, slots=True)
class Glasses:
    """What is worn before the eyes.

    `score` in Lab units of line contrast; `frame` (H, W) float32, 1 on the frame, all 0 for a bare face; `worn` and
    `dark` say whether there are glasses, and whether one cannot see through them (then `frame` covers the lenses too).
    """

    score: float
    frame: np.ndarray
    worn: bool
    dark: bool


def reaching_in(skin: np.ndarray, oval: np.ndarray, features: np.ndarray, face: float, generous: bool) -> np.ndarray:
    """(H, W) float32: 1 where something that is no skin reaches into the oval across its edge.

    Shadows, wrinkles and moustaches are no bare skin either, but lie within the face: they stay part of it.

    Args:
        skin: (H, W) likelihood of skin.
        oval: (H, W), 1 inside the face.
        features: (H, W), 1 on eyes, brows and mouth, which do not count.
        face: width, px.
        generous: take the doubtful rim too. For the source, whose stray hair would be carried over; the target's own
            hair is where it belongs anyhow.
    """
    inside = (oval > 0.5) & (features < 0.5)
    foreign = (skin < BARE_BELOW) & inside
    # the rim of a fringe is half hair, half shadow: doubtful pixels close to hair belong to it
    if generous:
        foreign |= (mask.grown(foreign.astype(np.float32), 0.03 * face) > 0.5) & (skin < DOUBTFUL_BELOW) & inside
    count, labels = cv2.connectedComponents(foreign.astype(np.uint8), connectivity=8)
    edge = (oval > 0.5) & (mask.inward(oval, 0.06 * face) < 0.9)
    # a component reaches in when it lies on the edge with more than a speck
    touches = np.bincount(labels[edge & foreign], minlength=count) > 0.0006 * face * face
    touches[0] = False
    covered = _without_islands(
        mask.grown(touches[labels].astype(np.float32), (0.030 if generous else 0.012) * face), oval
    )
    # a wide transition, so that the shadow which a fringe casts fades out instead of ending in a line
    return cv2.GaussianBlur(covered, (0, 0), max(0.5, (0.028 if generous else 0.012) * face))


def _without_islands(covered: np.ndarray, oval: np.ndarray) -> np.ndarray:
    """The cover with every patch of free face filled that is cut off from the largest."""
    free = ((covered < 0.5) & (oval > 0.5)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(free, connectivity=4)
    if count > 2:
        largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
        covered = np.where((labels > 0) & (labels != largest), np.float32(1), covered)
    return covered


def glasses(lab: np.ndarray, skin: np.ndarray, shape: np.ndarray, face: float) -> Glasses:
    """Find a frame: strong lines that bridge the nose and run under both eyes, where a bare face is smooth.

    Args:
        lab: (H, W, 3) float32.
        skin: (H, W) likelihood of skin.
        shape: (478, 2) landmarks, px.
        face: width, px.
    """
    height, width = lab.shape[:2]
    lines = _lines(lab, face)

    def crossing(zone: tuple[int, ...], share: float) -> float:
        """The line contrast that all but `share` of the zone's columns reach somewhere."""
        area = mask.polygon(shape[list(zone)], width, height) > 0.5
        columns = area.any(0)
        if not columns.any():
            return 0.0
        return float(np.percentile((lines * area).max(0)[columns], share))

    under = (crossing(RIGHT_UNDER, 30) + crossing(LEFT_UNDER, 30)) / 2
    score = min(crossing(BRIDGE, 20), under)
    bands = [mask.polygon(shape[list(band)], width, height) for band in (RIGHT_BAG, LEFT_BAG)]
    bare = max(float((skin * band).sum() / max(band.sum(), 1e-6)) for band in bands)
    if bare < DARK_BELOW:
        lenses = mask.grown(_around_eyes(shape, width, height), 0.03 * face)
        return Glasses(score, cv2.GaussianBlur(lenses, (0, 0), max(0.5, 0.01 * face)), True, True)
    if score < GLASSES_AT:
        return Glasses(score, np.zeros((height, width), np.float32), False, False)
    return Glasses(score, _frame(lab, shape, lines, face), True, False)


def _around_eyes(shape: np.ndarray, width: int, height: int) -> np.ndarray:
    """(height, width) float32: from the brows to below the eyes, over the bridge of the nose."""
    zone = np.zeros((height, width), np.float32)
    for outline in (RIGHT_ZONE, LEFT_ZONE, BRIDGE):
        zone = np.maximum(zone, mask.polygon(shape[list(outline)], width, height))
    return zone


def _frame(lab: np.ndarray, shape: np.ndarray, lines: np.ndarray, face: float) -> np.ndarray:
    """(H, W) float32: strong lines around the eyes, with the weaker ones that hang on them, all joined at the bridge.

    Lashes, creases and glints in the lenses are lines too, but hang on nothing.
    """
    height, width = lab.shape[:2]
    zone = _around_eyes(shape, width, height)
    around = (mask.grown(zone, FRAME_BEYOND * face) > 0.5) & ~_beside_ears(shape, width, height, face)
    eyes = np.zeros((height, width), np.float32)
    for part in (mesh.RIGHT_EYE_AROUND, mesh.LEFT_EYE_AROUND):
        eyes = np.maximum(eyes, mask.polygon(shape[list(part)], width, height))
    eyes = mask.grown(eyes, LENS_ROOM * face)
    possible = (lines > FRAME_AT) & around & (eyes < 0.5)
    # a rim breaks where a glint crosses it: pieces that nearly touch are one
    joined = mask.grown(possible.astype(np.float32), 0.008 * face) > 0.5
    count, labels = cv2.connectedComponents(joined.astype(np.uint8), connectivity=8)
    labels = np.where(_without_specks(possible, 0.0008 * face * face), labels, 0)
    strong = np.bincount(labels[possible & (lines > FRAME_SURE)], minlength=count)
    within = np.bincount(labels[zone > 0.5], minlength=count) / np.maximum(
        np.bincount(labels.ravel(), minlength=count), 1
    )
    keep = (strong > 0.0012 * face * face) & (within > 0.5)
    keep[0] = False
    frame = mask.grown(keep[labels].astype(np.float32), 0.010 * face)
    return cv2.GaussianBlur(frame, (0, 0), max(0.5, 0.005 * face))


def _beside_ears(shape: np.ndarray, width: int, height: int, face: float) -> np.ndarray:
    """(H, W) bool: at the edge of the oval or outside, and below the eyes: there no frame runs, but ears begin."""
    down = shape[152] - (shape[33] + shape[263]) / 2
    down = down / max(float(np.linalg.norm(down)), 1e-6)
    y, x = np.mgrid[0:height, 0:width] + 0.5
    depth = (x - (shape[33, 0] + shape[263, 0]) / 2) * down[0] + (y - (shape[33, 1] + shape[263, 1]) / 2) * down[1]
    oval = mask.polygon(shape[list(mesh.OVAL)], width, height)
    result: np.ndarray = (depth > 0.03 * face) & (mask.inward(oval, EAR_ROOM * face) < 0.5)
    return result


def _without_specks(area: np.ndarray, smallest: float) -> np.ndarray:
    """The connected parts of `area` (H, W) bool that have at least `smallest` px."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(area.astype(np.uint8), connectivity=8)
    large = stats[:count, cv2.CC_STAT_AREA] >= smallest
    large[0] = False
    result: np.ndarray = large[labels]
    return result


def _lines(lab: np.ndarray, face: float) -> np.ndarray:
    """(H, W) float32: how far thin structures stand out from what is beside them (top-hat and black-hat), Lab units."""
    smooth = cv2.GaussianBlur(lab, (0, 0), max(0.4, 0.006 * face))
    size = max(3, int(0.06 * face) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    bright = cv2.morphologyEx(smooth, cv2.MORPH_TOPHAT, kernel) * np.array([0.3, 1.0, 1.0], np.float32)
    dark = cv2.morphologyEx(smooth, cv2.MORPH_BLACKHAT, kernel) * np.array([0.6, 1.0, 1.0], np.float32)
    # glints are bright, lashes and creases dark lines of lightness alone: colour tells a frame better
    result: np.ndarray = np.maximum(bright, dark).max(2)
    return result
