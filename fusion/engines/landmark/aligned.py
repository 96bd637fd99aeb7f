"""The two faces as the steps that light them see them."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fusion.engines.landmark.regions import Parts


@dataclass(frozen=True, slots=True)
class Aligned:
    """Both faces on the grid. Images are (3, gh, gw) Lab, masks (1, gh, gw).

    `bare`: skin of both that nothing covers, on which is measured. `own_skin`: skin of the source. `cover`: how far the
    source's face will be seen.
    """

    source: torch.Tensor
    target: torch.Tensor
    bare: torch.Tensor
    own_skin: torch.Tensor
    cover: torch.Tensor
    parts: Parts

    @property
    def measured(self) -> torch.Tensor:
        """(1, gh, gw): `bare`, and faintly the face, for the one of which no skin is seen."""
        return torch.maximum(self.bare, 0.002 * self.parts.oval * (1 - self.parts.features))
