"""Several fused faces in one picture: each was fused with the target alone, and what it changed is laid over the rest.

Where two of them reach the same pixels the later one lies on top as far as its face covers them; beyond it, what the
earlier one has changed stays.
"""

from __future__ import annotations

import torch

from fusion.engines import slices
from fusion.ops import windows
from fusion.pipeline.placement import Placed
from fusion.sizing import Rect


def added(out: torch.Tensor, before: torch.Tensor, refined: torch.Tensor, placed: Placed) -> torch.Tensor:
    """The picture with one more face in it: `out` itself, written to, unless that is `before`.

    Args:
        out: what earlier faces have made of `before`. All are (H, W, 3) uint8 on the host.
        before: the target at the output's size.
        refined: the target with this face alone.
        placed: this face.
    """
    if out is before:
        return refined
    room = slices(placed.working.room)
    had, was = out[room], before[room]
    if torch.equal(had, was):
        out[room] = refined[room]
        return out
    cover = windows.read(placed.cover, placed.window(placed.working.room)).cpu()
    kept = (1 - cover) * (had.float() - was.float())
    out[room] = (refined[room].float() + kept).round_().clamp_(0, 255).to(torch.uint8)
    return out


def around(regions: list[Rect]) -> Rect:
    """The rectangle around all regions that are not empty; an empty one where there is none."""
    some = [region for region in regions if region.size.pixels]
    if not some:
        return Rect(0, 0, 0, 0)
    left, top = min(region.left for region in some), min(region.top for region in some)
    right = max(region.left + region.width for region in some)
    bottom = max(region.top + region.height for region in some)
    return Rect(left, top, right - left, bottom - top)
