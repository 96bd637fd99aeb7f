"""sRGB ⇄ CIE L*a*b* (D65). IEC 61966-2-1 for the transfer curve, CIE 15:2004 for Lab."""

from __future__ import annotations

from functools import lru_cache

import torch

_WHITE = (0.95047, 1.0, 1.08883)
_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_EDGE = (6 / 29) ** 3


@lru_cache(maxsize=4)
def _tables(device: torch.device) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """sRGB byte → linear light, linear RGB → XYZ / white, and its inverse."""
    code = torch.arange(256, dtype=torch.float32, device=device) / 255
    linear = torch.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    to_xyz = torch.tensor(_TO_XYZ, device=device) / torch.tensor(_WHITE, device=device)[:, None]
    return linear, to_xyz, torch.linalg.inv(to_xyz)


def lab_from_bytes(image: torch.Tensor) -> torch.Tensor:
    """(H, W, 3) uint8 sRGB → (3, H, W) float32 Lab."""
    linear, to_xyz, _ = _tables(image.device)
    # index_select, not linear[image]: advanced indexing with a byte tensor would take it for a mask
    light = linear.index_select(0, image.permute(2, 0, 1).reshape(-1).int()).view(3, -1)
    xyz = to_xyz @ light
    f = torch.where(xyz > _EDGE, xyz.clamp_min(_EDGE) ** (1 / 3), xyz * (841 / 108) + 4 / 29)
    lab = torch.stack([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
    return lab.view(3, *image.shape[:2])


def bytes_from_lab(lab: torch.Tensor) -> torch.Tensor:
    """(3, H, W) float32 Lab → (H, W, 3) uint8 sRGB, rounded; colours outside sRGB are clipped."""
    _, _, to_rgb = _tables(lab.device)
    height, width = lab.shape[-2:]
    flat = lab.reshape(3, -1)
    fy = (flat[0] + 16) / 116
    f = torch.stack([fy + flat[1] / 500, fy, fy - flat[2] / 200])
    xyz = torch.where(f > 6 / 29, f * f * f, (f - 4 / 29) * (108 / 841))
    light = (to_rgb @ xyz).clamp_(0, 1)
    code = torch.where(light <= 0.0031308, light * 12.92, 1.055 * light.clamp_min(0.0031308) ** (1 / 2.4) - 0.055)
    return code.mul_(255).round_().to(torch.uint8).view(3, height, width).permute(1, 2, 0).contiguous()
