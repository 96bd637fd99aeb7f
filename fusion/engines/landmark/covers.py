"""What lies over a face, as parsing sees it in the photo, laid where the fused face is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from fusion import parsing
from fusion.engines.landmark.regions import Parts
from fusion.engines.layers import Patch
from fusion.faces import geometry
from fusion.ops import filters, warp
from fusion.parsing import FaceMap, GlassesWorn

_MAPS = ("skin", "hair", "cover", "beard", "frame", "lenses", "shadow", "burnt")


@dataclass(frozen=True, slots=True)
class Covers:
    """One of the two faces in the target's place; masks (1, gh, gw) are those of `fusion.parsing.FaceMap`.

    `glasses`, `frame_whole` and `beard_sure` are its facts.
    """

    skin: torch.Tensor
    hair: torch.Tensor
    cover: torch.Tensor
    beard: torch.Tensor
    frame: torch.Tensor
    lenses: torch.Tensor
    shadow: torch.Tensor
    burnt: torch.Tensor
    glasses: GlassesWorn
    frame_whole: bool
    beard_sure: float

    @property
    def things(self) -> torch.Tensor:
        """(1, gh, gw): hair, hats, hands and objects, but no glasses."""
        return torch.maximum(self.hair, self.cover)

    @property
    def spectacles(self) -> torch.Tensor:
        """(1, gh, gw): a frame, and lenses through which one cannot see."""
        if self.glasses == GlassesWorn.NONE:
            return torch.zeros_like(self.frame)
        return torch.maximum(self.frame, self.lenses) if self.glasses == GlassesWorn.DARK else self.frame

    @property
    def on_top(self) -> torch.Tensor:
        """(1, gh, gw): all of it."""
        return torch.maximum(self.things, self.spectacles)

    def with_things(self, kept: torch.Tensor) -> Covers:
        """The same with its `cover` as it is in the picture itself; `kept` (1, H, W) as from `kept`."""
        return replace(self, cover=filters.shrink(kept, *self.cover.shape[-2:]))

    def shares(self, parts: Parts) -> tuple[float, float]:
        """0…1, the parts of the face under things, and under what of them is no hair."""
        over = torch.stack([self.things, self.cover]) * parts.oval
        whole, of_objects = (over.sum((-3, -2, -1)) / parts.oval.sum().clamp_min(1.0)).tolist()  # read together
        return whole, of_objects


def laid(parsed: FaceMap, points: np.ndarray, where: torch.Tensor) -> Covers:
    """What parsing says, where a patch is read.

    Args:
        parsed: of the photo that the patch was cut from.
        points: (478, 3) px of the patch, the same landmarks as those of `parsed`.
        where: (2, gh, gw) px of the patch.
    """
    maps = np.stack([getattr(parsed, name) for name in _MAPS])
    read = warp.sample(torch.from_numpy(maps).to(where.device), _on_map(parsed, points, where))
    masks = {name: mask.unsqueeze(0) for name, mask in zip(_MAPS, read, strict=True)}
    return Covers(**masks, glasses=parsed.glasses, frame_whole=parsed.frame_whole, beard_sure=parsed.beard_sure)


def _on_map(parsed: FaceMap, points: np.ndarray, where: torch.Tensor) -> torch.Tensor:
    """Px of a patch → px of the maps: both are cut from one photo and resized, so an affine map leads there."""
    affine = torch.tensor(geometry.affine(points[:, :2], parsed.points), dtype=torch.float32, device=where.device)
    return torch.einsum("ki,khw->ihw", affine[:2], where) + affine[2].view(2, 1, 1)


def kept(parsed: FaceMap, patch: Patch, finer: float) -> torch.Tensor:
    """(1, H, W): 1 where something stands before the target's face, which stays byte for byte; see `parsing.kept`.

    Args:
        parsed: of the target's photo.
        patch: the target.
        finer: px of the output per px of the patch.
    """
    margin = 1 if finer <= 1 else 3  # what is enlarged reaches further
    return _fine(parsed, patch, margin, with_glasses=True)


def hidden(parsed: FaceMap, patch: Patch, where: torch.Tensor) -> torch.Tensor:
    """(1, gh, gw): what things hide of the source's face, to the last px, read at the px of `where` (2, gh, gw)."""
    return warp.sample(_fine(parsed, patch, 2, with_glasses=False), where)


def _fine(parsed: FaceMap, patch: Patch, margin: int, *, with_glasses: bool) -> torch.Tensor:
    found = parsing.kept(parsed, patch.pixels.cpu().numpy(), patch.points, margin, with_glasses)
    return torch.from_numpy(found).to(patch.pixels.device).unsqueeze(0)
