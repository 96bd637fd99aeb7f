"""The region of one face: cut out, fused, finished and put back.

An engine works on a *frame*: the room around the face, cut from the target as it is laid out for the output, at the
output's size or smaller. `Placed` says where that frame lies in the output.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch

from fusion.engines.guide import Guide
from fusion.faces import Face, geometry
from fusion.notices import Notice
from fusion.ops import color, filters, finish, mask, warp
from fusion.sizing import LANDMARK_REACH, SOURCE_REACH, Plan, Rect
from fusion.types import Size

MARGIN_TARGET = LANDMARK_REACH  # of the face, kept around it in the output: room for the ground to move
MARGIN_SOURCE = SOURCE_REACH
OVERSAMPLE = 1.5  # source px kept per output px where the source has them, so that warping does not blur
NATIVE_LIMIT = 1.5  # enlargement of a face from which the user is told that it will look soft
FADE_BELOW = 0.1  # ratio under which the finishing fades out, so that ratio 0 is the target itself


@dataclass(frozen=True, eq=False)
class Patch:
    """A face cut from a photo.

    `pixels` (H, W, 3) uint8 sRGB on the engine's device; `points` (478, 3) float64, px of the patch, depth third.
    """

    pixels: torch.Tensor
    points: np.ndarray

    @cached_property
    def lab(self) -> torch.Tensor:
        """(3, H, W) float32 Lab."""
        return color.lab_from_bytes(self.pixels)


@dataclass(frozen=True, slots=True)
class Pasted:
    """Pixels that lie over the target's before any finishing: `pixels` (H, W, 3) uint8 at `region` of the frame."""

    region: Rect
    pixels: torch.Tensor


@dataclass(frozen=True, slots=True, eq=False)
class _Finished:
    """What finishing has made of a frame the last time; `smoothed` (3, H, W) Lab where another look follows."""

    frame: torch.Tensor
    look: finish.Look
    pixels: torch.Tensor
    smoothed: torch.Tensor | None


@dataclass(frozen=True, slots=True)
class Layers:
    """A fused face before its finishing, in the region of the frame in which finishing acts.

    `composed` (3, H, W) Lab, or None where `pasted` holds the picture already; `mask`, `skin`, `reach` (1, H, W): how
    far tone and sharpness act, where smoothing may, and 0 where the frame must stay as it is bit for bit; `face_px`
    the width of the face in the frame; `enlargement` px of the output per px that the engine's face really has;
    `strength` 0…1 how far finishing may act; `guide` for the second stage, where there is one; `averaged` which of the
    source's portraits it was made of, the first of them 0, where that is more than a matter of course; `palette`, the
    colours of a target of one hue (`fusion.ops.color.palette_of`); `ground` (3, H, W) Lab, what is to be seen where
    `composed` is given back, the frame itself where it is None; `shape` (478, 2), the fused face's landmarks, px of the
    frame, the target's where it is None; `strip_rows` how many rows of a map were made at once to save memory, 0 where
    none was saved so; `lent`, whether weights lay on the host.
    """

    region: Rect
    composed: torch.Tensor | None
    mask: torch.Tensor
    skin: torch.Tensor
    reach: torch.Tensor
    face_px: float
    enlargement: float
    strength: float
    notices: tuple[Notice, ...]
    pasted: Pasted | None = None
    guide: Guide | None = None
    averaged: tuple[int, ...] = ()
    palette: torch.Tensor | None = None
    ground: torch.Tensor | None = None
    shape: np.ndarray | None = None
    strip_rows: int = 0
    lent: bool = False
    _last: list[_Finished] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def reaches(self) -> Rect:
        """What may differ from the target."""
        return self.pasted.region if self.pasted else self.region

    def reduced(self, width: int, height: int, frame: Size) -> Layers:
        """The same face in a frame of `width` × `height` px instead of `frame`; nothing stands out of it."""
        across, down = width / frame.width, height / frame.height
        left, top = round(self.region.left * across), round(self.region.top * down)
        columns = min(max(1, round(self.region.width * across)), width - left)
        rows = min(max(1, round(self.region.height * down)), height - top)
        return replace(
            self._each(lambda x: filters.shrink(x, rows, columns)),
            region=Rect(left, top, columns, rows),
            face_px=self.face_px * across,
            enlargement=max(1.0, self.enlargement * across),
        )

    def given_back(self, frame: torch.Tensor, share: torch.Tensor) -> Layers:
        """The same face with the target in the place of a part of it.

        Args:
            frame: (H, W, 3) uint8, what the face lies in.
            share: (1, H, W) float32 of the frame, 0…1: how much of each pixel is given back.
        """
        part = share[(slice(None), *slices(self.region))]
        keep = 1 - part
        composed, pasted = self.composed, self.pasted
        if composed is not None:
            ground = self.ground if self.ground is not None else color.lab_from_bytes(frame[slices(self.region)])
            composed = torch.lerp(composed, ground, part)
        if pasted is not None:
            there = slices(pasted.region)
            mixed = torch.lerp(pasted.pixels.float(), frame[there].float(), share[0][there].unsqueeze(-1))
            pasted = replace(pasted, pixels=mixed.round_().to(torch.uint8))
        return replace(self, composed=composed, pasted=pasted, mask=self.mask * keep, skin=self.skin * keep)

    def on_host(self) -> Layers:
        """The same without the card, but for its guide: to be finished by the processor."""
        pasted, palette = self.pasted, self.palette
        return replace(
            self._each(torch.Tensor.cpu),
            pasted=pasted and replace(pasted, pixels=pasted.pixels.cpu()),
            palette=None if palette is None else palette.cpu(),
        )

    def _each(self, change: Callable[[torch.Tensor], torch.Tensor]) -> Layers:
        return replace(
            self,
            composed=None if self.composed is None else change(self.composed),
            mask=change(self.mask),
            skin=change(self.skin),
            reach=change(self.reach),
            ground=None if self.ground is None else change(self.ground),
        )


def points_of(face: Face) -> np.ndarray:
    """(478, 3) float64: the landmarks with their depth, px."""
    return np.concatenate([face.landmarks, face.depth[:, None]], axis=1).astype(np.float64)


def in_output(face: Face, plan: Plan) -> np.ndarray:
    """(478, 3) float64: the landmarks of a face of the target photo, in px of the output."""
    points = points_of(face)
    points[:, :2] = [plan.to_output(x, y) for x, y in points[:, :2]]
    points[:, 2] *= plan.scale
    return points


def region_of(points: np.ndarray, size: Size, margin: float) -> Rect:
    """The rectangle around the landmarks, `margin` of the face wider on each side, inside a picture of `size`."""
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    room = margin * float((high - low).max())
    left, top = (int(max(0, np.floor(value - room))) for value in low)
    right = int(min(size.width, np.ceil(high[0] + room)))
    bottom = int(min(size.height, np.ceil(high[1] + room)))
    return Rect(left, top, right - left, bottom - top)


def cut_target(frame: torch.Tensor, points: np.ndarray) -> tuple[Patch, Rect]:
    """The target's face and its region in the output. `frame` (H, W, 3) uint8, `points` px of it."""
    region = region_of(points, Size(frame.shape[1], frame.shape[0]), MARGIN_TARGET)
    pixels = frame[slices(region)]
    return Patch(pixels.contiguous(), points - np.array([region.left, region.top, 0.0])), region


def cut_source(photo: np.ndarray, points: np.ndarray, face_px: float, device: torch.device) -> tuple[Patch, float]:
    """The source's face near the scale at which it will be shown, and how far it is enlarged to get there.

    Args:
        photo: (H, W, 3) uint8.
        points: (478, 3) px of the photo.
        face_px: width of the face in the output.
        device: where the patch shall be.
    """
    region = region_of(points, Size(photo.shape[1], photo.shape[0]), MARGIN_SOURCE)
    pixels = torch.tensor(photo[slices(region)], device=device)
    enlargement = face_px / geometry.face_width(points)
    scale = min(1.0, enlargement * OVERSAMPLE)
    width, height = max(8, round(region.width * scale)), max(8, round(region.height * scale))
    per_axis = np.array([width / region.width, height / region.height, scale])
    patch = Patch(warp.resize(pixels, width, height), (points - np.array([region.left, region.top, 0.0])) * per_axis)
    return patch, enlargement


def finished(frame: torch.Tensor, layers: Layers, look: finish.Look, *, again: bool = False) -> torch.Tensor:
    """The frame with the finished face in its region. (H, W, 3) uint8, not to be written to.

    Where `layers.reach` is 0 and nothing is pasted the answer equals `frame` bit for bit. The last answer is kept:
    a result is looked at before it is given out.

    Args:
        again: whether the same is asked for next in another sharpness, so that the smoothed face is kept, too.
    """
    smoothed, pixels = None, None
    for last in layers._last:
        if last.frame is frame and last.look.smoothing == look.smoothing:
            smoothed, pixels = last.smoothed, last.pixels if last.look == look else None
    if pixels is None:
        out = _with_pasted(frame, layers)
        smoothed = _smoothed(out, layers, look) if smoothed is None else smoothed
        pixels = _within_palette(_finished(out, layers, look, smoothed), frame, layers)
    layers._last[:] = [_Finished(frame, look, pixels, smoothed if again else None)]
    return pixels


def finished_at(frame: torch.Tensor, layers: Layers, look: finish.Look, width: int, height: int) -> torch.Tensor:
    """`finished`, computed at `width` × `height` px."""
    size = Size(frame.shape[1], frame.shape[0])
    if (width, height) == (size.width, size.height):
        return finished(frame, layers, look)
    reduced = layers.reduced(width, height, size)
    out = warp.resize(_with_pasted(frame, layers), width, height)
    return _within_palette(_finished(out, reduced, look, _smoothed(out, reduced, look)), None, reduced)


def _with_pasted(frame: torch.Tensor, layers: Layers) -> torch.Tensor:
    out = frame.clone()
    if layers.pasted:
        rows, columns = slices(layers.pasted.region)
        out[rows, columns] = layers.pasted.pixels
    return out


def _smoothed(out: torch.Tensor, layers: Layers, look: finish.Look) -> torch.Tensor | None:
    """(3, H, W) Lab: the region of `out` (H, W, 3) uint8 with the face, its skin smoothed; None if nothing is new."""
    if layers.composed is None and look.is_plain:
        return None
    lab = color.lab_from_bytes(out[slices(layers.region)]) if layers.composed is None else layers.composed
    if look.smoothing == 0:
        return lab
    return finish.smooth(lab, layers.skin * (layers.mask * layers.strength), look.smoothing, layers.face_px)


def _finished(out: torch.Tensor, layers: Layers, look: finish.Look, smoothed: torch.Tensor | None) -> torch.Tensor:
    """The face set into `out`, in place, its tone and sharpness as they shall be."""
    if smoothed is None:
        return out
    rows, columns = slices(layers.region)
    lab = finish.finish(smoothed, layers.mask * layers.strength, look, layers.enlargement)
    place = mask.span_of(layers.reach > 0)
    part = out[rows, columns][place]
    inside = (layers.reach > 0).permute(1, 2, 0)[place]
    part.copy_(torch.where(inside, color.bytes_from_lab(lab[:, *place]), part))
    return out


def _within_palette(out: torch.Tensor, frame: torch.Tensor | None, layers: Layers) -> torch.Tensor:
    """What was made of a target of one hue has no other. What equals `frame`, if given, stays as it is."""
    if layers.palette is None:
        return out
    colored = color.within_palette(out, layers.palette)
    if frame is None:
        return colored
    return torch.where((out != frame).any(-1, keepdim=True), colored, out)


def slices(region: Rect) -> tuple[slice, slice]:
    """The rows and the columns of a region, to index an array with."""
    return slice(region.top, region.top + region.height), slice(region.left, region.left + region.width)


def laid(part: torch.Tensor, region: Rect, size: Size) -> torch.Tensor:
    """(C, H, W) of a frame of `size`, with `part` (C, h, w) at a region and 0 elsewhere."""
    whole = part.new_zeros(part.shape[0], size.height, size.width)
    whole[(slice(None), *slices(region))] = part
    return whole


def strength_at(ratio: float) -> float:
    """How far the finishing acts at a ratio."""
    return float(mask.smoothstep(torch.tensor(ratio), 0.0, FADE_BELOW))
