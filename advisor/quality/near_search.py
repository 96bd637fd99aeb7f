"""A face looked for where it is known to be: a tenth of the work of looking through a large photo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fusion.faces import Face, Finder, picked
from fusion.types import Box

ROOM = 0.6  # of the box's longer side, on each side of it: the detector wants to see what a face is in


def find_near(finder: Finder, pixels: np.ndarray, box: Box) -> Face | None:
    """The face that fills `box`; None where none is found there.

    Args:
        pixels: (H, W, 3) uint8 RGB, the whole photo.
        box: px of it, of the face's landmarks.
    """
    room = ROOM * max(box.width, box.height)
    height, width = pixels.shape[:2]
    left, top = max(0, int(box.left - room)), max(0, int(box.top - room))
    right, bottom = min(width, int(box.right + room) + 1), min(height, int(box.bottom + room) + 1)
    if right <= left or bottom <= top:
        return None
    found = finder.find(np.ascontiguousarray(pixels[top:bottom, left:right])).faces
    return picked([_moved(face, left, top) for face in found], box)


def _moved(face: Face, left: int, top: int) -> Face:
    landmarks = face.landmarks + np.array([left, top], np.float32)
    landmarks.setflags(write=False)
    at = face.box
    return replace(face, landmarks=landmarks, box=Box(at.left + left, at.top + top, at.right + left, at.bottom + top))
