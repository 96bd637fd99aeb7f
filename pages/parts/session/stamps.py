"""The label as a page shows it: that part of the labelled picture, to be laid over the rest. No Streamlit.

A label is drawn into a picture when that leaves. What a page shows is cut out of the picture so drawn, at its full
size, and only then made small: what is seen is what is downloaded, and a label comes and goes without a look at the
rest.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from fusion.compared import Fractions, Pixels, fractions, jpeg, picture
from fusion.facts import Facts
from fusion.labels import Label, Placed, drawn
from fusion.notices import Notice
from fusion.photos import checkered, decode, stored
from fusion.sizing import Rect
from fusion.types import Box, Size

SIDE_PX = 1024  # of the longer side of a stamp, at most
EXAMPLE_PX = 480  # of the picture that shows what a label looks like
AROUND = (1.5, 3.0)  # as many times as wide and as high as the label


@dataclass(frozen=True, slots=True)
class Stamp:
    """A label on a result.

    Attributes:
        box: where it lies.
        url: what is there then, as the data URL of a JPEG.
        notice: what is to be told of the place.
    """

    label: Label
    box: Fractions
    url: str
    notice: Notice | None = None


def stamp(output: Path, facts: Facts, label: Label) -> Stamp:
    """The label on a result.

    Raises:
        OSError: its file is missing or damaged.
    """
    pixels, placed = _seen(output, facts, label)
    assert placed is not None
    url = picture(_part(pixels, placed.box), SIDE_PX, quality=92)
    return Stamp(label, fractions(placed.box, _size(pixels)), url, placed.notice)


def example(output: Path, facts: Facts, label: Label) -> str:
    """The corner of a result with the label in it, as the data URL of a JPEG.

    Raises:
        OSError: its file is missing or damaged.
    """
    pixels, placed = _seen(output, facts, label)
    assert placed is not None
    across, down = AROUND
    size = Size(round(across * placed.box.width), round(down * placed.box.height))
    return picture(_part(pixels, _around(placed.box, size, _size(pixels))), EXAMPLE_PX)


def shown(job: str, output: Path, facts: Facts, label: Label | None, side: int) -> bytes:
    """A job's result, with a label or without, as a JPEG whose longer side is at most `side` px.

    Raises:
        OSError: its file is missing or damaged.
    """
    pixels, _ = _seen(output, facts, label)
    return jpeg(decode.thumbnail(pixels, side), job=job)


def laid(file: bytes, label: Label, faces: Sequence[Box], job: str) -> bytes:
    """A part of a job's result, itself a JPEG, with a label of its own in it.

    Args:
        faces: in it, px.
    """
    with Image.open(io.BytesIO(file)) as part:
        pixels, _ = drawn(np.array(part.convert("RGB")), label, faces)
    return jpeg(pixels, job=job)


def _seen(output: Path, facts: Facts, label: Label | None) -> tuple[Pixels, Placed | None]:
    """A result as people are shown it, and where the label is in it."""
    pixels, opaque = stored.frame(output)
    placed = None
    if label is not None:
        pixels, placed = drawn(pixels, label, facts.to_keep_clear, opaque)
    return pixels if opaque is None else checkered(pixels, opaque, _size(pixels)), placed


def _size(pixels: Pixels) -> Size:
    return Size(pixels.shape[1], pixels.shape[0])


def _part(pixels: Pixels, area: Rect) -> Pixels:
    return np.ascontiguousarray(pixels[area.top : area.top + area.height, area.left : area.left + area.width])


def _around(box: Rect, size: Size, whole: Size) -> Rect:
    """A larger area with the box in it, moved and cut so that it lies within the whole."""
    width, height = min(size.width, whole.width), min(size.height, whole.height)
    left = min(max(box.left + box.width // 2 - width // 2, 0), whole.width - width)
    top = min(max(box.top + box.height // 2 - height // 2, 0), whole.height - height)
    return Rect(left, top, width, height)
