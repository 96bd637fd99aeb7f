"""Whose color a pixel has: the face's own, or that of what is around the head, both learnt from the picture itself."""

from __future__ import annotations

from functools import reduce

import cv2
import numpy as np

from fusion.faces import mesh
from fusion.parsing import shapes
from fusion.parsing.cutout import Cutout

NEAR, FAR = 0.04, 0.35  # of the face width from its outline: between these is what is around the head
STEPS = (5.0, 3.0, 3.0)  # of the histograms, CIELAB
LOWEST = (0.0, -20.0, -20.0)
BINS = (22, 24, 28)
RARE = 2e-5  # share of a bin's pixels below which it says nothing
OFF, LEAST_OFF = 0.6, 0.08  # how far chroma over lightness may be from that of most skin, of it, and at least
DIM = 0.6  # of the lightness of lit skin, below which skin is in shade
HAIRY = 0.025  # texture (`Cutout.texture`) of hair; of 34 foreheads without a fringe half the area has it in four,
HUNG_OVER, NO_SKIN = 0.5, 15.0  # share of a forehead; and CIELAB from the cheeks, which these four are within
CUT = 4.0  # CIELAB units per px, from which a border is that of a thing in front
CLIPPED = 250  # of 255: where all channels are at their end, color says nothing
_KERNEL = (0.06, 0.24, 0.40, 0.24, 0.06)


def seed(cutout: Cutout) -> np.ndarray:
    """(side, side) bool: cheeks, nose and forehead, but what lies over them, is clipped or not in the photo."""
    area = shapes.either(*map(cutout.hull, mesh.SKIN)) > 0.5
    area &= (cutout.within > 0.5) & (cutout.least < CLIPPED)
    if not area.any():
        return area
    light = cutout.lab[..., 0] + 16
    of_a, of_b = (cutout.lab[..., i] / light for i in (1, 2))  # one surface keeps them in light and shade
    lit = area & (light >= np.median(light[area]))
    hue = float(np.median(of_a[lit])), float(np.median(of_b[lit]))
    off = np.hypot(of_a - hue[0], of_b - hue[1]) > max(OFF * float(np.hypot(*hue)), LEAST_OFF)
    dim = area & (light < DIM * np.median(light[lit])) & off
    forehead = cutout.hull(mesh.FOREHEAD) > 0.5
    area &= ~_fringe(cutout, area, forehead)
    return area & ~(dim & forehead) & ~(dim & _is_cut_out(cutout, area, dim))  # a fringe; a phone, and no shade


def _fringe(cutout: Cutout, area: np.ndarray, forehead: np.ndarray) -> np.ndarray:
    """(side, side) bool: hair of whatever color that hangs over most of a forehead."""
    brows = shapes.either(*map(cutout.polygon, (mesh.RIGHT_BROW, mesh.LEFT_BROW)))
    plain = forehead & (shapes.grown(brows, 0.03 * cutout.width) < 0.5)
    rough, rest = plain & (cutout.texture > HAIRY), area & ~forehead
    if not rest.any() or rough.sum() < HUNG_OVER * max(plain.sum(), 1):
        return np.zeros_like(area)
    colors = [np.median(cutout.lab[part], axis=0) for part in (rough, rest)]
    is_hair = float(np.linalg.norm(colors[0] - colors[1])) > NO_SKIN  # or the light is harsh, or the photo grainy
    return forehead & (cutout.texture > HAIRY) & is_hair


def _is_cut_out(cutout: Cutout, area: np.ndarray, part: np.ndarray) -> bool:
    """Whether most of the border of a part of an area is that of a thing before it."""
    ring = (cv2.dilate(part.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0) & area & ~part
    return bool(ring.any()) and float((cutout.steepness[ring] > CUT).mean()) > 0.6


def around(cutout: Cutout, own: np.ndarray) -> np.ndarray:
    """(side, side) float32, 0…1: how much rather a pixel's color is found around the head than in the face.

    Args:
        own: (side, side) bool, skin for certain.
    """
    away = shapes.away_from(cutout.oval)
    rows = np.arange(cutout.side)[:, None] + 0.5
    outside = (away > NEAR * cutout.width) & (away < FAR * cutout.width) & (cutout.within > 0.5)
    outside &= rows < cutout.points[list(mesh.LIPS_INNER), 1].mean()  # below it the neck begins
    bins = _bins(cutout.lab)
    there, here = _shares(bins, outside), _shares(bins, own)
    return (there / (there + here + RARE)).astype(np.float32)[bins]


def _bins(lab: np.ndarray) -> np.ndarray:
    """(H, W) int32: which bin each pixel's color falls into."""
    light, a, b = (
        np.clip((lab[..., i] - LOWEST[i]) * (1 / STEPS[i]), 0, BINS[i] - 1).astype(np.int32) for i in range(3)
    )
    return (light * BINS[1] + a) * BINS[2] + b


def _shares(bins: np.ndarray, area: np.ndarray) -> np.ndarray:
    """The share of an area's pixels that each bin holds, smoothed over its neighbours."""
    counts = np.bincount(bins[area], minlength=int(np.prod(BINS))).astype(np.float64).reshape(BINS)
    for _ in range(3):  # each axis comes to the front in turn
        length = len(counts)
        padded = np.zeros((length + 4, *counts.shape[1:]))
        padded[2:-2] = counts
        shifted = (weight * padded[i : i + length] for i, weight in enumerate(_KERNEL))
        counts = np.moveaxis(reduce(np.add, shifted), 0, -1)
    return counts.ravel() / max(counts.sum(), 1.0)
