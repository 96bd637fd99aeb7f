"""What of a photo the detector looks at: copies at falling scales, each in overlapping windows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

SMALLEST_FACE_PX = 40  # of the photo: every face at least this wide is to be found
SMALLEST_SEEN_PX = 26  # of the network's input: at this width each of 160 pasted heads scored over `SUSPECT`
FINEST = SMALLEST_SEEN_PX / SMALLEST_FACE_PX
WHOLE_SIDE = 640  # px: a picture of at most this side is looked at once; what fills it still fits the largest anchors
WINDOW_WIDTH, WINDOW_HEIGHT = 896, 704  # px: what is looked at together at most, which bounds memory
OVERLAP = 128  # px: faces up to this high are whole in one window; higher ones are found on the next coarser copy
STEP = 4  # each copy is that much coarser than the one before: a face OVERLAP px high is SMALLEST_SEEN_PX wide there


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """A photo at another scale: (h, w, 3) uint8 RGB, and its px per px of the photo."""

    pixels: np.ndarray
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A part of a copy, its top left in px of the photo, and its px per px of the photo."""

    picture: np.ndarray
    offset: tuple[float, float]
    scale: float

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom, px of the photo."""
        left, top = self.offset
        return left, top, left + self.picture.shape[1] / self.scale, top + self.picture.shape[0] / self.scale


def scaled_copies(pixels: np.ndarray) -> Iterator[Copy]:
    """Copies of the photo: on the finest, faces of `SMALLEST_FACE_PX` are large enough to be seen, on the coarsest,
    faces that fill the photo are small enough.
    """
    scale = max(min(1.0, WHOLE_SIDE / max(pixels.shape[:2])), FINEST)
    copy = scaled(pixels, scale, cv2.INTER_LINEAR)  # shrinks too little for anything to alias, and is quick
    yield Copy(copy, scale)
    while max(copy.shape[:2]) > WHOLE_SIDE:
        scale /= STEP
        copy = scaled(copy, 1 / STEP, cv2.INTER_AREA)
        yield Copy(copy, scale)


def windows(copies: Iterable[Copy]) -> Iterator[Window]:
    """What to look at: copies in windows that overlap."""
    for copy in copies:
        for top, bottom in spans(copy.pixels.shape[0], WINDOW_HEIGHT):
            for left, right in spans(copy.pixels.shape[1], WINDOW_WIDTH):
                offset = left / copy.scale, top / copy.scale
                yield Window(copy.pixels[top:bottom, left:right], offset, copy.scale)


def spans(side: int, longest: int) -> list[tuple[int, int]]:
    """Starts and ends that cover `side` px evenly, none over `longest`, with overlaps of `OVERLAP` or more."""
    count = max(1, -(-(side - OVERLAP) // (longest - OVERLAP)))
    length = -(-(side + (count - 1) * OVERLAP) // count)
    starts = [round(i * (side - length) / max(count - 1, 1)) for i in range(count)]
    return [(start, start + length) for start in starts]


def scaled(pixels: np.ndarray, scale: float, interpolation: int) -> np.ndarray:
    """The picture at another scale; itself at 1."""
    if scale == 1:
        return pixels
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    return cv2.resize(pixels, size, interpolation=interpolation)
