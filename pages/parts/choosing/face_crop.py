"""The face of a small result, cut out and made as small as a row of them needs. No Streamlit."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fusion import compared
from fusion.facts import Facts
from fusion.jobs import JobView
from fusion.photos import stored
from fusion.sizing import Rect
from fusion.types import Box

SIDE = 288  # px; of a square, drawn at about half of that
_ROOM = 0.85  # times the part that may have been fused, which has hair and neck in it


@dataclass(frozen=True, slots=True)
class FaceCrop:
    """A square JPEG of SIDE px, without a label, and the boxes of the faces in it, px."""

    jpeg: bytes
    faces: tuple[Box, ...]


def crop(view: JobView) -> FaceCrop:
    """Of a job that is done.

    Raises:
        OSError: its file is missing or damaged.
    """
    assert view.outcome is not None
    pixels, _ = stored.frame(view.outcome.output)
    height, width = pixels.shape[:2]
    area = _area(view.outcome.facts, width, height)
    part = pixels[area.top : area.top + area.height, area.left : area.left + area.width]
    small = np.asarray(cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    faces = tuple(_within(head, area) for head in view.outcome.facts.to_keep_clear)
    return FaceCrop(compared.jpeg(small, job=view.id), faces)


def _area(facts: Facts, width: int, height: int) -> Rect:
    """A square about what may have been fused; the middle of the picture where nothing was."""
    face = facts.region
    if not (face.width and face.height):
        face = Rect(0, 0, width, height)
    side = min(round(_ROOM * max(face.width, face.height)), width, height)
    left = min(max(face.left + (face.width - side) // 2, 0), width - side)
    top = min(max(face.top + (face.height - side) // 2, 0), height - side)
    return Rect(left, top, side, side)


def _within(box: Box, area: Rect) -> Box:
    scale = SIDE / area.width
    left, right = ((x - area.left) * scale for x in (box.left, box.right))
    top, bottom = ((y - area.top) * scale for y in (box.top, box.bottom))
    return Box(left, top, right, bottom)
