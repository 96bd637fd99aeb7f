"""What advice must know of two photos and the chosen faces: sizes, pose, light, and what is covered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fusion.faces import Face
from fusion.outlook import Subject
from fusion.spec import Size


@dataclass(frozen=True, slots=True)
class Look:
    """One photo and its chosen face.

    Attributes:
        photo: its size.
        file_bytes: of the file.
        width_px: of the face, as in `fusion.geometry.face_width`.
        inter_eye_px, yaw, pitch: as in `fusion.faces.Face`; degrees.
        light: −1…1, how much brighter the half of the face on the right of the picture is than the left.
        covered: 0…1, the share of the face that is something else than face: hair, hands, a mask, dark glasses.
    """

    photo: Size
    file_bytes: int
    width_px: float
    inter_eye_px: float
    yaw: float
    pitch: float
    light: float
    covered: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Both photos; a look is None where there is no photo, or no face in it."""

    subject: Subject
    target: Look | None = None
    source: Look | None = None


def look(pixels: np.ndarray, face: Face, file_bytes: int) -> Look:
    """What the photo shows of a face.

    Args:
        pixels: (H, W, 3) uint8 RGB, the whole photo.
        file_bytes: of the photo's file.
    """
    raise NotImplementedError
