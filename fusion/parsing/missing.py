"""What the mesh expects and the picture does not show: eyes and lips that are not there, skin that is cut by an edge.

Where something of the color of skin stands before a face, a hand above all, color says nothing. But a mesh is fitted to
it all the same, and says where eyes and lips would be.
"""

from __future__ import annotations

import numpy as np

from fusion.faces import mesh
from fusion.parsing import shapes
from fusion.parsing.cutout import Cutout

BROWS = list(mesh.RIGHT_BROW + mesh.LEFT_BROW)
EYES = (mesh.RIGHT_EYE_AROUND, mesh.LEFT_EYE_AROUND)
# Standard deviation of log lightness: of 66 eyes in 33 faces 0.17 at the least, 0.20 behind dark lenses; lips 0.14.
EYE_PLAIN, LIPS_PLAIN = 0.13, 0.13
LIPS_LIKE_SKIN = 5.0  # CIELAB, between lips and what is around them, in any channel; lips of 33 faces differ by 5 or so
TURNED = 1.6  # the wider eye's width over the other's, from which the other says nothing
ROOM = 0.04  # of the face width, around a feature that is not there
LINE = 3.0  # CIELAB units per px, at the lightness of fair skin: no wrinkle of a bare face cuts a piece out of it
PIECE = 0.02  # of the face width squared: the least that is cut out
LIKE_SKIN = 0.7  # mean likelihood of skin in such a piece
AS_LIGHT = 0.35  # log lightness between it and the rest: more is a cast shadow's edge
_SKIN_LIGHT = 70.0


def features(cutout: Cutout) -> np.ndarray:
    """(side, side) float32: where eyes and lips should be, and are not."""
    found = [cutout.hull(ids) for ids in (*_plain_eyes(cutout), *_plain_lips(cutout))]
    if not found:
        return np.zeros((cutout.side, cutout.side), np.float32)
    return shapes.grown(shapes.either(*found), ROOM * cutout.width)


def _plain_eyes(cutout: Cutout) -> list[tuple[int, ...]]:
    """The eyes without lid, iris and lashes; where the head is turned, the nearer one tells alone."""
    widths = [float(np.ptp(cutout.points[list(ids), 0])) for ids in EYES]
    seen = [ids for ids, width in zip(EYES, widths, strict=True) if width * TURNED > max(widths)]
    return [ids for ids in seen if 0 <= _spread(cutout, cutout.polygon(ids)) < EYE_PLAIN]


def _plain_lips(cutout: Cutout) -> list[tuple[int, ...]]:
    lips = cutout.polygon(mesh.LIPS_OUTER)
    outside = shapes.grown(lips, 0.05 * cutout.width) - shapes.grown(lips, 0.02 * cutout.width)
    area, ring = lips > 0.5, outside > 0.5
    if not (area.any() and ring.any()) or _spread(cutout, lips) >= LIPS_PLAIN:
        return []
    apart = np.abs(np.median(cutout.lab[area], axis=0) - np.median(cutout.lab[ring], axis=0))
    return [mesh.LIPS_OUTER] if float(apart.max()) < LIPS_LIKE_SKIN else []


def _spread(cutout: Cutout, mask: np.ndarray) -> float:
    """Of log lightness, that of most of the area; −1 where it is too small or not in the photo."""
    area = (mask > 0.5) & (cutout.within > 0.5)
    if area.sum() < max(30, 0.5 * (mask > 0.5).sum()):
        return -1.0
    return float(np.std(cutout.light[area]))


def cut_out_skin(cutout: Cutout, skin: np.ndarray, seed: np.ndarray, exempt: np.ndarray) -> np.ndarray:
    """(side, side) float32: skin-colored pieces that a sharp line cuts from the face, as a hand before it has one.

    Args:
        skin: (side, side) likelihood.
        seed: (side, side) bool, skin for certain.
        exempt: (side, side), 1 on features and on what else lies over the face: their lines are their own.
    """
    face = cutout.width
    across = shapes.grown(cutout.oval, 0.03 * face) > 0.5
    sharp = cutout.steepness > LINE * (cutout.lab[..., 0] + 16) / (_SKIN_LIGHT + 16)
    free = across & (~sharp | (exempt > 0.5))
    count, labels = shapes.parts(free.astype(np.float32))
    main = int(np.bincount(labels[seed & free], minlength=count).argmax()) if (seed & free).any() else 0
    own = labels.ravel()
    sizes = np.maximum(np.bincount(own, minlength=count), 1)
    foreign = np.bincount(own, (exempt > 0.5).ravel(), count) / sizes
    like = np.bincount(own, skin.ravel(), count) / sizes
    light = np.bincount(own, cutout.light.ravel(), count) / sizes
    rows = np.broadcast_to(np.arange(cutout.side)[:, None] + 0.5, labels.shape)
    below = np.bincount(own, rows.ravel(), count) / sizes > cutout.points[BROWS, 1].mean()  # above, hair cuts foreheads
    chosen = below & (sizes > PIECE * face**2) & (foreign < 0.2) & (like > LIKE_SKIN)
    chosen &= np.abs(light - light[main]) < AS_LIGHT
    chosen[[0, main]] = False
    return shapes.grown(chosen[labels].astype(np.float32), 0.03 * face)
