"""Resizing, reflecting and sampling."""

from __future__ import annotations

import cv2
import numpy as np
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


def affine(image: torch.Tensor, image_from_output: np.ndarray, width: int, height: int) -> torch.Tensor:
    """(H, W, C) uint8 or float32 read along straight lines, bilinear → (height, width, C) of the same kind.

    Args:
        image: with one to four channels; beyond its border it is 0.
        image_from_output: (2, 3), from pixel indices of the output to those of the image.
        width, height: of the output.
    """
    if image.device.type == "cpu":  # OpenCV writes no map of places, and is some ten times faster than grid_sample
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        found = cv2.warpAffine(image.contiguous().numpy(), image_from_output, (width, height), flags=flags)
        return torch.from_numpy(np.asarray(found).reshape(height, width, -1))
    return _gathered(image, torch.tensor(image_from_output, dtype=torch.float32, device=image.device), width, height)


def _gathered(image: torch.Tensor, places: torch.Tensor, width: int, height: int) -> torch.Tensor:
    """`affine` by reading the four pixels around each place, so that a picture of bytes need not become one of floats.

    `places`: (2, 3).
    """
    rows, columns = image.shape[:2]
    x = torch.arange(width, device=image.device, dtype=torch.float32)
    y = torch.arange(height, device=image.device, dtype=torch.float32)[:, None]
    across, down = (line[0] * x + line[1] * y + line[2] for line in places)
    left, top = across.floor(), down.floor()
    total = torch.zeros(height, width, image.shape[2], device=image.device)
    for i, j in ((0, 0), (1, 0), (0, 1), (1, 1)):
        column, row = left + i, top + j
        weight = (1 - (across - column).abs()) * (1 - (down - row).abs())
        weight = weight * ((column >= 0) & (column < columns) & (row >= 0) & (row < rows))
        index = row.clamp(0, rows - 1).long() * columns + column.clamp(0, columns - 1).long()
        read = image.reshape(rows * columns, -1).index_select(0, index.view(-1))
        total.addcmul_(read.view(height, width, -1).float(), weight.unsqueeze(-1))
    return total.round_().to(torch.uint8) if image.dtype == torch.uint8 else total
