"""Hair that grows in the face."""

from __future__ import annotations

import numpy as np

from fusion.faces import mesh
from fusion.parsing import shapes
from fusion.parsing.cutout import Cutout

MOUSTACHE = (2, 97, 98, 64, 203, 206, 216, 61, 40, 37, 0, 267, 270, 291, 436, 426, 423, 294, 327, 326)
LOWER_CHEEKS = (
    58,
    172,
    136,
    150,
    149,
    176,
    148,
    152,
    377,
    400,
    378,
    379,
    365,
    397,
    288,
    291,
    375,
    321,
    405,
    17,
    181,
    91,
    61,
)
SURE_FROM, SURE_AT = 0.35, 0.7  # share of no skin, in both zones, from which a beard is likely, and certain


def find(cutout: Cutout, skin: np.ndarray) -> tuple[np.ndarray, float]:
    """(side, side) float32, where a beard is, and 0…1, how sure that is. `skin`: (side, side) likelihood."""
    lips = shapes.grown(cutout.polygon(mesh.LIPS_OUTER), 0.015 * cutout.width)
    zones = [cutout.polygon(ids) * (1 - lips) for ids in (MOUSTACHE, LOWER_CHEEKS)]
    shares = [float(((1 - skin) * zone).sum() / max(zone.sum(), 1e-6)) for zone in zones]
    sure = float(shapes.rising(np.array(min(shares)), SURE_FROM, SURE_AT))
    return (np.maximum(*zones) * (1 - skin) * sure).astype(np.float32), sure
