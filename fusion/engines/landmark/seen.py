"""Both faces in the target's place: what is seen of each, and which of it the fused face shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from fusion.engines.landmark.beards import Beard
from fusion.engines.landmark.covers import Covers
from fusion.engines.landmark.glasses import Worn
from fusion.engines.landmark.regions import Parts, hull
from fusion.engines.landmark.validity import Source
from fusion.faces import mesh
from fusion.ops import filters, mask

SKIN_GOES_ON = (0.4, 0.8)  # likelihood that both are skin, between which a border over it begins and is whole
HAIRLINE = 0.4  # of the face width: so far beyond the oval tone follows the skin of a forehead
_BROW = (127, 162, 21, 54, 103, 67, 109, 10, 338, 297, 332, 284, 251, 389, 356)  # the oval from ear to ear
_SOFT = 0.01  # of the face width: likelihoods are a little smoothed before they draw a border


@dataclass(frozen=True, slots=True)
class Seen:
    """Images are Lab, masks (1, gh, gw)."""

    ground: torch.Tensor  # (3, H, W), the target
    small_ground: torch.Tensor  # (3, gh, gw)
    bare: torch.Tensor  # where both faces are bare skin
    plain: torch.Tensor  # 0 on the source's glasses
    uncovered: torch.Tensor  # where the source's is skin, in whatever shade: nothing covers it, and no beard grows
    shadow: torch.Tensor  # hard shadow on the source's skin, where the target's has none
    cover: torch.Tensor  # how far the source is seen
    carried: torch.Tensor  # the source's glasses, where they come along
    tone: torch.Tensor  # how far tone acts: as far as the target's skin goes on


def seen(
    ground: torch.Tensor, small_ground: torch.Tensor, on_target: Covers, on_source: Covers, source: Source,
    worn: Worn, beard: Beard, parts: Parts,
) -> Seen:  # fmt: skip
    """What of a target (`ground`, `small_ground`) and a source is seen, with what lies over them."""
    over = on_target.on_top
    plain = 1 - on_source.spectacles
    shown = (1 - over) * source.valid * (1 - beard.kept)
    bare = on_target.skin * source.skin * shown * plain * parts.oval * (1 - parts.features)
    carried = on_source.frame * parts.wearable * (1 - on_source.things) * float(worn.carried)
    # where skin of both goes on, or a beard ends on skin, the face fades out beyond the oval
    theirs = _sure(on_target.skin, parts)
    both = torch.minimum(theirs, _sure(torch.maximum(source.skin, beard.brought), parts))
    cover = torch.maximum(parts.face, parts.wide * both) * shown
    front = torch.maximum(1 - over, parts.oval) * (1 - on_target.cover)  # a frame lies over hair, and under what is held
    cover = torch.maximum(cover, carried * front)
    tone = torch.maximum(parts.face, torch.maximum(parts.wide, _forehead(parts)) * theirs) * (1 - over)
    free = (1 - on_source.on_top) * (1 - on_source.beard) * (1 - source.filled) * (1 - _nostrils(parts))
    uncovered = torch.maximum(source.skin * plain, free) * torch.maximum(parts.oval, parts.wide) * (1 - parts.features)
    shadow = on_source.shadow * (1 - on_target.shadow) * (1 - source.filled)
    return Seen(ground, small_ground, bare, plain, uncovered, shadow, cover, carried, torch.maximum(tone, cover))


def _forehead(parts: Parts) -> torch.Tensor:
    """(1, gh, gw): the upper face and what is above it, fading out: a forehead goes on up to the hairline."""
    height, width = parts.oval.shape[-2:]
    upper, middle = parts.shape[list(_BROW)], parts.shape[list(_BROW)].mean(0)
    away = upper - middle
    beyond = upper + HAIRLINE * parts.width_px * away / np.linalg.norm(away, axis=1, keepdims=True).clip(1e-6)
    beyond = beyond[1:-1]  # beside the ears there is none
    area = mask.polygon(hull(np.concatenate([upper, beyond])), width, height)
    return mask.to_tensor(mask.inward(area, HAIRLINE / 2 * parts.width_px), parts.oval.device)


def _nostrils(parts: Parts) -> torch.Tensor:
    height, width = parts.oval.shape[-2:]
    area = mask.polygon(hull(parts.shape[list(mesh.NOSTRILS)]), width, height)
    return filters.gaussian(
        mask.to_tensor(mask.grown(area, 3 * _SOFT * parts.width_px), parts.oval.device), _SOFT * parts.width_px
    )


def _sure(likelihood: torch.Tensor, parts: Parts) -> torch.Tensor:
    return mask.smoothstep(filters.gaussian(likelihood, _SOFT * parts.width_px), *SKIN_GOES_ON)
