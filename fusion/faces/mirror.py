"""A face as a mirror shows it: right and left change places, the person stays the same.

Points are px of a photo with pixel centres at +0.5, so in a photo of `width` px x becomes `width` - x.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from fusion.faces import mesh
from fusion.faces.finder import Face
from fusion.types import Box


@lru_cache(maxsize=1)
def pairing() -> np.ndarray:
    """(478,) int64, read-only: which landmark each becomes in the mirror; its own inverse."""
    pairs = np.arange(mesh.COUNT)
    pairs[list(mesh.RIGHT_HALF)] = mesh.LEFT_HALF
    pairs[list(mesh.LEFT_HALF)] = mesh.RIGHT_HALF
    pairs.setflags(write=False)
    return pairs


def mirrored(points: np.ndarray, width: float) -> np.ndarray:
    """The landmarks (478, 2 or 3) of a photo `width` px wide, once that is flipped from left to right."""
    result: np.ndarray = points[pairing()]
    result[:, 0] = width - result[:, 0]
    return result


def mirrored_face(face: Face, width: float) -> Face:
    """The face in its photo of `width` px, once that is flipped from left to right.

    Pitch, score and depth are as they were; the expressions of the two halves change places, too.
    """
    landmarks, depth = mirrored(face.landmarks, width), face.depth[pairing()]
    for array in (landmarks, depth):
        array.setflags(write=False)
    return replace(
        face,
        landmarks=landmarks,
        depth=depth,
        box=Box(width - face.box.right, face.box.top, width - face.box.left, face.box.bottom),
        yaw=-face.yaw,
        roll=-face.roll,
        blendshapes=MappingProxyType({_other_half(name): value for name, value in face.blendshapes.items()}),
    )


def _other_half(name: str) -> str:
    """The name of the same expression on the other half of the face: `browDownLeft`, `browDownRight`."""
    for one, other in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(one):
            return name.removesuffix(one) + other
    return name
