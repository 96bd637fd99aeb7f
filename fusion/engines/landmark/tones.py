"""How far two skins are apart, and how much of that is the light's doing. The whites of the eyes tell it."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fusion.engines.landmark.aligned import Aligned
from fusion.ops import color, filters, mask

FAR = (0.4, 1.6)  # log of the ratio of the skins' light, from which tones are apart, and wholly so
NEW = (0.25, 0.8)  # the same for the weight of the light step for far tones against that for like ones
OVER_EYES = (-1.0, 0.5)  # log of skin over the whites of the eyes: beyond, the eyes lie in shade or glass
PIGMENT = (-0.05, 0.25)  # by how much more of it lighter skin has, if it is lighter by pigment; below, by exposure
LIGHT_SHARE = 0.45  # of what skins of other pigment differ by that is light all the same
WHITE = 0.85  # quantile of the luminance of the eyes' openings from which they are white
_EVEN = 0.02  # of log light: a hue that changes by less changes not at all


@dataclass(frozen=True, slots=True)
class Tones:
    """How far apart two skins are. 0-dim tensors: `gap`, log of the target skin's light over the source's; `apart`
    0…1, how unlike that makes them; `weight` 0…1, how far the light step for far tones acts; `pigment` 0…1, how far it
    is the skins that differ and not the exposures of the photos."""

    gap: torch.Tensor
    apart: torch.Tensor
    weight: torch.Tensor
    pigment: torch.Tensor

    @property
    def light_gap(self) -> torch.Tensor:
        """What of the gap is light, and so meets eyes, teeth and highlights as well."""
        return self.gap * (1 - (1 - LIGHT_SHARE) * self.pigment)


def between(source: torch.Tensor, target: torch.Tensor, both: Aligned) -> Tones:
    """Of two faces in linear light, (3, gh, gw)."""
    logs = [color.luminance(color.log_light(x)) for x in (target, source)]
    gap = filters.weighted_mean(logs[0] - logs[1], both.measured).reshape(())
    more = torch.sign(gap) * (_over_eyes(target, both) - _over_eyes(source, both))
    return Tones(
        gap, mask.smoothstep(gap.abs(), *FAR), mask.smoothstep(gap.abs(), *NEW), mask.smoothstep(more, *PIGMENT)
    )


def hue_share(source: torch.Tensor, target: torch.Tensor, both: Aligned) -> torch.Tensor:
    """0-dim, 0…1: how far the skin's change of hue is one of light, which eyes and teeth go along with.

    Light tints the whites of the eyes as it tints skin, pigment does not. Two faces in linear light, (3, gh, gw).
    """
    skins = [_hue_of(x, both.measured) for x in (target, source)]
    whites = [_hue_of(x, _whites(x, both)) for x in (target, source)]
    skin, white = skins[0] - skins[1], whites[0] - whites[1]
    return ((skin * white).sum() / (skin.square().sum() + _EVEN**2)).clamp(0, 1)


def _hue_of(light: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """(3, 1, 1): the log of the mean colour where `weight` is, without its lightness."""
    log = color.log_light(filters.weighted_mean(light, weight))
    return color.log_hue(log)


def _whites(light: torch.Tensor, both: Aligned) -> torch.Tensor:
    """(1, gh, gw): 1 on the brightest of the eyes."""
    y, openings = color.luminance(light), both.parts.eyes > 0.5
    return ((y >= filters.quantiles(y, openings, (WHITE,))) & openings).float()


def _over_eyes(light: torch.Tensor, both: Aligned) -> torch.Tensor:
    """0-dim: log of how much brighter skin is than the whites of the eyes. How a photo was exposed is not in it."""
    y = color.luminance(light)
    skin = filters.quantiles(y, both.measured > 0.5, (0.5,))
    whites = filters.quantiles(y, both.parts.eyes > 0.5, (WHITE,))
    return (color.log_light(skin) - color.log_light(whites))[0].clamp(*OVER_EYES)
