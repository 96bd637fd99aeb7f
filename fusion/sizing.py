"""Which size comes out, and where each of its pixels comes from in the target photo. Pure.

A `Plan` is one crop of the photo, resized to `content` and, where the asked shape is larger than what the crop
gives, continued by reflection. The three fits are three ways to choose those rectangles; nothing is stretched by
more than the rounding of a side to whole pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from fusion.spec import MAX_SIDE, Box, Fit, Settings, Size, Tier

AUTO_LIMIT = 2048 * 2048  # px; `auto` keeps the photo's own size up to this budget
FACE_MARGIN = 0.25  # of the face box, kept free around it when cropping: hair and chin belong to the face


@dataclass(frozen=True, slots=True)
class Rect:
    """Whole pixels: left, top, width, height."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The geometry of one output.

    `crop` is in px of the target photo; `content` is where the resized crop lies in the output; what is left of
    the output around it is reflected.
    """

    photo: Size
    size: Size
    crop: Rect
    content: Rect

    @property
    def scale(self) -> float:
        """Output px per photo px."""
        return math.sqrt(self.content.width * self.content.height / (self.crop.width * self.crop.height))

    @property
    def is_identity(self) -> bool:
        """True when the output is the photo as it is."""
        return self.size == self.photo and self.content == self.crop == Rect(0, 0, self.photo.width, self.photo.height)

    def to_output(self, x: float, y: float) -> tuple[float, float]:
        """A point of the photo (px, pixel edges at whole numbers) in the output."""
        return (
            (x - self.crop.left) * self.content.width / self.crop.width + self.content.left,
            (y - self.crop.top) * self.content.height / self.crop.height + self.content.top,
        )

    def to_photo(self, x: float, y: float) -> tuple[float, float]:
        """A point of the output in the photo; for reflected borders it lies outside the crop."""
        return (
            (x - self.content.left) * self.crop.width / self.content.width + self.crop.left,
            (y - self.content.top) * self.crop.height / self.content.height + self.crop.top,
        )


def plan(photo: Size, settings: Settings, face: Box | None = None) -> Plan:
    """The geometry for a target photo of size `photo` whose chosen face is `face` (px of the photo)."""
    asked = asked_size(photo, settings)
    whole = Rect(0, 0, photo.width, photo.height)
    if settings.fit == Fit.KEEP or asked.width * photo.height == asked.height * photo.width:
        size = _inside(photo, asked) if isinstance(settings.output, Size) else asked
        return Plan(photo, size, whole, Rect(0, 0, size.width, size.height))
    if settings.fit == Fit.PAD:
        return Plan(photo, asked, whole, _centred(_inside(photo, asked), asked))
    return _crop(photo, asked, face)


def asked_size(photo: Size, settings: Settings) -> Size:
    """The size that the settings name, before `keep` fits the photo's own shape into a custom one."""
    output = settings.output
    if isinstance(output, Size):
        return output
    if output == Tier.ORIGINAL:
        return of_budget(photo, photo.pixels)
    if output == Tier.AUTO:
        return of_budget(photo, min(photo.pixels, AUTO_LIMIT))
    side = int(output)
    if settings.fit == Fit.KEEP:
        return of_budget(photo, side * side)
    return Size(side, side)


def of_budget(shape: Size, pixels: int) -> Size:
    """The size with the aspect ratio of `shape` and about `pixels` px, no side over `MAX_SIDE`."""
    scale = math.sqrt(pixels / shape.pixels)
    scale = min(scale, MAX_SIDE / shape.width, MAX_SIDE / shape.height)
    return Size(max(1, round(shape.width * scale)), max(1, round(shape.height * scale)))


def _inside(photo: Size, box: Size) -> Size:
    """The largest size of the photo's own shape inside `box`."""
    scale = min(box.width / photo.width, box.height / photo.height)
    return Size(
        min(box.width, max(1, round(photo.width * scale))), min(box.height, max(1, round(photo.height * scale)))
    )


def _centred(content: Size, frame: Size) -> Rect:
    return Rect((frame.width - content.width) // 2, (frame.height - content.height) // 2, content.width, content.height)


def _crop(photo: Size, asked: Size, face: Box | None) -> Plan:
    """The largest window of the asked shape around the face; it grows past the photo rather than cut the face."""
    aspect = asked.width / asked.height
    width = min(photo.width, photo.height * aspect)
    height = width / aspect
    centre_x, centre_y = photo.width / 2, photo.height / 2
    if face is not None:
        centre_x, centre_y = face.centre
        need_width, need_height = face.width * (1 + 2 * FACE_MARGIN), face.height * (1 + 2 * FACE_MARGIN)
        width = max(width, min(need_width, photo.width), min(need_height, photo.height) * aspect)
        height = width / aspect
    left, right = _window(centre_x, width, photo.width)
    top, bottom = _window(centre_y, height, photo.height)
    crop = Rect(left, top, right - left, bottom - top)
    scale = asked.width / width
    content_width = min(asked.width, max(1, round(crop.width * scale)))
    content_height = min(asked.height, max(1, round(crop.height * scale)))
    return Plan(photo, asked, crop, _centred(Size(content_width, content_height), asked))


def _window(centre: float, length: float, limit: int) -> tuple[int, int]:
    """Whole-pixel ends of a window of `length` around `centre`, moved to lie inside 0…limit where it can."""
    if length >= limit:
        return 0, limit
    whole = max(1, round(length))
    start = min(max(round(centre - whole / 2), 0), limit - whole)
    return start, start + whole
