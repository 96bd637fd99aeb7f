"""What an engine is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from fusion.spec import EngineName, Mode, Notice


@dataclass(frozen=True, slots=True)
class Patch:
    """A face cut from a photo.

    `pixels` (H, W, 3) uint8 sRGB on the engine's device; `points` (478, 3) float64, px of the patch, depth third.
    """

    pixels: torch.Tensor
    points: np.ndarray


@dataclass(frozen=True, slots=True)
class Fused:
    """A fused face in the target's patch; all (C, H, W) float32 on the engine's device.

    `face`: Lab, the fused face, its colours matched to the target's light. `ground`: Lab, the target's patch with its
    geometry moved, to be seen where the mask is not. `mask`: (1, H, W), how far the face covers the ground. `skin`:
    (1, H, W), where smoothing may act. `reach`: (1, H, W), 0 where the output must stay the target bit for bit.
    """

    face: torch.Tensor
    ground: torch.Tensor
    mask: torch.Tensor
    skin: torch.Tensor
    reach: torch.Tensor
    notices: tuple[Notice, ...] = ()


class Engine(Protocol):
    """One way to fuse."""

    @property
    def name(self) -> EngineName: ...

    def fuse(self, target: Patch, source: Patch, ratio: float, mode: Mode) -> Fused:
        """The fused face.

        Args:
            target: the region of the output around its face.
            source: the source's face at about the target's scale.
            ratio: 0…1, how much of the source's identity.
            mode: overlay asks the engine for the target's own light and shade.
        """
        ...
