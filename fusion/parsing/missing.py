"""What the mesh expects and the picture does not show: eyes and lips that are not there, and fingers instead.

Where something of the color of skin stands before a face, a hand above all, color says nothing. But a mesh is fitted to
it all the same, and says where eyes and lips would be.
"""

from __future__ import annotations

import cv2
import numpy as np

from fusion.faces import mesh
from fusion.parsing import shapes
from fusion.parsing.cutout import Cutout

Rectangle = cv2.typing.RotatedRect
EYES = (mesh.RIGHT_EYE_AROUND, mesh.LEFT_EYE_AROUND)
# Standard deviation of log lightness: of 66 eyes in 33 faces 0.17 at the least, 0.20 behind dark lenses; lips 0.14.
EYE_PLAIN, LIPS_PLAIN = 0.13, 0.13
LIPS_LIKE_SKIN = 5.0  # CIELAB, between lips and what is around them, in any channel; lips of 33 faces differ by 5 or so
TURNED = 1.6  # the wider eye's width over the other's, from which the other says nothing
ROOM = 0.04  # of the face width, around a feature that is not there
HELD, MOST = 0.5, 0.35  # how much of a missing feature a piece holds, and the face widths squared that it has at most
LINE = 3.0  # CIELAB units per px, at the lightness of fair skin: less is a wrinkle
SKIN_LIGHT = 86.0  # L + 16 of fair skin
PIECE = 0.012  # of the face width squared: the least of a finger; eight times that is the most
LIKE_SKIN = 0.7  # mean likelihood of skin in a finger
MINE = 0.75  # share of a piece that is brow, eye, nostril or lip, from which it is that
LONG, FULL = 1.8, 0.65  # a finger's length over its width, and what it fills of the box around it
PARALLEL, BESIDE = 0.87, 0.10  # cosine between two fingers, and the face widths between their edges


def features(cutout: Cutout) -> np.ndarray:
    """(side, side) float32: where eyes and lips should be and are not, and what sharp edges bound around there."""
    found = [cutout.hull(ids) for ids in (*_plain_eyes(cutout), *_plain_lips(cutout))]
    if not found:
        return np.zeros((cutout.side, cutout.side), np.float32)
    labels, sizes = _between_edges(cutout, np.zeros_like(found[0]))
    masks = [shapes.grown(hull, ROOM * cutout.width) for hull in found]
    for hull in found:
        shares = np.bincount(labels[hull > 0.5], minlength=len(sizes)) / max(float((hull > 0.5).sum()), 1)
        shares[0] = 0
        best = int(shares.argmax())
        if shares[best] > HELD and sizes[best] < MOST * cutout.width**2:
            masks.append(shapes.grown((labels == best).astype(np.float32), 0.03 * cutout.width))
    return shapes.either(*masks)


def eyes_are_plain(cutout: Cutout) -> bool:
    """Whether no eye is to be seen that should be."""
    return len(_plain_eyes(cutout)) == len(_near_eyes(cutout))


def _near_eyes(cutout: Cutout) -> list[tuple[int, ...]]:
    """Both, or where the head is turned the nearer one."""
    widths = [float(np.ptp(cutout.points[list(ids), 0])) for ids in EYES]
    return [ids for ids, width in zip(EYES, widths, strict=True) if width * TURNED > max(widths)]


def _plain_eyes(cutout: Cutout) -> list[tuple[int, ...]]:
    """The eyes without lid, iris and lashes."""
    return [ids for ids in _near_eyes(cutout) if 0 <= _spread(cutout, cutout.polygon(ids)) < EYE_PLAIN]


def _plain_lips(cutout: Cutout) -> list[tuple[int, ...]]:
    lips = cutout.polygon(mesh.LIPS_OUTER)
    outside = shapes.grown(lips, 0.05 * cutout.width) - shapes.grown(lips, 0.02 * cutout.width)
    area, ring = lips > 0.5, outside > 0.5
    if not (area.any() and ring.any()) or not 0 <= _spread(cutout, lips) < LIPS_PLAIN:
        return []
    apart = np.abs(np.median(cutout.lab[area], axis=0) - np.median(cutout.lab[ring], axis=0))
    return [mesh.LIPS_OUTER] if float(apart.max()) < LIPS_LIKE_SKIN else []


def _spread(cutout: Cutout, mask: np.ndarray) -> float:
    """Of log lightness, that of most of the area; −1 where it is too small or not in the photo."""
    area = (mask > 0.5) & (cutout.within > 0.5)
    if area.sum() < max(30, 0.5 * (mask > 0.5).sum()):
        return -1.0
    return float(np.std(cutout.light[area]))


def _between_edges(cutout: Cutout, things: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(side, side) int32: which piece of the face between sharp edges each pixel is of; and the size of each, px.

    0 is what belongs to none. `things` (side, side) are no face.
    """
    across = shapes.grown(cutout.oval, 0.03 * cutout.width) > 0.5
    sharp = cutout.steepness > LINE * np.exp(cutout.light) / SKIN_LIGHT
    count, labels = shapes.parts((across & ~sharp & (things < 0.5)).astype(np.float32))
    return labels, np.maximum(np.bincount(labels.ravel(), minlength=count), 1)


def fingers(cutout: Cutout, skin: np.ndarray, things: np.ndarray, features: np.ndarray) -> np.ndarray:
    """(side, side) float32: long pieces of skin with sharp edges that lie side by side.

    Args:
        skin: (side, side) likelihood.
        things: (side, side), 1 on what is known to lie over the face.
        features: (side, side), 1 on brows, eyes, nostrils and lips, whose lines cut out pieces too.
    """
    face = cutout.width
    labels, sizes = _between_edges(cutout, things)
    count = len(sizes)
    own_lines = np.bincount(labels.ravel(), (features > 0.5).ravel(), count) / sizes
    like = np.bincount(labels.ravel(), skin.ravel(), count) / sizes
    likely = (sizes > PIECE * face**2) & (sizes < 8 * PIECE * face**2) & (own_lines < MINE) & (like > LIKE_SKIN)
    likely[0] = False
    boxes = {i: _box(labels == i) for i in map(int, np.flatnonzero(likely))}
    long = {i: box for i, box in boxes.items() if _is_finger(box, int(sizes[i]))}
    chosen = np.array([i in long and _has_beside(i, long, face) for i in range(count)])
    return shapes.grown(chosen[labels].astype(np.float32), 0.03 * face)


def _box(piece: np.ndarray) -> Rectangle:
    return cv2.minAreaRect(np.argwhere(piece)[:, ::-1].astype(np.float32))


def _is_finger(box: Rectangle, size: int) -> bool:
    width, height = sorted(box[1])
    return height > LONG * width and size > FULL * width * height


def _has_beside(which: int, boxes: dict[int, Rectangle], face: float) -> bool:
    """Whether another of the boxes lies along this one."""
    (middle, sides, _), way = boxes[which], _way(boxes[which])
    for other, box in boxes.items():
        apart = np.subtract(box[0], middle)
        along, across = abs(float(apart @ way)), abs(float(apart @ (-way[1], way[0])))
        reach = 0.5 * (min(sides) + min(box[1])) + BESIDE * face
        parallel = abs(float(way @ _way(box))) > PARALLEL
        if other != which and parallel and across < reach and along < 0.7 * max(sides):
            return True
    return False


def _way(box: Rectangle) -> np.ndarray:
    """The unit vector along the longer side."""
    corners = cv2.boxPoints(box)
    side = max(corners[1] - corners[0], corners[2] - corners[1], key=lambda each: float(np.hypot(*each)))
    return side / max(float(np.hypot(*side)), 1e-6)
