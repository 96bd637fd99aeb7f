"""Draws the trouble into a result: the border coloured by its jump, soft regions tinted. Pixels in, pixels out.

The border is told by colour and by width at once, and its colours grow lighter with the jump, so that nobody needs to
tell red from green. OpenCV's map "plasma": https://bids.github.io/colormap/
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from advisor.quality.examination import Marks
from fusion.sizing import Rect
from fusion.types import Size

# ΔE that has the last colour; whatever is more has it too. From there on a border is said to show (`edge_jump` of
# advisor.diagnosis.thresholds): what is drawn and what is said are one.
WORST_JUMP = 12.5
SOFT_COLOUR = (45, 125, 255)
_TINT = 0.6  # of the softest place
_ROOM = 0.25  # around the border, of its longer side
_LINE = 1 / 320  # width of the line where nothing jumps, of the picture's longer side
_SWELL = 3.0  # times as wide where the jump is worst
_HALO = (16, 16, 16)
_SHIFT = 4  # OpenCV draws to 1/16 px

Pixels = NDArray[np.uint8]


def around(marks: Marks, of: Size) -> Rect:
    """The part of a picture that shows the face, with some room around it; all of it where neither mark says where."""
    if len(marks.contour) > 0:
        (left, top), (right, bottom) = marks.contour.min(axis=0), marks.contour.max(axis=0)
        room = _ROOM * max(right - left, bottom - top)
    elif marks.soft.size > 0:
        box, room = marks.soft_box, 0.0  # it has its room
        left, top, right, bottom = box.left, box.top, box.right, box.bottom
    else:
        return Rect(0, 0, of.width, of.height)
    left, top = max(0, int(left - room)), max(0, int(top - room))
    right, bottom = min(of.width, int(right + room) + 1), min(of.height, int(bottom + room) + 1)
    return Rect(left, top, max(1, right - left), max(1, bottom - top))


def cut(pixels: Pixels, part: Rect, side: int) -> Pixels:
    """A part of a picture, its longer side at most `side` px; never enlarged."""
    inside = pixels[part.top : part.top + part.height, part.left : part.left + part.width]
    scale = _scale(part, side)
    if scale == 1.0:
        return np.ascontiguousarray(inside)
    size = (max(1, round(scale * part.width)), max(1, round(scale * part.height)))
    return np.asarray(cv2.resize(inside, size, interpolation=cv2.INTER_AREA), np.uint8)


def draw(pixels: Pixels, marks: Marks, part: Rect, side: int) -> Pixels:
    """The same with the trouble in it.

    Args:
        pixels: (H, W, 3) uint8 RGB, the whole result.
        part: what is shown of it.
        side: px of the longer side that is returned, at most.
    """
    scale = _scale(part, side)
    shown = _tinted(cut(pixels, part, side), marks, part, scale)
    if len(marks.contour) < 2:
        return shown
    # From edges at whole numbers to OpenCV's centres, see docs/conventions.md.
    points = (marks.contour - (part.left, part.top)) * scale - 0.5
    ends = np.rint(points * (1 << _SHIFT)).astype(int)
    jump = np.nan_to_num(marks.jump)
    thin = max(1.0, max(shown.shape) * _LINE)
    widths = np.rint(thin * (1 + (_SWELL - 1) * np.clip(jump / WORST_JUMP, 0, 1))).astype(int)
    hues = colours(jump)
    for is_halo in (True, False):
        for number, width in enumerate(widths):
            start, end = ends[number - 1].tolist(), ends[number].tolist()
            hue = _HALO if is_halo else tuple(int(each) for each in hues[number])
            wide = int(width + 2 * round(thin)) if is_halo else int(width)
            cv2.line(shown, start, end, hue, wide, cv2.LINE_AA, _SHIFT)
    return shown


def colours(jump: np.ndarray) -> Pixels:
    """(N, 3) uint8 RGB of jumps in ΔE (N,)."""
    level = np.clip(np.asarray(jump, float) / WORST_JUMP, 0, 1)
    mapped = cv2.applyColorMap(np.rint(255 * level).astype(np.uint8).reshape(-1, 1), cv2.COLORMAP_PLASMA)
    return np.asarray(mapped[:, 0, ::-1], np.uint8)


def _scale(part: Rect, side: int) -> float:
    return min(1.0, side / max(part.width, part.height))


def _tinted(shown: Pixels, marks: Marks, part: Rect, scale: float) -> Pixels:
    rows, columns = marks.soft.shape
    if marks.soft.size == 0:
        return shown.copy()
    box = marks.soft_box
    across, down = scale * box.width / columns, scale * box.height / rows
    left, top = scale * (box.left - part.left), scale * (box.top - part.top)
    placed = np.array([[across, 0, left + across / 2 - 0.5], [0, down, top + down / 2 - 0.5]])
    size = (shown.shape[1], shown.shape[0])
    alpha = _TINT * np.clip(cv2.warpAffine(marks.soft.astype(np.float32), placed, size), 0, 1)[..., None]
    return np.asarray(np.rint(shown * (1 - alpha) + np.array(SOFT_COLOUR) * alpha), np.uint8)
