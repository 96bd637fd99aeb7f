"""Two pictures of one size, made small, and where they differ."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from fusion import provenance
from fusion.photos import Format, checkered, decode, encode, stored
from fusion.sizing import Rect
from fusion.types import Size

VIEW_SIDE = 1600  # px; either half of the comparison
PATCH_SIDE = 2048  # px; the face at full size inside the comparison
STRIP_ROWS = 256  # of two pictures, compared at a time

Pixels = NDArray[np.uint8]
Fractions = tuple[float, float, float, float]  # left, top, width, height of a rectangle, in parts of the picture


@dataclass(frozen=True, slots=True)
class Patch:
    """The face at full size: two data URLs, and where they lie."""

    box: Fractions
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What a page shows of two pictures of one size.

    Attributes:
        before, after: as data URLs of JPEGs.
        face: where the two differ; None where they do not.
        patch: None where `before` and `after` have all pixels.
    """

    size: Size
    before: str
    after: str
    face: Fractions | None
    patch: Patch | None


@dataclass(frozen=True, slots=True, eq=False)
class Half:
    """One of the two: `url` small, `inside` the pixels of `room`, where the two may differ.

    `job`: whose result it is; "" for a photo.
    """

    size: Size
    room: Rect
    url: str
    inside: Pixels
    job: str

    @classmethod
    def of(cls, pixels: Pixels, room: Rect, job: str, opaque: Rect | None = None) -> Self:
        """Of a picture (H, W, 3), of which `opaque` is all that is not transparent; None for all."""
        pixels = _shown(pixels, opaque)
        inside = pixels[room.top : room.top + room.height, room.left : room.left + room.width]
        if 2 * inside.nbytes <= pixels.nbytes:
            inside = inside.copy()  # else the rest of the frame would be held with it
        url = picture(pixels, VIEW_SIDE, job=job)
        return cls(Size(pixels.shape[1], pixels.shape[0]), room, url, inside, job)

    @classmethod
    def of_target(cls, before: Path, output: Path, room: Rect) -> Self:
        """Of the target of the picture `output`, from the files of a job.

        Raises:
            OSError: one of them is missing or damaged.
        """
        pixels, opaque = stored.frame(output)
        return cls.of(stored.before(before, pixels, room), room, "", opaque)

    def part(self, area: Rect) -> Pixels:
        """The pixels of an area within the room."""
        left, top = area.left - self.room.left, area.top - self.room.top
        return np.ascontiguousarray(self.inside[top : top + area.height, left : left + area.width])


def compared(before: Half, after: Half) -> Compared:
    """What is shown of two halves with one room."""
    changed, whole = _changed(before.inside, after.inside, after.room), after.size
    is_large = max(whole.width, whole.height) > VIEW_SIDE
    return Compared(
        whole,
        before.url,
        after.url,
        fractions(changed, whole) if changed else None,
        _patch(before, after, changed) if changed and is_large else None,
    )


def _shown(pixels: Pixels, opaque: Rect | None) -> Pixels:
    """A picture as people are shown it: what is transparent of it on a chequered ground."""
    return pixels if opaque is None else checkered(pixels, opaque, Size(pixels.shape[1], pixels.shape[0]))


def frame(path: Path) -> Pixels:
    """The frame in a PNG of the worker's, as people are shown it.

    Raises:
        OSError: the file is missing or damaged.
    """
    return _shown(*stored.frame(path))


def pixels_in(url: str) -> Pixels:
    """The picture in a URL of `data_url`, (H, W, 3) RGB.

    Raises:
        ValueError: there is none in it.
    """
    data = np.frombuffer(base64.b64decode(url.partition(",")[2], validate=True), np.uint8)
    found = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB) if data.size else None
    if found is None:
        raise ValueError("no JPEG")
    return np.asarray(found, np.uint8)


def data_url(jpeg: bytes) -> str:
    """A JPEG as a URL that needs no server."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def picture(pixels: Pixels, side: int, quality: int = 88, *, job: str = "") -> str:
    """`pixels` (H, W, 3) as the data URL of a JPEG whose longer side is at most `side` px.

    Args:
        job: whose result it is of; "" for a photo.
    """
    return data_url(jpeg(decode.thumbnail(pixels, side), quality, job=job))


def jpeg(pixels: Pixels, quality: int = 88, *, job: str = "") -> bytes:
    """`pixels` (H, W, 3) as they are shown; `job` as of `picture`."""
    if job:
        return provenance.small(pixels, job, quality=quality)
    return encode(pixels, Format.JPEG, quality=quality)


def fractions(area: Rect, whole: Size) -> Fractions:
    """Where an area lies in a picture."""
    across, down = whole.width, whole.height
    return area.left / across, area.top / down, area.width / across, area.height / down


def _changed(before: Pixels, after: Pixels, room: Rect) -> Rect | None:
    """Where the two differ, which is the face alone: outside its mask a result equals its target."""
    rows, columns = np.zeros(room.height, bool), np.zeros(room.width, bool)
    for top in range(0, room.height, STRIP_ROWS):
        part = slice(top, top + STRIP_ROWS)
        differs = (cv2.absdiff(before[part], after[part]) != 0).any(axis=2)
        rows[part] = differs.any(axis=1)
        columns |= differs.any(axis=0)
    if not rows.any():
        return None
    (first, last), (left, right) = (np.flatnonzero(some)[[0, -1]] for some in (rows, columns))
    return Rect(room.left + int(left), room.top + int(first), int(right - left) + 1, int(last - first) + 1)


def _patch(before: Half, after: Half, changed: Rect) -> Patch:
    left, width = _bounded(changed.left, changed.width)
    top, height = _bounded(changed.top, changed.height)
    area = Rect(left, top, width, height)
    return Patch(
        fractions(area, after.size), *(picture(half.part(area), PATCH_SIDE, job=half.job) for half in (before, after))
    )


def _bounded(start: int, length: int) -> tuple[int, int]:
    """Start and length of the middle of a stretch, at most `PATCH_SIDE`."""
    middle = start + length // 2
    first = max(start, middle - PATCH_SIDE // 2)
    return first, min(start + length, middle + PATCH_SIDE // 2) - first
