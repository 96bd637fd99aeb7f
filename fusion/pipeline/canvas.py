"""The target photo laid out for the output, before anything is fused, and what a user should know of that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch

from fusion.notices import Notice
from fusion.ops import warp
from fusion.photos import Photo
from fusion.settings import MAX_SIDE, Settings
from fusion.sizing import Plan, Rect, fill, layout
from fusion.types import Box, Fill, Size


@dataclass(frozen=True, slots=True)
class Canvas:
    """`before`: (H, W, 3) uint8 on the host. `settings`: with the `fill` that was used, where there is any.

    `heads`: boxes of all faces that it shows, px of it.
    """

    plan: Plan
    before: torch.Tensor
    settings: Settings
    notices: tuple[Notice, ...]
    heads: tuple[Box, ...] = ()

    @property
    def opaque(self) -> Rect | None:
        """Where the photo lies, if what stands beside it is transparent."""
        is_padded = self.plan.content.size != self.plan.size
        return self.plan.content if is_padded and self.settings.fill == Fill.TRANSPARENT else None


def laid_out(target: Photo, face: Box, heads: Iterable[Box], settings: Settings) -> Canvas:
    """The target at the output's size.

    Args:
        face: the box of the chosen one, or of several, which a crop keeps; px of the photo.
        heads: boxes of all faces in the photo, which no border shall show twice.
    """
    plan = layout.plan(target.size, settings, face)
    heads = tuple(heads)
    used = fill.settled(settings.fill, plan, heads)
    notices = _size_notices(target.size, settings, plan.size)
    if settings.fill == Fill.AUTO and used == Fill.BLUR:
        notices.append(Notice("filled_blurred"))
    before = warp.lay_out(torch.tensor(target.pixels), plan, used)
    shown = fill.shown(used, plan, heads)
    return Canvas(plan, before, replace(settings, fill=used), tuple(notices), shown)


def _size_notices(photo: Size, settings: Settings, size: Size) -> list[Notice]:
    """That the output is smaller than asked for, where it would be too long or too wide."""
    whole = layout.beyond_the_limit(photo, settings)
    if whole is None:
        return []
    asked = {"asked_width": whole.width, "asked_height": whole.height, "limit": MAX_SIDE}
    return [Notice("side_limited", {"width": size.width, "height": size.height, **asked})]
