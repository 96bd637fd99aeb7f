"""The region of one face: cut out, fused, finished and put back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from fusion import geometry
from fusion.engines.base import Patch
from fusion.faces import Face
from fusion.ops import colour, filters, finish, warp
from fusion.ops.mask import smoothstep
from fusion.sizing import Plan, Rect
from fusion.spec import Notice, Settings, Size

MARGIN_TARGET = 0.42  # of the face, kept around it in the output: room for the ground to move
MARGIN_SOURCE = 0.20
OVERSAMPLE = 1.5  # source px kept per output px where the source has them, so that warping does not blur
FADE_BELOW = 0.1  # ratio under which the finishing fades out, so that ratio 0 is the target itself


@dataclass(frozen=True, slots=True)
class Layers:
    """A fused face before its finishing, in the region of the output that it changes.

    `composed` (3, H, W) Lab; `mask`, `skin`, `reach` (1, H, W); `face_px` the width of the face in the output;
    `enlargement` output px per px that the source really has; `strength` 0…1 how far finishing may act.
    """

    region: Rect
    composed: torch.Tensor
    mask: torch.Tensor
    skin: torch.Tensor
    reach: torch.Tensor
    face_px: float
    enlargement: float
    strength: float
    notices: tuple[Notice, ...]

    def reduced(self, factor: float) -> Layers:
        """The same face in an output `factor` times the size (below 1)."""
        height = max(8, round(self.composed.shape[-2] * factor))
        width = max(8, round(self.composed.shape[-1] * factor))
        region = Rect(round(self.region.left * factor), round(self.region.top * factor), width, height)
        return replace(
            self._each(lambda x: filters.shrink(x, height, width)),
            region=region,
            face_px=self.face_px * factor,
            enlargement=max(1.0, self.enlargement * factor),
        )

    def clipped(self, width: int, height: int) -> Layers:
        """The same, without what lies beyond a frame of width × height px."""
        columns = min(self.region.width, width - self.region.left)
        rows = min(self.region.height, height - self.region.top)
        region = Rect(self.region.left, self.region.top, columns, rows)
        return replace(self._each(lambda x: x[:, :rows, :columns]), region=region)

    def _each(self, change: Callable[[torch.Tensor], torch.Tensor]) -> Layers:
        return replace(
            self,
            composed=change(self.composed),
            mask=change(self.mask),
            skin=change(self.skin),
            reach=change(self.reach),
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
    pixels = frame[region.top : region.top + region.height, region.left : region.left + region.width]
    return Patch(pixels.contiguous(), points - np.array([region.left, region.top, 0.0])), region


def cut_source(photo: torch.Tensor, points: np.ndarray, face_px: float) -> tuple[Patch, float]:
    """The source's face near the scale at which it will be shown, and how far it is enlarged to get there.

    Args:
        photo: (H, W, 3) uint8.
        points: (478, 3) px of the photo.
        face_px: width of the face in the output.
    """
    region = region_of(points, Size(photo.shape[1], photo.shape[0]), MARGIN_SOURCE)
    pixels = photo[region.top : region.top + region.height, region.left : region.left + region.width]
    enlargement = face_px / geometry.face_width(points)
    scale = min(1.0, enlargement * OVERSAMPLE)
    width, height = max(8, round(region.width * scale)), max(8, round(region.height * scale))
    per_axis = np.array([width / region.width, height / region.height, scale])
    patch = Patch(warp.resize(pixels, width, height), (points - np.array([region.left, region.top, 0.0])) * per_axis)
    return patch, enlargement


def finished(before: torch.Tensor, layers: Layers, settings: Settings) -> torch.Tensor:
    """The output: the target with the finished face in its region. (H, W, 3) uint8, a new tensor.

    Where `layers.reach` is 0 the answer equals `before` bit for bit.
    """
    look = finish.Look.of(settings, layers.enlargement)
    act = layers.mask * layers.strength
    lab = finish.finish(layers.composed, act, layers.skin * act, look, layers.face_px, layers.enlargement)
    region = layers.region
    rows, columns = slice(region.top, region.top + region.height), slice(region.left, region.left + region.width)
    out = before.clone()
    inside = (layers.reach > 0).permute(1, 2, 0)
    out[rows, columns] = torch.where(inside, colour.bytes_from_lab(lab), before[rows, columns])
    return out


def preview(before: torch.Tensor, layers: Layers, settings: Settings, max_side: int) -> torch.Tensor:
    """`finished`, computed at most `max_side` px on the longer side. (h, w, 3) uint8."""
    height, width = before.shape[:2]
    factor = min(1.0, max_side / max(height, width))
    if factor == 1.0:
        return finished(before, layers, settings)
    small = warp.resize(before, max(1, round(width * factor)), max(1, round(height * factor)))
    # the region's corner and its size are rounded apart, so it may stand out of the reduced frame by a pixel
    return finished(small, layers.reduced(factor).clipped(small.shape[1], small.shape[0]), settings)


def strength_at(ratio: float) -> float:
    """How far the finishing acts at a ratio."""
    return float(smoothstep(torch.tensor(ratio), 0.0, FADE_BELOW))
