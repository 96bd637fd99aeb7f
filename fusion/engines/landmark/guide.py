"""What the landmark engine leaves for the second stage: the source's photo, seen through the mesh."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch

from fusion.engines.guide import Enlarge
from fusion.engines.layers import slices
from fusion.ops import Window, windows
from fusion.sizing import Rect

_BLOCK = 8  # px of a source photo that are wanted or not wanted together


@dataclass(frozen=True, slots=True, eq=False)
class SourceGuide:
    """The landmark engine's: a cut of the source photo, and the way to it from the frame.

    `picture` (H, W, 3) uint8; `to_source` (gh, gw, 2) float32, px of the picture, on a grid that spans `region` of the
    frame. See `fusion.engines.guide.Guide` for the others.
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
