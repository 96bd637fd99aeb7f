"""What lies over the two faces, and which of it the fused face shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from fusion.engines.landmark.regions import Parts
from fusion.notices import Notice
from fusion.ops import filters, mask, occlusion, skin
from fusion.types import Role

CARRY_FROM = 0.5  # ratio from which the fused face wears what the source wears
COVERED_AT = 0.25  # share of the face under hair or a hat from which the user is told
BROW_ROOM = 0.03  # of the face width: thick brows stand out of the landmarks' line and are no hair that reaches in


@dataclass(frozen=True, slots=True)
class Covering:
    """What lies over one of the two faces; masks are (1, gh, gw). `share` is the part of the face under `hair`."""

    hair: torch.Tensor  # or a hat, or a hand: what reaches in from outside
    frame: torch.Tensor  # of glasses; all 0 without
    glasses: bool
    dark: bool
    share: float

    @property
    def mask(self) -> torch.Tensor:
        return torch.maximum(self.hair, self.frame)


@dataclass(frozen=True, slots=True)
class Seen:
    """The two faces with what covers them. Images are (3, H, W) Lab, masks (1, gh, gw).

    `carried` says that the source's glasses come with its face, `removed` that the target's go with its own.
    """

    ground: torch.Tensor  # the target; without its glasses where they are removed
    small_ground: torch.Tensor  # the same on the grid
    small_warped: torch.Tensor  # the source on the grid
    bare: torch.Tensor  # where both faces are bare skin
    free: torch.Tensor  # where neither is covered by what does not belong to the fused face
    worn: torch.Tensor  # where glasses come or go: there the fused face is the source's whole
    plain: torch.Tensor  # 0 on the source's glasses
    on_target: Covering
    on_source: Covering
    carried: bool
    removed: bool

    @property
    def notices(self) -> list[Notice]:
        """What the user should know."""
        notices = []
        if self.on_source.glasses:
            notices.append(Notice("glasses_carried" if self.carried else "glasses_left"))
        if self.on_target.glasses:
            notices.append(Notice("glasses_removed" if self.removed else "glasses_kept"))
        for role, covering in ((Role.TARGET, self.on_target), (Role.SOURCE, self.on_source)):
            if covering.share > COVERED_AT:
                notices.append(Notice("covered", {"role": role, "percent": 100 * covering.share}))
        return notices


def look(ground: torch.Tensor, warped: torch.Tensor, parts: Parts, ratio: float) -> Seen:
    """Find hair, hats and glasses on both faces, and decide about the glasses.

    Args:
        ground, warped: (3, H, W) Lab, the target's and the source's face, aligned.
        parts: of the fused face.
        ratio: from `CARRY_FROM` on the fused face wears what the source wears, below it what the target wears.
    """
    size = parts.face.shape[-2:]
    small_ground, small_warped = filters.shrink(ground, *size), filters.shrink(warped, *size)
    bare_target = skin.skin_map(small_ground, parts.seed, parts.width_px)
    bare_source = skin.skin_map(small_warped, parts.seed, parts.width_px)
    on_target = _covering(small_ground, bare_target, parts, generous=False)
    on_source = _covering(small_warped, bare_source, parts, generous=True)
    carried, removed = _glasses(on_target, on_source, ratio)
    worn = on_source.frame * float(carried)
    covers_target = on_target.mask
    if removed:
        worn = _widened(on_target.frame, parts.width_px)
        ground = _without_frame(ground, small_ground, on_target.frame, bare_target * parts.oval, parts.width_px)
        small_ground = filters.shrink(ground, *size)
        bare_target = skin.skin_map(small_ground, parts.seed, parts.width_px)
        covers_target = _covering(small_ground, bare_target, parts, generous=False).hair
    plain = 1 - on_source.frame
    free = (1 - covers_target) * (1 - on_source.hair) * (torch.ones_like(plain) if carried else plain)
    bare = bare_target * bare_source * free * plain * parts.oval * (1 - parts.features)
    return Seen(ground, small_ground, small_warped, bare, free, worn, plain, on_target, on_source, carried, removed)


def _glasses(on_target: Covering, on_source: Covering, ratio: float) -> tuple[bool, bool]:
    """Whether the source's glasses come with its face, and whether the target's go with its own.

    From `CARRY_FROM` on the fused face wears what the source wears, below it what the target wears: glasses are there
    or not there, never half. Where both wear some, or lenses are dark, the target's stay.
    """
    if ratio < CARRY_FROM or on_source.dark or on_target.dark or on_source.glasses == on_target.glasses:
        return False, False
    return on_source.glasses, on_target.glasses


def _without_frame(
    ground: torch.Tensor, small: torch.Tensor, frame: torch.Tensor, bare: torch.Tensor, face: float
) -> torch.Tensor:
    """The target without its glasses: the frame filled with the skin beside it.

    Inside the face the source's skin comes over it; at the temples this is what one sees.
    """
    height, width = ground.shape[-2:]
    wide = _widened(frame, face)
    # the ends of the frame stand out over the temples: what is no skin close to it goes with it
    wide = torch.maximum(
        wide, filters.gaussian(frame, 0.03 * face).mul(5).clamp(0, 1) * mask.smoothstep(1 - bare, 0.3, 0.7)
    )
    filled = filters.spread(small, bare * (1 - wide), 0.012 * face)
    return torch.lerp(ground, filters.enlarge(filled, height, width), filters.enlarge(wide, height, width))


def _widened(frame: torch.Tensor, face: float) -> torch.Tensor:
    """The frame with the shadow and the sheen along it."""
    return filters.gaussian(frame, 0.015 * face).mul(4).clamp(0, 1)


def _covering(lab: torch.Tensor, bare: torch.Tensor, parts: Parts, generous: bool) -> Covering:
    face = parts.width_px
    oval = parts.oval[0].cpu().numpy()
    exempt = mask.grown(parts.features[0].cpu().numpy(), BROW_ROOM * face)
    hair = occlusion.reaching_in(bare[0].cpu().numpy(), oval, exempt, face, generous)
    found = occlusion.glasses(
        np.ascontiguousarray(lab.permute(1, 2, 0).cpu().numpy()), bare[0].cpu().numpy(), parts.shape, face
    )
    share = float((hair * oval).sum() / max(oval.sum(), 1.0))
    return Covering(
        mask.to_tensor(hair, lab.device), mask.to_tensor(found.frame, lab.device), found.worn, found.dark, share
    )
