"""What the engines leave for the second stage: the source's photo seen through the mesh, and the model's own crops."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch

from fusion.engines import setting
from fusion.engines.base import Enlarge, Work
from fusion.engines.setting import Crop
from fusion.layers import Layers, slices
from fusion.ops import warp
from fusion.ops import window as windows
from fusion.ops.window import Window
from fusion.sizing import Rect

_BLOCK = 8  # px of a source photo that are wanted or not wanted together


@dataclass(frozen=True, slots=True, eq=False)
class SourceGuide:
    """The landmark engine's: a cut of the source photo, and the way to it from the frame.

    `picture` (H, W, 3) uint8; `to_source` (gh, gw, 2) float32, px of the picture, on a grid that spans `region` of the
    frame. See `fusion.engines.base.Guide` for the others.
    """

    coarse: torch.Tensor
    share: torch.Tensor
    reach: torch.Tensor
    moved: torch.Tensor | None
    enlargement: float
    picture: torch.Tensor
    to_source: torch.Tensor
    region: Rect

    def enlarged(self, enlarge: Enlarge) -> SourceGuide:
        """See `Guide.enlarged`: the photo before it is warped, so that a network sees a face as it was taken."""
        found = enlarge(self.picture.cpu().numpy(), self.enlargement, self._wanted())
        factor = found.shape[0] / self.picture.shape[0]
        picture = torch.from_numpy(found).to(self.picture.device)
        return replace(self, picture=picture, to_source=self.to_source * factor, enlargement=self.enlargement / factor)

    def fine(self, window: Window, ground: torch.Tensor) -> torch.Tensor:
        """See `Guide.fine`."""
        height, width = self.to_source.shape[:2]
        on_grid = window.on(self.region.left, self.region.top, width / self.region.width, height / self.region.height)
        return windows.gather(self.picture, windows.read(self.to_source, on_grid).permute(2, 0, 1))

    def _wanted(self) -> np.ndarray:
        """(H, W) bool: what of the picture can be seen in the frame."""
        height, width = self.picture.shape[:2]
        rows, columns = -(-height // _BLOCK), -(-width // _BLOCK)
        share = self.share[0][slices(self.region)].cpu().numpy()
        seen = cv2.resize(share, self.to_source.shape[1::-1], interpolation=cv2.INTER_AREA) > 0
        places = (self.to_source.cpu().numpy()[seen] / _BLOCK).astype(int)
        blocks = np.zeros((rows, columns), np.uint8)
        blocks[places[:, 1].clip(0, rows - 1), places[:, 0].clip(0, columns - 1)] = 1
        # the grid is coarser than the blocks where the picture is large: close the gaps, and see a little beyond
        reach = 2 * max(2, -(-max(rows, columns) // min(self.to_source.shape[:2]))) + 1
        wide = cv2.dilate(blocks, np.ones((reach, reach), np.uint8)).astype(bool)
        wanted: np.ndarray = wide.repeat(_BLOCK, 0).repeat(_BLOCK, 1)[:height, :width]
        return wanted


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
            laid = setting.over(laid, crop, window.matrix, self.strength)
        return laid * 255


def of_crops(work: Work, crops: list[Crop], made: Layers) -> CropGuide:
    """What the second stage needs of the unet engine's crops."""
    pasted = setting.paste(work, crops)  # anew: what is in `made` has the target's grain, which is the ground's to give
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
