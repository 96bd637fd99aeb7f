"""Hair that hangs over brows and eyes: as dark as they are, but one piece with what hangs above or beside them."""

from __future__ import annotations

import cv2
import numpy as np

from fusion.faces import mesh
from fusion.parsing import shapes
from fusion.parsing.cutout import Cutout

BROWS, EYES = (mesh.RIGHT_BROW, mesh.LEFT_BROW), (mesh.RIGHT_EYE, mesh.LEFT_EYE)
LASHES = 0.02  # of the face width around an eye's opening: what is dark there is lashes
ABOVE = 0.03  # of the face width: so far up from a brow hair must go on to hang over it
ROOM_LIGHT, ROOM_CHROMA = 5.0, 8.0  # CIELAB: how far from that of the hair a color may be
SURE = 4.5  # mean spreads away from skin: hair over the eyes of six people had 4.7 to 7.7, eye shadow up to 3.9
BURIED = 0.2  # of a brow's length: so much of it in one piece is hung over, or none, since single strands cross brows


def over_features(cutout: Cutout, hair: np.ndarray, strange: np.ndarray, unlike: np.ndarray) -> np.ndarray:
    """(side, side) bool: what of brows and eyes, and of what is around them, lies under hair.

    Args:
        hair: (side, side) bool, what reaches into the face beside the features.
        strange: (side, side) bool, what of them, and around them, is rather of a color around the head than of skin.
        unlike: (side, side), spreads away from skin.
    """
    whole = np.zeros_like(hair)
    near = cv2.dilate(hair.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if not (strange & near).any():
        return whole
    above = round(ABOVE * cutout.width)
    across = np.flatnonzero(strange.any(1))
    rows = slice(max(0, int(across[0]) - above - 1), int(across[-1]) + 2)  # the others say nothing
    eyes, *brows = (
        part[rows]
        for part in (shapes.either(*map(cutout.polygon, EYES)), *(cutout.polygon(ids) > 0.5 for ids in BROWS))
    )
    like = strange[rows] & _colored_like(cutout.lab, hair, rows) & (shapes.grown(eyes, LASHES * cutout.width) < 0.5)
    found = _surely(shapes.touching(like & ~brows[0] & ~brows[1], hair[rows]), unlike[rows])
    for brow in brows:
        found |= _hung_over(brow, hair[rows] | found, like, above)
    whole[rows] = found
    return whole


def _colored_like(lab: np.ndarray, hair: np.ndarray, rows: slice) -> np.ndarray:
    """(h, side) bool: what in some rows has the lightness and the chroma of hair. Make-up seldom has both."""
    low, middle, high = np.percentile(lab[hair], (5, 50, 95), axis=0)
    light, chroma = lab[rows][..., 0], lab[rows][..., 1:]
    of_light = (light > low[0] - ROOM_LIGHT) & (light < high[0] + ROOM_LIGHT)
    return of_light & (np.abs(chroma - middle[1:]).max(-1) < np.maximum(high - low, ROOM_CHROMA)[1:].max())


def _surely(found: np.ndarray, unlike: np.ndarray) -> np.ndarray:
    """(side, side) bool: the pieces that are far from skin; shade beside hair, and eye shadow, are nearer."""
    count, labels = shapes.parts(found.astype(np.float32))
    size = np.maximum(np.bincount(labels.ravel(), minlength=count), 1)
    sure: np.ndarray = (np.bincount(labels.ravel(), unlike.ravel(), count) / size > SURE)[labels] & found
    return sure


def _hung_over(brow: np.ndarray, hair: np.ndarray, dark: np.ndarray, above: int) -> np.ndarray:
    """(side, side) bool: what is dark from hair above a brow down, in the columns in which no skin is between."""
    found = np.zeros_like(brow)
    columns = np.flatnonzero(brow.any(0))
    if not len(columns):
        return found
    top = brow.argmax(0)
    buried = np.array([hair[max(0, top[x] - above) : top[x], x].all() for x in columns]) & (top[columns] >= above)
    for run in np.split(np.arange(len(columns)), np.flatnonzero(np.diff(buried.astype(int))) + 1):
        if buried[run[0]] and len(run) > BURIED * len(columns):
            for x in columns[run]:
                down = dark[top[x] :, x]
                found[top[x] : top[x] + (len(down) if down.all() else int(down.argmin())), x] = True
    return found
