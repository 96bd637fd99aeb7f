"""Whose color a pixel has: the face's own, or that of what is around the head, both learnt from the picture itself."""

from __future__ import annotations

import numpy as np

from fusion.faces import mesh
from fusion.parsing import shapes
from fusion.parsing.cutout import Cutout

FOREHEAD = (151, 108, 69, 104, 105, 66, 107, 9, 336, 296, 334, 333, 299, 337)
SEEDS = (mesh.RIGHT_CHEEK, mesh.LEFT_CHEEK, mesh.NOSE, FOREHEAD)  # seldom all covered at once
NEAR, FAR = 0.04, 0.35  # of the face width from its outline: between these is what is around the head
STEPS = (5.0, 3.0, 3.0)  # of the histograms, CIELAB
LOWEST = (0.0, -20.0, -20.0)
BINS = (22, 24, 28)
RARE = 2e-5  # share of a bin's pixels below which it says nothing
_KERNEL = (0.06, 0.24, 0.40, 0.24, 0.06)


def seed(cutout: Cutout) -> np.ndarray:
    """(side, side) bool: cheeks, nose and forehead, as far as they agree with each other and are in the photo."""
    area = (np.max([cutout.hull(ids) for ids in SEEDS], axis=0) > 0.5) & (cutout.within > 0.5)
    lightness = np.log(cutout.lab[..., 0] + 16)
    if not area.any():
        return area
    middle = np.median(lightness[area])
    return area & (np.abs(lightness - middle) < 0.75)  # a fringe on a forehead is further away than a shadow


def around(cutout: Cutout, own: np.ndarray, person: np.ndarray | None) -> np.ndarray:
    """(side, side) float32, 0…1: how much rather a pixel's color is found around the head than in the face.

    Args:
        own: (side, side) bool, skin for certain.
        person: (side, side), the silhouette, where one is known: what is outside it is neither hair nor hat.
    """
    away = shapes.away_from(cutout.polygon(mesh.OVAL))
    rows = np.arange(cutout.side)[:, None] + 0.5
    outside = (away > NEAR * cutout.width) & (away < FAR * cutout.width) & (cutout.within > 0.5)
    outside &= rows < cutout.points[list(mesh.LIPS_INNER), 1].mean()  # below it the neck begins
    if person is not None:
        outside &= person > 0.5
    bins = _bins(cutout.lab)
    there, here = _shares(bins, outside), _shares(bins, own)
    return (there / (there + here + RARE)).astype(np.float32)[bins]


def _bins(lab: np.ndarray) -> np.ndarray:
    """(H, W) int: which bin each pixel's color falls into."""
    each = ((lab - np.float32(LOWEST)) / np.float32(STEPS)).astype(np.int64)
    each = np.clip(each, 0, np.array(BINS) - 1)
    return (each[..., 0] * BINS[1] + each[..., 1]) * BINS[2] + each[..., 2]


def _shares(bins: np.ndarray, area: np.ndarray) -> np.ndarray:
    """The share of an area's pixels that each bin holds, smoothed over its neighbours."""
    counts = np.bincount(bins[area], minlength=int(np.prod(BINS))).astype(np.float64).reshape(BINS)
    for axis in range(3):
        padding = [(2, 2) if each == axis else (0, 0) for each in range(3)]
        padded, length = np.pad(counts, padding), counts.shape[axis]
        counts = sum(weight * np.take(padded, range(i, i + length), axis) for i, weight in enumerate(_KERNEL))
    return counts.ravel() / max(counts.sum(), 1.0)
