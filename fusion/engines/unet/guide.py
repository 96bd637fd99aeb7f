"""What the unet engine leaves for the second stage: the model's own crops."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from fusion.engines.base import Work
from fusion.engines.guide import Enlarge
from fusion.engines.layers import Layers, slices
from fusion.engines.unet import compositing
from fusion.engines.unet.compositing import Crop
from fusion.ops import Window, warp


@dataclass(frozen=True, slots=True, eq=False)
class CropGuide:
    """The unet engine's: its crops, one over the other, over the target; the last one covers the others."""

    coarse: torch.Tensor
    share: torch.Tensor
    reach: torch.Tensor
    crops: tuple[Crop, ...]
    strength: float
    enlargement: float
    moved: None = None

    def enlarged(self, enlarge: Enlarge) -> CropGuide:
        """See `Guide.enlarged`: the crop itself, not what its paste into a frame left of it."""
        *under, top = self.crops
        found = enlarge(_bytes(top.pixels), self.enlargement, (top.mask[..., 0] > 0).cpu().numpy())
        factor = found.shape[0] / top.square.side
        pixels = torch.from_numpy(found).to(top.pixels.device)
        larger = Crop(pixels, top.mask, top.square, factor)
        return replace(self, crops=(*under, larger), enlargement=self.enlargement / factor)

    def fine(self, window: Window, ground: torch.Tensor) -> torch.Tensor:
        """See `Guide.fine`."""
        laid = ground / 255
        for crop in self.crops:
            laid = compositing.over(laid, crop, window.matrix, self.strength)
        return laid * 255


def of_crops(work: Work, crops: list[Crop], made: Layers) -> CropGuide:
    """What the second stage needs of the unet engine's crops."""
    pasted = compositing.paste(
        work, crops
    )  # anew: what is in `made` has the target's grain, which is the ground's to give
    coarse = work.frame.clone()
    coarse[slices(pasted.region)] = pasted.pixels
    covered = torch.zeros_like(coarse[..., 0], dtype=torch.float32)
    covered[slices(made.region)] = made.reach[0]
    height, width = covered.shape
    for crop in crops:
        covered = torch.maximum(covered, warp.affine(crop.mask, crop.square.crop_from_frame, width, height)[..., 0])
    share = torch.ones_like(covered).unsqueeze(0)  # the crops are laid over the target: it is in them already
    return CropGuide(coarse, share, (covered > 0).float().unsqueeze(0), tuple(crops), made.strength, made.enlargement)


def _bytes(pixels: torch.Tensor) -> np.ndarray:
    found: np.ndarray = (pixels * 255).round_().to(torch.uint8).cpu().numpy()
    return found
