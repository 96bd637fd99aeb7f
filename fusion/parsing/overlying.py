"""What lies over a face without being of it: hair and hats from above and beside, other things from anywhere."""

from __future__ import annotations

import numpy as np

from fusion.faces import mesh
from fusion.parsing import shapes
from fusion.parsing.cutout import Cutout

BARE_BELOW = 0.35  # skin likelihood of what may cover
RIM = 0.06  # of the face width: how near to the outline something must come that reaches in


def hair_and_covers(cutout: Cutout, skin: np.ndarray, exempt: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two (side, side) float32 maps: hair, and other things, that reach into the face across its outline.

    Args:
        skin: (side, side) likelihood.
        exempt: (side, side), 1 on what is no skin and no cover: brows, eyes, lips, beards, glasses.
    """
    face = cutout.width
    oval = cutout.polygon(mesh.OVAL)
    foreign = (skin < BARE_BELOW) & (oval > 0.5) & (exempt < 0.5)
    count, labels = shapes.parts(foreign.astype(np.float32))
    rim = (oval > 0.5) & (shapes.away_from(1 - oval) < RIM * face)
    touching = np.bincount(labels[rim & foreign], minlength=count)
    above = np.bincount(labels[rim & foreign & _above(cutout)], minlength=count)
    touches = touching > 0.0006 * face * face
    touches[0] = False
    found = [touches & (above > 0.5 * touching), touches & (above <= 0.5 * touching)]
    hair, cover = (shapes.grown(kind[labels].astype(np.float32), 0.012 * face) for kind in found)
    return shapes.soft(hair, 0.012 * face), shapes.soft(cover, 0.012 * face)


def _above(cutout: Cutout) -> np.ndarray:
    """(side, side) bool: above the nose's tip, where hair comes from."""
    rows = np.arange(cutout.side)[:, None] + 0.5
    return np.broadcast_to(rows < cutout.points[1, 1], (cutout.side, cutout.side))
