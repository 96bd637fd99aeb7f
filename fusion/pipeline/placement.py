"""A fused face in its place: the frame that an engine worked on, and where in the output it lies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from fusion.engines import Layers, layers, slices
from fusion.notices import Notice
from fusion.ops import Window, finish, warp, windows
from fusion.settings import Settings
from fusion.sizing import Rect, layout
from fusion.types import Size


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """`frame` (h, w, 3) uint8 is `working.room` of the target at `working.size`; `layers` lie in it.

    `guided` says that the second stage follows: the frame is smaller than its room. `softness`: px of the output per px
    that a photo, a model or a network gave the face. `photo_px`: width of a pixel of the target photo, px of the
    output, at least 1. `enlarger`: the kind of enlarger that made what the second stage reads, "" where none did.
    """

    working: layout.Working
    frame: torch.Tensor
    layers: Layers
    softness: float
    photo_px: float = 1.0
    notices: tuple[Notice, ...] = ()
    enlarger: str = ""

    def on_host(self) -> Placed:
        """The same without the card, to be finished by the processor."""
        return replace(self, frame=self.frame.cpu(), layers=self.layers.on_host())

    @property
    def guided(self) -> bool:
        return self.layers.guide is not None

    @property
    def finer(self) -> float:
        """Px of the output per px of the frame."""
        return 1 / self.working.scale

    @property
    def face_px(self) -> float:
        """Width of the face in the output."""
        return self.layers.face_px * self.finer

    @property
    def reaches(self) -> Rect:
        """What of the output may differ from the target, px."""
        room, inner = self.working.room, self.layers.reaches
        across, down = self.working.per_axis
        left, top = math.floor(inner.left / across), math.floor(inner.top / down)
        right = min(room.width, math.ceil((inner.left + inner.width) / across))
        bottom = min(room.height, math.ceil((inner.top + inner.height) / down))
        return Rect(room.left + left, room.top + top, right - left, bottom - top)

    @property
    def cover(self) -> torch.Tensor:
        """(h, w, 1) float32 of the frame: how far the face hides what lies under it, 0…1."""
        parts = self.layers
        mask = layers.laid(parts.mask * (parts.reach > 0), parts.region, self.working.size)
        return mask.permute(1, 2, 0).contiguous()

    def on_frame(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 2), px of the output, as px of the frame."""
        room = self.working.room
        moved: np.ndarray = (points - [room.left, room.top]) * np.array(self.working.per_axis)
        return moved

    def look(self, settings: Settings) -> finish.Look:
        """The finishing that settings ask for here."""
        return finish.Look.of(settings, self.softness)

    def window(self, tile: Rect) -> Window:
        """The pixels of a part of the output, as places on the frame."""
        across, down = self.working.per_axis
        left, top = tile.left - self.working.room.left, tile.top - self.working.room.top
        return Window(left * across, top * down, across, down, tile.width, tile.height)


def finished(before: torch.Tensor, placed: Placed, settings: Settings) -> torch.Tensor:
    """The output of one stage: the target with the finished face in it. (H, W, 3) uint8 on the host, a new tensor.

    Args:
        before: (H, W, 3) uint8 on the host, the target at the output's size.
        placed: with a frame of the output's own scale.
        settings: the finishing.
    """
    out = before.clone()
    out[slices(placed.working.room)] = layers.finished(placed.frame, placed.layers, placed.look(settings)).cpu()
    return out


def preview(before: torch.Tensor, faces: Sequence[Placed], settings: Settings, max_side: int) -> torch.Tensor:
    """The output at most `max_side` px on the longer side, (h, w, 3) uint8 on the host.

    Each face is finished on a frame of its own and what that changed is added to the small target, so that the two need
    not lie on the same pixels. Of several faces, as in `fusion.pipeline.together`, the later one lies on top.
    """
    height, width = before.shape[:2]
    factor = min(1.0, max_side / max(height, width))
    size = Size(max(1, round(width * factor)), max(1, round(height * factor)))
    small = warp.resize(before, size.width, size.height)
    if not faces:
        return small
    out = small.clone()
    step_x, step_y = width / size.width, height / size.height  # px of the output per px of the small picture
    for placed in faces:
        room = _outward(placed.working.room, step_x, step_y, size)
        seen = Window(room.left * step_x, room.top * step_y, step_x, step_y, room.width, room.height)
        part, was = slices(room), small[slices(room)].float()
        earlier = out[part].float() - was
        changed, cover = _change(placed, settings, factor, seen)
        out[part] = (was + changed + (1 - cover) * earlier).round_().clamp_(0, 255).to(torch.uint8)
    return out


def _change(placed: Placed, settings: Settings, factor: float, seen: Window) -> tuple[torch.Tensor, torch.Tensor]:
    """What a face changes at the places of a window, (h, w, 3), and how far it covers them, (h, w, 1); on the host."""
    frame, (across, down) = placed.working.size, placed.working.per_axis
    shrunk = min(1.0, factor * placed.finer)
    columns, rows = max(8, round(frame.width * shrunk)), max(8, round(frame.height * shrunk))
    done = layers.finished_at(placed.frame, placed.layers, placed.look(settings), columns, rows)
    change = done.float() - warp.resize(placed.frame, columns, rows).float()
    on_frame = seen.on(placed.working.room.left, placed.working.room.top, across, down)
    read = windows.read(change, on_frame.on(0, 0, columns / frame.width, rows / frame.height)).cpu()
    return read, windows.read(placed.cover, on_frame).cpu()


def _outward(room: Rect, step_x: float, step_y: float, size: Size) -> Rect:
    """The pixels of the small picture that touch the room."""
    left, top = math.floor(room.left / step_x), math.floor(room.top / step_y)
    right = min(size.width, math.ceil((room.left + room.width) / step_x))
    bottom = min(size.height, math.ceil((room.top + room.height) / step_y))
    return Rect(left, top, right - left, bottom - top)
