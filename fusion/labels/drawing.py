"""Draws a label into a picture: white letters on a dark plate, which lets a little of the picture through."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from fusion.labels.label import Label
from fusion.labels.lettering import Lettering, lettering
from fusion.labels.placing import Placed, place
from fusion.sizing import Rect
from fusion.types import Box, Size

TEXT, PLATE = (255, 255, 255), (14, 14, 16)  # sRGB
# On white, the lightest ground, the plate is (76, 76, 78) and the text 8.5 times as light by WCAG 2; 4.5 are asked for.
COVER = 0.74  # of the plate
LINE_COVER, LINE_SHARE = 0.20, 0.02  # of the line along its edge, which shows it on black; as wide, of its height


def drawn(
    pixels: np.ndarray,
    label: Label,
    faces: Sequence[Box] = (),
    opaque: Rect | None = None,
    *,
    of: Size | None = None,
) -> tuple[np.ndarray, Placed]:
    """Draw the label **into** `pixels`, of which nothing is touched but the plate's rectangle.

    Args:
        pixels: (H, W, 3) uint8, writable; whoever wants to keep the picture as it was hands in a copy.
        faces: boxes of all that are in it, px.
        opaque: the part of it that is to be seen, px; None where that is all of it.
        of: the size in whose px `faces` and `opaque` are, where `pixels` are a smaller copy of that picture.

    Returns:
        The same `pixels`, and where the label is in them.

    Raises:
        ValueError: the pixels are read-only.
    """
    if not pixels.flags.writeable:
        raise ValueError("a label is drawn into the pixels that are given: hand in a copy")
    height, width = pixels.shape[:2]
    size = Size(width, height)
    if of is not None and of != size:
        across, down = width / of.width, height / of.height
        faces = [Box(face.left * across, face.top * down, face.right * across, face.bottom * down) for face in faces]
        opaque = None if opaque is None else _scaled(opaque, across, down, size)
    placed = place(label, size, faces, opaque)
    box = placed.box
    part = pixels[box.top : box.top + box.height, box.left : box.left + box.width]
    part[:] = _labelled(part, lettering(label, size, opaque))
    return pixels, placed


def _labelled(part: np.ndarray, letters: Lettering) -> np.ndarray:
    """The plate with its text on a part of a picture that is as large, or as there is room for."""
    picture = Image.new("RGB", (letters.plate.width, letters.plate.height))
    picture.paste(Image.fromarray(np.ascontiguousarray(part)))
    plate = _rounded(letters.plate, letters.radius)
    line = max(1, round(LINE_SHARE * letters.plate.height))
    inner = _rounded(Size(letters.plate.width - 2 * line, letters.plate.height - 2 * line), letters.radius - line)
    picture.paste(PLATE, (0, 0), _mask(plate, COVER))
    plate[line:-line, line:-line] -= inner  # what is left is the line along the edge
    picture.paste(TEXT, (0, 0), _mask(plate, LINE_COVER))
    picture.paste(TEXT, letters.at, Image.fromarray(letters.mask))
    return np.asarray(picture)[: part.shape[0], : part.shape[1]]


def _mask(coverage: np.ndarray, cover: float) -> Image.Image:
    """What Pillow pastes through: (h, w) uint8 coverage of something that itself covers so much."""
    levels = (np.arange(256) * cover).round().astype(np.uint8)
    return Image.fromarray(levels[coverage])


def _rounded(size: Size, radius: int) -> np.ndarray:
    """(h, w) uint8: how far a rectangle with round corners covers each pixel."""
    coverage = np.full((size.height, size.width), 255, np.uint8)
    if radius <= 0:
        return coverage
    away = radius - (np.arange(radius) + 0.5)  # from the centre of the corner's circle
    corner = (np.clip(radius + 0.5 - np.hypot(away[:, None], away), 0, 1) * 255).round().astype(np.uint8)
    coverage[:radius, :radius] = corner
    coverage[:radius, -radius:] = corner[:, ::-1]
    coverage[-radius:] = coverage[:radius][::-1]
    return coverage


def _scaled(opaque: Rect, across: float, down: float, size: Size) -> Rect:
    """The part in a smaller picture: at least a pixel, and within."""
    left, top = round(opaque.left * across), round(opaque.top * down)
    right = min(size.width, round((opaque.left + opaque.width) * across))
    bottom = min(size.height, round((opaque.top + opaque.height) * down))
    return Rect(left, top, max(1, right - left), max(1, bottom - top))
