"""What lies over a face: hair, hats and hands that reach in from outside, and glasses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from fusion.engines.landmark.regions import Parts
from fusion.ops import mask, occlusion, skin

BROW_ROOM = 0.03  # of the face width: thick brows stand out of the landmarks' line and are no hair that reaches in


@dataclass(frozen=True, slots=True)
class Covering:
    """One face on the grid and what lies over it; masks are (1, gh, gw).

    `bare`: how likely it is skin. `hair`: or a hat, or a hand, what reaches in from outside. `frame`: of glasses, with
    the lenses where these are dark; all 0 without. `share`: the part of the face under `hair`, 0…1.
    """

    bare: torch.Tensor
    hair: torch.Tensor
    frame: torch.Tensor
    glasses: bool
    dark: bool
    share: float

    @property
    def mask(self) -> torch.Tensor:
        return torch.maximum(self.hair, self.frame)


def covering(lab: torch.Tensor, parts: Parts, generous: bool) -> Covering:
    """Find them.

    Args:
        lab: (3, gh, gw), the face on the grid.
        parts: which part of it is where.
        generous: take the doubtful rim of hair too; for the source, see `occlusion.reaching_in`.
    """
    likely = skin.skin_map(lab, parts.seed, parts.width_px)
    bare, oval = (x[0].cpu().numpy() for x in (likely, parts.oval))
    exempt = mask.grown(parts.features[0].cpu().numpy(), BROW_ROOM * parts.width_px)
    hair = occlusion.reaching_in(bare, oval, exempt, parts.width_px, generous)
    on_host = np.ascontiguousarray(lab.permute(1, 2, 0).cpu().numpy())
    found = occlusion.glasses(on_host, bare, parts.shape, parts.width_px)
    share = float((hair * oval).sum() / max(oval.sum(), 1.0))
    hair_, frame = (mask.to_tensor(x, lab.device) for x in (hair, found.frame))
    return Covering(likely, hair_, frame, found.worn, found.dark, share)
