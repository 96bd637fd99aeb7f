"""Photos in other light, and what a fusion makes of the skin in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from fusion.ops import color, filters
from fusion.photos import Photo
from fusion.pipeline import Result


def changed(photo: Photo, pixels: np.ndarray) -> Photo:
    """The photo with other pixels, and known as another."""
    return replace(photo, pixels=np.ascontiguousarray(pixels), sha256=f"{hash(pixels.tobytes()):x}")


def in_light(photo: Photo, gains: tuple[float, float, float] | np.ndarray) -> Photo:
    """The photo after its linear light has been multiplied: by channel, or by a gain (H, W) for each place."""
    lab = color.lab_from_bytes(torch.tensor(photo.pixels))
    gain = torch.tensor(gains, dtype=torch.float32)
    linear = color.linear_from_lab(lab) * (gain.view(3, 1, 1) if gain.ndim == 1 else gain)
    return changed(photo, color.bytes_from_lab(color.lab_from_linear(linear.clamp(0, 1))).numpy())


def lab_and_skin(result: Result) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The room of a fusion, Lab (3, H, W), fused and in the target, and its bare skin (1, H, W)."""
    assert result.placed is not None
    room, layers = result.placed.working.room, result.placed.layers
    inner = (slice(room.top, room.top + room.height), slice(room.left, room.left + room.width))
    skin = torch.zeros(1, room.height, room.width)
    region = layers.region
    skin[:, region.top : region.top + region.height, region.left : region.left + region.width] = layers.skin
    fused, target = (color.lab_from_bytes(torch.from_numpy(x[inner].copy())) for x in (result.pixels, result.before))
    return fused, target, skin


def on_skin(result: Result) -> tuple[np.ndarray, np.ndarray]:
    """(3,) Lab each: the mean of bare skin, fused and in the target."""
    fused, target, skin = lab_and_skin(result)
    return tuple(filters.weighted_mean(lab, skin)[:, 0, 0].numpy() for lab in (fused, target))  # type: ignore[return-value]
