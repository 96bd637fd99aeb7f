"""What lies over a face without being of it: hair and hats from above and beside, other things from anywhere."""

from __future__ import annotations

import numpy as np

from fusion.faces import mesh
from fusion.parsing import shapes
from fusion.parsing.cutout import Cutout

HAIR_FROM = 0.55  # share of the color of what is around the head, from which a pixel may be hair
BARE_BELOW = 0.35  # skin likelihood of what may cover
RIM = 0.06  # of the face width: how near to the outline something must come that reaches in
SPECK = 0.0006  # of the face width squared: what is smaller is nothing


def hair(cutout: Cutout, around: np.ndarray, skin: np.ndarray, exempt: np.ndarray) -> np.ndarray:
    """(side, side) float32: what reaches into the face across its outline from above or beside, colored as what is
    there.

    Args:
        around: (side, side), how much rather a color is found around the head.
        skin: (side, side) likelihood.
        exempt: (side, side), 1 on what is no skin and no hair: brows, eyes, lips, beards, glasses.
    """
    smooth = shapes.guided(cutout.lab[..., 0] / 100, around, max(1, round(0.012 * cutout.width)), 4e-4)
    likely = (smooth > HAIR_FROM) & (skin < 0.6)
    return _reaching_in(cutout, likely & (exempt < 0.5), _above(cutout))


def covers(cutout: Cutout, skin: np.ndarray, exempt: np.ndarray) -> np.ndarray:
    """(side, side) float32: what is no skin and none of what is `exempt`, anywhere in the face.

    Arguments as for `hair`; `exempt` includes hair.
    """
    face = cutout.width
    foreign = (skin < BARE_BELOW) & (cutout.polygon(mesh.OVAL) > 0.5) & (exempt < 0.5)
    large = shapes.without_specks(foreign.astype(np.float32), 20 * SPECK * face * face)
    return shapes.soft(shapes.grown(large.astype(np.float32), 0.012 * face), 0.012 * face)


def _reaching_in(cutout: Cutout, area: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    face = cutout.width
    oval = cutout.polygon(mesh.OVAL) > 0.5
    count, labels = shapes.parts((area & oval).astype(np.float32))
    rim = oval & (shapes.away_from(1 - oval.astype(np.float32)) < RIM * face)
    touching = np.bincount(labels[rim & area], minlength=count)
    from_there = np.bincount(labels[rim & area & allowed], minlength=count)
    reaches = (touching > SPECK * face * face) & (from_there > 0.5 * touching)
    reaches[0] = False
    return shapes.soft(shapes.grown(reaches[labels].astype(np.float32), 0.012 * face), 0.012 * face)


def _above(cutout: Cutout) -> np.ndarray:
    """(side, side) bool: above the nose's tip, where hair comes from."""
    rows = np.arange(cutout.side)[:, None] + 0.5
    return np.broadcast_to(rows < cutout.points[1, 1], (cutout.side, cutout.side))
