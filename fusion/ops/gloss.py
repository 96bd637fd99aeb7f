"""Highlights on skin, told from the skin by the dichromatic model (Shafer 1985): what shines has the light's colour."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fusion.ops import color, filters

MATTE = (0.15, 0.6)  # quantiles of the luminance of skin between which it does not shine
BRIGHTEST = 0.97  # quantile of the luminance of skin from which it shows the light's colour
PURER = 0.6  # what is brightest still holds some skin: its colour is pushed this far away from the skin's
WHITER = 0.4  # and this far towards white
SMOOTH = 0.2  # of the face width, standard deviation: what stands above the matte skin's mean of this width may shine
TELLS = (0.15, 0.5)  # difference of the two colours: below the first, colour tells nothing; from the second, all
LEFT = 0.15  # of a pixel's light at least is skin


@dataclass(frozen=True, slots=True)
class Split:
    """Linear light taken apart. `matte` (3, H, W); `shine` (1, H, W), the luminance of the highlights, whose colour
    is `tint` (3, 1, 1), of luminance 1."""

    matte: torch.Tensor
    shine: torch.Tensor
    tint: torch.Tensor


@dataclass(frozen=True, slots=True)
class _Skin:
    """The colours of skin and of what shines on it, (3, 1, 1) of luminance 1; `base` (1, gh, gw), matte luminance."""

    color: torch.Tensor
    tint: torch.Tensor
    base: torch.Tensor


def split(light: torch.Tensor, small: torch.Tensor, skin: torch.Tensor, area: torch.Tensor, face_px: float) -> Split:
    """Take the highlights off a face.

    Args:
        light: (3, H, W) linear RGB.
        small: (3, gh, gw), the same on a grid.
        skin: (1, gh, gw), where it is bare skin.
        area: (1, H, W), how far it acts.
        face_px: width of the face, px of the grid.
    """
    found = _skin_of(small, skin, face_px)
    base = filters.enlarge(found.base, *light.shape[-2:])
    y = color.luminance(light)
    basis = torch.cat([found.color.view(3, 1), found.tint.view(3, 1)], 1)
    by_color = torch.tensordot(torch.linalg.pinv(basis)[1], light, 1).unsqueeze(0).clamp_min_(0)
    apart = (found.color - found.tint).abs().amax()
    trust = ((apart - TELLS[0]) / (TELLS[1] - TELLS[0])).clamp(0, 1)
    # whatever the colour says, only what is brighter than the matte skin about it shines
    by_color = torch.minimum(by_color, (y - 1.1 * base).clamp_min(0))
    shine = torch.lerp(0.7 * (y - 1.25 * base).clamp_min(0), by_color, trust)
    shine = filters.gaussian(shine, 0.7) * area
    return Split(torch.maximum(light - shine * found.tint, LEFT * light), shine, found.tint)


def _skin_of(small: torch.Tensor, skin: torch.Tensor, face_px: float) -> _Skin:
    y = color.luminance(small)
    low, high, top = filters.quantiles(y, skin > 0.5, (*MATTE, BRIGHTEST))
    matte = skin * ((y >= low) & (y <= high))
    own = _color_of(small, matte)
    bright = _color_of(small, skin * (y >= top))
    tint = (bright + PURER * (bright - own)).clamp(0.3, 2.2)
    tint = torch.lerp(tint / color.luminance(tint), torch.ones_like(tint), WHITER)
    return _Skin(own, tint, filters.spread(y, matte, SMOOTH * face_px))


def _color_of(light: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """(3, 1, 1): the mean colour where `weight` is, of luminance 1."""
    total = (light * weight).sum((-2, -1), keepdim=True) + 1e-6
    return total / color.luminance(total)
