"""What stands beside a photo that is padded. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fusion.sizing.layout import Plan
from fusion.types import Box, Fill

# Of the box of a face's landmarks, on each side, above and below it: what a head has around its face. Hair and hats
# stand higher than a neck is long.
ROOM_ACROSS, ROOM_ABOVE, ROOM_BELOW = 0.5, 0.7, 0.5


def settled(fill: Fill, plan: Plan, faces: Iterable[Box]) -> Fill:
    """What `auto` comes to: a mirrored border, but a blurred one where that would show part of a head twice.

    Args:
        fill: as asked for; what is not `auto` stays.
        faces: boxes of all faces of the photo, px of it, those too turned for landmarks as well.
    """
    if fill != Fill.AUTO or plan.content.size == plan.size:
        return fill
    mirrored = list(_mirrored(plan))
    heads = [_head(face) for face in faces]
    shown_twice = any(_meet(strip, head) for strip in mirrored for head in heads)
    return Fill.BLUR if shown_twice else Fill.REFLECT


def shown(fill: Fill, plan: Plan, faces: Iterable[Box]) -> tuple[Box, ...]:
    """Boxes of the faces that the output shows, px of it; in a mirrored border a face is there again.

    Args:
        fill: as `settled` gives it.
        faces: boxes of all faces of the photo, px of it.
    """
    content, size = plan.content, plan.size
    is_mirrored = fill == Fill.REFLECT and content.size != size
    found = list[Box]()
    for face in faces:
        box = plan.box_in_output(face)
        across, down = [(box.left, box.right)], [(box.top, box.bottom)]
        if is_mirrored:
            across = _images(*across[0], content.left, content.width, size.width)
            down = _images(*down[0], content.top, content.height, size.height)
        found += (Box(x, y, x_end, y_end) for x, x_end in across for y, y_end in down)
    return tuple(box for box in found if _meet(box, Box(0, 0, size.width, size.height)))


def _images(low: float, high: float, first: int, length: int, whole: int) -> list[tuple[float, float]]:
    """An interval and its mirror images in `whole` px; outer pixels of the `length` from `first` are the mirrors."""
    period, mirror = max(1, 2 * (length - 1)), 2 * first + 1
    times = range(-(whole // period) - 1, whole // period + 2)
    both = [(low, high), (mirror - high, mirror - low)]
    moved = [(a + k * period, b + k * period) for a, b in both for k in times]
    return [(a, b) for a, b in moved if a < whole and b > 0]


def _mirrored(plan: Plan) -> Iterator[Box]:
    """The parts of the photo that a mirrored border shows again, px of it."""
    crop, content, size = plan.crop, plan.content, plan.size
    across, down = crop.width / content.width, crop.height / content.height
    right, bottom = crop.left + crop.width, crop.top + crop.height
    if content.left > 0:
        yield Box(crop.left, crop.top, crop.left + content.left * across, bottom)
    if rest := size.width - content.left - content.width:
        yield Box(right - rest * across, crop.top, right, bottom)
    if content.top > 0:
        yield Box(crop.left, crop.top, right, crop.top + content.top * down)
    if rest := size.height - content.top - content.height:
        yield Box(crop.left, bottom - rest * down, right, bottom)


def _head(face: Box) -> Box:
    across, up, down = ROOM_ACROSS * face.width, ROOM_ABOVE * face.height, ROOM_BELOW * face.height
    return Box(face.left - across, face.top - up, face.right + across, face.bottom + down)


def _meet(a: Box, b: Box) -> bool:
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom
