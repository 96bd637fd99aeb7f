"""Resizing, reflecting and sampling."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from fusion.sizing import Plan


def resize(image: torch.Tensor, width: int, height: int) -> torch.Tensor:
    """(H, W, 3) uint8 → (height, width, 3) uint8, bicubic, anti-aliased when it shrinks."""
    if image.shape[:2] == (height, width):
        return image
    planes = image.permute(2, 0, 1).unsqueeze(0)
    if image.device.type != "cpu":
        planes = planes.float()  # CUDA has no byte kernel; the CPU's byte kernel is several times faster than float
    out = F.interpolate(planes, size=(height, width), mode="bicubic", antialias=True, align_corners=False)
    if out.dtype != torch.uint8:
        out = out.round_().clamp_(0, 255).to(torch.uint8)
    return out.squeeze(0).permute(1, 2, 0).contiguous()


def lay_out(photo: torch.Tensor, plan: Plan) -> torch.Tensor:
    """The target photo at the output's size: cropped, resized, reflected. (H, W, 3) uint8 → same."""
    crop, content = plan.crop, plan.content
    part = photo[crop.top : crop.top + crop.height, crop.left : crop.left + crop.width]
    part = resize(part, content.width, content.height)
    if (content.width, content.height) != (plan.size.width, plan.size.height):
        rows = _reflected(plan.size.height, content.top, content.height, photo.device)
        columns = _reflected(plan.size.width, content.left, content.width, photo.device)
        part = part.index_select(0, rows).index_select(1, columns)
    return part.contiguous()


def _reflected(length: int, start: int, inner: int, device: torch.device) -> torch.Tensor:
    """For each of `length` positions the index into `inner` px that begin at `start`, mirrored as often as needed."""
    position = torch.arange(length, device=device) - start
    phase = position.remainder(2 * inner)
    return torch.where(phase < inner, phase, 2 * inner - 1 - phase)


def sample(image: torch.Tensor, map_px: torch.Tensor, mode: str = "bilinear") -> torch.Tensor:
    """(C, H, W) read at the px of `map_px` (2, h, w) → (C, h, w); beyond the border the border repeats."""
    height, width = image.shape[-2:]
    scale = torch.tensor([2 / width, 2 / height], device=image.device).view(1, 1, 2)
    grid = map_px.permute(1, 2, 0) * scale - 1
    return F.grid_sample(
        image.unsqueeze(0), grid.unsqueeze(0), mode=mode, padding_mode="border", align_corners=False
    ).squeeze(0)


def pixel_centres(height: int, width: int, device: torch.device) -> torch.Tensor:
    """(2, H, W): x and y of each pixel's centre."""
    y = torch.arange(height, dtype=torch.float32, device=device) + 0.5
    x = torch.arange(width, dtype=torch.float32, device=device) + 0.5
    return torch.stack([x.expand(height, width), y[:, None].expand(height, width)])
