"""Three ways for a fused face to meet the picture it is set into. All work in Lab, (C, H, W) float32."""

from __future__ import annotations

import torch

from fusion.ops import filters, interrupt
from fusion.ops.mask import smoothstep
from fusion.types import Mode

LEVELS = 5
MEMBRANE_LIMIT = 8.0  # Lab units


def compose(
    face: torch.Tensor, ground: torch.Tensor, mask: torch.Tensor, skin: torch.Tensor, mode: Mode, face_px: float
) -> torch.Tensor:
    """The face over the ground.

    Args:
        face, ground: (3, H, W) Lab.
        mask: (1, H, W); where it is 0 the answer is the ground, bit for bit.
        skin: (1, H, W), where both are bare skin: only there their difference is one of light.
        mode: `blend` uses the gradient-domain membrane and a multi-band blend; the others the mask as it is. (What
            makes `overlay` is the light that the engine gave the face.)
        face_px: width of the face.
    """
    interrupt.heed()
    if mode == Mode.BLEND:
        face = face + _membrane(face, ground, mask, skin, face_px)
        face = _multiband(face, ground, smoothstep(mask, 0.0, 0.9))
        mask = smoothstep(mask, 0.0, 0.5)
    return torch.lerp(ground, face, mask)


def _membrane(
    face: torch.Tensor, ground: torch.Tensor, mask: torch.Tensor, skin: torch.Tensor, face_px: float
) -> torch.Tensor:
    """The difference along the border carried smoothly inward: what Poisson blending adds (Pérez et al. 2003).

    Hair and shadows at the border have no say, and the answer is held: a face must not glow because a collar is white.
    """
    step = max(1, round(face_px / 128))
    band = (mask > 0.01).float() * (1 - smoothstep(mask, 0.15, 0.5)) * smoothstep(skin, 0.3, 0.7)
    small_band = filters.reduce(band, step)
    if float(small_band.sum()) < 8:
        return torch.zeros_like(face)
    difference = filters.reduce((ground - face) * band, step) / small_band.clamp_min(1e-3)
    carried = filters.spread(difference, small_band, 0.05 * face_px / step)
    held = MEMBRANE_LIMIT * torch.tanh(carried / MEMBRANE_LIMIT)
    return filters.enlarge(held, *face.shape[-2:]) * (1 - 0.5 * mask)


def _multiband(face: torch.Tensor, ground: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Each band of detail blended over its own width (Burt and Adelson 1983)."""
    sizes = []
    result = []
    for _ in range(LEVELS):
        height, width = mask.shape[-2:]
        if min(height, width) < 16:
            break
        small_face, small_ground, small_mask = (
            filters.reduce(filters.gaussian(x, 0.8), 2) for x in (face, ground, mask)
        )
        detail_face = face - filters.enlarge(small_face, height, width)
        detail_ground = ground - filters.enlarge(small_ground, height, width)
        result.append(torch.lerp(detail_ground, detail_face, mask))
        sizes.append((height, width))
        face, ground, mask = small_face, small_ground, small_mask
    answer = torch.lerp(ground, face, mask)
    for detail, (height, width) in zip(reversed(result), reversed(sizes), strict=True):
        answer = filters.enlarge(answer, height, width) + detail
    return answer
