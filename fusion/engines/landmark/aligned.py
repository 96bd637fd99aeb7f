"""The two faces as the steps that light them see them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from typing import Any

import torch

from fusion.engines.landmark.regions import Parts
from fusion.ops import filters, mask

COARSE, FINE = 0.5, 0.06  # of the face width, standard deviation: light is coarser, features are finer
MARGIN = 0.1  # of the face width: so far beyond what is shown of the face light is still looked at


@dataclass(frozen=True, slots=True)
class Aligned:
    """Both faces on the grid. Images are (3, gh, gw) Lab, masks (1, gh, gw).

    `bare`: skin of both that nothing covers, on which is measured. `own_skin`: skin of the source. `uncovered`: the
    same, in whatever shade it lies. `shadow`: where that is a hard one that the target does not have. `cover`: how far
    the source's face will be seen. `measured`: `bare`, and faintly the face, for the one of which no skin is seen.
    """

    source: torch.Tensor
    target: torch.Tensor
    bare: torch.Tensor
    own_skin: torch.Tensor
    uncovered: torch.Tensor
    shadow: torch.Tensor
    cover: torch.Tensor
    parts: Parts
    measured: torch.Tensor = field(init=False)

    def __post_init__(self) -> None:
        faint = 0.002 * self.parts.oval * (1 - self.parts.features)
        object.__setattr__(self, "measured", torch.maximum(self.bare, faint))

    def cut(self, height: int, width: int) -> tuple[Aligned, tuple[slice, slice]]:
        """The same about what is shown of the face alone, and where that is in a patch of height × width px.

        Where nothing is shown it is all of it.
        """
        grid_height, grid_width = self.cover.shape[-2:]
        room = math.ceil(MARGIN * self.parts.width_px)
        rows, columns = mask.span_of(self.cover > 0, room)
        if rows.stop == 0:
            rows, columns = slice(0, grid_height), slice(0, grid_width)
        shape = self.parts.shape - [columns.start, rows.start]
        parts = replace(self.parts, **_cut(self.parts, rows, columns), shape=shape)
        on_patch = _scaled(rows, height / grid_height), _scaled(columns, width / grid_width)
        return replace(self, **_cut(self, rows, columns), parts=parts), on_patch


@dataclass(frozen=True, slots=True)
class Bands:
    """What a face has, (C, gh, gw), as the log of its light: `fine` is `coarse` + `band`, continued to no skin."""

    whole: torch.Tensor
    coarse: torch.Tensor
    fine: torch.Tensor

    @property
    def band(self) -> torch.Tensor:
        return self.fine - self.coarse


def bands(whole: torch.Tensor, skin: torch.Tensor, width_px: float) -> Bands:
    """`whole` (C, gh, gw) as skin (1, gh, gw) tells its bands, of a face so many px wide."""
    coarse, fine = (filters.spread(whole, skin, sigma * width_px) for sigma in (COARSE, FINE))
    return Bands(whole, coarse, fine)


def _cut(owner: Aligned | Parts, rows: slice, columns: slice) -> dict[str, Any]:
    """The part of every map of a dataclass."""
    maps = {each.name: getattr(owner, each.name) for each in fields(owner) if each.init}
    return {name: value[:, rows, columns] for name, value in maps.items() if isinstance(value, torch.Tensor)}


def _scaled(span: slice, scale: float) -> slice:
    return slice(round(span.start * scale), round(span.stop * scale))
