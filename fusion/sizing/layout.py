"""Which size comes out, and where each of its pixels comes from in the target photo. Pure.

A `Plan` is one crop of the photo, resized to `content` and, where the asked shape is larger than what the crop
gives, continued by reflection. The three fits are three ways to choose those rectangles; nothing is stretched by
more than the rounding of a side to whole pixels.

What a network or a pyramid works on has sides that are multiples of 2^n: n halvings lead to its deepest feature map,
whose sides are the input's ÷ 2^n, and only where every halving is exact do the enlarged maps line up again with those
that a skip connection brings. That holds for working crops and tiles (`Working`); the output may have any
size.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from fusion.settings import MAX_SIDE, Settings
from fusion.types import Aspect, Box, EngineName, Fit, Size, Switch, Tier

AUTO_LIMIT = 2048 * 2048  # px; `auto` keeps the photo's own size up to this budget
FACE_MARGIN = 0.25  # of the face box, kept free around it when cropping: hair and chin belong to the face

WORKING_PIXELS = 1024 * 1024  # stage one of two fuses on at most as many
WORKING_LEVELS = 5  # the blend's Laplacian pyramid halves five times
TWO_STAGE_OVER = 2048 * 2048  # px of the output from which `two_stage` auto is on

# What the unet model draws: the mean width, by `geometry.face_width`, of the sample pair's faces in the model's crops.
# They are 172 and 159 px in the generator's crop of 256 px, 518 and 498 px in the enhancer's of 1024.
GENERATOR_FACE_PX = 166.0
ENHANCER_FACE_PX = 508.0
ENHANCED_OVER = 256.0  # px, face width in the output; the unet engine's ENHANCE_FROM, which a test holds equal


@dataclass(frozen=True, slots=True)
class Rect:
    """Whole pixels: left, top, width, height."""

    left: int
    top: int
    width: int
    height: int

    @property
    def size(self) -> Size:
        return Size(self.width, self.height)


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

    def to_output(self, x: float, y: float) -> tuple[float, float]:
        """A point of the photo (px, pixel edges at whole numbers) in the output."""
        return (
            (x - self.crop.left) * self.content.width / self.crop.width + self.content.left,
            (y - self.crop.top) * self.content.height / self.crop.height + self.content.top,
        )

    def box_in_output(self, box: Box) -> Box:
        """A box of the photo, px, in the output, which it may reach beyond."""
        return Box(*self.to_output(box.left, box.top), *self.to_output(box.right, box.bottom))


@dataclass(frozen=True, slots=True)
class Working:
    """Where stage one fuses: `room`, px of the output, seen at `size`, px of the working picture."""

    room: Rect
    size: Size

    @property
    def per_axis(self) -> tuple[float, float]:
        """Working px per output px across and down, each at most 1."""
        return self.size.width / self.room.width, self.size.height / self.room.height

    @property
    def scale(self) -> float:
        """Working px per output px."""
        return math.sqrt(math.prod(self.per_axis))


@dataclass(frozen=True, slots=True)
class Detail:
    """How far a face is enlarged: `face_px` wide in the output, `native_px` wide where its detail comes from."""

    face_px: float
    native_px: float

    @property
    def ratio(self) -> float:
        """Over 1 there are more pixels than detail."""
        return self.face_px / self.native_px


def plan(photo: Size, settings: Settings, face: Box | None = None) -> Plan:
    """The geometry for a target photo of size `photo` whose chosen face is `face` (px of the photo)."""
    asked = asked_size(photo, settings)
    whole = Rect(0, 0, photo.width, photo.height)
    if _keeps_shape(settings) or asked.width * photo.height == asked.height * photo.width:
        return Plan(photo, asked, whole, Rect(0, 0, asked.width, asked.height))
    if settings.fit == Fit.KEEP:
        size = _inside(photo, asked)
        return Plan(photo, size, whole, Rect(0, 0, size.width, size.height))
    if settings.fit == Fit.PAD:
        return Plan(photo, asked, whole, _centred(_inside(photo, asked), asked))
    return _crop(photo, asked, face)


def asked_size(photo: Size, settings: Settings) -> Size:
    """The size that the settings name, before `keep` fits the photo's own shape into one of another shape."""
    output = settings.output
    return output if isinstance(output, Size) else of_budget(*_budget(photo, output, settings))


def beyond_the_limit(photo: Size, settings: Settings) -> Size | None:
    """The size that the settings would name if a side could be longer than `MAX_SIDE`; None where none would be."""
    output = settings.output
    if isinstance(output, Size):
        return None
    shape, pixels = _budget(photo, output, settings)
    scale = math.sqrt(pixels / shape.pixels)
    whole = Size(max(1, round(shape.width * scale)), max(1, round(shape.height * scale)))
    return whole if max(whole.width, whole.height) > MAX_SIDE else None


def _budget(photo: Size, output: Tier, settings: Settings) -> tuple[Size, int]:
    """The shape that a tier has, and its px."""
    if output == Tier.ORIGINAL:
        pixels = photo.pixels
    elif output == Tier.AUTO:
        pixels = min(photo.pixels, AUTO_LIMIT)
    else:
        pixels = int(output) ** 2
    if _keeps_shape(settings):
        return photo, pixels
    aspect = Aspect.SQUARE if settings.aspect == Aspect.AUTO else settings.aspect
    width, height = aspect.split(":")
    return Size(int(width), int(height)), pixels


def _keeps_shape(settings: Settings) -> bool:
    """Whether the size asked for is of the photo's own shape."""
    if isinstance(settings.output, Size):
        return False
    if settings.aspect == Aspect.AUTO:
        return settings.fit == Fit.KEEP or settings.output in (Tier.AUTO, Tier.ORIGINAL)
    return settings.aspect == Aspect.ORIGINAL


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


def working(room: Rect, frame: Size, pixels: int = WORKING_PIXELS, levels: int = WORKING_LEVELS) -> Working:
    """The size, of at most `pixels` px, at which a room of the output is worked on; nothing is ever enlarged.

    A room that small already is taken as it is, whatever its sides. Else the sides are multiples of 2**levels, and the
    room grows inside `frame` until both axes have one scale; where the frame's border forbids it they differ a little.

    Raises:
        ValueError: a side of `frame` is below 2**levels, or `pixels` below its square.
    """
    if room.size.pixels <= pixels:
        return Working(room, room.size)
    step = 2**levels
    if min(frame.width, frame.height, math.isqrt(pixels)) < step:
        raise ValueError(f"no multiple of {step} fits {frame} or {pixels} px")
    return max((_seen_at(size, room, frame) for size in _candidates(room, frame, pixels, step)), key=_worth)


def _candidates(room: Rect, frame: Size, pixels: int, step: int) -> Iterator[Size]:
    """Sizes of about the room's shape: for each height the width below and above."""
    for height in range(step, min(frame.height, pixels // step) + 1, step):
        widest = min(frame.width, pixels // height) // step * step
        if widest:
            below = height * room.width // room.height // step * step
            yield from (Size(min(max(width, step), widest), height) for width in (below, below + step))


def _seen_at(size: Size, room: Rect, frame: Size) -> Working:
    """The room, grown to the shape of `size` as far as the frame allows."""
    scale = min(1.0, size.width / room.width, size.height / room.height)
    width = min(frame.width, max(room.width, round(size.width / scale)))
    height = min(frame.height, max(room.height, round(size.height / scale)))
    left = min(max(room.left - (width - room.width) // 2, 0), frame.width - width)
    top = min(max(room.top - (height - room.height) // 2, 0), frame.height - height)
    return Working(Rect(left, top, width, height), size)


def _worth(seen: Working) -> float:
    """The coarser axis's scale, worth less the more the two differ."""
    low, high = sorted(seen.per_axis)
    return low * (low / high) ** 4


def needs_two_stages(output: Size, room: Rect, switch: Switch, engine: EngineName) -> bool:
    """Whether a face in `room` of the output is fused small and then given its detail.

    Left to the program not with unet: its face comes out of a crop of one size either way, in bounded memory, and to
    enlarge that by a network takes longer than all else.
    """
    if switch == Switch.OFF or room.size.pixels <= WORKING_PIXELS:
        return False
    return switch == Switch.ON or (engine != EngineName.UNET and output.pixels > TWO_STAGE_OVER)


def detail(plan: Plan, target_face_px: float, source_face_px: float, engine: EngineName) -> Detail:
    """How far the face will be enlarged. `target_face_px`, `source_face_px`: its widths in the two photos.

    Raises:
        ValueError: `engine` is `auto`: say which one it stands for.
    """
    if engine == EngineName.AUTO:
        raise ValueError("auto has no detail of its own")
    face_px = target_face_px * plan.scale
    native_px = source_face_px
    if engine == EngineName.UNET:
        native_px = ENHANCER_FACE_PX if face_px > ENHANCED_OVER else GENERATOR_FACE_PX
    return Detail(face_px, native_px)
