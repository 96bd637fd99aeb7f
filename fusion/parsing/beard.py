"""Hair that grows in the face: the color of hair, and its texture, on the upper lip, the chin and the jaw at once."""

from __future__ import annotations

import numpy as np

from fusion.faces import mesh
from fusion.parsing import shapes
from fusion.parsing.cutout import Cutout

# fmt: off
MOUSTACHE = (2, 97, 98, 64, 203, 206, 216, 61, 40, 37, 0, 267, 270, 291, 436, 426, 423, 294, 327, 326)
CHIN = (17, 84, 181, 91, 106, 182, 194, 32, 140, 171, 175, 396, 369, 262, 418, 406, 335, 321, 405, 314, 152, 148, 377)
RIGHT_JAW = (61, 91, 106, 182, 194, 32, 140, 176, 149, 150, 136, 172, 58, 215, 138, 135, 169, 170, 192, 214, 212, 57)
LEFT_JAW = (291, 321, 335, 406, 418, 262, 369, 400, 378, 379, 365, 397, 288, 435, 367, 364, 394, 395, 416, 434, 432,
            287)
BELOW_EARS = (132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 425, 2, 205, 93)
# fmt: on
HAIRY_FROM, HAIRY = 0.25, 0.40  # mean share of the color of hair on lip and chin: of doubt, and of a beard
ROUGH_FROM, ROUGH = 0.015, 0.030  # likewise of texture: variation of log lightness within a few px; smooth skin 0.005


def find(cutout: Cutout, around: np.ndarray, cover: np.ndarray) -> tuple[np.ndarray, float]:
    """(side, side) float32, where a beard is, and 0…1, how sure it is that there is one.

    A shadow under the chin has the one and not the other: dark as hair, but smooth.

    Args:
        around: (side, side), how much rather a color is found around the head, where hair is, than on cheeks and nose.
        cover: (side, side), what stands before the face.
    """
    rough = cutout.texture
    rest = 1 - shapes.grown(cutout.polygon(mesh.LIPS_OUTER), 0.015 * cutout.width)
    oval = cutout.oval * (1 - cover)
    lip, chin = ((cutout.hull(ids) * rest * oval) > 0.5 for ids in (MOUSTACHE, CHIN))
    if not (lip.any() and chin.any()):
        return np.zeros_like(around), 0.0
    hairy = min(float(around[zone].mean()) for zone in (lip, chin))
    coarse = min(float(np.median(rough[zone])) for zone in (lip, chin))
    sure = _rising(hairy, HAIRY_FROM, HAIRY) * _rising(coarse, ROUGH_FROM, ROUGH)
    zone = shapes.either(*map(cutout.hull, (MOUSTACHE, CHIN, RIGHT_JAW, LEFT_JAW, BELOW_EARS))) * rest
    likely = np.maximum(shapes.rising(around, 0.35, 0.6), shapes.rising(rough, 0.02, 0.05))
    return shapes.soft(likely * zone * oval * sure, 0.012 * cutout.width), sure


def _rising(value: float, low: float, high: float) -> float:
    return float(shapes.rising(np.array(value), low, high))
