"""Lids, hairs and lips in colours that suit the skin they have come to lie on.

Light that changes one skin into another changes them too, and they are of other pigments: black hair turns blue or
violet, lids ashen, lips pale or blue. Here each gets back the place between grey and skin, or against skin, that it has
in the source's photo; what lips are is told by `lips`. Works on the logarithm of linear light.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fusion.engines.landmark.aligned import FINE, Aligned
from fusion.engines.landmark.lips import Lips, is_open
from fusion.ops import color, filters, mask

APART = (6.0, 16.0)  # ΔE, CIE 1976, between the two skins: from the first on this acts, from the second wholly
HAIRS = (0.1, 0.6)  # log: darker than the skin around by so much are lids and hairs, wholly so by the second
LEAST_WARM, LIPS_WARM = 0.5, 0.9  # of the way from grey to skin: no lid or hair of a face is colder, nor its lips,
COLD = (-1.6, -0.9)  # unless it is as cold in the source, which is paint or a frame
BESIDE = 0.5  # of what their hue has beside that of skin in the source: no more
HUELESS = 0.05  # log: skin of less hue is grey
DARK = (0.7, 1.3)  # log: darker than skin by so much is the mouth itself, and no tooth


def kept(face: torch.Tensor, source: torch.Tensor, both: Aligned) -> torch.Tensor:
    """The lit face with its lids, hairs and lips in colours that suit its skin, as far as the two skins differ.

    Paint that the target does not wear leaves its lips, however alike the skins are.

    Args:
        face: (3, H, W) Lab, in the target's light.
        source: (3, H, W) Lab, the same in its own light.
        both: the two on the grid.
    """
    skins = [filters.weighted_mean(x, both.measured) for x in (both.source, both.target)]
    weight = mask.smoothstep((skins[1] - skins[0]).norm(), *APART)
    lips = Lips(both)
    if float(torch.maximum(weight, lips.put_off)) == 0:
        return face
    own, lit = (color.log_light(color.linear_from_lab(x)) for x in (source, face))
    lit += weight * _hairs(lit, own, both)
    lit += lips.change(lit, own, weight)
    return color.lab_from_linear((torch.exp(lit) - color.BLACK).clamp(0, 1))


@dataclass(frozen=True, slots=True)
class _Zones:
    """Where hues are looked at, (1, H, W) each: `hairs`, that is lids, hairs and what is dark between lips; `lips`, and
    what is between them where they are closed; and `all`, either, but for eyes and for teeth."""

    hairs: torch.Tensor
    lips: torch.Tensor
    all: torch.Tensor


def _zones(own: torch.Tensor, both: Aligned) -> _Zones:
    """`own`: (3, H, W), the log of the source's light."""
    parts = both.parts
    height, width = own.shape[-2:]
    small = color.luminance(filters.shrink(own, *parts.oval.shape[-2:]))
    around = filters.spread(small, both.measured, FINE * parts.width_px)
    darker = filters.enlarge(around, height, width) - color.luminance(own)
    lips, mouth, eyes = (filters.enlarge(x, height, width) for x in (parts.lips, parts.mouth, parts.eyes))
    dark = torch.maximum(mask.smoothstep(darker, *DARK), (1 - is_open(both)) * mouth)
    hairs = torch.lerp(mask.smoothstep(darker, *HAIRS), dark, lips) * (1 - eyes)
    return _Zones(hairs, lips, torch.lerp(torch.maximum(hairs, lips), dark, mouth) * (1 - eyes))


def _hairs(lit: torch.Tensor, own: torch.Tensor, both: Aligned) -> torch.Tensor:
    """(3, H, W): the change of lids, hairs and what is cold on lips. Arguments are (3, H, W), logs of light."""
    zones = _zones(own, both)
    ours, theirs = (
        color.log_hue(filters.weighted_mean(color.log_light(color.linear_from_lab(x)), both.measured))
        for x in (both.source, both.target)
    )
    was, was_beside = _split(color.log_hue(own), ours)
    now, beside = _split(color.log_hue(lit), theirs)
    least = torch.maximum(was.clamp_max(1), LEAST_WARM + (LIPS_WARM - LEAST_WARM) * zones.lips)
    most = BESIDE * filters.length(was_beside)
    too_much = (1 - most / filters.length(beside).clamp_min(1e-3)).clamp_min(0)
    colder = (least - now).clamp_min(0) * theirs
    unpainted = torch.maximum(mask.smoothstep(was, *COLD), zones.lips)
    return unpainted * (zones.all * colder - zones.hairs * too_much * beside)


def _split(hue: torch.Tensor, skin: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(1, H, W): how far a hue goes from grey to that of skin, (3, 1, 1); and (3, H, W), what of it lies beside."""
    along = (hue * skin).sum(0, keepdim=True) / skin.square().sum().clamp_min(HUELESS**2)
    return along, hue - along * skin
