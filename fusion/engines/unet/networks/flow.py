"""Which way each pixel of the target goes when its face takes on another build.

The dense motion of the first-order motion model (Siarohin et al. 2019, section 3.2), without its Jacobians: every key
point proposes its own shift, a network says how far each proposal holds where.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from fusion.engines.unet.networks import folding
from fusion.engines.unet.networks.lending import Home

_VARIANCE = 0.01  # of the spot that a key point is drawn as; the picture is 2 wide


class Flow:
    """Always float32: the answer is a place in the picture. `network` is modelscope's `DenseMotionNetwork`."""

    def __init__(self, network: Any, home: Home) -> None:
        folding.batch_norms(network.hourglass)
        self._down, self._hourglass, self._shares = (
            home.ready(part) for part in (network.down, network.hourglass, network.mask)
        )

    def __call__(self, crop: torch.Tensor, fused: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
        """(1, 2, h, w) float32 at a quarter of the crop: for each pixel of the fused build where it lies in `crop`.

        Args:
            crop: (1, 3, H, W) float32.
            fused, own: (1, 17, 2) float32, key points of the fused and of the target's own build.

        The answer and the key points are in -1…1 of the picture, x first.
        """
        small = self._down(crop)
        height, width = small.shape[-2:]
        y = torch.linspace(-1, 1, height, device=crop.device).view(1, -1, 1).expand(1, height, width)
        x = torch.linspace(-1, 1, width, device=crop.device).view(1, 1, -1).expand(1, height, width)
        still = torch.stack([x, y], -1)
        proposals = torch.cat([still, still + (own - fused).view(-1, 1, 1, 2)])
        moved = F.grid_sample(small.expand(len(proposals), -1, -1, -1), proposals, align_corners=False)
        spots = _spots(still, fused) - _spots(still, own)
        seen = torch.cat([F.pad(spots, (0, 0, 0, 0, 1, 0)).unsqueeze(1), moved], 1)
        seen = seen.view(1, -1, height, width).contiguous(memory_format=torch.channels_last)
        shares = torch.softmax(self._shares(self._hourglass(seen)), 1)
        return torch.einsum("khwc,khw->chw", proposals, shares[0]).unsqueeze(0)


def _spots(still: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """(17, h, w): a soft spot at each point."""
    distance = (still - points.view(-1, 1, 1, 2)).square().sum(-1)
    return torch.exp(-0.5 * distance / _VARIANCE)
